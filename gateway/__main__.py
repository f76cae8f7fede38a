"""`python -m gateway`: run a gateway. `--settings` prints its settings as a page."""

import os
import sys

from contract.serving import PortTakenError, listen, log_to_stderr, serve
from contract.settings import SettingsError, markdown
from discovery.access import access_from
from gateway.app import create_app
from gateway.config import check_exposure, read_config
from gateway.gateway import Gateway
from gateway.ledger.ledger import taken
from gateway.settings import GatewaySettings


def main() -> int:
    """Run until SIGTERM; 2 when a setting is wrong."""
    if sys.argv[1:] == ["--settings"]:
        sys.stdout.write(markdown("gateway", GatewaySettings))
        return 0
    try:
        settings = GatewaySettings.read(os.environ)
        tls = settings.tls()
        access = access_from(os.environ)
        config = read_config(settings.gateway_config)
        check_exposure(str(settings.host), config)
        app = create_app(Gateway(settings, config, access), settings, access)
        listening = listen(str(settings.host), settings.port, "PORT")
        ledger = taken(settings.ledger)
    except OSError as error:
        sys.stderr.write(f"There is no way to Consul ({error}): look at CONSUL_HTTP_ADDR, or set ADVERTISE_HOST\n")
        return 2
    except (SettingsError, ValueError, PortTakenError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log_to_stderr(settings.log_level)
    with ledger:
        serve(app, listening, tls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
