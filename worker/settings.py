"""The worker's settings."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from contract.bodies import USUAL
from contract.logs import LogSettings
from contract.tls import TlsSettings
from contract.token_source import WorkerTokenSettings
from discovery.records import MOST_SLOTS, MOST_WEIGHT, check_ip, check_region, check_url


def _key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) != 32 or not value.get_secret_value().isascii():
        raise ValueError("it has not 32 characters")
    return value


def _reachable(value: str) -> str:
    address = check_ip(value)
    if ipaddress.ip_address(address).is_unspecified:
        raise ValueError("it stands for every address, and nobody can connect to that")
    return address


class WorkerSettings(WorkerTokenSettings, TlsSettings, LogSettings):
    """One field per variable."""

    captchaai_api_key: Annotated[SecretStr, AfterValidator(_key)] = Field(
        description="The key of the account at the solving API, 32 characters. It is sent to `CAPTCHAAI_URL` and nowhere else."
    )
    captchaai_url: Annotated[str, AfterValidator(check_url)] = Field(
        "https://ocr.captchaai.com", description="Scheme and host of the solving API, like `http://127.0.0.1:8700`."
    )
    region: Annotated[str, AfterValidator(check_region)] = Field(
        description="The region the worker belongs to: small letters, digits and inner hyphens."
    )
    max_concurrent: int = Field(
        20, ge=1, le=MOST_SLOTS, description="Slots: how many tasks the worker holds at once, 1 to 100000."
    )
    host: Annotated[str, AfterValidator(check_ip)] = Field(
        "127.0.0.1", description="The IP address to listen on; `0.0.0.0` or `::` for all of the machine's."
    )
    port: int = Field(8080, ge=1, le=65_535, description="The TCP port to listen on, 1 to 65535.")
    advertise_host: Annotated[str, AfterValidator(_reachable)] | None = Field(
        None,
        description="The IP address under which the region's nginx and Consul reach the worker. "
        "Default: `HOST`, or, where that is all addresses, the one from which this machine reaches Consul.",
    )
    weight: int = Field(1, ge=1, le=MOST_WEIGHT, description="The worker's share under weighted balancing, 1 to 65535.")
    backup: bool = Field(False, description="`true`: gets tasks only when no other worker of the region can take them.")
    consul_register: bool = Field(True, description="`false`: the worker does not register itself in Consul.")
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
    drain_timeout: float = Field(
        300, ge=0, le=3600, description="Seconds for which requests in flight may go on after SIGTERM, 0 to 3600."
    )
    submit_patience: float = Field(
        60,
        ge=0,
        le=300,
        description="Seconds for which a task is offered again while the API refuses it as busy, 0 to 300; then `503`.",
    )
    submit_gap: float = Field(
        0.1,
        ge=0,
        le=60,
        description="Seconds between two tasks handed to the API, 0 to 60. Over 60 in 3 s get an account blocked.",
    )
    api_timeout: float = Field(30, gt=0, le=60, description="Seconds one call to the API may take, above 0, up to 60.")
    api_speed: float = Field(
        1,
        gt=0,
        le=1000,
        description="How many times faster than a real one the API is, for a simulated one: "
        "waits between looks, and pauses after refusals, are divided by it. Leave 1 for a real one.",
    )
    account_fresh: float = Field(
        5, ge=0, le=3600, description="Seconds for which an answer about the account's threads counts, 0 to 3600."
    )
    account_every: float = Field(
        60, ge=1, le=86_400, description="Seconds between two questions about the account's threads and balance, 1 to 86400."
    )
