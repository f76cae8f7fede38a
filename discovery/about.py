"""What a Consul agent tells of itself.

Pure.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """`leader` is the address of its datacenter's leader, empty when there is none; `date` its clock, as HTTP says it.

    `version` and `datacenter` are None where it does not let us see them; `refusal` is why.
    """

    leader: str
    date: str
    version: str | None = None
    datacenter: str | None = None
    refusal: str = ""
