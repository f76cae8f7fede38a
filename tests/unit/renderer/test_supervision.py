import itertools

from renderer.supervision import LONGEST_PAUSE, pause


def test_pauses_grow_from_a_tenth_of_a_second_to_the_longest_and_stay() -> None:
    pauses = [pause(failures) for failures in range(1, 100)]
    assert pauses[0] == 0.1
    assert all(earlier <= later for earlier, later in itertools.pairwise(pauses))
    assert set(pauses[6:]) == {LONGEST_PAUSE}
