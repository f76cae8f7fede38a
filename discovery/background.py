"""Work that goes on beside everything else, and must not end unheard."""

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)


def begin(work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
    """Start it in the running loop. Should it ever fail, the log says so: nobody awaits it while all is well."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell)
    return task


def _tell(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.critical("%s has ended, and with it what it did: restart the program", task.get_name(), exc_info=error)
