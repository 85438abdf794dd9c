"""
The golden set: one estate with every outcome, run on the real engine, and its report in every format.

`make golden` writes the files in tests/golden anew; else a difference is a failure, and git shows it line by line.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_emulator.seed import load_seed
from grantgate_policies import saved
from grantgate_policies.core import Outcome
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look

if TYPE_CHECKING:
    Project = Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOLDEN = ROOT / "tests" / "golden"
WRITE = os.environ.get("GRANTGATE_GOLDEN") == "write"
ENDINGS = {
    "text": "txt",
    "json": "json",
    "sarif": "sarif",
    "junit": "xml",
    "gitlab": "gitlab.json",
    "github": "github.txt",
    "markdown": "md",
    "html": "html",
}
REPORTS = ("blocked", "crash")
"""What the same pull request comes to by its rules, and by those with a rule of its own that raises."""


def compare(path: Path, text: str) -> None:
    """Hold a text against the golden file, or write it."""
    if WRITE:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path.name} is not what it was; `make golden` shows how"


def stable(report: str) -> str:
    """Take out what differs from run to run: the time, and how long the engine took."""
    lines = report.splitlines()
    for place, line in enumerate(lines):
        if line.startswith('"at": '):
            lines[place] = '"at": "2026-11-22T08:30:00Z",'
        elif line.startswith('{"stack": '):
            lines[place] = json.dumps({**json.loads(line), "seconds": 3})
    return "\n".join(lines) + "\n"


def readable(page: str) -> str:
    """Give the page with its data line by line, and without what is a file of its own: style, scripts, library."""
    before, opening, rest = page.partition('<script type="application/json" id="data">')
    data, closing, after = rest.partition("</script>")
    told = json.dumps(json.loads(data), indent=0)
    text = f"{before}{opening}\n{told}\n{closing}{after}"
    text = re.sub(r"(<style>|<script>|id=\"library\">).*?(</style>|</script>)", r"\1...\2", text, flags=re.DOTALL)
    return re.sub(r"sha256-[^&]+", "sha256-...", text)


@pytest.fixture
def estate(project: Project) -> Project:
    """Give the project as the main branch deployed it last week, and an AWS in which somebody swapped a role since."""
    project.bin_path = os.pathsep.join((str(HERE / "standin" / "bin"), project.bin_path))
    seed = load_seed(GOLDEN / "seed.yaml")
    for name in ("rules.yaml", "rules-crash.yaml", "crash.py"):
        shutil.copyfile(GOLDEN / name, project.folder / name)
    project.rules = project.folder / "rules.yaml"
    project.aws.seed(seed)
    shutil.copyfile(GOLDEN / "program.py", project.folder / "__main__.py")
    assert project.run("pulumi", "config", "set", "aws:region", "eu-west-1", "--stack", "prod").returncode == 0
    deployed = project.pulumi("up", pack=False, BRANCH="main")
    assert deployed.code == 0, deployed.text
    swapped = "arn:aws:iam::111122223333:role/access-grants/finance-reader"
    project.aws.state.update_location_role("111122223333", "eu-west-1", "5b1c77a0-people", swapped)
    return project


def gate(project: Project, *arguments: str) -> Any:
    """Run a command of grantgate's as a user does."""
    own = {"BRANCH": "pull-request", "GRANTGATE_RULES": ""}
    return project.run(sys.executable, "-m", "grantgate_policies", *arguments, **own)


@pytest.mark.engine
def test_the_estate(estate: Project) -> None:
    """The pull request's report is the golden one: every outcome, drift, changes, and a baseline that lost an entry."""
    (estate.folder / "state.json").write_text(json.dumps(estate.state()))
    accepted = ("location-prefix-delimited@logs", "location-prefix-delimited@archive")
    made = gate(
        estate, "baseline", "baseline.json", "state.json", "--rules", "rules.yaml",
        *(word for one in accepted for word in ("--accept", one)),
    )  # fmt: skip
    assert "baseline.json" in made.stdout, made.stdout + made.stderr

    for name, rules, code in (("blocked", "rules.yaml", 1), ("crash", "rules-crash.yaml", 4)):
        done = gate(
            estate, "preview", "--policy-pack", str(ROOT / "policies"), "--rules", rules, "--baseline", "baseline.json",
            "--json", "--", "--stack", "prod",
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        compare(GOLDEN / f"{name}.json", stable(done.stdout))
        assert saved.parse(done.stdout.encode(), name).exit_code() == code


def test_the_estate_has_one_of_everything() -> None:
    """Every outcome, known and new, drift and planned changes, what is fixed, requests in every state, positions."""
    report = saved.read(str(GOLDEN / "crash.json"))

    assert {finding.outcome for finding in report.findings} == set(Outcome)
    assert {change.drift for change in report.changes} == {True, False}
    assert {request.state for request in report.requests} == {"SUCCEEDED", "FAILED", "IN_PROGRESS"}
    assert {finding.blocks for finding in report.findings if finding.outcome is Outcome.UNKNOWN} == {True, False}
    assert {finding.resource.urn for finding in report.findings} == set(report.positions)
    assert report.fixed
    assert any(type(finding).__name__ == "Known" for finding in report.findings)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("format_", [one for one in FORMATS if one != "json"])
def test_formats(format_: str, name: str) -> None:
    """Each format of the saved report is the golden one."""
    report = saved.read(str(GOLDEN / f"{name}.json"))
    text = FORMATS[format_].text(report, Look())
    if format_ == "html":
        text = readable(text)
    compare(GOLDEN / f"{name}.{ENDINGS[format_]}", text)


@pytest.mark.parametrize("name", REPORTS)
def test_json_is_read_and_written_alike(name: str) -> None:
    """A saved report that is saved again is the same file."""
    path = GOLDEN / f"{name}.json"

    assert FORMATS["json"].text(saved.read(str(path)), Look()) == path.read_text(encoding="utf-8")
