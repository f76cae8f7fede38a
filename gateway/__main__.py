"""`python -m gateway`: run a gateway. `--settings` prints its settings as a page."""

import argparse
import os
import sys
from collections.abc import Sequence

from contract import logs
from contract.command_line import program_line
from contract.export import exporter
from contract.serving import PortTakenError, listen, serve
from contract.settings import SettingsError, markdown
from discovery.access import access_from
from discovery.records import host_port
from gateway.app import create_app
from gateway.config import check_exposure, read_config
from gateway.gateway import Gateway
from gateway.ledger.ledger import taken
from gateway.settings import GatewaySettings


def parser() -> argparse.ArgumentParser:
    """The command line."""
    return program_line(
        "gateway",
        "The global gateway: it carries each task to the nearest healthy region with a free slot.",
        "CONSUL_HTTP_ADDR=10.0.0.5:8500,10.1.0.5:8500 nearway gateway",
        "0 after leaving in order, 2 when a setting is wrong or the port is taken",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM; 2 when a setting is wrong."""
    options = parser().parse_args(arguments)
    if options.settings:
        sys.stdout.write(markdown("gateway", GatewaySettings))
        return 0
    try:
        settings = GatewaySettings.read(os.environ)
        tls = settings.tls()
        access = access_from(os.environ)
        config = read_config(settings.gateway_config)
        check_exposure(str(settings.host), config)
        app = create_app(Gateway(settings, config, access, exporter(os.environ, "nearway-gateway")), settings, access)
        if options.check:
            sys.stdout.write(f"they can be used; it would listen on {host_port(str(settings.host), settings.port)}\n")
            return 0
        listening = listen(str(settings.host), settings.port, "PORT")
        ledger = taken(settings.ledger)
    except OSError as error:
        sys.stderr.write(f"There is no way to Consul ({error}): look at CONSUL_HTTP_ADDR, or set ADVERTISE_HOST\n")
        return 2
    except (SettingsError, ValueError, PortTakenError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logs.start(settings.log_level, settings.log_format)
    with ledger:
        serve(app, listening, tls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
