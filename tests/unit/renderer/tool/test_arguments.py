import signal
from pathlib import Path

import pytest

from renderer.caution import Wait
from renderer.duration import Duration
from renderer.tables import TablesError
from renderer.tool.arguments import Asked, read_arguments
from renderer.tool.command import Command

EVERYTHING = """
wait = "1s:5s"
spacing = "2s"
sandbox = "."
status_listen = "127.0.0.1:9082"
log_level = "DEBUG"
[[template]]
source = "in.j2"
destination = "out"
check = ["test", "-s", "{path}"]
command = "true"
timeout = "5s"
wait = "2s:4s"
removals = "at once"
mode = "0640"
user = 0
group = "root"
backup = true
[template.delimiters]
variable = ["[[", "]]"]
block = ["[%", "%]"]
comment = ["[#", "#]"]
[exec]
command = "sh -c 'sleep 1'"
reload_command = ["true"]
kill_signal = "INT"
kill_timeout = "1s"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.j2").write_text("")
    (tmp_path / "other.j2").write_text("")
    return tmp_path


def configured(text: str, *more: str) -> Asked:
    Path("render.toml").write_text(text)
    return read_arguments(["--config", "render.toml", *more])


def test_the_least_that_can_be_said() -> None:
    asked = read_arguments(["-t", "in.j2:out"])
    (template,) = asked.config.template
    assert (asked.mode, asked.config.exec, template.command) == ("run", None, None)
    assert (template.source, template.destination) == (Path("in.j2"), Path("out"))


def test_all_that_can_be_said_in_a_file() -> None:
    config = configured(EVERYTHING).config
    (template,) = config.template
    assert config.exec is not None
    assert config.exec.command == Command(("sh", "-c", "sleep 1"))
    assert (config.exec.kill_signal, config.exec.reload_command) == (signal.SIGINT, Command(("true",)))
    assert (template.mode, template.user, template.group, template.backup) == (0o640, 0, 0, True)
    assert template.wait == Wait(Duration(2_000), Duration(4_000))
    assert template.delimiters.block == ("[%", "%]")


def test_arguments_add_templates_and_go_before_the_file() -> None:
    asked = configured(
        EVERYTHING, "-t", "other.j2:more:echo a:b", "--wait", "3s:4s", "--exec", "sleep 9", "--reload-signal", "usr1"
    )
    assert [str(one.destination) for one in asked.config.template] == ["out", "more"]
    assert asked.config.template[1].command == Command(("echo a:b",), by_shell=True)
    assert asked.config.wait == Wait(Duration(3_000), Duration(4_000))
    assert asked.config.exec is not None
    assert (asked.config.exec.command, asked.config.exec.reload_signal) == (Command(("sleep", "9")), signal.SIGUSR1)


@pytest.mark.parametrize("mode", ["once", "dry", "check"])
def test_what_ends_has_a_time_limit_and_leaves_the_program_of_a_file_alone(mode: str) -> None:
    asked = configured(EVERYTHING, f"--{mode}", "--timeout", "5s")
    assert (asked.mode, asked.timeout) == (mode, 5.0)


TEMPLATE = '[[template]]\nsource = "in.j2"\ndestination = "out"\n'

WRONG_FILES = [
    ("", "there is no template: give one with -t IN:OUT, or a table [[template]]"),
    (
        "wiat = 1\n" + TEMPLATE,
        "wiat: unknown key; allowed here: template, exec, wait, spacing, sandbox, status_listen, log_level",
    ),
    (TEMPLATE + 'comand = "x"', "template 1: comand: unknown key; allowed here: source, destination, check, command"),
    ('[[template]]\nsource = "in.j2"', "template 1: destination: missing; allowed: the file it makes"),
    ('wait = "5s"\n' + TEMPLATE, "wait: '5s' is no pair of durations; allowed: for how long a change waits"),
    (TEMPLATE + 'mode = "rw"', "template 1: mode: 'rw' is no file mode; allowed: permissions of the file"),
    (TEMPLATE + "mode = 640", "template 1: mode: 640 is no file mode"),
    (TEMPLATE + 'user = "nobody-here"', "template 1: user: there is no user 'nobody-here'"),
    (TEMPLATE + 'group = "nobody-here"', "template 1: group: there is no group 'nobody-here'"),
    (TEMPLATE + 'check = "nginx -t"', "template 1: check: 'nginx -t' does not look at the staged file: {path} stands for it"),
    (TEMPLATE + 'command = ""', "template 1: command: '' is no command; allowed: what has the file read"),
    (TEMPLATE + "command = [1]", "template 1: command: [1] is no command"),
    (TEMPLATE + 'removals = "never"', "template 1: removals: 'never'; allowed: \"at once\""),
    (TEMPLATE + "backup = 1", "template 1: backup: 1; allowed: whether the file before is kept"),
    (TEMPLATE + '[template.delimiters]\nblock = ["x"]', "template 1: delimiters.block"),
    (TEMPLATE + '[template.delimiters]\nblock = ["x", ""]', "a mark can't be empty"),
    (TEMPLATE + '[template.delimiters]\nblok = ["x", ""]', "template 1: delimiters.blok: unknown key; allowed here: variable"),
    (TEMPLATE * 2, "out is the destination of two templates"),
    ('[[template]]\nsource = "in.j2"\ndestination = "in.j2"', "template 1: source and destination are the same file"),
    ('[[template]]\nsource = "no.j2"\ndestination = "out"', "template 1: source no.j2 can't be read: No such file or directory"),
    (
        '[[template]]\nsource = "in.j2"\ndestination = "/dev/null"',
        "template 1: destination /dev/null is no regular file",
    ),
    (TEMPLATE + "[exec]", "exec.command: missing; allowed: the program and its arguments"),
    (TEMPLATE + '[exec]\ncommand = "a \'b"', "exec.command: No closing quotation"),
    (TEMPLATE + '[exec]\ncommand = "a"\nreload_signal = "SIGNONE"', "exec.reload_signal: there is no signal 'SIGNONE'"),
    (
        TEMPLATE + '[exec]\ncommand = "a"\nreload_signal = "HUP"\nreload_command = "b"',
        "exec: reload_signal and reload_command exclude each other",
    ),
    ("x", "is no TOML"),
]


@pytest.mark.parametrize(("text", "says"), WRONG_FILES)
def test_what_is_wrong_in_a_file_is_told_with_key_and_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(TablesError) as told:
        configured(text)
    assert says in str(told.value)


def test_every_fault_has_a_line() -> None:
    with pytest.raises(TablesError) as told:
        configured('wait = "x"\n[[template]]\nsource = "in.j2"\nmode = "x"\n')
    assert len(str(told.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "command line: there is no template"),
        (["-t", "in.j2"], "-t in.j2: say IN:OUT or IN:OUT:COMMAND"),
        (["-t", ":out"], "say IN:OUT"),
        (["-t", "in.j2:out", "--wait", "1s"], "command line: wait: '1s' is no pair of durations"),
        (["-t", "in.j2:out", "--log-level", "LOUD"], "command line: log_level: 'LOUD'; allowed: DEBUG"),
        (["-t", "in.j2:out", "--exec", "x", "--once"], "--once runs no program: leave out --exec"),
        (["-t", "in.j2:out", "--reload-signal", "HUP"], "--reload-signal goes with --exec"),
        (["--config", "no.toml"], "no.toml: can't be read: No such file or directory"),
    ],
)
def test_what_is_wrong_in_the_arguments_is_told(words: list[str], says: str) -> None:
    with pytest.raises(TablesError) as told:
        read_arguments(words)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--once", "--dry"], "not allowed with argument"),
        (["--timeout", "x"], "'x' is no duration"),
        (["--nope"], "unrecognized arguments: --nope"),
    ],
)
def test_what_is_no_argument_ends_with_2(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(words)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err
