"""Following the policy file: what is changed there takes effect without a restart, and what is wrong there changes nothing."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from contract.settings import SettingsError
from gateway.config import GatewayConfig, check_exposure, read_config
from gateway.mark import Mark, mark_of
from gateway.policy_change import check_change, told, waits_for_restart

log = logging.getLogger(__name__)

LOOK = 0.5
"""Seconds between two looks at the file. One that was changed is read when it has rested that long: it may be half written."""


class Reload:
    """One gateway's. `path` None is no file; `use` is given every valid new one."""

    def __init__(self, path: Path | None, config: GatewayConfig, host: str, use: Callable[[GatewayConfig], None]) -> None:
        self._path, self._config, self._host, self._use = path, config, host, use
        self._begun = config
        self._read = self._pending = self._look()
        self._asked = asyncio.Event()

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled. SIGHUP has the file read at once, changed or not."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)
        while True:
            await sleep(LOOK)
            await self.look()

    async def look(self) -> None:
        """Read the file if it is another than before, or somebody asked for it."""
        seen, asked = self._look(), self._asked.is_set()
        self._asked.clear()
        has_rested, self._pending = seen == self._pending, seen
        if asked or (has_rested and seen != self._read):
            self._read = seen
            await self._reread()

    async def _reread(self) -> None:
        if self._path is None:
            log.warning("asked to read the policy file anew, and there is none: GATEWAY_CONFIG names it")
            return
        try:
            fresh = await asyncio.to_thread(read_config, self._path)
            check_change(self._config, fresh)
            check_exposure(self._host, fresh)
        except SettingsError as error:
            log.error("%s; what was read before stays in force", "; ".join(str(error).splitlines()))  # noqa: TRY400
            return
        log.info("%s was read anew: %s", self._path, told(self._config, fresh))
        for key in waits_for_restart(self._begun, fresh):
            log.warning("%s: a change of %s takes effect when the gateway is started again", self._path, key)
        self._config = fresh
        self._use(fresh)

    def _look(self) -> Mark | None:
        try:
            return mark_of(self._path) if self._path else None
        except OSError:
            return None
