"""
A `grantgate` that only notes how it was called, for scripts of pipelines: what they pass on, and what they make of it.

The real one runs in tests/engine/test_init.py, by the same scripts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]

_PROGRAM = """#!{python} -I
import json, os, sys
plan = json.load(open({plan!r}))
command = sys.argv[1]
with open({calls!r}, "a") as calls:
    calls.write(json.dumps([sys.argv[1:], dict(os.environ)]) + "\\n")
if command == "comment":
    sys.exit(plan["comment"])
for argument in sys.argv[2:]:
    name, _, path = argument.removeprefix("--format=").partition("=")
    if argument.startswith("--format=") and name in plan["reports"]:
        open(path, "w").write(plan["reports"][name])
sys.stdout.write(plan["stdout"])
sys.exit(plan["code"])
"""

# pip is only noted: a test installs nothing.
_PYTHON = """#!/bin/sh
if [ "$1 $2" = "-m pip" ]; then
  shift 2
  {{ printf '%s\\0' "$@"; printf '\\n'; }} >>{pips}
  exit {code}
fi
exec {python} "$@"
"""


@dataclass
class Runner:
    """A place with nothing of the user's in it: a checkout, a PATH with the two programs, and what they noted."""

    folder: Path
    plan: dict[str, Any] = field(
        default_factory=lambda: {"code": 0, "comment": 0, "reports": {"json": '{"exitCode": 0}'}, "stdout": ""}
    )
    pip_code: int = 0
    has_program: bool = True

    @property
    def checkout(self) -> Path:
        """Give the folder that scripts are run in."""
        return self.folder / "checkout"

    def prepare(self) -> None:
        """Write the programs as the plan stands."""
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        (self.folder / "plan.json").write_text(json.dumps(self.plan))
        paths = {"plan": str(self.folder / "plan.json"), "calls": str(self.folder / "calls.jsonl")}
        self._program(programs / "grantgate", _PROGRAM.format(python=sys.executable, **paths), wanted=self.has_program)
        python = _PYTHON.format(python=sys.executable, pips=self.folder / "pips", code=self.pip_code)
        self._program(programs / "python3", python, wanted=True)

    @staticmethod
    def _program(path: Path, text: str, *, wanted: bool) -> None:
        path.unlink(missing_ok=True)
        if wanted:
            path.write_text(text)
            path.chmod(0o755)

    def run(self, script: str, environment: Mapping[str, str], options: Sequence[str]) -> Any:
        """Run one script with bash, as the service's runner would."""
        return subprocess.run(
            [shutil.which("bash") or "bash", *options, "-c", script],
            cwd=self.checkout,
            env={
                "PATH": os.pathsep.join((str(self.folder / "programs"), "/usr/local/bin", "/usr/bin", "/bin")),
                "HOME": str(self.folder),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, command: str) -> list[tuple[list[str], dict[str, str]]]:
        """Give arguments and environment of every call of one command."""
        file = self.folder / "calls.jsonl"
        lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [(arguments[1:], environment) for arguments, environment in lines if arguments[0] == command]

    def pips(self) -> list[list[str]]:
        """Give the arguments of every call of pip."""
        file = self.folder / "pips"
        return [line.split("\0") for line in file.read_text().split("\0\n")[:-1]] if file.exists() else []

    def strays(self) -> list[str]:
        """Name what a script left in the checkout."""
        return sorted(path.name for path in self.checkout.rglob("*"))


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Give a runner with an empty checkout."""
    made = Runner(tmp_path)
    made.checkout.mkdir()
    return made
