"""The commands of `nearway`: what each is called, what it is for, and what is run for it.

Pure, and quick to import: nothing of a command is imported before it is asked for.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `run` is a module as `python -m` takes it, and the words that come before the user's.

    A module of `nearway` is run in this process; any other is a program of its own, which this process becomes. Each has in its
    `__main__` a function `parser`, which takes the same words and gives the command's `argparse.ArgumentParser`.
    """

    name: str
    about: str
    run: str

    @property
    def module(self) -> str:
        """The module that is run."""
        return self.run.split()[0]

    @property
    def words(self) -> list[str]:
        """The words that come before the user's."""
        return self.run.split()[1:]

    @property
    def is_own(self) -> bool:
        """Whether it is run in this process."""
        return self.module.startswith("nearway.")


GROUPS: dict[str, tuple[Command, ...]] = {
    "the programs": (
        Command("demo", "the whole system on this machine: three regions, real Consul and nginx, a simulated API", "demo"),
        Command("gateway", "the global gateway: tasks to the nearest healthy region with a free slot", "gateway"),
        Command("worker", "a worker: takes tasks, submits them to the solving API, registers itself in Consul", "worker"),
        Command("register", "puts a program of yours, in any language, into a region as a worker of it", "nearway.register"),
        Command("renderer", "a region endpoint: renders nginx's configuration from Consul and runs nginx", "renderer"),
        Command(
            "render", "files from templates and Consul, kept up to date, and the programs that read them told", "renderer.tool"
        ),
    ),
    "seeing": (
        Command("status", "where tasks go now, and why: regions, their load, the queue", "nearway.look status"),
        Command("watch", "the same, live; or, where nobody sees it, a line for each change", "nearway.look watch"),
        Command("regions", "the regions a gateway knows, one in a line", "nearway.look regions"),
        Command("workers", "the workers a gateway knows, one in a line", "nearway.look workers"),
        Command("explain", "where the task of a client would go, and why, region by region", "nearway.look explain"),
    ),
    "steering": (
        Command("drain", "let a region take nothing new; what it has in flight ends there", "nearway.dial drain"),
        Command("undrain", "let a region take its full share again", "nearway.dial undrain"),
        Command("dial", "set the share of a region's slots that each gateway may use, 0.0 to 1.0", "nearway.dial dial"),
    ),
    "tasks and money": (
        Command(
            "solve",
            "tasks from arguments, a file or a pipe, each paid for once",
            "nearway.solve solve",
        ),
        Command("tasks", "the newest tasks in the gateway's ledger, or one of them in words", "gateway.ledger tasks"),
        Command("spend", "what was submitted, solved, failed and unknown, by tenant, region and day", "gateway.ledger spend"),
    ),
    "who may": (Command("tenant", "who may use gateways: add one and make its key, more keys, take one away", "gateway.tenant"),),
    "checking": (
        Command("doctor", "what is wrong with Consul, regions, a gateway, this machine, and how it is mended", "nearway.doctor"),
        Command(
            "check-worker",
            "what a worker of yours supports of the worker contract, and where it breaks it",
            "nearway.check_worker",
        ),
    ),
    "your shell": (
        Command("completion", "what bash, zsh or fish needs to complete commands, options and regions", "nearway.completion"),
    ),
}

COMMANDS = {command.name: command for group in GROUPS.values() for command in group}


def usage() -> str:
    """What `nearway --help` prints."""
    lines = ["usage: nearway COMMAND [ARGUMENT ...]"]
    for group, commands in GROUPS.items():
        lines += ["", f"{group}:", *(f"  {command.name:13} {command.about}" for command in commands)]
    return "\n".join(
        [*lines, "", "`nearway COMMAND --help` tells more, with an example; `nearway --version` says which this is."]
    )
