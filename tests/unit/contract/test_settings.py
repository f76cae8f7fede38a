import pytest
from pydantic import Field, SecretStr

from contract.settings import Settings, SettingsError, markdown


class Example(Settings):
    port: int = Field(8000, ge=1, le=65_535, description="TCP port.")
    api_key: SecretStr = Field(min_length=4, description="The key.")
    backup: bool = Field(False, description="Whether it waits.")


def test_variables_are_the_fields_in_upper_case_and_others_are_left_alone() -> None:
    read = Example.read({"PORT": "81", "API_KEY": "open sesame", "HOME": "/root", "port": "9"})
    assert (read.port, read.api_key.get_secret_value(), read.backup) == (81, "open sesame", False)


def test_an_empty_variable_is_not_set() -> None:
    assert Example.read({"PORT": "", "API_KEY": "open sesame"}).port == 8000


def test_every_fault_is_named_with_what_it_must_be() -> None:
    with pytest.raises(SettingsError) as caught:
        Example.read({"PORT": "eighty", "BACKUP": "perhaps"})
    text = str(caught.value)
    assert [line.split(":")[0] for line in text.splitlines()] == ["PORT", "API_KEY", "BACKUP"]
    assert "valid integer" in text
    assert "TCP port." in text


def test_a_wrong_secret_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        Example.read({"API_KEY": "abc"})
    assert "abc" not in str(caught.value)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Example.read({"API_KEY": "open sesame"}).port = 1  # type: ignore[misc]


class Shared(Example):
    zone: str = Field("a", description="Where it is.")


def test_the_page_has_a_programs_own_settings_first() -> None:
    rows = [line.split("`")[1] for line in markdown("Shared", Shared).splitlines() if line.startswith("| `")]
    assert rows == ["ZONE", "PORT", "API_KEY", "BACKUP"]


def test_the_page_has_a_row_for_each() -> None:
    page = markdown("Example", Example)
    assert "| `PORT` | `8000` | TCP port. |" in page
    assert "| `API_KEY` | required | The key. |" in page
    assert "| `BACKUP` | `false` | Whether it waits. |" in page
