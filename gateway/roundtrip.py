"""The gateway's own round-trip times to the region endpoints: an exponentially weighted moving average of each.

Pure.
"""

from dataclasses import dataclass, field

WEIGHT = 0.2
"""The newest sample's share. With a sample a second, a lasting change counts for two thirds after five seconds."""


@dataclass(slots=True)
class RoundTrips:
    """Seconds, by region."""

    seconds: dict[str, float] = field(default_factory=dict)

    def measured(self, region: str, sample: float) -> None:
        """Take a sample (seconds) in; the first one is the average."""
        old = self.seconds.get(region, sample)
        self.seconds[region] = old + WEIGHT * (sample - old)

    def keep_only(self, regions: set[str]) -> None:
        """Forget regions that are no more."""
        self.seconds = {region: value for region, value in self.seconds.items() if region in regions}
