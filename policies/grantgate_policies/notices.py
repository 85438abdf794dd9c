"""Sentences about the rules file that block nothing: rules that judged nothing, waivers that end or do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.core import Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator

    from grantgate_policies.core import Finding
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.waivers import Waiver


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
    Say which waivers nobody needed, and which have ended or end soon; ``used`` are the places of those needed.

    One run is one stack: a waiver that it does not need may be another's.
    """
    for waiver in rulebook.waivers:
        place = where(waiver, rulebook)
        ending = waiver.ending(today)
        if waiver.index not in used:
            ended = f" and {ending}" if waiver.is_expired(today) else ""
            yield f"{place} was not needed here{ended}; remove it if no other stack needs it"
        elif waiver.is_expired(today):
            yield f"{place} {ending}, and what it covered fails"
        elif ending:
            yield f"{place} {ending}"


def endings(rulebook: RuleBook, today: dt.date) -> Iterator[str]:
    """Say which waivers have ended or end soon, whether or not anything needs them."""
    for waiver in rulebook.waivers:
        if ending := waiver.ending(today):
            yield f"{where(waiver, rulebook)} {ending}"


def where(waiver: Waiver, rulebook: RuleBook) -> str:
    """Name a waiver by what it is about, whose it is and where it stands."""
    return f"the waiver of {waiver.rule} ({waiver.owner}, {rulebook.path}:{waiver.line})"
