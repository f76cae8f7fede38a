"""A text changes where a tenant stands in it, and nowhere else."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tenant.edit import EditError, with_key, with_tenant, without_key

A, B, NEW = (f"sha256:{digit * 64}" for digit in "abc")

OTHERS = f"""# [[tenant]] keys = ["no"]
[[place]]
cidr = "10.0.0.0/8"
region = '''
[[tenant]]
keys = ["no"]'''
[[tenant]]
name = "w"
keys = ["{B}"]
[[tenant]]
name = "x"
hosts = ["a#b", "]"]
keys = {{}}
[[route]]
path = "/v1/"
"""

LAYOUTS = {
    "on one line": (f'[[tenant]]\nname = "x"\nkeys = ["{A}"]\n', f'[[tenant]]\nname = "x"\nkeys = ["{A}", "{NEW}"]\n'),
    "with a comma": (f'[[tenant]]\nname = "x"\nkeys = ["{A}",]\n', f'[[tenant]]\nname = "x"\nkeys = ["{A}", "{NEW}"]\n'),
    "none": ('[[tenant]]\nname = "x"\nkeys = []', f'[[tenant]]\nname = "x"\nkeys = ["{NEW}"]'),
    "in rows": (
        f'[[tenant]]\nkeys = [\n  "{A}", # old\n  "{B}"  # newer\n]  # keys\nname = "x"\n',
        f'[[tenant]]\nkeys = [\n  "{A}", # old\n  "{B}",  # newer\n  "{NEW}",\n]  # keys\nname = "x"\n',
    ),
    "none, in rows": (
        '[[tenant]]\nkeys = [\n# none yet ]\n]\nname = "x"\n',
        f'[[tenant]]\nkeys = [\n# none yet ]\n    "{NEW}",\n]\nname = "x"\n',
    ),
    "in rows that end on the last": (
        f'[[tenant]]\nname = "x"\nkeys = ["{A}",\n        "{B}"]',
        f'[[tenant]]\nname = "x"\nkeys = ["{A}",\n        "{B}", "{NEW}"]',
    ),
    "odd but right": (
        f"[[ 'tenant' ]]\n\"keys\"=['{A}'] # [[tenant]]\n'name'='x'",
        f"[[ 'tenant' ]]\n\"keys\"=['{A}', \"{NEW}\"] # [[tenant]]\n'name'='x'",
    ),
    "among others": (OTHERS.format(f'["{A}"]'), OTHERS.format(f'["{A}", "{NEW}"]')),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_key_is_added_where_the_tenants_keys_are(before: str, after: str) -> None:
    assert with_key(before, "x", NEW) == after


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_and_taken_away_again(before: str, after: str) -> None:
    once_more = tomllib.loads(without_key(after, "x", NEW))
    assert once_more == tomllib.loads(before)
    comments = [line.partition(" #")[2] for line in before.splitlines() if " #" in line]
    assert [line.partition(" #")[2] for line in without_key(after, "x", NEW).splitlines() if " #" in line] == comments


@pytest.mark.parametrize(
    ("keys", "gone", "left"),
    [
        (f'["{A}", "{B}"]', A, f'["{B}"]'),
        (f'["{A}", "{B}"]', B, f'["{A}"]'),
        (f'["{A}"]', A, "[]"),
        (f'["{A}",]', A, "[]"),
        (f'[\n  "{A}", # a\n  # between\n  "{B}", # b\n]', A, f'[\n  # between\n  "{B}", # b\n]'),
        (f'[\n  "{A}", # a\n  "{B}"\n]', B, f'[\n  "{A}", # a\n]'),
        (f'["{A.upper().replace("SHA", "sha")}"]', A, "[]"),
    ],
)
def test_one_of_several_keys_is_taken_away(keys: str, gone: str, left: str) -> None:
    text = '[[tenant]]\nname = "x"\nkeys = {} # all\n'
    if "b\n]" in keys or f'"{B}"\n' in keys:
        assert tomllib.loads(without_key(text.format(keys), "x", gone)) == tomllib.loads(text.format(left))
    else:
        assert without_key(text.format(keys), "x", gone) == text.format(left)


@pytest.mark.parametrize(
    "before", ["", "# nothing\n", "open = false", 'open = false\n\n[[place]]\ncidr = "10.0.0.0/8"\nregion = "a"\n']
)
def test_a_tenant_comes_at_the_end_and_what_is_there_stays(before: str) -> None:
    row = {"name": "x", "weight": 2.5, "hosts": ["*.a.com"], "retry_unknown": True, "keys": [A]}
    after = with_tenant(before, row)
    assert after.startswith(before)
    assert tomllib.loads(after) == {**tomllib.loads(before), "tenant": [row]}


def test_what_is_written_otherwise_is_left_to_a_person() -> None:
    text = f'tenant = [{{name = "x", keys = ["{A}"]}}]'
    with pytest.raises(EditError, match="by hand"):
        with_key(text, "x", NEW)
    with pytest.raises(EditError, match="by hand"):
        with_tenant(text, {"name": "y", "keys": [B]})


def test_who_is_not_there_is_told() -> None:
    with pytest.raises(EditError, match="there is no tenant y; there are: x"):
        with_key(LAYOUTS["on one line"][0], "y", NEW)


PIECES = st.sampled_from(
    [
        "keys", "=", "[", "]", f'"{A}"', f"'{B}'", ",", "\n", " ", "# x\n", "[[tenant]]\n", 'name = "x"\n', '"""', "'''", "\\",
        '"', "{", "}",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_whatever_the_text_a_change_says_what_it_should_or_is_refused(text: str) -> None:
    try:
        before = tomllib.loads(text)
        names = [row.get("name") for row in before["tenant"]]
        after = with_key(text, "x", NEW)
    except (EditError, ValueError, KeyError, AttributeError, TypeError):
        return
    keys = before["tenant"][names.index("x")].setdefault("keys", [])
    keys.append(NEW)
    assert tomllib.loads(after) == before
