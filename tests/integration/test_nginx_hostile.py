"""Nothing from Consul is trusted: whatever is registered, nginx takes what is rendered, and it holds just the valid workers."""

import asyncio
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.view import View
from renderer.nginx import Nginx
from renderer.region import Strategy, read_region
from renderer.render import PACKAGED, render
from renderer.settings import this_host
from renderer.upstreams import TAKES_BACKUP, Upstreams, upstreams

REGION = read_region(Path(__file__).parents[2] / "regions" / "us-east.toml")

EVIL_WORDS = """
127.0.0.1;}evil{ 127.0.0.1:80 ::1%eth0 fe80::1%a;b unix:/run/x localhost $host # 01 -1 1e3 ٣ 0 65536 100001 True true; US-EAST
10.0.0.256 0x7f.1 ${x} 1;backup
"""
EVIL = st.sampled_from([*EVIL_WORDS.split(), "", " ", "\n", "\0", "1 backup", "us-east\n", "1; } evil {"]) | st.text(max_size=20)
FINE = st.integers(1, 3)
ADDRESS = st.ip_addresses().map(str) | st.sampled_from(["10.0.0.1", "10.0.0.2", "::1", "0:0::1", "::ffff:10.0.0.1"]) | EVIL
META: st.SearchStrategy[Mapping[str, str]] = st.fixed_dictionaries(
    {"region": st.just("us-east") | st.just("us-east") | EVIL},
    optional={
        "slots": FINE.map(str) | EVIL,
        "weight": FINE.map(str) | EVIL,
        "backup": st.sampled_from(["true", "false"]) | EVIL,
        "resumable": st.sampled_from(["true", "false"]) | EVIL,
        "version": EVIL,
    },
)
INSTANCE = st.builds(
    Instance,
    datacenter=st.just("us-east"),
    node=EVIL,
    service=st.just("solver"),
    id=EVIL,
    address=ADDRESS,
    port=st.integers(9_000, 9_002) | st.integers(-1, 70_000),
    health=st.sampled_from(Health),
    meta=META,
)


def valid(instance: Instance) -> bool:
    """Said again in other words than the code's."""
    meta = {"slots": "1", "weight": "1", "backup": "false", "resumable": "false", "version": "", **instance.meta}

    def number(text: str, most: int) -> bool:
        return bool(re.fullmatch("[0-9]{1,9}", text)) and 1 <= int(text) <= most

    return (
        meta["region"] == "us-east"
        and instance.health is not Health.CRITICAL
        and _is_address(instance.address)
        and 1 <= instance.port <= 65_535
        and number(meta["slots"], 100_000)
        and number(meta["weight"], 65_535)
        and {meta["backup"], meta["resumable"]} <= {"true", "false"}
        and (instance.id + instance.node + meta["version"]).isprintable()
        and (instance.address, instance.port) != ("127.0.0.1", 8081)
    )


def _is_address(text: str) -> bool:
    try:
        return "%" not in text and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def at(instance: Instance) -> str:
    host = str(ipaddress.ip_address(instance.address))
    return f"[{host}]:{instance.port}" if ":" in host else f"{host}:{instance.port}"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(instances=st.lists(INSTANCE, max_size=6), strategy=st.sampled_from(Strategy))
def test_hostile_registrations_are_left_out_and_nginx_takes_the_rest(
    tmp_path: Path, instances: list[Instance], strategy: Strategy
) -> None:
    region = REGION.model_copy(update={"balancer": REGION.balancer.model_copy(update={"strategy": strategy})})
    found = upstreams(View().answered(Service("us-east", "solver"), tuple(instances), 0.0), region)
    assert isinstance(found, Upstreams)
    text = render(PACKAGED, region, found, this_host(tmp_path))
    (group,) = re.findall(r"upstream nearway_solve \{(.*?)\n  \}", text, re.DOTALL) or [""]
    rendered = re.findall(
        r"^    server (\S+)(?: weight=\d+)? max_conns=\d+ max_fails=3 fail_timeout=30s( backup)?;$", group, re.MULTILINE
    )
    assert len(rendered) == group.count("server ")
    assert sorted(address for address, _ in rendered) == sorted({at(one) for one in instances if valid(one)})
    assert strategy in TAKES_BACKUP or not any(backup for _, backup in rendered)
    assert asyncio.run(_nginx_says(tmp_path, text)) is None


async def _nginx_says(run_dir: Path, text: str) -> str | None:
    (run_dir / "temp").mkdir(exist_ok=True)
    config = run_dir / "nginx.conf"
    config.write_text(text)
    return await Nginx("nginx", run_dir, REGION.endpoint.listen, _no).check(config)


async def _no() -> bool:
    return False
