"""What the operator has set about callbacks: where they may go, and with which secrets they are signed.

Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from contract.problem import ProblemError, problem
from gateway.callbacks.addresses import Network
from gateway.callbacks.signature import parse_secrets
from gateway.callbacks.target import Target, target_of
from gateway.config import GatewayConfig
from gateway.tenants import EVERYBODY

HOUR = 3600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class CallbackPolicy:
    """`secrets` and `hosts` by the tenant's name; `within` are the seconds for which a callback is tried."""

    networks: tuple[Network, ...]
    within: float
    secrets: Mapping[str, tuple[bytes, ...]]
    hosts: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, config: GatewayConfig) -> Self:
        """As the policy file has it."""
        given = {row.name: row.callback_secret for row in config.tenant} or {EVERYBODY.name: config.callback_secret}
        secrets = {name: parse_secrets(secret.get_secret_value()) for name, secret in given.items() if secret is not None}
        hosts = {row.name: row.callback_hosts for row in config.tenant}
        return cls(config.callback_networks, config.callback_hours * HOUR, secrets, hosts)

    def target_of(self, fields: Sequence[str], tenant: str) -> Target | None:
        """What the header's fields of a task name; None without any. ProblemError when it is refused."""
        target = target_of(fields, self.networks, self.hosts.get(tenant, ()))
        if target is not None:
            self.secrets_of(tenant)
        return target

    def secrets_of(self, tenant: str) -> tuple[bytes, ...]:
        """With which the tenant's callbacks are signed. ProblemError when it has none."""
        secrets = self.secrets.get(tenant)
        if not secrets:
            where = f"the [[tenant]] {tenant}" if tenant else "the policy file"
            detail = f"Callbacks are signed: ask the operator to give {where} a callback_secret"
            raise ProblemError(problem("CALLBACK_REFUSED", detail))
        return secrets
