"""`python -m demo` (and `nearway demo`): the whole system on this machine, until Ctrl-C; `--story` plays its story and ends."""

import argparse
import asyncio
import secrets
import signal
import sys
from pathlib import Path

from demo import story
from demo.layout import programs, with_tokens
from demo.ports import taken
from demo.stage import keep_up, tell_events, welcome
from demo.system import StartError, System
from demo.tools import HOME, MissingToolError, find_tools


def main() -> int:
    """0 when all went well; 1 when the story broke or something did not start; 2 when it could not begin."""
    arguments = parser().parse_args()
    try:
        tools = find_tools()
    except MissingToolError as error:
        return _give_up(str(error))
    made = programs(tools, arguments.run, HOME / "regions", shift=arguments.shift, speed=arguments.speed)
    planned = with_tokens(made, region=secrets.token_hex(32), worker=secrets.token_hex(32))
    if in_use := taken(planned):
        return _give_up(in_use)
    return asyncio.run(_run(System(planned, arguments.run, _say), arguments.story))


async def _run(system: System, storytelling: bool) -> int:
    """Up, until it is over or a signal comes, and down again."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    _say("Starting Nearway: three regions on this machine")
    playing = asyncio.create_task(_tell(system) if storytelling else _play(system))
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((playing, waiting), return_when=asyncio.FIRST_COMPLETED)
        interrupted = playing.cancel()
        (result,) = await asyncio.gather(playing, return_exceptions=True)
        if isinstance(result, StartError):
            print(result, file=sys.stderr)
            return 1
        if isinstance(result, Exception):
            raise result
        return result if isinstance(result, int) else int(interrupted and storytelling)
    finally:
        _say("Stopping everything")
        await system.stop()


async def _play(system: System) -> int:
    await system.start()
    _say(welcome(system))
    await asyncio.gather(tell_events(system, _say), keep_up(system, _say))
    return 0


async def _tell(system: System) -> int:
    await system.start()
    lines = await story.tell(system, _say)
    _say(f"\n{story.table(lines)}")
    return 0 if all(line.held for line in lines) else 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="nearway demo",
        description="Three regions on this machine, until Ctrl-C: real Consul, real nginx, a gateway, a simulated API.",
        epilog="example:\n  nearway demo\n  nearway demo --story --shift 20000\n\n"
        "exit status: 0; 1 when the story broke or something did not start; 2 when it could not begin",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add("--story", action="store_true", help="play the story unattended; exit status 0 only if every promise held")
    add("--shift", type=int, default=0, metavar="N", help="add N to every port (default 0)")
    add("--speed", type=float, default=20, metavar="X", help="how many times faster than the real API (default 20)")
    add(
        "--run",
        type=Path,
        default=HOME / ".run" / "demo",
        metavar="DIR",
        help="where to write; emptied first",
    )
    return made


def _give_up(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
