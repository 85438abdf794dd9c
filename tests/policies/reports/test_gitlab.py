"""GitLab's widget gets entries that it can compare: unique, stable, and none for what somebody accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from grantgate_policies.core import Level, Outcome, Severity
from grantgate_policies.report import Exit, Problem, Report, SourcePosition
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    Make = Any

URN: Final = "urn:pulumi:prod::data::aws:s3control/accessGrantsLocation:AccessGrantsLocation::finance"
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
    ("members", "severity"),
    [
        pytest.param({"severity": Severity.LOW}, "major", id="low blocks"),
        pytest.param({"severity": Severity.MEDIUM}, "major", id="medium blocks"),
        pytest.param({"severity": Severity.HIGH}, "critical", id="high blocks"),
        pytest.param({"severity": Severity.CRITICAL}, "blocker", id="critical blocks"),
        pytest.param({"severity": Severity.LOW, "level": Level.ADVISORY}, "info", id="low warns"),
        pytest.param({"severity": Severity.CRITICAL, "level": Level.ADVISORY}, "critical", id="critical warns"),
        pytest.param({"outcome": Outcome.UNKNOWN}, "critical", id="unknown blocks"),
        pytest.param({"outcome": Outcome.UNKNOWN, "level": Level.ADVISORY}, "major", id="unknown warns"),
        pytest.param({"outcome": Outcome.ERROR, "severity": Severity.LOW}, "blocker", id="error"),
        pytest.param({"outcome": Outcome.ERROR, "blocks": False}, "blocker", id="error that blocks nothing"),
        pytest.param({"known": True}, "critical", id="known and blocks all the same"),
        pytest.param({"outcome": Outcome.PASS, "blocks": True}, "critical", id="pass that blocks"),
        pytest.param({"outcome": Outcome.UNKNOWN, "blocks": False, "quiet": True}, "", id="quiet unknown"),
        pytest.param({"outcome": Outcome.WAIVED, "waiver": "data: moves"}, "", id="waived"),
        pytest.param({"blocks": False, "known": True}, "", id="known"),
        pytest.param({"outcome": Outcome.PASS, "message": ""}, "", id="pass"),
    ],
)
def test_severity(make: Make, members: dict[str, Any], severity: str) -> None:
    """What blocks is at least major, an error a blocker; what is accepted, passed or may pass is no degradation."""
    assert [entry["severity"] for entry in entries(make.report(make.finding(**members)))] == (
        [severity] if severity else []
    )


def test_entry(make: Make) -> None:
    """An entry names the resource, the value and the limit, and what to do."""
    position = {URN: SourcePosition("./infra//a b.py", 42)}
    finding = make.finding(edit="Write 's3://x/*'.")

    assert entries(make.report(finding, positions=position)) == [
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
        pytest.param({"positions": {URN: SourcePosition("a.py", 0)}}, ("a.py", 1), id="line 0"),
    ],
)
def test_place_is_never_missing(make: Make, members: dict[str, Any], place: tuple[str, int]) -> None:
    """GitLab leaves an entry out that has no place; what nobody knows the place of is at the project's file."""
    (entry,) = entries(make.report(make.finding(), **members))
    assert (entry["location"]["path"], entry["location"]["lines"]["begin"]) == place


def test_problems_are_blockers(make: Make) -> None:
    """What kept the gate from looking comes first, each told apart from the next."""
    twice = Problem("AWS\nsaid no", about="live", remedy="Ask again.")
    found = entries(make.report(make.finding(), problems=[twice, twice, Problem("neither")]))

    assert [(entry["description"], entry["severity"]) for entry in found][:3] == [
        ("live: AWS said no. Fix: Ask again.", "blocker"),
        ("live: AWS said no. Fix: Ask again.", "blocker"),
        ("neither", "blocker"),
    ]


def test_nothing_to_judge_is_told(make: Make) -> None:
    """A run that looked at nothing does not look like one that found nothing."""
    (entry,) = entries(make.report())
    assert (entry["severity"], entry["description"][:16]) == ("info", "NOTHING TO JUDGE")
    assert entries(make.report(make.finding(Outcome.PASS, message=""))) == []


def test_fingerprints_stay(rich: Report) -> None:
    """Neither other lines, nor other words, nor another order make other fingerprints."""

    def prints(report: Report) -> set[str]:
        return {entry["fingerprint"] for entry in entries(report)}

    moved = {urn: SourcePosition(f"new/{place.file}", place.line + 9) for urn, place in rich.positions.items()}
    reworded = tuple(finding._replace(message=f"other {finding.message}", edit="x") for finding in rich.findings)
    assert prints(replace(rich, positions=moved)) == prints(rich)
    assert prints(replace(rich, findings=reworded[::-1])) == prints(rich)
    assert prints(replace(rich, findings=rich.findings[1:])) < prints(rich)


def test_repeats_are_told_apart(make: Make) -> None:
    """Several findings of one rule about one field are several entries, the first with the plain fingerprint."""
    findings = [make.finding(message=f"value {number}") for number in range(3)]
    found = entries(make.report(*findings))

    assert [entry["description"][:16] for entry in found] == [
        "finance: value 0",
        "finance: value 1",
        "finance: value 2",
    ]
    assert found[0]["fingerprint"] == findings[0].fingerprint
    assert entries(make.report(*findings[::-1])) == found


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
def test_any_text(make: Make, texts: list[str]) -> None:
    """Any text makes a valid report of printable characters only."""
    message, edit, about, file = texts
    place = SourcePosition(f"f{file}.py", 3)
    findings = [
        make.finding(item=about, message=message, edit=edit),
        make.finding(Outcome.UNKNOWN, message=message, edit=edit),
    ]
    report = make.report(*findings, problems=[Problem(message, about, edit)], positions={URN: place})

    for entry in entries(report):
        assert entry["description"].isprintable()
        assert entry["location"]["path"].isprintable()
