"""Sentences that block nothing: rules that judged nothing, waivers that end or do nothing, lookups of nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from grantgate.kinds import LOOKUP_TYPES, PERFORMED

from grantgate_policies import wire
from grantgate_policies.core import Outcome
from grantgate_policies.matching import told

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from grantgate.kinds import LookupType

    from grantgate_policies.core import Finding, Resource
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.waivers import Waiver


_PLAIN: Final = re.compile(r"[a-z0-9-]{1,40}")
_FEW: Final = 6
"""How many places are named; an estate has hundreds."""


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


def nothing_found(resources: Iterable[Resource]) -> Iterator[str]:
    """
    Say which lookups looked at places and found nothing there: no rule had anything to judge, and that is green.

    What is not known, or was not read, is not nothing; a list of everything may be empty where an instance is.
    """
    wide = [(one, kind) for one in resources if (kind := LOOKUP_TYPES.get(one.type)) and "instanceExists" in kind.live]
    if wide and all(_performed(one) and one.props.get("instanceExists") is False for one, _ in wide):
        places = _places(one for one, _ in wide)
        which = f"{_counted(places)}, none of which has an instance"
        yield f"nothing of S3 Access Grants was found at {which}: {_few(places)}"
        return
    empty: dict[str, list[Resource]] = {}
    for one, kind in wide:
        if kind.filters and _performed(one) and one.props.get(kind.items) == [] and (given := _filters(one, kind)):
            empty.setdefault(f"{one.type.rpartition(':')[2]} with {given}", []).append(one)
    for what, those in sorted(empty.items()):
        places = _places(those)
        yield f"nothing of {what} was found at {_counted(places)}: {_few(places)}"


def _performed(resource: Resource) -> bool:
    return resource.props.get("lookup") == PERFORMED


def _filters(resource: Resource, kind: LookupType) -> str:
    """Give the filters that narrow a list, as people write them; empty where none does."""
    return ", ".join(f"{name} {_shown(resource, name)}" for name in kind.filters if resource.props.get(name))


def _shown(resource: Resource, name: str) -> str:
    if name in resource.secret_props:
        return wire.MASKED
    value = resource.props.get(name)
    return told(value) if isinstance(value, str) else "(no text)"


def _places(resources: Iterable[Resource]) -> list[str]:
    """Name account and Region of each, once."""
    return sorted({" in ".join(_named(one, name) for name in ("accountId", "region")) for one in resources})


def _named(resource: Resource, name: str) -> str:
    value = resource.props.get(name)
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value) and name not in resource.secret_props
    return str(value) if is_plain else _shown(resource, name)


def _counted(places: Sequence[str]) -> str:
    return f"{len(places):,} place{'s' * (len(places) != 1)}"


def _few(places: Sequence[str]) -> str:
    more = f", and {len(places) - _FEW:,} more" if len(places) > _FEW else ""
    return f"{', '.join(places[:_FEW])}{more}"
