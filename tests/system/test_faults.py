"""With 300 tasks in flight, parts break one after the other and all together: nothing is lost, nothing is paid for twice."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bench.faults.faults import FAULTS
from bench.faults.play import HEAD, PLAN, Row, faults_of, play
from bench.figures import columns
from tests.system.whole import Whole, shows, whole

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    async with whole(tmp_path_factory.mktemp("faults") / "run", PLAN) as made:
        yield made


@pytest.mark.parametrize("fault", FAULTS)
async def test_nothing_is_lost_and_nothing_is_paid_for_twice(here: Whole, fault: str) -> None:
    rows: list[Row] = await play(here, fault, FAULTS[fault])
    shows(columns(HEAD, [row.cells() for row in rows]))
    assert [line for row in rows for line in faults_of(row)] == []
