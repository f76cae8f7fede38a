"""Where a program has its tokens from: a variable, or a file that is looked at again, so that rotating needs no restart."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from contract.settings import NEVER_EMPTY, Settings, SettingsError
from contract.token import Tokens, parse_tokens

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at the file."""

LARGEST = 4096
"""Bytes of it that are read."""


class TokenSource:
    """One secret. `tokens` are those that count now; None where it is not set, which it then stays."""

    def __init__(self, setting: str, given: SecretStr | None, path: Path | None) -> None:
        """SettingsError names the setting, and the file, that can't be used."""
        self._setting, self._path, self._trouble = f"{setting}_FILE", path, ""
        if given is not None and path is not None:
            raise SettingsError(f"{setting} and {setting}_FILE are both set: keep one of them")
        self.tokens: Tokens | None = parse_tokens(given.get_secret_value()) if given is not None else None
        if path is not None:
            try:
                self.tokens = _read(path)
            except ValueError as error:
                raise SettingsError(f"{self._setting}: {path} {error}") from None

    def look(self) -> bool:
        """Take up what the file holds now; whether that is something else. What is no good is told, and changes nothing."""
        if self._path is None:
            return False
        try:
            found, self._trouble, before = _read(self._path), "", self._trouble
        except ValueError as error:
            if str(error) != self._trouble:
                log.error("%s: %s %s; the tokens that were in it still count", self._setting, self._path, error)  # noqa: TRY400
            self._trouble = str(error)
            return False
        changed, self.tokens = found != self.tokens, found
        if changed or before:
            log.info("%s: %s holds %d good token(s)", self._setting, self._path, len(found.known))
        return changed

    async def keep_fresh(self) -> None:
        """Look again and again, until cancelled."""
        while self._path is not None:
            await asyncio.sleep(LOOK)
            self.look()


def _read(path: Path) -> Tokens:
    """ValueError says what is wrong with the file."""
    try:
        with path.open("rb") as file:
            return parse_tokens(file.read(LARGEST).decode("ascii"))
    except UnicodeDecodeError:
        raise ValueError("is no text of letters and digits") from None
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"can't be used: {error}") from None


def _good(given: SecretStr) -> SecretStr:
    parse_tokens(given.get_secret_value())
    return given


_Token = Annotated[Annotated[SecretStr, AfterValidator(_good)] | None, NEVER_EMPTY]
_File = Annotated[Path | None, NEVER_EMPTY]

_HOW = "32 to 100 letters and digits, or two of them with a comma between: the first is shown, each is accepted"


class RegionTokenSettings(Settings):
    """The secret that gateways and region endpoints share."""

    region_token: _Token = Field(
        None,
        description=f"The token that gateways show to region endpoints, and these accept: {_HOW}. Default: none is asked for.",
    )
    region_token_file: _File = Field(
        None, description="A file that holds it instead, a token a line. Looked at every second: a change needs no restart."
    )

    def region_tokens(self) -> TokenSource:
        """Where it comes from. SettingsError names what can't be used."""
        return TokenSource("REGION_TOKEN", self.region_token, self.region_token_file)


class WorkerTokenSettings(Settings):
    """The secret that a region's endpoint and its workers share."""

    worker_token: _Token = Field(
        None,
        description=f"The token that region endpoints show to workers, and these accept: {_HOW}. Default: none is asked for.",
    )
    worker_token_file: _File = Field(
        None, description="A file that holds it instead, a token a line. Looked at every second: a change needs no restart."
    )

    def worker_tokens(self) -> TokenSource:
        """Where it comes from. SettingsError names what can't be used."""
        return TokenSource("WORKER_TOKEN", self.worker_token, self.worker_token_file)
