"""What passes on a route: which header fields, in both directions; which region; and what may be tried once more.

Pure.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from attempt.evidence import Lost, NotSent
from attempt.outcome import refuses_token
from contract.problem import ProblemError, problem
from contract.route_path import REPEATABLE, stays_below
from contract.submitted import HEADER
from discovery.records import RegionEndpoint
from gateway.choose import Against, Scene, endpoint, objection
from gateway.place import Address
from gateway.rank import Ranked

OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings"},
)
"""Fields for the next hop only (RFC 9110 §7.6.1), beside those that `Connection` names."""

OF_OURS = frozenset(
    {HEADER.lower(), "prefer", "x-real-ip", "forwarded", "x-request-id"}
    | {"host", "content-length", "expect", "alt-svc", "server"}
)
"""Fields that mean something between our parts, or that each hop writes itself."""

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Onward:
    """One request to be passed on. `target` is path and query as they came."""

    method: str
    target: str
    fields: Fields
    body: bytes
    silence: float

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again although somebody may have had it."""
        return self.method in REPEATABLE


def check_target(target: str) -> str:
    """`target` when it surely is below its route; ProblemError when a dot in it may lead elsewhere."""
    if not stays_below(target.partition("?")[0]):
        raise ProblemError(problem("BAD_REQUEST", "The path has `.` or `..` in it: send it without"))
    return target


def to_region(fields: Iterable[tuple[str, str]], client: Address, request_id: str, *, hide: Collection[str] = ()) -> Fields:
    """A client's fields as a worker gets them; those named in `hide` are for us. ProblemError for what can't be sent on."""
    kept = [(name, value) for name, value in _end_to_end(fields) if name.lower() not in hide]
    for name, value in kept:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ProblemError(problem("BAD_REQUEST", f"The field {name} is no UTF-8")) from None
    return [*kept, ("X-Forwarded-For", str(client)), ("X-Request-ID", request_id)]


def to_client(fields: Iterable[tuple[str, str]], status: int, region: str) -> Fields:
    """A worker's fields as the client gets them."""
    fields = list(fields)
    told = [(name, value) for name, value in fields if name.lower() == HEADER.lower()]
    length = [(name, value) for name, value in fields if name.lower() == "content-length"]
    # RFC 9112 §6.3: chunks overrule a length. RFC 9110 §8.6: these two have no content.
    if status in (204, 304) or any(name.lower() == "transfer-encoding" for name, _ in fields):
        length = []
    return [*_end_to_end(fields), *told, *length, ("nearway-region", region)]


def _end_to_end(fields: Iterable[tuple[str, str]]) -> Fields:
    fields = list(fields)
    named = {one.strip().lower() for name, value in fields if name.lower() == "connection" for one in value.split(",")}
    left_out = OF_THE_CONNECTION | OF_OURS | named
    return [(name, value) for name, value in fields if name.lower() not in left_out and not _looks_like_ours(name.lower())]


def _looks_like_ours(name: str) -> bool:
    # `Proxy-Authorization` and its kin are of the connection, too.
    return name.startswith(("nearway-", "x-forwarded-", "x-accel-", "proxy-"))


def next_region(ranked: Sequence[Ranked], scene: Scene, tried: Collection[str]) -> RegionEndpoint | None:
    """The nearest region that takes it: one that would take a task but for its slots, for a route takes none."""
    for candidate in ranked:
        region = scene.regions[candidate.region]
        against = objection(region, scene, tried)
        if against is None or against.kind is Against.FULL:
            return endpoint(region)
    return None


def tries_next(request: Onward, got: NotSent | Lost | tuple[int, str | None, str | None]) -> bool:
    """Whether the next region is tried.

    `got` is what came of this one: nothing, or a status with its `Task-Submitted` and its `WWW-Authenticate`. Whoever says `no`,
    or refuses our token, has not begun. What may have been begun is sent again only if that changes nothing.
    """
    if isinstance(got, NotSent):
        return True
    if isinstance(got, Lost):
        return request.is_repeatable
    status, said, challenge = got
    if refuses_token(status, challenge):
        return True
    return status in (502, 503, 504) and (said == "no" or (request.is_repeatable and status != 503))
