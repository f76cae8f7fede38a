"""What following changes costs the renderer's process."""

from bench.figures import Rows
from bench.machine import cpu_seconds, most_resident_kib
from bench.renderer.lab import Lab

CHANGES = 4
"""In a turn: removal, addition, Meta, Meta back."""


class Cost:
    """Of what happens from here on."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._began = lab, cpu_seconds(lab.pid)

    def rows(self, count: int, turns: int) -> Rows:
        """For the table, after so many turns."""
        spent = cpu_seconds(self._lab.pid) - self._began
        return [
            (f"{count:,} workers: CPU of the renderer for a change", f"{spent / turns / CHANGES:.2f} s"),
            (f"{count:,} workers: most memory it ever had", f"{most_resident_kib(self._lab.pid) / 1024:.0f} MiB"),
        ]
