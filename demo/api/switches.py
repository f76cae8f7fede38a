"""Every behaviour of the simulated API that can be chosen, as one frozen value."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from demo.api.codes import POLL_CODES, SUBMIT_CODES


class IdType(StrEnum):
    """How a task's id is written under json=1."""

    INT = "int"
    STRING = "string"
    PADDED = "padded"
    """A string of 20 digits with leading zeros, which an int would lose."""


class StatusType(StrEnum):
    """How `status`, and the two counts of `threadsinfo`, are written under json=1."""

    INT = "int"
    STRING = "string"


class Body(StrEnum):
    """What a reply asked for with json=1 is made of."""

    JSON = "json"
    PLAIN = "plain"
    HTML_502 = "html_502"
    HTML_200 = "html_200"
    EMPTY = "empty"
    TRUNCATED = "truncated"


class AnswerForm(StrEnum):
    """Where the solution is under json=1, and as what kind of value."""

    BY_METHOD = "by_method"
    REQUEST = "request"
    RESULT = "result"
    OBJECT = "object"
    LIST = "list"
    JSON_STRING = "json_string"
    PIPE = "pipe"


class Saturation(StrEnum):
    """What happens to a submission when every thread is busy."""

    QUEUE = "queue"
    ZERO_BALANCE = "zero_balance"
    NO_SLOT = "no_slot"
    HTTP_429 = "http_429"


class SolveTime(StrEnum):
    """The distribution solve times are drawn from, around the median of the method."""

    FIXED = "fixed"
    NORMAL = "normal"
    LOGNORMAL = "lognormal"


class MultiId(StrEnum):
    """How `ids=` is answered."""

    OFF = "off"
    RIGHT = "right"
    SHORT = "short"
    """With about half of the elements missing at the end, as users have met it."""


class Limit(StrEnum):
    """The limits of `limits.py`, by the code they answer."""

    NO_SLOT_BURST = "1001"
    ZERO_BALANCE_BURST = "1002"
    NO_SLOT_SHARE = "1003"
    WRONG_KEY = "1004"
    POLLS = "1005"
    MAX_USER_TURN = "MAX_USER_TURN"
    IP_BANNED = "IP_BANNED"


class Pingback(StrEnum):
    """How a solution is sent to the address of a task's `pingback`."""

    OFF = "off"
    POST = "post"
    GET = "get"


class Scope(StrEnum):
    """Which endpoints the transport faults and body shapes meet."""

    ALL = "all"
    SUBMIT = "submit"
    POLL = "poll"


class Moment(StrEnum):
    """Whether a fault strikes before or after the request had its effect. After, a task is paid for and nobody knows."""

    BEFORE = "before"
    AFTER = "after"


class ErrorBody(StrEnum):
    """The body of a 5xx reply."""

    JSON = "json"
    HTML = "html"


