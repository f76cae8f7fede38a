"""`python -m renderer regions/us-east.toml`.

Exit status: 0 after leaving in order, 1 when the port or the folder is taken, 2 for wrong settings.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from contract.serving import PortTakenError, log_to_stderr
from contract.settings import SettingsError, markdown
from discovery.access import Access, access_from
from renderer import leftover, lock
from renderer.app import Renderer
from renderer.region import Region, RegionFileError, placed, read_region
from renderer.render import PACKAGED
from renderer.settings import RendererSettings, this_host
from renderer.tls_files import check_tls

log = logging.getLogger("renderer")


def main(arguments: list[str]) -> int:
    """Run the program; returns its exit status."""
    if arguments == ["--settings"]:
        sys.stdout.write(markdown("renderer", RendererSettings))
        return 0
    try:
        region, settings, access = _read(arguments)
    except (SettingsError, RegionFileError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log_to_stderr(settings.log_level)
    try:
        _work(region, settings, access)
    except (lock.HeldError, PortTakenError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 -- the text says it all
        return 1
    return 0


def _read(arguments: list[str]) -> tuple[Region, RendererSettings, Access]:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise SettingsError("usage: python -m renderer REGION_FILE, as in: python -m renderer regions/us-east.toml")
    settings = RendererSettings.read(os.environ)
    path = Path(arguments[0])
    region = placed(read_region(path), settings.listen, settings.advertise)
    check_tls(region, path)
    return region, settings, access_from(os.environ)


def _work(region: Region, settings: RendererSettings, access: Access) -> None:
    run_dir = settings.run_dir.resolve() / region.name
    (run_dir / "temp").mkdir(parents=True, exist_ok=True)
    held = lock.hold(run_dir)
    template = settings.template or PACKAGED
    host = this_host(run_dir)
    renderer = partial(
        Renderer, region, access, template, host, settings.nginx_program, held.close, status_listen=settings.status_listen
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
    sys.exit(main(sys.argv[1:]))
