import hashlib

import pytest

from gateway.dashboard.session import LASTS, MOST_ENDED, Sessions
from gateway.tenants import Tenant
from tests.clock import Clock

ANN, BOB = hashlib.sha256(b"ann's key").digest(), hashlib.sha256(b"bob's key").digest()
KEYS = [(ANN, Tenant("ann")), (BOB, Tenant("bob"))]


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(b"secret", clock)


def begin(sessions: Sessions, key: bytes = ANN, number: int = 1) -> str:
    return sessions.begin(key, number.to_bytes(16))


def test_a_session_is_of_whose_key_was_shown(sessions: Sessions) -> None:
    assert sessions.tenant(begin(sessions), KEYS) == Tenant("ann")
    assert sessions.tenant(begin(sessions, BOB), KEYS) == Tenant("bob")


def test_it_ends_by_itself(sessions: Sessions, clock: Clock) -> None:
    word = begin(sessions)
    clock.now += LASTS - 1
    assert sessions.tenant(word, KEYS)
    clock.now += 1
    assert sessions.tenant(word, KEYS) is None


def test_it_ends_when_its_key_is_taken_out_and_no_other_of_the_tenant_keeps_it(sessions: Sessions) -> None:
    word = begin(sessions)
    assert sessions.tenant(word, [(hashlib.sha256(b"new").digest(), Tenant("ann")), (BOB, Tenant("bob"))]) is None


def test_who_signs_out_is_out_and_nobody_else_is(sessions: Sessions, clock: Clock) -> None:
    word, other = begin(sessions, number=1), begin(sessions, number=2)
    sessions.end(word)
    assert sessions.tenant(word, KEYS) is None
    assert sessions.tenant(other, KEYS) == Tenant("ann")


def test_words_that_were_never_given_end_nothing_and_fill_nothing(sessions: Sessions) -> None:
    word = begin(sessions)
    sessions.end(word[:-1] + ("0" if word[-1] != "0" else "1"))
    assert sessions.tenant(word, KEYS) == Tenant("ann")


def test_what_is_remembered_of_those_who_signed_out_is_bounded(sessions: Sessions) -> None:
    for number in range(MOST_ENDED + 5):
        sessions.end(begin(sessions, number=number))
    assert len(sessions._ended) == MOST_ENDED


def test_nobody_makes_or_changes_a_word(sessions: Sessions) -> None:
    word = begin(sessions)
    until, number, mark, seal = word.split(".")
    forged = [
        f"{int(until) + 1}.{number}.{mark}.{seal}",
        f"{until}.{'0' * 32}.{mark}.{seal}",
        f"{until}.{number}.{Sessions(b'other', sessions.now)._mark(BOB)}.{seal}",
        Sessions(b"other", sessions.now).begin(ANN, bytes(16)),
        "", "....", word + "0", word.upper(), "\u0661" * 10 + word[10:],
    ]  # fmt: skip
    assert [sessions.tenant(one, KEYS) for one in forged] == [None] * len(forged)


def test_neither_key_nor_hash_stands_in_it(sessions: Sessions) -> None:
    word = begin(sessions)
    assert "ann" not in word
    assert ANN.hex()[:16] not in word
