"""Tenants: who sends a task, known by its key.

Pure. Keys are kept and compared as SHA-256 hashes. They are long and random, so a plain hash of one can't be turned back; all
hashes are compared to their ends, so that the time taken tells nothing of them.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contract.problem import Problem, ProblemError, problem
from gateway.config import TenantRow
from gateway.limits import Limits
from gateway.roles import Role


@dataclass(frozen=True, slots=True)
class Tenant:
    """A client with a name, what it may do, a share by its weight when slots are few, and limits."""

    name: str
    weight: float = 1.0
    role: Role = Role.CLIENT
    limits: Limits = field(default_factory=Limits)


EVERYBODY = Tenant("", role=Role.OWNER)
"""The one tenant where none is configured, on a gateway for this machine only."""

ANYBODY = Tenant("", role=Role.ANYBODY)
"""The one tenant where `open = true` lets in who reaches the gateway."""


class Tenants:
    """All that are configured. Without any, whoever asks is `everybody`, key or not."""

    def __init__(self, rows: Sequence[TenantRow] = (), everybody: Tenant = EVERYBODY) -> None:
        self.use(rows, everybody)

    def use(self, rows: Sequence[TenantRow], everybody: Tenant = EVERYBODY) -> None:
        """Those of `rows`, and no others any more. Requests that were let in are not asked again."""
        self.named = {row.name: Tenant(row.name, row.weight, Role(row.role), row.limits) for row in rows}
        self._keys = [(bytes.fromhex(key.split(":")[1]), self.named[row.name]) for row in rows for key in row.keys]
        self._everybody = None if rows else everybody

    @property
    def have_keys(self) -> bool:
        """Whether there are any, who must show theirs."""
        return self._everybody is None

    def admit(self, authorization: Sequence[str]) -> Tenant:
        """The tenant of a request with these `Authorization` fields. ProblemError (401) when it is nobody's."""
        if self._everybody is not None:
            return self._everybody
        if not authorization:
            raise ProblemError(_who_are_you("There is none", ""))
        tenant = self._of(_bearer(authorization[0])) if len(authorization) == 1 else None
        if tenant is None:
            raise ProblemError(_who_are_you("The one given is not known", ', error="invalid_token"'))
        return tenant

    def hashes(self) -> Iterable[tuple[bytes, Tenant]]:
        """The hash of each key, with whose it is."""
        return tuple(self._keys)

    def _of(self, key: bytes) -> Tenant | None:
        given, found = hashlib.sha256(key).digest(), None
        for known, tenant in self._keys:
            if hmac.compare_digest(known, given):
                found = tenant
        return found


def _bearer(field: str) -> bytes:
    """The key in a field of the scheme `Bearer` (RFC 6750 §2.1); empty when it is of another."""
    scheme, _, key = field.partition(" ")
    return key.strip().encode(errors="surrogateescape") if scheme.lower() == "bearer" else b""


def _who_are_you(why: str, more: str) -> Problem:
    detail = f"Every request needs a tenant's key, as Authorization: Bearer KEY. {why}"
    return problem("UNAUTHORIZED", detail, headers={"WWW-Authenticate": f'Bearer realm="nearway"{more}'})
