"""What we register, and whether the agent still holds it.

https://developer.hashicorp.com/consul/api-docs/agent/service#register-service
"""

from collections.abc import Mapping
from dataclasses import dataclass

from discovery.records import GATEWAYS, REGION_ENDPOINTS, WORKERS, host_port


@dataclass(frozen=True, slots=True)
class Registration:
    """A service with one check: HTTP, which the agent asks every second, the shortest interval Consul has; or, with `ttl`, the
    seconds for which what was last reported counts (`Consul.report`), and the agent asks nobody."""

    name: str
    id: str
    address: str
    port: int
    tags: tuple[str, ...]
    meta: Mapping[str, str]
    check_url: str
    ttl: float | None = None

    def check(self) -> dict[str, str | bool]:
        """The check as the API takes it. A service that is critical for 60 to 90 s is dropped: the agent looks every 30 s.

        Over TLS it asks only whether somebody answers: the agent knows neither our CA nor the name in our certificates, and
        who it is that answers is verified by those who send tasks, with each connection.
        """
        if self.ttl is not None:
            return {"Name": "ready", "TTL": f"{self.ttl:g}s", "DeregisterCriticalServiceAfter": "1m"}
        skip_verify = {"TLSSkipVerify": True} if self.check_url.startswith("https:") else {}
        return {
            "Name": "ready",
            "HTTP": self.check_url,
            "Interval": "1s",
            "Timeout": "1s",
            "DeregisterCriticalServiceAfter": "1m",
            **skip_verify,
        }


def held_by(agents: Mapping[str, object], wanted: Registration) -> bool:
    """Whether the agent's own record of the service is the one we want."""
    return (
        agents.get("Service") == wanted.name
        and agents.get("Address") == wanted.address
        and agents.get("Port") == wanted.port
        and list(wanted.tags) == (agents.get("Tags") or [])
        and dict(wanted.meta) == (agents.get("Meta") or {})
    )


def worker(
    region: str,
    host: str,
    port: int,
    *,
    slots: int,
    version: str,
    weight: int = 1,
    backup: bool = False,
    resumable: bool = True,
    check_path: str = "/ready",
    tls: bool = False,
    ttl: float | None = None,
) -> Registration:
    """A worker of a region; `resumable` when any worker can continue a task it accepted, `tls` when it speaks that.

    With `ttl` its state is reported at least every so many seconds, and the agent does not ask it.
    """
    flags = {"backup": str(backup).lower(), "resumable": str(resumable).lower()}
    meta = {"region": region, "slots": str(slots), "weight": str(weight), **flags, "version": version, **_said(tls)}
    base = f"{_scheme(tls)}://{host_port(host, port)}"
    return Registration(WORKERS, f"solver-{region}-{host}-{port}", host, port, (region,), meta, base + check_path, ttl)


def region_endpoint(
    region: str,
    title: str,
    location: tuple[float, float],
    url: str,
    host: str,
    port: int,
    check_url: str,
    *,
    version: str = "",
) -> Registration:
    """A region's nginx; `url` is where gateways reach it, `check_url` where its Consul agent does."""
    meta = {"region": region, "title": title, "location": f"{location[0]},{location[1]}", "url": url, "version": version}
    return Registration(REGION_ENDPOINTS, f"nearway-region-{region}-{host}-{port}", host, port, (region,), meta, check_url)


def gateway(host: str, port: int, *, version: str, tls: bool = False) -> Registration:
    """A global gateway."""
    check_url = f"{_scheme(tls)}://{host_port(host, port)}/ready"
    meta = {"version": version, **_said(tls)}
    return Registration(GATEWAYS, f"nearway-gateway-{host}-{port}", host, port, (), meta, check_url)


def service_of(service_id: str) -> str:
    """The name of the service that one of our ids is of."""
    names = (name for name in (WORKERS, REGION_ENDPOINTS, GATEWAYS) if service_id.startswith(f"{name}-"))
    return next(names, service_id)


def _scheme(tls: bool) -> str:
    return "https" if tls else "http"


def _said(tls: bool) -> dict[str, str]:
    # In Meta, so that an agent that holds the registration, and the check, of a time before TLS is told anew.
    return {"tls": "true"} if tls else {}
