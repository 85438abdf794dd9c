"""
Which locations there are: a declaration and the lookups of it speak of one, and so do two lookups of one id.

Rules that count or compare locations must not take one for two. What decides, in this order: the location's id, whose
output the lookup's id was made from, and account, Region and scope, since S3 takes a scope only once.

An id that is not known yet may turn out to be another location's than that whose output it was made from. For counting
and for overlaps that changes nothing: a lookup without an id has looked nothing up, so that its own scope and role are
unknown to every rule, and what it will find counts for itself then. AGL-14 asks which joins are of this kind.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, product
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeGuard, TypeVar

from grantgate.kinds import LOCATION, LOCATIONS

from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Missing, Value
from grantgate_policies.scopes import Scope, ScopeError
from grantgate_policies.subjects.locations import CLASSIC_LOCATION, NATIVE_LOCATION, Grant, Instance, Location

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from grantgate_policies.program import Program

LOCATION_TYPES: Final = frozenset({LOCATION.type, LOCATIONS.type, CLASSIC_LOCATION, NATIVE_LOCATION})
DEFAULT_ID: Final = "default"
"""The id of the location s3:// of every instance; any other id is one location's alone."""

T = TypeVar("T")

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_REGION: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")


# --- places -----------------------------------------------------------------------------------------------------------


class OfProvider(NamedTuple):
    """An account or a Region that nobody states, but that every resource of one provider's configuration shares."""

    configuration: str


class Place(NamedTuple):
    """
    The account and Region of one Access Grants instance, as far as they are known.

    Shape: a text that is an account's id or a Region's name, OfProvider, or None where nothing is known.
    """

    account: str | OfProvider | None
    region: str | OfProvider | None

    @property
    def is_settled(self) -> bool:
        """Say whether both members are known as texts."""
        return isinstance(self.account, str) and isinstance(self.region, str)

    def is_same(self, other: Place) -> bool:
        """Say whether both are certainly one place."""
        return self == other and None not in self

    def may_be(self, other: Place) -> bool:
        """Say whether both may turn out to be one place."""
        return not any(
            # Texts only: a named tuple is no text, and what a provider will say may be anything.
            isinstance(mine, str) and isinstance(theirs, str) and mine != theirs
            for mine, theirs in zip(self, other, strict=True)
        )


NOWHERE: Final = Place(None, None)


def place_of(fact: Location | Instance | Grant) -> Place:
    """Find where a fact belongs; what is no account's id and no Region's name is not known."""
    account, region = fact.account_id, fact.region
    if isinstance(account, str) and isinstance(region, str):
        return _stated(account, region)
    shared = OfProvider(_configuration(fact)) if ABSENT in (account, region) else OfProvider("")
    inherited = shared if shared.configuration else None
    return Place(
        account if is_account(account) else inherited if account is ABSENT else None,
        region if is_region(region) else inherited if region is ABSENT else None,
    )


@lru_cache(maxsize=1024)  # a stack has few places, and thousands of things in each
def _stated(account: str, region: str) -> Place:
    return Place(account if is_account(account) else None, region if is_region(region) else None)


def is_account(value: object) -> TypeGuard[str]:
    """Say whether a value is an account's id."""
    return isinstance(value, str) and _ACCOUNT.fullmatch(value) is not None


def is_region(value: object) -> TypeGuard[str]:
    """Say whether a value is the name of a Region."""
    return isinstance(value, str) and _REGION.fullmatch(value) is not None


def _configuration(fact: Fact) -> str:
    """Give a provider's configuration as one text; nothing when there is none or a part of it is not known."""
    if not fact.resource.provider_props:
        return ""
    try:
        return json.dumps(fact.resource.provider_props, sort_keys=True)
    except (TypeError, ValueError):
        return ""


_ANY: Final = "*"
_VAGUE: Final = ""


