"""The bodies of all requests at once, and the memory that they may take together. Pure.

A limit for each, times all connections, would be more than any machine has.
"""

from contract.problem import ProblemError, problem

MIB = 1024 * 1024

USUAL = 1024
"""MiB, where nothing is set."""


class Bodies:
    """One program's."""

    def __init__(self, most: int = USUAL) -> None:
        """`most` is in MiB."""
        self._most = most
        self.held = 0
        """Bytes."""

    def take(self, size: int) -> None:
        """So many bytes more are held, or fewer. ProblemError when there is no room for them."""
        if size > 0 and self.held + size > self._most * MIB:
            detail = f"The bodies of all requests at once may have {self._most} MiB, and have"
            raise ProblemError(problem("NO_ROOM", detail, retry_after=1))
        self.held += size
