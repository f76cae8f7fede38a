"""What a tenant may do, by its role.

Pure.
"""

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Literal

from contract.problem import Problem, ProblemError, problem

Configured = Literal["client", "viewer", "operator"]
"""The roles a policy file can give."""


class Role(StrEnum):
    """Those of the policy file, and what everybody is where there are no tenants."""

    CLIENT = auto()
    """Sends tasks."""
    VIEWER = auto()
    """Sees what the gateway does, and sends nothing: a person at the dashboard, Prometheus."""
    OPERATOR = auto()
    """Sees, and sets dials."""
    ANYBODY = auto()
    """Everybody where `open = true` lets them in."""
    OWNER = auto()
    """Everybody on a gateway that listens on loopback: whoever is on this machine."""


class Right(StrEnum):
    """What a route of the gateway's asks of those who use it; the words are for the refusal."""

    SEND_TASKS = "send tasks"
    READ = "read what the gateway tells of itself"
    SET_DIALS = "set dials"
    LEARN = "read how this gateway is used"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.CLIENT: frozenset({Right.SEND_TASKS, Right.LEARN}),
    Role.VIEWER: frozenset({Right.READ, Right.LEARN}),
    Role.OPERATOR: frozenset({Right.READ, Right.SET_DIALS, Right.LEARN}),
    Role.ANYBODY: frozenset({Right.SEND_TASKS, Right.READ, Right.LEARN}),
    Role.OWNER: frozenset(Right),
}


def may(role: Role, right: Right) -> bool:
    """Whether a tenant of that role may do that."""
    return right in RIGHTS[role]


def may_set_dials(role: Role) -> bool:
    """Whether a tenant of that role may set dials over HTTP."""
    return may(role, Right.SET_DIALS)


def check(role: Role, right: Right) -> None:
    """ProblemError (403) when a tenant of that role may not do that."""
    if not may(role, right):
        raise ProblemError(_forbidden(role, right))


def _forbidden(role: Role, right: Right) -> Problem:
    if role is Role.ANYBODY:
        return problem("FORBIDDEN", f"Nobody may {right} at this gateway: it has no tenants, and is open to everybody")
    others = " or ".join(one for one in Role if one in ("client", "viewer", "operator") and may(one, right))
    return problem("FORBIDDEN", f"A tenant of the role {role} may not {right}; one of the role {others} may")
