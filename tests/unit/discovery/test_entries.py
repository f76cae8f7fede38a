import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.entries import Known, Reading
from discovery.instance import Instance, parse_instances

# What stands between two entries, in a place where it means nothing.
TRAP = '}]},{"Node":{"Node":"evil"'

TEXTS = st.text(max_size=9) | st.just(TRAP) | st.just("é\n\\")
NODES = st.fixed_dictionaries({"Node": TEXTS, "Address": TEXTS, "Meta": st.dictionaries(TEXTS, TEXTS, max_size=2)})
SERVICES = st.fixed_dictionaries({"ID": TEXTS, "Service": TEXTS, "Address": TEXTS, "Port": st.integers(0, 9), "Meta": st.none()})
CHECKS = st.lists(st.fixed_dictionaries({"Node": TEXTS, "Status": st.sampled_from(["passing", "critical"])}), max_size=2)
ENTRIES = st.lists(
    st.tuples(NODES, SERVICES, CHECKS).map(lambda parts: dict(zip(("Node", "Service", "Checks"), parts, strict=True))), max_size=5
)
SPACING = st.sampled_from([{"separators": (",", ":")}, {"indent": 4}])
"""As Consul writes it, and as `consul agent -dev` does."""


def entry(name: str, **service: object) -> dict[str, Any]:
    told = {"ID": name, "Service": "solver", "Address": "10.0.0.1", "Port": 80, **service}
    return {"Node": {"Node": "n1", "Address": "10.0.0.9"}, "Service": told, "Checks": [{"Node": "n1", "Status": "passing"}]}


def written(entries: object, **how: Any) -> bytes:
    return json.dumps(entries, ensure_ascii=False, **(how or {"separators": (",", ":")})).encode() + b"\n"


def read(chunks: Iterable[bytes], known: Known | None = None, datacenter: str | None = "dc1") -> tuple[Instance, ...]:
    reading = Reading(datacenter, Known() if known is None else known)
    for chunk in chunks:
        reading.take(chunk)
    return reading.instances()


@given(ENTRIES, SPACING, st.data())
def test_however_an_answer_is_cut_it_is_what_it_is_in_one_piece(
    entries: list[dict[str, Any]], how: dict[str, Any], data: st.DataObject
) -> None:
    body = written(entries, **how)
    at = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=9)))
    chunks = [body[begin:end] for begin, end in zip([0, *at], [*at, len(body)], strict=True)]
    assert read(chunks) == parse_instances("dc1", entries)


def test_an_entry_that_came_before_is_the_same_instance_and_another_is_read() -> None:
    known = Known()
    before = read([written([entry("a"), entry("b"), entry("c")])], known)
    after = read([written([entry("c"), entry("a"), entry("b", Port=81)])], known)
    assert after[0] is before[2]
    assert after[1] is before[0]
    assert after[2].port == 81


def test_the_same_entry_of_another_datacenter_is_another_instance() -> None:
    known, body = Known(), written([entry("a"), entry("b")])
    one, other = read([body], known), read([body], known, "dc2")
    assert [instance.datacenter for instance in one + other] == ["dc1", "dc1", "dc2", "dc2"]


def test_what_nobody_holds_is_forgotten() -> None:
    known = Known()
    held = read([written([entry("a"), entry("b")])], known)[:1]
    assert list(known.values()) == list(held)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b"[1]",
        b"[{}]",
        b'[{"Node":{}},{"Node":{}}]',
        written([entry("a"), entry("b")])[:-9],
        written([entry("a"), entry("b")]).replace(b'"b"', b"b"),
        written([entry("a"), entry("b"), {**entry("c"), "Checks": [1]}]),
        b"\xff",
    ],
)
def test_an_answer_that_is_broken_or_of_another_shape_is_an_error_and_not_nobody(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- json's own words, or ours
        read([body])
