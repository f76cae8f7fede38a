"""When a certificate ends, read from its file: the standard library shows that only of one a server has shown.

Pure. DER (X.690) as far as a certificate's validity lies in it (RFC 5280 §4.1).
"""

import re
import ssl
from datetime import UTC, datetime

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)

VERSION = 0xA0
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18


def ends(text: str) -> datetime:
    """When the first certificate in a file ceases to be valid, of all in it. ValueError when there is none."""
    found = [_ends(one) for one in _PEM.findall(text)]
    if not found:
        raise ValueError("it holds no certificate in PEM")
    return min(found)


def _ends(pem: str) -> datetime:
    try:
        ((_, certificate),) = _values(ssl.PEM_cert_to_DER_cert(pem))
        fields = _values(_values(certificate)[0][1])
        # The version may be left out; then come the serial number, the algorithm, the issuer.
        validity = fields[4 if fields[0][0] == VERSION else 3]
        _, last = _values(validity[1])
        return _time(*last)
    except (IndexError, ValueError):
        raise ValueError("it holds a certificate that can't be read") from None


def _values(der: bytes) -> list[tuple[int, bytes]]:
    """The tag and the content of each value, one after the other."""
    values = []
    while der:
        tag, length, head = der[0], der[1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(der[2:head], "big")
        if len(der) < head + length:
            raise ValueError("it is cut off")
        values.append((tag, der[head : head + length]))
        der = der[head + length :]
    return values


def _time(tag: int, content: bytes) -> datetime:
    """A UTCTime's years are those from 1950 to 2049 (RFC 5280 §4.1.2.5.1)."""
    text = content.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != GENERALIZED_TIME:
        raise ValueError("it is no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
