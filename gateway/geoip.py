"""The place of an address by a MaxMind-format file, which is opened anew when it is replaced.

What is read is a copy: a file that is cut short while it is mapped would end the program.
"""

import asyncio
import logging
import math
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_network
from itertools import islice
from pathlib import Path

import maxminddb

from contract.settings import SettingsError
from gateway.mark import Mark, mark_of
from gateway.place import Address, Place

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks at the file."""

FIRST = 1000
"""Networks among which one must have a location: a file of countries or of providers has none at all."""


class GeoIP:
    """One file. SettingsError says what is wrong with it at the start; later the last good one is kept, and the log says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._seen: Mark | None = mark_of(path)
            self._reader = _open(path)
        except (OSError, maxminddb.InvalidDatabaseError, ValueError) as error:
            raise SettingsError(f"geoip: {path}: {error}") from None

    def place(self, address: Address) -> Place | None:
        """Where an address is; None when the file does not say."""
        try:
            record, prefix = self._reader.get_with_prefix_len(str(address))
        except ValueError:  # an IPv6 address, and a file of IPv4 only
            return None
        except maxminddb.InvalidDatabaseError as error:
            log.warning("geoip: %s: %s: %s", self._path, address, error)
            return None
        location = location_in(record)
        network = ip_network(f"{address}/{prefix}", strict=False)
        return Place(f"{address} is in {network}, by GeoIP", location) if location else None

    async def keep_fresh(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled. A file that can't be read is tried again once it changed again."""
        while True:
            await sleep(LOOK)
            await self.look()

    async def look(self) -> None:
        """Open the file anew if it is another than before."""
        try:
            seen = mark_of(self._path)
            if seen == self._seen:
                return
            self._seen = seen
            fresh = await asyncio.to_thread(_open, self._path)
        except FileNotFoundError as error:
            if self._seen is not None:
                log.warning("geoip: %s; the last good one is kept", error)
            self._seen = None
        except (OSError, maxminddb.InvalidDatabaseError, ValueError) as error:
            log.warning("geoip: %s: %s; the last good one is kept", self._path, error)
        else:
            self._reader, old = fresh, self._reader
            old.close()
            log.info("geoip: %s was replaced, and is open", self._path)

    def close(self) -> None:
        """Close it."""
        self._reader.close()


def location_in(record: object) -> tuple[float, float] | None:
    """The location in a record, if there is one that is on the globe."""
    location = record.get("location") if isinstance(record, Mapping) else None
    if not isinstance(location, Mapping):
        return None
    latitude, longitude = (_number(location.get(name)) for name in ("latitude", "longitude"))
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return latitude, longitude


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _open(path: Path) -> maxminddb.Reader:
    with path.open("rb") as file, tempfile.NamedTemporaryFile(suffix=".mmdb") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        try:
            reader = maxminddb.open_database(copy.name)
        except maxminddb.InvalidDatabaseError as error:
            raise ValueError(str(error).replace(copy.name, path.name)) from None
    if not any(location_in(record) for _, record in islice(reader, FIRST)):
        reader.close()
        raise ValueError(f"none of its first {FIRST} networks has a location: a database of cities is needed")
    return reader
