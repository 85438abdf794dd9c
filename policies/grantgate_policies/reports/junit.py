"""
JUnit XML: a suite for every resource, a test case for every rule that applies to it, and the verdict as one more.

Viewers know three colours, and the run's exit code is none of them. So whatever blocks is a failure, what raised is an
error, and what neither blocks nor passed is skipped, with its reason: a failure would turn a job red that may pass, and
what stands below a green case no viewer lists. The case "grantgate verdict" is red exactly when the exit code is not 0.

Source: https://github.com/testmoapp/junitxml and https://docs.gitlab.com/ci/testing/unit_test_reports/.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

# It only writes. junitparser keeps every case in memory and goes through all of them for each suite that is added: 80 s
# for 100,000 cases, where this takes two.
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from grantgate_policies.core import Outcome
from grantgate_policies.report import Exit, Known
from grantgate_policies.reports.look import shown
from grantgate_policies.reports.ranking import ordered
from grantgate_policies.reports.verdict import counted, tally, verdict
from grantgate_policies.reports.wording import RAISED, undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Problem, Report
    from grantgate_policies.reports.look import Look
    from grantgate_policies.reports.verdict import Tally

_GATE: Final = "grantgate"
_URN: Final = "urn:pulumi:"
_COMMANDS: Final = re.compile(r"^[^\x21-\x7e]*:|#(?=[^\x20-\x7e]*#)", re.MULTILINE)
"""What a CI runner would obey in the log of a step that prints the report: ``::`` first in a line, ``##[`` anywhere."""
_TOTALS: Final = {"tests": "", "failures": "failure", "errors": "error", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class _Case:
    """
    One test case.

    Shape: ``tag`` is failure, error or skipped, empty for what passed; ``kind`` says which outcome that is; ``message``
           is one line, ``body`` are the lines below it; ``place`` are the attributes that lead to the program.
    """

    name: str
    tag: str = ""
    kind: str = ""
    message: str = ""
    body: tuple[str, ...] = ()
    place: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Suite:
    """The findings of one resource, the worst first; ``name`` is no other suite's."""

    name: str
    findings: list[Finding]


def render(report: Report, look: Look) -> Iterator[str]:
    """Give the report as one XML document, ASCII only, a suite at a time: the gate's own, then the worst resources."""
    found = tally(report)
    suites = _suites(report, look)
    gate = list(_gate(report, look, found))
    gate_tags = Counter(case.tag for case in gate)
    tags = gate_tags.copy()
    for suite in suites:
        tags.update(_tag(finding) for finding in suite.findings)
    notices = "\n".join(shown(notice, look) for notice in report.notices)
    page = _Page()
    page.xml.startDocument()
    page.xml.startElement("testsuites", AttributesImpl({"name": _GATE, **_totals(tags)}))
    page.suite(_GATE, gate, gate_tags, report.at, _properties(report, look, found), notices)
    yield page.taken()
    for suite in suites:
        page.suite(suite.name, _cases(suite, report, look), Counter(map(_tag, suite.findings)), report.at)
        yield page.taken()
    page.close("testsuites")
    yield f"{page.taken()}\n"


class _Page:
    """Collects XML until somebody takes it."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        self.xml = XMLGenerator(self._file, "us-ascii", short_empty_elements=True)

    def taken(self) -> str:
        """Give what was written since the last time, every other character than ASCII as a reference to it."""
        text = _COMMANDS.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", self._file.getvalue())
        self._file.seek(0)
        self._file.truncate()
        return text.encode("ascii", "xmlcharrefreplace").decode("ascii")

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element on a line of its own."""
        self.xml.ignorableWhitespace("\n")
        self.xml.startElement(tag, AttributesImpl(attributes))

    def close(self, tag: str) -> None:
        """End an element on a line of its own."""
        self.xml.ignorableWhitespace("\n")
        self.xml.endElement(tag)

    def leaf(self, tag: str, attributes: Mapping[str, str], text: str = "") -> None:
        """Add an element with nothing but text in it."""
        self.open(tag, attributes)
        if text:
            self.xml.characters(text)
        self.xml.endElement(tag)

    def suite(
        self,
        name: str,
        cases: Iterable[_Case],
        tags: Counter[str],
        at: str,
        properties: Mapping[str, str] | None = None,
        told: str = "",
    ) -> None:
        """Add a suite; ``tags`` count its cases, and ``told`` is what there is to say besides."""
        # The schemas of most readers allow no time zone.
        stamp = {"timestamp": at.removesuffix("Z")} if at else {}
        self.open("testsuite", {"name": name, **_totals(tags), **stamp})
        if properties:
            self.open("properties", {})
            for key, value in properties.items():
                self.leaf("property", {"name": key, "value": value})
            self.close("properties")
        for case in cases:
            self.case(name, case)
        if told:
            self.leaf("system-out", {}, told)
        self.close("testsuite")

    def case(self, suite: str, case: _Case) -> None:
        """Add a test case."""
        self.open("testcase", {"name": case.name, "classname": suite, **case.place})
        if case.tag:
            self.leaf(case.tag, {"type": case.kind, "message": case.message}, "\n".join(case.body))
        elif case.message:
            self.leaf("system-out", {}, case.message)
        self.xml.endElement("testcase")


def _totals(tags: Counter[str]) -> dict[str, str]:
    return {name: str(tags[tag] if tag else tags.total()) for name, tag in _TOTALS.items()}


def _properties(report: Report, look: Look, found: Tally) -> dict[str, str]:
    """Say what was judged, and count what has no case."""
    told = {
        "source": report.source,
        "rules file": report.rules_file,
        "organization": report.organization,
        "baseline": report.baseline,
        "resources": str(report.resources),
        "resources judged": str(found.judged),
        "not applicable": str(found.counts[Outcome.NOT_APPLICABLE]),
        "in the baseline": str(found.known_count),
        "not shown": str(found.left_out),
    }
    return {name: shown(value, look) for name, value in told.items() if value}


def _gate(report: Report, look: Look, found: Tally) -> Iterator[_Case]:
    """Give the cases of the gate itself: how the run ended, and what kept it from looking."""
    summary = verdict(report, found)
    code = report.exit_code()
    tag = ""
    if code is not Exit.PASSED:
        tag = "error" if code in (Exit.ERROR, Exit.USAGE) else "failure"
    elif summary.word == "NOTHING_TO_JUDGE":
        # Nothing was found wrong where nothing was looked at: no red, and no green either.
        tag = "skipped"
    said = shown(str(summary), look)
    yield _Case("grantgate verdict", tag, summary.word, said, (said,))
    for number, problem in enumerate(report.problems, start=1):
        yield _problem(number, problem, look)


def _problem(number: int, problem: Problem, look: Look) -> _Case:
    about = f": {shown(problem.about, look)}" if problem.about else ""
    lines = [shown(line, look) for line in problem.what.splitlines()] or ["the gate could not look"]
    if problem.remedy:
        lines.append(f"Fix: {shown(problem.remedy, look)}")
    # The number keeps apart what is about the same thing.
    return _Case(f"problem {number}{about}", "error", problem.exit.name, lines[0], tuple(lines))


def _suites(report: Report, look: Look) -> list[_Suite]:
    """Give a suite for each resource with a finding to show, in the order in which a reader cares."""
    groups: dict[str, list[Finding]] = {}
    for finding in ordered(report.findings):
        # What does not apply to a resource is no test of it.
        if finding.outcome is not Outcome.NOT_APPLICABLE or finding.blocks:
            groups.setdefault(finding.resource.urn, []).append(finding)
    taken = {_GATE}
    return [_Suite(_unique(shown(urn.removeprefix(_URN), look), taken), group) for urn, group in groups.items()]


def _cases(suite: _Suite, report: Report, look: Look) -> Iterator[_Case]:
    position = report.positions.get(suite.findings[0].resource.urn)
    place = {"file": shown(position.file, look), "line": str(position.line)} if position else {}
    taken: set[str] = set()
    for finding in suite.findings:
        item = f" [{finding.item}]" if finding.item else ""
        name = _unique(shown(f"{finding.rule.id} {finding.rule.name}{item}", look), taken)
        tag = _tag(finding)
        if not tag:
            # Not in the name, by which viewers know a case again.
            yield _Case(name, message=counted(finding.things, "item") if finding.things != 1 else "", place=place)
            continue
        message = shown(_message(finding, report.baseline), look)
        yield _Case(name, tag, finding.outcome.value, message, tuple(_body(finding, message, place, look)), place)


def _tag(finding: Finding) -> str:
    """Tell what a viewer shows; a finding that blocks is red whatever else it is."""
    if finding.outcome is Outcome.ERROR:
        return "error"
    if finding.blocks:
        return "failure"
    return "" if finding.outcome is Outcome.PASS else "skipped"


def _message(finding: Finding, baseline: str) -> str:
    """Say what was found, and first why it does not count as a failure where it does not."""
    message = finding.message or finding.outcome.value
    if finding.blocks or finding.outcome is Outcome.ERROR:
        return undecided(finding, message) if finding.outcome is Outcome.UNKNOWN else message
    if isinstance(finding, Known):
        return f"in the baseline {baseline}: {message}"
    if finding.outcome is Outcome.WAIVED:
        return f"waived by {finding.waiver}: {message}"
    if finding.outcome is Outcome.UNKNOWN:
        return undecided(finding, message)
    return f"advisory: {message}"


def _body(finding: Finding, message: str, place: Mapping[str, str], look: Look) -> Iterator[str]:
    rule = finding.rule
    yield message
    if finding.outcome is Outcome.ERROR:
        yield RAISED
    elif finding.outcome is not Outcome.WAIVED:
        yield f"Fix: {shown(finding.edit or rule.fix, look)}"
    yield f"Severity: {finding.severity.value}"
    if page := look.page(rule):
        yield f"Rule: {shown(page, look)}"
    if place:
        yield f"Declared at: {place['file']}:{place['line']}"
    yield f"Resource: {shown(finding.resource.urn, look)}"
    if finding.item:
        yield f"Item: {shown(finding.item, look)}"


def _unique(name: str, taken: set[str]) -> str:
    """
    Give a name that none before had, and take it.

    Viewers file cases by the names of class and case, and of two with the same ones they show only one.
    """
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
