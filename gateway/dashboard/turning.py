"""Setting a region's dial over HTTP: checked, written into every datacenter that answers, and told in the log."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contract.problem import ProblemError, problem
from discovery.access import Access
from discovery.consul import Consul
from discovery.dialable import dialable, unknown
from discovery.dialling import write_all
from discovery.dials import Dial, after, check_share, check_why
from discovery.view import View

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody wants."""

    region: str
    share: float
    why: str


def turn_of(region: str, body: Any) -> Turn:
    """What a request wants. ProblemError says what is wrong with it."""
    members = body if isinstance(body, dict) else {}
    share, why = members.get("dial"), members.get("why", "")
    try:
        if isinstance(share, bool) or not isinstance(share, int | float):
            raise ValueError(f"dial {share!r} is not a number from 0 to 1")  # noqa: TRY004, TRY301
        return Turn(region, check_share(share), check_why(why))
    except ValueError as error:
        raise ProblemError(problem("BAD_REQUEST", f'{error}: send {{"dial": 0.3, "why": "…"}}')) from None


class Dialler:
    """One gateway's. `view` is what is known now."""

    def __init__(self, access: Access, view: Callable[[], View], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._access, self._view, self._now = access, view, now

    async def turn(self, turn: Turn, by: str) -> dict[str, object]:
        """Set it; what was done. ProblemError when no datacenter took it, or nobody knows the region."""
        view = self._view()
        known = dialable(view)
        if turn.region not in known.regions:
            raise ProblemError(problem("NOT_FOUND", unknown(turn.region, known)))
        before = known.dials.get(turn.region)
        dial = Dial(turn.share, after(self._now(), before), by, turn.why)
        taken = await self._write(view, turn.region, dial)
        log.info(
            "the dial of region %s was set here from %s", turn.region, _said(before, dial, taken),
            extra={"region": turn.region, "change": "dial set"},
        )  # fmt: skip
        if all(taken.values()):
            raise ProblemError(problem("CONSUL_UNAVAILABLE", f"{turn.region} is as it was: {_reasons(taken)}"))
        written = [name for name, trouble in taken.items() if trouble is None]
        failed = {name: trouble for name, trouble in taken.items() if trouble is not None}
        return {"region": turn.region, "dial": dial.share, "by": by, "why": dial.why, "written": written, "not_written": failed}

    async def _write(self, view: View, region: str, dial: Dial) -> Mapping[str, str | None]:
        async with AsyncExitStack() as stack:
            agents = [await stack.enter_async_context(Consul(address, self._access)) for address in self._access.addresses]
            return await write_all(agents, view.datacenters, region, dial)


def _said(before: Dial | None, dial: Dial, taken: Mapping[str, str | None]) -> str:
    share = before.share if before else 1.0
    why = f": {dial.why}" if dial.why else ""
    failed = f"; not written in {_reasons(taken)}" if any(taken.values()) else ""
    return f"{share:g} to {dial.share:g} by {dial.by}{why}{failed}"


def _reasons(taken: Mapping[str, str | None]) -> str:
    return "; ".join(f"{name}: {trouble}" for name, trouble in taken.items() if trouble) or "no datacenter is known"
