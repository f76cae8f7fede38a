"""What Consul can be asked for and watched: each question a value, so that it can be recorded, compared, and asked again.

Pure. `datacenter` is None for the one of the agent that is asked. Every answer has an order that depends on nothing but what is
in it, but for what is asked for by nearness. https://developer.hashicorp.com/consul/api-docs
"""

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Self, TypeVar

from discovery.coordinates import Servers, parse_servers
from discovery.instance import Instance, parse_instances
from discovery.rights import AGENT, NODES, Right, lacking, reads

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Node:
    """A machine with a Consul agent."""

    name: str
    address: str
    datacenter: str
    meta: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A service that is registered somewhere, with all tags that any of its instances has."""

    name: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its value. What is no UTF-8 in a value is replaced, as a text has no place for it."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Query(Generic[Said]):
    """A question, and how its answer is read. `blocks` is whether Consul can hold it until the answer changes."""

    datacenter: str | None = None

    blocks: ClassVar[bool] = True

    def read(self, body: Any) -> Said:
        """The answer's meaning; ValueError when it does not have the shape the API documents."""
        raise NotImplementedError

    @property
    def needs(self) -> tuple[Right, ...]:
        """What a token must allow for the answer to be true: Consul mostly leaves out what may not be seen, without a word."""
        return ()

    @property
    def same(self) -> Callable[[Said, Said], bool]:
        """Whether a new answer says the same as an old one."""
        return operator.eq

    def at(self, datacenter: str) -> Self:
        """The same question about another datacenter."""
        return replace(self, datacenter=datacenter)

    def __str__(self) -> str:
        """As logs name it."""
        return self._about() + (f" in {self.datacenter}" if self.datacenter else "")

    def _about(self) -> str:
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True)
class Service(Query[tuple[Instance, ...]]):
    """All instances of a service, whatever their health; `near` a node (`_agent`: the agent itself) they come nearest first."""

    name: str = ""
    near: str | None = None

    def _about(self) -> str:
        return self.name

    @property
    def needs(self) -> tuple[Right, ...]:
        return (reads(self.name), NODES)

    def read(self, body: Any) -> tuple[Instance, ...]:
        return self.arranged(parse_instances(self.datacenter, body))

    def arranged(self, found: tuple[Instance, ...]) -> tuple[Instance, ...]:
        """The answer that these are, as they came."""
        return found if self.near else in_order(found)

    @property
    def same(self) -> Callable[[tuple[Instance, ...], tuple[Instance, ...]], bool]:
        # Round trips move all the time, and who is a little nearer now is no news.
        return (lambda one, other: in_order(one) == in_order(other)) if self.near else operator.eq


@dataclass(frozen=True, slots=True)
class Services(Query[tuple[Named, ...]]):
    """Every service that is registered."""

    @property
    def needs(self) -> tuple[Right, ...]:
        return (reads(""),)

    def read(self, body: Any) -> tuple[Named, ...]:
        with _reading("services"):
            return tuple(Named(str(name), tuple(sorted(map(str, tags)))) for name, tags in sorted(body.items()))


@dataclass(frozen=True, slots=True)
class Nodes(Query[tuple[Node, ...]]):
    """Every node; with `near` as for a service."""

    near: str | None = None

    @property
    def needs(self) -> tuple[Right, ...]:
        return (NODES,)

    def read(self, body: Any) -> tuple[Node, ...]:
        with _reading("nodes"):
            nodes = tuple(
                Node(str(one["Node"]), str(one["Address"]), str(one.get("Datacenter") or ""), _meta(one.get("Meta")))
                for one in body
            )
        return nodes if self.near else _nodes_in_order(nodes)

    @property
    def same(self) -> Callable[[tuple[Node, ...], tuple[Node, ...]], bool]:
        return (lambda one, other: _nodes_in_order(one) == _nodes_in_order(other)) if self.near else operator.eq


@dataclass(frozen=True, slots=True)
class Datacenters(Query[tuple[str, ...]]):
    """The datacenters an agent knows of, dead ones included."""

    blocks: ClassVar[bool] = False

    def read(self, body: Any) -> tuple[str, ...]:
        with _reading("datacenters"):
            return tuple(sorted(str(name) for name in body))


@dataclass(frozen=True, slots=True)
class Key(Query[Pair | None]):
    """One key; None when there is none of that name."""

    path: str = ""

    def _about(self) -> str:
        return f"key {self.path}"

    @property
    def needs(self) -> tuple[Right, ...]:
        return (Right("key", self.path, "read"),)

    def read(self, body: Any) -> Pair | None:
        with _reading("a key"):
            return None if body is None else _pair(body)


@dataclass(frozen=True, slots=True)
class Pairs(Query[tuple[Pair, ...]]):
    """All keys that begin with `prefix`."""

    prefix: str = ""

    def _about(self) -> str:
        return f"keys under {self.prefix}"

    @property
    def needs(self) -> tuple[Right, ...]:
        return (Right("key", self.prefix, "read"),)

    def read(self, body: Any) -> tuple[Pair, ...]:
        with _reading("keys"):
            return tuple(sorted((_pair(one) for one in body or ()), key=lambda pair: pair.key))


@dataclass(frozen=True, slots=True)
class OwnDatacenter(Query[str]):
    """The datacenter of the agent that is asked."""

    blocks: ClassVar[bool] = False

    def _about(self) -> str:
        return "the agent's own datacenter"

    @property
    def needs(self) -> tuple[Right, ...]:
        return (AGENT,)

    def read(self, body: Any) -> str:
        with _reading("its agent"):
            return str(body["Config"]["Datacenter"])


@dataclass(frozen=True, slots=True)
class Coordinates(Query[Servers]):
    """The WAN coordinates of the servers of every datacenter."""

    blocks: ClassVar[bool] = False

    def read(self, body: Any) -> Servers:
        with _reading("coordinates"):
            return parse_servers(body or ())

    @property
    def same(self) -> Callable[[Servers, Servers], bool]:
        # They move with every round trip: who looks at them takes the last, and nobody is to be woken for it.
        return lambda one, other: True


@dataclass(frozen=True, slots=True)
class Rights(Query[tuple[Right, ...]]):
    """Which of the `wanted` rights the token that asks has not; none where Consul keeps no ACLs, or does not tell."""

    wanted: tuple[Right, ...] = ()

    blocks: ClassVar[bool] = False

    def asked(self) -> list[dict[str, str]]:
        """The body of the request."""
        return [{"Resource": one.resource, "Segment": one.of, "Access": one.access} for one in self.wanted]

    def read(self, body: Any) -> tuple[Right, ...]:
        if body is None:
            return ()
        with _reading("rights"):
            return lacking(self.wanted, [one["Allow"] is True for one in body])


def in_order(instances: tuple[Instance, ...]) -> tuple[Instance, ...]:
    """In the order of their keys."""
    return tuple(sorted(instances, key=lambda instance: instance.key))


def _nodes_in_order(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(sorted(nodes, key=lambda node: (node.name, node.address)))


def _pair(one: dict[str, Any]) -> Pair:
    value = one["Value"]
    return Pair(str(one["Key"]), value.decode(errors="replace") if isinstance(value, bytes) else str(value or ""))


def _meta(fields: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(key), str(value)) for key, value in (fields or {}).items()))


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Whatever goes wrong while an answer is read is one error: Consul answered something else than it should."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"Consul answered {what} that can't be read: {error!r}") from error
