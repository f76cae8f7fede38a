"""What a changed policy file does, look by look."""

import logging
import os
from pathlib import Path

import pytest

from gateway.config import GatewayConfig, read_config
from gateway.policy_change import told, waits_for_restart
from gateway.reload import Reload

A, B = (f'[[tenant]]\nname = "{name}"\nkeys = ["sha256:{name * 64}"]\n' for name in "ab")


SECRET = "whsec_" + "c2VjcmV0" * 6


class Room:
    """A policy file, and what a gateway was told to use of it."""

    def __init__(self, folder: Path, text: str, host: str = "127.0.0.1") -> None:
        self.path = folder / "gateway.toml"
        self.path.write_text(text)
        self.used: list[GatewayConfig] = []
        self.reload = Reload(self.path, read_config(self.path), host, self.used.append)
        self.age = 0

    def write(self, text: str) -> None:
        self.path.write_text(text)
        self.age += 1
        os.utime(self.path, ns=(0, self.age))

    async def look(self, times: int = 2) -> list[list[str]]:
        """The tenants of what was taken into use by so many looks."""
        before = len(self.used)
        for _ in range(times):
            await self.reload.look()
        return [[row.name for row in config.tenant] for config in self.used[before:]]


async def test_a_changed_file_is_used_once_it_rests(tmp_path: Path) -> None:
    room = Room(tmp_path, A)
    assert await room.look(3) == []
    room.write(A + B)
    assert await room.look(1) == [], "it may be half written"
    room.write(A + B + "\n")
    assert await room.look(1) == []
    assert await room.look(1) == [["a", "b"]]
    assert await room.look(3) == []


async def test_one_that_is_replaced_by_another_is_noticed_though_it_is_as_old_and_as_long(tmp_path: Path) -> None:
    room = Room(tmp_path, A)
    other = tmp_path / "other"
    other.write_text(A.replace('"a"', '"b"'))
    status = room.path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(room.path)
    assert await room.look() == [["b"]]


async def test_a_wrong_file_is_told_once_and_what_was_read_before_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    room = Room(tmp_path, A)
    room.write(A + "weigth = 3\n")
    assert await room.look(5) == []
    (told,) = (record.getMessage() for record in caplog.records)
    assert "gateway.toml: tenant.0.weigth: " in told
    assert told.endswith("what was read before stays in force")
    room.write(A + "weight = 3\n")
    assert await room.look() == [["a"]]


@pytest.mark.parametrize("text", ["", "[[tenant]", "open = true\n", 'fail_open = "x"\n'], ids=["empty", "cut", "open", "wrong"])
async def test_no_change_opens_a_gateway_that_asks_for_keys(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    room = Room(tmp_path, A)
    room.write(text)
    assert await room.look(5) == []
    assert len(caplog.records) == 1


async def test_one_on_loopback_may_begin_to_ask_for_keys_and_not_stop(tmp_path: Path) -> None:
    room = Room(tmp_path, "")
    room.write(A)
    assert await room.look() == [["a"]]
    room.write("")
    assert await room.look() == []


async def test_a_file_that_is_gone_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    room = Room(tmp_path, A)
    room.path.unlink()
    assert await room.look(5) == []
    assert len(caplog.records) == 1
    room.write(A + B)
    assert await room.look() == [["a", "b"]]


async def test_who_asks_has_it_read_at_once(tmp_path: Path) -> None:
    room = Room(tmp_path, A)
    room.reload._asked.set()
    assert await room.look(1) == [["a"]]
    assert await room.look(1) == []


async def test_without_a_file_who_asks_is_told(caplog: pytest.LogCaptureFixture) -> None:
    reload = Reload(None, GatewayConfig(), "127.0.0.1", lambda config: None)
    await reload.look()
    reload._asked.set()
    await reload.look()
    assert [record.getMessage() for record in caplog.records] == [
        "asked to read the policy file anew, and there is none: GATEWAY_CONFIG names it"
    ]


async def test_the_log_says_what_changed_and_what_waits(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    room = Room(tmp_path, A)
    room.write('fail_open = true\n[[route]]\npath = "/v1/"\n' + B)
    assert await room.look() == [["b"]]
    news, waits = (record.getMessage() for record in caplog.records)
    assert news.endswith("was read anew: tenants new: b; tenants gone: a; changed: fail_open")
    assert waits.endswith("a change of route takes effect when the gateway is started again")


def test_every_key_of_the_file_follows_or_waits() -> None:
    def changed(**more: object) -> GatewayConfig:
        return GatewayConfig.model_validate(more)

    news = {
        "trusted_proxies": ["10.0.0.0/8"],
        "fail_open": True,
        "page_members": ["url"],
        "place": [{"cidr": "10.0.0.0/8", "region": "a"}],
        "open": True,
        "tenant": [{"name": "a", "keys": []}],
        "callback_networks": ["10.0.0.0/8"],
        "callback_hours": 2.0,
        "callback_secret": SECRET,
        "geoip": "x.mmdb",
        "route": [{"path": "/v1/"}],
    }
    assert set(news) == set(GatewayConfig.model_fields)
    for key, value in news.items():
        config = changed(**{key: value})
        assert (told(GatewayConfig(), config) != "nothing changed") != bool(waits_for_restart(GatewayConfig(), config)), key
