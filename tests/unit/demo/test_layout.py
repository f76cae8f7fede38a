from collections import Counter
from pathlib import Path

import pytest

from demo.layout import Program, Tools, programs, with_tokens


def plan(shift: int = 0) -> dict[str, Program]:
    made = programs(Tools("/bin/consul", "/bin/nginx"), Path("/run"), Path("regions"), shift=shift)
    return {program.name: program for program in made}


def test_everything_is_where_the_design_puts_it() -> None:
    addresses = {name: program.address for name, program in plan().items()}
    assert addresses == {
        "gateway": "http://127.0.0.1:8000",
        "region-us-east": "http://127.0.0.1:8081",
        "region-eu-west": "http://127.0.0.1:8082",
        "region-ap-south": "http://127.0.0.1:8083",
        "consul-us-east": "http://127.0.0.1:8500/ui",
        "consul-eu-west": "http://127.0.0.1:8510/ui",
        "consul-ap-south": "http://127.0.0.1:8520/ui",
        "worker-us-east-1": "http://127.0.0.1:9101",
        "worker-us-east-2": "http://127.0.0.1:9102",
        "worker-eu-west-1": "http://127.0.0.1:9201",
        "worker-eu-west-2": "http://127.0.0.1:9202",
        "worker-ap-south-1": "http://127.0.0.1:9301",
        "worker-ap-south-2": "http://127.0.0.1:9302",
        "simulated-api": "http://127.0.0.1:8700",
    }


def test_who_needs_a_token_has_it_and_nobody_else() -> None:
    made = with_tokens(tuple(plan().values()), region="r", worker="w")
    has = {one.name: {name: value for name, value in one.environ.items() if name.endswith("_TOKEN")} for one in made}
    assert {name for name, tokens in has.items() if not tokens} == {
        "consul-us-east",
        "consul-eu-west",
        "consul-ap-south",
        "simulated-api",
    }
    assert has["gateway"] == {"REGION_TOKEN": "r"}
    assert has["region-us-east"] == {"REGION_TOKEN": "r", "WORKER_TOKEN": "w"}
    assert has["worker-us-east-1"] == {"WORKER_TOKEN": "w"}
    assert all(one.environ.items() <= now.environ.items() for one, now in zip(plan().values(), made, strict=True))


@pytest.mark.parametrize("shift", [0, 20_000])
def test_no_two_programs_want_one_port(shift: int) -> None:
    wanted = Counter(port for program in plan(shift).values() for port in program.ports)
    assert wanted.most_common(1)[0][1] == 1


def test_a_shift_moves_every_port_and_every_mention_of_it() -> None:
    here, there = plan(), plan(20_000)
    for name, program in here.items():
        assert there[name].ports == tuple(port + 20_000 for port in program.ports)
        told = " ".join([*there[name].command, *there[name].environ.values(), there[name].ready, there[name].address])
        for port in (port for other in here.values() for port in other.ports):
            assert f":{port}" not in told
