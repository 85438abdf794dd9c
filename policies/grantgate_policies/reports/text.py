"""The report for people: what matters, resource by resource, and the verdict last, where a log's reader looks first."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import Outcome
from grantgate_policies.engine.words import name_of
from grantgate_policies.report import Exit
from grantgate_policies.reports.canvas import Canvas
from grantgate_policies.reports.ranking import Rank, rank, together
from grantgate_policies.reports.verdict import counted, tally, verdict
from grantgate_policies.reports.wording import RAISED, changed, undecided

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look
    from grantgate_policies.reports.verdict import Tally

_SHOWN: Final = {
    Rank.ERROR: ("fail", "ERROR", "bold red"),
    Rank.FAIL: ("fail", "FAIL", "bold red"),
    Rank.UNKNOWN: ("unknown", "UNKNOWN", "magenta"),
    Rank.ADVISORY: ("warn", "FAIL (advisory)", "yellow"),
    Rank.WAIVED: ("waived", "WAIVED", "cyan"),
}
_STYLES: Final = {
    Exit.PASSED: "bold green",
    Exit.FAILED: "bold red",
    Exit.UNDECIDED: "bold magenta",
    Exit.USAGE: "bold red",
    Exit.ERROR: "bold red",
}
_MARGIN: Final = 4


def render(report: Report, look: Look) -> Iterator[str]:
    """Give the report as text."""
    canvas = Canvas(look)
    found = tally(report)
    if report.lookups:
        _lookups(canvas, report)
    if report.changes:
        _changes(canvas, report)
    _findings(canvas, report, found)
    if found.known:
        _known(canvas, report, found.known)
    if report.fixed:
        _fixed(canvas, report)
    _counts(canvas, report, found)
    if report.notices:
        canvas.heading("Notices")
        for notice in report.notices:
            canvas.wrapped(notice, indent=2, label="- ")
    if report.problems:
        _problems(canvas, report)
    canvas.line()
    canvas.wrapped(str(verdict(report, found)), style=_STYLES[report.exit_code()])
    yield canvas.text()


def described(finding: Finding) -> tuple[str, str, str]:
    """Give an outcome's symbol, its word and its style."""
    plain = "pass" if finding.outcome is Outcome.PASS else "none"
    return _SHOWN.get(rank(finding), (plain, finding.outcome.value, "green" if plain == "pass" else "dim"))


def _lookups(canvas: Canvas, report: Report) -> None:
    # Without an engine nothing is looked up: the values are those of whenever the input was written.
    canvas.heading("Lookups" if report.runs else f"Lookups, as recorded in {report.source}")
    for lookup in sorted(report.lookups, key=lambda lookup: (lookup.kind, lookup.name, lookup.urn)):
        symbol, style = ("pass", "green") if lookup.performed else ("unknown", "magenta")
        canvas.line((canvas.symbol(symbol), style), " ", (lookup.name, "bold"), indent=2)
        where = " ".join(filter(None, (lookup.account, lookup.region)))
        subject = f" {lookup.subject}" if lookup.subject else ""
        canvas.line((f"{lookup.kind}{subject}{' in ' if where else ''}{where}", "dim"), indent=_MARGIN)
        if not lookup.performed:
            canvas.line("not asked in this run", indent=_MARGIN)
            continue
        widest = max((len(name) for name, _ in lookup.values), default=0)
        for name, value in lookup.values:
            canvas.line((f"{name:<{widest}}  ", "dim"), value, indent=_MARGIN)


def _changes(canvas: Canvas, report: Report) -> None:
    """Show what a reviewer came for: the scopes and roles that will not be what they were."""
    canvas.heading("Changes")
    arrow = "\N{RIGHTWARDS ARROW}" if canvas.look.unicode else "->"
    for change in sorted(report.changes, key=lambda one: (one.urn, one.field)):
        why = "  (drift: AWS says otherwise than when the stack was last updated)" if change.drift else ""
        name, field = changed(change)
        values = f"{field} {change.before!r} {arrow} {change.after!r}"
        canvas.line((name, "bold"), f"  {values}", (why, "yellow"), indent=2)


def _fixed(canvas: Canvas, report: Report) -> None:
    canvas.heading("Fixed")
    for one in sorted(report.fixed, key=lambda fixed: (fixed.urn, fixed.rule, fixed.field)):
        canvas.line((f"{canvas.symbol('pass')} {one.rule}", "green"), f"  {name_of(one.urn)}: {one.why}", indent=2)


