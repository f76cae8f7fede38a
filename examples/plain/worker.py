"""The least a worker can be: Python's own HTTP server, and a thread for each task."""

import json
import os
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = os.environ["CAPTCHAAI_API_KEY"]
API = os.environ.get("CAPTCHAAI_URL", "https://ocr.captchaai.com")
SLOTS = int(os.environ.get("SLOTS", "20"))
POLL = float(os.environ.get("POLL", "5"))
LARGEST = 1024 * 1024

free = threading.BoundedSemaphore(SLOTS)
active: set[int] = set()
"""The threads that have a task."""


def ask(path: str, **form: str) -> dict[str, object]:
    """One call of the API."""
    body = urllib.parse.urlencode({"key": KEY, "json": "1", **form}).encode()
    with urllib.request.urlopen(API + path, body, timeout=30) as answer:  # noqa: S310  # as the operator set it
        return dict(json.load(answer))


def outcome(task: dict[str, str]) -> tuple[int, str, dict[str, object]]:
    """Submit once and look until it is solved: the status, whether it was paid for, the body."""
    try:
        said = ask("/in.php", method="turnstile", sitekey=task["sitekey"], pageurl=task["pageurl"])
    except (OSError, ValueError, TypeError):  # an answer that is lost may be one of a task that is paid for
        return 500, "unknown", {"error": "SUBMISSION_UNKNOWN"}
    if said.get("status") != 1:
        return 500, "no", {"error": "API_REFUSED", "detail": said.get("request")}
    end = time.monotonic() + 290
    while time.monotonic() < end:
        time.sleep(POLL)
        try:
            found = ask("/res.php", action="get", id=str(said["request"]))
        except (OSError, ValueError, TypeError):  # to look again costs nothing
            continue
        if found.get("status") == 1:
            return 200, "yes", {"solution": found["request"]}
        if found.get("request") != "CAPCHA_NOT_READY":
            return 500, "yes", {"error": "NOT_SOLVED", "detail": found.get("request")}
    return 500, "yes", {"error": "SOLVE_TIMEOUT"}


class Handler(BaseHTTPRequestHandler):
    """/solve and /health."""

    def do_GET(self) -> None:
        """The health: 503 with `overloaded` is no death."""
        if self.path != "/health":
            self.answer(404, "no", {"error": "NOT_FOUND"})
            return
        status = "overloaded" if len(active) >= SLOTS else "healthy"
        load = {"active_tasks": len(active), "max_concurrent": SLOTS, "load_pct": 100 * len(active) / SLOTS}
        self.answer(200 if status == "healthy" else 503, "no", {"status": status, **load})

    def do_POST(self) -> None:
        """A task, held until it is solved."""
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(length), 4 * LARGEST)) if length.isdecimal() else b""
        if self.path != "/solve":
            self.answer(404, "no", {"error": "NOT_FOUND"})
        elif len(body) > LARGEST:
            self.answer(413, "no", {"error": "BODY_TOO_LARGE"})
        elif (task := task_of(body)) is None:
            self.answer(400, "no", {"error": "BAD_REQUEST", "detail": "a task has method turnstile, sitekey, pageurl"})
        elif not free.acquire(blocking=False):
            self.answer(503, "no", {"error": "WORKER_FULL"})
        else:
            active.add(threading.get_ident())
            try:
                told = outcome(task)
            finally:
                active.discard(threading.get_ident())
                free.release()
            self.answer(*told)

    def answer(self, status: int, submitted: str, members: dict[str, object]) -> None:
        """As JSON, with the word on the money."""
        body = json.dumps(members).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/problem+json" if "error" in members else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Task-Submitted", submitted)
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the gateway tells of tasks."""


def task_of(body: bytes) -> dict[str, str] | None:
    """The task, if it is one."""
    try:
        task = json.loads(body)
    except ValueError:
        return None
    if not isinstance(task, dict) or task.get("method") != "turnstile":
        return None
    return task if all(isinstance(task.get(name), str) for name in ("sitekey", "pageurl")) else None


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))), Handler).serve_forever()
