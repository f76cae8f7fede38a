"""The stand-in speaks the worker's contract."""

from bench.client import task
from bench.standin.task import Book

NOW = 1000.0


def parts(request: bytes) -> tuple[bytes, bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    return head + b"\r\n", body


def test_a_task_is_held_until_it_is_due() -> None:
    later = Book(1).solve(*parts(task(2)), NOW)
    assert (later.at, later.response[9:12]) == (NOW + 2, b"200")
    assert b"Task-Submitted: yes" in later.response


def test_a_client_that_continues_elsewhere_has_its_location_at_once_and_its_answer_there_when_due() -> None:
    accepted = Book(1).solve(*parts(task(2, "Prefer: respond-async, wait=0\r\n")), NOW)
    assert (accepted.at, accepted.response[9:12]) == (NOW, b"202")
    location = accepted.response.partition(b"Location: ")[2].partition(b"\r\n")[0]
    for wait, at, status in ((b"1", NOW + 1.5, b"202"), (b"20", NOW + 2, b"200")):
        waited = Book(1).wait(b"GET %s HTTP/1.1\r\nPrefer: wait=%s\r\n" % (location, wait), NOW + 0.5)
        assert (waited.at, waited.response[9:12]) == (at, status)


def test_a_full_one_refuses_until_a_task_is_due() -> None:
    book = Book(1)
    book.solve(*parts(task(2)), NOW)
    refused = book.solve(*parts(task(2)), NOW + 1)
    assert (refused.at, refused.response[9:12], b"Task-Submitted: no" in refused.response) == (NOW + 1, b"503", True)
    assert book.solve(*parts(task(2)), NOW + 2.1).response[9:12] == b"200"
    assert (book.accepted, book.refused, book.most) == (2, 1, 1)
