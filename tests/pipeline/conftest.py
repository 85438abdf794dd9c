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
from typing import TYPE_CHECKING, Any, ClassVar

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

# pip is noted, and runs only where a test wants it to: none installs anything.
_PYTHON = """#!{python} -I
import json, os, sys
arguments = sys.argv[1:]
if "-m" in arguments[:2] and arguments[arguments.index("-m") + 1] == "pip":
    with open({pips!r}, "a") as pips:
        pips.write(json.dumps([arguments, dict(os.environ)]) + "\\n")
    if not {real}:
        sys.exit({code})
os.execv({python!r}, [{python!r}, *arguments])
"""

# A program that is there and says no: what a script would run of the network.
_GIT = """#!{python} -I
import json, os, pathlib, sys
with open({calls!r}, "a") as calls:
    calls.write(json.dumps([["git", *sys.argv[1:]], dict(os.environ)]) + "\\n")
base = {base!r}
if base is None:
    sys.exit(128)
for name in base:
    file = pathlib.Path(sys.argv[-1], name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
"""


@dataclass
class Runner:
    """A place with nothing of the user's in it: a checkout, a PATH with our programs, and what they noted."""

    # What a job on GitHub has and the program of a pull request must not inherit.
    LATER: ClassVar = {
        name: f"canary-{name}"
        for name in (
            *(f"GITHUB_{one}" for one in ("ENV", "OUTPUT", "PATH", "STATE", "STEP_SUMMARY")),
            *(f"ACTIONS_{one}" for one in ("ID_TOKEN_REQUEST_TOKEN", "ID_TOKEN_REQUEST_URL", "RUNTIME_TOKEN")),
        )
    }

    folder: Path
    plan: dict[str, Any] = field(
        default_factory=lambda: {"code": 0, "comment": 0, "reports": {"json": '{"exitCode": 0}'}, "stdout": ""}
    )
    pip_code: int = 0
    pip_is_real: bool = False
    base: list[str] | None = field(default_factory=lambda: ["policies/requirements.txt"])
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
        python = _PYTHON.format(
            python=sys.executable, pips=str(self.folder / "pips"), code=self.pip_code, real=self.pip_is_real
        )
        self._program(programs / "python3", python, wanted=True)
        git = _GIT.format(python=sys.executable, base=self.base, calls=paths["calls"])
        self._program(programs / "git", git, wanted=True)

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
        return [arguments[arguments.index("pip") + 1 :] for arguments, _ in self.pythons()]

    def pythons(self) -> list[tuple[list[str], dict[str, str]]]:
        """Give what Python was told in every call of pip, and the environment it had."""
        file = self.folder / "pips"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(arguments, environment) for arguments, environment in map(json.loads, lines)]

    def shadow(self) -> None:
        """Put modules into the checkout that say so when somebody imports them for pip or for Python's own."""
        for name in ("pip", "json", "secrets"):
            (self.checkout / f"{name}.py").write_text("open('pwned', 'w').close()\n")

    def strays(self) -> list[str]:
        """Name what a script left in the checkout."""
        return sorted(path.name for path in self.checkout.rglob("*"))


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Give a runner with an empty checkout."""
    made = Runner(tmp_path)
    made.checkout.mkdir()
    return made
