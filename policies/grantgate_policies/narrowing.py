"""What the caller wants beyond the rules file: a stricter gate, and a shorter report. Neither ever loosens anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import Outcome, Severity
from grantgate_policies.report import Known, LeftOut, Problem
from grantgate_policies.reports.verdict import counted, tally

if TYPE_CHECKING:
    from collections.abc import Collection

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Report

ADVISORY: Final = "advisory"
UNKNOWN: Final = "unknown"
FAIL_ON: Final = (ADVISORY, UNKNOWN, *(severity.value for severity in Severity))
"""What `--fail-on` takes."""

_SEVERITIES: Final = tuple(Severity)
_BELOW: Final = "below "
_IN_BASELINE: Final = "in the baseline"
_SHOWN_BY_SEVERITY: Final = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED})


def stricter(report: Report, fail_on: Collection[str]) -> Report:
    """
    Let more findings block than the rules file does.

    "advisory" is every failure, "unknown" everything that cannot be decided, and a severity every failure that is at
    least so severe. What a baseline has, or a waiver covers, stays as it is. Where a report that was saved has left
    findings out that would block, that is a problem: nobody can look at them again.
    """
    if not fail_on:
        return report
    least = _least(fail_on)

    def blocks(finding: Finding) -> bool:
        if isinstance(finding, Known):
            return False
        if finding.outcome is Outcome.UNKNOWN:
            return UNKNOWN in fail_on
        severe = _SEVERITIES.index(finding.severity) >= least
        return finding.outcome is Outcome.FAIL and (ADVISORY in fail_on or severe)

    findings = tuple(
        finding._replace(blocks=True, quiet=False) if not finding.blocks and blocks(finding) else finding
        for finding in report.findings
    )
    gone = sum(one.count for one in report.left_out if _may_block(one, fail_on))
    problems = (_unseen(gone, fail_on),) if gone else ()
    return replace(report, findings=findings, problems=(*report.problems, *problems))


def leaves_out(one: LeftOut) -> bool:
    """Say whether ``narrowed`` leaves findings out for such a reason at all."""
    if one.why == _IN_BASELINE:
        return one.known and one.outcome in {Outcome.FAIL, Outcome.UNKNOWN}
    below = {f"{_BELOW}{severity.value}" for severity in _SEVERITIES[1:]}
    return one.why in below and one.outcome in _SHOWN_BY_SEVERITY


def _may_block(one: LeftOut, fail_on: Collection[str]) -> bool:
    """Say whether one of the findings that were left out may be one that is to block now."""
    if one.known:
        return False
    if one.outcome is Outcome.UNKNOWN:
        return UNKNOWN in fail_on
    least = _least(fail_on)
    # What is below a severity that is no worse than those asked for cannot be one of them.
    milder = {f"{_BELOW}{severity.value}" for severity in _SEVERITIES[: least + 1]}
    severe = least < len(_SEVERITIES) and one.why not in milder
    return one.outcome is Outcome.FAIL and (ADVISORY in fail_on or severe)


def _least(fail_on: Collection[str]) -> int:
    """Give the place of the mildest severity that is to block, one beyond the last where none is."""
    return min((place for place, one in enumerate(_SEVERITIES) if one.value in fail_on), default=len(_SEVERITIES))


def _unseen(count: int, fail_on: Collection[str]) -> Problem:
    asked = " ".join(f"--fail-on {word}" for word in FAIL_ON if word in fail_on)
    what = f"{counted(count, 'finding')} left out of the saved report, and with {asked} any of them may block"
    return Problem(what, remedy="Save the report without --min-severity and --new-only, and narrow what is made of it.")


def narrowed(report: Report, *, min_severity: str | None = None, new_only: bool = False) -> Report:
    """
    Leave findings out that the reader did not ask for: those below a severity, those that the baseline has.

    What blocks is never left out, and what is left out is counted: the verdict stays as it is.
    """
    least = _SEVERITIES.index(Severity(min_severity)) if min_severity else 0
    if not least and not new_only:
        return report

    def why(finding: Finding) -> str:
        if finding.blocks:
            return ""
        if new_only and isinstance(finding, Known):
            return _IN_BASELINE
        below = finding.outcome in _SHOWN_BY_SEVERITY and _SEVERITIES.index(finding.severity) < least
        return f"{_BELOW}{min_severity}" if below else ""

    kept: list[Finding] = []
    left: Counter[tuple[Outcome, bool, str]] = Counter()
    for one in report.left_out:
        left[one.outcome, one.known, one.why] += one.count
    for finding in report.findings:
        if reason := why(finding):
            left[finding.outcome, isinstance(finding, Known), reason] += 1
        else:
            kept.append(finding)
    return replace(
        report,
        findings=tuple(kept),
        judged=tally(report).judged,
        left_out=tuple(
            LeftOut(outcome, count, reason, known) for (outcome, known, reason), count in sorted(left.items())
        ),
    )
