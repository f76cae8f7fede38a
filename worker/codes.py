"""Every code the solving API may answer with: what it means for money, what the worker does, what the caller should do.

Sources: CaptchaAI's error page and client library, 2captcha's API v1 documentation, which CaptchaAI copies. Where the two differ,
CaptchaAI counts: its ERROR_ZERO_BALANCE means "no free thread now".
"""

from dataclasses import dataclass
from enum import StrEnum

from contract.problem import Problem
from contract.submitted import Submitted


class Class(StrEnum):
    """What sort of trouble a code is; the worker's conduct depends on nothing else."""

    BUSY = "busy"
    """No thread is free: the same task again after a while."""
    PACE = "pace"
    """Too many requests in too short a time: the same task again, and everybody else later too."""
    TRANSIENT = "transient"
    """The API's own trouble, told in so many words: the same task again, a few times."""
    CALLER = "caller"
    """The task is wrong, and wrong again if repeated."""
    PROXY = "proxy"
    """The task's proxy does not work."""
    MISSING = "missing"
    """The API knows no task of that id."""
    UNSOLVABLE = "unsolvable"
    """Tried, and not solved."""
    ACCOUNT = "account"
    """Key or plan are refused: nothing more is sent until they are good again."""
    BLOCKED = "blocked"
    """Account or address are shut out for a time: nothing more is sent until it is over."""
    OURS = "ours"
    """Only a mistake of ours can cause it."""
    UNKNOWN = "unknown"
    """No list has it: the task ends, the code is kept."""


_STATUS = {Class.CALLER: 400, Class.PROXY: 400, Class.MISSING: 404}
"""The HTTP status of a class; 500 for all others. 503 is kept for tasks that were not begun, 502 and 504 for proxies."""


@dataclass(frozen=True, slots=True)
class Code:
    """One row. `seconds` is after how long to try again: this task, or anything at all where the class pauses the account."""

    name: str
    kind: Class
    title: str
    advice: str
    seconds: float = 0

    @property
    def status(self) -> int:
        """The HTTP status that tells a caller of it."""
        return _STATUS.get(self.kind, 500)

    def submitted(self, accepted: bool) -> Submitted:
        """Whether the task is paid for: an explicit refusal to take it costs nothing, but who knows of a code no list has."""
        if accepted:
            return Submitted.YES
        return Submitted.UNKNOWN if self.kind is Class.UNKNOWN else Submitted.NO


_MEND = "Mend the task, then send it again."
_WAIT = "Send the task again later."
_KEY = "Mend the key or the plan of the worker's account."

