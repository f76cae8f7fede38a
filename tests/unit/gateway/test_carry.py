"""The sequence, against regions that do what a script says. Time passes only in sleeps."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attempt.evidence import Answer, Evidence, Lost, NotSent
from attempt.outcome import Outcome, outcome_of
from contract.problem import Problem, ProblemError
from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import Region, View
from gateway import answers
from gateway.admission import Admission
from gateway.allowance import Allowances
from gateway.carry import Carrier, ClientLeftError
from gateway.dashboard.seen import Seen
from gateway.errand import Errand
from gateway.held import Held
from gateway.ledger.entry import TakenOverError
from gateway.limits import Limits
from gateway.locations import Location, Locations
from gateway.metrics import Metrics
from gateway.policy import Policy
from gateway.queue import Queue
from gateway.rank import Ranked
from gateway.standing import Standing
from gateway.task import Key, Task
from gateway.telling import Teller
from gateway.tenants import Tenant
from gateway.timing import Timing

ACCEPTED = Answer(202, {"location": "/tasks/77?kind=x", "task-submitted": "yes"}, b'{"captcha_id": "77"}')
SOLVED = Answer(200, {"content-type": "application/json", "task-submitted": "yes", "server": "x"}, b'{"solution": "s"}')
NOT_YET = Answer(202, {"task-submitted": "yes"}, b"{}")
FULL = Answer(503, {"task-submitted": "no", "retry-after": "1"}, b'{"error": "REGION_FULL"}')
WRONG = Answer(400, {"task-submitted": "no", "content-type": "application/problem+json"}, b'{"error": "BAD_REQUEST"}')
REFUSED = NotSent("Connection refused")
RESET = Lost("Connection reset by peer")

NEAREST_FIRST = ("near", "far", "farthest")


@dataclass
class Script:
    """Plays each region's answers in order and repeats the last; keeps who was asked what, in `order` with the ledger's part."""

    submits: Mapping[str, list[Evidence]]
    waits: Mapping[str, list[Evidence]] = field(default_factory=dict)
    seconds_per_wait: float = 1.0
    asked: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    now: float = 0.0

    async def submit(self, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Evidence:
        return self._play("submit", self.submits, url, headers)

    async def get(self, url: str, headers: Mapping[str, str], seconds: float) -> Evidence:
        self.now += min(self.seconds_per_wait, seconds)
        return self._play("wait", self.waits, url, headers)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def _play(self, what: str, script: Mapping[str, list[Evidence]], url: str, headers: Mapping[str, str]) -> Evidence:
        region = url.removeprefix("http://").split(":")[0]
        self.asked.append(f"{what} {region}")
        self.order.append(f"{what} {region}")
        self.headers.append(headers)
        answers = script[region]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def view_of(*names: str) -> View:
    workers = tuple(
        Instance("dc", "n", WORKERS, f"w-{name}", "10.0.0.1", 80, Health.PASSING, {"region": name, "slots": "2"})
        for name in names
    )
    endpoints = tuple(
        Instance(
            "dc", "n", REGION_ENDPOINTS, f"e-{name}", "10.0.0.1", 81, Health.PASSING,
            {"region": name, "location": "0,0", "url": f"http://{name}:81"},
        )
        for name in names
    )  # fmt: skip
    return View().answered(Service("dc", WORKERS), workers, 0.0).answered(Service("dc", REGION_ENDPOINTS), endpoints, 0.0)


def in_order(task: Task, regions: Mapping[str, Region]) -> list[Ranked]:
    return [Ranked(name, "by the test's order") for name in NEAREST_FIRST if name in regions]


@dataclass
class Book:
    """A ledger that remembers what it was told, and can be away."""

    script: Script
    away: bool = False
    taken: bool = False
    seconds: float = 0.0

    def arrived(self, errand: Errand) -> "Book":
        self.script.order.append("arrived")
        return self

    async def submitting(self, errand: Errand, region: str) -> None:
        if self.away:
            raise ProblemError(answers.ledger_away(errand, "no space"))
        if self.taken:
            raise TakenOverError(answers.taken_over(errand))
        self.script.now += self.seconds
        self.script.order.append(f"write {region}")

    def heard(self, errand: Errand, outcome: Outcome, evidence: Evidence) -> None:
        self.script.order.append(f"heard {outcome}")

    def answered(self, errand: Errand, answer: Answer) -> None:
        self.script.order.append(f"answered {answer.status}")

    def failed(self, errand: Errand, problem: Problem) -> None:
        self.script.order.append(f"failed {problem.error}")

    def left(self, errand: Errand) -> None:
        self.script.order.append("left")


class Bench:
    """A carrier over a script."""

    def __init__(self, script: Script, regions: tuple[str, ...] = ("near", "far")) -> None:
        self.script, self.standing, self.metrics = script, Standing(), Metrics()
        self.view = view_of(*regions)
        self.allowances = Allowances(clock=lambda: script.now, now=lambda: script.now)
        self.admission = Admission(
            lambda: self.view, in_order, self.standing, Queue(2), self.allowances, policy=Policy, clock=lambda: script.now
        )
        self.ledger = Book(script)
        self.carrier = Carrier(
            lambda: self.view,
            in_order,
            self.admission,
            script,  # type: ignore[arg-type]
            Held(self.standing.round_trips.is_cut_off),
            Locations(b"key"),
            Teller(self.metrics, Seen(lambda: script.now, lambda: script.now)),
            self.ledger,  # type: ignore[arg-type]
            self.allowances,
            clock=lambda: script.now,
            sleep=script.sleep,
        )
        self.last = Errand(Task("", "", b"", ip_address("::1"), 0.0), Timing(lambda: 0.0))
        self.task = Task("t1", "r1", b"{}", ip_address("203.0.113.7"), deadline=100.0)

    @property
    def errand(self) -> Errand:
        return Errand(self.task, Timing(lambda: self.script.now))

    async def ask(self, seconds: float = 0.0) -> Answer:
        self.task.deadline = self.script.now + seconds
        self.last = self.errand
        self.last.location = "/ours"
        return await self.carrier.ask(self.last, Location("/tasks/77?kind=x", "t1"), self.ledger)  # type: ignore[arg-type]

    async def carry(self) -> Answer:
        return await self.carrier.carry(self.errand)

    async def problem(self) -> dict[str, object]:
        with pytest.raises(ProblemError) as caught:
            await self.carry()
        made = caught.value.problem
        return {**json.loads(made.body()), "submitted": made.submitted.value, "headers": dict(made.headers)}

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


async def test_a_task_is_submitted_once_at_the_nearest_region_and_waited_for_there() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [NOT_YET, NOT_YET, SOLVED]}))
    answer = await bench.carry()
    assert bench.script.asked == ["submit near", "wait near", "wait near", "wait near"]
    assert (answer.status, answer.body) == (200, b'{"solution": "s"}')
    assert answer.headers["nearway-region"] == "near"
    assert answer.headers["nearway-task"] == "t1"
    assert answer.headers["task-submitted"] == "yes"
    assert answer.headers["server-timing"] == "queue;dur=0.0, submit;dur=0.0, solve;dur=3000.0"
    assert "server" not in answer.headers


async def test_what_a_region_is_told() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [SOLVED]}))
    await bench.carry()
    assert bench.script.headers[0] == {
        "Content-Type": "application/json", "Prefer": "respond-async, wait=0", "Nearway-Task": "t1",
        "Nearway-Deadline": "100.000000", "X-Request-ID": "r1", "X-Forwarded-For": "203.0.113.7",
    }  # fmt: skip
    assert bench.script.headers[1]["Prefer"] == "wait=20"


@pytest.mark.parametrize("first", [REFUSED, FULL, Answer(500, {"task-submitted": "no"}, b"")], ids=["gone", "full", "in trouble"])
async def test_what_was_not_submitted_goes_to_the_next_region(first: Evidence) -> None:
    bench = Bench(Script({"near": [first], "far": [ACCEPTED]}, {"far": [SOLVED]}))
    assert (await bench.carry()).headers["nearway-region"] == "far"
    assert bench.script.asked == ["submit near", "submit far", "wait far"]


@pytest.mark.parametrize("first", [RESET, Answer(502, {}, b""), Answer(503, {}, b"")], ids=["reset", "bare 502", "bare 503"])
async def test_what_may_have_been_submitted_is_never_sent_again(first: Evidence) -> None:
    bench = Bench(Script({"near": [first], "far": [ACCEPTED]}, {"far": [SOLVED]}))
    told = await bench.problem()
    assert bench.script.asked == ["submit near"]
    assert (told["error"], told["status"], told["submitted"], told["task"]) == ("SUBMISSION_UNKNOWN", 502, "unknown", "t1")
    assert told["headers"] == {"Nearway-Task": "t1"}


async def test_a_workers_own_word_is_passed_on() -> None:
    bench = Bench(Script({"near": [WRONG]}))
    answer = await bench.carry()
    assert (answer.status, answer.headers["task-submitted"], answer.body) == (400, "no", WRONG.body)


@pytest.mark.parametrize(
    "lost", [REFUSED, RESET, Answer(502, {"task-submitted": "unknown"}, b"")], ids=["gone", "reset", "no worker"]
)
async def test_a_wait_moves_to_another_region_and_the_task_is_not_sent_again(lost: Evidence) -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [NOT_YET, lost], "far": [SOLVED]}))
    answer = await bench.carry()
    assert bench.script.asked == ["submit near", "wait near", "wait near", "wait far"]
    assert answer.headers["nearway-region"] == "far"
    assert bench.counted("nearway_moves_total", region="near") == 1


async def test_a_wait_goes_round_all_regions_until_one_answers() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [REFUSED, REFUSED, SOLVED], "far": [REFUSED]}))
    assert (await bench.carry()).status == 200
    assert bench.script.asked[1:] == ["wait near", "wait far", "wait far", "wait near", "wait near"]


async def test_the_deadline_ends_a_wait_and_says_what_was_paid_for() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [NOT_YET]}, seconds_per_wait=20.0))
    told = await bench.problem()
    assert (told["error"], told["status"], told["submitted"], told["captcha_id"]) == ("DEADLINE_EXCEEDED", 504, "yes", "77")
    assert bench.script.now == pytest.approx(100.0, abs=1.0)
    assert bench.script.asked.count("submit near") == 1


async def test_a_task_whose_time_ran_out_before_any_region_took_it_costs_nothing() -> None:
    bench = Bench(Script({"near": [REFUSED], "far": [ACCEPTED]}))
    bench.task.deadline = 0.0
    told = await bench.problem()
    assert (told["error"], told["status"], told["submitted"]) == ("DEADLINE_EXCEEDED", 504, "no")
    assert bench.script.asked == []


async def test_the_deadline_ends_even_when_no_region_answers() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [REFUSED], "far": [REFUSED]}, seconds_per_wait=0.0))
    assert (await bench.problem())["error"] == "DEADLINE_EXCEEDED"


async def test_a_region_that_fails_again_and_again_is_no_longer_asked() -> None:
    bench = Bench(Script({"near": [REFUSED], "far": [ACCEPTED]}, {"far": [SOLVED]}, seconds_per_wait=0.0))
    for _ in range(5):
        await bench.carry()
    assert bench.script.asked.count("submit near") == 3
    bench.script.now += 1.0
    await bench.carry()
    assert bench.script.asked.count("submit near") == 4, "one task tests it"


async def test_a_region_that_recovered_is_used_again() -> None:
    bench = Bench(Script({"near": [REFUSED, REFUSED, REFUSED, ACCEPTED], "far": [ACCEPTED]}, {"near": [SOLVED], "far": [SOLVED]}))
    for _ in range(3):
        await bench.carry()
    bench.script.now += 1.0
    assert [(await bench.carry()).headers["nearway-region"] for _ in range(3)] == ["near"] * 3


async def test_with_no_region_the_client_is_told_that_nothing_was_spent() -> None:
    told = await Bench(Script({}), ()).problem()
    assert (told["error"], told["status"], told["submitted"]) == ("NO_REGION", 503, "no")


async def test_with_every_region_full_a_task_waits_for_the_first_slot_that_is_freed() -> None:
    bench = Bench(Script({"near": [ACCEPTED], "far": [ACCEPTED]}, {"near": [SOLVED], "far": [SOLVED]}))
    held = [await bench.admission.admit(Errand(bench.task, Timing(lambda: 0.0))) for _ in range(4)]
    carrying = asyncio.create_task(bench.carry())
    await asyncio.sleep(0)
    assert bench.script.asked == []
    bench.admission.give_back(held[2])
    assert (await carrying).headers["nearway-region"] == "far"


async def test_with_the_queue_full_too_the_client_is_told_that_nothing_was_spent() -> None:
    bench = Bench(Script({}), ("near",))
    bench.standing.load.in_flight["near"] = 2
    waiting = [asyncio.create_task(bench.carry()) for _ in range(2)]
    await asyncio.sleep(0)
    told = await bench.problem()
    assert (told["error"], told["status"], told["submitted"]) == ("NO_FREE_SLOT", 503, "no")
    assert told["trail"] == ["near: passed over, all its 2 slots are taken"]
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)


async def test_what_every_region_refused_waits_and_is_offered_again() -> None:
    bench = Bench(Script({"near": [FULL, ACCEPTED]}, {"near": [SOLVED]}), ("near",))
    carrying = asyncio.create_task(bench.carry())
    for _ in range(5):
        await asyncio.sleep(0)
    assert bench.script.asked == ["submit near"]
    bench.script.now += 1.0
    bench.admission.wake()
    assert (await carrying).status == 200
    assert bench.script.asked.count("submit near") == 2


async def test_a_location_elsewhere_is_not_followed() -> None:
    bench = Bench(Script({"near": [Answer(202, {"location": "http://evil/"}, b"")]}, {}))
    bench.task.deadline = 5.0
    assert (await bench.problem())["error"] == "DEADLINE_EXCEEDED"
    assert bench.script.asked == ["submit near"]


async def test_a_client_that_left_before_the_submission_costs_nothing() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}))
    bench.task.client_left = True
    with pytest.raises(ClientLeftError):
        await bench.carry()
    assert bench.script.asked == []


async def test_a_region_that_vanished_from_the_view_while_waiting_is_left() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [REFUSED], "far": [SOLVED]}))
    task = bench.carry()
    bench.view = view_of("far")
    bench.script.submits = {"far": [ACCEPTED]}
    assert (await task).headers["nearway-region"] == "far"


@pytest.mark.parametrize(
    "script",
    [
        Script({"near": [ACCEPTED]}, {"near": [SOLVED]}),
        Script({"near": [ACCEPTED]}, {"near": [REFUSED], "far": [SOLVED]}),
        Script({"near": [REFUSED], "far": [REFUSED]}),
        Script({"near": [RESET]}),
        Script({"near": [ACCEPTED]}, {"near": [NOT_YET]}, seconds_per_wait=50.0),
        Script({"near": [WRONG]}),
    ],
    ids=["solved", "moved", "nowhere", "unknown", "late", "wrong"],
)
async def test_however_it_ends_the_slot_is_free_again_and_the_end_is_counted(script: Script) -> None:
    bench = Bench(script)
    with suppress(ProblemError):
        await bench.carry()
    assert bench.standing.load.in_flight.total() == 0
    ended = [
        sample.value
        for family in bench.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "nearway_tasks_total"
    ]
    assert ended == [1.0]


async def test_a_client_with_a_location_is_answered_by_the_nearest_region_and_takes_no_slot() -> None:
    bench = Bench(Script({}, {"near": [NOT_YET, SOLVED]}, seconds_per_wait=5.0))
    bench.standing.load.in_flight.update({"near": 2, "far": 2})
    answer = await bench.ask(30.0)
    assert (answer.status, answer.body, answer.headers["nearway-task"]) == (200, SOLVED.body, "t1")
    assert bench.script.asked == ["wait near", "wait near"]
    assert bench.standing.load.in_flight == {"near": 2, "far": 2}


async def test_what_is_not_there_in_time_is_asked_for_again_at_the_same_location() -> None:
    bench = Bench(Script({}, {"near": [NOT_YET]}))
    for seconds in (0.0, 3.0):
        answer = await bench.ask(seconds)
        assert (answer.status, answer.headers["location"], answer.headers["task-submitted"]) == (202, "/ours", "yes")
    assert bench.script.asked.count("wait near") >= 3
    assert (await Bench(Script({}), ()).ask()).status == 202, "no region is no answer"


async def test_while_no_region_is_known_one_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(Script({}, {"near": [SOLVED]}), ())

    async def comes(seconds: float) -> None:
        bench.view = view_of("near")
        await bench.script.sleep(seconds)

    monkeypatch.setattr(bench.carrier, "_sleep", comes)
    assert (await bench.ask(30.0)).status == 200


async def test_such_a_wait_moves_too() -> None:
    bench = Bench(Script({}, {"near": [RESET], "far": [SOLVED]}))
    assert (await bench.ask(30.0)).status == 200
    assert bench.script.asked == ["wait near", "wait far"]


async def test_that_a_location_is_too_old_is_passed_on() -> None:
    too_old = Answer(400, {"task-submitted": "unknown"}, b'{"error": "BAD_REQUEST"}')
    answer = await Bench(Script({}, {"near": [too_old]})).ask(30.0)
    assert (answer.status, answer.headers["task-submitted"]) == (400, "unknown")


submitted = st.sampled_from(
    [ACCEPTED, FULL, WRONG, REFUSED, RESET, Answer(500, {"task-submitted": "no"}, b""), Answer(502, {}, b"")]
)
waited = st.sampled_from([NOT_YET, SOLVED, REFUSED, RESET, Answer(503, {}, b""), Answer(404, {}, b""), Answer(202, {}, b"")])


@settings(deadline=None)
@given(
    st.fixed_dictionaries({name: st.lists(submitted, min_size=1, max_size=4) for name in ("near", "far")}),
    st.fixed_dictionaries({name: st.lists(waited, min_size=1, max_size=6) for name in ("near", "far")}),
)
def test_after_one_that_is_or_may_be_paid_for_there_is_no_second_submission(
    submits: dict[str, list[Evidence]], waits: dict[str, list[Evidence]]
) -> None:
    played = {name: list(answers) for name, answers in submits.items()}

    async def carry() -> list[str]:
        bench = Bench(Script(submits, waits))
        bench.task.deadline = 20.0
        carrying = asyncio.create_task(bench.carry())
        while not carrying.done():  # who waits for a region's rest is woken as time passes
            for _ in range(10):
                await asyncio.sleep(0)
            bench.script.now += 0.3
            bench.admission.wake()
            if bench.script.now > 30.0:
                carrying.cancel()
        with suppress(ProblemError, asyncio.CancelledError):
            await carrying
        return bench.script.asked

    asked = [one.split() for one in asyncio.run(carry())]
    outcomes = []
    for what, region in asked:
        if what == "submit":
            answers = played[region]
            outcomes.append(outcome_of(answers.pop(0) if len(answers) > 1 else answers[0]))
    assert all(outcome in (Outcome.UNSENT, Outcome.REFUSED) for outcome in outcomes[:-1])
    if ["wait", "near"] in asked or ["wait", "far"] in asked:
        assert outcomes[-1] is Outcome.ACCEPTED
        first_wait = next(number for number, one in enumerate(asked) if one[0] == "wait")
        assert all(one[0] == "wait" for one in asked[first_wait:])


@pytest.mark.parametrize(
    ("script", "order"),
    [
        (
            Script({"near": [FULL], "far": [ACCEPTED]}, {"far": [SOLVED]}),
            "arrived, write near, submit near, heard refused, write far, submit far, heard accepted, wait far, answered 200",
        ),
        (Script({"near": [WRONG]}), "arrived, write near, submit near, heard answered, answered 400"),
        (Script({"near": [RESET]}), "arrived, write near, submit near, heard unknown, failed SUBMISSION_UNKNOWN"),
    ],
    ids=["second region", "wrong", "unknown"],
)
async def test_the_ledger_is_told_before_each_submission_and_what_came_of_it(script: Script, order: str) -> None:
    with suppress(ProblemError):
        await Bench(script).carry()
    assert script.order == order.split(", ")


async def test_a_task_that_another_gateway_took_over_is_not_sent_and_known_as_such() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}))
    bench.ledger.taken = True
    with pytest.raises(TakenOverError) as caught:
        await bench.carry()
    assert (caught.value.problem.submitted, bench.script.asked) == ("no", [])


async def test_what_the_ledger_can_not_take_is_not_submitted() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [SOLVED]}))
    bench.ledger.away = True
    told = await bench.problem()
    assert (told["error"], told["status"], told["submitted"], told["task"]) == ("LEDGER_UNAVAILABLE", 503, "no", "t1")
    assert bench.script.order == ["arrived", "failed LEDGER_UNAVAILABLE"]
    assert bench.standing.load.in_flight.total() == 0


async def test_the_ledger_is_told_that_a_client_left() -> None:
    bench = Bench(Script({}))
    bench.task.client_left = True
    with pytest.raises(ClientLeftError):
        await bench.carry()
    assert bench.script.order == ["arrived", "left"]


async def test_a_task_whose_time_ran_out_while_it_was_recorded_is_not_submitted() -> None:
    bench = Bench(Script({"near": [ACCEPTED]}, {"near": [SOLVED]}))
    bench.ledger.seconds = 100.0
    told = await bench.problem()
    assert (told["error"], told["submitted"]) == ("DEADLINE_EXCEEDED", "no")
    assert bench.script.order == ["arrived", "write near", "failed DEADLINE_EXCEEDED"]


def bold(bench: Bench, **limits: object) -> Bench:
    """Its task's tenant wants what may have been submitted to be sent once more."""
    bench.task.tenant = Tenant("bold", limits=Limits(retry_unknown=True, **limits))  # type: ignore[arg-type]
    bench.allowances.use({"bold": bench.task.tenant}, ())
    return bench


