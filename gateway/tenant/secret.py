"""A tenant's key: 256 random bits behind a word by which it is recognised wherever it should not be.

Pure.
"""

import hashlib

BITS = 256

BEGINS = "nearway_"


def key_of(random: bytes) -> str:
    """The key that is made of so many random bits. ValueError when they are not as many as they should be."""
    if len(random) * 8 != BITS:
        raise ValueError(f"a key has {BITS} bits")
    return BEGINS + random.hex()


def hash_of(key: str) -> str:
    """What stands in the policy file."""
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
