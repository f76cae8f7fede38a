"""A desk at time 0, and the requests it is asked with."""

from collections.abc import Callable
from typing import Any

import pytest

from demo.api.answers import Accepted, Answer
from demo.api.desk import Desk
from demo.api.order import Upload
from demo.api.request import Request
from demo.api.switches import Switches

KEY = "k" * 32
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (200).to_bytes(4, "big") + (50).to_bytes(4, "big") + b"\0" * 200


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def png() -> bytes:
    return PNG


@pytest.fixture
def make_desk() -> Callable[..., Desk]:
    def make(**switches: Any) -> Desk:
        return Desk(KEY, Switches(**{"solve_time": "fixed", **switches}), now=0.0)

    return make


@pytest.fixture
def ask() -> Callable[..., Request]:
    """A request with the right key; a parameter of None is left out."""

    def make(files: dict[str, Upload] | None = None, address: str = "10.0.0.1", **parameters: str | None) -> Request:
        given = {"key": KEY, **parameters}
        return Request({name: value for name, value in given.items() if value is not None}, files or {}, address)

    return make


@pytest.fixture
def submit(ask: Callable[..., Request]) -> Callable[..., Answer]:
    """Send a v2 task for a page solved after `seconds`."""

    def send(desk: Desk, now: float, task: str | None = None, seconds: float | None = None, **more: str | None) -> Answer:
        query = "&".join(f"{name}={value}" for name, value in {"task": task, "seconds": seconds}.items() if value is not None)
        page = f"https://example.org/?{query}"
        given: dict[str, str | None] = {"method": "userrecaptcha", "googlekey": "6Lc_", "pageurl": page}
        return desk.submit(ask(**{**given, **more}), now)

    return send


@pytest.fixture
def take(submit: Callable[..., Answer]) -> Callable[..., str]:
    """The id of a task that must be accepted."""

    def send(desk: Desk, now: float, **more: Any) -> str:
        answer = submit(desk, now, **more)
        assert isinstance(answer, Accepted), answer
        return answer.id

    return send
