"""What is right and wrong about the gateway that is asked, by what it says.

Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from discovery.dials import Dial
from nearway.doctor.finding import Finding, ok, warning, wrong
from nearway.look.report import Report

OLD = 60.0
"""Seconds. Consul confirms what it said twice a minute at least."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The gateway at `url`: its report, or why it gave none; and by how much our clock is ahead of its, in seconds."""

    url: str
    report: Report | None = None
    trouble: str = ""
    ahead: float | None = None


def of_gateway(asked: Asked, dials: Mapping[str, Dial]) -> Iterator[Finding]:
    """Whether it answers, hears Consul, and sees the `dials` that are kept there."""
    check, report = f"gateway {asked.url}", asked.report
    if report is None:
        yield wrong(
            check, asked.trouble, "start it, or say with --gateway or NEARWAY_URL which is meant; --no-gateway leaves it out"
        )
        return
    if report.is_blank:
        yield wrong(check, "it has heard nothing of Consul yet", "look at its log, and at its CONSUL_HTTP_ADDR")
        return
    taking = sum(region.takes_tasks for region in report.regions)
    if not taking:
        yield wrong(check, f"none of {len(report.regions)} regions takes tasks", "`nearway status` says of each why")
    else:
        yield ok(check, f"{taking} of {len(report.regions)} regions take tasks; {report.in_flight} tasks in flight")
    for region in report.regions:
        if region.heard is None or region.heard > OLD:
            age = "never" if region.heard is None else f"{region.heard:.0f} s ago"
            mend = "look at the Consul servers of that region's datacenter"
            yield warning(
                f"view of {region.name}", f"Consul was last heard of it {age}: {region.trouble or 'no reason is told'}", mend
            )
    yield from _of_dials(report, dials)


def _of_dials(report: Report, dials: Mapping[str, Dial]) -> Iterator[Finding]:
    seen = {region.name: region.share for region in report.regions}
    unseen = [name for name, dial in dials.items() if name in seen and seen[name] != dial.share]
    if unseen:
        mend = "give its token key:read under nearway/dials/, as deploy/consul/gateway.hcl does"
        yield wrong("dials", f"the gateway does not follow the dials kept in Consul of {', '.join(unseen)}", mend)
