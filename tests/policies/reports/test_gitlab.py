"""GitLab's widget gets entries that it can compare: unique, stable, and none for what somebody accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource, Severity
from grantgate_policies.report import Exit, Known, Problem, Report, SourcePosition
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
SEVERITIES: Final = ["info", "minor", "major", "critical", "blocker"]
# What GitLab's page on Code Quality says of the format.
DOCUMENTED: Final = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "additionalProperties": False,
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "severity": {"enum": SEVERITIES},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "minLength": 1, "not": {"pattern": "^(\\./|/)"}},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)


def a_resource(name: str = "finance") -> Resource:
    return Resource(urn=f"urn:pulumi:prod::data::{TYPE}::{name}", type=TYPE, name=name, props={})


def a_finding(outcome: Outcome = Outcome.FAIL, **members: Any) -> Finding:
    given_: dict[str, Any] = {
        "rule": AGL_03,
        "level": Level.MANDATORY,
        "severity": Severity.HIGH,
        "resource": a_resource(),
        "message": "the value, the limit",
        "blocks": outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR} and "level" not in members,
    }
    return Finding(outcome=outcome, **{**given_, **members})


def a_report(*findings: Finding, **members: Any) -> Report:
    given_: dict[str, Any] = {"source": "prod", "rules_file": "rules.yaml", "organization": "acme", "resources": 3}
    return Report(findings=findings, **{"project_file": "infra/Pulumi.yaml", **given_, **members})


def entries(report: Report, look: Look | None = None) -> list[dict[str, Any]]:
    """Read the report, and hold it against the format's documentation."""
    text = FORMATS["gitlab"].text(report, look or Look())
    assert text.isascii()
    assert text.endswith("]\n")
    assert "##[" not in text  # a CI runner's log would take it for a command
    read: list[dict[str, Any]] = json.loads(text)
    assert [error.message for error in DOCUMENTED.iter_errors(read)] == []
    prints = [entry["fingerprint"] for entry in read]
    assert len(set(prints)) == len(prints)
    return read


def test_every_sample_is_as_documented(sample: Report) -> None:
    """Whatever was found, the report is valid; a run that is not green has at least one major entry."""
    found = entries(sample)
    grave = [entry for entry in found if SEVERITIES.index(entry["severity"]) >= SEVERITIES.index("major")]

    assert grave or sample.exit_code() is Exit.PASSED


@pytest.mark.parametrize(
    ("finding", "severity"),
    [
        pytest.param(a_finding(severity=Severity.LOW), "major", id="low blocks"),
        pytest.param(a_finding(severity=Severity.MEDIUM), "major", id="medium blocks"),
        pytest.param(a_finding(severity=Severity.HIGH), "critical", id="high blocks"),
        pytest.param(a_finding(severity=Severity.CRITICAL), "blocker", id="critical blocks"),
        pytest.param(a_finding(severity=Severity.LOW, level=Level.ADVISORY), "info", id="low warns"),
        pytest.param(a_finding(severity=Severity.CRITICAL, level=Level.ADVISORY), "critical", id="critical warns"),
        pytest.param(a_finding(Outcome.UNKNOWN), "critical", id="unknown blocks"),
        pytest.param(a_finding(Outcome.UNKNOWN, level=Level.ADVISORY), "major", id="unknown warns"),
        pytest.param(a_finding(Outcome.ERROR, severity=Severity.LOW), "blocker", id="error"),
        pytest.param(a_finding(Outcome.ERROR, blocks=False), "blocker", id="error that blocks nothing"),
        pytest.param(Known(*a_finding()), "critical", id="known and blocks all the same"),
        pytest.param(a_finding(Outcome.PASS, blocks=True), "critical", id="pass that blocks"),
        pytest.param(a_finding(Outcome.UNKNOWN, blocks=False, quiet=True), "", id="quiet unknown"),
        pytest.param(a_finding(Outcome.WAIVED, waiver="data: moves"), "", id="waived"),
        pytest.param(Known(*a_finding(blocks=False)), "", id="known"),
        pytest.param(a_finding(Outcome.PASS, message=""), "", id="pass"),
    ],
)
def test_severity(finding: Finding, severity: str) -> None:
    """What blocks is at least major, an error a blocker; what is accepted, passed or may pass is no degradation."""
    assert [entry["severity"] for entry in entries(a_report(finding))] == ([severity] if severity else [])


