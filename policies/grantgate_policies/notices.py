"""Sentences that block nothing: rules that judged nothing, waivers that end or do nothing, lookups that find none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from grantgate.kinds import LOOKUP_TYPES, OPERATION, PERFORMED, READ_AT

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
_STATE: Final = re.compile(r"[A-Z_]{1,40}")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_FEW: Final = 6
"""How many places or requests are named; an estate has hundreds."""
_NO_MOMENT: Final = "a time that nobody kept"
_BOUND: Final = "; maxAgeSeconds bounds how old such an answer may be"


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
    Say which lookups found nothing just now, and are green: places without anything, requests that S3 has forgotten.

    Of such places no rule had anything to judge; of such requests the answer that was kept is judged.
    What is not known, or was not read, is not nothing; a list of everything may be empty where an instance is.
    """
    looked = list(resources)
    yield from _empty(looked)
    yield from _kept(looked)


def _empty(resources: Iterable[Resource]) -> Iterator[str]:
    """Say where there is nothing, or nothing that a filter lets through."""
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


def _kept(resources: Iterable[Resource]) -> Iterator[str]:
    """Say which requests S3 no longer knows, with the time at which it last told of them."""
    kept = sorted(
        (one for one in resources if one.type == OPERATION.type and _performed(one) and _is_kept(one)),
        key=lambda one: (one.name, one.urn),
    )
    if not kept:
        return
    which = f"{len(kept):,} request{'s' * (len(kept) != 1)}, whose kept answer{'s are' if len(kept) > 1 else ' is'}"
    bound = "" if all(_age(one) for one in kept) else _BOUND
    yield f"S3 no longer knows {which} judged: {_few([_answer(one) for one in kept])}{bound}"


def _is_kept(resource: Resource) -> bool:
    return resource.props.get("tokenExpired") is True


def _answer(resource: Resource) -> str:
    """Name a request, what S3 last said of it and when: ``readAt`` of a kept answer is the time of that real read."""
    state = _named(resource, "state", _STATE)
    is_known = READ_AT in resource.secret_props or _MOMENT.fullmatch(str(resource.props.get(READ_AT)))
    read_at = _named(resource, READ_AT, _MOMENT) if is_known else _NO_MOMENT
    return f"{told(resource.name)} ({state}, read at {read_at}{_age(resource)})"


def _age(resource: Resource) -> str:
    """Give how old the answer may be, as it was asked for; empty where nobody bounds it."""
    most = resource.props.get("maxAgeSeconds")
    if isinstance(most, bool) or not isinstance(most, (int, float)) or most % 1 != 0:
        return ""
    shown = wire.MASKED if "maxAgeSeconds" in resource.secret_props else int(most)
    return f", maxAgeSeconds {shown}"


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


def _named(resource: Resource, name: str, plain: re.Pattern[str] = _PLAIN) -> str:
    value = resource.props.get(name)
    is_plain = isinstance(value, str) and plain.fullmatch(value) and name not in resource.secret_props
    return str(value) if is_plain else _shown(resource, name)


def _counted(places: Sequence[str]) -> str:
    return f"{len(places):,} place{'s' * (len(places) != 1)}"


def _few(told_of: Sequence[str]) -> str:
    more = f", and {len(told_of) - _FEW:,} more" if len(told_of) > _FEW else ""
    return f"{', '.join(told_of[:_FEW])}{more}"
