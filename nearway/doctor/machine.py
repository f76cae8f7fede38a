"""What is right and wrong about this machine, and about the settings the programs would start with.

Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from contract.room import FOR_OTHERS, USUAL
from nearway.doctor.finding import Finding, ok, warning, wrong

SOON = timedelta(days=21)
"""Before a certificate's end."""

RENEW = "put a new one there, and restart the programs that read it"


@dataclass(frozen=True, slots=True)
class Port:
    """Where a program would listen, and the setting that says so.

    `trouble` is why it can't, None when it can; `held_by` is the command line of who listens there, where that can be seen.
    """

    program: str
    address: str
    setting: str
    trouble: str | None = None
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A file that a setting names: when the first of its certificates ends to be valid, or why that is not known."""

    setting: str
    path: str
    ends: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A program that was asked to look at its settings, or at something for us: its exit status, and what it said."""

    program: str
    status: int
    said: str


def of_files(most: int) -> Finding:
    """How many files a process may have open: each connection of a client may take two."""
    if most < 2 * USUAL + FOR_OTHERS:
        room = max(1, (most - FOR_OTHERS) // 2)
        mend = f"raise it to {2 * USUAL + FOR_OTHERS} or more (ulimit -n, LimitNOFILE), or be content with MAX_CONNECTIONS={room}"
        return warning("open files", f"{most} may be open: room for {room} connections", mend)
    return ok("open files", f"{most} may be open")


def of_port(port: Port) -> Finding:
    """Whether a program could listen; one that runs already may do so itself."""
    check = f"port {port.address}"
    if port.trouble is None:
        return ok(check, f"it is free for the {port.program}")
    if port.held_by is not None and is_program(port.program, port.held_by):
        return ok(check, f"a {port.program} listens there: {port.held_by}")
    held = f", held by {port.held_by}" if port.held_by else ""
    return wrong(
        check, f"the {port.program} can't listen there: {port.trouble}{held}", f"stop what holds it, or change {port.setting}"
    )


def is_program(name: str, command: str) -> bool:
    """Whether a command line is one of a program of ours; a renderer's port is its nginx's."""
    words = [Path(word).name for word in command.split()]
    started = any(pair in (("-m", name), ("nearway", name)) for pair in pairwise(words))
    return started or (name == "renderer" and "nginx" in command)


def of_certificate(certificate: Certificate, now: datetime) -> Finding:
    """Whether it is valid for a while yet."""
    check = f"certificate {certificate.path}"
    if certificate.ends is None:
        return wrong(check, f"{certificate.setting}: {certificate.trouble}", "put a certificate in PEM there")
    day = certificate.ends.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if certificate.ends <= now:
        return wrong(check, f"{certificate.setting}: it ended on {day}", RENEW)
    if certificate.ends - now < SOON:
        return warning(check, f"{certificate.setting}: it ends on {day}", RENEW)
    return ok(check, f"{certificate.setting}: it is valid until {day}")


def of_settings(tried: Tried) -> Iterator[Finding]:
    """Whether a program would start with these settings, a finding for each line it has against them."""
    check = f"settings of the {tried.program}"
    if tried.status == 0:
        yield ok(check, tried.said.strip().replace("\n", "; ") or "they can be used")
        return
    silent = f"it ended with status {tried.status} and said nothing"
    for line in [line for line in tried.said.splitlines() if line.strip()] or [silent]:
        yield wrong(check, line, f"docs/settings.md#{tried.program} says what each setting must be")


def of_ledger(tried: Tried) -> Finding:
    """Whether the ledger can be read."""
    said = tried.said.strip().removeprefix("nearway tasks: ")
    if tried.status == 0:
        return ok("ledger", "it can be read")
    if "no ledger" in said:
        return warning("ledger", said, "set LEDGER_URL or STATE_DIRECTORY, so that what was paid for is known after a crash")
    if "no such file" in said:
        return warning("ledger", said, "a gateway makes it when it first starts; until then all is well")
    return wrong("ledger", said, "look at LEDGER_URL and STATE_DIRECTORY: docs/ledger.md")


def of_account(tried: Tried) -> Finding:
    """Whether the solving API lets the account in. Asking is free."""
    if tried.status == 0:
        return ok("account", tried.said.strip())
    return wrong(
        "account", tried.said.strip(), "look at CAPTCHAAI_API_KEY, CAPTCHAAI_URL and the plan: docs/errors.md has the codes"
    )
