import logging
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from contract.token import Tokens
from contract.token_source import TokenSource
from renderer.render import PACKAGED, render
from renderer.token_files import TokenFiles
from renderer.tokens import NO_TOKENS, ignored, named_in, token_file
from renderer.upstreams import Server, Upstreams
from tests.unit.renderer.test_render import HOST, REGION

REGIONS, NEWER, WORKERS = "r" * 40, "n" * 40, "w" * 40
RUN = Path("/run/x")


def test_without_tokens_there_is_no_file() -> None:
    assert token_file(RUN, None, None) == NO_TOKENS
    assert not NO_TOKENS.asks
    assert not NO_TOKENS.shows


def test_gateways_tokens_are_all_accepted_and_workers_are_shown_the_first() -> None:
    made = token_file(RUN, Tokens((REGIONS, NEWER)), Tokens((WORKERS, NEWER)))
    assert (made.asks, made.shows) == (True, True)
    assert [line.strip() for line in made.text.splitlines()[1:]] == [
        "map $http_nearway_token $known_token {", 'default "";', f'"{REGIONS}" "{REGIONS}";', f'"{NEWER}" "{NEWER}";', "}",
        "map $host $token_for_workers {", f'default "{WORKERS}";', "}",
    ]  # fmt: skip


def test_other_tokens_make_another_file_and_so_another_configuration() -> None:
    names = {
        token_file(RUN, region, workers).path
        for region in (None, Tokens((REGIONS,)), Tokens((NEWER,)))
        for workers in (None, Tokens((WORKERS,)))
    }
    assert len(names) == 6
    assert token_file(RUN, Tokens((REGIONS,)), None) == token_file(RUN, Tokens((REGIONS,)), None)


@pytest.mark.parametrize("servers", [(), (Server("10.0.0.1:80", 2),)])
def test_the_configuration_names_the_file_and_holds_no_token(servers: tuple[Server, ...]) -> None:
    made = token_file(RUN, Tokens((REGIONS,)), Tokens((WORKERS,)))
    text = render(PACKAGED, REGION, Upstreams(servers), replace(HOST, tokens=made))
    assert made.path is not None
    assert named_in(text) == {made.path.name}
    assert ignored(made, text) is None
    assert REGIONS not in text + repr(made)
    assert WORKERS not in text + repr(made)
    assert "proxy_set_header Nearway-Token $token_for_workers;" in text


def test_a_template_that_leaves_the_tokens_out_is_found_out() -> None:
    text = render(PACKAGED, REGION, Upstreams(()), HOST)
    assert ignored(NO_TOKENS, text) is None
    assert "template" in str(ignored(token_file(RUN, Tokens((REGIONS,)), None), text))


def files(folder: Path, source: TokenSource) -> TokenFiles:
    return TokenFiles(folder, source, TokenSource("WORKER_TOKEN", SecretStr(WORKERS), None))


def test_the_file_is_its_owners_only_and_old_ones_go_once_no_configuration_names_them(tmp_path: Path) -> None:
    given = tmp_path / "token"
    given.write_text(REGIONS)
    old_umask = os.umask(0)
    try:
        made = files(tmp_path, TokenSource("REGION_TOKEN", None, given))
    finally:
        os.umask(old_umask)
    assert made.now.path is not None
    first = made.now.path
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert REGIONS in first.read_text()
    (tmp_path / "nginx.conf").write_text(f"include {first};")
    assert not made.look()
    given.write_text(NEWER)
    assert made.look()
    second = made.now.path
    assert second.exists()
    made.forget_old()
    assert first.exists(), "it is served still"
    (tmp_path / "nginx.conf").rename(tmp_path / "nginx.conf.bak")
    (tmp_path / "nginx.conf").write_text(f"include {second};")
    made.forget_old()
    assert first.exists(), "it may be put back"
    (tmp_path / "nginx.conf.bak").write_text("")
    made.forget_old()
    assert sorted(tmp_path.glob("*tokens-*")) == [second]


def test_what_can_not_be_written_leaves_what_was_and_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    given, run = tmp_path / "token", tmp_path / "run"
    given.write_text(REGIONS)
    run.mkdir()
    made = files(run, TokenSource("REGION_TOKEN", None, given))
    before = made.now
    given.write_text(NEWER)
    run.rename(tmp_path / "away")
    assert not made.look()
    assert made.now == before
    assert "still count" in caplog.text
    assert NEWER not in caplog.text
    (tmp_path / "away").rename(run)
    assert made.look()


def test_a_configuration_of_before_there_were_tokens_is_known_as_one_that_asks_nobody(tmp_path: Path) -> None:
    made = files(tmp_path, TokenSource("REGION_TOKEN", SecretStr(REGIONS), None))
    config = tmp_path / "nginx.conf"
    assert not made.are_asked_for_in(config)
    config.write_text("# nothing of tokens")
    assert not made.are_asked_for_in(config)
    config.write_text(f"include {made.now.path};")
    assert made.are_asked_for_in(config)
    only_workers = token_file(tmp_path, None, Tokens((WORKERS,)))
    assert only_workers.path is not None
    only_workers.path.write_text(only_workers.text)
    config.write_text(f"include {only_workers.path};")
    assert not made.are_asked_for_in(config)
    assert files(tmp_path, TokenSource("REGION_TOKEN", None, None)).are_asked_for_in(config), "nobody is to be asked"
