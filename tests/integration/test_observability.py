"""deploy/observability: the alerts do what they say, and nothing in it names what there is not."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.pages import DOCS

HOME = DOCS.parent
FOLDER = HOME / "deploy" / "observability"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
DASHBOARD = json.loads((FOLDER / "grafana" / "nearway.json").read_text())
COMPOSE = yaml.safe_load((HOME / "docker-compose.yml").read_text())


def promtool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in RULES for rule in group["rules"]}


def queries() -> Iterator[str]:
    """Every expression of rules and dashboard."""
    yield from (rule["expr"] for rule in alerts().values())
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    yield from (one["definition"] for one in DASHBOARD["templating"]["list"] if "definition" in one)


def test_promtool_takes_the_rules_and_their_tests_pass() -> None:
    assert "SUCCESS" in promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


def test_every_alert_is_shown_quiet_and_firing() -> None:
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    for name in alerts():
        checks = [one for test in tests if test["name"].startswith(name) for one in test["promql_expr_test"]]
        firing = [sample["labels"] for one in checks for sample in one["exp_samples"]]
        assert any(f'alertname="{name}"' in labels for labels in firing), name
        assert any(one["exp_samples"] == [] for one in checks), name


def test_every_alert_says_what_it_means_and_what_to_look_at() -> None:
    assert [name for name, rule in alerts().items() if set(rule["annotations"]) != {"summary", "description"}] == []
    assert {rule["labels"]["severity"] for rule in alerts().values()} == {"critical", "warning"}


def test_every_metric_that_is_used_is_there() -> None:
    page = (DOCS / "metrics.md").read_text()
    kinds = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.M))
    series = {
        name + end
        for name, kind in kinds.items()
        for end in {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}.get(kind, ("",))
    }
    used = {name for query in queries() for name in re.findall(r"\bnearway_\w+", query)}
    assert len(used) > 30
    assert used - series == set()


def test_every_query_is_one(tmp_path: Path) -> None:
    asked = sorted({query for query in queries() if not query.startswith("label_values")})
    rules = [{"record": f"query:{number}", "expr": _with_values(query)} for number, query in enumerate(asked)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    assert f"{len(asked)} rules found" in promtool("check", "rules", str(tmp_path / "rules.yml"))


def _with_values(query: str) -> str:
    return query.replace("$__rate_interval", "5m").replace("$region", ".*")


def test_the_dashboard_is_whole() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or panel["targets"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)


def test_the_scrape_configuration_is_one(tmp_path: Path) -> None:
    """Debian's promtool knows nothing of Consul, so that part is looked at here, the rest by promtool."""
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    datacenters = {"us-east", "eu-west", "ap-south"}
    for job in config["scrape_configs"]:
        found = job.pop("consul_sd_configs")
        assert {one["datacenter"] for one in found} == datacenters
        assert {one["server"] for one in found} == {f"consul-{name}:8500" for name in datacenters}
        assert {service for one in found for service in one["services"]} <= {"nearway-gateway", "solver", "nearway-region"}
    for name in ("alerts.yml", "viewer-key", "worker-token"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))
    assert "SUCCESS" in promtool("check", "config", str(tmp_path / "prometheus.yml"))


def test_the_profile_mounts_what_there_is() -> None:
    services = COMPOSE["services"]
    ours = {name: service for name, service in services.items() if service.get("profiles") == ["observability"]}
    assert set(ours) == {"prometheus", "grafana"}
    mounted = [one.split(":")[0] for service in ours.values() for one in service["volumes"]]
    assert [one for one in mounted if one.startswith("./") and not (HOME / one).exists()] == []
    assert [one for one in mounted if not one.startswith("./") and one not in COMPOSE["volumes"]] == []
    assert all(port.startswith("127.0.0.1:") for service in ours.values() for port in service["ports"])
    renderers = [service for name, service in services.items() if name.startswith("region-")]
    ports = {service["environment"]["STATUS_LISTEN"].rpartition(":")[2] for service in renderers}
    assert ports == set(re.findall(r"\}:(\d+)\"", (FOLDER / "prometheus.yml").read_text())) == {"9180"}
