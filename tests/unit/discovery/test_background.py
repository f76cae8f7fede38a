import asyncio
import logging

import pytest

from discovery import background


async def test_work_that_fails_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise LookupError("the map")

    task = background.begin(fail(), "watching solver in us-east")
    await asyncio.wait([task])
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.CRITICAL, "watching solver in us-east has ended, and with it what it did: restart the program")
    ]


async def test_work_that_is_cancelled_is_not(caplog: pytest.LogCaptureFixture) -> None:
    task = background.begin(asyncio.sleep(3600), "waiting")
    task.cancel()
    await asyncio.wait([task])
    assert caplog.records == []
