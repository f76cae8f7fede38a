from pathlib import Path

import pytest

from renderer.lock import HeldError, hold


def test_a_folder_has_one_renderer_at_a_time(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(HeldError, match=r"another renderer works in .* set RUN_DIR"):
        hold(tmp_path)


def test_a_folder_is_free_once_its_renderer_left(tmp_path: Path) -> None:
    hold(tmp_path).close()
    hold(tmp_path).close()
