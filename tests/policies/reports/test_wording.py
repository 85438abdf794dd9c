"""What several formats say is said in one place, and the report of a run that never was is one, too."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.commands.gate import failure
from grantgate_policies.core import Outcome
from grantgate_policies.release import pack_version
from grantgate_policies.report import Change, Exit, Problem
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.json_lines import listed, written
from grantgate_policies.reports.look import Look
from grantgate_policies.reports.unjudged import unjudged
from grantgate_policies.reports.verdict import verdict
from grantgate_policies.reports.wording import changed, subject, undecided

if TYPE_CHECKING:
    Make = Any


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        pytest.param({}, "cannot be decided, and must not pass: why", id="it blocks"),
        pytest.param({"quiet": True}, "cannot be decided, and must not pass: why", id="it blocks whatever else it is"),
        pytest.param({"blocks": False}, "cannot be decided, and only warns: why", id="it warns"),
        pytest.param({"blocks": False, "quiet": True}, "cannot be decided, and may pass: why", id="it may pass"),
    ],
)
def test_undecided(make: Make, members: dict[str, Any], sentence: str) -> None:
    """An unknown says what it does to the run."""
    assert undecided(make.finding(Outcome.UNKNOWN, **members), "why") == sentence


@pytest.mark.parametrize(
    ("name", "item", "expected"),
    [
        pytest.param("all", "", "all", id="a resource"),
        pytest.param("all", "6f1c", "all[6f1c]", id="an item"),
        pytest.param("", "", "{urn}", id="a resource without a name"),
        pytest.param("", "6f1c", "{urn}[6f1c]", id="an item of one"),
    ],
)
def test_subject(make: Make, name: str, item: str, expected: str) -> None:
    """What a finding is about always has a name."""
    finding = make.finding(resource=make.resource(name), item=item)

    assert subject(finding) == expected.format(urn=finding.resource.urn)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("iamRoleArn", ("all", "iamRoleArn"), id="a resource's"),
        pytest.param("6f1c iamRoleArn", ("all[6f1c]", "iamRoleArn"), id="an item's"),
        pytest.param("a b locationScope", ("all[a b]", "locationScope"), id="that of an id with a space"),
        pytest.param(" iamRoleArn", ("all", " iamRoleArn"), id="no id"),
        pytest.param("6f1c other", ("all", "6f1c other"), id="no property that is told"),
        pytest.param("", ("all", ""), id="nothing"),
    ],
)
def test_changed(make: Make, field: str, expected: tuple[str, str]) -> None:
    """What is not understood is told as it is."""
    assert changed(Change(make.resource("all").urn, field, "a", "b")) == expected


def test_a_list_is_json_with_a_line_for_each_member() -> None:
    """Whatever the members are, it is read back as it was; no runner finds a command in it."""
    values = [{"a": 1}, "##[error]x", "####", [], None, "\ud800"]
    text = "".join(listed(values))

    assert json.loads(text) == values
    assert text.splitlines()[1:-1] == [*(f"{written(one)}," for one in values[:-1]), written(values[-1])]
    assert "##" not in text
    assert text.isascii()
    with pytest.raises(ValueError, match="JSON compliant"):
        written(float("nan"))


def test_a_run_that_never_was() -> None:
    """Nothing was judged, so nothing is green: a problem says why, or somebody adds one."""
    problem = Problem("no such file", exit=Exit.USAGE)

    assert unjudged("prod", problem, "rules.yaml", at="2026-11-22T08:30:05Z").exit_code() is Exit.USAGE
    assert verdict(unjudged("prod", None)).word == "NOTHING_TO_JUDGE"
    assert (unjudged("prod", problem).at, unjudged("prod", problem).rules_file) == ("", "")
    assert failure("prod", problem, "rules.yaml").at


def test_the_release_is_the_installed_one() -> None:
    """SARIF and the pack name the same release; who writes SARIF loads no gRPC for it."""
    code = "import sys, grantgate_policies.reports.sarif; sys.exit('grpc' in sys.modules)"
    log = json.loads(FORMATS["sarif"].text(unjudged("prod", Problem("no")), Look()))

    assert log["runs"][0]["tool"]["driver"]["version"] == pack_version() == version("grantgate")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
