"""`nearway render`, `python -m renderer.tool`: see `--help`."""

import asyncio
import logging
import os
import signal
import sys

from contract import logs
from contract.serving import PortTakenError
from discovery.access import Access, access_from
from renderer.tables import TablesError
from renderer.tool.arguments import Asked, parser, read_arguments
from renderer.tool.once import MODES
from renderer.tool.tool import PASSED_ON, Tool

__all__ = ["main", "parser"]

log = logging.getLogger("nearway.render")


def main(words: list[str]) -> int:
    """Run the program; returns its exit status."""
    try:
        asked, access = read_arguments(words), access_from(os.environ)
    except (TablesError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logs.start(asked.config.log_level, "console")
    try:
        return asyncio.run(_run(asked, access))
    except (PortTakenError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 -- the text says it all
        return 1
    except KeyboardInterrupt:  # of what ends by itself
        return 1


async def _run(asked: Asked, access: Access) -> int:
    tool = Tool(asked.config, access)
    leave, hurry = asyncio.Event(), asyncio.Event()

    def told() -> None:
        (hurry if leave.is_set() else leave).set()

    loop = asyncio.get_running_loop()
    try:
        if asked.mode != "run":
            return await MODES[asked.mode](tool, asked.timeout)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told)
        for number in PASSED_ON:
            loop.add_signal_handler(number, tool.passed_on, number)
        return 0 if await tool.run(leave, hurry) else 1
    finally:
        await tool.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