def _listed(value: object) -> object:
    """Comma-separated text, as a command line gives it, is a list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _code(allowed: frozenset[str]) -> BeforeValidator:
    def check(value: object) -> object:
        if value and value not in allowed:
            raise ValueError(f"must be empty or one of {', '.join(sorted(allowed))}")
        return value

    return BeforeValidator(check)


Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class Switches(BaseModel):
    """The behaviour in force. A rate is a share of requests, 0 to 1; seconds are real ones unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, description="Seed of every random choice; setting it starts the sequence again.")
    threads: int = Field(100, ge=0, le=1_000_000, description="Tasks solved at once. 0: a dead plan.")
    saturation: Saturation = Field(Saturation.ZERO_BALANCE, description="What happens when every thread is busy.")
    queue_limit: int = Field(10_000, ge=0, le=1_000_000, description="Tasks that wait for a thread, with saturation=queue.")
    balance: float = Field(10.0, ge=0, allow_inf_nan=False, description="What getbalance says.")

    speed: float = Field(1.0, gt=0, le=100_000, allow_inf_nan=False, description="20: solved in a twentieth of the time drawn.")
    solve_time: SolveTime = Field(SolveTime.LOGNORMAL, description="Distribution of solve times, clipped to 5..120 s.")
    unsolvable: Rate = Field(0.0, description="Share of tasks that end as ERROR_CAPTCHA_UNSOLVABLE.")
    never_ready: Rate = Field(0.0, description="Share of tasks that are never ready; each holds a thread for 300 s / speed.")
    keep_seconds: Seconds = Field(600.0, description="How long a finished task can be asked for.")
    keep_tasks: int = Field(100_000, ge=0, le=10_000_000, description="How many finished tasks are kept at most.")

    id_type: IdType = Field(IdType.INT, description="How a task's id is written.")
    status_type: StatusType = Field(StatusType.INT, description="How status and threads are written.")
    error_text: bool = Field(False, description="Whether errors under json=1 carry error_text.")
    answer: AnswerForm = Field(AnswerForm.BY_METHOD, description="Where the solution is, and as what.")
    body: Body = Field(Body.JSON, description="What replies to json=1 are made of.")
    body_rate: Rate = Field(1.0, description="Share of the replies to json=1 that `body` meets.")
    multi_id: MultiId = Field(MultiId.OFF, description="How ids= is answered.")
    pingback: Pingback = Field(Pingback.OFF, description="How solutions are sent to pingback addresses.")
    pingback_delay: Seconds = Field(0.0, description="How long after the solution the pingback is sent.")
    pingback_twice: Rate = Field(0.0, description="Share of pingbacks sent twice.")
    pingback_forged: Rate = Field(0.0, description="Share of pingbacks preceded by one with a false solution.")

    submit_error: Annotated[str, _code(SUBMIT_CODES)] = Field("", description="A code in.php refuses with.")
    submit_error_rate: Rate = Field(1.0, description="Share of submissions that submit_error meets.")
    poll_error: Annotated[str, _code(POLL_CODES)] = Field("", description="A code res.php answers get and get2 with.")
    poll_error_rate: Rate = Field(1.0, description="Share of polls that poll_error meets.")
    bad_proxies: Annotated[frozenset[str], BeforeValidator(_listed)] = Field(
        frozenset(), description="Proxy hosts that cannot be reached."
    )
    limits: Annotated[frozenset[Limit], BeforeValidator(_listed)] = Field(
        frozenset(), description="The limits in force, comma-separated."
    )
    block_factor: float = Field(1.0, ge=0, le=1, allow_inf_nan=False, description="0.01: blocks last a hundredth as long.")

    faults_on: Scope = Field(Scope.ALL, description="Where `body` and the faults below strike.")
    delay_rate: Rate = Field(0.0, description="Share of requests delayed by delay_seconds.")
    delay_seconds: Seconds = Field(1.0, description="The delay.")
    delay_moment: Moment = Field(Moment.BEFORE, description="Whether the delay comes before or after the effect.")
    reset_before_rate: Rate = Field(0.0, description="Share of connections reset before the body is read.")
    reset_after_rate: Rate = Field(0.0, description="Share of connections reset after the effect: the ambiguous case.")
    slow_body_rate: Rate = Field(0.0, description="Share of replies sent in pieces over slow_body_seconds.")
    slow_body_seconds: Seconds = Field(2.0, description="How long a slow body takes.")
    server_error_rate: Rate = Field(0.0, description="Share of requests answered with server_error_status.")
    server_error_status: int = Field(500, ge=500, le=599, description="The status of a server error.")
    server_error_body: ErrorBody = Field(ErrorBody.JSON, description="The body of a server error.")
    server_error_moment: Moment = Field(Moment.BEFORE, description="Whether it comes before or after the effect.")

    def patched(self, changes: dict[str, Any]) -> Self:
        """These switches with `changes` made, all or none. SwitchError names each fault and what is allowed."""
        try:
            return self.model_validate({**dict(self), **changes})
        except ValidationError as error:
            raise SwitchError(_explain(error)) from None


class SwitchError(ValueError):
    """One or more changes are wrong; the text names each and what is allowed."""


def _explain(error: ValidationError) -> str:
    return "; ".join(_fault(str(fault["loc"][0]), fault["type"], fault["msg"]) for fault in error.errors())


def _fault(name: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"{name}: no such switch; there are {', '.join(Switches.model_fields)}"
    return f"{name}: {message.removeprefix('Value error, ')} ({Switches.model_fields[name].description})"
