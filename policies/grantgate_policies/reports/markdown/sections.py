"""The sections of a comment that say what is wrong, what no longer is, and what somebody has accepted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from grantgate_policies.engine.words import name_of
from grantgate_policies.reports.markdown.fit import Section, folded
from grantgate_policies.reports.markdown.text import NAME, SENTENCE, link
from grantgate_policies.reports.ranking import together
from grantgate_policies.reports.verdict import counted
from grantgate_policies.reports.wording import subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from grantgate_policies.core import Finding, Rule
    from grantgate_policies.report import Fixed, Problem
    from grantgate_policies.reports.markdown.overview import Where
    from grantgate_policies.reports.verdict import Tally

_BREAK: Final = "\\\n  "  # a line break in every Markdown, and the margin of a list's item
_LONG: Final = 2 * SENTENCE
_LINES: Final = 20


def problems(where: Where, errors: Sequence[Finding]) -> Section:
    """Say first what kept the gate from looking: whatever is green below may only be so because of it."""
    found = where.report.problems
    total = len(found) + len(errors)

    def items() -> Iterator[str]:
        for problem in found:
            yield _problem(where, problem)
        yield from _items(where, errors, last=lambda _: "**To do:** Report it to the rule's authors.")

    told = "Nothing was let through. Until this is put right, what stands below may be incomplete."
    title = f"{where.pen.symbol('error')} The gate could not look ({total:,})"
    return Section(f"\n#### {title}\n\n{told}\n\n", items, total, "problem", 9_000)


def failures(where: Where, found: Sequence[Finding]) -> Section:
    """Give the failures: the new ones, where a baseline says which those are."""
    title = "New failures" if where.report.baseline else "Failed"

    def items() -> Iterator[str]:
        return _items(where, found, ("", "blocks nothing"), last=lambda one: _fix(where, one))

    return Section(
        f"\n#### {where.pen.symbol('fail')} {title} ({len(found):,})\n\n", items, len(found), "failure", 13_000
    )


def unknowns(where: Where, found: Sequence[Finding]) -> Section:
    """Give what cannot be decided, and whether that stops the run."""

    def items() -> Iterator[str]:
        return _items(where, found, ("blocks", "only warns"))

    blocking = sum(finding.blocks for finding in found)
    title = f"Cannot be decided ({len(found):,}, {blocking:,} blocking)"
    return Section(f"\n#### {where.pen.symbol('unknown')} {title}\n\n", items, len(found), "unknown", 8_000)


def advisories(where: Where, found: Sequence[Finding]) -> Section:
    """Give the failures that are only advice."""

    def items() -> Iterator[str]:
        return _items(where, found, last=lambda one: _fix(where, one))

    title = f"{where.pen.symbol('warn')} Advice, blocks nothing ({len(found):,})"
    return Section(f"\n#### {title}\n\n", items, len(found), "advisory failure", 5_000)


def fixed(where: Where) -> Section:
    """Give what the baseline has and is no longer found."""
    found = sorted(where.report.fixed, key=lambda one: (one.urn, one.rule, one.field))
    rules = {rule.id: rule for rule in where.report.rules}

    def items() -> Iterator[str]:
        return (_fixed(where, one, rules.get(one.rule)) for one in found)

    title = f"{where.pen.symbol('pass')} Fixed ({len(found):,})"
    return Section(f"\n#### {title}\n\n", items, len(found), "fixed finding", 2_000)


def waived(where: Where, found: Sequence[Finding]) -> Section:
    """Give who waived what, why, and until when."""

    def items() -> Iterator[str]:
        for alike in together(found):
            yield from _accepted(where, alike)

    return folded(f"Waived ({len(found):,})", Section("", items, len(found), "waived finding", 3_000))


def baseline(where: Where, found: Tally) -> Section:
    """Count by rule what somebody has seen before."""
    pen = where.pen
    rules = {finding.rule.id: finding.rule for finding in found.known}
    counts = sorted(Counter(finding.rule.id for finding in found.known).items())
    unlisted = found.known_count - len(found.known)

    def items() -> Iterator[str]:
        for rule, number in counts:
            yield f"- {_rule(where, rules[rule])}: {number:,}\n"
        if unlisted:
            yield f"- rules not listed here: {unlisted:,}\n"

    accepted = f"{counted(found.known_count, 'finding')}, accepted in {pen.code(where.report.baseline, NAME)}.\n\n"
    section = Section(accepted, items, len(counts) + bool(unlisted), "rule", 3_000)
    return folded(f"In the baseline ({found.known_count:,})", section)


def _items(
    where: Where,
    found: Iterable[Finding],
    effects: tuple[str, str] = ("", ""),
    *,
    last: Callable[[Finding], str] = lambda _: "",
) -> Iterator[str]:
    """
    Give each finding; ``effects`` are what is said of one that blocks and of one that does not, ``last`` is what to do.

    What one rule says of several items of a resource is a list below one head.
    """
    for alike in together(found):
        first = alike[0]
        effect = effects[0 if first.blocks else 1]
        if len(alike) == 1:
            lines = (_head(where, first, subject(first), effect), where.pen.prose(first.message), last(first))
            yield _BREAK.join(filter(None, lines)) + "\n"
            continue
        same = all(one.edit == first.edit for one in alike)
        head = _BREAK.join(
            filter(None, (_head(where, first, first.resource.name, effect), last(first) if same else ""))
        )
        for place, one in enumerate(alike):
            told = _below(where, one, where.pen.prose(one.message), "" if same else last(one))
            yield told if place else f"{head}\n{told}"


def _accepted(where: Where, alike: Sequence[Finding]) -> Iterator[str]:
    """Give findings that are waived: who waived several items of a resource is said once, if it is the same."""
    first = alike[0]
    rule, waiver = _rule(where, first.rule), where.pen.prose(first.waiver)
    if len(alike) == 1:
        yield f"- {rule}, {where.named(first.resource.urn, subject(first))}: {waiver}\n"
        return
    same = all(one.waiver == first.waiver for one in alike)
    head = f"- {rule}, {where.named(first.resource.urn, first.resource.name)}{f': {waiver}' if same else ''}"
    for place, one in enumerate(alike):
        told = _below(where, one, "" if same else where.pen.prose(one.waiver))
        yield told if place else f"{head}\n{told}"


def _head(where: Where, finding: Finding, name: str, effect: str) -> str:
    """Give the first line: which rule, how grave, and what of."""
    weight = f"{finding.severity.value}, {effect}" if effect else finding.severity.value
    head = f"- {_rule(where, finding.rule)} ({weight}): {where.named(finding.resource.urn, name)}"
    position = where.report.positions.get(finding.resource.urn)
    return f"{head}, {where.pen.code(f'{position.file}:{position.line}')}" if position else head


def _below(where: Where, finding: Finding, said: str, last: str = "") -> str:
    """Give what is said of one item, in the list below the resource's own line."""
    item = where.pen.code(finding.item, NAME)
    return f"  - {f'{_BREAK}  '.join(filter(None, (f'{item}: {said}' if said else item, last)))}\n"


