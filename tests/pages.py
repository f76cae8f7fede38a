"""What is made from the code, pages of docs/ above all: `python -m tests.pages` writes it, a test holds it up to date."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from prometheus_client import CollectorRegistry, Info
from pydantic import BaseModel

from contract.codes import CODES
from contract.exposition import new_registry
from contract.settings import markdown
from discovery.query import OwnDatacenter
from discovery.view import View
from gateway.choose import Scene
from gateway.config import GatewayConfig
from gateway.gauges import Gauges, Moment
from gateway.ledger.metrics import LedgerMetrics
from gateway.metrics import Metrics
from gateway.policy import Policy
from gateway.settings import GatewaySettings
from gateway.standing import Standing
from nearway.asking.target import VARIABLES
from nearway.commands import COMMANDS
from renderer.report import Families as RendererFamilies
from renderer.report import Report
from renderer.settings import RendererSettings
from renderer.telling import Record
from renderer.tool.report import Families as RenderFamilies
from renderer.tool.report import Report as RenderReport
from tests.command_page import command_page
from tests.completion import bash, fish, zsh
from tests.completion.described import described
from worker import codes as api
from worker.metrics import Metrics as WorkerMetrics
from worker.settings import WorkerSettings

HOME = Path(__file__).resolve().parents[1]
DOCS = HOME / "docs"


def policy_rows(cls: type[BaseModel], table: str = "") -> list[str]:
    """A row for each key of the gateway's policy file, those of its tables below the tables' own."""
    rows = []
    for name, field in cls.model_fields.items():
        inner = [one for one in get_args(field.annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
        default = (
            "required" if field.is_required() else "none" if field.default in (None, ()) else f"`{json.dumps(field.default)}`"
        )
        rows.append(f"| `{table}{name}` | {default} | {field.description} |")
        rows += [row for one in inner for row in policy_rows(one, f"{table}{name}[].")]
    return rows


def settings_page() -> str:
    """docs/settings.md."""
    policy = """### The gateway's policy file