def _findings(canvas: Canvas, report: Report, found: Tally) -> None:
    groups: dict[str, list[tuple[Rank, Finding]]] = defaultdict(list)
    for finding in found.telling:
        if (place := rank(finding)) is not Rank.REST:
            groups[finding.resource.urn].append((place, finding))
    for group in groups.values():
        group.sort(key=lambda pair: (pair[0], pair[1].rule.id, pair[1].item, pair[1].field, pair[1].message))
    for _, group in sorted(groups.items(), key=lambda pair: (pair[1][0][0], pair[1][0][1].resource.name, pair[0])):
        resource = group[0][1].resource
        canvas.heading(resource.name or resource.urn)
        canvas.line((resource.urn, "dim"), indent=2)
        if position := report.positions.get(resource.urn):
            canvas.line((f"{position.file}:{position.line}", "dim"), indent=2)
        for alike in together(finding for _, finding in group):
            _alike(canvas, alike)


def _alike(canvas: Canvas, findings: Sequence[Finding]) -> None:
    """Show one finding, or those of one rule about items of one resource: what is the same of all stands there once."""
    rule, place = findings[0].rule, rank(findings[0])
    symbol, word, style = _SHOWN[place]
    head = f"{canvas.symbol(symbol)} {word}"
    canvas.line((head, style), f"  {rule.id} ", (rule.name, "bold"), f"  {findings[0].severity.value}", indent=2)
    same = len({(one.edit, one.waiver) for one in findings}) == 1
    for finding in findings:
        item = f"[{finding.item}] " if finding.item else ""
        canvas.wrapped(f"{item}{_message(place, finding)}", indent=_MARGIN)
        if not same:
            _remedy(canvas, place, finding, indent=_MARGIN + 2)
    if same:
        _remedy(canvas, place, findings[0], indent=_MARGIN)
    if page := canvas.look.page(rule):
        canvas.line((page, "dim"), indent=_MARGIN)


def _remedy(canvas: Canvas, place: Rank, finding: Finding, *, indent: int) -> None:
    """Say what to do, or who has decided that nothing is to be done."""
    if place is Rank.WAIVED:
        canvas.wrapped(finding.waiver, indent=indent, label="Waived by ", label_style="cyan")
    elif place is Rank.ERROR:
        canvas.wrapped(RAISED, indent=indent)
    else:
        canvas.wrapped(finding.edit or finding.rule.fix, indent=indent, label="Fix: ", label_style="bold")


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


def _problems(canvas: Canvas, report: Report) -> None:
    canvas.heading("Problems")
    for problem in report.problems:
        about = f"{problem.about}: " if problem.about else ""
        first, *others = problem.what.splitlines() or [""]
        canvas.wrapped(about + first, indent=2, label=f"{canvas.symbol('fail')} ", label_style="bold red")
        for other in others:
            canvas.wrapped(other, indent=4)
        if problem.remedy:
            canvas.wrapped(problem.remedy, indent=4, label="Fix: ", label_style="bold")


def _message(place: Rank, finding: Finding) -> str:
    return undecided(finding, finding.message) if place is Rank.UNKNOWN else finding.message


def _counts(canvas: Canvas, report: Report, found: Tally) -> None:
    canvas.heading("Counts")
    words = [f"{outcome.value} {count:,}" for outcome, count in found.counts.items()]
    if found.advisories:
        words[1] += f" ({found.advisories:,} advisory)"
    if found.known_count:
        words.append(f"in the baseline {found.known_count:,}")
    if found.left_out:
        words.append(f"not shown {found.left_out:,}")
    canvas.wrapped(f" {canvas.symbol('none')} ".join(words), indent=2)
    whose = f" of {report.organization}" if report.organization else ""
    rules = f"rules{whose} in {report.rules_file}" if report.rules_file else "no rules file"
    for run in report.runs:
        if planned := ", ".join(f"{count:,} {word}" for word, count in sorted(run.changes.items())):
            canvas.wrapped(f"pulumi {run.command} of {run.stack}: {planned}", indent=2)
    canvas.wrapped(
        f"{found.judged:,} of {counted(report.resources, 'resource')} judged, of {report.source}; {rules}", indent=2
    )
