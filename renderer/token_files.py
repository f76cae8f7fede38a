"""Keeping the file of tokens that nginx includes: written for its owner only, before any configuration names it."""

import logging
import os
from pathlib import Path

from contract.token_source import TokenSource
from renderer.stage import backup_of, read
from renderer.tokens import NO_TOKENS, TokenFile, named_in, token_file

log = logging.getLogger(__name__)


class TokenFiles:
    """A region's. `now` is what is to be included; its file is there."""

    def __init__(self, run_dir: Path, region: TokenSource, workers: TokenSource) -> None:
        """OSError when the first can't be written."""
        self._config, self._region, self._workers = run_dir / "nginx.conf", region, workers
        self.now: TokenFile = NO_TOKENS
        self._take(self._wanted())

    def look(self) -> bool:
        """Whether it is another now. What can't be written is told, and tried again at the next look."""
        self._region.look()
        self._workers.look()
        wanted = self._wanted()
        if wanted == self.now:
            return False
        try:
            self._take(wanted)
        except OSError as error:
            log.error("%s can't be written: %s; the tokens of before still count", wanted.path, error.strerror)  # noqa: TRY400
            return False
        return True

    def are_asked_for_in(self, config: Path) -> bool:
        """Whether a configuration of an earlier run asks for tokens, where there are any to be asked for."""
        return not self.now.asks or any(self._asks(name) for name in named_in(read(config) or ""))

    def forget_old(self) -> None:
        """Remove those that neither the configuration nor the one before names."""
        kept = {name for config in (self._config, backup_of(self._config)) for name in named_in(read(config) or "")}
        for path in self._config.parent.glob("tokens-*.conf"):
            if path.name not in kept and path != self.now.path:
                path.unlink(missing_ok=True)

    def _asks(self, name: str) -> bool:
        return "$known_token" in (read(self._config.with_name(name)) or "")

    def _wanted(self) -> TokenFile:
        return token_file(self._config.parent, self._region.tokens, self._workers.tokens)

    def _take(self, wanted: TokenFile) -> None:
        if wanted.path is not None:
            _write(wanted.path, wanted.text)
        self.now = wanted


def _write(path: Path, text: str) -> None:
    staged = path.with_name(f".{path.name}.staged")
    staged.unlink(missing_ok=True)
    with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)
