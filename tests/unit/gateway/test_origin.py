import pytest

from contract.problem import ProblemError
from gateway.origin import check_origin
from gateway.roles import Role

HOST = "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("origins", "host", "role"),
    [
        ([], HOST, Role.OWNER),
        ([], "anything", Role.OWNER),
        (["http://127.0.0.1:8000"], HOST, Role.OWNER),
        (["http://localhost:8000"], "localhost:8000", Role.OWNER),
        (["http://LOCALHOST:8000"], "localhost:8000", Role.OWNER),
        (["https://[::1]:8000"], "[::1]:8000", Role.OWNER),
        (["https://nearway.example"], "nearway.example", Role.ANYBODY),
    ],
)
def test_who_is_no_browser_and_our_own_pages_are_let_in(origins: list[str], host: str, role: Role) -> None:
    check_origin(origins, host, role)


@pytest.mark.parametrize(
    ("origins", "host", "role"),
    [
        (["https://evil.example"], HOST, Role.OWNER),
        (["null"], HOST, Role.OWNER),
        ([""], HOST, Role.OWNER),
        (["http://127.0.0.1:8001"], HOST, Role.OWNER),
        (["http://127.0.0.1"], HOST, Role.OWNER),
        (["http://127.0.0.1:8000.evil.example"], HOST, Role.OWNER),
        (["http://evil.example/127.0.0.1:8000"], HOST, Role.OWNER),
        (["http://127.0.0.1:8000", "https://evil.example"], HOST, Role.OWNER),
        (["http://evil.example:8000"], "evil.example:8000", Role.OWNER),
        (["http://127.0.0.1.evil.example"], "127.0.0.1.evil.example", Role.OWNER),
        (["file://127.0.0.1:8000"], HOST, Role.OWNER),
        (["http://[::1"], "[::1", Role.OWNER),
        (["https://evil.example"], "nearway.example", Role.ANYBODY),
        (["http://"], "", Role.ANYBODY),
    ],
)
def test_a_page_of_another_site_is_refused(origins: list[str], host: str, role: Role) -> None:
    with pytest.raises(ProblemError) as caught:
        check_origin(origins, host, role)
    assert (caught.value.problem.error, caught.value.problem.submitted.value) == ("FORBIDDEN", "no")


@pytest.mark.parametrize("role", [Role.CLIENT, Role.VIEWER, Role.OPERATOR])
def test_who_has_shown_a_key_is_no_page_of_another_site(role: Role) -> None:
    check_origin(["https://ours.example"], HOST, role)
