import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.problem import ProblemError
from gateway.locations import Location, Locations
from gateway.tenants import EVERYBODY, Tenant

ACME, TINY = Tenant("acme"), Tenant("tiny")
OURS = Locations(b"k" * 32)
TASK = "0f" * 16


@pytest.mark.parametrize("workers", ["/tasks/77?kind=x&submitted=1.5", "/tasks/77", "/tasks/a/b?task=1&seal=2"])
@pytest.mark.parametrize("tenant", [ACME, EVERYBODY])
def test_what_was_made_is_read_by_every_gateway_with_the_key(workers: str, tenant: Tenant) -> None:
    made = OURS.make(Location(workers, TASK), tenant)
    assert made is not None
    assert Locations(b"k" * 32).read(made, tenant) == Location(workers, TASK)


def refused(path: str, tenant: Tenant = ACME, locations: Locations = OURS) -> bool:
    with pytest.raises(ProblemError) as caught:
        locations.read(path, tenant)
    return (caught.value.problem.status, caught.value.problem.submitted.value) == (404, "unknown")


def test_nobody_else_reads_it() -> None:
    made = OURS.make(Location("/tasks/77?kind=x", TASK), ACME) or ""
    assert refused(made, TINY)
    assert refused(made, EVERYBODY)
    assert refused(made, ACME, Locations(b"x" * 32))
    for other in (
        made.replace("77", "78"),
        made.replace("kind=x", "kind=y"),
        made.replace("0f0f", "0f0e", 1),
        made[:-1],
        made + "x",
    ):
        assert refused(other)
    assert refused("/tasks/77?kind=x")
    assert refused("")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_is_read_that_was_not_made(before: str, after: str) -> None:
    made = OURS.make(Location("/tasks/77?kind=x", TASK), ACME) or ""
    if before or after:
        assert refused(before + made + after)


@pytest.mark.parametrize(
    "workers", ["http://evil/tasks/1", "/admin", "/tasks/", "/tasks/a b", "/tasks/a\r\nX: y", "/tasks/" + "x" * 2001]
)
def test_what_can_not_be_a_location_is_none(workers: str) -> None:
    assert OURS.make(Location(workers, TASK), ACME) is None


def test_it_knows_the_tasks_id_at_the_api() -> None:
    assert Location("/tasks/77?kind=x", TASK).captcha_id == "77"