def _rule(where: Where, rule: Rule) -> str:
    pen = where.pen
    return f"{link(pen.code(rule.id, NAME), pen.look.page(rule))} {pen.prose(rule.name, NAME)}"


def _fix(where: Where, finding: Finding) -> str:
    fix = finding.edit or finding.rule.fix
    return f"**Fix:** {where.pen.prose(fix, ticks=True)}" if fix.strip() else ""


def _problem(where: Where, problem: Problem) -> str:
    """Give a problem with all of its lines: the engine's own errors have several."""
    pen = where.pen
    first, *others = [line for line in problem.what.splitlines() if line.strip()] or ["no reason was given"]
    about = f"{pen.code(problem.about)}: " if problem.about else ""
    lines = [f"- {about}{pen.prose(first, _LONG, ticks=True)}"]
    # Each in a code span, so that none begins with what GitLab or a CI runner would obey.
    lines += [pen.code(line.expandtabs(4).rstrip()) for line in others[:_LINES]]
    if left := len(others[_LINES:]):
        lines.append(f"*{left:,} more line{'' if left == 1 else 's'}*")
    if problem.remedy.strip():
        lines.append(f"**To do:** {pen.prose(problem.remedy, ticks=True)}")
    return _BREAK.join(lines) + "\n"


def _fixed(where: Where, one: Fixed, rule: Rule | None) -> str:
    what = _rule(where, rule) if rule else where.pen.code(one.rule, NAME)
    return f"- {what}, {where.named(one.urn, name_of(one.urn))}: {where.pen.prose(one.why, ticks=True)}\n"
