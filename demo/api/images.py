"""Whether an image is one the API takes."""

import base64
import binascii
import struct
from pathlib import PurePath

from demo.api import codes
from demo.api.answers import Refusal

SMALLEST, LARGEST = 100, 1024 * 1024
"""Bytes. The documentation has given 100 B and 1 KB as the least; the smaller of the two never refuses wrongly."""
LONGEST_SIDE = 1000
"""Pixels."""
EXTENSIONS = frozenset({".jpg", ".jpeg", ".gif", ".png"})


def check_file(name: str, content: bytes) -> Refusal | None:
    """An uploaded file: its extension, then what is in it."""
    if PurePath(name).suffix.lower() not in EXTENSIONS:
        return Refusal(codes.FILE_EXTENSION, "the file must be .jpg, .jpeg, .gif or .png")
    return check_image(content)


def check_text(text: str) -> Refusal | None:
    """An image in base64, with or without `data:image/…;base64,` before it."""
    try:
        content = base64.b64decode(text.rpartition("base64,")[2], validate=True)
    except (binascii.Error, ValueError):
        return Refusal(codes.UPLOAD, "the image is not base64")
    return check_image(content)


def check_image(content: bytes) -> Refusal | None:
    """The size in bytes, the type by the first bytes, the size in pixels of PNG and GIF."""
    if len(content) < SMALLEST:
        return Refusal(codes.ZERO_FILESIZE, f"the image must have {SMALLEST} bytes or more")
    if len(content) > LARGEST:
        return Refusal(codes.TOO_BIG_FILESIZE, f"the image must have {LARGEST} bytes or fewer")
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")):
        return Refusal(codes.IMAGE_TYPE, "the image must be JPEG, PNG or GIF")
    if max(_pixels(content)) > LONGEST_SIDE:
        return Refusal(codes.DIMENSIONS, f"no side may be longer than {LONGEST_SIDE} pixels")
    return None


def _pixels(content: bytes) -> tuple[int, int]:
    if content.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", content[16:24])
    elif content.startswith(b"GIF"):
        width, height = struct.unpack("<HH", content[6:10])
    else:
        width = height = 0
    return width, height
