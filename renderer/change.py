"""Putting a text in place, from the staged file to the program that reads it; and back, when that does not take it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from renderer import stage
from renderer.nginx import Nginx

log = logging.getLogger(__name__)


async def change(nginx: Nginx, text: str) -> stage.Outcome:
    """Have nginx serve `text`. No failure raises: after Refused, disk and nginx are as they were."""
    outcome = await stage.swap(nginx.config, text, nginx.check)
    if isinstance(outcome, stage.Refused):
        return outcome
    if not nginx.started:
        nginx.start()
        return outcome
    trouble = await taken([(nginx.config, outcome)], nginx.reload)
    return outcome if trouble is None else stage.Refused(trouble)


async def taken(swapped: Sequence[tuple[Path, stage.Outcome]], take: Callable[[], Awaitable[str | None]]) -> str | None:
    """Have a program take what was swapped; what went wrong, or None. If it did, the files are as they were before."""
    trouble = await take()
    if trouble is None:
        return None
    back = [stage.put_back(target, outcome) for target, outcome in swapped if isinstance(outcome, stage.Swapped)]
    return "; ".join([trouble, *(told for told in back if told is not None)])


async def use_last_good(nginx: Nginx) -> None:
    """Start nginx with what an earlier run left, if it takes it and does not run already."""
    if nginx.started or not nginx.config.exists():
        return
    trouble = await nginx.check(nginx.config)
    if trouble is not None:
        log.error("the last configuration can't be used: %s", trouble)
        return
    log.warning("there is nothing newer: nginx is started with the last good configuration")
    nginx.start()
