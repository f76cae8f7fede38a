import pytest

from contract.problem import ProblemError
from discovery.access import Access
from gateway.app import WITHOUT_KEY, create_app
from gateway.config import GatewayConfig, RouteRow
from gateway.gateway import Gateway
from gateway.roles import Right, Role, check, may, may_set_dials
from gateway.settings import GatewaySettings

TABLE = {
    Role.CLIENT: (True, False, False),
    Role.VIEWER: (False, True, False),
    Role.OPERATOR: (False, True, True),
    Role.ANYBODY: (True, True, False),
    Role.OWNER: (True, True, True),
}


@pytest.mark.parametrize("role", Role)
def test_what_each_role_may_do(role: Role) -> None:
    assert tuple(may(role, right) for right in (Right.SEND_TASKS, Right.READ, Right.SET_DIALS)) == TABLE[role]
    assert may_set_dials(role) == TABLE[role][2]


@pytest.mark.parametrize(
    ("role", "right", "told"),
    [
        (Role.CLIENT, Right.READ, "client may not read what the gateway tells of itself; one of the role viewer or operator may"),
        (Role.VIEWER, Right.SEND_TASKS, "viewer may not send tasks; one of the role client may"),
        (Role.VIEWER, Right.SET_DIALS, "viewer may not set dials; one of the role operator may"),
        (Role.ANYBODY, Right.SET_DIALS, "Nobody may set dials"),
    ],
)
def test_who_may_not_is_told_who_may(role: Role, right: Right, told: str) -> None:
    with pytest.raises(ProblemError) as caught:
        check(role, right)
    problem = caught.value.problem
    assert (problem.error, problem.status, problem.submitted.value) == ("FORBIDDEN", 403, "no")
    assert told in problem.detail


def test_who_may_is_let_through() -> None:
    for role in Role:
        for right in Right:
            if may(role, right):
                check(role, right)


def test_every_path_that_needs_a_key_says_whom_it_is_for() -> None:
    settings = GatewaySettings(consul_register=False)
    app = create_app(Gateway(settings, GatewayConfig(route=(RouteRow(path="/v1/"),)), Access()), settings, Access())
    app.router.finalize()
    rights = {f"/{route.path}": getattr(route.ctx, "right", None) for route in app.router.routes}
    assert len(rights) >= 9
    signing_in = {"/dashboard/sign-in", "/dashboard/sign-out", "/dashboard/assets/<name:str>"}
    assert {path for path, right in rights.items() if right is None} == {*WITHOUT_KEY, *signing_in}
