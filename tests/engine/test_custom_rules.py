"""An organization's own rules on the real engine: judged like the built-in ones, and never let through unread."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.engine

PROGRAM = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("good", "good")
"""
RULES = """
    version: 1
    organization: {name: acme, accounts: {"111122223333": {name: data-prod}}}
    customRules:
      - path: own
    rules:
      acme-class: {classes: [CLASSES], level: LEVEL}
"""
MODULE = """
from grantgate_policies.api import PASSED, Broken, Level, Location, Rule, Severity

print("a module that talks must not be taken for the pack's port")


def judge(location, context):
    folder = location.location_scope.split("/")[3]
    if folder in context.settings["classes"]:
        return PASSED
    return Broken("locationScope", location.location_scope, "a class", f"folder {folder!r} is no class")


def gather(program):
    return len(program.facts)


def count(location, context, facts):
    return PASSED if facts == 2 else Broken("locationScope", str(facts), "2", f"{facts} facts, not 2")


def rule(number, **more):
    return Rule(
        about=(Location,), severity=Severity.HIGH, level=Level.MANDATORY, summary="The folder is a class",
        id=f"ACME-0{number}", why="", fix="Use a class.", source="", url="", needs=("location_scope",), **more,
    )


RULES = (
    rule(
        1,
        name="acme-class",
        judge=judge,
        settings={"classes": {"type": "array", "items": {"type": "string"}, "default": []}},
    ),
    rule(2, name="acme-counted", judge=count, gather=gather),
)
"""


def own(project: Project, module: str, classes: str = "finance", level: str = "mandatory") -> None:
    (project.folder / "own").mkdir(exist_ok=True)
    (project.folder / "own" / "acme.py").write_text(module)
    project.write_rules(RULES.replace("CLASSES", classes).replace("LEVEL", level))
    project.program(PROGRAM)


def gate(project: Project) -> Any:
    command = [sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(ROOT / "policies")]
    return project.run(*command, "--format", "json", "--", "--stack", "prod")


def test_a_rule_of_ones_own_is_judged(project: Project) -> None:
    """It passes, blocks or warns as the rules file says, as a policy of the pack; a stack rule sees the stack."""
    own(project, MODULE)
    passed = project.pulumi("preview")
    assert passed.code == 0, passed.text
    assert passed.outcome("ACME-01") == passed.outcome("ACME-02") == {"PASS"}

    own(project, MODULE, classes="hr")
    blocked = project.pulumi("preview")
    assert blocked.code != 0
    assert ("acme-class", "mandatory") in blocked.policies()
    assert "[ACME-01] folder 'finance' is no class. Fix: Use a class." in blocked.text
    assert blocked.outcome("ACME-02") == {"PASS"}

    gated = gate(project)
    assert gated.returncode == 1, gated.stdout + gated.stderr
    report = json.loads(gated.stdout)
    assert report["problems"] == []
    assert {found["outcome"] for found in report["findings"] if found["ruleId"] == "ACME-01"} == {"FAIL"}

    own(project, MODULE, classes="hr", level="advisory")
    warned = project.pulumi("preview")
    assert warned.code == 0, warned.text
    assert ("acme-class", "advisory") in warned.policies()

    digests = {run["rulesDigest"] for ran in (passed, blocked, warned) for run in ran.run if run["event"] == "start"}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        pytest.param('location.location_scope.split("/")[3]', "ACME-01", id="a resource rule"),
        pytest.param("len(program.facts)", "ACME-02", id="what a stack rule gathers"),
    ],
)
def test_a_rule_that_raises_blocks(project: Project, statement: str, rule: str) -> None:
    """It is an ERROR on its own; every other rule is judged as ever."""
    own(project, MODULE.replace(statement, f"{statement} + None"))

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert ran.outcome(rule) == {"ERROR"}
    assert "the rule could not be judged: TypeError" in ran.text
    assert ran.outcome("ACME-02" if rule == "ACME-01" else "ACME-01") == {"PASS"}
    assert ran.outcome("LKP-01") == {"PASS"}
    assert "Traceback" not in ran.text


def test_a_module_that_cannot_be_loaded_stops_the_pack(project: Project) -> None:
    """Nothing is let through, and the failing statement is named; `grantgate preview` says the same, with exit 2."""
    own(project, "import os\nimport nothing_there\n")

    ran = project.pulumi("preview")
    gated = gate(project)

    told = "own/acme.py:2: ModuleNotFoundError: No module named 'nothing_there'"
    assert ran.code != 0
    assert "the rules file cannot be used, so nothing is let through" in ran.text
    assert f"rules.yaml:5:11: customRules[0].path: {told}" in ran.text
    assert "Traceback" not in ran.text
    assert ran.findings == []
    assert gated.returncode == 2, gated.stdout + gated.stderr
    assert told in gated.stdout + gated.stderr


def test_levels_of_ones_own_rules_can_be_set_from_outside(project: Project) -> None:
    """`--policy-pack-config` knows them by name."""
    own(project, MODULE, classes="hr")
    file = project.folder / "config.json"
    file.write_text('{"acme-class": {"enforcementLevel": "mandatory", "classes": ["finance"]}}')
    assert project.pulumi("preview", "--policy-pack-config", str(file)).code == 0

    file.write_text('{"acme-clas": "disabled"}')
    refused = project.pulumi("preview", "--policy-pack-config", str(file))
    assert refused.code != 0
    assert "'acme-clas' is no policy of this pack (did you mean 'acme-class'?)" in refused.text
