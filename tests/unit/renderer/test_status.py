import socket

import aiohttp
import pytest

from contract.serving import PortTakenError
from renderer.region import Listen
from renderer.report import Families, Report, status
from renderer.status import Said, served
from renderer.telling import Record

REPORT = Report("us-east", Record(reloads=7), 3, 60, 499.0, None, 0, True, 1, 0, 500.0, 1_700_000_000.0)
SAID = Said(status(REPORT), Families(REPORT))


def free() -> Listen:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return Listen("127.0.0.1", held.getsockname()[1])


async def asked(where: Listen, method: str, path: str) -> tuple[int, str, str, str]:
    """Status, content type, Allow and body."""
    async with aiohttp.ClientSession() as session, session.request(method, f"http://{where}{path}") as response:
        headers = response.headers
        return response.status, headers["Content-Type"], headers.get("Allow", ""), await response.text()


@pytest.mark.parametrize(
    ("method", "path", "status", "kind", "words"),
    [
        ("GET", "/status", 200, "application/json; charset=utf-8", '"reloads": 7'),
        ("GET", "/metrics", 200, "text/plain; version=", 'nearway_renderer_reloads_total{region="us-east"} 7.0'),
        ("GET", "/", 404, "application/problem+json", "NOT_FOUND"),
        ("POST", "/status", 405, "application/problem+json", "METHOD_NOT_ALLOWED"),
    ],
)
async def test_what_is_asked_is_answered(method: str, path: str, status: int, kind: str, words: str) -> None:
    where = free()
    async with served(where, lambda: SAID):
        got, content_type, allow, body = await asked(where, method, path)
    assert got == status
    assert content_type.startswith(kind)
    assert words in body
    assert allow == ("GET, HEAD" if status == 405 else "")


async def test_a_port_that_is_taken_is_told_with_the_setting_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        taken = Listen("127.0.0.1", held.getsockname()[1])
        told = await _trouble(taken)
    assert told.startswith(f"{taken} can't be listened on")
    assert told.endswith("stop what holds it, or change STATUS_LISTEN")


async def _trouble(where: Listen) -> str:
    try:
        async with served(where, lambda: SAID):
            return "none"
    except PortTakenError as error:
        return str(error)


async def test_nothing_is_served_where_nothing_was_asked_for() -> None:
    async with served(None, lambda: SAID):
        pass
