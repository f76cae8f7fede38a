"""Where client certificates are asked for, who shows none may look whether the program lives, and nothing else."""

from typing import Any

from sanic import Request, Sanic

from contract.problem import ProblemError, problem
from contract.submitted import Submitted

OPEN = frozenset({"/health", "/ready"})
"""For Consul and balancers, which have none."""


def require_certificate(app: Sanic[Any, Any]) -> None:
    """Have the app refuse requests without a client certificate. With one that is not trusted, no connection comes about."""

    @app.middleware("request", priority=1)
    async def look_for_certificate(request: Request) -> None:
        if request.path in OPEN or request.transport.get_extra_info("peercert"):
            return
        # A wait is for a task that is paid for, by whomever: nothing is told of it.
        submitted = Submitted.UNKNOWN if request.path.startswith("/tasks/") else None
        raise ProblemError(problem("CERTIFICATE_REQUIRED", "The connection has no client certificate", submitted=submitted))
