"""Reading an answer of many instances as it comes, entry by entry. Pure.

Consul answers with the whole list, more than a kilobyte for each instance, though one of ten thousand changed. An entry that
was in an answer before, byte for byte, is not read again: it is the same instance still. And of an answer no more is kept than
an entry: ten thousand of them, read in one piece, take 100 MB.
"""

import hashlib
import json
import re
from weakref import WeakValueDictionary

from discovery.instance import Instance, parse_instances

_BETWEEN = re.compile(rb'\}\s*,\s*\{\s*"Node":\s*\{')
"""What stands between two entries, as Consul writes them, and nowhere else: in a string its quotes are escaped (RFC 8259 §7), and
a check's `Node` is a string. An answer that has none is read in one piece."""

Known = WeakValueDictionary[tuple[str | None, bytes], Instance]
"""The instances that somebody still holds, by datacenter and the digest of their entry."""


class Reading:
    """One answer: `take` its bytes as they come, then ask for its `instances`. Both raise ValueError for what can't be read."""

    def __init__(self, datacenter: str | None, known: Known) -> None:
        self._datacenter, self._known = datacenter, known
        self._found: list[Instance] = []
        self._rest = b""

    def take(self, chunk: bytes) -> None:
        """The next bytes, cut anywhere."""
        *whole, self._rest = _BETWEEN.split(self._rest + chunk)
        for piece in whole:
            self._read(piece)

    def instances(self) -> tuple[Instance, ...]:
        """All of them, in the answer's order."""
        if not self._found:
            return parse_instances(self._datacenter, json.loads(self._rest))
        self._read(self._rest.rstrip().removesuffix(b"]").rstrip().removesuffix(b"}"))
        return tuple(self._found)

    def _read(self, piece: bytes) -> None:
        # What the cuts took away is put back; the first has the list's bracket still.
        entry = (b'{"Node":{' + piece if self._found else piece.removeprefix(b"[")) + b"}"
        key = (self._datacenter, hashlib.sha256(entry).digest())
        instance = self._known.get(key)
        if instance is None:
            (instance,) = parse_instances(self._datacenter, [json.loads(entry)])
            self._known[key] = instance
        self._found.append(instance)
