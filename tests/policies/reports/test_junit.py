"""JUnit's readers show red what blocks, and never green what was not looked at."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import junitparser
import pytest
from grantgate_policies.core import Level, Outcome
from grantgate_policies.report import Exit, Problem, Report, SourcePosition
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look, shown
from grantgate_policies.reports.verdict import verdict
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from hypothesis import example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

    Make = Any

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
TAGS = {"failures": "failure", "errors": "error", "skipped": "skipped"}
VERDICT = "grantgate verdict"


@dataclass(frozen=True)
class Case:
    """One test case as a viewer files it; ``tag`` is empty for what it shows green."""

    suite: str
    owner: str
    name: str
    tag: str
    kind: str
    message: str
    text: str
    place: tuple[str | None, str | None]


def cases(report: Report, look: Look | None = None) -> list[Case]:
    """Read the report with a parser, its totals held against what is there."""
    text = FORMATS["junit"].text(report, look or Look())
    assert text.isascii()
    # What a CI runner would obey in a log.
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    root = ET.fromstring(text)  # noqa: S314 - our own text, which declares no entities
    assert root.tag == "testsuites"
    found = [_case(suite, one) for suite in root for one in suite.iter("testcase")]
    _hold(root, found)
    for suite in root:
        _hold(suite, [case for case in found if case.suite == suite.get("name")])
    keys = [(case.suite, case.owner, case.name) for case in found]
    assert len(set(keys)) == len(keys)  # of two with the same names viewers show one
    return found


def _case(suite: ET.Element, one: ET.Element) -> Case:
    (result, *others) = [child for child in one if child.tag in TAGS.values()] or [ET.Element("")]
    assert not others
    name, owner = one.attrib["name"], one.attrib["classname"]
    message, kind = result.get("message", ""), result.get("type", "")
    place = one.get("file"), one.get("line")
    return Case(suite.attrib["name"], owner, name, result.tag, kind, message, result.text or "", place)


def _hold(element: ET.Element, found: list[Case]) -> None:
    tags = Counter(case.tag for case in found)
    said = {name: int(element.attrib[name]) for name in ("tests", *TAGS)}
    assert said == {"tests": len(found), **{name: tags[tag] for name, tag in TAGS.items()}}


def of_findings(report: Report) -> list[Case]:
    return [case for case in cases(report) if case.suite != "grantgate"]


def reds(found: list[Case]) -> list[Case]:
    return [case for case in found if case.tag in {"failure", "error"}]


# --- what a viewer shows ----------------------------------------------------------------------------------------------


def test_verdict_is_red_exactly_when_the_exit_code_is_not_0(sample: Report) -> None:
    """The last word is a case of its own; it says what every other report says."""
    (case,) = [case for case in cases(sample) if case.name == VERDICT]

    assert bool(reds([case])) == (sample.exit_code() is not Exit.PASSED)
    assert not case.tag or case.message == shown(str(verdict(sample)))


def test_red_is_the_same_as_not_passed(sample: Report) -> None:
    """Without a reason to end otherwise than with 0 no case is red."""
    assert bool(reds(cases(sample))) == (sample.exit_code() is not Exit.PASSED)


@pytest.mark.parametrize(
    ("members", "tag", "kind", "message"),
    [
        pytest.param({}, "failure", "FAIL", "the value, the limit", id="fail"),
        pytest.param(
            {"outcome": Outcome.UNKNOWN},
            "failure",
            "UNKNOWN",
            "cannot be decided, and must not pass: the value, the limit",
            id="unknown that blocks",
        ),
        pytest.param({"outcome": Outcome.ERROR}, "error", "ERROR", "the value, the limit", id="error"),
        pytest.param(
            {"outcome": Outcome.ERROR, "blocks": False}, "error", "ERROR", "the value, the limit", id="mere error"
        ),
        pytest.param({"level": Level.ADVISORY}, "skipped", "FAIL", "advisory: the value, the limit", id="advisory"),
        pytest.param(
            {"level": Level.ADVISORY, "blocks": True}, "failure", "FAIL", "the value, the limit", id="stricter"
        ),
        pytest.param(
            {"outcome": Outcome.UNKNOWN, "level": Level.ADVISORY},
            "skipped",
            "UNKNOWN",
            "cannot be decided, and only warns: the value, the limit",
            id="unknown that warns",
        ),
        pytest.param(
            {"outcome": Outcome.UNKNOWN, "blocks": False, "quiet": True},
            "skipped",
            "UNKNOWN",
            "cannot be decided, and may pass: the value, the limit",
            id="quiet unknown",
        ),
        pytest.param(
            {"outcome": Outcome.WAIVED, "waiver": "data: moves (until 2027-01-31)"},
            "skipped",
            "WAIVED",
            "waived by data: moves (until 2027-01-31): the value, the limit",
            id="waived",
        ),
        pytest.param(
            {"blocks": False, "known": True},
            "skipped",
            "FAIL",
            "in the baseline b.json: the value, the limit",
            id="known",
        ),
        pytest.param({"known": True}, "failure", "FAIL", "the value, the limit", id="known and blocks all the same"),
        pytest.param(
            {"outcome": Outcome.PASS, "blocks": True, "message": ""}, "failure", "PASS", "PASS", id="pass that blocks"
        ),
        pytest.param(
            {"outcome": Outcome.NOT_APPLICABLE, "blocks": True, "message": "no"},
            "failure",
            "NOT_APPLICABLE",
            "no",
            id="not applicable that blocks",
        ),
        pytest.param({"outcome": Outcome.PASS, "message": ""}, "", "", "", id="pass"),
    ],
)
def test_colour(make: Make, members: dict[str, Any], tag: str, kind: str, message: str) -> None:
    """What blocks is red whatever it is; only what passed is green; all else is skipped, and says why."""
    (case,) = of_findings(make.report(make.finding(**members), baseline="b.json"))

    assert (case.tag, case.kind, case.message) == (tag, kind, message)
    assert case.text.split("\n")[0] == message


def test_what_does_not_apply_is_no_test(make: Make) -> None:
    """A rule that has nothing to say about a resource is counted, and no case."""
    report = make.report(make.finding(Outcome.NOT_APPLICABLE), make.finding(Outcome.NOT_APPLICABLE))
    assert of_findings(report) == []
    assert '<property name="not applicable" value="2"/>' in FORMATS["junit"].text(report, Look())


def test_nothing_to_judge_is_not_green(samples: dict[str, Report]) -> None:
    """A run that looked at nothing is neither red nor green."""
    (case,) = cases(samples["empty"])
    assert (case.name, case.tag, case.kind) == (VERDICT, "skipped", "NOTHING_TO_JUDGE")


def test_problems_are_errors(make: Make) -> None:
    """What kept the gate from looking is an error each, with all of its lines and the remedy."""
    same = Problem("it\nraised", about="live", remedy="Ask again.")
    found = cases(make.report(problems=[same, same, Problem("", exit=Exit.USAGE)]))

    assert [(case.name, case.tag, case.kind, case.text) for case in found[1:]] == [
        ("problem 1: live", "error", "ERROR", "it\nraised\nFix: Ask again."),
        ("problem 2: live", "error", "ERROR", "it\nraised\nFix: Ask again."),
        ("problem 3", "error", "USAGE", "the gate could not look"),
    ]


def test_case_leads_to_the_program(make: Make) -> None:
    """A case is filed by stack, type and name, and says what to do and where."""
    place = {make.resource().urn: SourcePosition("infra/größe.py", 42)}
    (case,) = of_findings(make.report(make.finding(edit="Write 'x'."), positions=place))

    assert (case.suite, case.owner) == (f"prod::data::{TYPE}::finance",) * 2
    assert case.name == "AGL-03 location-scope-allowed"
    assert case.place == ("infra/größe.py", "42")
    assert case.text.split("\n")[1:] == [
        "Fix: Write 'x'.",
        "Severity: high",
        f"Rule: {AGL_03.url}",
        "Declared at: infra/größe.py:42",
        f"Resource: urn:pulumi:prod::data::{TYPE}::finance",
    ]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([{}], id="the same once more"),
        pytest.param([{"stack": "dev"}], id="another stack"),
        pytest.param([{"name": "a\nb"}, {"name": "a\\nb"}], id="names that look alike"),
    ],
)
def test_no_case_hides_another(make: Make, others: list[dict[str, str]]) -> None:
    """Every finding is a case of its own, by names that no other has: viewers drop repeats."""
    findings = [make.finding(resource=make.resource(**one)) for one in ({}, *others)]
    assert len(of_findings(make.report(*findings))) == len(findings)


def test_a_resource_may_be_called_like_the_gate(make: Make) -> None:
    """The gate's own suite is nobody else's."""
    named = replace(make.resource(), urn="urn:pulumi:grantgate")
    (case,) = of_findings(make.report(make.finding(resource=named)))
    assert case.suite == "grantgate (2)"


def test_worst_first(rich: Report) -> None:
    """The order is every format's, whatever order the engine gave."""
    found = cases(rich)
    assert [case.name for case in found[:4]] == [
        VERDICT,
        "problem 1: live2",
        "problem 2",
        "AGL-06 location-overlap",
    ]
    assert cases(replace(rich, findings=rich.findings[::-1])) == found


