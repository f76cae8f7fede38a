"""The solution of a task: one per id, and telling which task it belongs to."""

import hashlib
import json
import re

from demo.api.answers import Json, Solution
from demo.api.book import Task
from demo.api.methods import Shape
from demo.api.switches import AnswerForm

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
"""The user agent a task was solved with, when it brought none."""
PRICE = "0.00085"
"""What get2 says, in dollars."""


def token(task_id: str, page_url: str, label: str = "") -> str:
    """`sim-<label>-<id>-<hash of id and page URL>`: whoever has the label, or the id, sees whose it is."""
    digest = hashlib.sha256(f"{task_id} {page_url}".encode()).hexdigest()[:24]
    return "-".join(["sim", re.sub(r"[^\w.]", "_", label) or "task", task_id, digest])


def solution_of(task: Task, form: AnswerForm) -> Solution:
    """The solution as its method gives it, or in the form a switch asks for."""
    own = token(task.id, task.order.page.url, task.label)
    agent = {"user_agent": task.order.user_agent or USER_AGENT}
    match form:
        case AnswerForm.BY_METHOD:
            return _by_method(task, own, agent)
        case AnswerForm.RESULT:
            return Solution(own, field="result", fields=agent)
        case _:
            return Solution(_formed(own, form))


def _formed(own: str, form: AnswerForm) -> Json:
    if form is AnswerForm.OBJECT:
        return {"token": own}
    if form is AnswerForm.LIST:
        return [own]
    if form is AnswerForm.JSON_STRING:
        return json.dumps({"token": own})
    return f"{own}|jordan" if form is AnswerForm.PIPE else own


def _by_method(task: Task, own: str, agent: dict[str, str]) -> Solution:
    match task.order.method.shape:
        case Shape.TOKEN:
            return Solution(own)
        case Shape.RESULT:
            return Solution(own, field="result", fields=agent)
        case Shape.TOKEN_AND_AGENT:
            return Solution(own, fields=agent)
        case Shape.INDICES:
            return Solution(json.dumps(_indices(own)))
        case Shape.GEETEST:
            return Solution({"challenge": task.order.challenge, "validate": own, "seccode": f"{own}|jordan"})
        case Shape.LEMIN:
            return Solution({"answer": own, "challenge_uuid": hashlib.sha256(own.encode()).hexdigest()[:32]})


def _indices(own: str) -> list[int]:
    """Cells 1 to 9, chosen by the token's hash: too few of them to tell every task apart."""
    bits = int(hashlib.sha256(own.encode()).hexdigest(), 16) % 511 + 1
    return [cell for cell in range(1, 10) if bits >> (cell - 1) & 1]
