"""What each tenant may still do: by how fast its tasks come, how many are in flight, and what was spent today.

Pure. Counts are kept by name, so that nothing is forgotten when limits change. A task with a key that was sent before does not
come here: what is counted is what is begun.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from contract.problem import Problem, ProblemError, problem
from gateway.limits import Limits
from gateway.pages import check_pages
from gateway.rate import Bucket, Rate
from gateway.ratelimit import Quota, fields
from gateway.share import Share, Used
from gateway.task import Task
from gateway.tenants import Tenant

DAY = 86_400
"""Seconds. Days are those of UTC."""

SOON = 5.0
"""Seconds after which to ask again when tasks under way hold what is left of the day: some of them may come to nothing."""

UNLIMITED = Limits()


class Allowances:
    """One gateway's. `clock` is a time that only grows, `now` one in seconds since 1970."""

    def __init__(self, *, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._clock, self._now = clock, now
        self._used: defaultdict[str, Used] = defaultdict(Used)
        self._elsewhere: tuple[int, Mapping[str, int]] = 0, {}
        self._limits: Mapping[str, Limits] = {}
        self._page_members: Collection[str] = ()

    def use(self, tenants: Mapping[str, Tenant], page_members: Collection[str]) -> None:
        """The limits of these from now on. Which members of a task are addresses of pages is said beside."""
        self._limits = {name: tenant.limits for name, tenant in tenants.items()}
        self._page_members = page_members

    def limits(self, tenant: str) -> Limits:
        """Those of now."""
        return self._limits.get(tenant, UNLIMITED)

    @property
    def counted_by_day(self) -> tuple[str, ...]:
        """The tenants whose submissions of a day are capped."""
        return tuple(name for name, limits in self._limits.items() if limits.daily is not None)

    def begin(self, task: Task) -> Share:
        """A task that was not sent before. ProblemError (403, 429) when its tenant may not have it carried now."""
        name = task.tenant.name
        limits, used = self.limits(name), self._used[name]
        if limits.hosts is not None:
            check_pages(task.body, self._page_members, limits.hosts)
        if self._left_today(name) < 1:
            detail = f"All {limits.daily} submissions of the day are used up, or held by tasks under way"
            is_used_up = limits.daily is None or self.spent_today(name) >= limits.daily
            raise ProblemError(self._problem("DAILY_LIMIT", detail, name, self._until_tomorrow() if is_used_up else SOON))
        if limits.rate is not None:
            bucket = self._bucket(used, limits.rate)
            if bucket.whole < 1:
                detail = f"{limits.rate.burst} tasks may come at once, and as many every {limits.rate.window} s"
                raise ProblemError(self._problem("RATE_LIMITED", detail, name, bucket.until_one(limits.rate)))
            used.bucket = bucket.take()
        return Share(used, self._today)

    def may_try_again(self, tenant: str) -> bool:
        """Whether a task that may have cost may be submitted once more."""
        return self.limits(tenant).retry_unknown and self._left_today(tenant) >= 1

    def has_slot(self, tenant: str) -> bool:
        """Whether one more of its tasks may be in flight."""
        slots = self.limits(tenant).slots
        return slots is None or self._used[tenant].in_flight < slots

    def take_slot(self, tenant: str) -> None:
        """One more of its tasks is in flight."""
        self._used[tenant].in_flight += 1

    def give_slot(self, tenant: str) -> None:
        """One less."""
        self._used[tenant].in_flight -= 1

    def spent_elsewhere(self, day: int, counts: Mapping[str, int]) -> None:
        """What others spent on a day, and we before we began, by tenant: all of it, not what is new."""
        self._elsewhere = day, counts

    def spent_today(self, tenant: str) -> int:
        """Submissions of today that cost or may have."""
        day, counts = self._elsewhere
        today = self._today()
        return self._used[tenant].spent[today] + (counts.get(tenant, 0) if day == today else 0)

    def fields(self, tenant: str) -> dict[str, str]:
        """Header fields that tell a client what is left; none for a tenant with neither a rate nor a cap."""
        limits, quotas = self.limits(tenant), []
        if limits.rate is not None:
            bucket = self._bucket(self._used[tenant], limits.rate)
            quotas.append(Quota("rate", limits.rate.burst, limits.rate.window, bucket.whole, bucket.until_full(limits.rate)))
        if limits.daily is not None:
            left = max(0, math.floor(self._left_today(tenant)))
            quotas.append(Quota("daily", limits.daily, DAY, left, self._until_tomorrow()))
        return fields(quotas)

    def usage(self) -> dict[str, dict[str, object]]:
        """Of each tenant that is configured: its tasks in flight, its submissions of today, and its limits."""
        return {name: self._usage(name) for name in sorted(self._limits)}

    def _usage(self, name: str) -> dict[str, object]:
        limits = self.limits(name)
        return {
            "in_flight": self._used[name].in_flight,
            "submitted_today": self.spent_today(name),
            "slots": limits.slots,
            "queue": limits.queue,
            "daily": limits.daily,
            "rate_per_second": limits.rate.per_second if limits.rate else None,
            "burst": limits.rate.burst if limits.rate else None,
        }

    def _left_today(self, tenant: str) -> float:
        daily = self.limits(tenant).daily
        return math.inf if daily is None else daily - self.spent_today(tenant) - self._used[tenant].reserved

    def _bucket(self, used: Used, rate: Rate) -> Bucket:
        return (used.bucket or Bucket(rate.burst, self._clock())).now(rate, self._clock())

    def _today(self) -> int:
        return int(self._now() // DAY)

    def _until_tomorrow(self) -> float:
        return (self._today() + 1) * DAY - self._now()

    def _problem(self, code: str, detail: str, tenant: str, seconds: float) -> Problem:
        return problem(code, detail, retry_after=max(1, math.ceil(seconds)), headers=self.fields(tenant))
