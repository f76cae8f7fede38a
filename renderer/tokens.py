"""The region's tokens as nginx reads them: a file beside its configuration, which includes it and holds none itself.

Pure. The file's name tells its content apart, so that other tokens make another configuration, which is then checked, swapped and
put back like any; the one before finds its own tokens still there.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from contract.token import Tokens

_NAMED = re.compile(r"\btokens-[0-9a-f]{16}\.conf\b")


@dataclass(frozen=True, slots=True)
class TokenFile:
    """What is to be included. `asks` when gateways must show a token, `shows` when workers are shown one; else no `path`."""

    path: Path | None = None
    asks: bool = False
    shows: bool = False
    text: str = field(default="", repr=False)


NO_TOKENS = TokenFile()


def token_file(run_dir: Path, region: Tokens | None, workers: Tokens | None) -> TokenFile:
    """The file for the tokens of gateways and of workers."""
    if region is None and workers is None:
        return NO_TOKENS
    text = "# Secret: who knows these can spend. Written by Nearway's renderer.\n"
    if region is not None:
        rows = "".join(f'  "{token}" "{token}";\n' for token in region.known)
        text += f'map $http_nearway_token $known_token {{\n  default "";\n{rows}}}\n'
    if workers is not None:
        text += f'map $host $token_for_workers {{\n  default "{workers.shown}";\n}}\n'
    name = f"tokens-{hashlib.sha256(text.encode()).hexdigest()[:16]}.conf"
    return TokenFile(run_dir / name, region is not None, workers is not None, text)


def named_in(text: str) -> set[str]:
    """The names of such files in a configuration."""
    return set(_NAMED.findall(text))


def ignored(tokens: TokenFile, text: str) -> str | None:
    """What is wrong with a configuration that leaves the tokens out; None when it does not."""
    if tokens.path is None or tokens.path.name in named_in(text):
        return None
    return (
        "REGION_TOKEN or WORKER_TOKEN is set, and the template takes no notice: it must include the file `tokens.path`, "
        "as templates/nginx/region.conf.j2 does, or whoever reaches the region could spend"
    )
