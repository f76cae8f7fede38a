"""JSON schemas and texts of descriptions, as words for people. Pure."""

import json
import re
from http import HTTPStatus

from markupsafe import Markup, escape

from contract.openapi import Json


def prose(text: str) -> Markup:
    """A text as HTML: its words between backticks as code, its blank lines as paragraphs."""
    paragraphs = (re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(one))) for one in text.split("\n\n"))
    return Markup("".join(f"<p>{one}</p>" for one in paragraphs))  # noqa: S704  # escaped above, all but what is added here


def words(schema: Json) -> str:
    """What a value may be, in a few words."""
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(words, schema["anyOf"])))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {words(schema.get('items', {}))}"
    said = " or ".join(kind) if isinstance(kind, list) else str(kind)
    bounds = [f"{sign} {schema[name]}" for name, sign in _BOUNDS.items() if name in schema]
    return ", ".join([said, *bounds])


_BOUNDS = {"minimum": "at least", "maximum": "at most", "maxLength": "of characters at most"}


def status(code: str) -> str:
    """An HTTP status with its name; a range as it is."""
    return f"{code} {HTTPStatus(int(code)).phrase}" if code.isdigit() else code
