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
from worker.app import create_app
from worker.settings import WorkerSettings

WRONG_USE = 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    return program_line(
        "worker",
        "A worker: it takes tasks, submits them to the solving API, and registers itself in Consul.",
        "REGION=us-east CAPTCHAAI_API_KEY=0123456789abcdef0123456789abcdef nearway worker",
        "0 after leaving in order, 2 when a setting is wrong or the port is taken",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM; the exit status."""
    if parser().parse_args(arguments).settings:
        sys.stdout.write(markdown("worker", WorkerSettings))
        return 0
    try:
        settings = WorkerSettings.read(os.environ)
        tls = settings.tls()
        app = create_app(settings, access_from(os.environ), exporter(os.environ, "nearway-worker"))
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
