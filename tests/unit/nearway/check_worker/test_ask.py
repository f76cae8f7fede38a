import json

from contract.prefer import parse_prefer
from nearway.check_worker import ask
from nearway.check_worker.ask import DEFAULT_TASK, Ask


def test_no_wrong_body_could_be_solved() -> None:
    for request in ask.wrong_bodies({**DEFAULT_TASK, "proxy": "user:word@10.0.0.1:1"}).values():
        assert b"sitekey" not in (request.body or b"")
        assert b"pageurl" not in (request.body or b"")
        assert b"proxy" not in (request.body or b"")


def test_a_wrong_body_is_of_the_tasks_own_method_or_of_none() -> None:
    bodies = {one: request.body or b"" for one, request in ask.wrong_bodies({"method": "turnstile"}).items()}
    assert json.loads(bodies[Ask.NO_FIELDS]) == {"method": "turnstile"}
    assert json.loads(bodies[Ask.NO_METHOD]) != {"method": "turnstile"}
    assert len(bodies[Ask.TOO_LARGE]) > 2 * 1024 * 1024
    assert b"{" not in bodies[Ask.NOT_JSON]


def test_only_the_client_that_takes_a_location_says_prefer() -> None:
    assert ask.solve_async(DEFAULT_TASK).headers["Prefer"] == "respond-async, wait=0"
    assert "Prefer" not in ask.solve(DEFAULT_TASK).headers
    assert parse_prefer(ask.wait("/tasks/1", 20).headers["Prefer"]).wait == 20
    assert ask.solve(DEFAULT_TASK).body == ask.solve_async(DEFAULT_TASK).body == json.dumps(dict(DEFAULT_TASK)).encode()
