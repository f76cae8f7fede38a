"""Tasks from lines."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearway.solve.item import Item, Unreadable
from nearway.solve.reading import HeaderError, items, lines

NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8).filter(lambda name: name != "id")
TASKS = st.lists(st.dictionaries(NAMES, st.text(st.characters(exclude_categories=["Cs"])), min_size=1), max_size=8)


def read(data: bytes, chunk: int = 7) -> Callable[[int], bytes]:
    """A pipe that gives little at a time."""
    file = io.BytesIO(data)
    return lambda most: file.read(min(most, chunk))


def found(text: str | bytes, form: str) -> list[Item | Unreadable]:
    return list(items(lines(read(text.encode() if isinstance(text, str) else text)), form, "id"))


@given(TASKS, st.booleans())
def test_every_json_line_is_the_task_it_was(tasks: list[dict[str, str]], ascii_only: bool) -> None:
    text = "\n\n".join(json.dumps({**task, "id": number}, ensure_ascii=ascii_only) for number, task in enumerate(tasks))
    assert found(text, "jsonl") == [Item(2 * number + 1, task, number) for number, task in enumerate(tasks)]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_every_line_of_csv_is_the_task_it_was_also_over_several_lines(rows: list[tuple[str, str]]) -> None:
    into = io.StringIO()
    csv.writer(into, lineterminator="\r\n").writerows([("method", "body"), *rows])
    tasks = [one.task for one in found("\ufeff" + into.getvalue(), "csv") if isinstance(one, Item)]
    assert tasks == [{"method": method, "body": body} for method, body in rows]


def test_a_line_of_csv_is_where_it_begins_and_empty_cells_are_no_members() -> None:
    assert found('id,method,body\na,x,"1\n2"\n\nb,y,\n', "csv") == [
        Item(2, {"method": "x", "body": "1\n2"}, "a"),
        Item(5, {"method": "y"}, "b"),
    ]


BAD = [
    (b'{"a": 1', "it is not JSON"),
    (b"[1]", "a task is a JSON object"),
    (b'{"a": 1, "a": 2}', "a member is there twice"),
    (b'{"a": NaN}', "NaN is no number"),
    (b'{"a": "\xff"}', "it is not UTF-8"),
    (b'{"a": "\\ud800"}', ""),
    (b'{"id": 1}', "nothing in it but its name"),
    (b'{"id": [1], "a": 1}', "id is a text or a number"),
    (b"[" * 100_000, "nested too deep"),
]


@pytest.mark.parametrize(("line", "why"), BAD, ids=[str(row[0][:16]) for row in BAD])
def test_a_line_that_is_no_task_is_told_with_its_number_and_the_next_is_read(line: bytes, why: str) -> None:
    good = b'{"method": "x"}'
    first, bad, last = list(items(lines(read(b"\n".join((good, line, good)), 65536)), "jsonl", "id"))
    assert (first, last) == (Item(1, {"method": "x"}), Item(3, {"method": "x"}))
    if line == b'{"a": "\\ud800"}':
        # Half a pair, escaped: it is JSON, and goes out escaped; the gateway says what it thinks of it.
        assert isinstance(bad, Item)
    else:
        assert isinstance(bad, Unreadable)
        assert (bad.line, why in bad.why) == (2, True)


@pytest.mark.parametrize(
    ("line", "why"),
    [(b"x", "1 columns"), (b"x,y,z", "3 columns"), (b'"x"y,z', "no CSV"), (b"x,\xff", "UTF-8")],
)
def test_a_line_of_csv_that_is_no_task_is_told_and_the_next_is_read(line: bytes, why: str) -> None:
    bad, good = found(b"method,body\n" + line + b"\nx,y\n", "csv")
    assert isinstance(bad, Unreadable)
    assert (bad.line, why in bad.why) == (2, True)
    assert good == Item(3, {"method": "x", "body": "y"})


def test_a_quote_that_is_never_closed_is_told() -> None:
    (bad,) = found('method\n"x\ny\n', "csv")
    assert isinstance(bad, Unreadable)


@pytest.mark.parametrize("header", ["", "a,,b\n", "a,a\n", '"a"b\n'])
def test_a_header_that_names_no_columns_is_told(header: str) -> None:
    with pytest.raises(HeaderError, match="line 1"):
        found(f"{header}x,y\n" if header else "", "csv")


def test_an_image_is_longer_than_the_csv_module_takes_of_itself() -> None:
    (one,) = found("method,body\nbase64," + "A" * 200_000 + "\n", "csv")
    assert isinstance(one, Item)
