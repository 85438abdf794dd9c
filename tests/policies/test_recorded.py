"""The pack's findings file as a report: the same outcomes, and never green when the pack did not see everything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from grantgate_policies import recorded
from grantgate_policies.commands.root import main
from grantgate_policies.core import Finding, Level, Outcome, Resource
from grantgate_policies.documents import InputError
from grantgate_policies.report import Exit
from grantgate_policies.rules.agl03_scope_allowed import RULE

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:pulumi:prod::data::aws:s3control/accessGrantsLocation:AccessGrantsLocation::"


def finding(name: str = "finance", outcome: Outcome = Outcome.PASS, **members: Any) -> dict[str, Any]:
    about = Resource(f"{URN}{name}", "aws:s3control/accessGrantsLocation:AccessGrantsLocation", name, {})
    blocks = outcome is Outcome.FAIL
    return Finding(RULE, outcome, Level.MANDATORY, RULE.severity, about, blocks=blocks, **members).to_json()


def event(kind: str, **members: Any) -> dict[str, Any]:
    return {"schema": "grantgate.run/1", "event": kind, **members}


def start(stack: str = "prod") -> dict[str, Any]:
    return event("start", pack="0.1.0", rulesFile="rules.yaml", organization="acme", project="data", stack=stack)


def seen(*names: str) -> dict[str, Any]:
    return event(
        "stack", judged=[f"{URN}{name}" for name in names], resources=3, findings=0, notices=["one waiver ends soon"]
    )


def lines(*members: dict[str, Any]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in members).encode()


def test_a_whole_run() -> None:
    """What the pack saw to the end is a report, which says what it does not prove."""
    report = recorded.parse(lines(start(), finding(), seen("finance")), "findings.jsonl")

    assert (report.exit_code(), report.source, report.organization) == (Exit.PASSED, "prod", "acme")
    assert (report.rules_file, report.resources, len(report.findings)) == ("rules.yaml", 1, 1)
    assert report.notices == (recorded.UNPROVEN, "one waiver ends soon")


@pytest.mark.parametrize(
    ("members", "code", "what"),
    [
        pytest.param([finding()], Exit.ERROR, "the findings do not say that the pack started", id="no start"),
        pytest.param([start()], Exit.ERROR, "end before the pack had seen the whole stack", id="nothing but a start"),
        pytest.param([start(), finding()], Exit.ERROR, "end before the pack had seen", id="no end"),
        pytest.param([start(), seen("finance")], Exit.ERROR, "told nothing about it", id="a resource that was lost"),
        pytest.param([event("refused", text="a bad rules file")], Exit.USAGE, "a bad rules file", id="a refusal"),
        pytest.param(
            [start(), finding(), {**seen("finance"), "findings": 2}],
            Exit.ERROR,
            "the pack had 2 findings about the whole stack, and the file has 0",
            id="a stack rule's finding that was lost",
        ),
        pytest.param(
            [start(), {**finding(outcome=Outcome.FAIL), "blocks": False}, seen("finance")],
            Exit.ERROR,
            "(blocks is false, and a failure at the level mandatory blocks",
            id="a failure that somebody unblocked",
        ),
        pytest.param(
            [start(), {**finding(), "ruleName": "nobodys"}, seen()],
            Exit.ERROR,
            "a finding of 'nobodys' that this release does not understand",
            id="another release's rule",
        ),
    ],
)
def test_what_is_missing_is_never_green(members: list[dict[str, Any]], code: Exit, what: str) -> None:
    """A record that lacks something is a problem."""
    report = recorded.parse(lines(*members), "findings.jsonl")

    assert report.exit_code() is code
    assert any(what in problem.what for problem in report.problems)


def test_a_run_that_a_rule_stopped() -> None:
    """The engine shows no whole stack after a mandatory failure of an update: that is a NO, and no riddle."""
    report = recorded.parse(lines(start(), finding(outcome=Outcome.FAIL)), "findings.jsonl")

    assert (report.exit_code(), report.problems) == (Exit.FAILED, ())
    assert any("stopped before the whole stack was seen" in notice for notice in report.notices)


def test_the_last_run_of_each_stack_counts() -> None:
    """`pulumi up` runs the pack twice, into one file."""
    preview = [start(), finding(outcome=Outcome.FAIL), seen("finance")]
    update = [start(), finding(), seen("finance")]
    other = [start("dev"), finding("lab"), seen("lab")]

    report = recorded.parse(lines(*preview, *other, *update), "findings.jsonl")

    assert report.exit_code() is Exit.PASSED
    assert [one.resource.name for one in report.findings] == ["lab", "finance"]
    assert report.source == "dev, prod"


@pytest.mark.parametrize("torn", [b'{"schema": "grantgate.fin', b"[]", b'"text"'])
def test_a_torn_line_is_refused(torn: bytes) -> None:
    """A record that was cut off proves nothing."""
    with pytest.raises(InputError, match=r"findings.jsonl:2: not "):
        recorded.parse(lines(start()) + torn, "findings.jsonl")


def test_the_command(tmp_path: Path) -> None:
    """`grantgate report` tells the two kinds of files apart, and a saved NO stays one."""
    file, saved = tmp_path / "findings.jsonl", tmp_path / "report.json"
    file.write_bytes(lines(start(), finding(outcome=Outcome.FAIL, message="no"), seen("finance")))

    first = CliRunner().invoke(main, ["report", str(file), "--format", f"json={saved}"])
    second = CliRunner().invoke(main, ["report", str(saved)])

    assert (first.exit_code, second.exit_code) == (1, 1)
    assert second.stdout == first.stdout
    assert "BLOCKED: 1 mandatory rule failed on 1 resource" in first.stdout
