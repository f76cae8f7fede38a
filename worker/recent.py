"""Which tasks this worker looked for last, so that nobody can make it look for one all the time by asking in short waits."""

from collections import OrderedDict


class Recent:
    """The last look at each of the last tasks, as ages of the task in seconds."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._looks: OrderedDict[str, float] = OrderedDict()

    def of(self, captcha_id: str) -> float | None:
        """The task's age at the last look; None when there was none, or too long ago."""
        return self._looks.get(captcha_id)

    def looked(self, captcha_id: str, age: float) -> None:
        """Remember a look."""
        self._looks[captcha_id] = age
        self._looks.move_to_end(captcha_id)
        if len(self._looks) > self._most:
            self._looks.popitem(last=False)
