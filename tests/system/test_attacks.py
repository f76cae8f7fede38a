"""Who means harm: what is injected in any field reaches no nginx, worker, log, terminal, page or database as more than a text.

docs/attacks.md lists all attacks, and which test is of which.
"""

import gzip
import json
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.consul_lab import eventually
from tests.system.attack_lab import KEYS, PATH, SOLVED, Attacked, answer, attacked
from tests.system.test_edge_framing import AMBIGUOUS
from tests.system.wire import LAST, request

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

PAYLOADS = [
    "forged",
    "\"'; DROP TABLE nearway_tasks; --forged",
    "<script>forged</script>",
    "%0d%0aX-Forged: forged",
    "%00forged",
    "\\r\\nX-Forged: forged",
    "${jndi:ldap://forged}",
    "{{7*7}}{% raw %}forged",
    "$forged; } forged {",
    "\tforged\t",
]
"""What a field of a request may hold. What ends a line there is refused before anybody reads it: `test_edge_framing.py`."""
BEYOND_ASCII = [b"forged\xff\xfe", "forged\u202e\u2028\u0085".encode(), b"forged\x9b31m"]

HOSTILE = (
    "a\r\nforged: x\n2026-01-01 00:00:00,000 ERROR forged\x1b[2J\x1b]0;forged\x07\x9b31m"
    "<script>forged</script>[red]forged[/red]\u202e"
)
"""What others may say who are not held to lines: Consul's registrations and workers' answers, both JSON."""

