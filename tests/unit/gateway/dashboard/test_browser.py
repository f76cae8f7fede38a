import pytest

from contract.problem import ProblemError
from gateway.dashboard.browser import check_host, check_own_script, check_same_site

OURS = {"host": "nearway.example:8000"}
OWN = {"origin": "https://nearway.example:8000"}


@pytest.mark.parametrize("fields", [{"sec-fetch-site": "same-origin"}, OWN, {**OWN, "sec-fetch-site": "same-origin"}])
def test_our_own_page_may_change_things(fields: dict[str, str]) -> None:
    check_same_site({**OURS, **fields}, "https")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"origin": "null"},
        {"origin": "http://nearway.example:8000"},
        {"origin": "https://nearway.example"},
        {"origin": "https://nearway.example:8000.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", **OWN},
        {"sec-fetch-site": "none", **OWN},
    ],
)
def test_no_other_page_may(fields: dict[str, str]) -> None:
    with pytest.raises(ProblemError) as caught:
        check_same_site({**OURS, **fields}, "https")
    assert caught.value.problem.status == 403


def test_what_the_script_does_needs_its_own_field_too() -> None:
    with pytest.raises(ProblemError):
        check_own_script({**OURS, **OWN}, "https")
    check_own_script({**OURS, **OWN, "nearway-dashboard": "1"}, "https")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "LOCALHOST:8000",
        "127.0.0.1:8000",
        "127.9.9.9",
        "[::1]:8000",
        "192.0.2.1:80",
    ],
)
def test_a_gateway_of_this_machine_answers_to_its_own_names(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost", "[x]"],
)
def test_and_to_no_other(host: str) -> None:
    with pytest.raises(ProblemError) as caught:
        check_host(host)
    assert caught.value.problem.error == "FORBIDDEN"
