import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from renderer.stage import Owned, Refused, Swapped, Unchanged, backup_of, put_back, read, swap


async def good(staged: Path) -> None:
    return None


async def bad(staged: Path) -> str:
    return "line 3 is wrong"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "nginx.conf"
    path.write_text("old")
    return path


async def test_a_good_text_takes_the_place_and_the_old_one_is_kept_beside(target: Path) -> None:
    assert await swap(target, "new", good) == Swapped()
    assert (read(target), read(backup_of(target))) == ("new", "old")


async def test_a_bad_text_never_gets_there(target: Path) -> None:
    assert await swap(target, "new", bad) == Refused("line 3 is wrong")
    assert read(target) == "old"
    assert read(backup_of(target)) is None


async def test_the_check_sees_the_staged_text_while_the_old_one_is_in_place(target: Path) -> None:
    seen: list[tuple[str | None, str | None, Path]] = []

    async def look(staged: Path) -> None:
        seen.append((read(staged), read(target), staged.parent))

    await swap(target, "new", look)
    assert seen == [("new", "old", target.parent)]


@pytest.mark.parametrize("text", ["a\r\nb\r", "\n\n", "", "ü\u2028"])
async def test_line_ends_are_left_as_they_are(target: Path, text: str) -> None:
    assert await swap(target, text, good) == Swapped()
    assert (read(target), os.stat(target).st_size) == (text, len(text.encode()))
    assert await swap(target, text, bad) == Unchanged()


async def test_equal_bytes_are_not_even_checked(target: Path) -> None:
    assert await swap(target, "old", bad) == Unchanged()
    assert not backup_of(target).exists()


async def test_the_first_text_needs_no_old_one(tmp_path: Path) -> None:
    target = tmp_path / "nginx.conf"
    assert await swap(target, "new", good) == Swapped()
    assert read(target) == "new"
    assert not backup_of(target).exists()


async def test_the_backup_is_the_one_before_however_often_it_changes(target: Path) -> None:
    for text in ("one", "two", "three"):
        assert await swap(target, text, good) == Swapped()
    assert (read(target), read(backup_of(target))) == ("three", "two")


async def test_mode_and_owner_stay(target: Path) -> None:
    os.chmod(target, 0o640)
    before = os.stat(target)
    await swap(target, "new", good)
    after = os.stat(target)
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_another_owner_stays(target: Path) -> None:
    os.chown(target, 12345, 23456)
    await swap(target, "new", good)
    owned = os.stat(target)
    assert (owned.st_uid, owned.st_gid) == (12345, 23456)


@pytest.mark.parametrize("check", [good, bad])
async def test_nothing_staged_is_left(target: Path, check: Callable[[Path], Awaitable[str | None]]) -> None:
    await swap(target, "new", check)
    assert {path.name for path in target.parent.iterdir()} <= {"nginx.conf", "nginx.conf.bak"}


async def test_what_a_killed_renderer_staged_is_no_hindrance(target: Path) -> None:
    (target.parent / ".nginx.conf.staged").write_text("half")
    (target.parent / ".nginx.conf.kept").write_text("half")
    assert await swap(target, "new", good) == Swapped()
    assert (read(target), read(backup_of(target))) == ("new", "old")


async def test_a_folder_that_is_gone_is_told_and_raises_nothing(tmp_path: Path) -> None:
    outcome = await swap(tmp_path / "gone" / "nginx.conf", "new", good)
    assert isinstance(outcome, Refused)
    assert "No such file" in outcome.reason


async def test_a_full_disk_is_told_and_the_old_text_stays(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    outcome = await swap(target, "new", good)
    assert isinstance(outcome, Refused)
    assert "No space left on device" in outcome.reason
    assert read(target) == "old"
    assert [path.name for path in target.parent.iterdir()] == ["nginx.conf"]


async def test_what_was_there_before_can_be_put_back(target: Path) -> None:
    assert put_back(target, await swapped(target, "new")) is None
    assert read(target) == "old"
    assert await swap(target, "newer", good) == Swapped()
    assert (read(target), read(backup_of(target))) == ("newer", "old")


async def test_what_was_not_there_before_is_gone_again_whatever_an_older_backup_holds(tmp_path: Path) -> None:
    target = tmp_path / "nginx.conf"
    backup_of(target).write_text("of last year")
    assert put_back(target, await swapped(target, "first")) is None
    assert not target.exists()


async def test_what_can_not_be_put_back_is_told(target: Path) -> None:
    outcome = await swapped(target, "new")
    backup_of(target).unlink()
    told = put_back(target, outcome)
    assert told is not None
    assert "No such file" in told
    assert read(target) == "new"


async def test_the_one_before_is_kept_where_it_is_wanted(target: Path) -> None:
    hidden = target.with_name(".last")
    assert await swap(target, "new", good, kept=hidden) == Swapped()
    assert (read(hidden), backup_of(target).exists()) == ("old", False)


async def test_permissions_can_be_given(target: Path) -> None:
    os.chmod(target, 0o644)
    await swap(target, "new", good, Owned(mode=0o600))
    assert os.stat(target).st_mode & 0o7777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_an_owner_can_be_given_without_losing_permissions(target: Path) -> None:
    await swap(target, "new", good, Owned(0o4755, 12345, None))
    known = os.stat(target)
    assert (known.st_uid, known.st_gid, known.st_mode & 0o7777) == (12345, os.getegid(), 0o4755)


async def swapped(target: Path, text: str) -> Swapped:
    outcome = await swap(target, text, good)
    assert isinstance(outcome, Swapped)
    return outcome


@pytest.fixture
def no_text(target: Path) -> Path:
    target.write_bytes(b"\xff\xfe")
    return target


async def test_bytes_that_are_no_text_are_replaced(no_text: Path) -> None:
    target = no_text
    assert await swap(target, "new", good) == Swapped()
    assert read(target) == "new"