class ByPlace(Generic[T]):
    """
    Finds what may be of one place without looking at the rest.

    Shape: each thing is kept four times: by its account and Region, by either, and by neither; _VAGUE where a thing's
           own is no text, _ANY where it does not count. Most hold one thing or two, so they are sorted when asked.
    """

    __slots__ = ("_kept", "_waiting")

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: dict[tuple[str, str], list[T]] = {}
        self._waiting: list[tuple[Place, T]] = []

    def add(self, place: Place, one: T) -> None:
        """Keep one more."""
        self._waiting.append((place, one))

    def _sort(self) -> None:
        for place, one in self._waiting:
            account, region = (part if isinstance(part, str) else _VAGUE for part in place)
            for key in product((account, _ANY), (region, _ANY)):
                self._kept.setdefault(key, []).append(one)
        self._waiting.clear()

    def near(self, place: Place) -> Iterator[T]:
        """Give what may turn out to be of a place, in an order that hangs on what was added alone."""
        return chain.from_iterable(self._lists(place))

    def count(self, place: Place) -> int:
        """Say how many may turn out to be of a place."""
        return sum(map(len, self._lists(place)))

    def _lists(self, place: Place) -> Iterator[list[T]]:
        if self._waiting:
            self._sort()
        accounts, regions = ((part, _VAGUE) if isinstance(part, str) else (_ANY,) for part in place)
        return (self._kept[key] for key in product(accounts, regions) if key in self._kept)


# --- scopes and names -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=32_768)  # several rules read every location of a stack, one rule after the other
def scope_in(value: Value) -> Scope | None:
    """Read a scope; None for what is not known or stands for no set of keys."""
    try:
        return Scope.parse(value) if isinstance(value, str) else None
    except ScopeError:
        return None


def unread_of(program: Program, types: frozenset[str]) -> tuple[str, ...]:
    """Give the URNs of resources of these types that could not be read."""
    return tuple(urn for urn in program.unread if type_in(urn) in types)


def type_in(urn: str) -> str:
    """
    Give the resource type that a URN names; nothing for what is no URN.

    >>> type_in("urn:pulumi:prod::data::acme:Share$aws:s3/bucket:Bucket::it")
    'aws:s3/bucket:Bucket'
    """
    return "".join(urn.split("::")[2:3]).rpartition("$")[2]


def name_in(urn: str) -> str:
    """Give the resource name that a URN ends in."""
    return urn.split("::", 3)[-1]


# --- registrations ----------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Registration:
    """
    One location of one instance, and every resource that speaks of it.

    Shape: ``facts`` begin with the declaration, when there is one; then come lookups by URN.
    """

    facts: list[Location]
    place: Place
    location_id: Value

    @property
    def declared(self) -> Location | None:
        """The declaration, when the program has one."""
        return None if self.facts[0].live else self.facts[0]

    @property
    def name(self) -> str:
        """The name of the resource that messages name."""
        return self.facts[0].called

    @property
    def urn(self) -> str:
        """The URN of the resource that messages name, and its item's id behind it: no two locations have one."""
        first = self.facts[0]
        return f"{first.resource.urn}\x00{first.item}" if first.item else first.resource.urn

    def take(self, fact: Location, place: Place) -> None:
        """Add a lookup; it may know more of the location than the declaration does."""
        self.facts.append(fact)
        if not self.place.is_settled and place.is_settled:
            self.place = place
        if not isinstance(self.location_id, str):
            self.location_id = fact.access_grants_location_id


class _Index:
    """Finds a declaration by a key: the one of the same place, or the only one where the place is not known."""

    def __init__(self) -> None:
        self._exact: dict[tuple[Hashable, Place], Registration] = {}
        self._only: dict[Hashable, Registration | None] = {}
        self._near: dict[Hashable, ByPlace[Registration]] = {}

    def add(self, key: Hashable, registration: Registration) -> None:
        self._exact.setdefault((key, registration.place), registration)
        self._only[key] = None if key in self._only else registration
        self._near.setdefault(key, ByPlace()).add(registration.place, registration)

    def find(self, key: Hashable, place: Place, *, by_place: bool) -> Registration | None:
        """Look up; with ``by_place`` only what certainly is of the same place."""
        if key not in self._only:
            return None  # as nearly always: most stacks look up what others declare
        found = self._exact.get((key, place)) if None not in place else None
        if found or by_place:
            return found
        only = self._only[key]
        return only if only and only.place.may_be(place) else None

    def near(self, key: Hashable, place: Place) -> Iterator[Registration]:
        """Give every one that may be of the place; a lookup may have told more of one's place since it was added."""
        found = self._near.get(key)
        return (one for one in found.near(place) if one.place.may_be(place)) if found else iter(())


