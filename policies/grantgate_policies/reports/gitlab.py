"""
GitLab Code Quality: what fails, what cannot be decided and what kept the gate from looking, as degradations.

GitLab has no word for a finding that somebody accepted. All it does is to compare the fingerprints of two branches, so
what is waived or in the baseline is left out: it would count as a degradation on the very branch that accepts it.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Outcome, Severity
from grantgate_policies.report import Known, SourcePosition
from grantgate_policies.reports.json_lines import listed
from grantgate_policies.reports.look import shown
from grantgate_policies.reports.ranking import Rank, ordered, rank
from grantgate_policies.reports.verdict import verdict
from grantgate_policies.reports.wording import RAISED, subject, undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look

_PROJECT_FILE: Final = "Pulumi.yaml"
_CHECK: Final = "grantgate"
_TOLD: Final = frozenset({Rank.ERROR, Rank.FAIL, Rank.UNKNOWN, Rank.ADVISORY})
_BLOCKING: Final[Mapping[Severity, str]] = {
    # Nothing that stops a run is minor, whatever the severity of its rule.
    Severity.LOW: "major",
    Severity.MEDIUM: "major",
    Severity.HIGH: "critical",
    Severity.CRITICAL: "blocker",
}
_WARNING: Final[Mapping[Severity, str]] = {
    Severity.LOW: "info",
    Severity.MEDIUM: "minor",
    Severity.HIGH: "major",
    Severity.CRITICAL: "critical",
}


def render(report: Report, look: Look) -> Iterator[str]:
    """Give the report as one JSON array, ASCII only, an object on a line, the worst first."""
    yield from listed(_told_apart(_entries(report, look)))
    yield "\n"


def _told_apart(entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give entries that share a fingerprint one each: GitLab keeps the first, and loses the others."""
    taken: Counter[str] = Counter()
    for entry in entries:
        taken[entry["fingerprint"]] += 1
        if (number := taken[entry["fingerprint"]]) > 1:
            entry["fingerprint"] = _digest(entry["fingerprint"], str(number))
        yield entry


def _entries(report: Report, look: Look) -> Iterator[dict[str, Any]]:
    project = SourcePosition(report.project_file or _PROJECT_FILE, 1)
    for problem in report.problems:
        about = f"{problem.about}: " if problem.about else ""
        remedy = f". Fix: {problem.remedy}" if problem.remedy else ""
        yield _entry(
            f"{about}{' '.join(problem.what.split()) or 'the gate could not look'}{remedy}",
            _CHECK,
            _digest("problem", problem.about, problem.what),
            "blocker",
            project,
            look,
        )
    summary = verdict(report)
    if summary.word == "NOTHING_TO_JUDGE":
        # An empty list is what a run looks like that judged everything and found nothing.
        yield _entry(str(summary), _CHECK, _digest("nothing to judge", report.source), "info", project, look)
    for finding in ordered(report.findings):
        known = isinstance(finding, Known) or rank(finding) not in _TOLD
        if known and not finding.blocks and finding.outcome is not Outcome.ERROR:
            continue
        message = finding.message or finding.outcome.value
        if finding.outcome is Outcome.UNKNOWN:
            message = undecided(finding, message)
        error = finding.outcome is Outcome.ERROR
        fix = RAISED if error else finding.edit or finding.rule.fix
        severities = _BLOCKING if finding.blocks else _WARNING
        yield _entry(
            f"{subject(finding)}: {message}. {'' if error else 'Fix: '}{fix}",
            f"{finding.rule.id} {finding.rule.name}",
            finding.fingerprint,
            "blocker" if error else severities[finding.severity],
            report.positions.get(finding.resource.urn, project),
            look,
        )


def _entry(
    description: str, check: str, fingerprint: str, severity: str, position: SourcePosition, look: Look
) -> dict[str, Any]:
    return {
        "description": shown(description, look),
        "check_name": shown(check, look),
        "fingerprint": fingerprint,
        "severity": severity,
        # GitLab links nothing that begins with "./", and no line but a positive one.
        "location": {"path": shown(posixpath.normpath(position.file)), "lines": {"begin": max(position.line, 1)}},
    }


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]
