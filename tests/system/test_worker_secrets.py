"""Nothing that a worker writes or answers holds a secret, whatever goes wrong."""

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.consul_lab import eventually
from tests.system.lab import KEY, Lab, Served, task

WRONG_KEY = "bad0bad1bad2bad3bad4bad5bad6bad7"
LOGIN, PASSWORD = "joe.of.proxies", "pa;ss+wo%rd&more"
COOKIES = "session=c00kie/of+the&client"
GIVEN = {KEY, WRONG_KEY, LOGIN, PASSWORD, COOKIES}
STORM = {"reset_before_rate": 0.2, "reset_after_rate": 0.2, "body": "html_502", "body_rate": 0.2, "slow_body_rate": 0.2}
LOUD: dict[str, Any] = {"log_level": "DEBUG", "api_speed": 100}

CRASHES = """
import worker.solve

def crash_with_all_there_is(solver, receipt, done):
    raise RuntimeError(f"{solver!r} {receipt!r} {done!r} {done.solved!r}")

def crash_after_a_refusal(outcome, *_):
    raise RuntimeError(f"{outcome!r}")

worker.solve.Solver._answer = crash_with_all_there_is
worker.solve.again_after = crash_after_a_refusal
"""
"""Run inside a worker first: a fault of ours whose text shows all that is at hand."""

pytestmark = pytest.mark.timeout(120)


def secret_task(name: str, host: str = "10.0.0.9") -> dict[str, str]:
    return task(name, 0.1, proxy=f"{LOGIN}:{PASSWORD}@{host}:3128", proxytype="http", cookies=COOKIES)


def forms(secret: str) -> Iterator[str]:
    """The secret as it is, URL-encoded, and what of its base64 does not depend on where in the encoded text it stands."""
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode())
        stable = encoded[4 if before else 0 : len(encoded) // 4 * 4 - 4].decode()
        yield from (stable, stable.replace("+", "-").replace("/", "_"))


def leaks(texts: list[str], secrets: set[str]) -> list[str]:
    """Where in the texts a secret stands, in whatever form."""
    sought = re.compile("|".join(sorted({re.escape(form) for secret in secrets for form in forms(secret)})))
    return [text[max(0, found.start() - 200) : found.end() + 50] for text in texts for found in sought.finditer(text)]


def test_the_search_finds_what_it_must() -> None:
    for secret in GIVEN:
        for before in range(6):
            whole = b"x" * before + secret.encode() + b"yz"
            assert leaks([base64.b64encode(whole).decode()], {secret})
            assert leaks([base64.urlsafe_b64encode(whole).decode()], {secret})
        assert leaks([f"a={quote_plus(secret)}&b"], {secret})
    assert leaks(["nothing of it is here"], GIVEN) == []


class Echo:
    """An API that says back what it was sent, in ever other forms."""

    def __init__(self) -> None:
        self.heard, self.url = 0, ""

    async def answer(self, request: web.Request) -> web.Response:
        """One reply."""
        sent, fields = await request.text(), dict(await request.post())
        said = [sent, str(fields), base64.b64encode(sent.encode()).decode(), quote(sent), *map(str, fields.values())]
        self.heard += 1
        text = said[self.heard % len(said)]
        refusals: list[object] = [
            {"status": 0, "request": "ERROR_SOMETHING_NEW", "error_text": text},
            {"status": 0, "request": "ERROR_BAD_PROXY", "error_text": text},
            {"status": 0, "request": text},
            {"status": "0", "request": [text]},
            text,
        ]
        reply = web.json_response(refusals[self.heard // len(said) % len(refusals)])
        reply.set_cookie("echo", quote(text))
        return reply


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    """It runs."""
    made, app = Echo(), web.Application()
    app.router.add_post("/{any:.*}", made.answer)
    async with TestServer(app) as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


async def use(worker: Served, count: int, host: str = "10.0.0.9") -> list[object]:
    """Tasks with secrets, and what shows the worker's state; the solutions that came."""
    names = (f"{worker.url.rpartition(':')[2]}.{number}" for number in range(count))
    posts = [worker.ask("POST", "/solve", secret_task(name, host), {"Nearway-Deadline": "20"}) for name in names]
    answers = await asyncio.gather(*posts)
    for path in ("/metrics", "/health", "/ready", "/nowhere", f"/tasks/5?kind=turnstile&submitted=1&key={'x' * 32}"):
        await worker.get(path)
    return [body["solution"] for status, _, body in answers if status == 200]


async def leave_in_the_middle(worker: Served) -> None:
    """A client that goes away while its task is handed over."""
    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        async with asyncio.timeout(0.2):
            await worker.ask("POST", "/solve", {**secret_task("left"), "pageurl": "https://example.com/?task=left&seconds=60"})
    await eventually(lambda: "nobody waits" in worker.program.said() or worker.program.process.poll() is not None, "it to notice")


async def test_nothing_written_or_answered_holds_a_secret(here: Lab, echo: Echo) -> None:
    api = await here.api(bad_proxies="10.6.6.6", error_text=True, limits="1004,IP_BANNED", seed=3)
    well = await here.worker(api.url, **LOUD)
    solutions = await use(well, 10)
    assert len(solutions) == 10
    assert await use(well, 3, host="10.6.6.6") == []
    await api.ask("PATCH", "/switches", STORM)
    solutions += await use(well, 40)
    await api.ask("POST", "/switches/reset")

    echoed = await here.worker(echo.url, **LOUD)
    await use(echoed, 200)
    assert echo.heard > 200
    locations = [f"/tasks/{number}?kind=image&submitted={time.time() - 5:.3f}" for number in range(40)]
    await asyncio.gather(*(echoed.get(location, wait=1) for location in locations))

    crashing = await here.changed_worker(CRASHES, api.url, **LOUD)
    assert await use(crashing, 5) == []
    await api.ask("PATCH", "/switches", {"submit_error": "ERROR_BAD_TOKEN_OR_PAGEURL"})
    assert await use(crashing, 5) == []
    await api.ask("POST", "/switches/reset")
    assert crashing.program.said().count("RuntimeError") >= 10

    await api.ask("PATCH", "/switches", {"delay_rate": 1, "delay_seconds": 0.5, "faults_on": "submit"})
    await leave_in_the_middle(well)
    refused = await here.worker(api.url, captchaai_api_key=WRONG_KEY, **LOUD)
    assert await use(refused, 5) == []
    unreachable = await here.worker("http://127.0.0.1:9", **LOUD)
    assert await use(unreachable, 3) == []

    for one in here.served:
        one.program.tell()
    assert [await one.program.ended() for one in here.served] == [0] * len(here.served)
    written, heard = [one.program.said() for one in here.served], [text for one in here.served for text in one.heard]
    assert leaks(written + heard, GIVEN) == []
    tokens = {str(solution) for solution in solutions}
    assert leaks(written + [text for text in heard if not text.startswith("200 ") or "solution" not in text], tokens) == []
    assert not re.search(r"sim-[\w.]+-\d+-", "".join(written))
