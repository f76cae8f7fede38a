"""The page itself: words from outside, no script, signing in, colours, a phone, and a connection that breaks."""

import signal
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.async_api import expect

from discovery.records import REGION_ENDPOINTS
from tests.browser.colours import faint, nameless
from tests.browser.looking import SOON, Chromium, Look
from tests.system.gateway_lab import TASK, GatewayLab, gateway_lab
from tests.system.lab import Served

pytestmark = pytest.mark.timeout(120)

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"

KEYS = {"ops": "o" * 40, "eyes": "e" * 40, "acme": "c" * 40}
TENANTS = "".join(
    f'[[tenant]]\nname = "{name}"\nrole = "{role}"\nkeys = ["sha256:{sha256(KEYS[name].encode()).hexdigest()}"]\n'
    for name, role in (("ops", "operator"), ("eyes", "viewer"), ("acme", "client"))
)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[GatewayLab]:
    async with gateway_lab(tmp_path) as made:
        yield made


@pytest.fixture
async def gateway(lab: GatewayLab) -> Served:
    """One that knows a region whose operator, or somebody with Consul's keys, likes markup."""
    region = await lab.region("eu-west", "53.3,-6.3")
    await lab.region("us-east", "38.9,-77.4")
    meta = {"region": "eu-west", "title": EVIL, "location": "53.3,-6.3", "url": f"http://127.0.0.1:{region.port}"}
    await lab.register(REGION_ENDPOINTS, "e-eu-west", region.port, meta)
    await lab.register(REGION_ENDPOINTS, "e-wrong", 9, {"region": EVIL, "location": "0,0", "url": "http://x:1"})
    made = await lab.gateway()
    await lab.takes(made, "eu-west")
    return made


async def test_words_from_outside_stay_words_live_and_in_the_first_answer(gateway: Served, chromium: Chromium) -> None:
    await gateway.ask("POST", "/solve", TASK, {"Nearway-Region": "eu-west"})
    async with chromium.look(gateway.url) as look:
        await look.is_live()
        await expect(look.cell("eu-west", "title")).to_have_text(EVIL)
        await expect(look.page.locator("#left-out")).to_contain_text(EVIL)
        await look.row("eu-west").locator("[data-do=workers]").click()
        await expect(look.row("eu-west").locator("table.workers")).to_contain_text("w-eu-west")
        await look.page.get_by_label("Task", exact=True).fill(EVIL)
        await expect(look.page.locator("table.tasks tbody")).to_have_count(0, timeout=SOON)
        assert await look.page.locator("img").count() == 0
        assert await look.page.locator("script").count() == 1


async def test_without_javascript_the_page_is_a_table_that_says_it_all(gateway: Served, chromium: Chromium) -> None:
    identity = (await gateway.ask("POST", "/solve", TASK, {"Nearway-Region": "eu-west"}))[1]["Nearway-Task"]
    async with chromium.look(gateway.url, "/dashboard?open=eu-west", java_script_enabled=False) as look:
        text = await look.page.inner_text("main")
        for words in ("All 2 regions take tasks", "eu-west", EVIL, "w-eu-west", "passing", "0 / 10", identity, "solved"):
            assert words in text
        assert await look.page.locator("#spots .spot").count() == 2
        assert await look.page.locator('noscript meta[http-equiv="refresh"], meta[http-equiv="refresh"]').count() == 1
        look.said.clear()
        await look.page.get_by_label("Outcome").fill("NO_REGION")
        await look.page.get_by_role("button", name="Show").click()
        assert identity not in await look.page.inner_text("main")


