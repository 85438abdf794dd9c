"""The sections of a comment that show what is, and what becomes of it: changes, requests, lookups, runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate_policies.reports.markdown.fit import Section, folded
from grantgate_policies.reports.markdown.text import NAME, Pen, header, row
from grantgate_policies.reports.operations import planned
from grantgate_policies.reports.wording import FIELDS, changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grantgate_policies.report import Change, LookedUp, Report, Request, Run

_STATES: Final = {"SUCCEEDED": "pass", "FAILED": "fail", "IN_PROGRESS": "waiting"}
_REGIONS: Final = 20
_VALUES: Final = 12
_BREAK: Final = "\\\n  "


@dataclass(frozen=True, slots=True)
class Where:
    """
    What is the same for all sections: the pen, the report, and how resources are named in it.

    Shape: ``stacks`` are (stack, project) pairs of what the comment can name; a single one is not worth repeating.
    """

    pen: Pen
    report: Report
    stacks: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, pen: Pen, report: Report) -> Where:
        """Look for the stacks of a report."""
        urns = {finding.resource.urn for finding in report.findings}
        urns.update(one.urn for one in report.changes)
        urns.update(one.urn for one in report.fixed)
        urns.update(one.urn for one in report.requests)
        urns.update(one.urn for one in report.lookups)
        return cls(pen, report, frozenset(filter(None, map(_stack, urns))))

    def named(self, urn: str, name: str) -> str:
        """Name a resource, and its stack where there are several."""
        written = self.pen.code(name or urn, NAME)
        place = _stack(urn) if len(self.stacks) > 1 else None
        if place is None:
            return written
        stack, project = place
        alone = sum(one == stack for one, _ in self.stacks) == 1
        return f"{written} in {self.pen.code(stack if alone else f'{project}/{stack}', NAME)}"


def changes(where: Where) -> Section:
    """Show what a reviewer came for: the scopes and roles that will not be what they were."""
    # Drift is first: where there is no room for all, it must not be what is cut.
    found = sorted(where.report.changes, key=lambda one: (not one.drift, one.urn, one.field))
    heads = header(("Location", "What", "Old", "New", "Why"))
    title, told = f"Changes ({len(found):,})", ""
    if drifted := sum(one.drift for one in found):
        title = f"{where.pen.symbol('warn')} Changes ({len(found):,}, {drifted:,} drifted)"
        told = "Drift: AWS says otherwise than when the stack was last updated.\n\n"
    opening = f"\n#### {title}\n\n{told}{heads}"
    return Section(opening, lambda: (_change(where, one) for one in found), len(found), "change", 5_000)


def requests(where: Where) -> Section:
    """Show how far Multi-Region Access Point requests have come in each Region; folded when all are through."""
    found = sorted(where.report.requests, key=lambda one: (one.urn, one.token))
    title = f"Multi-Region Access Point requests ({len(found):,})"
    heads = header(("Request", "Access point", "State", "Regions", "Sent"))

    def items() -> Iterator[str]:
        return (_request(where, one) for one in found)

    if all(one.state == "SUCCEEDED" for one in found):
        return folded(f"{title}, all succeeded", Section(heads, items, len(found), "request", 3_000))
    return Section(f"\n#### {title}\n\n{heads}", items, len(found), "request", 3_000)


def lookups(where: Where) -> Section:
    """Show what AWS said, or what the input recorded of it."""
    found = sorted(where.report.lookups, key=lambda one: (one.kind, one.name, one.urn))
    # Without an engine nothing is looked up: the values are those of whenever the input was written.
    title = f"Lookups{'' if where.report.runs else ', as recorded'} ({len(found):,})"

    def items() -> Iterator[str]:
        return (_lookup(where, one) for one in found)

    return folded(title, Section("", items, len(found), "lookup", 2_000))


def notices(where: Where) -> Section:
    """Give the sentences that block nothing."""
    found = where.report.notices

    def items() -> Iterator[str]:
        return (f"- {where.pen.prose(notice, ticks=True)}\n" for notice in found)

    return folded(f"Notices ({len(found):,})", Section("", items, len(found), "notice", 2_000))


def runs(where: Where) -> Section:
    """List the engine's runs when the last line cannot."""
    found = where.report.runs if len(where.report.runs) > 1 else ()
    heads = header(("Stack", "Command", "pulumi's own exit code", "Result", "Pack", "Changes"))

    def items() -> Iterator[str]:
        return (_run(where.pen, run) for run in found)

    return folded(f"Runs ({len(found):,})", Section(heads, items, len(found), "run", 1_500))


def _change(where: Where, one: Change) -> str:
    pen = where.pen
    name, field = changed(one)
    what = FIELDS.get(field) or pen.code(field, NAME)
    subject = where.named(one.urn, name)
    return row(subject, what, pen.code(one.before), pen.code(one.after), "**drift**" if one.drift else "this update")


def _request(where: Where, one: Request) -> str:
    pen = where.pen
    subject = f"{where.named(one.urn, one.name)} {pen.code(one.operation, NAME) if one.operation else ''}".rstrip()
    told = [f"{pen.code(name, NAME)} {_or_unknown(pen, status)}" for name, status in one.regions[:_REGIONS]]
    if left := len(one.regions[_REGIONS:]):
        told.append(f"{left:,} more")
    return row(
        subject,
        _or_unknown(pen, one.access_point),
        _state(pen, one),
        "<br>".join(told) or "none told",
        _or_unknown(pen, one.created),
    )


def _state(pen: Pen, one: Request) -> str:
    if not one.state:
        return "not asked in this run"
    status = "" if one.status in {"", one.state} else f" {pen.code(one.status, NAME)}"
    return f"{pen.symbol(_STATES.get(one.state, 'unknown'))} {pen.code(one.state, NAME)}{status}"


def _or_unknown(pen: Pen, text: str) -> str:
    return pen.code(text, NAME) if text else "unknown"


def _lookup(where: Where, one: LookedUp) -> str:
    pen = where.pen
    place = _joined(pen, (one.account, one.region))
    subject = f" {pen.code(one.subject)}" if one.subject else ""
    head = f"- {where.named(one.urn, one.name)}: {pen.prose(one.kind, NAME)}{subject}"
    if place:
        head += f" at {place}"
    if not one.performed:
        return f"{head}, **not asked in this run**\n"
    told = [f"{pen.code(name, NAME)} {pen.code(value)}" for name, value in one.values[:_VALUES]]
    if left := len(one.values[_VALUES:]):
        told.append(f"{left:,} more")
    return f"{_BREAK.join((head, *told))}\n"


def _joined(pen: Pen, texts: Iterable[str]) -> str:
    return " ".join(pen.code(text, NAME) for text in texts if text)


def _run(pen: Pen, run: Run) -> str:
    return row(
        pen.code(run.stack, NAME),
        pen.code(f"pulumi {run.command}", NAME),
        str(run.code),
        pen.prose(run.result, NAME),
        pen.code(run.pack, NAME) if run.pack else "**none**",
        pen.prose(planned([run])) or "none",
    )


def _stack(urn: str) -> tuple[str, str] | None:
    """Give the stack and the project in a URN; None when it is none."""
    stack, _, rest = urn.partition("::")
    project, more, _ = rest.partition("::")
    return (stack.removeprefix("urn:pulumi:"), project) if more and stack.startswith("urn:pulumi:") else None
