"""One pass over a template: the functions it may call, and the record of all it asked. Pure.

A template is a function of what is known. What it asks and nobody knows yet is recorded, and it goes on with a stand-in, so
that one pass finds as much as it can; whatever comes of such a pass is thrown away, errors included.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import TemplateRuntimeError, Undefined

from discovery.instance import Health
from discovery.query import Datacenters, Key, Named, Nodes, Pair, Pairs, Query, Service, Services
from discovery.view import Unknown, View
from renderer import catalog
from renderer.catalog import CatalogNode, KeyValue, ServiceInstance
from renderer.elsewhere import NOT_HERE, RENAMED

Said = TypeVar("Said")
Instead = TypeVar("Instead")

_ABSENT: Any = object()
_NOTHING_YET = Pair("", "")


@dataclass(frozen=True, slots=True)
class Text:
    """What a file holds. `path` is where it really is, to be looked at again; a `trouble` is why it can't be read."""

    path: Path
    text: str = ""
    trouble: str | None = None


def no_files(name: str) -> Text:
    """For templates that may read none."""
    raise TemplateRuntimeError(f"file {name!r}: this template may read no files")


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a template can know: Consul's answers, the environment, files."""

    view: View = field(default_factory=View)
    environ: Mapping[str, str] = field(default_factory=dict)
    file: Callable[[str], Text] = no_files


class Reading:
    """The record of one pass.

    `waiting` says, for people, what has to come before the template counts as rendered; `given` names the service instances
    the template was handed, so that one that leaves can be told from one that joins.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.queries: set[Query[Any]] = set()
        self.files: set[Path] = set()
        self.waiting: dict[str, None] = {}
        self.given: set[str] = set()

    def functions(self) -> dict[str, Callable[..., Any]]:
        """By the names templates call them by; those of consul-template that are not here say what is."""
        ours = (
            self.service, self.safe_service, self.services, self.nodes, self.datacenters, self.key, self.key_or_default,
            self.key_exists, self.ls, self.tree, self.safe_ls, self.safe_tree, self.env, self.file,
        )  # fmt: skip
        absent = {name: _refusing(name, f"it is {here} here") for name, here in RENAMED.items()}
        absent |= {name: _refusing(name, why) for name, why in NOT_HERE.items()}
        return absent | {one.__name__: one for one in ours}

    def service(
        self,
        name: str,
        datacenter: str | None = None,
        near: str | None = None,
        status: str | Iterable[str] = Health.PASSING,
        *,
        tag: str | None = None,
        floor: int = 0,
    ) -> tuple[ServiceInstance, ...]:
        """The instances of a service with such a `status` (one or several of passing, warning, critical; any) and `tag`.

        With fewer than `floor` of them the template waits, and what was written last stays.
        """
        wanted, asked = _statuses(status), Service(_maybe("datacenter", datacenter), _service_name(name), _maybe("near", near))
        found = self._ask(asked, None)
        chosen = [one for one in found or () if one.health in wanted and (tag is None or tag in one.tags)]
        self.given.update(f"{one.key} {one.address}:{one.port}" for one in chosen)
        if found is not None and len(chosen) < floor:
            self._wait(f"{floor} of {asked}: there are {len(chosen)}")
        return tuple(catalog.instance(one) for one in chosen)

    def safe_service(self, name: str, *how: Any, **named: Any) -> tuple[ServiceInstance, ...]:
        """As `service`, but never none: the template waits for the first."""
        return self.service(name, *how, **{"floor": 1, **named})

    def services(self, datacenter: str | None = None) -> tuple[Named, ...]:
        """All services: `name` and `tags`."""
        return self._ask(Services(_maybe("datacenter", datacenter)), ())

    def nodes(self, datacenter: str | None = None, near: str | None = None) -> tuple[CatalogNode, ...]:
        """All machines with an agent: `name`, `address`, `datacenter`, `meta`."""
        return tuple(
            catalog.node(one) for one in self._ask(Nodes(_maybe("datacenter", datacenter), near=_maybe("near", near)), ())
        )

    def datacenters(self) -> tuple[str, ...]:
        """The names of all datacenters."""
        return self._ask(Datacenters(), ())

    def key(self, path: str, datacenter: str | None = None) -> str:
        """The value of a key. The template waits until there is one."""
        asked = Key(_maybe("datacenter", datacenter), _path("key", path))
        pair = self._ask(asked, _NOTHING_YET)
        if pair is None:
            self._wait(f"{asked}: it is not there")
        return "" if pair is None else pair.value

    def key_or_default(self, path: str, default: Any, datacenter: str | None = None) -> Any:
        """The value of a key, `default` while there is none."""
        pair = self._ask(Key(_maybe("datacenter", datacenter), _path("key_or_default", path)), None)
        return default if pair is None else pair.value

    def key_exists(self, path: str, datacenter: str | None = None) -> bool:
        """Whether there is such a key."""
        return self._ask(Key(_maybe("datacenter", datacenter), _path("key_exists", path)), None) is not None

    def ls(self, path: str = "", datacenter: str | None = None) -> tuple[KeyValue, ...]:
        """The keys right in a folder: `key` (the name in it), `value`, `path`."""
        return tuple(pair for pair in self.tree(path, datacenter) if "/" not in pair.key)

    def tree(self, path: str = "", datacenter: str | None = None) -> tuple[KeyValue, ...]:
        """All keys below a folder."""
        folder = _folder(path)
        return catalog.below(folder, self._ask(Pairs(_maybe("datacenter", datacenter), folder), ()))

    def safe_ls(self, path: str = "", datacenter: str | None = None) -> tuple[KeyValue, ...]:
        """As `ls`, but never none: the template waits for the first."""
        return self._some(path, self.ls(path, datacenter))

    def safe_tree(self, path: str = "", datacenter: str | None = None) -> tuple[KeyValue, ...]:
        """As `tree`, but never none."""
        return self._some(path, self.tree(path, datacenter))

    def env(self, name: str, default: Any = _ABSENT) -> Any:
        """A variable of the environment; without it the default, and without that an error."""
        value = self._sources.environ.get(_text("env", name), default)
        if value is _ABSENT:
            raise TemplateRuntimeError(f"env: {name} is not set; give a default, as in env({name!r}, '')")
        return value

    def file(self, path: str, default: Any = _ABSENT) -> Any:
        """What a file holds. While it can't be read it is the default, and without that the template waits."""
        found = self._sources.file(_text("file", path))
        self.files.add(found.path)
        if found.trouble is None:
            return found.text
        if default is _ABSENT:
            self._wait(f"the file {path}: {found.trouble}")
            return ""
        return default

    def _ask(self, query: Query[Said], instead: Instead) -> Said | Instead:
        self.queries.add(query)
        answer = self._sources.view.to(query)
        if isinstance(answer, Unknown):
            self._wait(f"{query}: {answer.trouble or 'Consul has not answered yet'}")
            return instead
        return answer.said

    def _some(self, path: str, pairs: tuple[KeyValue, ...]) -> tuple[KeyValue, ...]:
        if not pairs and not self.waiting:
            self._wait(f"keys under {path}: there is none")
        return pairs

    def _wait(self, what: str) -> None:
        self.waiting[what] = None


