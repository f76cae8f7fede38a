import pytest

from contract.ids import request_id, task_id


@pytest.mark.parametrize("bad", [None, "", "a b", "a\nb", "x" * 129, '"', "a\x1bb", "ü"])
def test_a_request_id_that_could_forge_a_log_line_is_not_taken(bad: str | None) -> None:
    assert request_id(bad, "ours") == "ours"


def test_a_good_request_id_is_kept() -> None:
    assert request_id("3f2a:b-c_d@e/f+g=", "ours") == "3f2a:b-c_d@e/f+g="


@pytest.mark.parametrize(("header", "taken"), [("0c7f4c", "0c7f4c"), (None, None), ("a b", None), ("x" * 65, None)])
def test_a_tasks_id_likewise(header: str | None, taken: str | None) -> None:
    assert task_id(header) == taken