# --- another reader, and any text -------------------------------------------------------------------------------------


def test_another_reader_reads_the_same(sample: Report) -> None:
    """A library that nobody here wrote finds the same cases, results and totals."""
    text = FORMATS["junit"].text(sample, Look())
    read = junitparser.JUnitXml.fromstring(text.encode())
    found = cases(sample)

    def results() -> Iterator[tuple[str, str, list[str]]]:
        for suite in read:
            for one in suite:
                yield suite.name, one.name, [type(result).__name__.lower() for result in one.result]

    assert list(results()) == [(case.suite, case.name, [case.tag] if case.tag else []) for case in found]
    told = read.tests, read.failures, read.errors, read.skipped
    read.update_statistics()
    assert (read.tests, read.failures, read.errors, read.skipped) == told


def test_notices_and_circumstances_are_told(rich: Report) -> None:
    """The gate's own suite says what was judged, and every notice."""
    gate = next(iter(junitparser.JUnitXml.fromstring(FORMATS["junit"].text(rich, Look()).encode())))

    assert {one.name: one.value for one in gate.properties()} == {
        "source": "prod",
        "rules file": "policies/rules.yaml",
        "organization": "acme",
        "baseline": "policies/baseline.json",
        "resources": "12",
        "resources judged": "5",
        "not applicable": "1",
        "in the baseline": "4",
        "not shown": "3",
    }
    assert gate.timestamp == "2026-11-22T08:30:05"
    (told,) = gate.iterchildren(junitparser.SystemOut)
    assert told.text.split("\n") == list(rich.notices)


