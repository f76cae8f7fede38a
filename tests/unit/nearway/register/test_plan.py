import pytest

from nearway.register.plan import Plan, parse_interval, parse_path


@pytest.mark.parametrize(("text", "seconds"), [("1s", 1.0), ("500ms", 0.5), ("2.5s", 2.5), ("200ms", 0.2), ("10s", 10.0)])
def test_an_interval_has_a_unit(text: str, seconds: float) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["1", "", "s", "0s", "199ms", "11s", "-1s", "1 s", "1m", "infs", "1e1s"])
def test_what_is_no_interval_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="like 1s"):
        parse_interval(text)


def test_a_health_check_is_a_path() -> None:
    assert parse_path("/api/health?full=no") == "/api/health?full=no"
    for text in ("health", "", "/a b", "http://h/", "/\n"):
        with pytest.raises(ValueError, match="not a path"):
            parse_path(text)


def test_a_report_outlives_a_look_that_takes_all_its_time() -> None:
    plan = Plan("http://10.0.0.1:80", "us-east", 1, interval=10.0)
    assert plan.ttl > 2 * (plan.interval + 2.0)
    assert plan.health_url == "http://10.0.0.1:80/health"
