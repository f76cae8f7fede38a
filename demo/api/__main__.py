"""`python -m demo.api`: the simulated API as a program, with an option for every switch."""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sanic import Sanic
from sanic.server.loop import try_use_uvloop

from demo.api.app import DEMO_KEY, create_app
from demo.api.desk import KEY_LENGTH
from demo.api.serving import bind, serving
from demo.api.switches import SwitchError, Switches

KEY_VARIABLE = "CAPTCHAAI_API_KEY"


def parser() -> argparse.ArgumentParser:
    """The command line: where to listen, and the switches by their names with dashes."""
    parser = argparse.ArgumentParser(prog="python -m demo.api", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8700, help="port to listen on; 0 takes a free one (default %(default)s)")
    parser.add_argument("--switches", default="{}", help="a JSON object of switches; options beside it win")
    for name, field in Switches.model_fields.items():
        parser.add_argument(f"--{name.replace('_', '-')}", dest=f"switch_{name}", help=field.description)
    return parser


def read_switches(options: argparse.Namespace) -> Switches:
    """The switches a command line asks for. SwitchError says what is wrong."""
    try:
        given = json.loads(options.switches)
    except ValueError as error:
        raise SwitchError(f"--switches is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise SwitchError("--switches must be a JSON object")
    own = {name: getattr(options, f"switch_{name}") for name in Switches.model_fields}
    return Switches().patched({**given, **{name: value for name, value in own.items() if value is not None}})


def read_key(environ: Mapping[str, str]) -> str:
    """The account's key; SwitchError if it could never be right."""
    key = environ.get(KEY_VARIABLE) or DEMO_KEY
    if len(key) != KEY_LENGTH:
        raise SwitchError(f"{KEY_VARIABLE} must have {KEY_LENGTH} characters, or be left out for the demo's key")
    return key


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. 2: the command line is wrong, 1: the port is taken."""
    options = parser().parse_args(arguments)
    try:
        app = create_app(read_key(os.environ), read_switches(options))
        sock = bind(options.host, options.port)
    except SwitchError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"cannot listen on {options.host} port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    # Faster, and allowed once in a process, which this program is.
    app.config.TOUCHUP = True
    try_use_uvloop()
    asyncio.run(serve(app, sock))
    return 0


async def serve(app: Sanic[Any, Any], sock: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, saying where on standard output as soon as requests are answered."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(app, sock) as url:
        print(f"simulated API on {url}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