@dataclass(slots=True)
class Registrations:
    """
    Every location of a stack, once.

    Shape: ``all`` is sorted by the URN of each one's first resource.
    """

    all: list[Registration] = field(default_factory=list)
    _of: dict[int, Registration] = field(default_factory=dict, repr=False)
    _likely: set[int] = field(default_factory=set, repr=False)
    _by_id: _Index = field(default_factory=_Index, repr=False)
    _by_scope: _Index = field(default_factory=_Index, repr=False)

    def of(self, fact: Location) -> Registration:
        """Give the location that a fact of the program speaks of."""
        # By identity: facts hold mappings and have no hash, and an export may show one URN twice.
        return self._of[id(fact)]

    def is_likely(self, fact: Location) -> bool:
        """Say whether only where its id comes from tells that a lookup speaks of the declaration."""
        return id(fact) in self._likely

    def candidates(self, lookup: Location) -> Iterator[Registration]:
        """Give the declarations of a lookup's id or scope that may be the one it looked up, as far as places tell."""
        place, location_id = place_of(lookup), lookup.access_grants_location_id
        if isinstance(location_id, str):
            yield from self._by_id.near(location_id, place)
        scope = scope_in(lookup.location_scope)
        for one in self._by_scope.near(scope, place) if scope else ():
            both_known = isinstance(one.location_id, str) and isinstance(location_id, str)
            given = both_known and one.facts[0].access_grants_location_id == location_id
            if not given and (not both_known or one.location_id == location_id):
                yield one

    def find(self, lookup: Location, place: Place) -> Registration | None:
        """Find the declaration that a lookup looked up, by its id or its scope; None where several may be it."""
        location_id = lookup.access_grants_location_id
        known = None
        if isinstance(location_id, str):
            known = self._by_id.find(location_id, place, by_place=location_id == DEFAULT_ID)
        scope = scope_in(lookup.location_scope)
        if known or not scope:
            return known
        # A bucket's name is one account's alone, so its scope tells the account as well; s3:// is of every account.
        known = self._by_scope.find(scope, place, by_place=not scope.bucket)
        return known if known and _agree(known.location_id, location_id) else None

    def add(self, registration: Registration) -> None:
        """Take in one more, with the facts it has; a declaration is found by its id and its scope from now on."""
        self.all.append(registration)
        self.note(registration.facts[0], registration)
        if declared := registration.declared:
            if isinstance(declared.access_grants_location_id, str):
                self._by_id.add(declared.access_grants_location_id, registration)
            if scope := scope_in(declared.location_scope):
                self._by_scope.add(scope, registration)

    def note(self, fact: Location, registration: Registration, *, likely: bool = False) -> None:
        """Remember whose a fact is, and whether only where its id comes from tells that."""
        self._of[id(fact)] = registration
        if likely:
            self._likely.add(id(fact))


def registrations(program: Program) -> Registrations:
    """
    Work out which locations there are.

    Two declarations are never one location, whatever they say: that they claim to be is what rules must see.
    """
    found = Registrations()
    facts = program.of(Location)
    for fact in facts:
        if not fact.live:
            found.add(Registration([fact], place_of(fact), fact.access_grants_location_id))
    lookups: dict[tuple[str, Place], Registration] = {}
    for fact in facts:
        if fact.live:
            place = place_of(fact)
            made = _made_from(fact, place, found, program)
            written = found.find(fact, place) or _other_lookup(fact, place, lookups)
            if known := made or written:
                known.take(fact, place)
                found.note(fact, known, likely=made is not None and made is not written)
            else:
                registration = Registration([fact], place, fact.access_grants_location_id)
                found.add(registration)
                if isinstance(fact.access_grants_location_id, str):
                    lookups[fact.access_grants_location_id, place] = registration
    found.all.sort(key=lambda one: one.urn)
    return found


def _made_from(fact: Location, place: Place, found: Registrations, program: Program) -> Registration | None:
    """Find the one declaration whose outputs went into a lookup's id that is not known yet."""
    makers = tuple(makers_of(fact, program)) if fact.access_grants_location_id is UNKNOWN else ()
    made = found.of(makers[0]) if len(makers) == 1 else None
    return made if made and made.place.may_be(place) else None


def makers_of(live: Location, program: Program) -> Iterator[Location]:
    """Give the declarations whose outputs went into a lookup's id."""
    return (one for one in program.behind(live, "accessGrantsLocationId", Location) if not one.live)


def _other_lookup(fact: Location, place: Place, lookups: dict[tuple[str, Place], Registration]) -> Registration | None:
    location_id = fact.access_grants_location_id
    if not isinstance(location_id, str) or (location_id == DEFAULT_ID and None in place):
        return None
    return lookups.get((location_id, place))


def _agree(left: Value, right: Value) -> bool:
    """Say whether two ids may be one; what is not known yet may be any."""
    return isinstance(left, Missing) or isinstance(right, Missing) or left == right
