"""The report for people: what matters, resource by resource, and the verdict last, where a log's reader looks first."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import Level, Outcome
from grantgate_policies.report import Exit
from grantgate_policies.reports.canvas import Canvas
from grantgate_policies.reports.verdict import counted, tally, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look
    from grantgate_policies.reports.verdict import Tally

_ERROR, _FAIL, _UNKNOWN, _ADVISORY, _WAIVED, _REST = range(6)
_SHOWN: Final = {
    _ERROR: ("fail", "ERROR", "bold red"),
    _FAIL: ("fail", "FAIL", "bold red"),
    _UNKNOWN: ("unknown", "UNKNOWN", "magenta"),
    _ADVISORY: ("warn", "FAIL (advisory)", "yellow"),
    _WAIVED: ("waived", "WAIVED", "cyan"),
}
_STYLES: Final = {
    Exit.PASSED: "bold green",
    Exit.FAILED: "bold red",
    Exit.UNDECIDED: "bold magenta",
    Exit.USAGE: "bold red",
    Exit.ERROR: "bold red",
}
_MARGIN: Final = 4


def render(report: Report, look: Look) -> str:
    """Give the report as text."""
    canvas = Canvas(look)
    found = tally(report)
    if report.lookups:
        _lookups(canvas, report)
    _findings(canvas, found)
    if found.known:
        _known(canvas, report, found.known)
    _counts(canvas, report, found)
    if report.notices:
        canvas.heading("Notices")
        for notice in report.notices:
            canvas.wrapped(notice, indent=2, label="- ")
    if report.problems:
        canvas.heading("Problems")
        for problem in report.problems:
            about = f"{problem.about}: " if problem.about else ""
            first, *others = problem.what.splitlines() or [""]
            canvas.wrapped(about + first, indent=2, label=f"{canvas.symbol('fail')} ", label_style="bold red")
            for other in others:
                canvas.wrapped(other, indent=4)
            if problem.remedy:
                canvas.wrapped(problem.remedy, indent=4, label="Fix: ", label_style="bold")
    canvas.line()
    canvas.wrapped(str(verdict(report, found)), style=_STYLES[report.exit_code()])
    return canvas.text()


def rank(finding: Finding) -> int:
    """Order findings by how much a reader cares: ERROR, FAIL, UNKNOWN, advisory FAIL, WAIVED, the rest."""
    outcome = finding.outcome
    if outcome is Outcome.FAIL:
        return _ADVISORY if finding.level is Level.ADVISORY else _FAIL
    if outcome is Outcome.UNKNOWN:
        return _REST if finding.quiet else _UNKNOWN
    return {Outcome.ERROR: _ERROR, Outcome.WAIVED: _WAIVED}.get(outcome, _REST)


def described(finding: Finding) -> tuple[str, str, str]:
    """Give an outcome's symbol, its word and its style."""
    plain = "pass" if finding.outcome is Outcome.PASS else "none"
    return _SHOWN.get(rank(finding), (plain, finding.outcome.value, "green" if plain == "pass" else "dim"))


def _lookups(canvas: Canvas, report: Report) -> None:
    # Without an engine nothing is looked up: the values are those of whenever the input was written.
    canvas.heading("Lookups" if report.engine else f"Lookups, as recorded in {report.source}")
    for lookup in sorted(report.lookups, key=lambda lookup: (lookup.kind, lookup.name, lookup.urn)):
        symbol, style = ("pass", "green") if lookup.performed else ("unknown", "magenta")
        canvas.line((canvas.symbol(symbol), style), " ", (lookup.name, "bold"), indent=2)
        where = " ".join(filter(None, (lookup.account, lookup.region)))
        canvas.line((f"{lookup.kind} {lookup.subject}{' in ' if where else ''}{where}", "dim"), indent=_MARGIN)
        if not lookup.performed:
            canvas.line("not asked in this run", indent=_MARGIN)
            continue
        widest = max((len(name) for name, _ in lookup.values), default=0)
        for name, value in lookup.values:
            canvas.line((f"{name:<{widest}}  ", "dim"), value, indent=_MARGIN)


def _findings(canvas: Canvas, found: Tally) -> None:
    groups: dict[str, list[tuple[int, Finding]]] = defaultdict(list)
    for finding in found.telling:
        if (place := rank(finding)) != _REST:
            groups[finding.resource.urn].append((place, finding))
    for group in groups.values():
        group.sort(key=lambda pair: (pair[0], pair[1].rule.id, pair[1].field, pair[1].message))
    for _, group in sorted(groups.items(), key=lambda pair: (pair[1][0][0], pair[1][0][1].resource.name, pair[0])):
        resource = group[0][1].resource
        canvas.heading(resource.name or resource.urn)
        canvas.line((resource.urn, "dim"), indent=2)
        for place, finding in group:
            _finding(canvas, place, finding)


def _finding(canvas: Canvas, place: int, finding: Finding) -> None:
    symbol, word, style = _SHOWN[place]
    head = f"{canvas.symbol(symbol)} {word}"
    rule = finding.rule
    canvas.line((head, style), f"  {rule.id} ", (rule.name, "bold"), f"  {finding.severity.value}", indent=2)
    canvas.wrapped(_message(place, finding), indent=_MARGIN)
    if place == _WAIVED:
        canvas.wrapped(finding.waiver, indent=_MARGIN, label="Waived by ", label_style="cyan")
    elif place == _ERROR:
        canvas.wrapped("Nothing was let through; report it to the rule's authors.", indent=_MARGIN)
    else:
        canvas.wrapped(finding.edit or rule.fix, indent=_MARGIN, label="Fix: ", label_style="bold")
    if rule.url:
        canvas.line((rule.url, "dim"), indent=_MARGIN)


def _known(canvas: Canvas, report: Report, known: Sequence[Finding]) -> None:
    """Fold what the baseline has: somebody has seen it before."""
    canvas.heading("Known")
    rules = Counter(f"{finding.rule.id} {finding.rule.name}" for finding in known)
    for rule, count in sorted(rules.items()):
        canvas.line((f"{canvas.symbol('none')} {rule}", "dim"), f"  {count:,}", indent=2)
    about = counted(len({finding.resource.urn for finding in known}), "resource")
    canvas.wrapped(
        f"{counted(len(known), 'finding')} on {about} in the baseline {report.baseline}, blocking nothing", indent=2
    )


def _message(place: int, finding: Finding) -> str:
    if place != _UNKNOWN:
        return finding.message
    effect = "and must not pass" if finding.blocks else "and only warns"
    return f"cannot be decided, {effect}: {finding.message}"


def _counts(canvas: Canvas, report: Report, found: Tally) -> None:
    canvas.heading("Counts")
    words = [f"{outcome.value} {count:,}" for outcome, count in found.counts.items()]
    if found.advisories:
        words[1] += f" ({found.advisories:,} advisory)"
    if found.known:
        words.append(f"in the baseline {len(found.known):,}")
    canvas.wrapped(f" {canvas.symbol('none')} ".join(words), indent=2)
    whose = f" of {report.organization}" if report.organization else ""
    rules = f"rules{whose} in {report.rules_file}" if report.rules_file else "no rules file"
    canvas.wrapped(
        f"{found.judged:,} of {counted(report.resources, 'resource')} judged, of {report.source}; {rules}", indent=2
    )
