"""Somebody who looks at the dashboard, and what their browser has to say against it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, Request, expect

SOON = 15_000
"""Milliseconds within which the page must show something, on a machine that does other things too."""

_WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Look:
    """One page. At its end nothing was said against it, and nobody else was asked for anything."""

    page: Page
    url: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def spot(self, region: str, state: str) -> Locator:
        """A region's spot on the map, in that state."""
        return self.page.locator(f'#spots .spot[data-key="{region}"][data-state="{state}"]')

    def row(self, region: str) -> Locator:
        """A region's row."""
        return self.page.locator(f"#region-{region}")

    def cell(self, region: str, name: str) -> Locator:
        """A figure of a region's."""
        return self.row(region).locator(f'> tr:first-child [data-cell="{name}"]')

    async def is_live(self) -> None:
        """Until its events come."""
        await expect(self.page.locator('#connection[data-mood="live"]')).to_be_visible(timeout=SOON)

    async def focus(self) -> str:
        """What has the focus, by its name or its text; of what can't be used, the id."""
        found: str = await self.page.evaluate(
            """() => {
              const one = document.activeElement;
              return one.matches("a, button, input, summary") ? one.name || one.innerText : one.id;
            }"""
        )
        return re.sub(r"\s+", " ", found).strip()

    async def tab_to(self, words: str, most: int = 60) -> None:
        """Press Tab until that has the focus."""
        for _ in range(most):
            if words in await self.focus():
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{words!r} is not reached with Tab; the focus is on {await self.focus()!r}")

    async def against(self) -> list[str]:
        """What was wrong: errors in the console, breaches of the policy, requests to others."""
        broken: list[str] = await self.page.evaluate("window.violations")
        return [*self.said, *broken, *(url for url in self.asked if not url.startswith((self.url, "data:")))]


class Chromium:
    """A browser."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @asynccontextmanager
    async def look(self, url: str, path: str = "/dashboard", *, clean: bool = True, **context: Any) -> AsyncIterator[Look]:
        """Somebody at a gateway's dashboard. Unless it is not to be `clean`, nothing may be wrong in the end."""
        opened = await self._browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context})
        try:
            look = await self._opened(opened, url, path)
            yield look
            if clean:
                assert await look.against() == []
        finally:
            await opened.close()

    async def _opened(self, context: BrowserContext, url: str, path: str) -> Look:
        look = Look(await context.new_page(), url)
        if context.service_workers is not None:
            await context.add_init_script(_WATCH)

        def asked(request: Request) -> None:
            look.asked.append(request.url)

        look.page.on("request", asked)
        look.page.on("console", lambda told: look.said.append(told.text) if told.type in ("error", "warning") else None)
        look.page.on("pageerror", lambda error: look.said.append(str(error)))
        await look.page.goto(url + path)
        return look
