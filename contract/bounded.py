"""Names that come from elsewhere as values of a metric's label: only so many of them.

Pure. Each value of a label is a series of its own in Prometheus, for ever; whoever may register in Consul could make millions.
"""

OTHER = "other"
"""What all names beyond the bound count as, together with any that is called so."""


class Bounded:
    """The first so many names it is shown stand for themselves."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """The label's value for a name."""
        if name not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(name)
        return name
