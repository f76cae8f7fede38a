"""Why a gateway gave no answer, in one line that says what to do.

Pure.
"""

import json
import ssl
from http.client import HTTPException
from typing import Any

from contract.printable import printable

LONGEST = 300
"""Characters of what a stranger says of itself."""


class AskError(Exception):
    """A gateway gave no answer that is one; the text says why, and what to do."""


class RefusedError(AskError):
    """It answered, and will answer the same the next time."""


class NoPathError(RefusedError):
    """There is nothing at that path: it is an older gateway, or none."""


def refusal(url: str, status: int, body: bytes, *, with_key: bool) -> AskError:
    """The error for an answer that is no."""
    kind = NoPathError if status == 404 else RefusedError if 400 <= status < 500 else AskError
    return kind(refused(url, status, body, with_key=with_key))


def unreachable(url: str, error: Exception) -> str:
    """No answer came at all."""
    return f"no gateway answers at {url}: {_why(url, error)}"


def refused(url: str, status: int, body: bytes, *, with_key: bool) -> str:
    """An answer came, and it is no."""
    problem = _problem(body)
    code, detail = problem.get("error"), problem.get("detail") or problem.get("title")
    if status == 401:
        told = "the key is not known there: look at NEARWAY_KEY or --key-file"
        return f"the gateway at {url} asks who you are: {told if with_key else 'set NEARWAY_KEY or --key-file'}"
    if code == "CERTIFICATE_REQUIRED":
        return f"the gateway at {url} wants a client certificate: set NEARWAY_CERTIFICATE and NEARWAY_CERTIFICATE_KEY"
    if status == 403:
        return f"the gateway at {url} does not let this key do that{_said(detail)}: use a key of a tenant whose role may"
    if status == 404:
        return f"at {url} there is no such path: it is an older gateway, or none"
    if 300 <= status < 400:
        return f"{url} sends elsewhere ({status}): it is no gateway, or stands before one; name the gateway itself"
    return f"the gateway at {url} answers {status}{_said(code)}{_said(detail)}"


def meaningless(url: str) -> str:
    """An answer came, and can't be read."""
    return f"what answers at {url} is no gateway: its answer can't be read"


def too_long(url: str, limit: int) -> str:
    """An answer came, and did not end."""
    return f"what answers at {url} is no gateway: its answer is over {limit} bytes"


def _why(url: str, error: Exception) -> str:
    secure = url.startswith("https:")
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message}): set NEARWAY_CA to the file of its CA"
        case ssl.SSLError():
            return f"TLS fails ({_reason(error)}): it may speak plain HTTP (http://), or refuse the client certificate"
        case TimeoutError():
            return "no answer came in time: it is stopped, or something on the way there drops what is sent"
        case ConnectionRefusedError():
            return "nobody listens there: start it, or say with --gateway or NEARWAY_URL where it is"
        # The error numbers of getaddrinfo(3), and no others, are below zero.
        case OSError() if (error.errno or 0) < 0:
            return f"the name can't be resolved ({error.strerror}): look at --gateway or NEARWAY_URL"
        case ConnectionError() | HTTPException() if not secure:
            return "it ends the connection without an answer: it is leaving, or speaks TLS (https://)"
        case ConnectionError() | HTTPException():
            return "it ends the connection without an answer: it is leaving, or is no gateway"
        case OSError() if error.strerror:
            return error.strerror
    return str(error)


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()


def _problem(body: bytes) -> dict[str, Any]:
    """The members of a problem document (RFC 9457); none where it is something else."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _said(what: object) -> str:
    return f" ({printable(what)[:LONGEST]})" if isinstance(what, str) and what else ""
