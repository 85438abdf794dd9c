"""AGI-03: an Access Grants instance is not about to run out of locations or grants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import PASSED, Broken, Context, Level, Rule, Severity, Unsure
from grantgate_policies.subjects import Grant, Instance, Location
from grantgate_policies.subjects.registrations import (
    LOCATION_TYPES,
    ByPlace,
    Place,
    place_of,
    registrations,
    unread_of,
)

if TYPE_CHECKING:
    from grantgate_policies.core import Verdict
    from grantgate_policies.program import Program

FIELD: Final = "accountId"
GRANT_TYPES: Final = frozenset({"aws:s3control/accessGrant:AccessGrant", "aws-native:s3:AccessGrant"})


@dataclass(slots=True)
class _Counts:
    """
    How many of one kind each place has.

    Shape: ``certain`` leaves out what lies nowhere known, ``unread`` counts the resources that could not be read.
    """

    certain: Counter[Place] = field(default_factory=Counter)
    near: ByPlace[None] = field(default_factory=ByPlace)
    unread: int = 0

    def add(self, place: Place) -> None:
        """Count one."""
        if None not in place:
            self.certain[place] += 1
        self.near.add(place, None)

    def most(self, place: Place) -> int:
        """Give how many there may be in a place."""
        return self.near.count(place) + self.unread


@dataclass(frozen=True, slots=True)
class _Quotas:
    """Counts of a stack, the place of each resource that is judged, and which one tells of each place."""

    locations: _Counts
    grants: _Counts
    places: dict[int, Place]
    tellers: dict[Place, int]


def gather(program: Program) -> _Quotas:
    """Count each location once, however many lookups speak of it, and each grant."""
    registered = program.once(registrations)
    locations = _Counts(unread=len(unread_of(program, LOCATION_TYPES)))
    grants = _Counts(unread=len(unread_of(program, GRANT_TYPES)))
    for registration in registered.all:
        locations.add(registration.place)
    for grant in program.of(Grant):
        grants.add(place_of(grant))
    places = {id(one): place_of(one) for one in program.of(Instance)}
    places |= {id(one): registered.of(one).place for one in program.of(Location)}
    tellers: dict[Place, int] = {}
    for fact in (*program.of(Instance), *program.of(Location)):
        tellers.setdefault(places[id(fact)], id(fact))
    return _Quotas(locations, grants, places, tellers)


def judge(fact: Instance | Location, context: Context, quotas: _Quotas) -> Verdict:
    """Break, on the instance or else on the first location, when fewer places are free than must be."""
    place = quotas.places[id(fact)]
    if quotas.tellers[place] != id(fact):
        return PASSED
    unsure: Unsure | None = None
    headroom: int = context.settings["headroom"]
    for what, counts in (("locations", quotas.locations), ("grants", quotas.grants)):
        quota: int = context.settings[what]
        limit = max(quota - headroom, 0)
        certain = counts.certain[place]
        if certain > limit:
            return _full(what, certain, quota, headroom, _where(place))
        most = counts.most(place)
        if most > limit and not unsure:
            unsure = Unsure(
                FIELD,
                f"{certain:,} {what} are certainly of this account and Region and {most:,} may be, more than the "
                f"{limit:,} that leave {headroom:,} free of the quota of {quota:,}",
            )
    return unsure or PASSED


def _full(what: str, certain: int, quota: int, headroom: int, where: str) -> Broken:
    free = max(quota - certain, 0)
    return Broken(
        FIELD,
        f"{certain:,} {what}",
        f"at most {max(quota - headroom, 0):,} {what}",
        f"the stack has {certain:,} {what} in {where}, which leaves {free:,} of the quota of {quota:,}, and "
        f"{headroom:,} must stay free",
    )


def _where(place: Place) -> str:
    account = place.account if isinstance(place.account, str) else "of the provider"
    region = place.region if isinstance(place.region, str) else "of the provider"
    return f"account {account}, Region {region}"


RULE = Rule(
    id="AGI-03",
    name="instance-quota-headroom",
    about=(Instance, Location),
    severity=Severity.LOW,
    level=Level.ADVISORY,
    summary="The instance is not about to run out of locations or grants",
    why=(
        "S3 takes 1,000 locations and 100,000 grants for each account and Region, and refuses the next one in the "
        "middle of an update; to raise a quota takes days. Only what this stack declares and looks up is counted: "
        "there may be more. The rule looks at the whole stack: it blocks a preview, and reports after the fact in an "
        "update."
    ),
    fix="Ask AWS to raise the quota and set it here, or register wider locations and narrow them in grants.",
    source="S3 User Guide, S3 Access Grants limitations",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-limitations.html",
    judge=judge,
    gather=gather,
    settings={
        "locations": {
            "type": "integer",
            "minimum": 1,
            "description": "The quota of locations of the account's instance.",
            "default": 1000,
        },
        "grants": {
            "type": "integer",
            "minimum": 1,
            "description": "The quota of grants of the account's instance.",
            "default": 100_000,
        },
        "headroom": {
            "type": "integer",
            "minimum": 0,
            "description": "How many of each quota must stay free.",
            "default": 100,
        },
    },
)
