"""The page in Chromium: how soon it is painted, and what an update costs."""

import asyncio
from statistics import median

from playwright.async_api import Browser, CDPSession, async_playwright

from bench.figures import Rows, milliseconds

LOADS, WATCHED = 5, 20.0
"""How often it is opened, and the seconds it is watched."""

_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"

_COUNT = """
window.updates = 0;
const Source = window.EventSource;
window.EventSource = class extends Source {
  constructor(...given) { super(...given); this.addEventListener("change", () => { window.updates += 1; }); }
};
"""


async def page(url: str, program: str) -> Rows:
    """The rows of it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        painted = [await _painted(browser, url) for _ in range(LOADS)]
        rows = [("first paint, median", milliseconds(median(painted))), ("first paint, worst", milliseconds(max(painted)))]
        rows += [
            (f"CPU of the page per update, {what}", milliseconds(cost)) for what, cost in (await _costs(browser, url)).items()
        ]
        await browser.close()
    return rows


async def _painted(browser: Browser, url: str) -> float:
    opened = await browser.new_page(viewport={"width": 1280, "height": 800})
    await opened.goto(f"{url}/dashboard")
    await opened.wait_for_selector('#connection[data-mood="live"]')
    found = float(await opened.evaluate(_PAINTED)) / 1000
    await opened.close()
    return found


async def _costs(browser: Browser, url: str) -> dict[str, float]:
    """Of an update: the CPU time of the page's main thread; and the same with all workers of five regions open."""
    opened = await browser.new_page(viewport={"width": 1280, "height": 800})
    await opened.add_init_script(_COUNT)
    await opened.goto(f"{url}/dashboard")
    await opened.wait_for_selector('#connection[data-mood="live"]')
    session = await opened.context.new_cdp_session(opened)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    costs = {"workers closed": await _cost(session)}
    for button in (await opened.query_selector_all("[data-do=workers]"))[:5]:
        await button.click()
    costs["200 workers open"] = await _cost(session)
    return costs


async def _cost(session: CDPSession) -> float:
    before = await _told(session)
    await asyncio.sleep(WATCHED)
    after = await _told(session)
    return (after[0] - before[0]) / (after[1] - before[1])


async def _told(session: CDPSession) -> tuple[float, float]:
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    counted = await session.send("Runtime.evaluate", {"expression": "window.updates"})
    return float(metrics["TaskDuration"]), float(counted["result"]["value"])
