"""A real browser: Debian's Chromium, driven by Playwright."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import async_playwright

from tests.browser.looking import Chromium

PROGRAM = "/usr/bin/chromium"


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    """Chromium. `--no-sandbox`, for in CI we are root, as whom it does not start otherwise."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield Chromium(started)
        await started.close()