async def test_who_is_nobody_signs_in_and_sees_what_the_role_may(lab: GatewayLab, chromium: Chromium) -> None:
    await lab.region("eu-west")
    served = await lab.gateway(TENANTS)
    async with chromium.look(served.url, clean=False) as look:
        assert look.page.url == f"{served.url}/dashboard/sign-in"
        await sign_in(look, "x" * 40)
        await expect(look.page.get_by_role("alert")).to_have_text("The key is not known.")
        await sign_in(look, KEYS["acme"])
        await expect(look.page.get_by_role("alert")).to_contain_text("acme has the role client")
        await sign_in(look, KEYS["eyes"])
        await look.is_live()
        await expect(look.row("eu-west")).to_be_visible()
        await expect(look.page.locator("[data-do=dial]")).to_have_count(0)
        (cookie,) = await look.page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"], KEYS["eyes"] in cookie["value"]) == (True, "Strict", False)
        refused = await put_dial(look)
        assert refused == 403
        await look.page.get_by_role("button", name="Sign out").click()
        await expect(look.page.get_by_label("Key")).to_be_visible()
        await look.page.context.add_cookies([{**cookie}])  # type: ignore[typeddict-item]
        await look.page.goto(f"{served.url}/dashboard")
        assert look.page.url.endswith("/dashboard/sign-in"), "a session that was ended is worth nothing"

        await sign_in(look, KEYS["ops"])
        await look.is_live()
        await look.page.get_by_role("button", name="Dial… of eu-west").click()
        await look.page.get_by_label("100 %: all of its slots").check()
        await look.page.get_by_role("spinbutton").fill("30")
        await look.page.get_by_role("button", name="Set eu-west to 30 %").click()
        await expect(look.cell("eu-west", "dial")).to_have_text("30 %", timeout=SOON)
    told = served.program.said()
    assert "the dial of region eu-west was set here from 1 to 0.3 by ops@" in told
    assert not [key for key in KEYS.values() if key in told]


async def sign_in(look: Look, key: str) -> None:
    await look.page.get_by_label("Key").fill(key)
    await look.page.get_by_role("button", name="Sign in").click()


async def put_dial(look: Look) -> int:
    """The status that the page's own request would get."""
    status: int = await look.page.evaluate(
        """async () => (await fetch("/regions/eu-west/dial", {method: "PUT", body: '{"dial": 0}',
        headers: {"Content-Type": "application/json", "Nearway-Dashboard": "1"}})).status"""
    )
    return status


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_can_be_read_in_the_dark_on_a_phone_and_by_who_sees_badly(
    gateway: Served, chromium: Chromium, scheme: str
) -> None:
    await gateway.ask("POST", "/solve", TASK, {"Nearway-Region": "eu-west"})
    for width in (1280, 390):
        async with chromium.look(gateway.url, viewport={"width": width, "height": 844}, color_scheme=scheme) as look:
            await look.is_live()
            await expect(look.page.locator("table.tasks tbody")).to_have_count(1, timeout=SOON)
            assert await look.page.evaluate("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
            assert await faint(look.page) == []
            assert await nameless(look.page) == []


async def test_a_connection_that_breaks_is_told_and_made_again(gateway: Served, chromium: Chromium) -> None:
    async with chromium.look(gateway.url, clean=False) as look:
        await look.is_live()
        gateway.program.process.send_signal(signal.SIGSTOP)
        await expect(look.page.locator("#connection")).to_contain_text("Connection lost: this is", timeout=SOON)
        gateway.program.process.send_signal(signal.SIGCONT)
        await look.is_live()


async def test_where_no_region_is_up_it_says_what_to_start(lab: GatewayLab, chromium: Chromium) -> None:
    served = await lab.gateway()
    async with chromium.look(served.url) as look:
        await look.is_live()
        await expect(look.page.locator("#summary")).to_contain_text("No region is up yet. Start a region's endpoint")
        await lab.region("eu-west")
        await expect(look.spot("eu-west", "well")).to_be_visible(timeout=SOON)


async def test_a_page_of_another_name_gets_nothing_and_changes_nothing(gateway: Served) -> None:
    for method, path in (("GET", "/dashboard"), ("GET", "/events"), ("PUT", "/regions/eu-west/dial")):
        headers = {"Host": "evil.example", "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
        async with gateway.client.request(method, gateway.url + path, headers=headers, data=b'{"dial": 0}') as answer:
            assert (answer.status, (await answer.json())["error"]) == (403, "FORBIDDEN")
    foreign = {"Content-Type": "application/json", "Nearway-Dashboard": "1", "Sec-Fetch-Site": "cross-site"}
    assert (await gateway.ask("PUT", "/regions/eu-west/dial", {"dial": 0}, foreign))[0] == 403
