"""A worker that may be chosen, as it is given or as Consul tells of it.

Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from discovery.instance import TAKES_TASKS, Instance
from discovery.records import MOST_SLOTS, MOST_WEIGHT, as_worker, check_url, sift
from discovery.view import Known, View


@dataclass(frozen=True, slots=True)
class Worker:
    """`url` is like http://10.0.0.7:9101, and what it is known by. Never more than `slots` tasks are sent there at once.

    Without `slots` it is the worker that says when it is full. `weight` is its share where slots don't say it. `backup`: only
    when no other is free. `resumable`: it can be asked for a task that another of its kind has accepted. ValueError for what
    can't be meant.
    """

    url: str
    slots: int | None = None
    weight: int = 1
    region: str | None = None
    resumable: bool = True
    backup: bool = False

    def __post_init__(self) -> None:
        check_url(self.url)
        if self.slots is not None and not 1 <= self.slots <= MOST_SLOTS:
            raise ValueError(f"slots of {self.url} are {self.slots}, and they are 1 to {MOST_SLOTS}")
        if not 1 <= self.weight <= MOST_WEIGHT:
            raise ValueError(f"weight of {self.url} is {self.weight}, and it is 1 to {MOST_WEIGHT}")


def given(workers: Iterable[str | Worker]) -> tuple[Worker, ...]:
    """Those that a program names. ValueError when there is none, or one twice."""
    if isinstance(workers, str):
        raise ValueError(f"workers is a list, as in [{workers!r}]")  # noqa: TRY004  it is a wrong setting, like the others
    found = tuple(Worker(one.rstrip("/")) if isinstance(one, str) else one for one in workers)
    urls = [one.url for one in found]
    if not urls:
        raise ValueError("workers is empty: name at least one")
    if len(set(urls)) < len(urls):
        raise ValueError(f"workers has one twice: {', '.join(sorted(urls))}")
    return found


def registered(view: View, service: str) -> tuple[Worker, ...]:
    """Those that take tasks, of a service in every datacenter."""
    records, _ = sift(instances(view, service), as_worker)
    found = {}
    for one in records:
        if one.health in TAKES_TASKS:
            url = f"{'https' if one.tls else 'http'}://{one.address}"
            found[url] = Worker(url, one.slots, one.weight, one.region, one.resumable, one.backup)
    return tuple(found[url] for url in sorted(found))


def instances(view: View, service: str) -> list[Instance]:
    """All that is registered under that name, as far as Consul has answered."""
    answers = (view.of(datacenter, service) for datacenter in view.datacenters)
    return [one for answer in answers if isinstance(answer, Known) for one in answer.said]
