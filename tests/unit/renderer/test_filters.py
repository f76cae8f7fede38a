import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.catalog import KeyValue, instance
from renderer.filters import FILTERS, explode, shell_quoted, to_json
from tests.unit.renderer.knowledge import WEB

INSTANCES = [instance(one) for one in WEB]
TREE = [KeyValue(key, value, f"app/{key}") for key, value in [("db/host", "h"), ("db/port", "1"), ("name", "shop")]]

GIVES: list[tuple[str, Any, tuple[Any, ...], Any]] = [
    ("to_json", {"b": (1, None), "a": "ü<"}, (), '{"a": "ü<", "b": [1, null]}'),
    ("to_json", {"x", "a"}, (), '["a", "x"]'),
    ("to_json", TREE[2], (), '{"key": "name", "path": "app/name", "value": "shop"}'),
    ("to_json_pretty", {"a": 1}, (), '{\n  "a": 1\n}'),
    ("to_json_pretty", [1], (4,), "[\n    1\n]"),
    ("parse_json", '{"a": [1]}', (), {"a": [1]}),
    ("parse_toml", "a = [1]", (), {"a": [1]}),
    ("parse_int", "-12", (), -12),
    ("parse_float", "1.5", (), 1.5),
    ("parse_bool", "T", (), True),
    ("parse_bool", "0", (), False),
    ("explode", TREE, (), {"db": {"host": "h", "port": "1"}, "name": "shop"}),
    ("explode", {"a/b": 1, "a/c": 2}, (), {"a": {"b": 1, "c": 2}}),
    ("by_key", TREE, (), {"db": {"host": TREE[0], "port": TREE[1]}}),
    ("merge", {"a": {"x": 1, "y": 1}, "b": 1}, ({"a": {"y": 2}, "b": 2},), {"a": {"x": 1, "y": 2}, "b": 2}),
    ("contains", ["a"], ("a",), True),
    ("contains_all", ["a", "b"], (["a", "c"],), False),
    ("contains_all", ["a"], ([],), True),
    ("contains_any", ["a", "b"], (["a", "c"],), True),
    ("contains_none", ["a", "b"], (["c"],), True),
    ("contains_none", ["a", "b"], (["a", "c"],), False),
    ("contains_not_all", ["a", "b"], (["a", "c"],), True),
    ("split", "a,b,", (",",), ["a", "b", ""]),
    ("split", " a  b ", (), ["a", "b"]),
    ("split_to_map", "a:1,b:2:3,c", (",", ":"), {"a": "1", "b": "2:3"}),
    ("regex_match", "foobar", ("o+b",), True),
    ("regex_match", "foobar", ("^bar",), False),
    ("regex_replace", "foo-bar", (r"(\w+)-(\w+)", r"\2 \1"), "bar foo"),
    ("trim_prefix", "v1.2", ("v",), "1.2"),
    ("trim_prefix", "1.2", ("v",), "1.2"),
    ("trim_suffix", "a.conf", (".conf",), "a"),
    ("base64_encode", "ü?>", (), "w7w/Pg=="),
    ("base64_decode", "w7w/Pg==", (), "ü?>"),
    ("base64_url_encode", "ü?>", (), "w7w_Pg=="),
    ("base64_url_decode", "w7w_Pg==", (), "ü?>"),
    ("sha256_hex", "abc", (), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("md5_hex", "abc", (), "900150983cd24fb0d6963f7d28e17f72"),
    ("hmac_sha256_hex", "what do ya want for nothing?", ("Jefe",),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ("nginx_quoted", "a'b\\c", (), r"'a\'b\\c'"),
    ("shell_quoted", "a b'$(c)", (), "'a b'\"'\"'$(c)'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "arguments", "gives"), GIVES, ids=[f"{row[0]}-{i}" for i, row in enumerate(GIVES)])
def test_a_filter_gives(name: str, value: Any, arguments: tuple[Any, ...], gives: Any) -> None:
    assert FILTERS[name](value, *arguments) == gives


def test_every_filter_has_a_row() -> None:
    assert {row[0] for row in GIVES} | {"by_tag", "by_meta"} == set(FILTERS)


def ids(groups: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(name, [one.id for one in group]) for name, group in groups.items()]


def test_instances_are_grouped_in_stable_order() -> None:
    assert ids(FILTERS["by_tag"](INSTANCES)) == [("blue", ["web-1", "web-4"]), ("http", ["web-1", "web-2"])]
    versions = FILTERS["by_meta"](reversed(INSTANCES), "version")
    assert ids(versions) == [("", ["web-4"]), ("1", ["web-2"]), ("2", ["web-3", "web-1"])]
    assert list(FILTERS["by_meta"](INSTANCES, "version", "zone")) == ["1_b", "2_", "2_a", "_"]


WRONG = [
    ("parse_int", "1.5", (), "no whole number"),
    ("parse_int", "", (), "no whole number"),
    ("parse_float", "x", (), "could not convert"),
    ("parse_bool", "yes", (), "neither true nor false"),
    ("parse_json", "{", (), "Expecting"),
    ("base64_decode", "!", (), "base64"),
    ("nginx_quoted", "a$b", (), "can't be written"),
    ("nginx_quoted", "a\nb", (), "can't be written"),
    ("explode", {"a": 1, "a/b": 2}, (), "which is a key itself"),
    ("explode", {"a/b": 2, "a": 1, "a/b/c": 3}, (), "which is a key itself"),
    ("regex_match", "a", ("(",), "unterminated"),
]


@pytest.mark.parametrize(("name", "value", "arguments", "says"), WRONG)
def test_what_makes_no_sense_is_an_error(name: str, value: Any, arguments: tuple[Any, ...], says: str) -> None:
    with pytest.raises(Exception, match=says):
        FILTERS[name](value, *arguments)


def test_what_has_no_json_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        to_json(object())


@given(st.text(st.characters(exclude_characters="\0"), max_size=20))
def test_a_quoted_word_is_one_word_for_a_shell(text: str) -> None:
    assert shlex.split(shell_quoted(text)) == [text]


@given(st.dictionaries(st.lists(st.sampled_from("abc"), min_size=2, max_size=2).map("/".join), st.integers()))
def test_an_exploded_mapping_holds_every_value_at_its_place(flat: dict[str, int]) -> None:
    exploded = explode(flat)
    assert {f"{one}/{two}": value for one, inner in exploded.items() for two, value in inner.items()} == flat
    assert json.loads(to_json(exploded)) == exploded
