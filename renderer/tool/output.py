"""One template and its file: rendered when what it reads has changed, staged, checked, swapped."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from discovery.query import Query
from discovery.view import Known, View
from renderer import stage
from renderer.caution import Pace
from renderer.engine import Faulty, Marks, Missing, Outcome, Page, Reads, Rendered
from renderer.limit import bounded
from renderer.loop import Change, Event, NoAnswer, State, Step, Unrendered, Wanted, after, decide
from renderer.reading import Sources
from renderer.telling import Teller
from renderer.tool.config import Config, Template
from renderer.tool.running import run


@dataclass(frozen=True, slots=True)
class Given:
    """A service instance in a text, by all that makes it itself."""

    address: str


class Output:
    """One of the files."""

    def __init__(self, template: Template, config: Config, clock: Callable[[], float]) -> None:
        self.template, self._clock = template, clock
        # Where links lead: a rename would replace the link.
        self.target = template.destination.resolve()
        self.teller = Teller(str(template.destination))
        self.state: State[Given] = State(clock())
        self.reads = Reads()
        self.outcome: Outcome | None = None
        self._page = Page(template.source.absolute(), Marks(**template.delimiters.model_dump()))
        self._pace = Pace().model_copy(update={"wait": template.wait or config.wait, "spacing": config.spacing})
        self._basis: Mapping[Query[Any], object] | None = None

    def render(self, sources: Sources) -> Outcome:
        """The text as it should be, or why there is none; worked out only when something it read has changed."""
        if self.outcome is None or self._basis != _basis(sources.view, self.reads):
            self.outcome = bounded(self._page, partial(self._page.render, sources))
            # What a pass that came to no end did not read may be read by the next.
            self.reads = self.outcome.reads if isinstance(self.outcome, Rendered) else self.reads | self.outcome.reads
            self._basis = _basis(sources.view, self.reads)
            self._tell(self.outcome)
        return self.outcome

    def forget(self) -> None:
        """Have it rendered anew: a file it reads has changed."""
        self.outcome = None

    def decide(self, now: float) -> Step[Given]:
        """The next step, after `render`."""
        event = self._event()
        step = decide(self.state, event, now, self._pace)
        self.state = step.state
        if isinstance(event, Wanted) and event.text == self.state.served:
            self.teller.as_wanted()
        return step

    async def swap(self, text: str) -> stage.Outcome:
        """Put a text in place, if the check finds nothing against it."""
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return stage.Refused(f"{self.target.parent} can't be made: {error.strerror}")
        owned = stage.Owned(self.template.mode, self.template.user, self.template.group)
        outcome = await stage.swap(self.target, text, self._check, owned, self._kept)
        # With the one before still there, an earlier run ended before what reads the file was told.
        untold = isinstance(outcome, stage.Unchanged) and self._kept.exists()
        return stage.Swapped(self._kept) if untold else outcome

    def settled(self, change: Change[Given], outcome: stage.Outcome, began: float, now: float) -> None:
        """Remember and tell what became of a change."""
        if isinstance(outcome, stage.Swapped) and outcome.kept is not None:
            with suppress(OSError):
                self._let_go(outcome.kept)
        self.teller.changed(outcome, began, now)
        self.state = after(self.state, change.wanted, outcome, now)

    @property
    def _kept(self) -> Path:
        """The one before, until what reads the file was told. Hidden: many programs read all of a folder."""
        return self.target.with_name(f".{self.target.name}.last")

    def _let_go(self, kept: Path) -> None:
        if self.template.backup:
            kept.replace(stage.backup_of(self.target))
        else:
            kept.unlink()

    async def _check(self, staged: Path) -> str | None:
        check = self.template.check
        return None if check is None else await run(check.about(staged), self.template.timeout.seconds)

    def _event(self) -> Event[Given]:
        match self.outcome:
            case Rendered(text, _, given):
                at_once = self.template.removals == "at once"
                return Wanted(text, tuple(map(Given, sorted(given))) if at_once else ())
            case Faulty(_, reason):
                return Unrendered(reason)
        return NoAnswer()

    def _tell(self, outcome: Outcome) -> None:
        match outcome:
            case Rendered():
                self.teller.rendered(self._clock())
            case Missing(_, waiting):
                self.teller.waiting(waiting)
            case Faulty(_, reason):
                self.teller.unrendered(reason, self._clock())


def _basis(view: View, reads: Reads) -> Mapping[Query[Any], object]:
    """What the answers said that it read; not when."""
    answers = ((query, view.to(query)) for query in reads.queries)
    return {query: (answer.said,) if isinstance(answer, Known) else answer for query, answer in answers}
