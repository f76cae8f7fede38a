"""Sends the pingbacks that are due: one loop for all tasks."""

import asyncio
from contextlib import suppress

import aiohttp

from demo.api.desk import Desk
from demo.api.exchange import Time
from demo.api.pingbacks import Call

LOOK_EVERY = 0.05
"""Seconds between two looks for pingbacks that are due."""
TIMEOUT = aiohttp.ClientTimeout(total=5)


async def ping_forever(desk: Desk, time: Time) -> None:
    """Until cancelled. A pingback that fails is lost: the API promises no second try. What is due, `time` decides."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        while True:
            now = time.clock()
            desk.book.advance(now)
            for call in desk.pingbacks.due(desk.switches, desk.random, now):
                await _ping(session, call)
            await asyncio.sleep(LOOK_EVERY)


async def _ping(session: aiohttp.ClientSession, call: Call) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with suppress(aiohttp.ClientError, asyncio.TimeoutError):
        if call.form:
            async with session.post(call.url, data=call.form, headers=headers, allow_redirects=False):
                return
        async with session.get(call.url, allow_redirects=False):
            return
