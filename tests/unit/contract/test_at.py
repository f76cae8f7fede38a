import pytest

from contract.at import mark


@pytest.mark.parametrize(("address", "word"), [("10.0.0.1:9101", "10.0.0.1_9101"), ("[2001:db8::1]:80", "_2001_db8__1__80")])
def test_an_address_as_a_word_of_a_url(address: str, word: str) -> None:
    assert mark(address) == word
