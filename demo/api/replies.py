"""Answers written as the API writes them: text, JSON, and everything that comes instead of JSON."""

import json
from dataclasses import dataclass, replace

from demo.api import codes
from demo.api.answers import Accepted, Answer, Batch, Json, Refusal, Said, Solution, Threads
from demo.api.switches import Body, ErrorBody, IdType, StatusType, Switches

TEXT, JSON, HTML = "text/plain; charset=utf-8", "application/json", "text/html; charset=utf-8"
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr></body></html>"


@dataclass(frozen=True, slots=True)
class Reply:
    """A response as it goes out."""

    status: int
    content_type: str
    body: bytes


def write(answer: Answer, switches: Switches, *, as_json: bool, body: Body = Body.JSON) -> Reply:
    """The reply to a request. `body` other than JSON replaces what json=1 asked for; text mode knows no such faults."""
    text = as_text(answer)
    if not as_json:
        reply = Reply(200, JSON if isinstance(answer, Threads) else TEXT, text.encode())
    else:
        reply = _shaped(json.dumps(as_object(answer, switches)), text, body)
    refused_loudly = isinstance(answer, Refusal) and answer.code == codes.TOO_MUCH_REQUESTS
    return replace(reply, status=429) if refused_loudly and reply.status == 200 else reply


def server_error(status: int, body: ErrorBody) -> Reply:
    """A 5xx reply, which says nothing about what became of the request."""
    if body is ErrorBody.JSON:
        return Reply(status, JSON, json.dumps({"status": 0, "request": codes.INTERNAL_SERVER_ERROR}).encode())
    return Reply(status, HTML, _PAGE.format(f"{status} Server Error").encode())


def as_text(answer: Answer) -> str:
    """What json=0 gets."""
    match answer:
        case Accepted():
            return f"OK|{answer.id}"
        case Solution():
            return "|".join(filter(None, ["OK", _plain(answer.value), answer.price]))
        case Refusal():
            return answer.code
        case Batch():
            return _joined(answer)
        case Said():
            return answer.text
        case Threads():
            return json.dumps({"threads": answer.threads, "working_threads": answer.working})


def as_object(answer: Answer, switches: Switches) -> dict[str, object]:
    """What json=1 gets, as an object."""
    match answer:
        case Accepted():
            return _success(int(answer.id) if switches.id_type is IdType.INT else answer.id, switches)
        case Solution():
            return _solved(answer, switches)
        case Refusal():
            why = {"error_text": answer.why} if switches.error_text and answer.why else {}
            return {"status": _number(0, switches), "request": answer.code, **why}
        case Batch():
            return _success(_joined(answer), switches)
        case Said():
            return _success(answer.text, switches)
        case Threads():
            counts = {"threads": answer.threads, "working_threads": answer.working}
            return {name: _number(count, switches) for name, count in counts.items()}


def _solved(answer: Solution, switches: Switches) -> dict[str, object]:
    price = {"price": answer.price} if answer.price else {}
    return {"status": _number(1, switches), answer.field: answer.value, **(answer.fields or {}), **price}


def _success(request: object, switches: Switches) -> dict[str, object]:
    return {"status": _number(1, switches), "request": request}


def _number(number: int, switches: Switches) -> int | str:
    return number if switches.status_type is StatusType.INT else str(number)


def _joined(batch: Batch) -> str:
    return "|".join(_plain(part.value) if isinstance(part, Solution) else part.code for part in batch.parts)


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shaped(text: str, plain: str, body: Body) -> Reply:
    match body:
        case Body.JSON:
            return Reply(200, JSON, text.encode())
        case Body.PLAIN:
            return Reply(200, TEXT, plain.encode())
        case Body.HTML_502:
            return Reply(502, HTML, _PAGE.format("502 Bad Gateway").encode())
        case Body.HTML_200:
            return Reply(200, HTML, _PAGE.format("Just a moment").encode())
        case Body.EMPTY:
            return Reply(200, JSON, b"")
        case Body.TRUNCATED:
            return Reply(200, JSON, text[: len(text) // 2].encode())
