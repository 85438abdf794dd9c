"""The same gate with a newer engine: other exit codes and summaries, the same answers. `make newer` builds it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

ROOT = Path(__file__).resolve().parents[2]
NEWER = ROOT / ".engine" / "newer"
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not (NEWER / "pulumi").exists(), reason="`make newer` builds the newer engine"),
]
PROGRAM = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "ID")
"""


@pytest.fixture
def newer(project: Project) -> Project:
    """Give a project that the newer engine runs, with the pack as an executable."""
    project.bin_path = os.pathsep.join((str(NEWER), project.bin_path))
    pack = project.folder / "pack"
    pack.write_text(f"#!/bin/sh\nexec {sys.executable} -u {ROOT / 'policies' / '__main__.py'}\n")
    pack.chmod(0o755)
    return project


def gate(project: Project, command: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a command of the gate, and give its exit code and its report."""
    pack = str(project.folder / "pack")
    done = project.run(
        sys.executable, "-m", "grantgate_policies", command, "--policy-pack", pack, "--json", "--stack", "prod",
        *arguments,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("location", "code", "result", "engine"),
    [
        pytest.param("good", 0, "succeeded", 0, id="green"),
        pytest.param("bad", 1, "failed", 1, id="a mandatory failure"),
        pytest.param("nobody-knows", 4, "failed", 1, id="a failed lookup"),
    ],
)
def test_preview(newer: Project, location: str, code: int, result: str, engine: int) -> None:
    """The engine says how it ended, and the report repeats it."""
    newer.program(PROGRAM.replace("ID", location))

    ended, report = gate(newer, "preview")

    assert ended == code, report["summary"]
    assert [(run["result"], run["exitCode"]) for run in report["runs"]] == [(result, engine)]
    if code < 4:
        assert {finding["position"]["line"] for finding in report["findings"]} == {3}


def test_up(newer: Project) -> None:
    """What is green is updated, with the same proof."""
    newer.program(PROGRAM.replace("ID", "good"))

    ended, report = gate(newer, "up", "--yes")

    assert ended == 0, report["problems"]
    assert [run["command"] for run in report["runs"]][-1] == "up"
    assert "location" in newer.resources()