TOML, named by `GATEWAY_CONFIG`. An unknown key or a wrong value ends the program at once when it starts. A file that is changed
later takes effect within about a second, but for `route`, `geoip` and what would let everybody in; a wrong one changes
nothing, and the log says what is wrong ([docs/tenants.md](tenants.md#changing-the-file)).

| key | default | meaning |
|---|---|---|
"""
    variables = [f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()]
    sections = [
        markdown("gateway", GatewaySettings),
        policy + "\n".join(policy_rows(GatewayConfig)) + "\n",
        markdown("worker", WorkerSettings),
        markdown("renderer", RendererSettings),
        "\n".join(["## The command line", "", "| variable | meaning |", "|---|---|", *variables]) + "\n",
    ]
    return f"""# Settings

Made by `make docs` from the programs' own tables; `python -m <program> --settings` prints a section.

Settings are environment variables. An empty variable counts as not set. A wrong value ends the program at once with exit
status 2 and a line per fault; nothing is ever replaced by a default in silence.

All programs know Consul's standard variables: `CONSUL_HTTP_ADDR` (several addresses, separated by commas, are tried in
turn), `CONSUL_HTTP_TOKEN`, `CONSUL_HTTP_TOKEN_FILE` (a file that holds it, read at the start; it counts where both are set),
`CONSUL_HTTP_SSL`, `CONSUL_HTTP_SSL_VERIFY`, `CONSUL_CACERT`, `CONSUL_CLIENT_CERT` and `CONSUL_CLIENT_KEY`. A program registers
itself with the agent at the first address. What its token must allow is in [consul-acl.md](consul-acl.md).

Gateway and worker know OpenTelemetry's, of traces: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`,
`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED` and their kin ([how](operations.md#traces)).

{chr(10).join(sections)}"""


def errors_page() -> str:
    """docs/errors.md."""
    ours = [f"| `{row.name}` | {row.status} | {row.submitted} | {row.title}. | {row.advice} |" for row in CODES.values()]
    theirs = [f"| `{row.name}` | {row.kind} | {row.status} | {row.title}. | {row.advice} |" for row in api.CODES.values()]
    return f"""# Error codes

Made by `make docs` from `contract/codes.py` and `worker/codes.py`.

Every error is `application/problem+json` (RFC 9457) with the code in the member `error`, and carries the header
`Task-Submitted`: `no` (nothing was spent: the same task may be sent again), `yes` (it is paid for: do not send it again) or
`unknown` (it may be: send it again only if paying twice is better than not having it).

## Ours

The column is what the code says by itself; a part that knows more says so in the header. `SUBMISSION_UNKNOWN` is 502 at the
gateway: there it is the region that gave no telling answer.

| code | status | `Task-Submitted` | what happened | what to do |
|---|---|---|---|---|
{chr(10).join(ours)}

## The solving API's

They travel unchanged in the same member, also those that are in no list. Refused before the task was taken, they mean
`Task-Submitted: no`; once it was taken, `yes`. `busy`, `pace` and `transient` refusals are tried again by the worker within
the task's time; a caller sees them only when that was in vain, as `SOLVER_BUSY`. `account` and `blocked` pause the worker
for a while: `SOLVER_PAUSED`.

| code | class | status | what happened | what to do |
|---|---|---|---|---|
{chr(10).join(theirs)}
"""


def families(collectors: Iterable[Any]) -> Iterator[tuple[str, str, str, str]]:
    """Name, kind, labels and meaning of each metric that these collectors have, one that has no samples yet included."""
    for collector in collectors:
        for family in collector.collect():
            labels: tuple[str, ...] = getattr(family, "_labelnames", ()) or getattr(collector, "_labelnames", ())
            if isinstance(collector, Info):
                labels = ("version",)
            name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
            yield name, family.type, ", ".join(f"`{label}`" for label in labels), family.documentation


def programs_metrics() -> dict[str, list[tuple[str, str, str, str]]]:
    """Each program's metrics, by the headline they stand under."""
    gateway, worker = Metrics(), WorkerMetrics()
    LedgerMetrics(gateway.registry)
    common = list(families(new_registry()._collector_to_names))
    render = RenderReport((), View().answered(OwnDatacenter(), "", 0.0), True, 0, 0.0, 0.0)

    def own(registry: CollectorRegistry) -> list[tuple[str, str, str, str]]:
        return [one for one in families(registry._collector_to_names) if one not in common and not one[0].startswith("process_")]

    return {
        "Of every program": common,
        "Of a gateway, at `/metrics`": sorted([*own(gateway.registry), *families([Gauges(lambda: MOMENT, str)])]),
        "Of a worker, at `/metrics`": sorted(own(worker.registry)),
        "Of a renderer, at `/metrics` of `STATUS_LISTEN`": sorted(families([RendererFamilies(EVERYTHING)])),
        "Of `nearway render`, at `/metrics` of its `status`": sorted(families([RenderFamilies(render)])),
    }


MOMENT = Moment(View(), Scene({}, Standing(), Policy(), 0.0), {}, 0.0)
"""A gateway that knows nothing yet."""

EVERYTHING = Report(
    region="us-east",
    record=Record(rendered_at=0.0, reloaded_at=0.0, failed_at=0.0),
    workers=0,
    slots=0,
    heard=0.0,
    consul_trouble=None,
    consul_failures=0,
    nginx_answers=True,
    nginx_starts=0,
    old_processes=0,
    now=0.0,
    wall=0.0,
)
"""A renderer of which all is known, so that every metric is there."""


def metrics_page() -> str:
    """docs/metrics.md."""
    sections = []
    for title, rows in programs_metrics().items():
        head = [f"## {title}", "", "| metric | kind | labels | meaning |", "|---|---|---|---|"]
        lines = (f"| `{name}` | {kind} | {labels or 'none'} | {text} |" for name, kind, labels, text in rows)
        sections.append("\n".join([*head, *lines]) + "\n")
    return f"""# Metrics

Made by `make docs` from the programs' own registries.

Prometheus' text format, in its base units (seconds, bytes), and none of it secret. Labels are bounded: `outcome`, `method` and
`code` by our tables; of the regions in Consul the first 100 have series of their own and all others count as `other`; `tenant` is
there only for configured tenants. No series is there once for each worker: a worker tells of itself.
[deploy/observability](../deploy/observability) has what to scrape, alerts with their tests, and a dashboard.

{chr(10).join(sections)}"""


PAGES = {"cli.md": command_page, "metrics.md": metrics_page, "settings.md": settings_page, "errors.md": errors_page}

SCRIPTS = {"nearway.bash": bash.script, "nearway.zsh": zsh.script, "nearway.fish": fish.script}
"""What completes commands, in each shell."""


def made() -> dict[Path, str]:
    """Everything that is made, by where it is written."""
    commands = [described(command) for command in COMMANDS.values()]
    pages = {DOCS / name: make() for name, make in PAGES.items()}
    return {**pages, **{HOME / "nearway" / "completion" / name: script(commands) for name, script in SCRIPTS.items()}}


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text)
