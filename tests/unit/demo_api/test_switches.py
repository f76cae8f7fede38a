import pytest
from pydantic import ValidationError

from demo.api.switches import Limit, SwitchError, Switches


def test_switches_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Switches().threads = 3  # type: ignore[misc]


def test_a_patch_changes_what_it_names_and_nothing_else() -> None:
    before = Switches(threads=7)
    after = before.patched({"id_type": "padded", "speed": "20"})
    assert (after.threads, after.id_type, after.speed) == (7, "padded", 20.0)
    assert before == Switches(threads=7)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"thread": 1}, ["thread:", "no such switch", "threads"], id="an unknown switch, and those there are"),
        pytest.param({"threads": -1}, ["threads:", "greater than or equal to 0"], id="too small"),
        pytest.param({"unsolvable": 1.1}, ["unsolvable:", "less than or equal to 1"], id="a rate above 1"),
        pytest.param({"unsolvable": "nan"}, ["unsolvable:", "finite"], id="a rate that is no number"),
        pytest.param({"saturation": "panic"}, ["saturation:", "queue", "no_slot", "http_429"], id="an unknown word"),
        pytest.param({"limits": "1001,1006"}, ["limits:", "1005", "MAX_USER_TURN", "IP_BANNED"], id="an unknown limit"),
        pytest.param({"submit_error": "ERROR_X"}, ["submit_error:", "ERROR_PAGEURL"], id="an unknown code"),
        pytest.param({"poll_error": "ERROR_PAGEURL"}, ["poll_error:", "CAPCHA_NOT_READY"], id="a code of the other endpoint"),
        pytest.param({"speed": 0}, ["speed:", "greater than 0"], id="no speed"),
        pytest.param({"threads": 1, "seed": "x", "nope": 1}, ["seed:", "nope:"], id="two faults at once"),
    ],
)
def test_a_wrong_patch_says_which_and_what_is_allowed(changes: dict[str, object], told: list[str]) -> None:
    with pytest.raises(SwitchError) as caught:
        Switches().patched(changes)
    assert [word for word in told if word not in str(caught.value)] == []


def test_lists_may_be_text_with_commas_as_on_a_command_line() -> None:
    switches = Switches().patched({"limits": "1001, IP_BANNED", "bad_proxies": "a,b"})
    assert switches.limits == {Limit.NO_SLOT_BURST, Limit.IP_BANNED}
    assert switches.bad_proxies == {"a", "b"}


def test_switches_survive_the_way_through_json() -> None:
    switches = Switches().patched({"limits": "1001,1005", "saturation": "queue", "body": "truncated"})
    assert Switches.model_validate_json(switches.model_dump_json()) == switches
    assert Switches().patched(switches.model_dump(mode="json")) == switches


def test_every_switch_is_described() -> None:
    assert [name for name, field in Switches.model_fields.items() if not field.description] == []
