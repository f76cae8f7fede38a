"""The completion scripts in the shells they are for."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nearway.commands import COMMANDS

HOME = Path(__file__).resolve().parents[2]
SCRIPTS = HOME / "nearway" / "completion"

PATIENCE = 20.0


HARM = "$(touch${IFS}evil)"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A file, and a `nearway` on PATH whose gateway tells of two regions, and of another that is meant to do harm."""
    program = tmp_path / "bin" / "nearway"
    program.parent.mkdir()
    program.write_text(
        f"""#!/bin/sh
[ "$*" != "regions --names" ] || exec printf '%s\\n' eu-west us-east '{HARM}'
exec "{sys.executable}" -m nearway "$@"
"""
    )
    program.chmod(0o755)
    (tmp_path / "some key").touch()
    path = f"{program.parent}:/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(HOME), "TERM": "dumb", "LC_ALL": "C.UTF-8"}


CASES = [
    ("nearway sta", {"status"}),
    ("nearway ", {*COMMANDS}),
    ("nearway drain ", {"eu-west", "us-east"}),
    ("nearway dial u", {"us-east"}),
    ("nearway dial eu-west ", set()),
    ("nearway dial --by ann eu", {"eu-west"}),
    ("nearway workers --region ", {"eu-west", "us-east"}),
    ("nearway tasks --money ", {"no", "yes", "unknown"}),
    ("nearway tasks --region us-east --state so", {"solved"}),
    ("nearway explain --re", {"--region"}),
    ("nearway check-worker http://127.0.0.1:9101 --le", {"--level"}),
    ("nearway completion ", {"bash", "zsh", "fish"}),
]


def offered(shell: str, line: str, environ: dict[str, str], folder: Path) -> set[str]:
    """What is offered for the last word of a line."""
    if shell == "fish":
        code, script = 'source $argv[1]; complete -C "$argv[2]" | string split -f1 \\t', SCRIPTS / "nearway.fish"
        command = ["fish", "--no-config", "-c", code, str(script), line]
    else:
        # What readline does: its words end at `=` and `:`, too.
        code = (
            'source "$1"; COMP_LINE=$2; mapfile -t COMP_WORDS < <(sed -E "s/[=:]+/\\n&\\n/g; s/ +/\\n/g" <<<"$2" | grep .); '
            '[[ $2 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); compopt() { echo "FILES"; }; '
            '_nearway; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        command = ["bash", "--norc", "-c", code, "bash", str(SCRIPTS / "nearway.bash"), line]
    done = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.stderr == ""
    return {one for one in done.stdout.splitlines() if one}


@pytest.mark.parametrize(("line", "wanted"), CASES, ids=lambda one: one if isinstance(one, str) else "")
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_what_may_come_next_is_offered(shell: str, line: str, wanted: set[str], environ: dict[str, str], tmp_path: Path) -> None:
    assert offered(shell, line, environ, tmp_path) - {"--help", "--version", HARM} == wanted
    assert not (tmp_path / "evil").exists(), "what the gateway says was run"


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_file_is_offered_where_one_is_meant(shell: str, environ: dict[str, str], tmp_path: Path) -> None:
    got = offered(shell, "nearway status --key-file some", environ, tmp_path)
    assert got == ({"FILES"} if shell == "bash" else {"some key"})
    assert offered(shell, "nearway status some", environ, tmp_path) == set()


def test_zsh_completes_what_is_typed(environ: dict[str, str], tmp_path: Path) -> None:
    lines = [f"autoload -Uz compinit; compinit -u -d {tmp_path}/dump", "source <(nearway completion zsh)", "PS1='ready> '"]
    (tmp_path / ".zshrc").write_text("\n".join(lines) + "\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvpe("zsh", ["zsh", "-d", "-i"], environ)  # noqa: S606
    try:
        shown_until(terminal, "ready> ")
        for typed, comes in TYPED.items():
            os.write(terminal, f"{typed}\t".encode())
            shown_until(terminal, comes)
            os.write(terminal, KILL_LINE)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    assert not (tmp_path / "evil").exists()


TYPED = {
    "nearway sta": "nearway status ",
    "nearway drain e": "nearway drain eu-west ",
    "nearway dial --by ann u": "nearway dial --by ann us-east ",
    "nearway regions --na": "nearway regions --names ",
    "nearway tasks --state subm": "nearway tasks --state submitting ",
    "nearway status --key-file so": "nearway status --key-file some\\ key ",
}
KILL_LINE = b"\x15"


def shown_until(terminal: int, text: str) -> None:
    """Until a terminal has shown a text."""
    shown = ""
    while text not in shown:
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        assert ready, f"{text!r} did not come, but {shown!r}"
        shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\x08", "", shown + os.read(terminal, 4096).decode(errors="replace"))
