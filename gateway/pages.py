"""The pages that a task names, where a tenant's tasks may name those of some hosts only.

Pure. Nothing here knows the solving API: which members of a task are addresses of pages is a setting.
"""

import json
from collections.abc import Collection

from contract.problem import Problem, ProblemError, problem
from gateway.hosts import host_of, is_allowed


def check_pages(body: bytes, members: Collection[str], hosts: Collection[str]) -> None:
    """ProblemError (403) unless every page that is named has a host of the list. A task that names none is let through.

    `body` is a JSON object that every reader reads alike (`contract/plain_json.py`).
    """
    known = {name.lower(): name for name in members}
    for name, value in json.loads(body).items():
        wanted = known.get(name.lower())
        if wanted is not None and wanted != name:
            raise ProblemError(_refused(f"a reader may take the member {name!r} for {wanted!r}: write it so"))
        if wanted is not None:
            _check(name, value, hosts)


def _check(name: str, value: object, hosts: Collection[str]) -> None:
    try:
        host = host_of(value) if isinstance(value, str) else None
    except ValueError as error:
        raise ProblemError(_refused(f"{name} can't be compared with the hosts this tenant's tasks may name: {error}")) from None
    if host is None:
        raise ProblemError(_refused(f"{name} is no text"))
    if not is_allowed(host, hosts):
        raise ProblemError(_refused(f"{name} is on {host}, which is none of the hosts this tenant's tasks may name"))


def _refused(why: str) -> Problem:
    return problem("HOST_FORBIDDEN", why[0].upper() + why[1:])
