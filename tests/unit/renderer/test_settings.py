from pathlib import Path

import pytest

from contract.settings import SettingsError
from renderer.settings import RendererSettings, this_host


def test_nothing_needs_to_be_set() -> None:
    settings = RendererSettings.read({})
    assert (settings.run_dir, settings.nginx_program, settings.template) == (Path(".run"), "nginx", None)


@pytest.mark.parametrize(("name", "value"), [("LOG_LEVEL", "LOUD"), ("RUN_DIR", "/run/$host"), ("RUN_DIR", "/run/a\nb")])
def test_a_wrong_setting_is_named_with_what_it_must_be(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: .*{RendererSettings.model_fields[name.lower()].description}"):
        RendererSettings.read({name: value})


def test_the_machine_has_files_to_open() -> None:
    host = this_host(Path("/x"))
    assert host.run_dir == Path("/x")
    assert 0 < host.open_files <= 65_536
