"""What was sent and what came of it, in lines."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.submitted import Submitted
from nearway.client.errors import BusyError, FailedError, NearwayError, TaskRefusedError, UnknownError, UnreachableError
from nearway.client.solution import Solution
from nearway.solve.item import Item, Unreadable, idempotency_key
from nearway.solve.journal import KNOWN, Journal, JournalError, Sent, head, line_of, read, sent_line, whole
from nearway.solve.kept import keep
from nearway.solve.output import OutputError, check_output
from nearway.solve.row import row_of, too_old
from nearway.solve.survey import survey

TASKS = st.dictionaries(st.text(max_size=5), st.text(max_size=5), min_size=1)
ITEM = Item(3, {"method": "turnstile"}, "a")
SOLVED = Solution("abc", "7", "t", "eu-west", False, {})
KEY = idempotency_key("run", ITEM)


def journal(*told: str) -> Journal:
    made = read("".join((head("run"), *told)).encode())
    assert made is not None
    return made


@given(st.text(), st.text(), st.integers(1, 9), st.integers(1, 9), TASKS, TASKS)
def test_a_key_is_the_same_for_the_same_line_task_and_run_and_for_nothing_else(
    run: str, other: str, line: int, another: int, task: dict[str, str], different: dict[str, str]
) -> None:
    same = (run, line, task) == (other, another, different)
    assert (idempotency_key(run, Item(line, task)) == idempotency_key(other, Item(another, different))) is same
    turned = dict(reversed(task.items()))
    assert idempotency_key(run, Item(line, task, "a")) == idempotency_key(run, Item(line, turned, "b"))


ENDS = [
    (SOLVED, True),
    (FailedError("X", "x", Submitted.YES), True),
    (UnknownError("X", "x", Submitted.UNKNOWN), True),
    (UnreachableError("X", "x", Submitted.UNKNOWN), False),
    (UnreachableError("X", "x", Submitted.YES), False),
    (BusyError("X", "x", Submitted.NO), False),
    (TaskRefusedError("X", "x", Submitted.NO), False),
]


@pytest.mark.parametrize(("end", "stands"), ENDS, ids=lambda one: getattr(type(one), "__name__", None))
def test_what_stands_is_not_sent_again(end: Solution | NearwayError, stands: bool) -> None:
    row = row_of(ITEM, end)
    made = journal(sent_line(ITEM, KEY, 1.0), line_of({"done": row}))
    assert made.known(Item(3, ITEM.task, "another name")) == ({**row, "id": "another name"} if stands else None)
    assert made.key(ITEM) == KEY


def test_what_was_sent_may_be_sent_again_while_gateways_know_its_key_counted_from_the_first_time() -> None:
    made = journal(sent_line(ITEM, KEY, 100.0), sent_line(ITEM, KEY, 50_000.0))
    assert made.sent == {3: Sent(KEY, 100.0)}
    assert [made.is_too_old(ITEM, 100.0 + age) for age in (0, KNOWN, KNOWN + 1)] == [False, False, True]
    assert journal(sent_line(ITEM, KEY, 100.0), sent_line(ITEM, KEY, 50_000.0, again=True)).sent == {3: Sent(KEY, 50_000.0)}
    assert not made.is_too_old(Item(4, {"a": 1}), 1e12)
    assert (too_old(ITEM)["submitted"], too_old(ITEM)["line"], too_old(ITEM)["id"]) == ("unknown", 3, "a")


def test_another_task_in_the_place_of_one_that_was_sent_is_refused_unless_nothing_was_spent() -> None:
    mended = Item(3, {"method": "mended"})
    with pytest.raises(JournalError, match="line 3 of the input is another task"):
        journal(sent_line(ITEM, KEY, 1.0)).key(mended)
    refused = line_of({"done": row_of(ITEM, TaskRefusedError("X", "x", Submitted.NO))})
    assert journal(sent_line(ITEM, KEY, 1.0), refused).key(mended) == idempotency_key("run", mended)


def test_a_file_is_looked_through_first() -> None:
    made = journal(sent_line(ITEM, KEY, 1.0), line_of({"done": row_of(ITEM, SOLVED)}))
    bad = Unreadable(2, "why")
    found = survey([Item(1, {"a": 1}), bad, ITEM], made)
    assert (found.total, found.unreadable) == (1, (bad,))
    assert survey([Item(1, {"a": 1}), ITEM], None).total == 2
    with pytest.raises(JournalError, match="line 3 of the input, which was sent, is a task no longer"):
        survey([Item(1, {"a": 1})], made)


LINES = [
    head("run"),
    line_of({"gateway": "http://a"}),
    line_of({"output": "/o"}),
    sent_line(ITEM, KEY, 1.0),
    line_of({"done": row_of(ITEM, SOLVED)}),
]


@given(st.integers(0, len("".join(LINES))))
def test_wherever_a_run_was_killed_its_journal_is_that_of_the_lines_it_wrote_whole(cut: int) -> None:
    data = "".join(LINES).encode()[:cut]
    complete = data.count(b"\n")
    kept = whole(data)
    assert kept == "".join(LINES[:complete]).encode()
    found = read(kept)
    assert (found is None) == (complete == 0)
    assert found is None or (found.gateway, found.sent, found.outputs) == (
        "http://a" if complete > 1 else None,
        {3: Sent(KEY, 1.0)} if complete > 3 else {},
        {"/o"} if complete > 2 else set(),
    )


@pytest.mark.parametrize("data", [b"tasks", b'{"method": "x"}\n', b'{"journal": "another"}\n', b"\n"])
def test_somebody_elses_file_is_left_alone(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(data)
    with pytest.raises(JournalError, match="no journal"):
        keep(path, "run")
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "line", ["x\n", "1\n", "{}\n", '{"done": 1}\n', '{"done": {"line": 1}}\n', '{"sent": 1}\n', '{"sent":"x","key":"","at":0}\n']
)
def test_a_line_that_can_not_be_read_is_never_passed_over(line: str) -> None:
    with pytest.raises(JournalError, match="line 2 is damaged"):
        journal(line)


@pytest.mark.parametrize("told", [{"version": 2, "run": "r"}, {"version": 1}])
def test_a_newer_journal_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(JournalError, match="newer version"):
        read(line_of({"journal": "nearway solve", **told}).encode())


def test_on_the_disk_a_torn_line_is_cut_off_and_the_run_goes_on_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "j"
    first = keep(path, "first")
    first.sends_to("http://a")
    first.add(sent_line(ITEM, KEY, 1.0), durable=True)
    first.close()
    with path.open("ab") as file:
        file.write(b'{"sent": 4, "ke')
    second = keep(path, "second")
    assert (second.journal.run, second.journal.gateway, set(second.journal.sent)) == ("first", "http://a", {3})
    second.add(sent_line(Item(4, {}), "k", 2.0), durable=False)
    assert [json.loads(line).get("sent") for line in path.read_text().splitlines()] == [None, None, 3, 4]
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(JournalError, match="another run"):
        keep(path, "third")
    second.close()
    keep(path, "third").close()


def test_a_file_with_something_in_it_is_no_output_unless_it_was_one(tmp_path: Path) -> None:
    path = tmp_path / "o"
    check_output(path, set())
    path.write_text("mine")
    with pytest.raises(OutputError, match="delete it, or name another"):
        check_output(path, set())
    check_output(path, {str(path)})
