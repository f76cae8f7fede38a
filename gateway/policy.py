"""What people have set, beside what is seen: each region's dial, the cap over all regions, and what to do when all look bad.

Pure.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from discovery.dials import Dial


@dataclass(frozen=True, slots=True)
class Policy:
    """`total_slots` caps all regions together, None for no cap; with `fail_open`, regions that look bad are better than none."""

    dials: Mapping[str, Dial] = field(default_factory=dict)
    total_slots: int | None = None
    fail_open: bool = False

    def is_drained(self, region: str) -> bool:
        """Whether the region is to take nothing new."""
        return region in self.dials and self.dials[region].share == 0

    def limit(self, region: str, slots: int) -> int:
        """How many of its slots this gateway may take: the dial's share, rounded up, so that a dial above 0 leaves one."""
        if region not in self.dials:
            return slots
        if self.is_drained(region):
            return 0
        # 0.07 * 100 is a little over 7 in binary, and is meant to be 7.
        return min(slots, max(1, math.ceil(round(slots * self.dials[region].share, 9))))
