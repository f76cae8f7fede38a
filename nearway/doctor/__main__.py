"""`nearway doctor`."""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from datetime import UTC, datetime

from rich.text import Text

from contract import __version__
from contract.printable import printable
from contract.room import open_files
from discovery.access import access_from
from nearway.asking.target import Target, TargetError, target_from
from nearway.doctor import consul, machine, registered, served
from nearway.doctor.arguments import parser
from nearway.doctor.asking import Told, ask_consul, ask_gateway
from nearway.doctor.finding import Finding, Level, worst, wrong
from nearway.doctor.looking import SETTING, certificates, port_of, tried
from nearway.doctor.machine import Tried
from nearway.doctor.served import Asked
from nearway.screen import screen, show

__all__ = ["main", "parser"]

WRONG = 1
WRONG_USE = 2

_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.WRONG: "red"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, and say what was found; the exit status."""
    options = parser().parse_args(arguments)
    programs = _programs(options)
    if "renderer" in programs and options.region_file is None:
        return _fail("--for renderer needs --region-file")
    try:
        target = None if options.no_gateway else target_from(options, os.environ)
    except TargetError as error:
        return _fail(str(error))
    found = asyncio.run(_look(options, programs, target))
    if options.json:
        print(json.dumps([{"check": one.check, "level": one.level, "what": one.what, "mend": one.mend} for one in found]))
    else:
        show(screen(colours=not options.no_color), list(_lines(found)))
    return WRONG if worst(found) is Level.WRONG else 0


def _programs(options: argparse.Namespace) -> list[str]:
    """Those that are asked about, each once."""
    meant = [*options.programs, *(["renderer"] if options.region_file else []), *(["worker"] if options.account else [])]
    return list(dict.fromkeys(meant or ["gateway"]))


async def _look(options: argparse.Namespace, programs: Sequence[str], target: Target | None) -> list[Finding]:
    try:
        told = await ask_consul(access_from(os.environ), programs)
    except ValueError as error:
        told, setting = Told(()), [wrong("settings of Consul", str(error), "docs/settings.md has its variables")]
    else:
        setting = []
    asked = None if target is None else await asyncio.to_thread(ask_gateway, target)
    tries = await asyncio.gather(*_tries(options, programs))
    return [*setting, *_of_consul(told), *_of_gateway(asked, told), *_of_machine(options, tries)]


def _tries(options: argparse.Namespace, programs: Sequence[str]) -> Iterator[Awaitable[Tried]]:
    """The programs of ours that look for us, by their names."""
    for name in programs:
        if name in SETTING:
            yield tried(name, name, *([str(options.region_file)] if name == "renderer" else []), "--check")
    if "gateway" in programs:
        yield tried("ledger", "gateway.ledger", "tasks", "--most", "1", "--json")
    if options.account:
        yield tried("account", "worker", "--check-account")


TOKENS = ("CONSUL_HTTP_TOKEN", "CONSUL_HTTP_TOKEN_FILE")


def _of_consul(told: Told) -> Iterator[Finding]:
    yield from consul.of_agents(told.agents)
    if told.trouble:
        yield wrong("token", told.trouble, "look at CONSUL_HTTP_TOKEN: docs/consul-acl.md")
    if told.trouble or not any(agent.about for agent in told.agents):
        return
    yield from consul.of_datacenters(told.view)
    for program, lacking in told.lacking.items():
        yield from consul.of_rights(program, lacking, has_token=any(map(os.environ.get, TOKENS)))
    yield from registered.of_regions(told.view)
    yield from registered.of_left_out(told.view)
    yield from registered.of_gateways(told.gateways)
    yield from registered.of_versions(__version__, told.view, told.gateways)


def _of_gateway(asked: Asked | None, told: Told) -> Iterator[Finding]:
    if asked is not None:
        yield from served.of_gateway(asked, told.view.dials()[0])
        yield from consul.of_clock(f"the gateway at {asked.url}", asked.ahead)


def _of_machine(options: argparse.Namespace, tries: Sequence[Tried]) -> Iterator[Finding]:
    for one in tries:
        if one.program in SETTING:
            yield from machine.of_settings(one)
            port = port_of(one)
            if port is not None:
                yield machine.of_port(port)
        else:
            yield machine.of_ledger(one) if one.program == "ledger" else machine.of_account(one)
    yield machine.of_files(open_files())
    for certificate in certificates(os.environ, options.region_file):
        yield machine.of_certificate(certificate, datetime.now(UTC))


def _lines(found: Sequence[Finding]) -> Iterator[Text]:
    """A line for each, what to do below it, and how many there are of each kind."""
    for one in found:
        yield Text(f"{one.level:8} ", style=_STYLES[one.level]) + Text(printable(f"{one.check}: {one.what}"))
        if one.mend is not None:
            yield Text(f"{'':8} mend it so: {printable(one.mend)}")
    counted = Counter(one.level for one in found)
    yield Text(", ".join(f"{counted[level]} {level}" for level in Level))


def _fail(why: str) -> int:
    print(f"nearway doctor: {why}", file=sys.stderr)
    return WRONG_USE


if __name__ == "__main__":
    sys.exit(main())
