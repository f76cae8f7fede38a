"""A worker with Flask: POST /solve is held until the task is solved."""

import json
import os
import signal
import threading
import time
import urllib.parse
import urllib.request

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

KEY = os.environ["CAPTCHAAI_API_KEY"]
API = os.environ.get("CAPTCHAAI_URL", "https://ocr.captchaai.com")
SLOTS = int(os.environ.get("SLOTS", "20"))
POLL = float(os.environ.get("POLL", "5"))
LONGEST = 290.0
METHODS = {
    "userrecaptcha": {"sitekey": "googlekey", "pageurl": "pageurl"},
    "turnstile": {"sitekey": "sitekey", "pageurl": "pageurl"},
}

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
lock = threading.Lock()
active = 0
leaving = False


class ProblemError(Exception):
    """An error; `submitted` says whether the task was paid for: no, yes, or unknown."""

    def __init__(self, status: int, error: str, detail: str, submitted: str) -> None:
        super().__init__(detail)
        self.status, self.error, self.detail, self.submitted = status, error, detail, submitted


@app.errorhandler(ProblemError)
def tell(problem: ProblemError) -> Response:
    """As RFC 9457 has it."""
    body = json.dumps({"title": problem.error, "status": problem.status, "detail": problem.detail, "error": problem.error})
    answer = Response(body, problem.status, {"Task-Submitted": problem.submitted}, content_type="application/problem+json")
    if problem.status == 503:
        answer.headers["Retry-After"] = "1"
    return answer


@app.errorhandler(HTTPException)
def refuse(error: HTTPException) -> Response:
    """What Flask refuses itself was not begun."""
    code = "BODY_TOO_LARGE" if error.code == 413 else "BAD_REQUEST"
    return tell(ProblemError(error.code or 400, code, error.description or error.name, "no"))


@app.get("/health")
def health() -> tuple[Response, int]:
    """503 where no slot is free: `nearway register` reads of the body that it is no death."""
    status = "draining" if leaving else "overloaded" if active >= SLOTS else "healthy"
    said = {"status": status, "active_tasks": active, "max_concurrent": SLOTS, "load_pct": 100 * active / SLOTS}
    return jsonify(said), 200 if status == "healthy" else 503


@app.post("/solve")
def solve() -> Response:
    """The whole of a task, in the time its client still has."""
    form = form_of(request.get_json(force=True))
    left = request.headers.get("Nearway-Deadline", type=float) or LONGEST
    take_slot()
    try:
        solution = solved(submit(form), time.monotonic() + min(left, LONGEST))
    finally:
        free_slot()
    answer = jsonify(solution=solution)
    answer.headers["Task-Submitted"] = "yes"
    return answer


def form_of(task: object) -> dict[str, str]:
    """What the API is sent. Looked at before anything is paid for."""
    if not isinstance(task, dict):
        raise ProblemError(400, "BAD_REQUEST", "the body is not a JSON object", "no")
    method = task.get("method")
    if not isinstance(method, str) or method not in METHODS:
        raise ProblemError(400, "UNKNOWN_METHOD", f"method is one of {', '.join(METHODS)}", "no")
    fields = METHODS[method]
    missing = [name for name in fields if not isinstance(task.get(name), str)]
    if missing:
        raise ProblemError(400, "BAD_REQUEST", f"missing: {', '.join(missing)}", "no")
    return {"method": method, **{theirs: task[ours] for ours, theirs in fields.items()}}


def take_slot() -> None:
    """A task beyond the slots is not begun, and the region sends it elsewhere."""
    global active
    with lock:
        if leaving or active >= SLOTS:
            raise ProblemError(503, "WORKER_FULL", "no slot is free", "no")
        active += 1


def free_slot() -> None:
    global active
    with lock:
        active -= 1


def submit(form: dict[str, str]) -> str:
    """Once: an answer that is lost may be one of a task that is paid for."""
    try:
        said = ask("/in.php", form)
    except (OSError, ValueError) as error:
        raise ProblemError(500, "SUBMISSION_UNKNOWN", f"the API's answer was lost: {error}", "unknown") from error
    if said.get("status") != 1:
        raise ProblemError(500, "API_REFUSED", str(said.get("request")), "no")
    return str(said["request"])


def solved(captcha_id: str, deadline: float) -> str:
    """Looking again costs nothing, so trouble here is no end."""
    while time.monotonic() < deadline:
        time.sleep(POLL)
        try:
            said = ask("/res.php", {"action": "get", "id": captcha_id})
        except (OSError, ValueError):
            continue
        if said.get("status") == 1:
            return str(said["request"])
        if said.get("request") != "CAPCHA_NOT_READY":
            raise ProblemError(500, "NOT_SOLVED", str(said.get("request")), "yes")
    raise ProblemError(500, "SOLVE_TIMEOUT", "not solved in time", "yes")


def ask(path: str, form: dict[str, str]) -> dict[str, object]:
    """One call of the API."""
    body = urllib.parse.urlencode({"key": KEY, "json": "1", **form}).encode()
    with urllib.request.urlopen(API + path, body, timeout=30) as answer:  # noqa: S310  # as the operator set it
        said = json.load(answer)
    if not isinstance(said, dict):
        raise ValueError("no JSON object")  # noqa: TRY004  # of what was said, not of us
    return said


def leave(*_: object) -> None:
    """Take nothing new, answer what is held, end."""
    global leaving
    leaving = True

    def end() -> None:
        while active:
            time.sleep(0.05)
        time.sleep(0.2)  # the last answer is on its way
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    app.run(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000")), threaded=True)
