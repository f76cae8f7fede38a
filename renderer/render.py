"""From the region and its servers to nginx's configuration, by a Jinja2 template. Pure but for reading the template.

Nothing reaches the template but values of checked types: addresses made of parsed IP addresses and numbers, the region
file's enums and durations, and the paths in `Host`, which `quoted` refuses when nginx could misread them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from contract.problem import Problem, problem
from renderer.duration import Duration
from renderer.region import Region
from renderer.ring import MOST_MORE, ring
from renderer.upstreams import Server, Upstreams

PACKAGED = Path(__file__).parent.parent / "templates" / "nginx" / "region.conf.j2"

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request's body that nginx takes."""

RETRY_AFTER = 2
"""Seconds after which a full region is worth another try."""


_FIELDS = frozenset(field.name for field in fields(Server))


class RenderError(Exception):
    """The template can't be rendered; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the configuration needs to know of the machine. `user` is whom nginx's workers run as; None unless root starts it."""

    run_dir: Path
    user: str | None
    open_files: int


def render(template: Path, region: Region, upstreams: Upstreams, host: Host) -> str:
    """The configuration's text: the same bytes for the same region, servers and host. RenderError when the template is wrong."""
    try:
        text = _environment(template.parent).get_template(template.name).render(_names(region, upstreams, host))
    except TemplateNotFound as error:
        raise RenderError(f"{template}: there is no {error.name} in {template.parent}") from error
    except TemplateSyntaxError as error:
        raise RenderError(f"{error.filename or template}, line {error.lineno}: {error.message}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, OSError) as error:
        raise RenderError(f"{template}: {error}") from error
    return _tidy(text)


def _tidy(text: str) -> str:
    """Without the blank lines that macros and branches leave."""
    # Written with what it begins with, `re` looks for that first: twenty times as quick in a text of megabytes.
    return re.sub(r"\n\n+( *})", r"\n\1", re.sub(r"\n\n\n+", "\n\n", text))


class _Environment(SandboxedEnvironment):
    """The sandbox, quicker about what there may be thousands of: a server's fields hold nothing to be kept from a template."""

    def getattr(self, obj: object, attribute: str) -> object:
        return getattr(obj, attribute) if type(obj) is Server and attribute in _FIELDS else super().getattr(obj, attribute)


@cache
def _environment(folder: Path) -> SandboxedEnvironment:
    environment = _Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # it is no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(quoted=quoted, body=body, zone=zone, hash_size=hash_size)
    return environment


def _names(region: Region, upstreams: Upstreams, host: Host) -> dict[str, object]:
    return {
        "region": region,
        "balancer": region.balancer,
        "servers": upstreams.servers,
        "resumable": upstreams.resumable,
        "slots": sum(server.slots for server in upstreams.servers),
        "ring": list(ring(server.address for server in upstreams.servers)),
        "most_more": MOST_MORE,
        "problem": problem,
        "host": host,
        "connections": connections(host.open_files),
        "largest_body": LARGEST_BODY,
        "retry_after": RETRY_AFTER,
        "longest": region.balancer.read_timeout + Duration(20_000),
        "moving_on": region.balancer.connect_timeout + region.balancer.connect_timeout,
    }


def quoted(text: object) -> str:
    """A string of nginx's configuration. ValueError for what nginx has no way to write: `$` and control characters."""
    string = str(text)
    if "$" in string or not string.isprintable():
        raise ValueError(f"{string!r} can't be written into nginx's configuration: it holds `$` or what can't be printed")
    escaped = string.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def body(answer: Problem) -> str:
    """A problem's JSON as a string of nginx's configuration; `$` is written as JSON's escape."""
    return quoted(answer.body().decode("ascii").replace("$", "\\u0024"))


def zone(servers: Sequence[Server]) -> str:
    """Shared memory for a group: 64 KiB hold 50 servers and 2 MiB 2,000, so 2 KiB each are ample."""
    return f"{max(128, 2 * len(servers))}k"


def hash_size(entries: Sequence[object]) -> int:
    """`map_hash_max_size` for so many entries: a power of two of twice as many."""
    return max(2_048, 1 << (2 * len(entries)).bit_length())


def connections(open_files: int) -> int:
    """`worker_connections` for so many open files: a held request takes two; some files are for other things."""
    return max(512, min(16_384, open_files - 64))