_ROWS = (
    Code("ERROR_WRONG_USER_KEY", Class.ACCOUNT, "The key has not 32 characters", _KEY, 60),
    Code("ERROR_KEY_DOES_NOT_EXIST", Class.ACCOUNT, "No such key, or an account without a plan", _KEY, 60),
    Code("ERROR_IP_NOT_ALLOWED", Class.ACCOUNT, "The account does not allow the worker's address", _KEY, 60),
    Code("TOO_MANY_BAD_IMAGES", Class.ACCOUNT, "The account sends too many useless images", "Look at what is sent.", 60),
    Code("ERROR_ZERO_BALANCE", Class.BUSY, "No thread of the account is free", _WAIT, 8),
    Code("ERROR_NO_SLOT_AVAILABLE", Class.BUSY, "No thread is free", _WAIT, 5),
    Code("MAX_USER_TURN", Class.PACE, "Over 60 tasks in 3 seconds", _WAIT, 10),
    Code("ERROR_TOO_MUCH_REQUESTS", Class.PACE, "Too many requests", _WAIT, 5),
    Code("ERROR_SERVER_ERROR", Class.TRANSIENT, "The API is in trouble", _WAIT, 5),
    Code("ERROR_INTERNAL_SERVER_ERROR", Class.TRANSIENT, "The API is in trouble", _WAIT, 5),
    Code("ERROR_PAGEURL", Class.CALLER, "`pageurl` is missing or wrong", _MEND),
    Code("ERROR_GOOGLEKEY", Class.CALLER, "`sitekey` is empty or malformed", _MEND),
    Code("ERROR_WRONG_GOOGLEKEY", Class.CALLER, "`sitekey` is missing or malformed", _MEND),
    Code("ERROR_BAD_TOKEN_OR_PAGEURL", Class.CALLER, "`sitekey` and `pageurl` do not belong together", _MEND),
    Code("ERROR_DOMAIN_NOT_ALLOWED", Class.CALLER, "The page's domain is refused", "Do not send it again."),
    Code("ERROR_BAD_PARAMETERS", Class.CALLER, "A parameter is missing or wrong", _MEND),
    Code("ERROR_ZERO_CAPTCHA_FILESIZE", Class.CALLER, "The image is too small", _MEND),
    Code("ERROR_TOO_BIG_CAPTCHA_FILESIZE", Class.CALLER, "The image is too large", _MEND),
    Code("ERROR_IMAGE_DIMENSIONS_TOO_LARGE", Class.CALLER, "The image has too many pixels", _MEND),
    Code("ERROR_WRONG_FILE_EXTENSION", Class.CALLER, "The image is not JPEG, GIF or PNG", _MEND),
    Code("ERROR_IMAGE_TYPE_NOT_SUPPORTED", Class.CALLER, "The image's type is unknown", _MEND),
    Code("ERROR_UPLOAD", Class.CALLER, "The image can't be read", _MEND),
    Code("ERROR_EMPTY_CAPTCHA", Class.CALLER, "The image is empty", _MEND),
    Code("ERROR_CAPTCHAIMAGE_BLOCKED", Class.CALLER, "The image is known as one nobody can read", "Send another image."),
    Code("ERROR_TOKEN_EXPIRED", Class.CALLER, "`challenge` is too old", "Get a new one, then send a new task."),
    Code("ERROR_BAD_PROXY", Class.PROXY, "The proxy is marked as bad", "Use another proxy; this one for 10 minutes not."),
    Code("ERROR_PROXY_FORMAT", Class.PROXY, "The proxy is malformed", _MEND),
    Code("ERROR_PROXY_CONNECTION_FAILED", Class.PROXY, "The page could not be loaded through the proxy", "Use another proxy."),
    Code("ERROR_CAPTCHA_UNSOLVABLE", Class.UNSOLVABLE, "Nobody could solve it", "Send a new task if it is worth another."),
    Code("ERROR_BAD_DUPLICATES", Class.UNSOLVABLE, "The solvers did not agree", "Send a new task if it is worth another."),
    Code("ERROR_WRONG_CAPTCHA_ID", Class.MISSING, "The API knows no task of that id", "Look whether the id is right."),
    Code("ERROR_WRONG_ID_FORMAT", Class.MISSING, "The id is not one of the API's", "Look whether the id is right."),
    Code("ERROR_CAPTCHA_ID", Class.MISSING, "The API knows no task of that id", "Look whether the id is right."),
    Code("ERROR_NO_SUCH_CAPCHA_ID", Class.MISSING, "The API knows no task of that id", "Look whether the id is right."),
    Code("IP_BANNED", Class.BLOCKED, "The worker's address is banned for wrong keys", _KEY, 300),
    Code("ERROR_IP_BANNED", Class.BLOCKED, "The worker's address is banned for wrong keys", _KEY, 300),
    Code("ERROR: 1001", Class.BLOCKED, "Blocked for 10 minutes: 120 times no slot in a minute", _WAIT, 600),
    Code("ERROR: 1002", Class.BLOCKED, "Blocked for 5 minutes: 120 times no balance in a minute", _WAIT, 300),
    Code("ERROR: 1003", Class.BLOCKED, "Blocked for 30 seconds: too many tasks met no slot", _WAIT, 30),
    Code("ERROR: 1004", Class.BLOCKED, "Blocked for 10 minutes: 5 requests with a wrong key", _KEY, 600),
    Code("ERROR: 1005", Class.BLOCKED, "Blocked for 5 minutes: too many looks for solutions", _WAIT, 300),
    Code("ERROR_EMPTY_ACTION", Class.OURS, "A request without an action", "Report it."),
    Code("ERROR_REPORT_NOT_RECORDED", Class.OURS, "A complaint was not taken", "Report it."),
    Code("ERROR_DUPLICATE_REPORT", Class.OURS, "A complaint was made twice", "Report it."),
    Code("ERROR_IP_ADDRES", Class.OURS, "A callback was registered from another address", "Report it."),
)

CODES = {row.name: row for row in _ROWS}


def code_of(name: str) -> Code:
    """The row of a code, or one that says no list has it."""
    return CODES.get(name) or Code(name, Class.UNKNOWN, "A code that no list has", "Look at what the API's makers say of it.")


def code_problem(
    code: Code,
    *,
    accepted: bool,
    text: str | None,
    retry_after: int | None = None,
    captcha_id: str | None = None,
    location: str = "",
) -> Problem:
    """What a caller is told when a task ends with a code of the API; `text` is the API's own, with no secret in it."""
    detail = f"{code.advice} The API says: {text}" if text else code.advice
    return Problem(
        code.name,
        code.status,
        code.title,
        detail,
        code.submitted(accepted),
        retry_after,
        {"captcha_id": captcha_id, "class": code.kind.value} if captcha_id else {"class": code.kind.value},
        {"Location": location} if location else {},
    )
