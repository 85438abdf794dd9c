"""What the caller wants beyond the rules file: a stricter gate, and a shorter report. Neither ever loosens anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import Outcome, Severity
from grantgate_policies.report import Known, LeftOut
from grantgate_policies.reports.verdict import tally

if TYPE_CHECKING:
    from collections.abc import Collection

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Report

ADVISORY: Final = "advisory"
UNKNOWN: Final = "unknown"
FAIL_ON: Final = (ADVISORY, UNKNOWN, *(severity.value for severity in Severity))
"""What `--fail-on` takes."""

_SEVERITIES: Final = tuple(Severity)
_SHOWN_BY_SEVERITY: Final = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED})


def stricter(report: Report, fail_on: Collection[str]) -> Report:
    """
    Let more findings block than the rules file does.

    "advisory" is every failure, "unknown" everything that cannot be decided, and a severity every failure that is at
    least so severe. What a baseline has, or a waiver covers, stays as it is.
    """
    if not fail_on:
        return report
    least = [_SEVERITIES.index(severity) for severity in Severity if severity.value in fail_on]

    def blocks(finding: Finding) -> bool:
        if isinstance(finding, Known):
            return False
        if finding.outcome is Outcome.UNKNOWN:
            return UNKNOWN in fail_on
        severe = bool(least) and _SEVERITIES.index(finding.severity) >= min(least)
        return finding.outcome is Outcome.FAIL and (ADVISORY in fail_on or severe)

    findings = tuple(
        finding._replace(blocks=True, quiet=False) if not finding.blocks and blocks(finding) else finding
        for finding in report.findings
    )
    return replace(report, findings=findings)


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
            return "in the baseline"
        below = finding.outcome in _SHOWN_BY_SEVERITY and _SEVERITIES.index(finding.severity) < least
        return f"below {min_severity}" if below else ""

    kept: list[Finding] = []
    left: Counter[tuple[Outcome, bool, str]] = Counter()
    for finding in report.findings:
        if reason := why(finding):
            left[finding.outcome, isinstance(finding, Known), reason] += 1
        else:
            kept.append(finding)
    return replace(
        report,
        findings=tuple(kept),
        judged=tally(report).judged,
        left_out=(
            *report.left_out,
            *(LeftOut(outcome, count, reason, known) for (outcome, known, reason), count in sorted(left.items())),
        ),
    )
