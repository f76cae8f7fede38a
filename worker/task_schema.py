"""What a task may hold, as JSON schemas: made from the tables that tasks are checked by.

Pure. A schema is stricter than the check where that is laxer for old clients' sake: what it lets through, the check takes.
"""

from contract.openapi import Json
from worker import fields
from worker.fields import CHECKS, OneOf
from worker.methods import KINDS, Kind
from worker.task import DEFAULT_METHOD

_ANY = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*"
_SEEN = r"[^\s\u0000-\u001f\u007f-\u00a0]"
_PORT = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"

_SCHEMAS: dict[object, Json] = {
    fields.text: {"type": "string", "pattern": f"^{_ANY}{_SEEN}{_ANY}$"},
    fields.page: {
        "type": "string",
        "pattern": "^https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,60}[A-Za-z0-9])?(?::[1-9][0-9]{0,3})?(?:/[!-~]*)?$",
        "description": "The page's whole address.",
    },
    fields.proxy: {
        "type": "string",
        "pattern": rf"^(?:[!-.0-9;-?A-~]+:[!-.0-?A-~]*@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):{_PORT}$",
        "description": "`host:port` or `login:password@host:port`; its type goes into `proxytype`.",
    },
    fields.flag: {"anyOf": [{"type": "boolean"}, {"enum": ["0", "1", 0, 1]}]},
    fields.image: {
        "type": "string",
        "pattern": f"^(?:data:[a-z/]*;base64,)?{_BASE64}$",
        "maxLength": 4 * -(-fields.LARGEST_IMAGE // 3),
        "description": f"An image in base64, {fields.LARGEST_IMAGE} bytes at most.",
    },
    fields.number: {
        "anyOf": [
            {"type": "number", "minimum": 0.001, "maximum": 999_999_999},
            {"const": 0},
            {"type": "string", "pattern": "^[0-9]{1,9}([.][0-9]{1,9})?$"},
        ]
    },
}
_TRUE: Json = {"enum": [True, "1", 1]}
_FALSE: Json = {"enum": [False, "0", 0]}


def task_schema() -> Json:
    """Any task: one schema for each kind, so that what is right for none of them is no task."""
    return {"anyOf": [_kind(kind) for kind in KINDS.values()]}


def _kind(kind: Kind) -> Json:
    needed = {_shown(kind, name) for name in kind.required} | set(kind.when)
    needed |= {"proxy", "proxytype"} if kind.proxy_needed else set()
    needed |= {"method"} if kind.method != DEFAULT_METHOD else set()
    described = {_shown(kind, name): _field(kind, name) for name in sorted(kind.fields)}
    return {
        "title": kind.name,
        "type": "object",
        "properties": {
            "method": {"const": kind.method},
            **{name: schema for name, schema in described.items() if schema is not None},
        },
        "required": sorted(needed),
        "dependentRequired": {"proxy": ["proxytype"], "proxytype": ["proxy"]},
        "additionalProperties": False,
    }


def _field(kind: Kind, name: str) -> Json | None:
    """None for one that would make it another kind."""
    check = CHECKS.get(name, fields.text)
    wanted = kind.when.get(name)
    others = {one.when[name] for one in KINDS.values() if one.method == kind.method and name in one.when} - {wanted}
    if isinstance(check, OneOf):
        allowed = [word for word in check.words if wanted in (word, "*") or (wanted is None and word not in others)]
        return {"enum": allowed} if "*" not in others else None
    if check is fields.flag and (wanted or others):
        return _TRUE if wanted else _FALSE
    return _SCHEMAS[check]


def _shown(kind: Kind, name: str) -> str:
    return "sitekey" if (kind.method, name) == (DEFAULT_METHOD, "googlekey") else name
