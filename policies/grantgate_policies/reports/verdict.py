"""The one sentence that a run comes down to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import BLOCKING, Level, Outcome
from grantgate_policies.report import Exit, Known, Problem
from grantgate_policies.reports.wording import changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Report

_ORDER: Final = (
    Outcome.ERROR,
    Outcome.FAIL,
    Outcome.UNKNOWN,
    Outcome.WAIVED,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)

_LONGEST: Final = 160


@dataclass(frozen=True, slots=True)
class Summary:
    """
    How a run ended.

    Shape: ``word`` is PASSED, NOTHING_TO_JUDGE, BLOCKED, UNDECIDED or ERROR; ``reason`` a sentence without full stop.
    """

    word: str
    reason: str

    def __str__(self) -> str:
        return f"{self.word.replace('_', ' ')}: {self.reason}"


@dataclass(slots=True)
class Tally:
    """
    A report's findings, counted in one pass: there can be a hundred thousand.

    Shape: ``counts`` are by outcome, in the order in which a reader cares, of everything that findings are about;
           ``blocking`` are the findings that stop the run and ``telling`` those that are neither PASS nor
           NOT_APPLICABLE nor in the baseline, which are ``known``;
           ``known_count`` and ``left_out`` count, besides what is shown, what the reader did not want to see;
           ``judged`` counts the resources that a rule applied to.
    """

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(_ORDER, 0))
    blocking: list[Finding] = field(default_factory=list)
    telling: list[Finding] = field(default_factory=list)
    known: list[Finding] = field(default_factory=list)
    known_count: int = 0
    left_out: int = 0
    advisories: int = 0
    judged: int = 0


def tally(report: Report) -> Tally:
    """Count the findings of a report."""
    found = Tally()
    counts, silent = found.counts, (Outcome.PASS, Outcome.NOT_APPLICABLE)
    urns = set()
    last = None
    for finding in report.findings:
        outcome = finding.outcome
        if finding.resource is not last and outcome is not Outcome.NOT_APPLICABLE:
            last = finding.resource
            urns.add(last.urn)
        counts[outcome] += finding.things
        if finding.blocks:
            found.blocking.append(finding)
        if isinstance(finding, Known):
            found.known.append(finding)
        elif outcome not in silent:
            found.telling.append(finding)
            found.advisories += outcome is Outcome.FAIL and finding.level is Level.ADVISORY and not finding.blocks
    found.judged = len(urns) if report.judged is None else report.judged
    found.known_count = len(found.known)
    for one in report.left_out:
        counts[one.outcome] += one.count
        found.left_out += one.count
        # What was left out blocks nothing, so a failure among it is advice.
        found.advisories += one.count if one.outcome is Outcome.FAIL and not one.known else 0
        found.known_count += one.count if one.known else 0
    return found


def verdict(report: Report, found: Tally | None = None) -> Summary:
    """Say how the run ended and why, in the sense of its exit code."""
    code = report.exit_code()
    found = found or tally(report)
    blocking = found.blocking
    failed = [finding for finding in blocking if finding.outcome is Outcome.FAIL]
    unknown = [finding for finding in blocking if finding.outcome is Outcome.UNKNOWN]
    if code in (Exit.ERROR, Exit.USAGE):
        return Summary("ERROR", _trouble(report, blocking))
    if code is Exit.FAILED:
        more = f"; {_rules(unknown)} cannot be decided on {_resources(unknown)}" if unknown else ""
        return Summary("BLOCKED", f"{_rules(failed)} failed on {_resources(failed)}{more}")
    if code is Exit.UNDECIDED:
        return Summary("UNDECIDED", f"{_rules(unknown)} cannot be decided on {_resources(unknown)}")
    if not found.judged:
        return Summary("NOTHING_TO_JUDGE", nothing_to_judge(report.resources, report.findings))
    return Summary("PASSED", _passed(report, found))


def nothing_to_judge(resources: int, findings: Sequence[Finding] = ()) -> str:
    """
    Say that a run is not green by its rules.

    >>> nothing_to_judge(12)
    '0 of 12 resources are of a type that rules are about'
    """
    if findings:
        return f"no rule applies to any of {counted(resources, 'resource')}"
    verb = "is" if resources == 1 else "are"
    return f"0 of {counted(resources, 'resource')} {verb} of a type that rules are about"


def any_judged(findings: Sequence[Finding]) -> bool:
    """Say whether any rule applied to any resource."""
    return any(finding.outcome is not Outcome.NOT_APPLICABLE for finding in findings)


def nothing_judged(resources: int, findings: Sequence[Finding], remedy: str) -> Problem:
    """Make a problem of it, for who asked that something be judged."""
    return Problem(f"nothing to judge: {nothing_to_judge(resources, findings)}", remedy=remedy)


def counted(number: int, noun: str) -> str:
    """
    Give a number and what it counts.

    >>> counted(1, "resource"), counted(0, "resource")
    ('1 resource', '0 resources')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _trouble(report: Report, blocking: Sequence[Finding]) -> str:
    errors = [finding for finding in blocking if finding.outcome is Outcome.ERROR]
    told = [_problem(problem.about, problem.what) for problem in report.problems]
    told += [f"{finding.rule.id} on {finding.name}: {finding.message}" for finding in errors]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return f"{_first(told[0])}{more}; nothing was let through"


def _first(text: str) -> str:
    """Give the beginning of a text that stands in full above."""
    line = text.split("\n", 1)[0].rstrip(":")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()} …"


def _problem(about: str, what: str) -> str:
    return f"{about}: {what}" if about else what


def _passed(report: Report, found: Tally) -> str:
    counts = found.counts
    drifted = len({(change.urn, changed(change)[0]) for change in report.changes if change.drift})
    extras = (
        f"{drifted:,} drifted" if drifted else "",
        counted(found.advisories, "advisory failure") if found.advisories else "",
        f"{counts[Outcome.UNKNOWN]:,} unknown" if counts[Outcome.UNKNOWN] else "",
        f"{found.known_count:,} in the baseline" if found.known_count else "",
        f"{counts[Outcome.WAIVED]:,} waived" if counts[Outcome.WAIVED] else "",
    )
    rest = "".join(f", {extra}" for extra in extras if extra)
    return f"{counted(counts[Outcome.PASS], 'check')} on {counted(found.judged, 'resource')} passed{rest}"


def _rules(findings: Sequence[Finding]) -> str:
    # With --fail-on more block than those whose level says so.
    mandatory = "mandatory " if all(finding.level in BLOCKING for finding in findings) else ""
    return counted(len({finding.rule.id for finding in findings}), f"{mandatory}rule")


def _resources(findings: Sequence[Finding]) -> str:
    resources = counted(len({finding.resource.urn for finding in findings}), "resource")
    # A thousand locations of one list are one resource, and that would sound like little.
    items = len({(finding.resource.urn, finding.item) for finding in findings if finding.item})
    return f"{resources} ({counted(items, 'item')})" if items else resources
