import logging
import re
import shutil
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from contract.settings import SettingsError
from gateway.geoip import GeoIP, location_in
from gateway.place import Place

PARIS = {"location": {"latitude": 48.9, "longitude": 2.4, "accuracy_radius": 20}, "country": {"iso_code": "FR"}}
TOKYO = {"location": {"latitude": 35.7, "longitude": 139.7}}


def write(path: Path, networks: dict[str, Any], version: int = 6) -> Path:
    """A file with these records, put where it belongs all at once, as those who publish such files do."""
    writer = MMDBWriter(version, "Test-City", ipv4_compatible=version == 6, float_type="f64")
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path.with_suffix(".new")))
    path.with_suffix(".new").rename(path)
    return path


def spoil(path: Path, fault: str) -> None:
    """Make a file that was good one of no use."""
    if fault == "gone":
        path.unlink()
    elif fault == "cut":
        path.write_bytes(path.read_bytes()[:200])
    else:
        write(path, {"198.51.100.0/24": {"country": {}}})


def locations(geoip: GeoIP, *addresses: str) -> list[tuple[float, float] | None]:
    places = [geoip.place(ip_address(one)) for one in addresses]
    return [place.location if place else None for place in places]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "city.mmdb", {"203.0.113.0/24": PARIS, "2001:db8::/32": TOKYO, "198.51.100.0/24": {"country": {}}})


def test_an_address_is_where_the_file_says_with_its_reason(path: Path) -> None:
    geoip = GeoIP(path)
    assert geoip.place(ip_address("203.0.113.7")) == Place("203.0.113.7 is in 203.0.113.0/24, by GeoIP", (48.9, 2.4))
    assert locations(geoip, "2001:db8::1", "198.51.100.1", "192.0.2.1", "::1") == [(35.7, 139.7), None, None, None]
    geoip.close()


def test_a_file_of_ipv4_only_knows_no_ipv6_address(tmp_path: Path) -> None:
    geoip = GeoIP(write(tmp_path / "v4.mmdb", {"203.0.113.0/24": PARIS}, version=4))
    assert locations(geoip, "2001:db8::1", "203.0.113.1") == [None, (48.9, 2.4)]
    geoip.close()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file"),
        (b"", "city.mmdb"),
        (b"not a database", "city.mmdb"),
        ("cut", "city.mmdb"),
        ({"198.51.100.0/24": {"country": {"iso_code": "US"}}}, "a database of cities is needed"),
    ],
    ids=["not there", "empty", "something else", "cut short", "of countries"],
)
def test_a_file_that_is_of_no_use_is_an_error_at_the_start(tmp_path: Path, content: Any, told: str) -> None:
    path = tmp_path / "city.mmdb"
    if isinstance(content, dict):
        write(path, content)
    elif content == "cut":
        path.write_bytes(write(tmp_path / "whole.mmdb", {"203.0.113.0/24": PARIS}).read_bytes()[:200])
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        GeoIP(path)
    assert told in str(caught.value)
    assert set(re.findall(r"\w+\.mmdb", str(caught.value))) == {"city.mmdb"}, "nobody is to look for the copy"
    assert str(caught.value).startswith(f"geoip: {path}: ")


async def test_a_file_that_is_replaced_is_opened_anew(path: Path) -> None:
    geoip = GeoIP(path)
    await geoip.look()
    assert locations(geoip, "203.0.113.7") == [(48.9, 2.4)]
    write(path, {"203.0.113.0/24": TOKYO})
    await geoip.look()
    assert locations(geoip, "203.0.113.7") == [(35.7, 139.7)]
    geoip.close()


@pytest.mark.parametrize("fault", ["gone", "cut", "of countries"])
async def test_at_run_time_the_last_good_file_is_kept_until_there_is_a_good_one(
    path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    geoip = GeoIP(path)
    spoil(path, fault)
    with caplog.at_level(logging.INFO, "gateway.geoip"):
        for _ in range(3):
            await geoip.look()
        assert locations(geoip, "203.0.113.7") == [(48.9, 2.4)]
        assert [record.levelname for record in caplog.records] == ["WARNING"], "it is told of once"
        assert "the last good one is kept" in caplog.text
        write(path, {"203.0.113.0/24": TOKYO})
        await geoip.look()
    assert locations(geoip, "203.0.113.7") == [(35.7, 139.7)]
    assert "was replaced" in caplog.text
    geoip.close()


async def test_a_file_written_over_while_it_is_in_use_does_no_harm(path: Path) -> None:
    geoip = GeoIP(path)
    spoil(path, "cut")  # a mapped file is a SIGBUS for who reads what was cut off
    assert locations(geoip, "203.0.113.7") == [(48.9, 2.4)]
    geoip.close()


async def test_it_goes_on_looking(path: Path) -> None:
    class EnoughError(Exception):
        pass

    geoip, slept = GeoIP(path), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            shutil.copy(write(path.with_name("next.mmdb"), {"203.0.113.0/24": TOKYO}), path)
        if len(slept) == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        await geoip.keep_fresh(sleep)
    assert (locations(geoip, "203.0.113.7"), slept) == ([(35.7, 139.7)], [5.0] * 3)
    geoip.close()


@pytest.mark.parametrize(
    "record",
    [
        None, 1, "x", [], {}, {"location": 1}, {"location": {}}, {"location": {"latitude": 1.0}},
        {"location": {"latitude": "1", "longitude": 2.0}}, {"location": {"latitude": 91.0, "longitude": 2.0}},
        {"location": {"latitude": 1.0, "longitude": float("nan")}},
    ],
)  # fmt: skip
def test_a_record_without_a_location_on_the_globe_has_none(record: object) -> None:
    assert location_in(record) is None


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
keys = st.sampled_from(["location", "latitude", "longitude"])


@given(st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(keys, inner)))
def test_any_record_has_a_location_on_the_globe_or_none(record: object) -> None:
    found = location_in(record)
    assert found is None or (-90 <= found[0] <= 90 and -180 <= found[1] <= 180)
