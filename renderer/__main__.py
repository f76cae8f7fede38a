"""`nearway renderer regions/us-east.toml`, `python -m renderer`: see `--help`."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from contract import logs
from contract.command_line import program_line
from contract.serving import PortTakenError
from contract.settings import SettingsError, markdown
from contract.token_source import TokenSource
from discovery.access import Access, access_from
from renderer import leftover, lock
from renderer.app import Renderer
from renderer.checking import check_nginx
from renderer.region import Region, RegionFileError, placed, read_region
from renderer.render import PACKAGED
from renderer.settings import RendererSettings, this_host
from renderer.tls_files import check_tls
from renderer.token_files import TokenFiles

log = logging.getLogger("renderer")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = program_line(
        "renderer",
        "A region endpoint: it renders nginx's configuration from what Consul knows, runs nginx, and registers the region.",
        "nearway renderer regions/us-east.toml",
        "0 after leaving in order, 1 when the port or the folder is taken, 2 when a setting or the region file is wrong",
    )
    made.add_argument("region", metavar="FILE", nargs="?", type=Path, help="the region file, as regions/us-east.toml")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    line = parser()
    options = line.parse_args(arguments)
    if options.settings:
        sys.stdout.write(markdown("renderer", RendererSettings))
        return 0
    if options.region is None:
        line.error("say which region file, as in: nearway renderer regions/us-east.toml")
    try:
        region, settings, sources, access = _read(options.region)
    except (SettingsError, RegionFileError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.check:
        return asyncio.run(check_nginx(region, settings, sources))
    logs.start(settings.log_level, settings.log_format)
    try:
        _work(region, settings, sources, access)
    except (lock.HeldError, PortTakenError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 -- the text says it all
        return 1
    return 0


def _read(path: Path) -> tuple[Region, RendererSettings, tuple[TokenSource, TokenSource], Access]:
    settings = RendererSettings.read(os.environ)
    region = placed(read_region(path), settings.listen, settings.advertise)
    check_tls(region, path)
    return region, settings, (settings.region_tokens(), settings.worker_tokens()), access_from(os.environ)


def _work(region: Region, settings: RendererSettings, sources: tuple[TokenSource, TokenSource], access: Access) -> None:
    run_dir = settings.run_dir.resolve() / region.name
    (run_dir / "temp").mkdir(parents=True, exist_ok=True)
    held = lock.hold(run_dir)
    template = settings.template or PACKAGED
    host, tokens = this_host(run_dir, settings.access_log), TokenFiles(run_dir, *sources)
    renderer = partial(
        Renderer, region, access, template, host, tokens, settings.nginx_program, held.close, status_listen=settings.status_listen
    )
    with held:
        asyncio.run(_run(renderer, region, run_dir))


async def _run(renderer: Callable[[], Renderer], region: Region, run_dir: Path) -> None:
    leftover.dismiss(run_dir)
    reason = await leftover.until_free(region.endpoint.listen)
    if reason is not None:
        raise PortTakenError(f"{region.endpoint.listen} can't be listened on ({reason}): stop what holds it, or change listen")
    leave, at_once = asyncio.Event(), asyncio.Event()

    def told() -> None:
        (at_once if leave.is_set() else leave).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    await renderer().run(leave, at_once)


if __name__ == "__main__":
    sys.exit(main())
