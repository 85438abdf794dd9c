"""Whether lookups looked, and whether what they hold is whole: what a rule is not given it cannot break on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from grantgate.facts import (
    AttachedPolicy,
    Grantee,
    ListedGrant,
    ListedLocation,
    LocationConfiguration,
    NamedPolicy,
    PointRegion,
    PointRoute,
    camel,
)
from grantgate.kinds import ACCESS_POINT, GRANTS, LOCATION_ROLE, LOCATIONS, LOOKUP_TYPES, LookupType

from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Resource, Skipped, Value
from grantgate_policies.subjects.values import kind_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OUR_TYPES: Final = "pulumi-python:dynamic/grantgate:"

_FLAGS: Final = ("instanceExists", "policyExists")
_ENTRIES: Final[Mapping[str, Mapping[str, type]]] = {
    LOCATIONS.type: {LOCATIONS.items: ListedLocation},
    GRANTS.type: {GRANTS.items: ListedGrant},
    ACCESS_POINT.type: {"regions": PointRegion, "routes": PointRoute},
    LOCATION_ROLE.type: {"inlinePolicies": NamedPolicy, "managedPolicies": AttachedPolicy},
}
"""What the entries of each lookup's lists are."""
_INSIDE: Final[Mapping[str, type]] = {
    "grantee": Grantee,
    "accessGrantsLocationConfiguration": LocationConfiguration,
}
"""What objects within entries are."""


@dataclass(frozen=True, slots=True)
class LookupRead(Fact):
    """
    Whether a lookup really read AWS.

    Shape: ``kind`` is None for a type of ours that this release does not know; ``lookup`` is the mark that the lookup
           left, ``run`` that of the run it was made in; ``missing`` are live properties that are not there, ``unknown``
           those of which not everything is known in this preview; ``faults`` say, after "the lookup's", what is not as
           a lookup leaves it: what other rules then have no value of, and so nothing to say about; ``stand_in`` says
           what made it instead of this release's own code.
    """

    kind: LookupType | None
    lookup: Value
    run: Value
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    faults: tuple[str, ...] = ()
    stand_in: str = ""


def lookup_read(resource: Resource) -> Iterator[Fact]:
    """Read the mark of a lookup of this release."""
    kind = LOOKUP_TYPES[resource.type]
    props = resource.props
    yield LookupRead(
        resource,
        kind,
        value_of(props, "lookup"),
        value_of(props, "run"),
        missing=tuple(name for name in kind.live if props.get(name) is None),
        unknown=tuple(name for name in kind.live if _is_unknown(props.get(name))),
        faults=tuple(_faults(props, kind)),
        stand_in=resource.stand_in,
    )


def unknown_lookup(resource: Resource) -> Iterator[Fact]:
    """Read a type of ours that this release does not know."""
    yield LookupRead(resource, None, value_of(resource.props, "lookup"), ABSENT, (), ())


def unheard(fact: Fact, **values: Any) -> Skipped | None:
    """
    Skip a lookup that lacks what a rule asks for, by wire name; lookup-performed is locked, and fails on each.

    >>> from grantgate.kinds import INSTANCE
    >>> unheard(Fact(Resource("urn", INSTANCE.type, "it", {})), status=ABSENT).reason
    'the lookup holds no status; lookup-performed says why'
    """
    if fact.resource.type not in LOOKUP_TYPES:
        return None
    lacking = ", ".join(name for name, value in values.items() if value is ABSENT)
    return Skipped(f"the lookup holds no {lacking}; lookup-performed says why") if lacking else None


# --- what a lookup holds ----------------------------------------------------------------------------------------------


def _is_unknown(value: Any) -> bool:
    return value is UNKNOWN or (isinstance(value, list) and UNKNOWN in value)


def _faults(props: Mapping[str, Any], kind: LookupType) -> Iterator[str]:
    for name in _FLAGS:
        value = props.get(name) if name in kind.live else None
        if value is not None and value is not UNKNOWN and not isinstance(value, bool):
            yield f"{name} is a {_named(value)}, neither true nor false"
    yield from _contradictions(props, kind)
    for name, entry in _ENTRIES.get(kind.type, {}).items():
        listed = props.get(name)
        if isinstance(listed, list):
            yield from _gaps(name, listed, entry)
            yield from _repeated(name, listed, kind)
        elif listed is not None and listed is not UNKNOWN:
            yield f"{name} is a {_named(listed)}, not a list"


def _contradictions(props: Mapping[str, Any], kind: LookupType) -> Iterator[str]:
    """Tell of values that are not true at once: rules would leave one of them unread."""
    names = (*kind.live, *kind.sometimes)
    held = [name for name in names if name not in _FLAGS and _holds(props.get(name))]
    if "policyExists" in kind.live:
        if props.get("policyExists") is False and "policy" in held:
            yield "policyExists is false, and it holds a policy"
        if props.get("policyExists") is True and "policy" not in held and props.get("policy") is not UNKNOWN:
            yield "policyExists is true, and it holds no policy"
        held += ["policyExists"] if props.get("policyExists") is True else []
    if "instanceExists" in kind.live and props.get("instanceExists") is False and held:
        yield f"instanceExists is false, and it holds {', '.join(held)}"
    if "policyIsPublic" in kind.sometimes and "policy" in held and props.get("policyIsPublic") is None:
        yield "policy is there without policyIsPublic"
    # IAM compares paths and names without letter case.
    arns = {one.casefold() for name in (LOCATION_ROLE.subject, "arn") if isinstance(one := props.get(name), str)}
    if kind is LOCATION_ROLE and len(arns) > 1:
        yield f"arn is not the {LOCATION_ROLE.subject} that it asked for"


def _holds(value: Any) -> bool:
    return value is not None and value is not UNKNOWN and value != []


def _gaps(name: str, listed: Sequence[Any], entry_type: Any) -> Iterator[str]:
    """Tell of entries that are none, and of those without a member that AWS always gives."""
    for number, entry in enumerate(listed, start=1):
        if entry is UNKNOWN:
            continue
        if not isinstance(entry, Mapping):
            yield f"list {name} holds a {_named(entry)} where an entry belongs (number {number:,})"
        elif lacking := list(_lacking(entry, entry_type)):
            yield f"list {name} holds an entry without {', '.join(lacking)} (number {number:,})"


def _lacking(entry: Mapping[str, Any], entry_type: Any) -> Iterator[str]:
    for name, is_required in _members(entry_type):
        value = entry.get(name)
        if value is None:
            if is_required:
                yield name
        elif name in _INSIDE and isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _lacking(value, _INSIDE[name]))


@cache
def _members(entry_type: Any) -> tuple[tuple[str, bool], ...]:
    return tuple((camel(one.name), one.default is MISSING) for one in fields(entry_type))


def _repeated(name: str, listed: Sequence[Any], kind: LookupType) -> Iterator[str]:
    """Tell of two entries with one id: what is told by it would be told of both."""
    seen: set[str] = set()
    for number, entry in enumerate(listed if name == kind.items else (), start=1):
        given = entry.get(kind.item_id) if isinstance(entry, Mapping) else None
        if isinstance(given, str):
            if given in seen:
                yield f"list {name} holds an entry with the {kind.item_id} of another (number {number:,})"
            seen.add(given)


def _named(value: Any) -> str:
    return "text" if isinstance(value, str) else kind_of(value)
