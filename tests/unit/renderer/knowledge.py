"""A small catalog for tests of templates, and a Consul that answers from it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from discovery.instance import Health, Instance
from discovery.query import Datacenters, Key, Named, Node, Nodes, Pair, Pairs, Query, Service, Services, in_order
from discovery.view import View
from renderer.engine import Outcome, Page, Rendered
from renderer.reading import Sources, Text

ENVIRON = {"HOME": "/root"}

Write = Callable[..., Page]
"""Writes a template, and others beside it by their names."""

WEB = (
    Instance("east", "n1", "web", "web-1", "10.0.0.1", 80, Health.PASSING, {"version": "2", "zone": "a"}, ("blue", "http")),
    Instance("east", "n2", "web", "web-2", "2001:db8::2", 80, Health.PASSING, {"version": "1", "zone": "b"}, ("http",)),
    Instance("east", "n3", "web", "web-3", "10.0.0.3", 80, Health.WARNING, {"version": "2"}, (), "192.0.2.3", {"rack": "r1"}),
    Instance("east", "n4", "web", "web-4", "10.0.0.4", 80, Health.CRITICAL, {}, ("blue",)),
)
PAIRS = {
    "app/name": "shop",
    "app/port": "8080",
    "app/db/host": "db.example",
    "app/db/port": "5432",
    "app/folder/": "",
    "appendix": "no",
    "flags": '{"beta": true, "limits": [1, 2]}',
}


def said(query: Query[Any], instances: Iterable[Instance] = WEB, pairs: dict[str, str] = PAIRS) -> Any:
    """What Consul says, whatever is asked."""
    match query:
        case Service(_, name):
            return in_order(tuple(one for one in instances if one.service == name))
        case Services():
            return (Named("consul"), Named("web", ("blue", "http")))
        case Nodes():
            return (Node("n1", "192.0.2.1", "east"), Node("n2", "192.0.2.2", "east", (("rack", "r2"),)))
        case Datacenters():
            return ("east", "west")
        case Key(_, path):
            return Pair(path, pairs[path]) if path in pairs else None
        case Pairs(_, prefix):
            return tuple(Pair(key, value) for key, value in sorted(pairs.items()) if key.startswith(prefix))
    raise AssertionError(query)


def knowing(queries: Iterable[Query[Any]], *of: Any) -> View:
    """A view in which Consul has answered these."""
    view = View()
    for query in queries:
        view = view.answered(query, said(query, *of), 1.0)
    return view


def settled(page: Page, *of: Any) -> tuple[Outcome, frozenset[Query[Any]]]:
    """Rendered and watched until nothing new is asked: the outcome, and what is watched then."""
    watched: frozenset[Query[Any]] = frozenset()
    for _ in range(20):
        outcome = page.render(Sources(knowing(watched, *of), ENVIRON, absent))
        wanted = outcome.reads.queries if isinstance(outcome, Rendered) else watched | outcome.reads.queries
        if wanted == watched:
            return outcome, watched
        watched = wanted
    raise AssertionError(f"it never settles: {watched}")


def absent(name: str) -> Text:
    return Text(Path(name), trouble="No such file")
