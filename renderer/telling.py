"""Telling the operator what happens, each thing once, in the log, and remembering it for `/status`."""

import logging
from dataclasses import dataclass, replace

from discovery.records import Rejected
from renderer import stage
from renderer.upstreams import Server

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What has happened so far. Times are seconds of the renderer's clock; None: not yet.

    `trouble` is why the file is not as it should be, None while it is; `last_trouble` is kept when it is over. `holds` counts how
    often workers began to be held, `waiting` is what a template has to know before it can be rendered.
    """

    rendered_at: float | None = None
    reloads: int = 0
    reloaded_at: float | None = None
    failures: int = 0
    failed_at: float | None = None
    trouble: str | None = None
    last_trouble: str | None = None
    held: tuple[str, ...] = ()
    left_out: tuple[Rejected, ...] = ()
    waiting: tuple[str, ...] = ()
    renders: int = 0
    holds: int = 0


class Teller:
    """One file's; `what` it is, the log says."""

    def __init__(self, what: str = "the configuration") -> None:
        self.record = Record()
        self._what = what

    def left_out(self, told: tuple[Rejected, ...]) -> None:
        """These registrations are left out, or changed."""
        known = set(self.record.left_out)
        for one in told:
            if one not in known:
                log.warning("registration %r: %s", one.id, one.reason)
        self.record = replace(self.record, left_out=told)

    def holding(self, held: tuple[Server, ...], of: int) -> None:
        """These of so many workers are held."""
        before = len(self.record.held)
        if len(held) > before:
            log.warning("%d of %d workers are gone at once: they are held, in case Consul or their agent is wrong", len(held), of)
        elif before and not held:
            log.info("no worker is held any more")
        holds = self.record.holds + (1 if len(held) > before else 0)
        self.record = replace(self.record, held=tuple(server.address for server in held), holds=holds)

    def waiting(self, what: tuple[str, ...]) -> None:
        """The template can't be rendered before it knows these."""
        new = [one for one in what if one not in self.record.waiting]
        if new:
            log.info("%s waits for %s", self._what, "; ".join(new))
        self.record = replace(self.record, waiting=what)

    def rendered(self, now: float) -> None:
        """The template was rendered."""
        self.record = replace(self.record, rendered_at=now, renders=self.record.renders + 1, waiting=())

    def unrendered(self, reason: str, now: float) -> None:
        """It could not be; said once for as long as the reason is the same."""
        if reason != self.record.trouble:
            self._failed(reason, now)

    def as_wanted(self) -> None:
        """Nothing has to be changed: what was the matter is over."""
        self.record = replace(self.record, trouble=None)

    def changed(self, outcome: stage.Outcome, began: float, now: float) -> None:
        """A change was tried."""
        if isinstance(outcome, stage.Refused):
            self._failed(outcome.reason, now)
            return
        if isinstance(outcome, stage.Swapped):
            log.info("%s is new, and in place after %.0f ms", self._what, 1_000 * (now - began))
        self.record = replace(self.record, reloads=self.record.reloads + 1, reloaded_at=now, trouble=None)

    def _failed(self, reason: str, now: float) -> None:
        log.error("%s stays as it was: %s", self._what, reason)
        failures = self.record.failures + 1
        self.record = replace(self.record, failures=failures, failed_at=now, trouble=reason, last_trouble=reason)
