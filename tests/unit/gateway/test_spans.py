from ipaddress import ip_address

from attempt.outcome import Outcome
from contract.submitted import Submitted
from contract.trace import Trace
from gateway.ending import LEFT, End, fields
from gateway.errand import Errand
from gateway.spans import spans_of
from gateway.task import Task
from gateway.timing import MOST_KEPT, Timing
from gateway.trail import Attempt
from tests.clock import Clock

TRACE = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "b7ad6b7169203331", "00f067aa0ba902b7")
SOLVED = End("solved", Submitted.YES, 200)


def tried_twice(trace: Trace | None = TRACE) -> tuple[Errand, list[str]]:
    """A task that the first region did not take; and the span in which each region was asked, by what it was told."""
    clock, told = Clock(50.0), []
    errand = Errand(Task("t1", "r1", b"{}", ip_address("192.0.2.7"), 100.0, trace=trace), Timing(clock))
    errand.timing.begin("queue")
    for number, stage in enumerate(("submit", "queue", "submit", "solve")):
        clock.now += 1 + number
        errand.timing.begin(stage)
        told.append(errand.traced().get("Traceparent", "--").split("-")[2])
    errand.trail.attempts += [
        Attempt("eu", "the nearest", Outcome.UNSENT, "Connection refused"),
        Attempt("us", "the next", Outcome.ACCEPTED, "202"),
    ]
    clock.now += 10
    errand.timing.end()
    errand.at = "us"
    return errand, told


def test_each_stage_is_a_span_of_the_tasks_and_the_one_its_region_was_told() -> None:
    errand, told = tried_twice()
    task, *stages = spans_of(errand, SOLVED, epoch=1000.0)
    assert (task.name, task.id, task.parent, task.begun, task.ended) == ("task", TRACE.span, TRACE.parent, 1050.0, 1070.0)
    assert [one.name for one in stages] == ["queue", "attempt", "queue", "attempt", "wait"]
    assert {one.parent for one in stages} == {TRACE.span}
    assert [one.id for one in stages[1:]] == told
    assert [(one.begun, one.ended) for one in stages[-2:]] == [(1056.0, 1060.0), (1060.0, 1070.0)]
    assert [(one.attributes.get("nearway.region"), one.error) for one in stages[1::2]] == [
        ("eu", "Connection refused"),
        ("us", None),
    ]
    assert task.error is None


def test_a_task_without_a_trace_has_none() -> None:
    assert list(spans_of(tried_twice(None)[0], SOLVED, 0.0)) == []


def test_one_that_is_refused_for_ever_does_not_fill_the_memory() -> None:
    errand, _ = tried_twice()
    for _ in range(1000):
        errand.timing.begin("queue")
        errand.timing.begin("submit")
    assert len(list(spans_of(errand, LEFT, 0.0))) == 1 + MOST_KEPT


def test_the_log_tells_of_the_trail_only_where_it_is_not_the_plain_one() -> None:
    errand, _ = tried_twice()
    assert len(fields(errand, SOLVED)["trail"]) == 2  # type: ignore[arg-type]
    errand.trail.attempts.pop(0)
    told = fields(errand, SOLVED)
    assert "trail" not in told
    assert (told["task"], told["request"], told["trace"], told["client"]) == ("t1", "r1", TRACE.id, "192.0.2.7")
    assert (told["region"], told["outcome"], told["submitted"], told["attempts"]) == ("us", "solved", "yes", 1)
    assert (told["queue_seconds"], told["submit_seconds"], told["solve_seconds"], told["seconds"]) == (4.0, 6.0, 10.0, 20.0)
    assert "trail" in fields(errand, LEFT)