async def test_a_tenant_that_wants_it_has_what_may_have_been_submitted_sent_once_more() -> None:
    bench = bold(Bench(Script({"near": [RESET, ACCEPTED]}, {"near": [SOLVED]})))
    answer = await bench.carry()
    assert bench.script.asked == ["submit near", "submit near", "wait near"]
    assert (answer.status, answer.headers["task-submitted"]) == (200, "yes")
    assert bench.allowances.spent_today("bold") == 2


async def test_once_more_and_not_again() -> None:
    bench = bold(Bench(Script({"near": [RESET], "far": [RESET]})))
    told = await bench.problem()
    assert len(bench.script.asked) == 2
    assert (told["error"], told["submitted"]) == ("SUBMISSION_UNKNOWN", "unknown")
    trail = told["trail"]
    assert isinstance(trail, list)
    assert ["sent once more, for its tenant wants that" in line for line in trail] == [True, False]


@pytest.mark.parametrize(
    "then", [[REFUSED], [FULL], [Answer(500, {"task-submitted": "no"}, b"")]], ids=["gone", "full", "in trouble"]
)
async def test_what_may_have_cost_before_is_never_said_to_have_cost_nothing(then: list[Evidence]) -> None:
    bench = bold(Bench(Script({"near": [RESET, *then], "far": then})))
    bench.task.deadline = 0.5
    told = await bench.problem()
    assert (told["error"], told["status"], told["submitted"]) == ("SUBMISSION_UNKNOWN", 502, "unknown")
    assert "It was to be sent once more: " in str(told["detail"])
    assert bench.allowances.spent_today("bold") == 1
    assert bench.script.order[-1] == "failed SUBMISSION_UNKNOWN"


