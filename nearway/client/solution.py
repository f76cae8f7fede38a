"""The solution of a task.

Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from attempt.evidence import Answer


@dataclass(frozen=True, slots=True)
class Solution:
    """`solution` is what the solving API gave, mostly a text; `members` is all of the answer, with it.

    `captcha_id` is the task's id at that API, `task` its id at the gateway, `region` the one that solved it. `replayed`
    when it is the answer of a task that was sent before.
    """

    solution: object
    captcha_id: str | None
    task: str | None
    region: str | None
    replayed: bool
    members: Mapping[str, object]

    @property
    def text(self) -> str:
        """The solution as a text; JSON where it is none."""
        return self.solution if isinstance(self.solution, str) else json.dumps(self.solution)


def read_solution(answer: Answer, members: Mapping[str, object]) -> Solution:
    """Of an answer with the status 200, whose body has these members."""
    captcha_id = members.get("captcha_id")
    return Solution(
        members.get("solution"),
        None if captcha_id is None else str(captcha_id),
        answer.headers.get("nearway-task"),
        answer.headers.get("nearway-region"),
        answer.headers.get("idempotent-replayed") == "true",
        members,
    )
