"""Templates to be rendered."""

from pathlib import Path

import pytest

from renderer.engine import Page
from tests.unit.renderer.knowledge import Write


@pytest.fixture
def page(tmp_path: Path) -> Write:
    """Writes a template, and others beside it by their names."""

    def write(text: str, **others: str) -> Page:
        for name, other in others.items():
            (tmp_path / name).write_text(other)
        (tmp_path / "page.j2").write_text(text)
        return Page(tmp_path / "page.j2")

    return write
