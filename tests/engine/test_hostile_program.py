"""A program that works against the gate: what it starts is ended with the run, and what it rewrites is noticed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives this process what a run orphans"),
]

ROOT = Path(__file__).resolve().parents[2]
REWRITES = """
    import os
    from grantgate import AccessGrantsLocation
    location = AccessGrantsLocation("location", "bad", account_id="111122223333", region="eu-west-1")

    def rewrite(_):
        journal = os.environ["GRANTGATE_FINDINGS"]
        with open(journal, "r+b") as file:
            text = file.read()
            file.seek(0)
            file.write(text.replace(b'"outcome":"FAIL"', b'"outcome":"PASS"'))
        open("rewritten", "w").write(str(text.count(b'"outcome":"FAIL"')))

    location.urn.apply(rewrite)
"""
"""The pack has judged the lookup when the program is given its URN; what it wrote is rewritten then."""

LINGERS = """
    import os, subprocess, sys, time
    later = "import time; time.sleep(3600); open('late', 'w')"
    for name, outputs in (("detached", subprocess.DEVNULL), ("holding", None)):
        child = subprocess.Popen([sys.executable, "-c", later], start_new_session=True, stdout=outputs, stderr=outputs)
        with open(name, "w") as file:
            file.write(str(child.pid))
"""
"""Two children of sessions of their own; the second keeps the outputs of the program, which the engine waits for."""


def gate(project: Project, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Preview; give the exit code, the report and what was told meanwhile."""
    done = project.run(
        sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(ROOT / "policies"), "--json",
        *arguments,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def test_what_the_program_starts_does_not_outlive_the_run(project: Project) -> None:
    """Neither a session of its own nor an output that it holds keeps a child: it is gone when grantgate returns."""
    project.program(LINGERS)

    code, report, told = gate(project)

    assert code == 0, report["problems"]
    assert "killing what the program left running" in told
    for name in ("detached", "holding"):
        with pytest.raises(ProcessLookupError):
            os.kill(int((project.folder / name).read_text()), 0)


def test_a_failure_that_the_program_takes_out_of_the_journal_is_missed(project: Project) -> None:
    """What the engine was told of an advisory failure is red, though the pack's own log calls it passed."""
    project.program(REWRITES)
    (project.folder / "levels.json").write_text('{"all": "advisory"}')

    code, report, _ = gate(project, "--policy-pack-config", "levels.json", "--fail-on", "advisory")

    assert code == 4, report["summary"]
    assert (project.folder / "rewritten").exists(), report["problems"]
    assert int((project.folder / "rewritten").read_text()) > 0
    assert "the engine was told that it does not pass" in report["problems"][0]["what"]