def test_entry() -> None:
    """An entry names the resource, the value and the limit, and what to do."""
    position = {a_resource().urn: SourcePosition("./infra//a b.py", 42)}
    finding = a_finding(edit="Write 's3://x/*'.")

    assert entries(a_report(finding, positions=position)) == [
        {
            "description": "finance: the value, the limit. Fix: Write 's3://x/*'.",
            "check_name": "AGL-03 location-scope-allowed",
            "fingerprint": finding.fingerprint,
            "severity": "critical",
            "location": {"path": "infra/a b.py", "lines": {"begin": 42}},
        }
    ]


@pytest.mark.parametrize(
    ("members", "place"),
    [
        pytest.param({}, ("infra/Pulumi.yaml", 1), id="the project's file"),
        pytest.param({"project_file": ""}, ("Pulumi.yaml", 1), id="no project"),
        pytest.param({"positions": {a_resource().urn: SourcePosition("a.py", 0)}}, ("a.py", 1), id="line 0"),
    ],
)
def test_place_is_never_missing(members: dict[str, Any], place: tuple[str, int]) -> None:
    """GitLab leaves an entry out that has no place; what nobody knows the place of is at the project's file."""
    (entry,) = entries(a_report(a_finding(), **members))
    assert (entry["location"]["path"], entry["location"]["lines"]["begin"]) == place


def test_problems_are_blockers() -> None:
    """What kept the gate from looking comes first, each told apart from the next."""
    twice = Problem("AWS\nsaid no", about="live", remedy="Ask again.")
    found = entries(a_report(a_finding(), problems=[twice, twice, Problem("neither")]))

    assert [(entry["description"], entry["severity"]) for entry in found][:3] == [
        ("live: AWS said no. Fix: Ask again.", "blocker"),
        ("live: AWS said no. Fix: Ask again.", "blocker"),
        ("neither", "blocker"),
    ]


def test_nothing_to_judge_is_told() -> None:
    """A run that looked at nothing does not look like one that found nothing."""
    (entry,) = entries(a_report())
    assert (entry["severity"], entry["description"][:16]) == ("info", "NOTHING TO JUDGE")
    assert entries(a_report(a_finding(Outcome.PASS, message=""))) == []


def test_fingerprints_stay(rich: Report) -> None:
    """Neither other lines, nor other words, nor another order make other fingerprints."""

    def prints(report: Report) -> set[str]:
        return {entry["fingerprint"] for entry in entries(report)}

    moved = {urn: SourcePosition(f"new/{place.file}", place.line + 9) for urn, place in rich.positions.items()}
    reworded = tuple(finding._replace(message=f"other {finding.message}", edit="x") for finding in rich.findings)
    assert prints(replace(rich, positions=moved)) == prints(rich)
    assert prints(replace(rich, findings=reworded[::-1])) == prints(rich)
    assert prints(replace(rich, findings=rich.findings[1:])) < prints(rich)


def test_repeats_are_told_apart() -> None:
    """Several findings of one rule about one field are several entries, the first with the plain fingerprint."""
    findings = [a_finding(message=f"value {number}") for number in range(3)]
    found = entries(a_report(*findings))

    assert [entry["description"][:16] for entry in found] == [
        "finance: value 0",
        "finance: value 1",
        "finance: value 2",
    ]
    assert found[0]["fingerprint"] == findings[0].fingerprint
    assert entries(a_report(*findings[::-1])) == found


def test_worst_first(rich: Report) -> None:
    """Entries are in the order of every format, whatever order the engine gave."""
    found = entries(rich)
    assert [entry["check_name"][:6] for entry in found[:4]] == ["grantg", "grantg", "AGL-06", "AGL-06"]
    assert entries(replace(rich, findings=rich.findings[::-1])) == found


TEXTS = st.lists(st.sampled_from(["##[error]x", "\n::error::x", "\ud800", "\x00", "\u202e"]) | st.text(max_size=8)).map(
    "".join
)


@given(texts=st.lists(TEXTS, min_size=4, max_size=4))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_any_text(texts: list[str]) -> None:
    """Any text makes a valid report of printable characters only."""
    message, edit, about, file = texts
    place = SourcePosition(f"f{file}.py", 3)
    findings = [a_finding(message=message, edit=edit), a_finding(Outcome.UNKNOWN, message=message, edit=edit)]
    report = a_report(*findings, problems=[Problem(message, about, edit)], positions={a_resource().urn: place})

    for entry in entries(report):
        assert entry["description"].isprintable()
        assert entry["location"]["path"].isprintable()
