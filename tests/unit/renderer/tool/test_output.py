import os
from collections.abc import Callable
from pathlib import Path

import pytest

from discovery.instance import Instance
from discovery.query import Key, Pair, Service
from discovery.view import View
from renderer.engine import Faulty, Missing, Rendered
from renderer.loop import Change, Nothing
from renderer.reading import Sources
from renderer.stage import Refused, Swapped
from renderer.tool.config import Config, Template
from renderer.tool.output import Output
from tests.clock import Clock
from tests.unit.renderer.knowledge import WEB

Make = Callable[..., Output]


@pytest.fixture
def clock() -> Clock:
    return Clock(100.0)


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Make:
    def made(text: str, **how: object) -> Output:
        (tmp_path / "in.j2").write_text(text)
        template = Template.model_validate({"source": tmp_path / "in.j2", "destination": tmp_path / "out", **how})
        return Output(template, Config(template=(template,)), clock)

    return made


def says(value: str) -> Sources:
    return Sources(View().answered(Key(None, "a"), Pair("a", value), 1.0))


def test_it_is_rendered_anew_only_when_what_it_read_says_something_else(make: Make) -> None:
    output = make("{{ key('a') }}")
    assert isinstance(output.render(Sources()), Missing)
    first = output.render(says("one"))
    assert isinstance(first, Rendered)
    later = Sources(View().answered(Key(None, "a"), Pair("a", "one"), 50.0).answered(Key(None, "b"), None, 50.0))
    assert output.render(later) is first
    failed = Sources(later.view.failed(Key(None, "a"), "away"))
    assert output.render(failed) is first
    second = output.render(says("two"))
    assert isinstance(second, Rendered)
    assert second.text == "two"
    output.forget()
    assert output.render(says("two")) is not second


def test_what_a_pass_in_vain_read_is_added_and_a_whole_one_counts_alone(make: Make) -> None:
    output = make("{% if key('a') == 'b' %}{{ key('b') }}{% endif %}{{ key('c') }}")
    output.render(Sources())
    assert output.reads.queries == {Key(None, "a"), Key(None, "c")}
    output.render(says("b"))
    assert output.reads.queries == {Key(None, "a"), Key(None, "b"), Key(None, "c")}
    output.render(Sources(says("x").view.answered(Key(None, "c"), Pair("c", ""), 1.0)))
    assert output.reads.queries == {Key(None, "a"), Key(None, "c")}


def test_a_first_text_goes_out_at_once_and_another_waits_for_quiet(make: Make, clock: Clock) -> None:
    output = make("{{ key('a') }}", wait="200ms:2s")
    served(output, clock, says("one"))
    clock.now = 110.0
    output.render(says("two"))
    step = output.decide(clock.now)
    assert step.action == Nothing()
    assert step.again_at == pytest.approx(110.2)
    clock.now = 110.2
    assert isinstance(output.decide(clock.now).action, Change)


def served(output: Output, clock: Clock, sources: Sources) -> None:
    output.render(sources)
    action = output.decide(clock.now).action
    assert isinstance(action, Change)
    output.settled(action, Swapped(), clock.now, clock.now)


@pytest.mark.parametrize(("removals", "at_once"), [("wait", False), ("at once", True)])
@pytest.mark.parametrize(("left", "leaves"), [(WEB[:1], True), ((WEB[0], WEB[1], WEB[0]), False)])
def test_a_removal_goes_out_at_once_where_that_is_wanted(
    make: Make, clock: Clock, removals: str, at_once: bool, left: tuple[Instance, ...], leaves: bool
) -> None:
    output = make("{{ service('web') | length }}", removals=removals)
    served(output, clock, Sources(View().answered(Service(None, "web"), WEB, 1.0)))
    clock.now = 110.0
    output.render(Sources(View().answered(Service(None, "web"), left, 1.0)))
    assert isinstance(output.decide(clock.now).action, Change) is (at_once and leaves)


def test_a_fault_is_told_once_and_looked_at_again(make: Make) -> None:
    output = make("{{ nobody }}")
    for _ in range(3):
        assert isinstance(output.render(Sources()), Faulty)
        output.forget()
    assert output.teller.record.failures == 1
    assert "'nobody' is undefined" in (output.teller.record.trouble or "")


@pytest.mark.parametrize("backup", [True, False])
async def test_the_one_before_is_kept_until_the_change_is_settled_and_longer_if_wanted(
    make: Make, clock: Clock, tmp_path: Path, backup: bool
) -> None:
    (tmp_path / "out").write_text("old")
    output = make("new", backup=backup)
    output.render(Sources())
    action = output.decide(clock.now).action
    assert isinstance(action, Change)
    outcome = await output.swap("new")
    assert isinstance(outcome, Swapped)
    assert outcome.kept is not None
    assert outcome.kept.read_text() == "old"
    output.settled(action, outcome, clock.now, clock.now)
    assert set(os.listdir(tmp_path)) == {"in.j2", "out", *(["out.bak"] if backup else [])}


async def test_a_folder_that_can_not_be_made_is_told(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    output = make("x", destination=tmp_path / "file" / "out")
    assert isinstance(await output.swap("x"), Refused)


async def test_what_a_link_points_to_is_replaced_and_the_link_stays(make: Make, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "out").symlink_to("real")
    await make("new").swap("new")
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
