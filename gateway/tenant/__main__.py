"""`nearway tenant add|key|list|revoke`: the tenants of the policy file, which running gateways follow."""

import argparse
import json
import os
import re
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from contract.command_line import command_line
from contract.settings import SettingsError
from gateway.config import GatewayConfig, TenantRow, faults, parse_config
from gateway.tenant.edit import EditError, with_key, with_tenant, without_key
from gateway.tenant.file import alone, replace
from gateway.tenant.secret import BITS, hash_of, key_of

FAILED = 1
WRONG_USE = 2

SHOWN = 12
"""Hexadecimal digits of a key's hash that are shown: no two keys have them alike."""

_ABOUT = """\
Tenants in the gateway's policy file: who may use it, with which keys, and how much. A key is made here, shown once, and known to
the file by its hash only.

  add NAME          a new tenant, and its key
  key NAME          one more key of a tenant, to replace another without a gap
  revoke NAME HASH  take a key away; without any the tenant is locked out
  list              who there is

The file is replaced in one step, once the new one is known to be valid; comments and all else in it stay as they are. Running
gateways follow within about a second."""

_EXAMPLES = """\
nearway tenant add acme --file gateway.toml --slots 20 --rate 100/min --daily 5000 --host '*.example.com'
nearway tenant key acme --file gateway.toml
nearway tenant revoke acme 5994471abb01 --file gateway.toml"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line("tenant", _ABOUT, _EXAMPLES, "0; 1 when it can't be done, and nothing was changed; 2 for wrong use")
    made.add_argument("verb", metavar="VERB", choices=tuple(_TAKES), help="add, key, revoke or list")
    made.add_argument("name", metavar="NAME", nargs="?", help="the tenant's name")
    made.add_argument(
        "hash", metavar="HASH", nargs="?", type=_hash, help="the beginning of the hash of a key, as `list` shows it"
    )
    made.add_argument("--file", metavar="FILE", type=Path, help="the policy file (default: what GATEWAY_CONFIG names)")
    made.add_argument("--json", action="store_true", help="list: as JSON")
    _limits(made)
    return made


_TAKES = {"add": ("name",), "key": ("name",), "revoke": ("name", "hash"), "list": ()}
"""What must be said with each verb, and nothing else by position."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do it; the exit status."""
    line = parser()
    options = line.parse_args(arguments)
    _check(line, options)
    path = options.file or (Path(name) if (name := os.environ.get("GATEWAY_CONFIG")) else None)
    if path is None:
        return _fail("which policy file? Say --file FILE, or set GATEWAY_CONFIG", WRONG_USE)
    try:
        {"add": _add, "key": _key, "revoke": _revoke, "list": _list}[options.verb](path, options)
    except (EditError, SettingsError) as error:
        return _fail(str(error), FAILED)
    except OSError as error:
        return _fail(f"{error.filename or path}: {error.strerror}", FAILED)
    return 0


