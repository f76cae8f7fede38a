"""The desk every submission comes to: is it from the account, is it in order, is there room; then it is in the book."""

from random import Random

from demo.api import codes
from demo.api.answers import Accepted, Answer, Refusal
from demo.api.book import Book, Task
from demo.api.limits import Limits
from demo.api.order import Order, read_order
from demo.api.pingbacks import Pingbacks
from demo.api.proxies import FailedProxies
from demo.api.reports import Complaints
from demo.api.request import Request
from demo.api.solve_times import draw_end, draw_seconds
from demo.api.switches import IdType, Saturation, Switches
from demo.api.witness import Witness

KEY_LENGTH = 32
_BUSY = {
    Saturation.QUEUE: codes.NO_SLOT,
    Saturation.ZERO_BALANCE: codes.ZERO_BALANCE,
    Saturation.NO_SLOT: codes.NO_SLOT,
    Saturation.HTTP_429: codes.TOO_MUCH_REQUESTS,
}


class Desk:
    """One account: its key, its switches, and everything that is remembered of it.

    It decides and keeps count; it knows no clock, so each call says what time it is, in seconds that never go back.
    """

    def __init__(self, key: str, switches: Switches, now: float, first_id: int = 1_000_000_001) -> None:
        self._key = key
        self._next_id = first_id
        self.switches = switches
        self.random = Random(switches.seed)
        self.book = Book(switches.threads, switches.keep_seconds, switches.keep_tasks)
        self.witness = Witness(now)
        self.limits = Limits(switches.limits, switches.block_factor)
        self.proxies = FailedProxies()
        self.complaints = Complaints()
        self.pingbacks = Pingbacks()

    def switch(self, switches: Switches, now: float, *, reseed: bool) -> None:
        """Behave so from now on. What is remembered is kept, save the limits' counts and blocks if the limits changed."""
        old, self.switches = self.switches, switches
        self.book.keep_seconds, self.book.keep_tasks = switches.keep_seconds, switches.keep_tasks
        self.book.resize(switches.threads, now)
        if reseed:
            self.random = Random(switches.seed)
        if (switches.limits, switches.block_factor) != (old.limits, old.block_factor):
            self.limits = Limits(switches.limits, switches.block_factor)

    def reset_witness(self, now: float) -> None:
        """Count from nothing; tasks in flight go on."""
        self.book.advance(now)
        self.witness = Witness(now, self.book.in_flight)

    def report(self, now: float) -> dict[str, object]:
        """What the witness has to say."""
        self.book.advance(now)
        return self.witness.report(self.book.in_flight)

    def submit(self, request: Request, now: float) -> Answer:
        """The answer to in.php. `Accepted` means the task is in the book and counted."""
        self.book.advance(now)
        answer = self._submit(request, now)
        if isinstance(answer, Refusal):
            self.witness.refused(answer.code)
            self.limits.refused(answer.code, now)
        return answer

    def _submit(self, request: Request, now: float) -> Answer:
        refusal = self.check_key(request, now) or self.check_plan() or self._check_turn(now)
        if refusal:
            return refusal
        order = read_order(request.parameters, request.files)
        if isinstance(order, Refusal):
            return order
        return self._check_order(order, now) or self._accept(order, now)

    def check_key(self, request: Request, now: float) -> Refusal | None:
        """Whether the address may ask at all, and the key is the account's."""
        if shut := self.limits.of_address(request.address, now):
            return Refusal(shut, "too many requests with a wrong key from this address")
        key = request.parameters.get("key", "")
        if key == self._key:
            return None
        self.limits.wrong_key(request.address, now)
        if len(key) != KEY_LENGTH:
            return Refusal(codes.WRONG_USER_KEY, f"a key has {KEY_LENGTH} characters")
        return Refusal(codes.KEY_DOES_NOT_EXIST, "no account has this key")

    def check_plan(self) -> Refusal | None:
        """A plan without threads looks like a key that is none. What was accepted before can still be fetched."""
        return None if self.switches.threads else Refusal(codes.KEY_DOES_NOT_EXIST, "the account has no threads")

    def _check_turn(self, now: float) -> Refusal | None:
        if shut := self.limits.submitting(now):
            return Refusal(shut, "a limit of the account was passed")
        wanted = self.switches.submit_error
        if wanted and self.random.random() < self.switches.submit_error_rate:
            return Refusal(wanted, "as the switch submit_error asks")
        return None

    def _check_order(self, order: Order, now: float) -> Refusal | None:
        if order.proxy_host and self.proxies.is_bad(order.proxy_host, now):
            return Refusal(codes.BAD_PROXY, "this proxy failed a short while ago")
        if order.pingback and not self.pingbacks.allows(order.pingback):
            return Refusal(codes.BAD_PARAMETERS, "the host of pingback is not registered: use action=add_pingback")
        queues = self.switches.saturation is Saturation.QUEUE and self.book.queued < self.switches.queue_limit
        if queues or self.book.has_free_thread():
            return None
        return Refusal(_BUSY[self.switches.saturation], "every thread is busy")

    def _accept(self, order: Order, now: float) -> Accepted:
        end = draw_end(order, self.switches, self.random)
        task = Task(
            id=self._new_id(),
            label="",
            order=order,
            end=end,
            seconds=draw_seconds(order, end, self.switches, self.random),
            accepted_at=now,
        )
        task.label = order.page.label or task.id
        self.book.accept(task)
        self.witness.accepted(task.label, self.book.in_flight)
        self.limits.taken()
        if order.pingback:
            self.pingbacks.expect(task)
        return Accepted(task.id)

    def _new_id(self) -> str:
        number, self._next_id = self._next_id, self._next_id + 1
        return str(number).zfill(20) if self.switches.id_type is IdType.PADDED else str(number)
