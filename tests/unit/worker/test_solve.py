"""The sequence against an API that follows a script, and, through aioresponses, against every code there is."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest
from aioresponses import aioresponses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.problem import Problem, ProblemError
from worker.accountant import Accountant
from worker.api import Api
from worker.codes import CODES, Class
from worker.location import Receipt
from worker.methods import KINDS
from worker.metrics import Metrics
from worker.outcome import Lost, NotSent, PollOutcome, SubmissionOutcome
from worker.reply import Accepted, NotReady, Refused, Solved, Unreadable
from worker.solve import Answer, Solver
from worker.standing import Balance, Threads
from worker.task import Task

KEY = "0123456789abcdef0123456789abcdef"
BASE = "http://api.test"
V2 = KINDS["recaptcha_v2"]
TASK = Task(V2, {"method": "userrecaptcha", "googlekey": "k", "pageurl": "https://example.com/", "proxy": "joe:s3cret@h:1"})
FAST = 2000.0
"""How much faster than a real API: the first look comes 7.5 ms after the submission."""


Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@dataclass
class Script:
    """An API that gives one outcome after another, the last one for ever."""

    submissions: list[SubmissionOutcome] = field(default_factory=lambda: [Accepted("5")])
    polls: list[PollOutcome] = field(default_factory=lambda: [Solved("token")])
    submitted: int = 0
    polled: list[float] = field(default_factory=list)

    async def submit(self, form: Mapping[str, str]) -> SubmissionOutcome:
        self.submitted += 1
        return self.submissions.pop(0) if len(self.submissions) > 1 else self.submissions[0]

    async def poll(self, captcha_id: str) -> PollOutcome:
        self.polled.append(time.monotonic())
        return self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]

    async def threads(self) -> Threads:
        return Threads(5, 5)

    async def balance(self) -> Balance:
        return Balance(1.0)


def solver_of(api: object, speed: float = FAST) -> Solver:
    metrics = Metrics()
    accountant = Accountant(cast("Api", api), metrics, gap=0, fresh=0, every=60, speed=speed)
    return Solver(cast("Api", api), accountant, metrics, secrets=(KEY,), speed=speed, jitter=lambda: 0.0)


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


async def submit(script: Script, patience: float = 5.0) -> Receipt | Problem:
    try:
        return await solver_of(script).submit(TASK, soon(patience), asyncio.Event())
    except ProblemError as error:
        return error.problem


async def wait(script: Script, seconds: float = 5.0) -> Answer | Problem | None:
    try:
        return await solver_of(script).wait(Receipt("5", V2, time.time()), soon(seconds), asyncio.Event())
    except ProblemError as error:
        return error.problem


@pytest.mark.parametrize(
    ("refusals", "times"),
    [
        pytest.param([Refused("ERROR_ZERO_BALANCE")] * 7, 8, id="busy as long as it is"),
        pytest.param([Refused("ERROR_SERVER_ERROR")] * 4, 5, id="server errors, told"),
        pytest.param([NotSent("refused")] * 2, 3, id="no connection"),
        pytest.param([Refused("MAX_USER_TURN")], 2, id="too fast"),
    ],
)
async def test_handed_over_again_until_taken(refusals: list[SubmissionOutcome], times: int) -> None:
    script = Script([*refusals, Accepted("7")])
    got = await submit(script)
    assert isinstance(got, Receipt)
    assert (got.captcha_id, got.kind, script.submitted) == ("7", V2, times)
    assert got.submitted == pytest.approx(time.time(), abs=1)


@pytest.mark.parametrize(
    ("outcome", "times", "told"),
    [
        pytest.param(Lost("reset"), 1, ("SUBMISSION_UNKNOWN", 500, "unknown"), id="no answer"),
        pytest.param(Unreadable("HTTP 502"), 1, ("SUBMISSION_UNKNOWN", 500, "unknown"), id="a page"),
        pytest.param(NotSent("refused"), 4, ("SOLVER_UNREACHABLE", 500, "no"), id="never a connection"),
        pytest.param(Refused("ERROR_SERVER_ERROR"), 5, ("ERROR_SERVER_ERROR", 500, "no"), id="always in trouble"),
        pytest.param(Refused("ERROR_NEW"), 1, ("ERROR_NEW", 500, "unknown"), id="a code no list has"),
        pytest.param(Refused("ERROR_UNNAMED", "see our article"), 1, ("ERROR_UNNAMED", 500, "unknown"), id="no code"),
    ],
)
async def test_given_up(outcome: SubmissionOutcome, times: int, told: tuple[str, int, str]) -> None:
    script = Script([outcome])
    got = await submit(script)
    assert isinstance(got, Problem)
    assert ((got.error, got.status, got.submitted.value), script.submitted) == (told, times)


async def test_busy_for_too_long_is_not_begun() -> None:
    got = await submit(Script([Refused("ERROR_NO_SLOT_AVAILABLE")]), patience=0)
    assert isinstance(got, Problem)
    assert (got.error, got.status, got.submitted, got.retry_after) == ("SOLVER_BUSY", 503, "no", 5)


async def test_an_unwanted_task_is_not_handed_over_again(eventually: Eventually) -> None:
    script, stop = Script([Refused("ERROR_ZERO_BALANCE")]), asyncio.Event()
    solver = solver_of(script, speed=1.0)
    running = asyncio.create_task(solver.submit(TASK, soon(60), stop))
    await eventually(lambda: script.submitted)
    stop.set()
    with pytest.raises(ProblemError) as caught:
        await running
    assert (caught.value.problem.error, script.submitted) == ("WORKER_DRAINING", 1)


async def test_what_the_api_says_is_told_without_the_secrets() -> None:
    got = await submit(Script([Refused("ERROR_BAD_PROXY", f"key {KEY} proxy joe:s3cret@h:1 pass s3cret")]))
    assert isinstance(got, Problem)
    assert "The API says: key [hidden]" in got.detail
    assert KEY not in got.body().decode()
    assert "s3cret" not in got.body().decode()


TROUBLE: list[PollOutcome] = [
    NotReady(),
    Lost("reset"),
    NotSent("refused"),
    Unreadable("HTTP 502"),
    Refused("ERROR_SERVER_ERROR"),
    Refused("ERROR_NO_SLOT_AVAILABLE"),
]


async def test_looks_go_on_through_all_trouble_to_the_solution() -> None:
    script = Script(polls=[*TROUBLE, Solved("token", {"user_agent": "UA"})])
    got = await wait(script)
    assert isinstance(got, Answer)
    members = dict(got.members)
    solved_at = members.pop("solved_at")
    assert isinstance(solved_at, float)
    assert members == {"solution": "token", "captcha_id": "5", "user_agent": "UA", "expires_at": pytest.approx(solved_at + 120)}
    assert len(script.polled) == 7


async def test_looks_are_on_the_grid() -> None:
    script = Script(polls=[NotReady(), NotReady(), NotReady(), Solved("t")])
    begun = time.monotonic()
    await solver_of(script, speed=100).wait(Receipt("5", V2, time.time()), soon(), asyncio.Event())
    assert [at - begun for at in script.polled] == pytest.approx([0.15, 0.20, 0.25, 0.30], abs=0.04)


async def test_not_solved_in_time() -> None:
    script = Script(polls=[NotReady()])
    assert await wait(script, seconds=0.05) is None
    assert script.polled


async def test_stopped_at_once_and_not_looked_for_any_more() -> None:
    stop = asyncio.Event()
    stop.set()
    script = Script()
    begun = time.monotonic()
    assert await solver_of(script, speed=1).wait(Receipt("5", V2, time.time()), soon(60), stop) is None
    assert (time.monotonic() - begun < 1, script.polled) == (True, [])


async def test_short_waits_look_once_between_two_points() -> None:
    script = Script(polls=[NotReady()])
    solver = solver_of(script, speed=1)
    receipt = Receipt("5", V2, time.time() - 17)
    for _ in range(5):
        assert await solver.wait(receipt, time.monotonic(), asyncio.Event()) is None
    assert len(script.polled) == 1


async def test_a_ban_is_waited_out() -> None:
    script = Script(polls=[Refused("ERROR: 1003"), Solved("t")])
    solver = solver_of(script, speed=500)
    accountant = solver._accountant
    accountant.start()
    begun = time.monotonic()
    got = await solver.wait(Receipt("5", V2, time.time()), soon(), asyncio.Event())
    await accountant.close()
    assert isinstance(got, Answer)
    assert time.monotonic() - begun >= 0.089  # the first look at 15 s, then 30 s of ban, five hundred times as fast


async def test_a_refused_key_ends_the_wait_with_where_to_ask_again() -> None:
    script = Script(polls=[Refused("ERROR_KEY_DOES_NOT_EXIST")])
    solver, stop = solver_of(script), asyncio.Event()
    for _ in range(3):
        with pytest.raises(ProblemError) as caught:
            await solver.wait(Receipt("5", V2, time.time()), soon(), stop)
        told = caught.value.problem
        assert (told.error, told.status, told.submitted, told.more["captcha_id"]) == ("ERROR_KEY_DOES_NOT_EXIST", 500, "yes", "5")
        assert told.headers["Location"].startswith("/tasks/5?")
    assert len(script.polled) == 1


# Every row of the table, over HTTP.

_CALLER = {name: 400 for name, code in CODES.items() if code.kind in (Class.CALLER, Class.PROXY)}
_MISSING = dict.fromkeys(("ERROR_WRONG_CAPTCHA_ID", "ERROR_WRONG_ID_FORMAT", "ERROR_CAPTCHA_ID", "ERROR_NO_SUCH_CAPCHA_ID"), 404)
_BUSY = dict.fromkeys(("ERROR_ZERO_BALANCE", "ERROR_NO_SLOT_AVAILABLE", "MAX_USER_TURN", "ERROR_TOO_MUCH_REQUESTS"), 503)
_STATUS = {**_CALLER, **_MISSING, **_BUSY}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    made = Api(BASE, KEY, patience=5)
    yield made
    await made.close()


@pytest.mark.parametrize("shape", ["json", "text status", "bare"])
@pytest.mark.parametrize("name", [*CODES, "ERROR_SOMETHING_NEW"])
async def test_every_code_at_the_hand_over(api: Api, name: str, shape: str) -> None:
    body = {
        "json": json.dumps({"status": 0, "request": name}),
        "text status": json.dumps({"status": "0", "request": name}),
        "bare": name,
    }
    with aioresponses() as http:
        http.post(f"{BASE}/in.php", body=body[shape], repeat=True)
        http.post(f"{BASE}/res.php", payload={"threads": 5, "working_threads": 5}, repeat=True)
        with pytest.raises(ProblemError) as caught:
            await solver_of(api, speed=1).submit(TASK, soon(0.5), asyncio.Event())
        calls = [call for (_, url), calls in http.requests.items() for call in calls if url.path == "/in.php"]
    told = caught.value.problem
    assert len(calls) == 1  # a first pause would already go beyond the task's patience
    assert told.status == _STATUS.get(name, 500)
    assert told.submitted == ("unknown" if name == "ERROR_SOMETHING_NEW" else "no")
    assert told.error == ("SOLVER_BUSY" if name in _BUSY else name)


@pytest.mark.parametrize("name", [*CODES, "ERROR_SOMETHING_NEW"])
async def test_every_code_at_a_look(api: Api, name: str) -> None:
    goes_on = name in CODES and CODES[name].kind in {Class.BUSY, Class.PACE, Class.TRANSIENT, Class.BLOCKED}
    with aioresponses() as http:
        http.post(f"{BASE}/res.php", payload={"status": 0, "request": name}, repeat=True)
        waiting = solver_of(api, speed=20_000).wait(Receipt("5", V2, time.time()), soon(0.01 if goes_on else 5), asyncio.Event())
        if goes_on:
            assert await waiting is None
            assert http.requests
            return
        with pytest.raises(ProblemError) as caught:
            await waiting
    told = caught.value.problem
    assert (told.error, told.submitted, told.more["captcha_id"]) == (name, "yes", "5")
    assert told.status == _STATUS.get(name, 500)


_replies = st.sampled_from(
    [
        b'{"status":1,"request":"5"}',
        b'{"status":0,"request":"ERROR_ZERO_BALANCE"}',
        b'{"status":0,"request":"ERROR_SERVER_ERROR"}',
        b"OK|5",
        b"ERROR_UPLOAD",
        b"<html>502</html>",
        b"",
    ]
)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A reply, with bytes of it lost, changed or doubled."""
    reply = bytearray(draw(_replies))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(reply) - 1)))
        reply[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=3))
    return bytes(reply)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(mangled(), min_size=1, max_size=4))
def test_whatever_the_replies_a_task_is_handed_over_again_only_after_a_refusal(replies: list[bytes]) -> None:
    asyncio.run(_mangled(replies))


async def _mangled(replies: list[bytes]) -> None:
    api = Api(BASE, KEY, patience=5)
    given_out: list[bytes] = []
    with aioresponses() as http:
        for reply in replies:
            http.post(f"{BASE}/in.php", body=reply)
        http.post(f"{BASE}/res.php", payload={"threads": 5, "working_threads": 5}, repeat=True)
        try:
            got: Receipt | Problem = await solver_of(api, speed=1e6).submit(TASK, soon(), asyncio.Event())
        except ProblemError as error:
            got = error.problem
        sent = sum(len(calls) for (_, url), calls in http.requests.items() if url.path == "/in.php")
    await api.close()
    given_out = replies[:sent]
    for reply in given_out[:-1]:  # the one before every further hand-over
        assert any(code.encode() in reply for code in (*_BUSY, "ERROR_SERVER_ERROR")), reply
    if isinstance(got, Receipt):
        assert got.captcha_id.encode() in given_out[-1]
    elif got.submitted == "no" and sent <= len(replies):
        assert b"ERROR" in given_out[-1] or sent > len(given_out)