TEXTS = st.lists(
    st.sampled_from(
        ["\ud800", "\ufffe", "\x00", "\x1b", "]]>", "\n::error::x", "##[error]x", ":\ufe0f:", "&#0;", "'\""]
    )
    | st.text(max_size=8)
).map("".join)


@given(texts=st.lists(TEXTS, min_size=6, max_size=6))
@example(texts=["::error::x"] * 6)
@example(texts=["##[group]x\n \u3000::endgroup::"] * 6)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_any_text(make: Make, texts: list[str]) -> None:
    """Any text makes a document that parses, and is read back as every other report shows it."""
    name, message, edit, about, file, notice = texts
    resource = replace(make.resource(), name=name, urn=f"urn:pulumi:{name}")
    report = make.report(
        make.finding(message=f"m{message}", edit=edit, resource=resource, item=about),
        make.finding(Outcome.WAIVED, message=f"m{message}", waiver=edit, resource=resource),
        problems=[Problem(message, about, edit)],
        positions={resource.urn: SourcePosition(f"f{file}", 3)},
        notices=[notice],
    )
    *_, failed, waived = cases(report)

    assert failed.message == shown(f"m{message}")
    assert failed.place == (shown(f"f{file}"), "3")
    assert waived.message == shown(f"waived by {edit}: m{message}")
    assert re.match(f"{re.escape(shown(name))}(?: \\(2\\))?$", failed.owner)
