"""What runs where in the demo: every program with its command, its surroundings, its ports and how to see that it is up.

Pure.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

API_KEY = "0123456789abcdef0123456789abcdef"
"""Opens nothing but the simulated API."""

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """A region of the demo, and an address of the network that `gateway.toml` puts near it."""

    region: str
    consul: int
    endpoint: int
    workers: tuple[int, ...]
    client: str


PLACES = (
    Place("us-east", 8500, 8081, (9101, 9102), "198.51.100.7"),
    Place("eu-west", 8510, 8082, (9201, 9202), "203.0.113.7"),
    Place("ap-south", 8520, 8083, (9301, 9302), "192.0.2.7"),
)
GATEWAY, API = 8000, 8700

STATUS = 1000
"""A renderer tells of itself at a port so much higher than its nginx's."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The binaries we do not bring."""

    consul: str
    nginx: str


@dataclass(frozen=True, slots=True)
class Program:
    """One process. `ready` is a URL that answers 200 once it is up; `region` is None for what belongs to none."""

    name: str
    command: tuple[str, ...]
    ports: tuple[int, ...]
    ready: str
    address: str
    region: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)


def programs(
    tools: Tools, run: Path, regions: Path, *, places: tuple[Place, ...] = PLACES, shift: int = 0, speed: float = 20
) -> tuple[Program, ...]:
    """All of the demo's programs. `shift` is added to every port; `run` is where they may write; `speed` is the API's."""
    places = tuple(_shifted(place, shift) for place in places)
    consuls = ",".join(f"{HOST}:{place.consul}" for place in places)
    return (
        *(_consul(tools.consul, place, places, run) for place in places),
        _api(API + shift, speed),
        *(_renderer(tools.nginx, place, run, regions) for place in places),
        *(
            _worker(place, number, port, API + shift, speed)
            for place in places
            for number, port in enumerate(place.workers, start=1)
        ),
        _gateway(GATEWAY + shift, consuls, run),
    )


def with_tokens(made: tuple[Program, ...], region: str, worker: str) -> tuple[Program, ...]:
    """The same programs, whose parts show one another these tokens and work for nobody else."""
    known = {
        "gateway": {"REGION_TOKEN": region},
        "region": {"REGION_TOKEN": region, "WORKER_TOKEN": worker},
        "worker": {"WORKER_TOKEN": worker},
    }
    return tuple(replace(one, environ={**one.environ, **known.get(one.name.partition("-")[0], {})}) for one in made)


def _shifted(place: Place, shift: int) -> Place:
    workers = tuple(port + shift for port in place.workers)
    return Place(place.region, place.consul + shift, place.endpoint + shift, workers, place.client)


def _consul(binary: str, place: Place, places: tuple[Place, ...], run: Path) -> Program:
    port = place.consul
    server, lan, wan = port - 200, port - 199, port - 198
    joins = (f"-retry-join-wan={HOST}:{other.consul - 198}" for other in places if other != place)
    command = (
        binary, "agent", "-server", "-bootstrap-expect=1", "-ui", f"-data-dir={run / 'consul' / place.region}",
        f"-datacenter={place.region}", f"-node=consul-{place.region}", "-disable-host-node-id",
        f"-bind={HOST}", f"-client={HOST}", f"-advertise-wan={HOST}",
        f"-http-port={port}", f"-server-port={server}", f"-serf-lan-port={lan}", f"-serf-wan-port={wan}",
        "-dns-port=-1", "-grpc-port=-1", "-retry-interval-wan=1s", *joins,
        # A leader in 2 s instead of 10: this is one machine, whose network is not slow.
        "-hcl=performance { raft_multiplier = 1 } disable_update_check = true",
    )  # fmt: skip
    ready = f"http://{HOST}:{port}/v1/catalog/nodes"
    ports = (port, server, lan, wan)
    return Program(f"consul-{place.region}", command, ports, ready, f"http://{HOST}:{port}/ui", place.region)


def _renderer(nginx: str, place: Place, run: Path, regions: Path) -> Program:
    url = f"http://{HOST}:{place.endpoint}"
    environ = {
        "CONSUL_HTTP_ADDR": f"{HOST}:{place.consul}",
        "RUN_DIR": str(run / "nginx" / place.region),
        "NGINX_PROGRAM": nginx,
        "LISTEN": f"{HOST}:{place.endpoint}",
        "ADVERTISE": url,
        "STATUS_LISTEN": f"{HOST}:{place.endpoint + STATUS}",
    }
    command = _python("renderer", str(regions / f"{place.region}.toml"))
    ports = (place.endpoint, place.endpoint + STATUS)
    return Program(f"region-{place.region}", command, ports, f"{url}/region", url, place.region, environ)


def _worker(place: Place, number: int, port: int, api: int, speed: float) -> Program:
    url = f"http://{HOST}:{port}"
    environ = {
        "CONSUL_HTTP_ADDR": f"{HOST}:{place.consul}",
        "CAPTCHAAI_API_KEY": API_KEY,
        "CAPTCHAAI_URL": f"http://{HOST}:{api}",
        "API_SPEED": str(speed),
        "REGION": place.region,
        "PORT": str(port),
    }
    return Program(f"worker-{place.region}-{number}", _python("worker"), (port,), f"{url}/ready", url, place.region, environ)


def _api(port: int, speed: float) -> Program:
    url = f"http://{HOST}:{port}"
    command = _python("demo.api", "--port", str(port), "--speed", str(speed))
    return Program("simulated-api", command, (port,), f"{url}/witness", url, None, {"CAPTCHAAI_API_KEY": API_KEY})


def _gateway(port: int, consuls: str, run: Path) -> Program:
    url = f"http://{HOST}:{port}"
    environ = {
        "CONSUL_HTTP_ADDR": consuls,
        "PORT": str(port),
        "GATEWAY_CONFIG": str(Path(__file__).parent / "gateway.toml"),
        "STATE_DIRECTORY": str(run / "gateway"),
    }
    return Program("gateway", _python("gateway"), (port,), f"{url}/ready", url, None, environ)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
