"""No task is sent again once it may have been paid for, whatever the workers answer; and what is paid for is waited for."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attempt.evidence import Answer, Evidence, Lost, NotSent
from attempt.outcome import Outcome, outcome_of
from contract.deadline import HEADER as DEADLINE
from contract.submitted import Submitted
from nearway import BusyError, FailedError, NearwayError, Solution, TaskRefusedError, UnknownError, UnreachableError, Worker
from nearway.balancer.admission import Admission
from nearway.balancer.carrying import Carrier
from nearway.balancer.choose import Policy


def answer(status: int, submitted: str | None = None, error: str | None = None, **headers: str) -> Answer:
    told: Mapping[str, object] = {"solution": "s", "captcha_id": 7} if error is None else {"error": error, "detail": "so"}
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, fields | ({"task-submitted": submitted} if submitted else {}), json.dumps(told).encode())


SOLVED = answer(200, "yes")
ACCEPTED = answer(202, "yes", location="/tasks/7?kind=x")
FULL = answer(503, "no", "NO_FREE_SLOT", retry_after="0")
GONE = NotSent("nobody is there")

EVIDENCE: list[Evidence] = [
    SOLVED,
    ACCEPTED,
    FULL,
    GONE,
    Lost("reset"),
    answer(202, "yes"),
    answer(200),
    answer(204),
    answer(302),
    answer(400, "no", "BAD_REQUEST"),
    answer(404),
    answer(429, "no", "RATE_LIMITED", retry_after="0"),
    answer(429),
    answer(500),
    answer(500, "no", "SOLVER_UNREACHABLE"),
    answer(500, "yes", "SOLVER_FAILED"),
    answer(502),
    answer(503),
    answer(503, "unknown", "SUBMISSION_UNKNOWN"),
    answer(504),
    Answer(200, {"task-submitted": "yes"}, b"no JSON"),
]


@dataclass
class Workers:
    """Answer submissions and waits by their scripts, and then with the last of each; looks are answered well."""

    posts: list[Evidence]
    gets: list[Evidence] = field(default_factory=lambda: [SOLVED])
    seen: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    look: Evidence = field(default_factory=lambda: answer(200))

    async def submit(self, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Evidence:
        self.seen.append(("POST", url, headers))
        return self.posts.pop(0) if len(self.posts) > 1 else self.posts[0]

    async def get(self, url: str, headers: Mapping[str, str], seconds: float) -> Evidence:
        self.seen.append(("GET", url, headers))
        if url.endswith("/health"):
            return self.look
        return self.gets.pop(0) if len(self.gets) > 1 else self.gets[0]

    def urls(self, method: str) -> list[str]:
        return [url for by, url, _ in self.seen if by == method]


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


THREE = [Worker(f"http://w{number}:1", 2) for number in range(3)]


async def carried(
    answering: Workers, seconds: float = 20.0, workers: list[Worker] | None = None
) -> tuple[Solution | NearwayError, Admission]:
    """What came of one task, and the admission afterwards."""
    admission = Admission(workers or THREE, Policy(), clock=time.monotonic, chance=lambda: 0.5)
    carrier = Carrier(answering, admission, (), clock=time.monotonic, sleep=at_once)
    try:
        return await carrier.carry(b"{}", "", time.monotonic() + seconds), admission
    except NearwayError as error:
        return error, admission


@settings(deadline=None)
@given(st.lists(st.sampled_from(EVIDENCE), min_size=1, max_size=6), st.lists(st.sampled_from(EVIDENCE), max_size=6))
def test_a_task_is_never_sent_again_after_it_may_have_been_paid_for(posts: list[Evidence], gets: list[Evidence]) -> None:
    answering = Workers([*posts, SOLVED], [*gets, SOLVED])
    many = [Worker(f"http://w{number}:1", 1) for number in range(9)]
    end, admission = asyncio.run(carried(answering, workers=many))
    sent = answering.urls("POST")
    free = (Outcome.UNSENT, Outcome.REFUSED)
    until = next((place for place, one in enumerate(posts) if outcome_of(one) not in free), len(posts))
    assert len(sent) == until + 1
    assert admission.standing.load.in_flight.total() == 0
    if isinstance(end, NearwayError):
        last = ([*posts, SOLVED])[until]
        paid = outcome_of(last) is Outcome.ACCEPTED or (isinstance(last, Answer) and last.headers.get("task-submitted") == "yes")
        assert end.submitted is not Submitted.NO or (isinstance(last, Answer) and last.headers["task-submitted"] == "no")
        assert not end.may_retry
        assert end.submitted is Submitted.YES or not paid or (isinstance(last, Answer) and last.status == 202)


@pytest.mark.parametrize(
    ("post", "kind", "submitted"),
    [
        (Lost("reset"), UnknownError, "unknown"),
        (answer(202, "yes"), UnknownError, "unknown"),
        (answer(200, None, "so"), Solution, None),
        (Answer(200, {}, b"no JSON"), UnknownError, "unknown"),
        (Answer(200, {"task-submitted": "yes"}, b"no JSON"), FailedError, "yes"),
        (answer(503), UnknownError, "unknown"),
        (answer(400, "no", "BAD_REQUEST"), TaskRefusedError, "no"),
        (answer(500, "yes", "SOLVER_FAILED"), FailedError, "yes"),
    ],
)
async def test_what_an_answer_means(post: Evidence, kind: type, submitted: str | None) -> None:
    end, _ = await carried(Workers([post]))
    assert type(end) is kind
    assert getattr(end, "submitted", None) == submitted


async def test_a_full_one_and_one_that_is_gone_are_passed_over() -> None:
    answering = Workers([FULL, GONE, SOLVED])
    end, admission = await carried(answering)
    assert isinstance(end, Solution)
    assert len(set(answering.urls("POST"))) == 3
    assert [one.is_open for one in admission.standing.breakers.values()].count(True) == 1
    assert float(answering.seen[0][2][DEADLINE]) == pytest.approx(20, abs=5)


async def test_a_wait_goes_on_at_another_worker_and_its_slot_goes_with_it() -> None:
    answering = Workers([ACCEPTED], [Lost("reset"), answer(202, "yes", location="/tasks/8"), SOLVED])
    end, admission = await carried(answering)
    first, second, third = answering.urls("GET")
    assert isinstance(end, Solution)
    assert first == f"{answering.urls('POST')[0][:-6]}/tasks/7?kind=x"
    assert second.endswith("/tasks/7?kind=x")
    assert second[:12] != first[:12]
    assert third == f"{second[:11]}/tasks/8"
    assert admission.standing.load.in_flight.total() == 0


async def test_a_wait_is_not_asked_of_one_that_is_not_resumable() -> None:
    workers = [Worker("http://w0:1"), Worker("http://w1:1", resumable=False), Worker("http://w2:1")]
    answering = Workers([ACCEPTED], [Lost("reset"), Lost("reset"), Lost("reset"), SOLVED])
    end, _ = await carried(answering, workers=workers)
    assert isinstance(end, Solution)
    assert {url[:11] for url in answering.urls("GET")} == {"http://w0:1", "http://w2:1"}


async def test_what_is_accepted_and_not_solved_in_time_says_where_it_is() -> None:
    end, _ = await carried(Workers([ACCEPTED], [Lost("reset")]), 0.05)
    assert isinstance(end, FailedError)
    assert (end.code, end.location) == ("DEADLINE_EXCEEDED", "/tasks/7?kind=x")


async def test_an_accepted_task_can_be_asked_for_again() -> None:
    admission = Admission(THREE, Policy(), clock=time.monotonic, chance=lambda: 0.5)
    answering = Workers([], [Lost("reset"), SOLVED])
    carrier = Carrier(answering, admission, (), clock=time.monotonic, sleep=at_once)
    assert (await carrier.ask("/tasks/7", time.monotonic() + 5)).solution == "s"
    assert answering.urls("POST") == []


async def test_a_location_elsewhere_is_not_asked() -> None:
    end, _ = await carried(Workers([answer(202, "yes", location="@elsewhere/tasks/7")]), 0.05)
    assert isinstance(end, FailedError)


async def test_nothing_was_paid_while_all_are_full_or_gone() -> None:
    busy, _ = await carried(Workers([answer(503, "no", "NO_FREE_SLOT", retry_after="9")]), 0.05)
    gone, _ = await carried(Workers([GONE]), 0.05)
    assert (type(busy), type(gone)) == (BusyError, UnreachableError)
    for one in (busy, gone):
        assert isinstance(one, NearwayError)
        assert (one.submitted, one.may_retry) == (Submitted.NO, True)
    assert "nobody is there" in str(gone)


async def test_who_failed_is_looked_at_before_a_task_goes_there() -> None:
    answering = Workers([GONE, SOLVED])
    end, _ = await carried(answering, workers=THREE[:1])
    assert isinstance(end, Solution)
    assert [(method, url) for method, url, _ in answering.seen] == [
        ("POST", "http://w0:1/solve"),
        ("GET", "http://w0:1/health"),
        ("POST", "http://w0:1/solve"),
    ]
    answering = Workers([GONE, SOLVED], look=answer(502))
    end, _ = await carried(answering, 1.0, workers=THREE[:1])
    assert isinstance(end, UnreachableError)
    assert answering.urls("POST") == ["http://w0:1/solve"]
