"""From the region and its servers to nginx's configuration, by a Jinja2 template. Pure but for reading the template.

Nothing reaches our own template but values of checked types: addresses made of parsed IP addresses and numbers, the region
file's enums and durations, and the paths in `Host`, which `quoted` refuses when nginx could misread them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from contract.at import mark
from contract.ids import REQUEST_ID, TASK_ID
from contract.problem import Problem, problem
from contract.route_path import METHODS
from contract.token import CHALLENGE
from renderer.duration import Duration
from renderer.engine import Faulty, Outcome, Page, Rendered
from renderer.filters import nginx_quoted
from renderer.reading import Sources
from renderer.region import Region
from renderer.ring import MOST_MORE, ring
from renderer.tokens import NO_TOKENS, TokenFile
from renderer.upstreams import Server, Upstreams

PACKAGED = Path(__file__).parent.parent / "templates" / "nginx" / "region.conf.j2"

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request's body that nginx takes."""

RETRY_AFTER = 2
"""Seconds after which a full region is worth another try."""


NOTHING = Sources()


class RenderError(Exception):
    """The template can't be rendered; the text says where and why."""


AccessLog = Literal["file", "stdout", "off"]


@dataclass(frozen=True, slots=True)
class Host:
    """What the configuration needs to know of the machine. `user` is whom nginx's workers run as; None unless root starts it.

    `access_log` is where nginx writes a line per request.
    """

    run_dir: Path
    user: str | None
    open_files: int
    access_log: AccessLog = "file"
    tokens: TokenFile = NO_TOKENS


def render(template: Path, region: Region, upstreams: Upstreams, host: Host) -> str:
    """The configuration's text: the same bytes for the same region, servers and host. RenderError when the template is wrong.

    For a template that asks for nothing else, as ours.
    """
    outcome = evaluate(template, region, upstreams, host)
    if isinstance(outcome, Rendered):
        return outcome.text
    raise RenderError(outcome.reason if isinstance(outcome, Faulty) else f"{template}: waits for {'; '.join(outcome.waiting)}")


def evaluate(template: Path, region: Region, upstreams: Upstreams, host: Host, sources: Sources = NOTHING) -> Outcome:
    """The same for any template: besides the region's own names it has all that templates have (`reading.py`)."""
    outcome = page(template).render(sources, _names(region, upstreams, host))
    return replace(outcome, text=_tidy(outcome.text)) if isinstance(outcome, Rendered) else outcome


def _tidy(text: str) -> str:
    """Without the blank lines that macros and branches leave."""
    # Written with what it begins with, `re` looks for that first: twenty times as quick in a text of megabytes.
    return re.sub(r"\n\n+( *})", r"\n\1", re.sub(r"\n\n\n+", "\n\n", text))


@cache
def page(template: Path) -> Page:
    """The template, with the filters for nginx."""
    return Page(
        template,
        filters={"quoted": nginx_quoted, "body": body, "zone": zone, "hash_size": hash_size, "mark": mark},
        records=(Server,),
    )


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
        "route_methods": METHODS,
        "host": host,
        "request_id": REQUEST_ID,
        "task_id": TASK_ID,
        "tokens": host.tokens,
        "challenge": CHALLENGE,
        "connections": connections(host.open_files),
        "largest_body": LARGEST_BODY,
        "retry_after": RETRY_AFTER,
        "longest": region.balancer.read_timeout + Duration(20_000),
        "moving_on": region.balancer.connect_timeout + region.balancer.connect_timeout,
    }


def body(answer: Problem) -> str:
    """A problem's JSON as a string of nginx's configuration; `$` is written as JSON's escape."""
    return nginx_quoted(answer.body().decode("ascii").replace("$", "\\u0024"))


def zone(servers: Sequence[Server]) -> str:
    """Shared memory for a group: 64 KiB hold 50 servers and 2 MiB 2,000, so 2 KiB each are ample."""
    return f"{max(128, 2 * len(servers))}k"


def hash_size(entries: Sequence[object]) -> int:
    """`map_hash_max_size` for so many entries: a power of two of twice as many."""
    return max(2_048, 1 << (2 * len(entries)).bit_length())


def connections(open_files: int) -> int:
    """`worker_connections` for so many open files: a held request takes two; some files are for other things."""
    return max(512, min(16_384, open_files - 64))
