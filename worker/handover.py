"""One `POST /solve`: the hand-over outlives its client, the wait does not."""

import asyncio
import logging

from contract.problem import ProblemError
from worker.ending import no_time, out_of_time
from worker.location import Receipt
from worker.request import Wish
from worker.running import Running
from worker.solve import Answer
from worker.task import Task

log = logging.getLogger(__name__)


class Handover:
    """A new task. `arrived` is when its request came, of the monotonic clock."""

    def __init__(self, running: Running, task: Task, wish: Wish, arrived: float) -> None:
        self._running, self._task, self._wish, self._arrived = running, task, wish, arrived
        self._stop = running.slots.stop()

    async def run(self) -> Answer | Receipt:
        """The answer, or for a client that continues elsewhere the receipt. ProblemError for all other ends."""
        running = self._running
        if self._wish.deadline <= 0:
            raise ProblemError(no_time())
        running.slots.take()
        submission = asyncio.create_task(self._submit())
        running.submissions.add(submission)
        submission.add_done_callback(running.submissions.discard)
        try:
            return await self._wait(await asyncio.shield(submission))
        except asyncio.CancelledError:
            self._stop.set()  # nobody wants it any more: what is not handed over yet, will not be
            submission.add_done_callback(self._abandoned)
            raise
        finally:
            if submission.done():
                running.slots.release()
            else:
                submission.add_done_callback(lambda _: running.slots.release())

    async def _submit(self) -> Receipt:
        patience = min(self._wish.deadline, self._running.submit_patience)
        return await self._running.solver.submit(self._task, self._arrived + patience, self._stop)

    async def _wait(self, receipt: Receipt) -> Answer | Receipt:
        stop = self._stop if self._wish.resumable else asyncio.Event()
        solver = self._running.solver
        found = await solver.wait(receipt, self._arrived + self._wish.wait, stop, self._task.secrets)
        if found is None and not self._wish.resumable:
            raise ProblemError(out_of_time(receipt))
        return found or receipt

    def _abandoned(self, submission: asyncio.Task[Receipt]) -> None:
        error = None if submission.cancelled() else submission.exception()
        if isinstance(error, ProblemError):
            log.info("a client left before its task was taken (submitted: %s)", error.problem.submitted.value)
        elif error is not None:
            log.error("fault while handing over", exc_info=error)
        elif not submission.cancelled():
            self._running.metrics.abandoned.inc()
            log.warning("nobody waits for task %s: its client left", submission.result().captcha_id)
