"""An example of each operation of a description, as a line for a shell. Pure."""

import json
import shlex
from urllib.parse import urlencode

from contract.openapi import Json


def example(api: Json, path: str, method: str) -> str:
    """A curl command that makes such a request; `$URL` is where the program is, `$KEY` a tenant's key."""
    told = api["paths"][path][method]
    given = [one for one in told.get("parameters", ()) if "example" in one]
    for one in given:
        path = path.replace(f"{{{one['name']}}}", str(one["example"])) if one["in"] == "path" else path
    query = urlencode({one["name"]: one["example"] for one in given if one["in"] == "query"})
    words = ["curl", *_METHODS.get(method, ("-X", method.upper())), f'"$URL{path}{"?" if query else ""}{query}"']
    if told["security"]:
        words += ["-H", '"Authorization: Bearer $KEY"']
    words += [word for one in given if one["in"] == "header" for word in ("-H", shlex.quote(f"{one['name']}: {one['example']}"))]
    return " ".join([*words, *_body(told)])


_METHODS = {"get": (), "post": (), "head": ("-I",)}


def _body(told: Json) -> list[str]:
    if "requestBody" not in told:
        return []
    ((kind, content),) = told["requestBody"]["content"].items()
    return ["-H", shlex.quote(f"Content-Type: {kind}"), "-d", shlex.quote(json.dumps(content.get("example", {})))]
