"""Doubting, gathering and the loop together, over any sequence of Consul's news."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from discovery.instance import Health
from discovery.records import Worker
from discovery.view import Known
from renderer.caution import Caution
from renderer.doubt import Weighed, consul_in_doubt, weigh
from renderer.loop import Change, State, Wanted, after, decide
from renderer.stage import Swapped
from renderer.upstreams import Server, Upstreams

CAUTION = Caution()
SPACING, HOLD = CAUTION.spacing.seconds, CAUTION.hold.seconds
TAKES = 0.1
"""Seconds a reload takes."""


@dataclass(frozen=True)
class News:
    """What Consul says after a pause: the health of each worker it lists; None is a failure."""

    pause: float
    listed: dict[int, Health] | None


LISTS = st.dictionaries(st.integers(1, 6), st.sampled_from(Health), max_size=6)
NEWS = st.builds(News, st.sampled_from([0.01, 0.1, 0.3, 0.6, 3.0, 11.0]), LISTS | st.none() | st.just({}))


@dataclass
class Following:
    """What the shell does, on a clock of its own."""

    now: float = 1_000.0
    state: State[Server] = field(default_factory=lambda: State(1_000.0))
    weighed: Weighed = field(default_factory=lambda: Weighed(Upstreams(())))
    answer: Known[Any] = field(default_factory=lambda: Known((), 1_000.0))
    listed: tuple[Worker, ...] = ()
    changes: list[tuple[float, frozenset[str]]] = field(default_factory=list)

    def hear(self, listed: dict[int, Health] | None) -> None:
        if listed is None:
            self.answer = Known((), self.answer.heard, "away", self.answer.recovered)
            return
        self.answer = Known((), self.now, None, self.now if self.answer.trouble else self.answer.recovered)
        self.listed = tuple(_worker(number, health) for number, health in sorted(listed.items()))

    def run(self, until: float) -> None:
        """Look, and look again whenever it was asked for, up to a moment."""
        while True:
            begun = self.now
            at = self._look()
            if at is None or at > until:
                self.now = max(self.now, until)
                return
            assert at > begun, "it would spin"
            self.now = max(self.now, at)

    def _look(self) -> float | None:
        self.weighed = weigh(self.weighed.hold, self.state.servers, self.found(), self.answer, self.now, CAUTION)
        servers = self.weighed.upstreams.servers
        wanted = Wanted(repr(servers), servers)
        step = decide(self.state, wanted, self.now, CAUTION)
        self.state = step.state
        if isinstance(step.action, Change):
            self.changes.append((self.now, self.serving()))
            self.now += TAKES
            self.state = after(self.state, wanted, Swapped(), self.now)
            self.changes[-1] = (self.changes[-1][0], self.serving())
        return min((at for at in (step.again_at, self.weighed.again_at) if at is not None), default=None)

    def found(self) -> Upstreams:
        serving = tuple(Server(one.address, 1) for one in self.listed if one.health is not Health.CRITICAL)
        return Upstreams(serving, listed=self.listed)

    def serving(self) -> frozenset[str]:
        return frozenset(one.address for one in self.state.servers)


def _worker(number: int, health: Health) -> Worker:
    return Worker(f"w{number}", "r", "d", f"node{number % 2}", f"10.0.0.{number}", 9, 1, 1, False, True, "1", health)


def followed(news: list[News]) -> Following:
    following = Following()
    for one in news:
        following.hear(one.listed)
        following.run(following.now + one.pause)
    return following


@given(st.lists(NEWS, max_size=12))
def test_reloads_keep_their_spacing(news: list[News]) -> None:
    times = [at for at, _ in followed(news).changes]
    assert all(later - earlier >= SPACING + TAKES - 1e-6 for earlier, later in pairwise(times))


@given(st.lists(NEWS, max_size=12))
def test_it_serves_what_consul_says_once_consul_is_calm(news: list[News]) -> None:
    following = followed([*news, News(0.1, {1: Health.PASSING, 2: Health.WARNING, 3: Health.CRITICAL})])
    following.run(following.now + HOLD + 3)
    assert following.serving() == {"10.0.0.1:9", "10.0.0.2:9"}
    before = len(following.changes)
    following.run(following.now + 1_000)
    assert len(following.changes) == before


@given(st.lists(NEWS, max_size=12))
def test_no_region_is_emptied_while_its_consul_is_in_doubt(news: list[News]) -> None:
    following = Following()
    for one in news:
        following.hear(one.listed)
        begun, before = following.now, following.serving()
        following.run(following.now + one.pause)
        if (
            before
            and consul_in_doubt(following.answer, begun, CAUTION)
            and consul_in_doubt(following.answer, following.now, CAUTION)
        ):
            assert following.serving()


@given(st.lists(NEWS, max_size=8), st.integers(1, 6))
def test_one_of_many_that_leaves_is_gone_as_soon_as_the_spacing_allows(news: list[News], gone: int) -> None:
    following = followed(news)
    everybody = dict.fromkeys(range(1, 7), Health.PASSING)
    following.hear(everybody)
    following.run(following.now + HOLD + 3)
    following.hear({number: health for number, health in everybody.items() if number != gone})
    following.run(following.now)
    assert following.serving() == {f"10.0.0.{number}:9" for number in everybody if number != gone}


@given(st.lists(st.sampled_from([Health.PASSING, Health.WARNING]), min_size=1, max_size=20))
def test_a_warning_changes_nothing(healths: list[Health]) -> None:
    following = followed([News(3.0, {1: health, 2: Health.PASSING}) for health in healths])
    assert len(following.changes) == 1
