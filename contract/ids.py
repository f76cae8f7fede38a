"""By what a request is found in every log: its own id and its task's.

Pure. Both come from whoever asks, so only what can stand in any log line is taken.
"""

import re

REQUEST = "X-Request-ID"
TASK = "Nearway-Task"

REQUEST_ID = r"[A-Za-z0-9._:@/+=-]{1,128}"
"""Of the gateway, nginx and the worker alike, so that none of them takes another one in its place."""

TASK_ID = r"[A-Za-z0-9._-]{1,64}"


def request_id(header: str | None, otherwise: str) -> str:
    """The `X-Request-ID` if it can stand in any log line; else `otherwise`."""
    return header if header and re.fullmatch(REQUEST_ID, header) else otherwise


def task_id(header: str | None) -> str | None:
    """The `Nearway-Task` likewise; None without one."""
    return header if header and re.fullmatch(TASK_ID, header) else None
