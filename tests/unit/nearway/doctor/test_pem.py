import contextlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from nearway.doctor.pem import ends

CA = trustme.CA()


def pem(end: datetime) -> str:
    made = CA.issue_cert("example.com", not_before=end - timedelta(days=1), not_after=end)
    return made.cert_chain_pems[0].bytes().decode()


@pytest.mark.parametrize("year", [1999, 2026, 2049, 2050, 2100])
def test_the_end_is_that_in_the_certificate(year: int) -> None:
    # Before 2050 it is a UTCTime, from then on a GeneralizedTime.
    end = datetime(year, 12, 31, 23, 59, 58, tzinfo=UTC)
    assert ends(pem(end)) == end


def test_of_several_the_first_to_end_counts_whatever_else_is_in_the_file() -> None:
    first, last = datetime(2030, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    assert ends(f"# ours\n{pem(last)}{key}{pem(first)}") == first


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="it holds"):
        ends(text)


def test_it_agrees_with_the_standard_library_about_the_systems_own(tmp_path: Path) -> None:
    context = ssl.create_default_context()
    for known in context.get_ca_certs(binary_form=True)[:20]:
        text = ssl.DER_cert_to_PEM_cert(known)
        alone = ssl.create_default_context(cadata=text)
        (told,) = [one["notAfter"] for one in alone.get_ca_certs() if one]
        assert ends(text).timestamp() == ssl.cert_time_to_seconds(str(told))


@given(st.binary(max_size=200), st.integers(0, 800))
def test_whatever_is_in_a_certificate_it_is_read_or_is_none(odd: bytes, at: int) -> None:
    der = ssl.PEM_cert_to_DER_cert(pem(datetime(2030, 1, 1, tzinfo=UTC)))
    with contextlib.suppress(ValueError):
        ends(ssl.DER_cert_to_PEM_cert(der[:at] + odd + der[at + len(odd) :]))
