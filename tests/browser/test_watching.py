"""The dashboard of a whole system, in a real browser: what it shows when parts die, and what may be done from it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from demo.processes import kill
from tests.browser.looking import SOON, Chromium, Look
from tests.system.whole import Plan, Whole, whole

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Whole]:
    async with whole(tmp_path / "run", Plan(regions=2, workers=1)) as made:
        yield made


async def test_a_region_goes_red_its_task_moves_and_a_region_is_drained_with_the_keyboard(
    system: Whole, chromium: Chromium
) -> None:
    gateway = system.system.url("gateway")
    async with chromium.look(gateway) as look:
        await look.is_live()
        await expect(look.spot("eu-west", "well")).to_be_visible()
        task = asyncio.create_task(system.solve("eu-west", "moving", seconds=12))
        await expect(look.cell("eu-west", "in_flight")).to_have_text("1", timeout=SOON)

        await kill(system.system.of_region("eu-west", "region"))
        await expect(look.spot("eu-west", "unhealthy")).to_be_visible(timeout=SOON)
        await expect(look.cell("us-east", "in_flight")).to_have_text("1", timeout=SOON)
        await expect(look.page.locator("#flows .flow.moved path")).to_be_visible(timeout=SOON)
        await expect(look.page.locator("#summary")).to_contain_text("1 of 2 regions takes no tasks: eu-west", timeout=SOON)
        await expect(look.row("eu-west")).to_contain_text("unhealthy")
        solved = await task
        assert (solved.right, solved.region) == (True, "us-east")
        ended = look.page.locator("table.tasks tbody", has_text=solved.headers["Nearway-Task"])
        await ended.locator("summary").click(timeout=SOON)
        await expect(ended).to_contain_text("waiting moved on to us-east")

        await system.restart("region-eu-west")
        await expect(look.spot("eu-west", "well")).to_be_visible(timeout=SOON)
        await expect(look.page.locator("#happened")).to_contain_text("is well again", timeout=SOON)

        await drained_with_the_keyboard(look, system)


async def drained_with_the_keyboard(look: Look, system: Whole) -> None:
    """From the top of the page to a drained region, with nothing but keys."""
    keys = look.page.keyboard
    await look.page.reload()
    await look.is_live()
    await keys.press("Tab")
    assert await look.focus() == "To the regions"
    await keys.press("Enter")
    await look.tab_to("Dial… of eu-west")
    await keys.press("Enter")
    dialog = look.page.locator("dialog#dial")
    await expect(dialog).to_contain_text("eu-west: 100 % → 0 %. It takes nothing new")
    await look.tab_to("why")
    await keys.type("its nginx <b>is</b> slow")
    await look.tab_to("Drain eu-west")
    await keys.press("Enter")
    await expect(dialog).not_to_be_visible(timeout=SOON)

    await expect(look.spot("eu-west", "drained")).to_be_visible(timeout=SOON)
    await expect(look.cell("eu-west", "dial")).to_have_text("0 %")
    await expect(look.page.locator("#happened")).to_contain_text("dial 100% → 0%, by 127.0.0.1@", timeout=SOON)
    await expect(look.page.locator("#happened")).to_contain_text("its nginx <b>is</b> slow")
    assert (await system.solve("eu-west", "elsewhere", seconds=1)).region == "us-east"
    dial = next(row["dial"] for row in (await system.get("gateway", "/regions"))["regions"] if row["name"] == "eu-west")
    assert (dial["share"], dial["by"].partition("@")[0]) == (0.0, "127.0.0.1")
    log = system.system.processes["gateway"].log.read_text()
    assert "the dial of region eu-west was set here from 1 to 0 by 127.0.0.1@" in log
