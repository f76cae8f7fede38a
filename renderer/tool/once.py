"""`--once`, `--dry` and `--check`: all that is missing is waited for, then it is done or told, and that is all."""

import difflib
import logging
import sys

from renderer import stage
from renderer.engine import Faulty, Missing, Rendered
from renderer.tool.output import Output
from renderer.tool.tool import Tool

log = logging.getLogger(__name__)

FAILED, DIFFERS = 1, 3


async def once(tool: Tool, seconds: float) -> int:
    """Make all files, and run their commands. Nothing is made before all can be."""
    if not await _known(tool, seconds):
        return FAILED
    await tool.apply()
    faulty = [output for output in tool.outputs if output.state.served is None]
    return FAILED if faulty else 0


async def dry(tool: Tool, seconds: float) -> int:
    """Print what would change; 0 whether or not there is anything."""
    known = await _known(tool, seconds)
    for output in tool.outputs:
        if isinstance(output.outcome, Rendered):
            sys.stdout.write(diff(str(output.template.destination), _there(output), output.outcome.text))
    return 0 if known and _all_rendered(tool) else FAILED


async def check(tool: Tool, seconds: float) -> int:
    """Whether all files are as they would be made."""
    if not await _known(tool, seconds) or not _all_rendered(tool):
        return FAILED
    others = [one for one in tool.outputs if isinstance(one.outcome, Rendered) and _there(one) != one.outcome.text]
    for output in others:
        log.warning("%s is not as it would be made: --dry tells how", output.template.destination)
    return DIFFERS if others else 0


MODES = {"once": once, "dry": dry, "check": check}


async def _known(tool: Tool, seconds: float) -> bool:
    if await tool.settled(seconds):
        return True
    for output in tool.waiting:
        if isinstance(output.outcome, Missing):
            waits = "; ".join(output.outcome.waiting)
            log.error("%s can't be made: after %g s it waits for %s", output.template.destination, seconds, waits)
    return False


def _all_rendered(tool: Tool) -> bool:
    return not any(isinstance(output.outcome, Faulty) for output in tool.outputs)


def _there(output: Output) -> str | None:
    return stage.read(output.target)


def diff(name: str, there: str | None, wanted: str) -> str:
    """What would change, as a unified diff; empty when nothing would."""
    before, after = [] if there is None else there.splitlines(keepends=True), wanted.splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, "/dev/null" if there is None else name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
