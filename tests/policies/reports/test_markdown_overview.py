"""The first and the last lines of a comment say what becomes of the stack, what became of AWS, and where to read on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource, Severity
from grantgate_policies.report import Change, Known, Problem, Report, Run
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.rules.agl03_scope_allowed import RULE

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
FINANCE = Resource(urn=f"urn:pulumi:prod::data::{TYPE}::finance", type=TYPE, name="finance", props={})
FAIL = Finding(RULE, Outcome.FAIL, Level.MANDATORY, Severity.HIGH, FINANCE, message="no", blocks=True)
ADVICE = FAIL._replace(level=Level.ADVISORY, blocks=False)
PASS = FAIL._replace(outcome=Outcome.PASS, message="", blocks=False)
RUN = Run("prod", "preview", 0, "succeeded", "0.2.0", 4, {"update": 2})
CHANGE = Change(FINANCE.urn, "iamRoleArn", "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b")
DRIFT = replace(CHANGE, field="locationScope", before="s3://acme-hr/*", after="s3://acme-hr/x/*", drift=True)


def a_report(*findings: Finding, runs: list[Run] | None = None, changes: list[Change] | None = None) -> Report:
    return Report("prod", "rules.yaml", "acme", findings, 12, runs=runs or [], changes=changes or [])


def comment(report: Report) -> str:
    return FORMATS["markdown"].text(report, Look())


def headings(markdown: str) -> list[str]:
    """Give the titles of what is open in a comment."""
    return re.findall(r"(?m)^#### (?:\W+ )?(.*?) \(", markdown)


@pytest.mark.parametrize(
    ("command", "changes", "told"),
    [
        pytest.param(
            "preview",
            {"same": 9, "delete": 1, "create": 2, "replace": 1, "create-replacement": 1, "delete-replaced": 1},
            " Pulumi: 2 to create, 1 to replace, 1 to delete.",
            id="a replacement and its halves",
        ),
        pytest.param(
            "preview",
            {"create-replacement": 1, "import-replacement": 2, "delete-replaced": 2},
            " Pulumi: 3 to replace.",
            id="only halves",
        ),
        pytest.param("preview", {"same": 9, "create": 0}, "", id="nothing"),
        pytest.param("preview", {}, "", id="not told"),
        pytest.param("up", {"update": 1200, "import": 1}, " Pulumi: 1,200 updated, 1 imported.", id="done"),
        pytest.param(
            "preview",
            {"@team": 1, "read": 2, "discard": 3, "": 4},
            " Pulumi: 2 to read, 4 of no name, 1 `@team`, 3 discard.",
            id="operations that nobody knows",
        ),
    ],
)
def test_what_pulumi_plans(command: str, changes: dict[str, int], told: str) -> None:
    """What becomes of the stack stands in the first lines, in words, unless everything stays the same."""
    lines = comment(a_report(PASS, runs=[replace(RUN, command=command, changes=changes)])).splitlines()

    assert lines[2] == f"1 check on 1 resource passed. 1 of 12 resources judged.{told}"


def test_what_pulumi_plans_in_several_stacks() -> None:
    """Several stacks are summed up, and an engine that broke off is said not to have counted everything."""
    runs = [RUN, replace(RUN, stack="dev", changes={"update": 1, "create": 1})]
    markdown = comment(replace(a_report(PASS, runs=runs), problems=[Problem("no")]))

    assert " Pulumi, as far as it came: 1 to create, 3 to update.\n" in markdown
    assert "| 1 to create, 1 to update |\n" in markdown


def test_drift_is_not_overlooked() -> None:
    """What changed behind the program's back is open and above advice, first in its table, on green as well."""
    green = comment(a_report(PASS, ADVICE, changes=[CHANGE, DRIFT]))
    calm = comment(a_report(PASS, ADVICE, changes=[CHANGE]))

    assert "#### ⚠️ Changes (2, 1 drifted)\n" in green
    assert headings(green) == ["Changes", "Advice, blocks nothing"]
    assert green.index("**drift**") < green.index("| this update |")
    assert headings(calm) == ["Advice, blocks nothing", "Changes"]
    assert "rift" not in calm


def test_drift_is_not_cut() -> None:
    """Where there is room for a few changes only, those that nobody declared are there."""
    long = "x" * 5_000
    many = [replace(CHANGE, urn=f"{CHANGE.urn}{number:04}", before=long, after=long) for number in range(2_000)]
    markdown = comment(a_report(PASS, changes=[*many, replace(DRIFT, urn=CHANGE.urn.replace("finance", "zzz"))]))

    assert "| `zzz` | scope |" in markdown


@pytest.mark.parametrize(
    ("report", "number"),
    [
        pytest.param(a_report(PASS), 0, id="no rule is named"),
        pytest.param(a_report(FAIL), 1, id="failures"),
        pytest.param(a_report(Known(*FAIL._replace(blocks=False)), PASS), 1, id="the baseline"),
    ],
)
def test_how_to_read_on(report: Report, number: int) -> None:
    """Who reads a rule's id learns once where it is explained."""
    assert comment(report).count("`grantgate rules explain RULE` says why a rule is there") == number
