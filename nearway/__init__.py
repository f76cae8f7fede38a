"""The face of Nearway: the client library with its balancer, and the command line `nearway`.

What is here is imported when it is asked for, so that the command line starts without it.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract.submitted import Submitted as Submitted
    from nearway.balancer.asynchronous import AsyncBalancer as AsyncBalancer
    from nearway.balancer.blocking import Balancer as Balancer
    from nearway.balancer.worker import Worker as Worker
    from nearway.client.asynchronous import AsyncClient as AsyncClient
    from nearway.client.blocking import Client as Client
    from nearway.client.errors import BusyError as BusyError
    from nearway.client.errors import FailedError as FailedError
    from nearway.client.errors import NearwayError as NearwayError
    from nearway.client.errors import NotAllowedError as NotAllowedError
    from nearway.client.errors import TaskRefusedError as TaskRefusedError
    from nearway.client.errors import UnknownError as UnknownError
    from nearway.client.errors import UnreachableError as UnreachableError
    from nearway.client.many import Done as Done
    from nearway.client.progress import Progress as Progress
    from nearway.client.solution import Solution as Solution
    from nearway.client.ticket import Ticket as Ticket

_HOMES = {
    "AsyncBalancer": "nearway.balancer.asynchronous",
    "AsyncClient": "nearway.client.asynchronous",
    "Balancer": "nearway.balancer.blocking",
    "BusyError": "nearway.client.errors",
    "Client": "nearway.client.blocking",
    "Done": "nearway.client.many",
    "FailedError": "nearway.client.errors",
    "NearwayError": "nearway.client.errors",
    "NotAllowedError": "nearway.client.errors",
    "Progress": "nearway.client.progress",
    "Solution": "nearway.client.solution",
    "Submitted": "contract.submitted",
    "TaskRefusedError": "nearway.client.errors",
    "Ticket": "nearway.client.ticket",
    "UnknownError": "nearway.client.errors",
    "UnreachableError": "nearway.client.errors",
    "Worker": "nearway.balancer.worker",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
