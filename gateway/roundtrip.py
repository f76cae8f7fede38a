"""The gateway's own round-trip times to the region endpoints: an exponentially weighted moving average of each.

Pure. A region that does not answer the gateway's own probes is cut off from it, whatever Consul sees.
"""

from dataclasses import dataclass, field

WEIGHT = 0.05
"""The newest sample's share. With four samples a second, a lasting change counts for two thirds after five seconds."""

MISSES = 3
"""Probes in a row without an answer after which a region counts as cut off."""


@dataclass(slots=True)
class RoundTrips:
    """Seconds, by region; and how many probes in a row each has missed."""

    seconds: dict[str, float] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    """What the last probe that was missed came to."""

    def measured(self, region: str, sample: float) -> bool:
        """Take a sample (seconds) in, the first one as the average; whether the region was cut off until now."""
        was_cut_off = self.is_cut_off(region)
        self.misses.pop(region, None)
        old = self.seconds.get(region, sample)
        self.seconds[region] = old + WEIGHT * (sample - old)
        return was_cut_off

    def missed(self, region: str, why: str = "") -> bool:
        """A probe had no good answer; whether the region counts as cut off from now on."""
        self.why[region] = why
        self.misses[region] = self.misses.get(region, 0) + 1
        return self.misses[region] == MISSES

    def is_cut_off(self, region: str) -> bool:
        """Whether the last probes were all missed."""
        return self.misses.get(region, 0) >= MISSES

    def keep_only(self, regions: set[str]) -> None:
        """Forget regions that are no more."""
        self.seconds = {region: value for region, value in self.seconds.items() if region in regions}
        self.misses = {region: count for region, count in self.misses.items() if region in regions}
