import os
from pathlib import Path

import pytest

from renderer.files import LARGEST, Files, Seen
from renderer.reading import Text


def test_what_a_file_holds(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("ü\n")
    assert Files().read(str(tmp_path / "a")) == Text(tmp_path / "a", "ü\n")


def test_why_it_can_not_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\xff")
    (tmp_path / "large").write_bytes(b" " * (LARGEST + 1))
    (tmp_path / "folder").mkdir()
    found = {name: Files().read(str(tmp_path / name)).trouble or "" for name in ("no", "pipe", "binary", "large", "folder")}
    assert found["no"] == "No such file or directory"
    assert found["pipe"] == found["folder"] == "it is no regular file"
    assert found["binary"].startswith("it is no UTF-8")
    assert found["large"] == f"it is larger than {LARGEST} bytes"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to stay inside of, with a secret beside it and links to both."""
    (tmp_path / "secret").write_text("secret")
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (inside / "a").write_text("a")
    (inside / "to-secret").symlink_to("../secret")
    (inside / "to-a").symlink_to("a")
    (inside / "deep" / "up").symlink_to("../..")
    return inside


@pytest.mark.parametrize("name", ["a", "./deep/../a", "to-a"])
def test_inside_a_folder_all_may_be_read(folder: Path, name: str) -> None:
    assert Files(folder).read(name).text == "a"
    assert Files(folder).read(str(folder / name)).text == "a"


@pytest.mark.parametrize("name", ["../secret", "to-secret", "deep/up/secret", "/etc/passwd", "../gone", "deep/up/gone"])
def test_nothing_outside_is_read_wherever_links_point(folder: Path, name: str) -> None:
    with pytest.raises(PermissionError, match="where files may be read from"):
        Files(folder).read(name)


def test_a_folder_may_be_reached_by_a_link_itself(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert Files(tmp_path / "link").read("a").text == "a"


def test_a_change_is_seen_once(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("one")
    seen = Seen()
    seen.note([path, other])
    assert not seen.changed()
    path.write_text("two!")
    assert seen.changed()
    assert not seen.changed()
    other.touch()
    assert seen.changed()
    other.unlink()
    assert seen.changed()


def test_a_replacement_of_the_same_size_and_time_is_a_change(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("one")
    other.write_text("two")
    seen = Seen()
    seen.note([path])
    known = path.stat()
    os.utime(other, ns=(known.st_atime_ns, known.st_mtime_ns))
    other.replace(path)
    assert seen.changed()


def test_a_link_that_points_elsewhere_is_a_change(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    link, new = tmp_path / "link", tmp_path / "new"
    link.symlink_to("one")
    seen = Seen()
    seen.note([link])
    new.symlink_to("two")
    new.replace(link)
    assert seen.changed()


def test_noting_again_forgets_no_change(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    seen = Seen()
    seen.note([path])
    path.write_text("another")
    seen.note([path, tmp_path / "b"])
    assert seen.changed()
