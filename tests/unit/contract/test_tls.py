import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from contract.settings import SettingsError
from contract.tls import File, TlsSettings, client_context, server_context
from tests.certificates import Authority, Pair


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def pair(ours: Authority) -> Pair:
    return ours.issue("a.example")


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_nothing_set_is_plain_http_and_the_default_towards_others() -> None:
    assert TlsSettings.read({}).tls() is None
    assert client_context(File("CA", None), File("CERTIFICATE", None), File("KEY", None)) is None


def test_what_serves_asks_for_no_certificate_unless_told_to(pair: Pair, ours: Authority) -> None:
    context = ours.server(pair)
    assert (context.verify_mode, context.minimum_version) == (ssl.CERT_NONE, ssl.TLSVersion.TLSv1_2)
    assert context.num_tickets == 0
    assert ssl.OP_NO_TICKET in context.options


def test_what_asks_for_certificates_takes_none_and_judges_one_within_the_handshake(pair: Pair, ours: Authority) -> None:
    context = ours.server(pair, ours.ca)
    assert (context.verify_mode, context.maximum_version) == (ssl.CERT_OPTIONAL, ssl.TLSVersion.TLSv1_2)
    assert len(context.get_ca_certs()) == 1


def test_what_connects_verifies_certificate_and_name_by_the_given_ca_or_the_systems(pair: Pair, ours: Authority) -> None:
    given = ours.client()
    assert len(given.get_ca_certs()) == 1
    systems = client_context(File("CA", None), File("CERTIFICATE", pair.certificate), File("KEY", pair.key))
    assert systems is not None
    assert {(one.verify_mode, one.check_hostname) for one in (given, systems)} == {(ssl.CERT_REQUIRED, True)}


def fault(**files: Path | None) -> str:
    """What is said of these three files of a program that serves."""
    with pytest.raises(SettingsError) as told:
        server_context(*(File(name, files.get(name)) for name in ("CERTIFICATE", "KEY", "CLIENT_CA")))
    return str(told.value)


def test_what_goes_together_is_set_together(pair: Pair, ours: Authority) -> None:
    assert fault(CERTIFICATE=pair.certificate).startswith("CERTIFICATE is set and KEY is not")
    assert fault(KEY=pair.key).startswith("KEY is set and CERTIFICATE is not")
    assert fault(CLIENT_CA=ours.ca).startswith("CLIENT_CA is set and CERTIFICATE is not")
    with pytest.raises(SettingsError, match=r"^KEY is set and CERTIFICATE is not"):
        client_context(File("CA", ours.ca), File("CERTIFICATE", None), File("KEY", pair.key))


@pytest.mark.parametrize("which", ["CERTIFICATE", "KEY", "CLIENT_CA"])
def test_a_file_that_can_not_be_read_or_is_something_else_is_named_with_its_setting(
    tmp_path: Path, pair: Pair, ours: Authority, which: str
) -> None:
    good: dict[str, Path | None] = {"CERTIFICATE": pair.certificate, "KEY": pair.key, "CLIENT_CA": ours.ca}
    for wrong, said in [
        (tmp_path / "none.pem", "can't be read: No such file or directory"),
        (tmp_path, "can't be read: Is a directory"),
        (written(tmp_path, "words.pem", b"hello"), "holds no "),
        (written(tmp_path, "empty.pem", b""), "holds no "),
        (written(tmp_path, "bytes.pem", b"\x00\xff" * 40), "holds no "),
    ]:
        told = fault(**(good | {which: wrong}))
        assert told.startswith(f"{which}: {wrong} {said}"), told


def test_a_key_of_another_certificate_is_told(pair: Pair, ours: Authority) -> None:
    other = ours.issue("b.example").key
    told = fault(CERTIFICATE=pair.certificate, KEY=other)
    assert told.startswith(f"KEY: {other} does not belong to the certificate in {pair.certificate} (CERTIFICATE)")


def test_certificate_and_key_in_each_others_place_are_told(pair: Pair) -> None:
    assert fault(CERTIFICATE=pair.key, KEY=pair.certificate).startswith(f"CERTIFICATE: {pair.key} holds no certificate")


def test_an_encrypted_key_is_told_and_nobody_is_asked_at_a_terminal(tmp_path: Path, pair: Pair) -> None:
    pem = serialization.load_pem_private_key(pair.key.read_bytes(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    assert "is encrypted" in fault(CERTIFICATE=pair.certificate, KEY=written(tmp_path, "locked.key", pem))
