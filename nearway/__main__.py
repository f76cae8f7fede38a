"""The command line `nearway`: one entry that starts each program by its name."""

import os
import sys

PROGRAMS = {
    "demo": ("demo", "the whole system on this machine: three regions, real Consul and nginx, a simulated API"),
    "gateway": ("gateway", "the global gateway: tasks to the nearest healthy region with a free slot"),
    "worker": ("worker", "a worker: takes tasks, submits them to the solving API, registers itself in Consul"),
    "renderer": ("renderer", "a region endpoint: renders nginx's configuration from Consul and runs nginx"),
    "render": ("renderer.tool", "files from templates and Consul, kept up to date, and the programs that read them told"),
    "drain": ("nearway.dial drain", "let a region take nothing new; what it has in flight ends there"),
    "undrain": ("nearway.dial undrain", "let a region take its full share again"),
    "dial": ("nearway.dial dial", "set the share of a region's slots that each gateway may use, 0.0 to 1.0"),
    "tasks": ("gateway.ledger tasks", "the newest tasks in the gateway's ledger, or one of them in words"),
    "spend": ("gateway.ledger spend", "what was submitted, solved, failed and unknown, by tenant, region and day"),
    "check-worker": ("nearway.check_worker", "what a worker of yours supports of the worker contract, and where it breaks it"),
}


def main() -> None:
    """Become the program that the first argument names; 2 when it names none."""
    name, *rest = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help", "help"):
        print(usage())
        sys.exit(0)
    if name not in PROGRAMS:
        print(f"nearway: no command {name!r}\n\n{usage()}", file=sys.stderr)
        sys.exit(2)
    module, _ = PROGRAMS[name]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *module.split(), *rest])  # noqa: S606


def usage() -> str:
    """What `nearway --help` prints."""
    rows = [f"  {name:13} {what}" for name, (_, what) in PROGRAMS.items()]
    return "\n".join(["usage: nearway COMMAND [ARGUMENT ...]", "", *rows, "", "`nearway COMMAND --help` tells more."])


if __name__ == "__main__":
    main()
