"""Keyed tasks, sent again to any gateway while gateways and workers are killed and a tenth of the API's replies is lost."""

from pathlib import Path

import pytest

from bench.figures import columns
from bench.keyed.play import HEAD, play
from tests.system.whole import shows

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize(("ledger", "seed"), [("postgresql", 11), ("sqlite", 12)])
async def test_each_is_submitted_once_at_most_and_what_is_known_to_be_submitted_is_answered(
    tmp_path: Path, ledger: str, seed: int
) -> None:
    counts = await play(tmp_path, ledger, 100, rate=10.0, seed=seed)
    shows(columns(HEAD, [counts.cells()]))
    assert list(counts.faults()) == []
    assert counts.killed["gateway"]
    assert counts.killed["worker"]
    assert counts.solved > counts.unknown