def _statuses(status: str | Iterable[str]) -> frozenset[str]:
    given = [status] if isinstance(status, str) else list(status)
    wrong = [one for one in given if one not in (*Health, "any")]
    if wrong or not given:
        said = ", ".join(map(repr, wrong)) or "empty"
        raise TemplateRuntimeError(f"service: status is {said}; allowed: one or several of {', '.join(Health)}, or any")
    return frozenset(Health) if "any" in given else frozenset(given)


def _service_name(name: str) -> str:
    name = _text("service", name)
    if not name or name in (".", "..") or set(name) & set("/@|~"):
        hint = "where it is and how it fares are arguments, as in service('web', datacenter='east', status='any')"
        raise TemplateRuntimeError(f"service: {name!r} is no name of a service; {hint}")
    return name


def _path(function: str, path: str) -> str:
    path = _text(function, path).lstrip("/")
    if not path or {".", ".."} & set(path.split("/")):
        raise TemplateRuntimeError(f"{function}: {path!r} is no path of a key")
    return path


def _folder(path: str) -> str:
    path = _text("ls or tree", path).strip("/")
    return f"{_path('ls or tree', path)}/" if path else ""


def _maybe(name: str, value: str | None) -> str | None:
    return None if value is None else _text(name, value)


def _text(name: str, value: object) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises, and says which name is undefined
    if not isinstance(value, str):
        raise TemplateRuntimeError(f"{name}: {value!r} is no text")
    return str(value)


def _refusing(name: str, why: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise TemplateRuntimeError(f"{name}: {why}")

    return refuse
