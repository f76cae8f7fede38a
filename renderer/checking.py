"""Whether nginx is there, new enough, and content with the region's configuration: tried once, for `--check`."""

import asyncio
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from contract.token_source import TokenSource
from renderer.nginx import Nginx
from renderer.region import Region
from renderer.render import PACKAGED, RenderError, render
from renderer.settings import RendererSettings, this_host
from renderer.token_files import TokenFiles
from renderer.tokens import ignored
from renderer.upstreams import Upstreams

OLDEST = (1, 19, 5)
"""The first that lets its log be named on the command line (`-e`)."""

WRONG = 2


async def check_nginx(region: Region, settings: RendererSettings, sources: tuple[TokenSource, TokenSource]) -> int:
    """Render the region without workers into a folder of its own, and have nginx look at it; the exit status."""
    trouble = await _version_trouble(settings.nginx_program)
    if trouble is None:
        with tempfile.TemporaryDirectory(prefix="nearway-check-") as folder:
            trouble = await _config_trouble(region, settings, sources, Path(folder))
    if trouble is None:
        sys.stdout.write(f"they can be used, and nginx takes the configuration; it would listen on {region.endpoint.listen}\n")
        return 0
    sys.stderr.write(f"{trouble}\n")
    return WRONG


async def _version_trouble(program: str) -> str | None:
    try:
        process = await asyncio.create_subprocess_exec(program, "-v", stderr=asyncio.subprocess.PIPE)
    except OSError as error:
        return f"NGINX_PROGRAM: {program} can't be started ({error.strerror}): install nginx, or set NGINX_PROGRAM"
    _, said = await process.communicate()
    found = re.search(rb"nginx/([0-9]+)\.([0-9]+)\.([0-9]+)", said)
    if found is None:
        return f"NGINX_PROGRAM: {program} is no nginx: {said.decode(errors='replace').strip()[:200]!r}"
    if tuple(map(int, found.groups())) < OLDEST:
        return f"NGINX_PROGRAM: {program} is {found[0].decode()}: 1.19.5 or newer is needed"
    return None


async def _config_trouble(
    region: Region, settings: RendererSettings, sources: tuple[TokenSource, TokenSource], folder: Path
) -> str | None:
    (folder / "temp").mkdir()
    tokens = TokenFiles(folder, *sources).now
    try:
        text = render(settings.template or PACKAGED, region, Upstreams(()), replace(this_host(folder), tokens=tokens))
    except RenderError as error:
        return f"TEMPLATE: {error}"
    if (trouble := ignored(tokens, text)) is not None:
        return f"TEMPLATE: {trouble}"
    config = folder / "nginx.conf"
    config.write_text(text)
    found = await Nginx(settings.nginx_program, folder, region.endpoint.listen, _nobody_asks).check(config)
    return None if found is None else f"nginx has something against the region's configuration: {found}"


async def _nobody_asks() -> bool:
    return False
