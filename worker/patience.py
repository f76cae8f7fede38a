"""Waiting that may be cut short."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


async def pause(seconds: float, stop: asyncio.Event) -> bool:
    """Sleep; true when `stop` was set before or meanwhile."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await stop.wait()
    except TimeoutError:
        pass
    return stop.is_set()


async def at_most(work: Coroutine[Any, Any, _T], seconds: float, stop: asyncio.Event, grace: float) -> _T | None:
    """The result of `work`, or None when it took longer than `seconds`, or than `grace` seconds once `stop` was set."""
    running, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set() and not running.done():
            await asyncio.wait({running}, timeout=grace)
        return running.result() if running.done() else None
    finally:
        running.cancel()
        stopping.cancel()
