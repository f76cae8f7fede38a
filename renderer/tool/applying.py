"""Changes of one pass put in place: files first, each checked before it replaces anything; then what reads them is told.

All files of a pass are there before the first command runs, so that no program is told of half of them. A command that
several of them share runs once. When it fails, its files are as they were before, and it runs once more: a program that was
stopped by it, or took half, has the files of before.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from renderer import stage
from renderer.change import taken
from renderer.loop import Change
from renderer.tool.child import Child
from renderer.tool.command import Command
from renderer.tool.output import Given, Output
from renderer.tool.running import run

Due = tuple[Output, Change[Given]]


async def swap_all(due: Sequence[Due]) -> dict[Output, stage.Outcome]:
    """What became of each. One that is refused holds up no other."""
    return {output: await output.swap(change.wanted.text) for output, change in due}


async def tell_all(outcomes: dict[Output, stage.Outcome], child: Child | None) -> None:
    """Run the commands, and have the program read its files; `outcomes` is right about what became of it."""
    for command, outputs in by_command(outcomes).items():
        seconds = max(output.template.timeout.seconds for output in outputs)
        await _tell(outcomes, outputs, partial(run, command, seconds))
    swapped = [output for output, outcome in outcomes.items() if isinstance(outcome, stage.Swapped)]
    if child is not None and child.started and swapped:
        await _tell(outcomes, swapped, child.reload)


def by_command(outcomes: dict[Output, stage.Outcome]) -> dict[Command, list[Output]]:
    """The commands of what was swapped, in the order of the templates."""
    groups: dict[Command, list[Output]] = {}
    for output, outcome in outcomes.items():
        if output.template.command is not None and isinstance(outcome, stage.Swapped):
            groups.setdefault(output.template.command, []).append(output)
    return groups


async def _tell(outcomes: dict[Output, stage.Outcome], outputs: list[Output], take: Callable[[], Awaitable[str | None]]) -> None:
    trouble = await taken([(output.target, outcomes[output]) for output in outputs], take)
    if trouble is None:
        return
    again = await take()
    if again is not None:
        trouble = f"{trouble}; and with the files of before: {again}"
    for output in outputs:
        outcomes[output] = stage.Refused(trouble)
