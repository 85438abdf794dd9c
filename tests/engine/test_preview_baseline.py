"""`grantgate preview --baseline`: what was accepted does not block a real preview, and what is new does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
BAD = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "bad")
"""


def grantgate(project: Project, *arguments: str) -> Any:
    """Run the command as a user does."""
    return project.run(sys.executable, "-m", "grantgate_policies", *arguments)


def gate(project: Project, *arguments: str) -> Any:
    return grantgate(
        project, "preview", "--policy-pack", str(ROOT / "policies"), "--format", "json", *arguments
    )  # fmt: skip


def test_accepted_findings_do_not_block(project: Project) -> None:
    """What a preview showed can be accepted; then the same preview is green, though the engine's own is red."""
    project.program(BAD)
    shown = project.run("pulumi", "preview", "--json", "--non-interactive", "--stack", "prod")
    (project.folder / "preview.json").write_text(shown.stdout)
    blocked = gate(project)
    accepted = grantgate(project, "baseline", "known.json", "preview.json", "--accept-all")

    done = gate(project, "--baseline", "known.json")

    assert blocked.returncode == 1, blocked.stdout + blocked.stderr
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    report = json.loads(done.stdout)
    assert done.returncode == 0, report["summary"]
    failed = [one for one in report["findings"] if one["outcome"] == "FAIL" and one["level"] == "mandatory"]
    assert failed
    assert all(one["known"] and not one["blocks"] for one in failed)
    assert report["runs"][0]["exitCode"] != 0

    project.program(BAD + '    AccessGrantsLocation("another", "bad")\n')
    more = gate(project, "--baseline", "known.json")

    assert more.returncode == 1, more.stdout + more.stderr
    blocking = {one["resource"]["name"] for one in json.loads(more.stdout)["findings"] if one["blocks"]}
    assert blocking == {"another"}
