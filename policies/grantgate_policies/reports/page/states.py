"""What colour, symbol and word a finding or a location has on the page."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeVar

from grantgate_policies.core import Outcome
from grantgate_policies.report import Known
from grantgate_policies.reports.ranking import Rank, rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Registered

_Key = TypeVar("_Key")


class State(IntEnum):
    """
    What a reader sees of a finding, or of the findings on one location; the worst comes first.

    What was not judged is worse than what passed: a part of the map is only green when all of it is.
    """

    ERROR = 0
    FAIL = 1
    UNKNOWN = 2
    ADVISORY = 3
    KNOWN = 4
    WAIVED = 5
    NONE = 6
    PASS = 7

    @property
    def key(self) -> str:
        """Give the name by which style and scripts know the state."""
        return self.name.lower()

    @property
    def word(self) -> str:
        """Give the word for a reader."""
        return _SHOWN[self][0]

    @property
    def sign(self) -> str:
        """Give the symbol, which says the same as the colour does."""
        return _SHOWN[self][1]


# The second character keeps phones from making pictures of symbols.
_SHOWN: Final = {
    State.ERROR: ("Error", "\u2716\ufe0e"),
    State.FAIL: ("Fail", "\u2718\ufe0e"),
    State.UNKNOWN: ("Unknown", "?"),
    State.ADVISORY: ("Advisory", "\u25b2\ufe0e"),
    State.KNOWN: ("In baseline", "\u25cf\ufe0e"),
    State.WAIVED: ("Waived", "\u25d1\ufe0e"),
    State.NONE: ("Not applicable", "\u2013"),
    State.PASS: ("Pass", "\u2714\ufe0e"),
}
_OF_RANK: Final = {
    Rank.ERROR: State.ERROR,
    Rank.FAIL: State.FAIL,
    Rank.UNKNOWN: State.UNKNOWN,
    Rank.ADVISORY: State.ADVISORY,
    Rank.WAIVED: State.WAIVED,
}
_OF_REST: Final = {Outcome.PASS: State.PASS, Outcome.NOT_APPLICABLE: State.NONE}


def state_of(finding: Finding) -> State:
    """Tell the state of one finding; an unknown stays one, even where it may pass."""
    if isinstance(finding, Known) and not finding.blocks:
        return State.KNOWN
    place = rank(finding)
    return _OF_RANK[place] if place in _OF_RANK else _OF_REST.get(finding.outcome, State.UNKNOWN)


def worst_by_urn(findings: Iterable[Finding]) -> Mapping[str, State]:
    """Give the worst state of each resource that a rule judged; a rule that does not apply judges nothing."""
    return _worst((finding.resource.urn, finding) for finding in findings)


def worst_by_item(findings: Sequence[Finding], locations: Iterable[Registered]) -> Mapping[tuple[str, str], State]:
    """
    Give the worst state of each location that is one of many in a resource, by URN and name.

    What is said of the resource as a whole is said of each of them, and so is what they pass together. Resources that
    have nothing to say of single items are left out: their own state is that of each.
    """
    lists = {finding.resource.urn: finding.resource.name for finding in findings if finding.item}
    worst = _worst(
        ((finding.resource.urn, finding.name), finding) for finding in findings if finding.resource.urn in lists
    )
    found: dict[tuple[str, str], State] = {}
    for one in locations:
        if one.urn in lists and one.name.startswith(f"{lists[one.urn]}["):
            said = (worst.get(key) for key in ((one.urn, one.name), (one.urn, lists[one.urn])))
            found[one.urn, one.name] = min((state for state in said if state is not None), default=State.NONE)
    return found


def _worst(findings: Iterable[tuple[_Key, Finding]]) -> dict[_Key, State]:
    worst: dict[_Key, State] = {}
    for key, finding in findings:
        if finding.outcome is Outcome.NOT_APPLICABLE:
            continue
        state = state_of(finding)
        if state < worst.get(key, State.PASS + 1):
            worst[key] = state
    return worst
