"""What this gateway itself has seen of the regions: its tasks there, refusals, failures, round trips.

Kept for as long as the process lives; the deciding is in the modules it is made of.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from attempt.breaker import Breaker
from attempt.load import Load
from gateway.roundtrip import RoundTrips


@dataclass(slots=True)
class Standing:
    """Of all regions, by their names."""

    load: Load = field(default_factory=Load)
    breakers: defaultdict[str, Breaker] = field(default_factory=lambda: defaultdict(Breaker))
    round_trips: RoundTrips = field(default_factory=RoundTrips)
    order: tuple[str, ...] = ()
    """By round trip, nearest first, as it was when it was last asked for."""
