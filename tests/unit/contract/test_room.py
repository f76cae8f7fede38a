import pytest

from contract.room import FOR_OTHERS, USUAL, most_connections
from contract.settings import SettingsError


@pytest.mark.parametrize(
    ("asked", "files", "most"),
    [
        (None, 1_000_000, USUAL),
        (None, 1024, (1024 - FOR_OTHERS) // 2),
        (None, 10, 1),
        (50, 1024, 50),
        (20_000, 1_000_000, 20_000),
        ((1024 - FOR_OTHERS) // 2, 1024, (1024 - FOR_OTHERS) // 2),
    ],
)
def test_as_many_as_are_asked_for_or_there_is_room_for(asked: int | None, files: int, most: int) -> None:
    assert most_connections(asked, files) == most


def test_more_than_there_is_room_for_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match=r"MAX_CONNECTIONS is 449, .*1024 open files .*room for 448.*ulimit -n"):
        most_connections(449, 1024)
