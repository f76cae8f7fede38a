import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from contract import logs

log = logging.getLogger("some.module")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, in the form a test starts; all is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_an_event_is_a_json_object_with_its_fields(written: io.StringIO) -> None:
    logs.start("INFO", "json", written)
    log.warning("region %s is lost", "eu-west", extra={"region": "eu-west", "change": "lost"})
    log.debug("not this")
    (event,) = lines(written)
    assert list(event) == ["time", "level", "logger", "event", "region", "change"]
    assert event["time"].endswith("Z")
    assert (event["level"], event["logger"], event["event"]) == ("warning", "some.module", "region eu-west is lost")


@pytest.mark.parametrize("form", ["json", "console"])
def test_nothing_that_is_logged_begins_a_line_of_its_own(written: io.StringIO, form: logs.Form) -> None:
    logs.start("INFO", form, written)
    log.info("client said %s", 'x\r\n{"level": "info"}\x1b[2J\u2028\x85', extra={"field": "a\nb"})
    text = written.getvalue()
    assert text.count("\n") == 1
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text


def test_a_fault_comes_with_its_traceback_and_without_the_values_of_its_variables(written: io.StringIO) -> None:
    logs.start("INFO", "json", written)
    try:
        fail("hunter" + str(2))
    except ValueError:
        log.exception("fault while answering")
    (event,) = lines(written)
    assert "ValueError: went wrong" in event["exception"]
    assert "hunter2" not in written.getvalue()


def fail(secret: str) -> None:
    raise ValueError("went wrong" if secret else "")


def test_what_a_request_is_about_stands_in_every_line_and_an_events_own_word_counts_more(written: io.StringIO) -> None:
    logs.start("INFO", "json", written)
    logs.about({"request": "r1", "task": "t1"})
    log.info("one")
    log.info("two", extra={"task": "t2"})
    logs.about({})
    log.info("three")
    told = [(event.get("request"), event.get("task")) for event in lines(written)]
    assert told == [("r1", "t1"), ("r1", "t2"), (None, None)]


def test_auto_is_for_people_at_a_terminal_and_for_programs_elsewhere() -> None:
    record = logging.LogRecord("a", logging.INFO, "f", 1, "hello", (), None)
    assert logs.formatter("auto", is_terminal=False).format(record).startswith("{")
    assert " INFO a hello" in logs.formatter("auto", is_terminal=True).format(record)
    assert logs.formatter("json", is_terminal=True).format(record).startswith("{")
    assert " INFO a hello" in logs.formatter("console", is_terminal=False).format(record)


def test_what_can_not_be_json_is_written_as_text(written: io.StringIO) -> None:
    logs.start("INFO", "json", written)
    log.info("odd", extra={"what": {1, 2}, "bytes": b"\xff"})
    assert lines(written)[0]["bytes"] == "b'\\xff'"
