from gateway.dashboard.minute import MOST_KINDS, LastMinute


def test_what_happened_is_counted_for_a_minute_and_then_forgotten() -> None:
    minute: LastMinute[str] = LastMinute()
    minute.count("solved", 100.0)
    minute.count("solved", 130.0)
    minute.count("failed", 130.0)
    assert minute.counts(154.9) == {"solved": 2, "failed": 1}
    assert minute.counts(160.0) == {"solved": 1, "failed": 1}
    assert minute.counts(195.0) == {}


def test_kinds_without_end_are_not_kept() -> None:
    minute: LastMinute[int] = LastMinute()
    for number in range(MOST_KINDS + 50):
        minute.count(number, 1.0)
    minute.count(0, 1.0)
    counts = minute.counts(1.0)
    assert (len(counts), counts[0]) == (MOST_KINDS, 2)
