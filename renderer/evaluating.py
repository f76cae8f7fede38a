"""The template at work on a region's servers: evaluated where that holds nobody up, and what it read followed from then on."""

import asyncio
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from discovery.query import Service
from discovery.watcher import Watcher
from renderer.engine import Faulty, Missing, Outcome, Reads, Rendered
from renderer.files import Files, Seen
from renderer.limit import bounded
from renderer.loop import Event, NoAnswer, Unrendered, Wanted
from renderer.reading import Sources
from renderer.region import Region
from renderer.render import PACKAGED, Host, evaluate, page
from renderer.telling import Teller
from renderer.token_files import TokenFiles
from renderer.tokens import ignored
from renderer.upstreams import Server, Upstreams


class Evaluation:
    """One region's template. `workers` is the question that is asked whatever the template reads."""

    def __init__(
        self,
        template: Path,
        region: Region,
        host: Host,
        tokens: TokenFiles,
        workers: Service,
        watcher: Watcher,
        teller: Teller,
    ) -> None:
        self._template, self._region, self._host, self._tokens = template, region, host, tokens
        self._workers, self._watcher, self._teller = workers, watcher, teller
        self._files, self._seen, self._reads = Files(), Seen(), Reads()
        self._last: Wanted[Server] | None = None

    async def of(self, wanted: Upstreams) -> Event[Server]:
        """The configuration for these servers, or why there is none."""
        # Our own template reads nothing but the servers. One of the operator's may read anything, and is given a bound, which
        # in a thread it could not be.
        ours = self._template == PACKAGED
        if self._tokens.look():
            self.forget()
        if ours and self._last is not None and self._last.servers == wanted.servers:
            return self._last
        # Not the view of the last news: that may know of something that is not watched any more.
        sources = Sources(self._watcher.view, os.environ, self._files.read)
        host = replace(self._host, tokens=self._tokens.now)
        evaluated = partial(evaluate, self._template, self._region, wanted, host, sources)
        outcome = await asyncio.to_thread(evaluated) if ours else bounded(page(self._template), evaluated)
        self._follow(outcome)
        event = self._meant(outcome, wanted.servers)
        self._last = event if isinstance(event, Wanted) else None
        return event

    def is_outdated(self) -> bool:
        """Whether a file it was made from is another now."""
        if self._seen.changed() or self._tokens.look():
            self.forget()
            return True
        return False

    def forget(self) -> None:
        """Whatever it gave: it is evaluated anew."""
        self._last = None

    def _follow(self, outcome: Outcome) -> None:
        # What a pass that came to no end did not read may be read by the next.
        self._reads = outcome.reads if isinstance(outcome, Rendered) else self._reads | outcome.reads
        self._watcher.watch_only([self._workers, *self._reads.queries])
        self._seen.note(self._reads.files)

    def _meant(self, outcome: Outcome, servers: tuple[Server, ...]) -> Event[Server]:
        match outcome:
            case Missing(_, waiting):
                self._teller.waiting(waiting)
                return NoAnswer()
            case Faulty(_, reason):
                return Unrendered(reason)
            case Rendered(text):
                trouble = ignored(self._tokens.now, text)
                return Unrendered(trouble) if trouble else Wanted(text, servers)
