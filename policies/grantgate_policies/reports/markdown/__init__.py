"""
The report for a pull request: a comment that GitHub and GitLab render alike and take whatever its length.

What a reviewer has to act on comes first and is never folded; what only documents the run is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import Outcome
from grantgate_policies.report import Exit, Known
from grantgate_policies.reports.markdown.fit import compose
from grantgate_policies.reports.markdown.overview import (
    Where,
    changes,
    lookups,
    notices,
    requests,
    runs,
)
from grantgate_policies.reports.markdown.sections import (
    advisories,
    baseline,
    failures,
    fixed,
    problems,
    unknowns,
    waived,
)
from grantgate_policies.reports.markdown.text import NAME, Pen, header, row, size
from grantgate_policies.reports.operations import planned
from grantgate_policies.reports.ranking import Rank, ordered, rank
from grantgate_policies.reports.verdict import counted, tally, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look
    from grantgate_policies.reports.verdict import Summary, Tally

LIMIT: Final = 64_000
"""UTF-16 code units: GitHub takes 65,536 characters, and who posts the comment adds a mark of its own."""

_SYMBOLS: Final = {
    "PASSED": "pass",
    "NOTHING_TO_JUDGE": "warn",
    "BLOCKED": "fail",
    "UNDECIDED": "unknown",
    "ERROR": "error",
}
_REASONS: Final = 5
_EXPLAINED: Final = "\n<sub>`grantgate rules explain RULE` says why a rule is there and what passes.</sub>\n"


def render(report: Report, look: Look) -> Iterator[str]:
    """Give the report as a comment of at most LIMIT characters, however much there is to say."""
    pen = Pen(look)
    found = tally(report)
    ranked: dict[Rank, list[Finding]] = {place: [] for place in Rank}
    for finding in ordered(found.telling):
        ranked[rank(finding)].append(finding)
    where = Where.of(pen, report)
    head = _head(pen, report, found, ranked)
    foot = _foot(pen, report, found)
    advice, changed = advisories(where, ranked[Rank.ADVISORY]), changes(where)
    is_drifted = any(one.drift for one in report.changes)
    sections = [
        problems(where, ranked[Rank.ERROR]),
        failures(where, ranked[Rank.FAIL]),
        unknowns(where, ranked[Rank.UNKNOWN]),
        # What somebody did behind the program's back weighs more than advice, and may stand in a green comment.
        *((changed, advice) if is_drifted else (advice, changed)),
        fixed(where),
        waived(where, ranked[Rank.WAIVED]),
        baseline(where, found),
        requests(where),
        lookups(where),
        notices(where),
        runs(where),
    ]
    yield head
    yield from compose([section for section in sections if section.total], LIMIT - size(head) - size(foot))
    yield foot


def _head(pen: Pen, report: Report, found: Tally, ranked: dict[Rank, list[Finding]]) -> str:
    """Give what a reader sees without reading: the word, the sentence, and how many of each there are."""
    summary: Summary = verdict(report, found)
    word = summary.word.replace("_", " ")
    judged = f"{found.judged:,} of {counted(report.resources, 'resource')} judged."
    plan = planned(report.runs)
    # An engine that broke off may not have counted everything.
    whose = "Pulumi, as far as it came" if report.problems else "Pulumi"
    lines = [
        f"### {pen.symbol(_SYMBOLS[summary.word])} grantgate: {word}\n",
        f"\n{pen.prose(summary.reason)}. {judged}{f' {whose}: {pen.prose(plan)}.' if plan else ''}\n",
    ]
    if report.exit_code() is not Exit.PASSED:
        heads, numbers = zip(*_counts(report, found, ranked), strict=True)
        lines += ["\n", header(heads, right=True), row(*numbers)]
    if found.left_out:
        lines.append(f"\n{_left_out(pen, report, found)}\n")
    return "".join(lines)


def _counts(report: Report, found: Tally, ranked: dict[Rank, list[Finding]]) -> Iterator[tuple[str, str]]:
    """Count every finding but those that do not apply once; what is never nothing to say comes even when it is 0."""
    quiet = sum(one.outcome is Outcome.UNKNOWN for one in ranked[Rank.REST])
    unknown = len(ranked[Rank.UNKNOWN]) + quiet
    passed = sum(one.things for one in report.findings if one.outcome is Outcome.PASS and not isinstance(one, Known))
    unlisted = found.left_out - (found.known_count - len(found.known))
    if ranked[Rank.ERROR]:
        yield "Errors", f"{len(ranked[Rank.ERROR]):,}"
    yield "Failed", f"{len(ranked[Rank.FAIL]):,}"
    yield "Unknown", f"{unknown:,} ({quiet:,} may pass)" if quiet else f"{unknown:,}"
    if ranked[Rank.ADVISORY]:
        yield "Advisory", f"{len(ranked[Rank.ADVISORY]):,}"
    if ranked[Rank.WAIVED]:
        yield "Waived", f"{len(ranked[Rank.WAIVED]):,}"
    if report.baseline or found.known_count:
        yield "In the baseline", f"{found.known_count:,}"
    if unlisted:
        yield "Not listed", f"{unlisted:,}"
    yield "Passed", f"{passed:,}"


def _left_out(pen: Pen, report: Report, found: Tally) -> str:
    """Say what the reader of this comment did not ask for."""
    reasons: Counter[str] = Counter()
    for one in report.left_out:
        reasons[one.why] += one.count
    told = sorted(reasons.items())[:_REASONS]
    parts = [f"{number:,} {pen.prose(why, NAME)}" for why, number in told]
    if rest := found.left_out - sum(number for _, number in told):
        parts.append(f"{rest:,} for other reasons")
    return f"Not listed here: {', '.join(parts)}."


def _foot(pen: Pen, report: Report, found: Tally) -> str:
    """Say by which rules what was judged, when and by whom, and how to read on: small, and last."""
    whose = f" of {pen.code(report.organization, NAME)}" if report.organization else ""
    parts = [f"Rules{whose} in {pen.code(report.rules_file, NAME)}" if report.rules_file else "No rules file"]
    if len(report.runs) == 1:
        run = report.runs[0]
        result = f" ({pen.code(run.result, NAME)})" if run.result else ""
        parts.append(f"stack {pen.code(run.stack, NAME)}")
        parts.append(f"{pen.code(f'pulumi {run.command}', NAME)} ended with pulumi's own exit code {run.code}{result}")
        parts.append(f"pack {pen.code(run.pack, NAME)}" if run.pack else "no pack judged")
    else:
        parts.append(counted(len(report.runs), "run") if report.runs else pen.code(report.source))
    if report.baseline:
        parts.append(f"baseline {pen.code(report.baseline, NAME)}")
    if report.at:
        parts.append(pen.code(report.at, NAME))
    dot = f" {pen.symbol('dot')} "
    rules_named = found.telling or found.known or report.fixed
    return f"\n<sub>{dot.join(parts)}</sub>\n{_EXPLAINED if rules_named else ''}"
