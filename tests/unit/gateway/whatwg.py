"""How a browser reads the host of an address: the WHATWG URL standard, for http and https only (§§4.4 and 3.5)."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote

import idna

FORBIDDEN = re.compile(r"[\x00-\x20\"#%/:<>?@\[\\\]^`{|}\x7f]")


def host(address: str) -> str | None:
    """The host; None where a browser would go nowhere."""
    text = re.sub(r"[\t\n\r]", "", address.strip("".join(map(chr, range(0x21)))))
    found = re.match(r"https?:[/\\]*", text, re.IGNORECASE)
    if not found:
        return None
    authority = re.split(r"[/\\?#]", text[found.end() :], maxsplit=1)[0].rpartition("@")[2]
    split = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", authority)
    return _host(split[1]) if split and int(split[2] or 0) < 65_536 else None


def _host(text: str) -> str | None:
    if text.startswith("["):
        try:
            return f"[{IPv6Address(text[1:-1])}]"
        except AddressValueError:
            return None
    try:
        name = idna.uts46_remap(unquote(text, errors="strict"), std3_rules=False)
        labels = [label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in name.split(".")]
    except UnicodeError:
        return None
    name = ".".join(labels)
    if not name or FORBIDDEN.search(name):
        return None
    return _ipv4(name.removesuffix(".")) if _ends_in_a_number(name) else name


def _ends_in_a_number(name: str) -> bool:
    last = name.removesuffix(".").rpartition(".")[2]
    return bool(re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last))


def _ipv4(name: str) -> str | None:
    try:
        *most, last = [_number(part) for part in name.split(".")]
    except ValueError:
        return None
    if len(most) > 3 or any(part > 255 for part in most) or last >= 256 ** (4 - len(most)):
        return None
    return str(IPv4Address(last + sum(part * 256 ** (3 - place) for place, part in enumerate(most))))


def _number(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and part != "0" else int(part)
