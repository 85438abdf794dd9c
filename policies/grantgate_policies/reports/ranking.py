"""The order in which a reader cares about findings, the same in every format."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Level, Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grantgate_policies.core import Finding


class Rank(IntEnum):
    """What a finding is to a reader; the first ones come first."""

    ERROR = 0
    FAIL = 1
    UNKNOWN = 2
    ADVISORY = 3
    WAIVED = 4
    REST = 5


_SEVERITIES: Final = {severity: -place for place, severity in enumerate(Severity)}


def rank(finding: Finding) -> Rank:
    """Tell a failure that blocks from one that is only advice, and an unknown that may pass from one that is told."""
    outcome = finding.outcome
    if outcome is Outcome.FAIL:
        return Rank.ADVISORY if finding.level is Level.ADVISORY and not finding.blocks else Rank.FAIL
    if outcome is Outcome.UNKNOWN:
        return Rank.REST if finding.quiet else Rank.UNKNOWN
    return {Outcome.ERROR: Rank.ERROR, Outcome.WAIVED: Rank.WAIVED}.get(outcome, Rank.REST)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: by rank, the most severe first, then by resource, rule, item and field."""
    return sorted(findings, key=_place)


def together(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """
    Put together what one rule found alike of several items of one resource, where findings follow each other.

    Shape: every other finding is alone.
    """
    alike: list[Finding] = []
    for finding in findings:
        if alike and not _are_alike(alike[-1], finding):
            yield alike
            alike = []
        alike.append(finding)
    if alike:
        yield alike


def _are_alike(one: Finding, other: Finding) -> bool:
    """Say whether two findings differ in no more than the item, and what is said of it."""
    return bool(one.item and other.item) and _kind(one) == _kind(other)


def _kind(one: Finding) -> tuple[Any, ...]:
    return one.resource.urn, one.rule.id, one.rule.name, rank(one), one.blocks, one.severity


def _place(one: Finding) -> tuple[Any, ...]:
    return (
        rank(one),
        not one.blocks,
        _SEVERITIES[one.severity],
        one.resource.name,
        one.resource.urn,
        one.rule.id,
        one.item,
        one.field,
        one.message,
    )
