"""`python -m worker`: run a worker. `--settings` prints the settings' page instead."""

import argparse
import os
import sys
from collections.abc import Sequence

from contract import logs, serving
from contract.command_line import program_line
from contract.export import exporter
from contract.settings import SettingsError, markdown
from discovery.access import access_from
from discovery.records import host_port
from worker.app import create_app
from worker.checking import check_account
from worker.settings import WorkerSettings

WRONG_USE = 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = program_line(
        "worker",
        "A worker: it takes tasks, submits them to the solving API, and registers itself in Consul.",
        "REGION=us-east CAPTCHAAI_API_KEY=0123456789abcdef0123456789abcdef nearway worker",
        "0 after leaving in order, 1 when the API does not let the account in (--check-account), 2 when a setting is wrong or "
        "the port is taken",
    )
    made.add_argument(
        "--check-account", action="store_true", help="the same, and ask the API for threads and balance, which costs nothing"
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM; the exit status."""
    options = parser().parse_args(arguments)
    if options.settings:
        sys.stdout.write(markdown("worker", WorkerSettings))
        return 0
    try:
        settings = WorkerSettings.read(os.environ)
        tls = settings.tls()
        app = create_app(settings, access_from(os.environ), exporter(os.environ, "nearway-worker"))
        if options.check_account:
            return check_account(settings)
        if options.check:
            sys.stdout.write(f"they can be used; it would listen on {host_port(settings.host, settings.port)}\n")
            return 0
        listening = serving.listen(settings.host, settings.port, "PORT")
    except OSError as error:
        return _fail(f"Consul is not to be reached from here ({error}): look at CONSUL_HTTP_ADDR, or set ADVERTISE_HOST")
    except (SettingsError, ValueError, serving.PortTakenError) as error:
        return _fail(str(error))
    logs.start(settings.log_level, settings.log_format)
    serving.serve(app, listening, tls)
    return 0


def _fail(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return WRONG_USE


if __name__ == "__main__":
    sys.exit(main())
