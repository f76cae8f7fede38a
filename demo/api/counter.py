"""The counter where solutions are fetched: every action of res.php, as a table."""

from collections.abc import Callable
from dataclasses import replace

from demo.api import codes
from demo.api.answers import Answer, Batch, Refusal, Said, Solution, Threads
from demo.api.book import Task
from demo.api.desk import Desk
from demo.api.reports import check_report
from demo.api.request import Request
from demo.api.solutions import PRICE, solution_of
from demo.api.solve_times import End
from demo.api.switches import MultiId

RECORDED = "OK_REPORT_RECORDED"


def fetch(desk: Desk, request: Request, now: float) -> Answer:
    """The answer to res.php."""
    desk.book.advance(now)
    answer = _fetch(desk, request, now)
    if isinstance(answer, Refusal) and answer.code != codes.NOT_READY:
        desk.witness.refused_poll(answer.code)
    return answer


def _fetch(desk: Desk, request: Request, now: float) -> Answer:
    refusal = desk.check_key(request, now)
    if refusal:
        return refusal
    if shut := desk.limits.polling(now):
        return Refusal(shut, "too many requests for the tasks sent")
    action = _ACTIONS.get(request.parameters.get("action", ""))
    if action is None:
        return Refusal(codes.EMPTY_ACTION, f"action must be one of {', '.join(_ACTIONS)}")
    return action(desk, request, now)


def _get(desk: Desk, request: Request, now: float) -> Answer:
    if "ids" in request.parameters:
        return _get_many(desk, request.parameters["ids"].split(","), now)
    return _poll(desk, request.parameters.get("id", ""), now)


def _get2(desk: Desk, request: Request, now: float) -> Answer:
    answer = _poll(desk, request.parameters.get("id", ""), now)
    return replace(answer, price=PRICE) if isinstance(answer, Solution) else answer


def _get_many(desk: Desk, ids: list[str], now: float) -> Answer:
    if desk.switches.multi_id is MultiId.OFF:
        return Refusal(codes.WRONG_ID_FORMAT, "ids= is switched off")
    told = (len(ids) + 1) // 2 if desk.switches.multi_id is MultiId.SHORT else len(ids)
    return Batch(tuple(_poll(desk, id_, now) for id_ in ids[:told]))


def _poll(desk: Desk, id_: str, now: float) -> Solution | Refusal:
    task = _find(desk, id_)
    if isinstance(task, Refusal):
        return task
    desk.witness.polled(task, now)
    wanted = desk.switches.poll_error
    if wanted and desk.random.random() < desk.switches.poll_error_rate:
        return Refusal(wanted, "as the switch poll_error asks")
    return outcome(desk, task, now)


def outcome(desk: Desk, task: Task, now: float) -> Solution | Refusal:
    """What can be said of a task now; a solution handed out counts as answered."""
    if task.ends_at is None or now < task.ends_at or task.end is End.NEVER_READY:
        return Refusal(codes.NOT_READY)
    if task.end is End.UNSOLVABLE:
        return Refusal(codes.UNSOLVABLE, "nobody could solve it")
    if task.end is End.PROXY_FAILED:
        desk.proxies.failed(task.order.proxy_host, task.ends_at)
        return Refusal(codes.PROXY_FAILED, "the page could not be loaded through the proxy")
    desk.witness.answered(task.label)
    return solution_of(task, desk.switches.answer)


def _find(desk: Desk, id_: str) -> Task | Refusal:
    if not (id_.isascii() and id_.isdigit()):
        return Refusal(codes.WRONG_ID_FORMAT, "an id has digits only")
    return desk.book.find(id_) or Refusal(codes.WRONG_CAPTCHA_ID, "no such task, or its time is over")


def _balance(desk: Desk, request: Request, now: float) -> Answer:
    return desk.check_plan() or Said(f"{desk.switches.balance:.2f}")


def _threads(desk: Desk, request: Request, now: float) -> Answer:
    return desk.check_plan() or Threads(desk.switches.threads, desk.book.working)


def _report(desk: Desk, request: Request, now: float, *, good: bool) -> Answer:
    task = _find(desk, request.parameters.get("id", ""))
    if isinstance(task, Refusal):
        return task
    refusal = check_report(task, now) or desk.complaints.check(good=good)
    if refusal is None:
        task.reported = True
        desk.complaints.record(good=good)
    return refusal or Said(RECORDED)


def _report_good(desk: Desk, request: Request, now: float) -> Answer:
    return _report(desk, request, now, good=True)


def _report_bad(desk: Desk, request: Request, now: float) -> Answer:
    return _report(desk, request, now, good=False)


def _add_pingback(desk: Desk, request: Request, now: float) -> Answer:
    added = desk.pingbacks.add(request.parameters.get("addr", ""))
    return Said("OK") if added else Refusal(codes.BAD_PARAMETERS, "addr must be a host or an http(s) URL")


def _get_pingback(desk: Desk, request: Request, now: float) -> Answer:
    return Said("|".join(["OK", *desk.pingbacks.addresses]))


def _del_pingback(desk: Desk, request: Request, now: float) -> Answer:
    desk.pingbacks.delete(request.parameters.get("addr", ""))
    return Said("OK")


_ACTIONS: dict[str, Callable[[Desk, Request, float], Answer]] = {
    "get": _get,
    "get2": _get2,
    "getbalance": _balance,
    "threadsinfo": _threads,
    "reportgood": _report_good,
    "reportbad": _report_bad,
    "add_pingback": _add_pingback,
    "get_pingback": _get_pingback,
    "del_pingback": _del_pingback,
}
