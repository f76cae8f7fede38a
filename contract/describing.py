"""A program's description of itself: for programs at `/openapi.json`, for people at `/docs`."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import HTTPResponse, Request, Sanic

from contract import curl, schema_words
from contract.looks import LOOKS
from contract.openapi import JSON, Json

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "docs"


def add_description(app: Sanic[Any, Any], description: Json, **route: Any) -> None:
    """Serve it; `route` is given to Sanic with both paths. It is rendered once, now."""
    as_json = json.dumps(description).encode()
    page = render(description)
    fields = {**_FIELDS, "Content-Security-Policy": policy(page)}

    @app.route("/openapi.json", methods=LOOKS, **route)
    async def openapi(request: Request) -> HTTPResponse:
        return HTTPResponse(as_json, content_type=JSON)

    @app.route("/docs", methods=LOOKS, **route)
    async def docs(request: Request) -> HTTPResponse:
        return HTTPResponse(page, headers=fields, content_type="text/html; charset=utf-8")


_FIELDS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}


def render(description: Json) -> str:
    """The page: all of it, with nothing to be fetched from anywhere."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"prose": schema_words.prose, "words": schema_words.words, "status": schema_words.status}
    environment.globals["curl"] = curl.example
    return environment.get_template("api.html.j2").render(api=description)


def policy(page: str) -> str:
    """The Content-Security-Policy for a page that has one style of its own, and nothing that runs (CSP 3 §8.3)."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
