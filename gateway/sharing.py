"""Several gateways over the same regions: each counts only its own tasks, and learns of the others' by refusals.

Pure. A gateway that holds every slot of a region gives each freed one to its own queue within milliseconds, and one that comes
later meets a free slot by luck. So whoever holds more than its share leaves some of what it frees alone for a moment. The more it
is above its share the more often; at its share never, and alone never.
"""

from discovery.instance import Health
from discovery.records import GATEWAYS
from discovery.view import Known, View

OFTEN = 0.25
"""How often the holder of all slots leaves one, among endlessly many gateways. With two it is half of this: with tasks of 20 s
that costs a thousandth of the slots' time, and a newcomer to 40 slots has its first within seconds."""


def leaves_it(held: int, slots: int, gateways: int, chance: float) -> bool:
    """Whether to leave a slot just freed; `held` counts it still, `chance` is from 0 to 1 at random."""
    return gateways > 1 and chance < OFTEN * (held - slots / gateways) / held


def gateways(view: View) -> int:
    """How many gateways there are: those that pass, this one included, which may not be registered."""
    answers = (view.of(datacenter, GATEWAYS) for datacenter in view.datacenters)
    passing = (one for answer in answers if isinstance(answer, Known) for one in answer.said if one.health is Health.PASSING)
    return max(1, sum(1 for _ in passing))