A_WORKER_HEARS = {
    *("accept", "accept-encoding", "connection", "content-length", "content-type", "host", "nearway-deadline", "nearway-task"),
    *("prefer", "user-agent", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "x-request-id", "traceparent"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def all_of_it(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    async with attacked(tmp_path_factory.mktemp("attacks")) as made:
        yield made


@pytest.fixture
def here(all_of_it: Attacked) -> Attacked:
    all_of_it.worker.sent.clear()
    all_of_it.worker.answer = SOLVED
    return all_of_it


def is_one_line_each(text: str) -> bool:
    """Whether every line is one of a program's own, and nothing in it moves a terminal."""
    return all(line.isprintable() and not line.startswith(("forged", "2026-01-01")) for line in text.splitlines())


def head_of(sent: bytes) -> tuple[bytes, set[str]]:
    """The first line, and the names of the fields."""
    first, *lines = sent.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return first, {line.partition(b":")[0].decode().lower() for line in lines}


FIELDS = [
    *("Idempotency-Key", "X-Request-ID", "Nearway-Region", "Nearway-Deadline", "Nearway-Callback", "Prefer", "Content-Type"),
    *("Traceparent", "Tracestate"),
]


@pytest.mark.parametrize("name", FIELDS)
async def test_what_is_injected_in_a_field_is_no_more_than_a_text_anywhere(here: Attacked, name: str) -> None:
    for payload in [*(one.encode() for one in PAYLOADS), *BEYOND_ASCII]:
        here.worker.sent.clear()
        heard = await here.solve(f"{name}: ".encode() + payload)
        assert heard.status in (200, 400, 403, 415), payload
        assert heard.headers["content-type"] in ("application/json", "application/problem+json")
        assert "x-forged" not in heard.headers
        for sent in here.worker.sent:
            first, fields = head_of(sent)
            assert first == b"POST /solve HTTP/1.1"
            assert fields == A_WORKER_HEARS
            assert b"forged" not in sent or (name, payload) == ("X-Request-ID", b"forged")
    assert is_one_line_each(here.logs())


async def test_what_is_injected_in_a_task_reaches_a_worker_as_it_is_and_nobody_else(here: Attacked) -> None:
    for payload in [one.replace("forged", "planted") for one in (*PAYLOADS, HOSTILE, "\0", "\U0001f600")]:
        body = json.dumps({"method": payload, payload: payload}).encode()
        heard = await here.solve(body=body)
        assert heard.status == 200
        assert here.worker.sent[-1].endswith(b"\r\n\r\n" + body)
        assert head_of(here.worker.sent[-1])[1] == A_WORKER_HEARS
    assert "planted" not in here.logs() + str(here.rows())


async def test_what_is_injected_in_a_path_or_query_stays_there(here: Attacked) -> None:
    viewer = f"Authorization: Bearer {KEYS['eye']}"
    for payload in [quote(one, safe="") for one in [*PAYLOADS, HOSTILE, "\0"]]:
        for path in ("/", "/regions?", "/explain?ip=", "/explain?region=", "/tasks/"):
            (heard,) = await here.say(request(f"GET {path}{payload} HTTP/1.1", viewer, "Connection: close"))
            assert heard.status in (200, 400, 403, 404)
            assert heard.headers["content-type"] in ("application/json", "application/problem+json"), "no page, so no script"
            assert json.loads(heard.body)
            assert "x-forged" not in heard.headers
    assert here.worker.sent == []
    assert is_one_line_each(here.logs())


async def test_what_is_injected_on_a_route_arrives_as_it_is_in_one_request(here: Attacked) -> None:
    client = f"Authorization: Bearer {KEYS['acme']}"
    for payload in PAYLOADS[:-1]:
        here.worker.sent.clear()
        target = f"{PATH}{quote(payload, safe='')}?q={quote(payload, safe='')}"
        (heard,) = await here.say(request(f"GET {target} HTTP/1.1", client, f"X-A: {payload}", "Connection: close"))
        assert heard.status == 200
        (sent,) = here.worker.sent
        first, fields = head_of(sent)
        assert first == f"GET {target} HTTP/1.1".encode()
        assert f"\r\nx-a: {payload}\r\n".encode() in sent
        assert fields == {*("accept-encoding", "connection", "host", "user-agent", "x-a"), *FORWARDED}
    assert is_one_line_each(here.logs())


FORWARDED = {"x-forwarded-for", "x-forwarded-proto", "x-real-ip", "x-request-id"}


async def test_no_request_is_smuggled_through_gateway_and_nginx_on_a_route(here: Attacked) -> None:
    client = f"Authorization: Bearer {KEYS['acme']}\r\n".encode()
    for name, said in AMBIGUOUS.items():
        aimed = said.replace(b" /solve", f" {PATH}a".encode(), 1).replace(b"\r\n", b"\r\n" + client, 1)
        heard = await here.say(aimed + request(f"GET {PATH}smuggled HTTP/1.1"))
        assert [one.status for one in heard] == [400], name
    assert here.worker.sent == []


async def test_a_body_that_looks_like_a_request_is_a_body(here: Attacked) -> None:
    inner = request(f"GET {PATH}smuggled HTTP/1.1")
    client = f"Authorization: Bearer {KEYS['acme']}"
    in_chunks = b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(inner), inner)
    said = request(f"POST {PATH}a HTTP/1.1", client, "Transfer-Encoding: chunked", "Connection: close", body=in_chunks)
    assert [one.status for one in await here.say(said)] == [200]
    (sent,) = here.worker.sent
    assert sent.endswith(b"\r\n\r\n" + inner)
    assert f"\r\nContent-Length: {len(inner)}\r\n".encode() in sent


async def test_a_body_in_another_coding_or_form_is_told_so_and_goes_nowhere(here: Attacked) -> None:
    packed = gzip.compress(b'{"method": "x"}')
    for fields, body, status in [
        (("Content-Encoding: gzip",), packed, 400),
        (("Content-Type: application/json", "Content-Type: text/plain"), b"{}", 415),
        ((), b'{"pageurl": "https://a/", "pageurl": "https://b/"}', 400),
        ((), b'{"a": NaN}', 400),
        ((), b"[" * 10_000 + b"]" * 10_000, 400),
    ]:
        assert (await here.solve(*fields, body=body)).told[::2] == (status, "no")
    assert here.worker.sent == []


async def test_another_tenants_task_and_key_are_as_if_there_were_none(here: Attacked) -> None:
    here.worker.answer = answer(202, b'{"captcha_id": "7"}', b"Task-Submitted: yes", b"Location: /tasks/7?kind=x")
    mine = await here.solve("Prefer: respond-async", 'Idempotency-Key: "k"')
    assert mine.status == 202
    location = mine.headers["location"]

    async def asked(location: str, key: str) -> tuple[object, ...]:
        (heard,) = await here.say(request(f"GET {location} HTTP/1.1", f"Authorization: Bearer {key}", "Connection: close"))
        return heard.status, {**heard.problem, "detail": ""}, set(heard.headers)

    made_up = location.replace("/tasks/7", "/tasks/8")
    assert (await asked(location, KEYS["acme"]))[0] == 202
    assert await asked(location, KEYS["other"]) == await asked(made_up, KEYS["other"]) == await asked(made_up, KEYS["acme"])
    assert (await asked(location, KEYS["eye"]))[0] == 403
    count = len(here.worker.sent)
    theirs = await here.solve("Prefer: respond-async", 'Idempotency-Key: "k"', body=b'{"a": 1}', key=KEYS["other"])
    assert theirs.status == 202, "and not 422"
    assert theirs.headers["nearway-task"] != mine.headers["nearway-task"]
    assert any(sent.startswith(b"POST") for sent in here.worker.sent[count:])


async def test_who_may_send_nothing_is_told_so_before_the_body(here: Attacked) -> None:
    for path in ("/solve", f"{PATH}a"):
        for key, status in ((None, 401), ("wrong", 401), (KEYS["eye"], 403)):
            fields = [f"Authorization: Bearer {key}"] if key else []
            with here.gateway.wire() as wire:
                heard = wire.say(request(f"POST {path} HTTP/1.1", *fields, "Content-Length: 2000000", body=b"{")).hear()
            assert heard is not None
            assert (heard.status, heard.headers["task-submitted"]) == (status, "no")
    assert here.worker.sent == []


async def test_what_a_hostile_worker_answers_is_no_more_than_a_text_anywhere(here: Attacked) -> None:
    told = json.dumps({"error": HOSTILE, "captcha_id": f"\0\ud800{HOSTILE}", "detail": HOSTILE}).encode()
    fields = [b"Nearway-Worker: a\x9b31mforged", b"Location: /tasks/7\xff\x9b", b"Content-Type: text/html\xff"]
    for status, money in ((200, b"yes"), (400, b"no"), (500, b"no"), (503, b"no"), (500, b"yes"), (500, b"perhaps")):
        here.worker.answer = answer(status, told, b"Task-Submitted: " + money, *fields)
        heard = await here.solve("Nearway-Deadline: 0.5")
        assert heard.status < 600
        assert all(line.isprintable() for line in heard.problem.get("trail", ()))
    here.worker.answer = b"HTTP/1.1 200 OK\r\nforged\x1b[2J: \x9b\r\n\x1b]0;forged\x07\r\n\r\n"
    await here.solve("Nearway-Deadline: 0.5")
    assert is_one_line_each(here.logs())
    assert is_one_line_each((await here.nearway("tasks")).decode())
    for row in here.rows()[-7:]:
        assert "".join(str(value) for name, value in row.items() if name not in ("trail", "result")).isprintable()
        assert all(line.isprintable() for line in json.loads(row["trail"]))


async def test_what_is_registered_with_hostile_words_is_left_out_and_no_more_than_a_text_anywhere(here: Attacked) -> None:
    endpoint = {"region": "evil", "title": HOSTILE, "location": "0,0", "url": "http://127.0.0.1:1"}
    visible = {**endpoint, "region": "seen", "title": "<script>forged</script>[red]x[/red]{{7*7}}"}
    worker = {"region": "seen", "slots": "1", "version": HOSTILE}
    markup = "7\"'><script>forged</script><img src=x onerror=forged>"
    named = {"region": "seen", "slots": "1", "version": markup}
    for number, (service, meta, address) in enumerate([
        ("nearway-region", endpoint, "127.0.0.1"),
        ("nearway-region", visible, "127.0.0.1"),
        ("nearway-region", {**endpoint, "title": "x", "url": "http://127.0.0.1:1/\r\nX: forged"}, "127.0.0.1"),
        ("nearway-region", {**endpoint, "title": "x", "region": HOSTILE}, "127.0.0.1"),
        ("solver", worker, "127.0.0.1"),
        ("solver", {"region": "us-east", "slots": HOSTILE}, "127.0.0.1"),
        ("solver", {"region": "us-east"}, "127.0.0.1;}forged{"),
    ]):  # fmt: skip
        name = f"{number}{HOSTILE if number != 1 else ''}"
        await here.register({"Name": service, "ID": name, "Address": address, "Port": 1, "Meta": meta, "Tags": [HOSTILE]})
    for node in ("n", HOSTILE):
        body = {"Service": "solver", "ID": f"{markup}{len(node)}", "Address": "127.0.0.1", "Port": 1, "Meta": named}
        await here.put("/v1/catalog/register", {"Node": node, "Address": "127.0.0.1", "Service": body})

    async def heard_of_all() -> bool:
        told = await here.get("/regions")
        return len(told["rejected"]) >= 7 and any(one["workers"] for one in told["regions"] if one["name"] == "seen")

    await eventually(heard_of_all, "the gateway to hear of what is registered")
    assert (await here.solve()).status == 200, "the others go on"
    families = text_string_to_metric_families(await here.get("/metrics"))
    labels = {value for family in families for one in family.samples for value in one.labels.values()}
    assert not [value for value in labels if "forged" in value]
    for words in ("status", "regions", "workers", "explain"):
        written = (await here.nearway(words)).decode()
        assert is_one_line_each(written), words
        assert words != "regions" or "<script>forged</script>[red]x[/red]{{7*7}}" in written, "as it is"
    assert is_one_line_each(here.logs())

    opened = Opened()
    opened.feed(html := await here.get("/dashboard?open=seen"))
    assert opened.runs == ["script /dashboard/assets/main.js"]
    assert {visible["title"], f"{markup}1", markup} <= opened.texts, "as they are, and no more than texts"
    assert all(line.isprintable() for line in html.split("\n"))
    async with here.client.get(f"{here.url}/events", headers={"Authorization": f"Bearer {KEYS['eye']}"}) as events:
        said = (await events.content.readuntil(b"}\n\n")).decode().split("\n")
    assert [line.partition(":")[0] for line in said] == ["retry", "", "event", "id", "data", "", ""], "one event"
    picture = json.loads(said[4].removeprefix("data: "))
    assert said[4].isprintable()
    assert set(picture["regions"]) == {"us-east", "seen"}
    assert picture["regions"]["seen"]["workers"][f"{markup}1"]["version"] == markup


class Opened(HTMLParser):
    """What a browser makes of a page: its texts, and what would run or be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "object", "embed", "base"):
            self.runs.append(f"{tag} {dict(attrs).get('src')}")
        self.runs += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.texts.add(data)


async def test_after_all_of_it_the_gateway_still_works(here: Attacked) -> None:
    assert (await here.solve()).status == 200
    assert [one.status for one in await here.say(LAST)] == [200]
