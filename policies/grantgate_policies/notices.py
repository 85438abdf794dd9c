"""Sentences about the rules file that block nothing: rules that judged nothing, waivers that end or do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.core import Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator

    from grantgate_policies.core import Finding
    from grantgate_policies.rulebook import RuleBook

SOON: Final = 14
"""Days before its end from which on a waiver is announced."""


def idle_rules(findings: Iterable[Finding]) -> list[str]:
    """Say which rules judged nothing on some resource, though they are about it, and why."""
    return sorted(
        {
            f"{finding.rule.id} {finding.rule.name} is {finding.message}"
            for finding in findings
            if finding.outcome is Outcome.NOT_APPLICABLE and finding.message.startswith(("not configured", "disabled"))
        }
    )


def waivers(rulebook: RuleBook, used: Collection[int], today: dt.date) -> Iterator[str]:
    """
    Say which waivers nobody needed, and which end soon; ``used`` are the places of those that were needed.

    One run is one stack: a waiver that it does not need may be another's.
    """
    for waiver in rulebook.waivers:
        days = waiver.days_left(today)
        place = f"the waiver of {waiver.rule} ({waiver.owner}, {rulebook.path}:{waiver.line})"
        if waiver.index not in used:
            ended = f" and ended on {waiver.expires}" if days < 0 else ""
            yield f"{place} was not needed here{ended}; remove it if no other stack needs it"
        elif 0 <= days <= SOON:
            when = "ends today" if days == 0 else f"ends in {days} day{'s' * (days != 1)}, on {waiver.expires}"
            yield f"{place} {when}"
