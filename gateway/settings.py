"""The gateway's settings, from the environment."""

import ssl
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyAddress, SecretStr

from contract.bodies import USUAL
from contract.deadline import LONGEST_TASK
from contract.logs import LogSettings
from contract.tls import File, TlsSettings, client_context
from contract.token_source import RegionTokenSettings
from gateway.ledger.address import Address, parse_address


def _understood(url: str) -> str:
    parse_address(url, Path())
    return url


def _first(folders: object) -> object:
    """systemd gives all of a unit's state folders, with colons between them (systemd.exec(5), `StateDirectory=`)."""
    return folders.partition(":")[0] if isinstance(folders, str) else folders


class GatewaySettings(RegionTokenSettings, TlsSettings, LogSettings):
    """One field per environment variable."""

    host: IPvAnyAddress = Field(IPv4Address("127.0.0.1"), description="IP address to listen on; 0.0.0.0 for all.")
    port: int = Field(8000, ge=1, le=65_535, description="TCP port to listen on, 1 to 65535.")
    advertise_host: IPvAnyAddress | None = Field(
        None, description="IP address others reach it at. Default: HOST, or for a wildcard the address Consul is reached from."
    )
    gateway_config: Path | None = Field(None, description="The policy file (TOML); its keys are below. Default: no file.")
    consul_register: bool = Field(True, description="Register in Consul as `nearway-gateway`: true or false.")
    queue_limit: int = Field(1000, ge=0, le=1_000_000, description="How many tasks may wait for a slot; 0 for none.")
    total_slots: int | None = Field(
        None,
        ge=1,
        description="The most tasks at all regions together, for an account with so many threads. Default: no cap.",
    )
    max_connections: int | None = Field(
        None,
        ge=1,
        le=500_000,
        description="How many connections may be open; others get `503`. "
        "Default: 10000, or what the limit of open files has room for.",
    )
    body_memory: int = Field(
        USUAL,
        ge=4,
        le=1_048_576,
        description="MiB that the bodies of all requests at once may take; others get `503`. 4 to 1048576.",
    )
    state_directory: Annotated[Path, BeforeValidator(_first)] = Field(
        Path("data"),
        description="The folder of what a gateway must find again, its ledger; made when it is not there. systemd sets it "
        "for a unit with `StateDirectory=`.",
    )
    ledger_url: Annotated[str, AfterValidator(_understood)] = Field(
        "sqlite",
        description="Where tasks and submissions are recorded: a file of this gateway's own, `sqlite` for `ledger.sqlite` in "
        "STATE_DIRECTORY or `sqlite:///PATH` (four slashes for a path from the root); or a database gateways share, "
        "`postgresql://USER:PASSWORD@HOST/DATABASE`; or `none`.",
    )
    ledger_away: Literal["refuse", "go-on"] | None = Field(
        None,
        description="What becomes of tasks while the ledger can't be written: `refuse` them with `LEDGER_UNAVAILABLE`, or "
        "`go-on` without a record. Default: `go-on` when HOST is a loopback address, else `refuse`.",
    )
    ledger_results: float = Field(
        3600, ge=0, le=604_800, description="Seconds for which the ledger keeps a task's answer after its end, 0 to 604800."
    )
    ledger_days: float = Field(90, ge=1, le=3650, description="Days for which the ledger keeps a task's row, 1 to 3650.")
    drain_timeout: float = Field(LONGEST_TASK, ge=0, le=3600, description="Seconds that tasks in flight may go on after SIGTERM.")
    ready_patience: float | None = Field(
        None,
        ge=0,
        le=3600,
        description="Seconds after which `/ready` says so even without an answer from Consul, with what is known. "
        "Default: it waits for one.",
    )
    tasks_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="What locations of tasks are sealed with, 32 characters or more. Give all gateways the same, so that each "
        "answers for what another accepted. Default: one of its own for as long as it runs.",
    )
    region_ca: Path | None = Field(
        None,
        description="A file (PEM) of the CAs that region endpoints with `https` URLs must have their certificates from. "
        "Default: the system's.",
    )
    region_certificate: Path | None = Field(
        None, description="A file (PEM) with the client certificate this gateway shows to region endpoints. Default: none."
    )
    region_key: Path | None = Field(None, description="The file (PEM) with that certificate's key, not encrypted.")
    region_https_only: bool = Field(False, description="`true`: nothing is sent to region endpoints with `http` URLs.")

    def region_tls(self) -> ssl.SSLContext | None:
        """What region endpoints are reached with; None for the default. SettingsError names what can't be used."""
        return client_context(
            File("REGION_CA", self.region_ca),
            File("REGION_CERTIFICATE", self.region_certificate),
            File("REGION_KEY", self.region_key),
        )

    @property
    def ledger(self) -> Address | None:
        """Where the ledger is; None for none."""
        return parse_address(self.ledger_url, self.state_directory)

    @property
    def refuses_without_ledger(self) -> bool:
        """Whether nothing is submitted that can't be recorded first."""
        return self.ledger_away == "refuse" or (self.ledger_away is None and not self.host.is_loopback)
