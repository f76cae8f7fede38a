"""What the tests of running workers share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.lab import Lab, lab


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab for one test."""
    async with lab(tmp_path) as made:
        yield made
