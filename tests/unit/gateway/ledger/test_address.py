from pathlib import Path

import pytest

from gateway.ledger.address import PostgreSQL, SQLiteFile, parse_address

STATE = Path("/state")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:///data/ledger.sqlite", "data/ledger.sqlite"),
        ("sqlite:////var/lib/l.db", "/var/lib/l.db"),
        ("sqlite", "/state/ledger.sqlite"),
    ],
)
def test_a_file(text: str, path: str) -> None:
    assert parse_address(text, STATE) == SQLiteFile(Path(path))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:secret@db.example:5433/ledger?sslmode=require", "postgresql://db.example:5433/ledger"),
        ("postgres://db/ledger", "postgresql://db/ledger"),
        ("postgresql://me:se%40cret@[::1]/ledger", "postgresql://[::1]/ledger"),
    ],
)
def test_a_server_is_told_of_without_its_password(text: str, shown: str) -> None:
    found = parse_address(text, STATE)
    assert found == PostgreSQL(text)
    assert str(found) == shown


def test_none() -> None:
    assert parse_address("none", STATE) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "data/ledger.sqlite",
        "sqlite:",
        "SQLite",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host/ledger",
        "sqlite:///l.db?mode=ro",
        "mysql://secret@db/ledger",
        "postgresql+psycopg://secret@db/ledger",
        "postgresql://me:secret@db:port/ledger",
        "None",
    ],
)
def test_anything_else_is_answered_with_what_is_understood(text: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///PATH") as caught:
        parse_address(text, STATE)
    assert "secret" not in str(caught.value)
