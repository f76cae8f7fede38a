"""A task's trail: its choices and attempts, each with its reason, in words a person understands."""

from dataclasses import dataclass, field

from attempt.outcome import Outcome
from gateway.choose import Choice


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one region."""

    region: str
    why: str
    outcome: Outcome
    detail: str


@dataclass(slots=True)
class Trail:
    """Grows while the task is carried."""

    attempts: list[Attempt] = field(default_factory=list)
    passed: dict[str, str] = field(default_factory=dict)
    moves: list[str] = field(default_factory=list)
    held_by: str | None = None

    def chose(self, choice: Choice) -> None:
        """Take in why regions were passed over, or all of them; of several reasons for one region the first is kept."""
        for one in choice.passed:
            self.passed.setdefault(one.region, one.why)
        if choice.capped:
            self.held_by = choice.why

    def moved(self, region: str, to: str, why: str) -> None:
        """The task is paid for, and is now waited for elsewhere."""
        self.moves.append(f"{region}: waiting moved on to {to}: {why}")

    def lines(self) -> list[str]:
        """The trail as sentences."""
        passed = [f"{region}: passed over, {why}" for region, why in self.passed.items() if not self._tried(region)]
        tried = [f"{one.region}: tried ({one.why}), {one.outcome}: {one.detail}" for one in self.attempts]
        held = [f"waited: {self.held_by}"] if self.held_by else []
        return passed + held + tried + self.moves

    def _tried(self, region: str) -> bool:
        return any(one.region == region for one in self.attempts)
