"""The workers of examples/ as programs, Express among them, which npm installs into a folder of the test's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
EXAMPLES = HOME / "examples"
KEY = "5a17c0ffee5a17c0ffee5a17c0ffee00"
NAMES = ("flask", "express", "plain")


def command(name: str, folder: Path) -> list[str]:
    """What is run for an example. The first time in a `folder`, Express is installed into it."""
    if name != "express":
        return [sys.executable, str(EXAMPLES / name / "worker.py")]
    return [_tool("node"), str(_installed(folder / "express") / "worker.js")]


def environ(api: str, port: int, slots: int) -> Mapping[str, str]:
    """Its variables, for a simulated API whose tasks are soon solved."""
    fixed = {"CAPTCHAAI_API_KEY": KEY, "CAPTCHAAI_URL": api, "POLL": "0.1"}
    return {**os.environ, **fixed, "PORT": str(port), "SLOTS": str(slots)}


def _installed(folder: Path) -> Path:
    if not (folder / "node_modules" / "express").is_dir():
        shutil.copytree(EXAMPLES / "express", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        install = [_tool("npm"), "install", "--no-audit", "--no-fund", "--omit=dev"]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=110, check=False)
        if done.returncode:
            raise RuntimeError(f"npm can't install Express; it needs a registry it is set up for:\n{done.stderr[-2000:]}")
    return folder


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is missing: `.ci/setup develop` installs nodejs and npm")
    return found
