"""The gateway's locations of tasks: a worker's location, the task's id, and a seal that only gateways can make.

Pure. Ids at the solving API are numbers in a row: without a seal anybody could ask for others' tasks by counting. It is an
HMAC (RFC 2104, with SHA-256) over the tenant and all of the location, so that a location is of use to its own tenant only.
Every gateway with the same key reads it, and no gateway needs to remember it.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from contract.problem import ProblemError, problem
from gateway.tenants import Tenant

_BY_ID = re.compile(r"/tasks/([0-9a-f]{32})", re.ASCII)
_WORKERS = re.compile(r"/tasks/[!-~]{1,2000}")
_OURS = re.compile(
    r"(?P<unsealed>(?P<workers>/tasks/[!-~]{1,2000})[?&]task=(?P<task>[0-9a-f]{32}))&seal=(?P<seal>[\w-]{43})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Location:
    """A task that some worker has accepted: the worker's location, and the task's id."""

    workers: str
    task: str

    @property
    def captcha_id(self) -> str:
        """The task's id at the solving API."""
        return self.workers.partition("?")[0].rpartition("/")[2]


def id_in(path_and_query: str) -> str | None:
    """The task's id, where it is all there is. Every location that `Locations` makes has a query."""
    found = _BY_ID.fullmatch(path_and_query)
    return found[1] if found else None


class Locations:
    """Made and read with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, location: Location, tenant: Tenant) -> str | None:
        """Path and query for the client; None when what the worker gave can't be one."""
        if not _WORKERS.fullmatch(location.workers):
            return None
        unsealed = f"{location.workers}{'&' if '?' in location.workers else '?'}task={location.task}"
        return f"{unsealed}&seal={self._seal(unsealed, tenant)}"

    def read(self, path_and_query: str, tenant: Tenant) -> Location:
        """What `make` was given. ProblemError when it made no such location for this tenant."""
        found = _OURS.fullmatch(path_and_query)
        if not found or not hmac.compare_digest(found["seal"], self._seal(found["unsealed"], tenant)):
            raise ProblemError(problem("TASK_UNKNOWN", "No gateway with this one's TASKS_KEY gave this location to this tenant"))
        return Location(found["workers"], found["task"])

    def _seal(self, unsealed: str, tenant: Tenant) -> str:
        digest = hmac.digest(self._key, f"{tenant.name}\n{unsealed}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
