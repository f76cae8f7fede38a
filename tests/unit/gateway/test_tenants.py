import hashlib

import pytest

from contract.problem import ProblemError
from gateway.config import TenantRow
from gateway.tenants import EVERYBODY, Tenant, Tenants


def row(name: str, *keys: str, weight: float = 1.0) -> TenantRow:
    return TenantRow(name=name, weight=weight, keys=tuple(f"sha256:{hashlib.sha256(key.encode()).hexdigest()}" for key in keys))


TWO = Tenants([row("acme", "acme-old", "acme-new", weight=3.0), row("tiny", "tiny-key")])


@pytest.mark.parametrize(
    ("field", "tenant"),
    [
        ("Bearer acme-old", Tenant("acme", 3.0)),
        ("Bearer acme-new", Tenant("acme", 3.0)),
        ("bearer   tiny-key ", Tenant("tiny", 1.0)),
    ],
)
def test_a_key_is_its_tenants_whichever_of_several_it_is(field: str, tenant: Tenant) -> None:
    assert TWO.admit([field]) == tenant


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Bearer acme"],
        ["Bearer acme-old,"],
        ["Bearer ACME-OLD"],
        ["Basic acme-old"],
        ["acme-old"],
        [f"Bearer sha256:{hashlib.sha256(b'acme-old').hexdigest()}"],
        [f"Bearer {hashlib.sha256(b'acme-old').hexdigest()}"],
        ["Bearer \udcff"],
        ["Bearer acme-old", "Bearer tiny-key"],
    ],
    ids=repr,
)
def test_nobody_else_gets_in_and_is_told_what_is_needed(fields: list[str]) -> None:
    with pytest.raises(ProblemError) as caught:
        TWO.admit(fields)
    told = caught.value.problem
    assert (told.error, told.status, told.submitted.value) == ("UNAUTHORIZED", 401, "no")
    assert told.headers["WWW-Authenticate"].startswith('Bearer realm="nearway"')
    # RFC 6750 §3.1: no error code for a request without any credentials.
    assert ("invalid_token" in told.headers["WWW-Authenticate"]) == bool(fields)
    assert "acme" not in told.detail


@pytest.mark.parametrize("fields", [[], ["Bearer anything"]])
def test_without_tenants_everybody_gets_in(fields: list[str]) -> None:
    assert Tenants([]).admit(fields) is EVERYBODY


def test_every_hash_is_compared_also_after_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def compare(known: bytes, given: bytes) -> bool:
        seen.append(known)
        return known == given

    monkeypatch.setattr("hmac.compare_digest", compare)
    TWO.admit(["Bearer acme-old"])
    assert len(seen) == 3