def _check(line: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    for name in ("name", "hash"):
        if (getattr(options, name) is None) == (name in _TAKES[options.verb]):
            line.error(f"{options.verb} takes {' and '.join(map(str.upper, _TAKES[options.verb])) or 'neither NAME nor HASH'}")
    if options.verb != "add" and _given(options):
        line.error(f"{', '.join(_given(options))}: only add takes that; of a tenant that is there, change it in the file")


def _add(path: Path, options: argparse.Namespace) -> None:
    key = key_of(secrets.token_bytes(BITS // 8))
    row = _row(options, hash_of(key))
    with alone(path) as target:
        before = target.read_text() if target.exists() else ""
        if any(tenant.name == row["name"] for tenant in parse_config(before, path).tenant):
            raise EditError(f"there is a tenant {row['name']} already: `nearway tenant key {row['name']}` makes it another key")
        _replace(path, target, with_tenant(before, row))
    _show(f"{row['name']} may use gateways that read {path}. Its key, shown only now:", key)


def _key(path: Path, options: argparse.Namespace) -> None:
    key = key_of(secrets.token_bytes(BITS // 8))
    with alone(path) as target:
        before = target.read_text()
        parse_config(before, path)
        _replace(path, target, with_key(before, options.name, hash_of(key)))
    _show(f"{options.name} has one more key, shown only now. Once it is used everywhere, revoke the other:", key)


def _revoke(path: Path, options: argparse.Namespace) -> None:
    with alone(path) as target:
        before = target.read_text()
        hashed, left = _chosen(parse_config(before, path), options.name, options.hash)
        _replace(path, target, without_key(before, options.name, hashed))
    what_is_left = f"{left} left" if left else "none left: it is locked out"
    print(f"{options.name}: the key {hashed[: 7 + SHOWN]} opens nothing any more; {what_is_left}")


def _list(path: Path, options: argparse.Namespace) -> None:
    config = parse_config(path.read_text(), path)
    rows = [row.model_dump(mode="json", exclude_defaults=not options.json) for row in config.tenant]
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        limits = [f"{name}={_plain(value)}" for name, value in row.items() if name not in ("name", "keys", "role")]
        keys = ", ".join(key[: 7 + SHOWN] for key in row["keys"]) or "none: it is locked out"
        print(f"{row['name']}  {row.get('role', 'client')}  {' '.join([*limits, ''])} keys: {keys}")


def _plain(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _chosen(config: GatewayConfig, name: str, beginning: str) -> tuple[str, int]:
    rows = [row for row in config.tenant if row.name == name]
    if not rows:
        raise EditError(f"there is no tenant {name}; there are: {', '.join(row.name for row in config.tenant) or 'none'}")
    found = [key for key in rows[0].keys if key.startswith(f"sha256:{beginning}")]
    if len(found) != 1:
        raise EditError(f"{name} has {'several keys' if found else 'no key'} whose hash begins with {beginning}")
    return found[0], len(rows[0].keys) - 1


def _replace(path: Path, target: Path, text: str) -> None:
    parse_config(text, path)
    replace(target, text)


def _row(options: argparse.Namespace, hashed: str) -> dict[str, object]:
    given = _given(options)
    try:
        row = TenantRow.model_validate({"name": options.name, "keys": (hashed,), **given})
    except ValidationError as error:
        raise EditError("\n".join(faults(error))) from None
    return {"name": row.name, **row.model_dump(mode="json", include=set(given)), "keys": [hashed]}


def _given(options: argparse.Namespace) -> dict[str, object]:
    return {name: getattr(options, name) for name in _OPTIONS if getattr(options, name) not in (None, False)}


_OPTIONS = ("role", "weight", "slots", "queue", "rate", "burst", "daily", "hosts", "retry_unknown")


def _limits(add: argparse.ArgumentParser) -> None:
    fields = TenantRow.model_fields

    def option(flag: str, name: str, **more: object) -> None:
        add.add_argument(flag, dest=name, help="add: " + _first(fields[name].description), **more)  # type: ignore[arg-type]

    option("--role", "role", choices=("client", "viewer", "operator"))
    option("--weight", "weight", metavar="W", type=float)
    for name in ("slots", "queue", "burst", "daily"):
        option(f"--{name}", name, metavar="N", type=int)
    option("--rate", "rate", metavar="N/UNIT")
    several = "add: a host of pages its tasks may name, like example.com or *.example.com; may be said several times"
    add.add_argument("--host", dest="hosts", metavar="HOST", action="append", help=several)
    option("--retry-unknown", "retry_unknown", action="store_true")


def _first(description: str | None) -> str:
    """Its first sentence, which a help has room for."""
    text = (description or "").partition(". ")[0].partition(";")[0].replace("`", "")
    return (text[0].lower() + text[1:]).removesuffix(".").replace("%", "%%")


def _hash(text: str) -> str:
    bare = text.lower().removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{6,64}", bare):
        raise argparse.ArgumentTypeError("it is 6 to 64 hexadecimal digits, the beginning of a key's hash, as `list` shows it")
    return bare


def _show(what: str, key: str) -> None:
    print(what, file=sys.stderr)
    print(key)
    print("Clients send it with every request as   Authorization: Bearer KEY", file=sys.stderr)


def _fail(why: str, status: int) -> int:
    print(f"nearway tenant: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
