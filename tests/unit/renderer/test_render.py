import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.codes import CODES
from contract.problem import problem
from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.view import View
from renderer.filters import nginx_quoted
from renderer.region import Region, Strategy, read_region
from renderer.render import PACKAGED, Host, RenderError, body, connections, hash_size, render, zone
from renderer.tls import Tls, Workers
from renderer.upstreams import Server, Upstreams, upstreams

GOLDEN = Path(__file__).parent / "golden"
REGION = read_region(Path(__file__).parents[3] / "regions" / "us-east.toml")
HOST = Host(Path("/run/nearway/us-east"), "www-data www-data", 20_000)

INSTANCES = tuple(
    Instance(
        "us-east", node, "solver", f"solver-{port}", address, port, health,
        {"region": "us-east", "slots": slots, "weight": weight, "backup": backup, "resumable": resumable},
    )
    for node, address, port, health, slots, weight, backup, resumable in [
        ("a", "10.0.0.1", 9101, Health.PASSING, "20", "1", "false", "true"),
        ("a", "10.0.0.1", 9102, Health.WARNING, "20", "2", "false", "true"),
        ("b", "10.0.0.2", 9101, Health.PASSING, "5", "1", "true", "true"),
        ("b", "10.0.0.2", 9102, Health.CRITICAL, "5", "1", "false", "true"),
        ("c", "2001:db8::1", 80, Health.PASSING, "1", "1", "false", "false"),
    ]
)  # fmt: skip


def using(strategy: Strategy) -> Region:
    return REGION.model_copy(update={"balancer": REGION.balancer.model_copy(update={"strategy": strategy})})


def of(*instances: Instance) -> str:
    found = upstreams(View().answered(Service("us-east", "solver"), instances, 0.0), REGION)
    assert isinstance(found, Upstreams)
    return render(PACKAGED, REGION, found, HOST)


@pytest.mark.parametrize(("name", "instances"), [("workers.conf", INSTANCES), ("empty.conf", ())])
def test_a_region_and_its_workers_give_this_text(name: str, instances: tuple[Instance, ...]) -> None:
    """To accept a change that is meant: look at it, then write `of(...)` into the file."""
    assert of(*instances) == (GOLDEN / name).read_text("utf-8")


@settings(max_examples=20)
@given(st.randoms())
def test_the_same_instances_in_any_order_give_the_same_bytes(chance: random.Random) -> None:
    shuffled = list(INSTANCES)
    chance.shuffle(shuffled)
    assert of(*shuffled) == of(*INSTANCES)


METHODS = {
    Strategy.ROUND_ROBIN: "",
    Strategy.LEAST_CONN: "least_conn;",
    Strategy.WEIGHTED: "",
    Strategy.IP_HASH: "ip_hash;",
    Strategy.RANDOM: "random two least_conn;",
    Strategy.CONSISTENT_HASH: "hash $hash_key consistent;",
}


@pytest.mark.parametrize("strategy", Strategy)
def test_each_strategy_has_its_words_in_the_group_of_tasks(strategy: Strategy) -> None:
    text = render(PACKAGED, using(strategy), Upstreams((Server("10.0.0.1:80", 2, 7),)), HOST)
    (group,) = re.findall(r"upstream nearway_solve \{(.*?)\}", text, re.DOTALL)
    lines = [line.strip() for line in group.strip().splitlines()]
    assert lines[0] == "zone nearway_solve 128k;"
    assert lines[1:-1] == ([METHODS[strategy]] if METHODS[strategy] else [])
    weight = "" if strategy is Strategy.ROUND_ROBIN else " weight=7"
    assert lines[-1] == f"server 10.0.0.1:80{weight} max_conns=2 max_fails=3 fail_timeout=30s;"
    assert ("map $http_nearway_task $hash_key" in text) is (strategy is Strategy.CONSISTENT_HASH)


