"""The page's files, as they are served: read once, at the start."""

import hashlib
from dataclasses import dataclass

from gateway.dashboard.page import TEMPLATES

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file; `tag` is its validator (RFC 9110 §8.8.3), by which a browser asks whether its copy is still good."""

    content: bytes
    kind: str
    tag: str


def assets() -> dict[str, Asset]:
    """All of them, by name."""
    found = sorted((TEMPLATES / "assets").iterdir())
    return {path.name: _asset(path.read_bytes(), TYPES[path.suffix]) for path in found if path.suffix in TYPES}


def _asset(content: bytes, kind: str) -> Asset:
    return Asset(content, kind, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
