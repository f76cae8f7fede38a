import gc
import socket

import pytest
from sanic import exceptions

from contract.problem import ProblemError, problem
from contract.serving import COLLECT_AT, PortTakenError, listen, problem_of, settle


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (exceptions.NotFound("no"), "NOT_FOUND"),
        (exceptions.MethodNotAllowed("no", method="PUT", allowed_methods=["GET"]), "METHOD_NOT_ALLOWED"),
        (exceptions.RequestTimeout("no"), "REQUEST_TIMEOUT"),
        (exceptions.InvalidHeader("no"), "BAD_REQUEST"),
        (exceptions.ServiceUnavailable("Response Timeout"), "INTERNAL_ERROR"),
        (ValueError("password=hunter2"), "INTERNAL_ERROR"),
        (ProblemError(problem("DRAINING", "bye")), "DRAINING"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_error_is_a_problem_and_tells_nothing_of_its_inside(error: Exception, code: str) -> None:
    made = problem_of(error)
    assert made.error == code
    assert "hunter2" not in made.detail


def test_a_handler_that_took_too_long_is_never_taken_for_a_refusal() -> None:
    made = problem_of(exceptions.ServiceUnavailable("Response Timeout"))
    assert (made.status, made.submitted.value) == (500, "unknown")


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"127.0.0.1:{port} .*in use.*PORT"):
            listen("127.0.0.1", port, "PORT")


def test_a_program_that_serves_spares_the_collector_what_lives_as_long_as_itself() -> None:
    before = gc.get_threshold()
    try:
        settle()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == COLLECT_AT
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
