"""Which looks are remembered."""

from worker.recent import Recent


def test_the_last_look_counts_and_the_oldest_tasks_go() -> None:
    recent = Recent(most=2)
    for captcha_id, age in (("1", 5.0), ("2", 6.0), ("1", 7.0), ("3", 8.0)):
        recent.looked(captcha_id, age)
    assert [recent.of(captcha_id) for captcha_id in "123"] == [7.0, None, 8.0]
