"""`at=` in a task's location: which worker keeps the task's slot, so that its region's nginx sends the waits there.

A hint and no more: any worker of any region can answer a wait.
"""

import re


def mark(address: str) -> str:
    """The word for a worker's address (`host:port`, an IPv6 host in brackets): what stands in any URL as it is."""
    return re.sub(r"[^0-9A-Za-z.]", "_", address)
