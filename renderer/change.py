"""Putting a configuration in place, from the staged file to nginx serving it; and back, when nginx does not take it."""

import logging

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
    trouble = await nginx.reload()
    if trouble is None:
        return outcome
    kept = stage.put_back(nginx.config) if isinstance(outcome, stage.Swapped) else None
    return stage.Refused(trouble if kept is None else f"{trouble}; {kept}")


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
