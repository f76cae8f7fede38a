"""`python -m worker`: run a worker. `--settings` prints the settings' page instead."""

import os
import sys

from contract import serving
from contract.settings import SettingsError, markdown
from discovery.access import access_from
from worker.app import create_app
from worker.settings import WorkerSettings

WRONG_USE = 2


def main(arguments: list[str]) -> int:
    """Run until SIGTERM; the exit status."""
    if arguments == ["--settings"]:
        sys.stdout.write(markdown("worker", WorkerSettings))
        return 0
    if arguments:
        return _fail("python -m worker takes no arguments but --settings; settings are environment variables")
    try:
        settings = WorkerSettings.read(os.environ)
        tls = settings.tls()
        app = create_app(settings, access_from(os.environ))
        listening = serving.listen(settings.host, settings.port, "PORT")
    except OSError as error:
        return _fail(f"Consul is not to be reached from here ({error}): look at CONSUL_HTTP_ADDR, or set ADVERTISE_HOST")
    except (SettingsError, ValueError, serving.PortTakenError) as error:
        return _fail(str(error))
    serving.log_to_stderr(settings.log_level)
    serving.serve(app, listening, tls)
    return 0


def _fail(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return WRONG_USE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
