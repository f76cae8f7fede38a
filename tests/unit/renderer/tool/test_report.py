from prometheus_client import CollectorRegistry, generate_latest

from discovery.query import Key, Pair
from discovery.view import View
from renderer.telling import Record
from renderer.tool.report import Families, Report, status

KNOWN = View().answered(Key(None, "a"), Pair("a", "1"), 490.0).answered(Key(None, "b"), None, 495.0)
BUSY = Record(480.0, 3, 470.0, 2, 460.0, "full", "full", waiting=("key c",))
REPORT = Report((("in", "out", BUSY), ("in2", 'o"2', Record())), KNOWN, True, 4, 500.0, 1_700_000_000.0)


def exposed(report: Report) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(Families(report))
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0].removeprefix("nearway_render_"): float(line.rpartition(" ")[2]) for line in lines}


def test_the_status_says_how_it_went_with_each_file() -> None:
    said = status(REPORT)
    assert said["templates"] == [
        {
            "source": "in", "destination": "out", "applied": 30.0, "applies": 3, "rendered": 20.0, "waiting": ["key c"],
            "trouble": "full", "failures": 2, "last_failure": {"reason": "full", "at": 40.0},
        },
        {
            "source": "in2", "destination": 'o"2', "applied": None, "applies": 0, "rendered": None, "waiting": [],
            "trouble": None, "failures": 0, "last_failure": None,
        },
    ]  # fmt: skip
    assert said["consul"] == {"questions": 2, "answered": 10.0, "trouble": None}
    assert said["program"] == {"runs": True, "starts": 4}


def test_the_age_is_that_of_the_oldest_answer_and_none_while_one_never_came() -> None:
    assert REPORT.heard == 490.0
    never = Report((), KNOWN.failed(Key(None, "c"), "away"), None, 0, 500.0, 0.0)
    assert (never.heard, never.trouble) == (None, "away")
    assert status(never)["program"] is None


def test_the_metrics_are_by_destination() -> None:
    assert exposed(REPORT) == {
        'applies_total{destination="out"}': 3,
        'applies_total{destination="o\\"2"}': 0,
        'failures_total{destination="out"}': 2,
        'failures_total{destination="o\\"2"}': 0,
        'failing{destination="out"}': 1,
        'failing{destination="o\\"2"}': 0,
        'waiting{destination="out"}': 1,
        'waiting{destination="o\\"2"}': 0,
        'last_render_timestamp_seconds{destination="out"}': 1_700_000_000 - 20,
        'last_apply_timestamp_seconds{destination="out"}': 1_700_000_000 - 30,
        'last_failure_timestamp_seconds{destination="out"}': 1_700_000_000 - 40,
        "consul_questions": 2,
        "consul_up": 1,
        "consul_answer_age_seconds": 10,
        "program_up": 1,
        "program_starts_total": 4,
    }
