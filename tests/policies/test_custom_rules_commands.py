"""The commands with an organization's own rules: what the rules print is no report, and their cases explain them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from grantgate_policies.cli import main

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
RULES = "version: 1\norganization: {name: acme}\ncustomRules: [{path: acme.py}]\n"
LOUD = """
from grantgate_policies.api import Broken, Level, Location, Rule, Severity

def judge(location, context):
    print("noise")
    return Broken("locationScope", "", "", "it is foreign")

RULE = Rule(
    id="ACME-01", name="acme-loud", about=(Location,), severity=Severity.HIGH, level=Level.MANDATORY,
    summary="It is ours", why="", fix="Use ours.", source="", url="", judge=judge,
)
"""
CASE = f"rule: acme-loud\ncases: [{{name: foreign, expect: FAIL, input: [{{type: '{LOCATION}', name: it}}]}}]\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a rules file and its rule, which prints, as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANTGATE_RULES", raising=False)
    (tmp_path / "acme.py").write_text(LOUD)
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["check", "in.json", "--format", "json"], id="check"),
        pytest.param(["check", "in.json", "--format", "json", "--output", "-"], id="to standard output by name"),
        pytest.param(["what-if", "rules.yaml", "rules.yaml", "in.json", "--format", "json"], id="what-if"),
        pytest.param(["baseline", "known.json", "in.json"], id="baseline"),
        pytest.param(["rules", "explain", "ACME-01"], id="explain a rule"),
        pytest.param(["rules", "explain", "--scope", "s3://acme/x/*"], id="explain a location"),
    ],
)
def test_what_rules_print_is_no_report(place: Path, arguments: list[str]) -> None:
    """It goes to standard error, and what is on standard output is the report alone."""
    (place / "acme.cases.yaml").write_text(CASE)
    (place / "in.json").write_text(json.dumps([{"type": LOCATION, "name": "it", "props": {}}]))
    result = run(*arguments)

    assert "noise" in result.stderr
    assert "noise" not in result.stdout
    if "json" in arguments:
        assert json.loads(result.stdout)["schema"]
    assert not (place / "-").exists()


def test_explain_shows_the_cases_of_a_custom_rule(place: Path) -> None:
    """Those beside the rules file, with their input; a file that cannot be read is named."""
    (place / "acme.cases.yaml").write_text(CASE.replace("name: it}", "name: it, props: {locationScope: $unknown}}"))
    (place / "b.cases.yaml").write_text(CASE.replace("FAIL", "FALI"))
    (place / "c.cases.yaml").write_text(CASE.replace("acme-loud", "other"))
    output = run("rules", "explain", "ACME-01").output

    assert f'  ✘ foreign\n    {LOCATION} it\n      {{"locationScope": "$unknown"}}\n    it is foreign\n' in output
    assert "  b.cases.yaml has cases that cannot be read; `grantgate rules test b.cases.yaml` says why." in output
    assert "c.cases.yaml" not in output
