import pytest
from sqlalchemy import LargeBinary, Table, create_engine, inspect

from gateway.ledger.record import Record
from gateway.ledger.schema import FIRST, GATEWAYS, TASKS, VERSION, SchemaError, steps, write_to_file, write_to_server


@pytest.mark.parametrize("table", [TASKS, GATEWAYS], ids=str)
def test_all_steps_together_make_the_table_that_is_written_to(table: Table) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        for statement in [*FIRST, *steps(0, "sqlite")]:
            connection.exec_driver_sql(statement)
        found = {column["name"]: column for column in inspect(connection).get_columns(table.name)}
    engine.dispose()
    assert list(found) == [column.name for column in table.columns]
    for column in table.columns:
        assert found[column.name]["nullable"] or not column.nullable or column.primary_key
        assert isinstance(found[column.name]["type"], type(column.type).__mro__[1]) or isinstance(column.type, LargeBinary)


def test_a_record_is_a_row() -> None:
    assert sorted(Record.__slots__) == sorted(column.name for column in TASKS.columns)


def test_nothing_is_done_to_a_ledger_that_is_up_to_date() -> None:
    assert steps(VERSION, "sqlite") == steps(VERSION, "postgresql") == []


def test_a_ledger_from_the_future_is_refused_with_what_to_do() -> None:
    with pytest.raises(SchemaError, match=rf"version {VERSION + 1}.*newer gateway.*LEDGER_URL.*Nothing was changed"):
        steps(VERSION + 1, "sqlite")


def test_each_database_gets_its_own_words_for_bytes() -> None:
    assert "result BLOB" in steps(0, "sqlite")[0]
    assert "result BYTEA" in steps(0, "postgresql")[0]


@pytest.mark.parametrize("statement", [write_to_file(3), write_to_server()], ids=["file", "server"])
def test_a_row_is_written_whole_and_who_it_belongs_to_and_whom_to_call_never_change(statement: str) -> None:
    _, _, changed = statement.partition("DO UPDATE SET ")
    names = {one.split(" = ")[0].strip() for one in changed.partition(" WHERE ")[0].split(",")}
    assert names == {column.name for column in TASKS.columns} - {
        "id", "tenant", "gateway", "arrived", "deadline", "key", "fingerprint",
        "callback", "callback_host", "callback_due", "callback_tries", "callback_end",
    }  # fmt: skip
