"""Which transport faults a request meets, drawn when its header has arrived."""

from dataclasses import dataclass
from random import Random

from demo.api.switches import Body, Moment, Scope, Switches


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong with one request; seconds are real ones. At most one of the resets and errors is set."""

    delay_before: float = 0.0
    delay_after: float = 0.0
    reset_before: bool = False
    error_before: bool = False
    error_after: bool = False
    reset_after: bool = False
    slow_body: float = 0.0
    body: Body = Body.JSON


NONE = Faults()


def draw_faults(endpoint: Scope, switches: Switches, random: Random) -> Faults:
    """The faults of a request to in.php (`Scope.SUBMIT`) or res.php (`Scope.POLL`)."""
    if switches.faults_on not in (Scope.ALL, endpoint):
        return NONE

    def hit(rate: float) -> bool:
        return rate > 0 and random.random() < rate

    delay = switches.delay_seconds if hit(switches.delay_rate) else 0.0
    reset_before = hit(switches.reset_before_rate)
    error = not reset_before and hit(switches.server_error_rate)
    late, late_delay = switches.server_error_moment is Moment.AFTER, switches.delay_moment is Moment.AFTER
    return Faults(
        delay_before=0.0 if late_delay else delay,
        delay_after=delay if late_delay else 0.0,
        reset_before=reset_before,
        error_before=error and not late,
        error_after=error and late,
        reset_after=not reset_before and not error and hit(switches.reset_after_rate),
        slow_body=switches.slow_body_seconds if hit(switches.slow_body_rate) else 0.0,
        body=switches.body if switches.body is not Body.JSON and hit(switches.body_rate) else Body.JSON,
    )