async def test_nor_by_a_worker_that_only_knows_of_the_second_time() -> None:
    bench = bold(Bench(Script({"near": [RESET, WRONG]})))
    answer = await bench.carry()
    assert (answer.status, answer.headers["task-submitted"]) == (400, "unknown")


async def test_nor_to_one_that_the_gateway_leaves_behind() -> None:
    bench = bold(Bench(Script({"near": [RESET]})))
    errand = bench.errand
    errand.doubt = "The task was sent to near"
    told = answers.cut_off(errand)
    assert (told.error, told.submitted.value) == ("SUBMISSION_UNKNOWN", "unknown")


async def test_what_is_left_of_the_day_must_do_for_it() -> None:
    bench = bold(Bench(Script({"near": [RESET, ACCEPTED]}, {"near": [SOLVED]})), daily=1)
    assert (await bench.problem())["error"] == "SUBMISSION_UNKNOWN"
    assert bench.script.asked == ["submit near"]


async def test_a_client_that_leaves_meanwhile_leaves_the_ledger_in_doubt() -> None:
    bench = bold(Bench(Script({"near": [RESET, ACCEPTED]})))
    real = bench.script.submit

    async def and_it_leaves(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Evidence:
        bench.task.client_left = True
        return await real(url, headers, body, seconds)

    bench.script.submit = and_it_leaves  # type: ignore[method-assign]
    with pytest.raises(ClientLeftError):
        await bench.carry()
    assert bench.script.order[-1] == "failed SUBMISSION_UNKNOWN"


async def test_a_task_its_tenant_may_not_have_carried_is_neither_sent_nor_recorded_but_for_its_key() -> None:
    bench = bold(Bench(Script({"near": [ACCEPTED]}, {"near": [SOLVED]})), daily=0)
    assert (await bench.problem())["error"] == "DAILY_LIMIT"
    assert bench.script.order == []
    bench.task.key = Key("k", "f")
    assert (await bench.problem())["error"] == "DAILY_LIMIT"
    assert bench.script.order[-1] == "failed DAILY_LIMIT", "the row that its key has"
    assert bench.script.asked == []
    assert bench.counted("nearway_tasks_total", region="none", outcome="DAILY_LIMIT") == 2
