"""What a token of Consul's must allow: which rights each program needs, and how a missing one is told.

Pure. Where an operator finds a right: the policies of `deploy/consul/` hold just these.
https://developer.hashicorp.com/consul/docs/security/acl/acl-rules
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from discovery.records import GATEWAYS, REGION_ENDPOINTS, WORKERS

DIALS_PREFIX = "nearway/dials/"
"""What the keys of dials begin with."""


@dataclass(frozen=True, slots=True)
class Right:
    """One thing a token may do. `of` is a service's name, or what keys begin with; empty for all there are."""

    resource: str
    of: str
    access: str

    @property
    def is_prefix(self) -> bool:
        """Whether it is about all whose names begin so."""
        return self.resource != "service" or not self.of

    def __str__(self) -> str:
        """The rule that gives it, as it stands in a policy."""
        return f'{self.resource}{"_prefix" if self.is_prefix else ""} "{self.of}" {{ policy = "{self.access}" }}'


NODES = Right("node", "", "read")
"""Without it Consul leaves out every instance, for the node that it is on."""

AGENT = Right("agent", "", "read")


def reads(service: str) -> Right:
    """To see a service's instances."""
    return Right("service", service, "read")


def writes(service: str) -> Right:
    """To register a service, and to see it."""
    return Right("service", service, "write")


POLICIES: Mapping[str, tuple[Right, ...]] = {
    "worker": (writes(WORKERS),),
    "renderer": (writes(REGION_ENDPOINTS), reads(WORKERS), NODES),
    "gateway": (writes(GATEWAYS), reads(REGION_ENDPOINTS), reads(WORKERS), NODES, Right("key", DIALS_PREFIX, "read"), AGENT),
    "dial": (reads(REGION_ENDPOINTS), reads(WORKERS), NODES, Right("key", DIALS_PREFIX, "write")),
    "reader": (reads(""), NODES, Right("key", "nearway/", "read")),
}
"""The rights of each policy of ours, by its name. A right to write is one to read, too."""


def lacking(wanted: Iterable[Right], allowed: Iterable[bool]) -> tuple[Right, ...]:
    """Those that a token has not."""
    return tuple(right for right, is_there in zip(wanted, allowed, strict=True) if not is_there)


def told(missing: Iterable[Right], has_token: bool) -> str:
    """For the operator: what the token may not do, and the rule that would let it, with the files it stands in."""
    who = "the token" if has_token else "no CONSUL_HTTP_TOKEN is set, and who shows none"
    return f"{who} may not {' nor '.join(map(_in_words, missing))}; see docs/consul-acl.md"


def refused(said: str, needed: Iterable[Right], has_token: bool) -> str:
    """The same for a refusal of Consul's (403): what it said, and what it may mean."""
    if "ACL not found" in said:
        return f"{said}: no such token is known there: look at CONSUL_HTTP_TOKEN, and at docs/consul-acl.md"
    needed = tuple(needed)
    return f"{said}: {told(needed, has_token)}" if needed else said


def _in_words(right: Right) -> str:
    standing = [(name, rule) for name, rules in POLICIES.items() for rule in rules if _gives(rule, right)]
    # The rule for just this, where there is one: who needs to read should not be told to write.
    rule = max((rule for _, rule in standing), key=lambda rule: (rule.access == right.access, len(rule.of)), default=right)
    files = [f"deploy/consul/{name}.hcl" for name, one in standing if one == rule]
    what = f'{right.resource} "{right.of}"' if right.of else f"{right.resource}s"
    return f"{right.access} {what} (`{rule}`{_in(files)})"


def _gives(rule: Right, right: Right) -> bool:
    is_of = rule.of == right.of or (rule.is_prefix and right.of.startswith(rule.of))
    return rule.resource == right.resource and is_of and rule.access in (right.access, "write")


def _in(files: list[str]) -> str:
    return f" in {', '.join(files)}" if files else ""