def test_reads_take_no_slot_and_only_those_that_can_continue_tasks_are_asked_for_them() -> None:
    text = render(PACKAGED, REGION, Upstreams((Server("10.0.0.1:80", 2), Server("10.0.0.2:80", 2, resumable=False))), HOST)
    (tasks,) = re.findall(r"upstream nearway_resumable \{(.*?)\}", text, re.DOTALL)
    (reads,) = re.findall(r"upstream nearway_any \{(.*?)\}", text, re.DOTALL)
    assert "max_conns" not in tasks + reads
    assert re.findall(r"server (\S+)", tasks) == ["10.0.0.1:80"]
    assert re.findall(r"server (\S+)", reads) == ["10.0.0.1:80", "10.0.0.2:80"]


TLS = Tls(certificate=Path("/tls/a b.crt"), key=Path("/tls/a.key"), client_ca=Path("/tls/ca.pem"))
OPEN = TLS.model_copy(update={"client_ca": None})
WORKERS = Workers(ca=Path("/tls/ca.pem"), name="w.example", certificate=Path("/tls/n.crt"), key=Path("/tls/n.key"))
SERVERS = Upstreams((Server("10.0.0.1:80", 2),))


def directives(text: str, word: str) -> list[str]:
    """The lines that begin so, without comments."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith(word)]


def with_tls(tls: Tls | None, workers: Workers | None, servers: Upstreams = SERVERS) -> str:
    return render(PACKAGED, REGION.model_copy(update={"tls": tls, "workers": workers}), servers, HOST)


def test_with_tls_nginx_serves_nothing_else() -> None:
    text = with_tls(OPEN, None)
    assert directives(text, "listen") == ["listen 127.0.0.1:8081 ssl;"]
    assert directives(text, "ssl_") == [
        "ssl_certificate '/tls/a b.crt';",
        "ssl_certificate_key '/tls/a.key';",
        "ssl_protocols TLSv1.2 TLSv1.3;",
        "ssl_session_cache off;",
        "ssl_session_tickets off;",
    ]
    assert "ssl_client_verify" not in text


@pytest.mark.parametrize("servers", [SERVERS, Upstreams(())], ids=["with a worker", "empty"])
def test_with_a_client_ca_all_but_regions_own_state_needs_a_certificate(servers: Upstreams) -> None:
    text = with_tls(TLS, None, servers)
    assert directives(text, "ssl_") [5:] == [
        "ssl_client_certificate '/tls/ca.pem';", "ssl_verify_client optional;", "ssl_verify_depth 3;",
    ]  # fmt: skip
    locations = re.findall(r"location =? ?(/[a-z/]*) \{\n(.*?)\n    \}", text, re.DOTALL)
    asking = {path for path, inside in locations if inside.lstrip().startswith("if ($ssl_client_verify != SUCCESS) {")}
    assert asking == {"/solve", "/tasks/", "/health"}
    assert {path for path, inside in locations if "internal;" not in inside} - asking == {"/region", "/region/workers", "/"}


def test_workers_that_speak_tls_are_verified_by_name_and_shown_a_certificate() -> None:
    text = with_tls(None, WORKERS)
    assert directives(text, "proxy_ssl_") == [
        "proxy_ssl_protocols TLSv1.2;",
        "proxy_ssl_verify on;",
        "proxy_ssl_verify_depth 3;",
        "proxy_ssl_trusted_certificate '/tls/ca.pem';",
        "proxy_ssl_name w.example;",
        "proxy_ssl_server_name on;",
        "proxy_ssl_session_reuse off;",
        "proxy_ssl_certificate '/tls/n.crt';",
        "proxy_ssl_certificate_key '/tls/n.key';",
    ]
    assert {line.partition("://")[0] for line in directives(text, "proxy_pass")} == {"proxy_pass https"}
    assert len(directives(with_tls(None, Workers(ca=Path("/tls/ca.pem"), name="w.example")), "proxy_ssl_")) == 7


def test_where_all_can_continue_tasks_one_group_does_for_all_reads() -> None:
    text = render(PACKAGED, REGION, Upstreams((Server("10.0.0.1:80", 2), Server("10.0.0.2:80", 2))), HOST)
    assert re.findall(r"upstream (\S+) \{", text) == ["nearway_solve", "nearway_resumable"]
    assert re.findall(r"proxy_pass http://(\w+);", text) == ["nearway_solve", "nearway_resumable", "nearway_resumable"]


@pytest.mark.parametrize("instances", [(), INSTANCES])
def test_every_answer_of_nginxs_own_is_a_row_of_the_table_of_codes(instances: tuple[Instance, ...]) -> None:
    answers = re.findall(r"return (\d{3}) '(\{\"type\".*\})';", of(*instances))
    assert len(answers) >= 9
    for status, text in answers:
        members = json.loads(text.replace("\\'", "'").replace("\\\\", "\\"))
        row = CODES[members["error"]]
        assert (members["status"], members["title"]) == (int(status), row.title) == (row.status, row.title)


def test_only_root_names_a_user() -> None:
    assert "user www-data www-data;" in render(PACKAGED, REGION, Upstreams(()), HOST)
    assert "user" not in re.findall(r"^ *(\S+)", render(PACKAGED, REGION, Upstreams(()), replace(HOST, user=None)), re.MULTILINE)


def test_old_processes_outlast_the_longest_request() -> None:
    assert "worker_shutdown_timeout 330s;" in of()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ nobody }}", "'nobody' is undefined"),
        ("\n\n{% if %}", "line 3"),
        ("{{ region.title.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
        ('{% include "none.j2" %}', "there is no none.j2"),
        ('{{ "a$b" | quoted }}', "can't be written"),
    ],
)
def test_a_wrong_template_is_told_with_its_name(tmp_path: Path, text: str, told: str) -> None:
    template = tmp_path / "own.j2"
    template.write_text(text)
    with pytest.raises(RenderError) as error:
        render(template, REGION, Upstreams(()), HOST)
    assert str(template) in str(error.value)
    assert told in str(error.value)


def test_a_missing_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"none\.j2"):
        render(tmp_path / "none.j2", REGION, Upstreams(()), HOST)


@pytest.mark.parametrize(
    ("text", "written"), [("a b", "'a b'"), ("it's", "'it\\'s'"), ('a"b', "'a\"b'"), ("a\\nb", "'a\\\\nb'"), ("a; }", "'a; }'")]
)
def test_strings_are_quoted_as_nginx_reads_them(text: str, written: str) -> None:
    assert nginx_quoted(text) == written


@pytest.mark.parametrize("text", ["$host", "a\nb", "a\0b", "a\x7fb"])
def test_what_nginx_can_not_write_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="can't be written"):
        nginx_quoted(text)


def test_a_dollar_in_an_answer_is_no_variable() -> None:
    written = body(problem("NOT_FOUND", "costs 5$ 'or' so \\"))
    assert "$" not in written
    assert json.loads(written[1:-1].replace("\\'", "'").replace("\\\\", "\\"))["detail"] == "costs 5$ 'or' so \\"


MEASURED = [(50, 64), (100, 128), (200, 256), (400, 512), (1_000, 1_024), (2_000, 2_048)]


@pytest.mark.parametrize(("servers", "kilobytes"), MEASURED)
def test_a_zone_is_no_smaller_than_what_was_measured_to_hold_so_many(servers: int, kilobytes: int) -> None:
    size = zone([Server("10.0.0.1:80", 1)] * servers)
    assert size.endswith("k")
    assert int(size[:-1]) >= kilobytes


@pytest.mark.parametrize(("entries", "size"), [(0, 2_048), (1_000, 2_048), (1_024, 4_096), (10_000, 32_768)])
def test_the_hash_has_twice_the_room(entries: int, size: int) -> None:
    assert hash_size([None] * entries) == size


@pytest.mark.parametrize(("files", "allowed"), [(256, 512), (1_024, 960), (20_000, 16_384), (65_536, 16_384)])
def test_connections_fit_the_open_files(files: int, allowed: int) -> None:
    assert connections(files) == allowed
