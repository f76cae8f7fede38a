"""The renderer's settings, from the environment, and what it finds out about the machine."""

import grp
import os
import pwd
import resource
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from contract.logs import LogSettings
from contract.token_source import RegionTokenSettings, WorkerTokenSettings
from discovery.records import check_url
from renderer.filters import nginx_quoted
from renderer.region import Listen, parse_listen
from renderer.render import AccessLog, Host

MOST_OPEN_FILES = 65_536


def _sayable(path: Path) -> Path:
    nginx_quoted(path)
    return path


class RendererSettings(RegionTokenSettings, WorkerTokenSettings, LogSettings):
    """What the renderer is told besides its region file. Consul's standard variables count too."""

    run_dir: Annotated[Path, AfterValidator(_sayable)] = Field(
        Path(".run"),
        description="The folder in which a folder per region holds nginx's configuration, log, pid and temporary files",
    )
    nginx_program: str = Field("nginx", description="The nginx program: a name on PATH, or a path. 1.19.5 or newer")
    listen: Annotated[Listen, BeforeValidator(parse_listen)] | None = Field(
        None, description="Where nginx listens instead of at the region file's `listen`, as in `0.0.0.0:8081`"
    )
    advertise: Annotated[str, AfterValidator(check_url)] | None = Field(
        None, description="Where the region is reached instead of at the file's `advertise`, as in `http://10.0.0.1:8081`"
    )
    template: Path | None = Field(
        None, description="A Jinja2 template for nginx's configuration in place of our own, `templates/nginx/region.conf.j2`"
    )
    access_log: AccessLog = Field(
        "file",
        description="Where nginx writes a line per request: to a `file` (`access.log` in its folder), to `stdout`, or `off`",
    )
    status_listen: Annotated[Listen, BeforeValidator(parse_listen)] | None = Field(
        None,
        description="Where `/status` and `/metrics` are served, an IP address and port as in `127.0.0.1:9081`. Default: nowhere",
    )


def this_host(run_dir: Path, access_log: AccessLog = "file") -> Host:
    """The machine, as far as nginx's configuration depends on it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    open_files = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
    return Host(run_dir, _user() if os.geteuid() == 0 else None, open_files, access_log)


def _user() -> str | None:
    """Whom nginx's workers run as under root: the first that there is of the names distributions use."""
    for name in ("nginx", "www-data", "nobody"):
        try:
            entry = pwd.getpwnam(name)
            return f"{name} {grp.getgrgid(entry.pw_gid).gr_name}"
        except KeyError:
            continue
    return None
