"""AGI-03: an Access Grants instance is not about to run out of locations or grants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grantgate.kinds import GRANTS

from grantgate_policies.core import PASSED, Broken, Context, Level, Rule, Severity, Unsure
from grantgate_policies.subjects import Grant, Instance, Location
from grantgate_policies.subjects.items import is_unlisted
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
GRANT_TYPES: Final = frozenset({GRANTS.type, "aws:s3control/accessGrant:AccessGrant", "aws-native:s3:AccessGrant"})


@dataclass(slots=True)
class _Counts:
    """
    How many of one kind each place has.

    Shape: ``certain`` leaves out what lies nowhere known, ``unread`` counts the resources that could not be read,
           ``waiting`` names the lookups whose lists are not known yet.
    """

    certain: Counter[Place] = field(default_factory=Counter)
    near: ByPlace[None] = field(default_factory=ByPlace)
    waiting: ByPlace[str] = field(default_factory=ByPlace)
    unread: int = 0

    def add(self, place: Place) -> None:
        """Count one."""
        if None not in place:
            self.certain[place] += 1
        self.near.add(place, None)

    def most(self, place: Place) -> int:
        """Give how many there may be in a place, lists that are not known yet aside."""
        return self.near.count(place) + self.unread


@dataclass(frozen=True, slots=True)
class _Quotas:
    """Counts of a stack, the place of each resource that is judged, and which one tells of each place."""

    locations: _Counts
    grants: _Counts
    places: dict[int, Place]
    tellers: dict[Place, int]


def gather(program: Program) -> _Quotas:
    """Count each location and each grant once, however many lookups speak of it."""
    registered = program.once(registrations)
    locations = _Counts(unread=len(unread_of(program, LOCATION_TYPES)))
    for registration in registered.all:
        first = registration.facts[0]
        if is_unlisted(first):
            locations.waiting.add(registration.place, first.called)
        else:
            locations.add(registration.place)
    places = {id(one): place_of(one) for one in program.of(Instance)}
    places |= {id(one): registered.of(one).place for one in program.of(Location)}
    places |= {id(one): place_of(one) for one in program.of(Grant)}
    tellers: dict[Place, int] = {}
    for fact in (*program.of(Instance), *program.of(Location), *program.of(Grant)):
        tellers.setdefault(places[id(fact)], id(fact))
    return _Quotas(locations, _grants(program, places), places, tellers)


def _grants(program: Program, places: dict[int, Place]) -> _Counts:
    """Count the grants: one that is declared and looked up has one ARN, or else says the same."""
    counts = _Counts(unread=len(unread_of(program, GRANT_TYPES)))
    seen: set[object] = set()
    said: Counter[tuple[object, ...]] = Counter()
    live = [one for one in program.of(Grant) if one.live]
    for grant in live:
        place = places[id(grant)]
        if is_unlisted(grant):
            counts.waiting.add(place, grant.called)
        elif not isinstance(grant.arn, str) or grant.arn not in seen:
            seen.add(grant.arn)
            said[_said(grant, place)] += 1
            counts.add(place)
    for grant in program.of(Grant):
        if grant.live or (isinstance(grant.arn, str) and grant.arn in seen):
            continue
        what = _said(grant, places[id(grant)])
        # S3 takes a grant once, so that what says the same as one that was looked up, and has no ARN yet, is that one.
        if not isinstance(grant.arn, str) and None not in places[id(grant)] and said[what]:
            said[what] -= 1
        else:
            counts.add(places[id(grant)])
    return counts


def _said(grant: Grant, place: Place) -> tuple[object, ...]:
    grantee = grant.grantee_type, grant.grantee_identifier
    return place, grantee, grant.permission, grant.access_grants_location_id, grant.s3_sub_prefix, grant.application_arn


def judge(fact: Instance | Location | Grant, context: Context, quotas: _Quotas) -> Verdict:
    """Break, on the instance or else on the first location or grant, when fewer places are free than must be."""
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
        waiting = next(counts.waiting.near(place), None)
        if waiting and not unsure:
            unsure = Unsure(FIELD, f"how many {what} {waiting!r} lists is not known in this preview")
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
    about=(Instance, Location, Grant),
    severity=Severity.LOW,
    level=Level.ADVISORY,
    summary="The instance is not about to run out of locations or grants",
    why=(
        "S3 takes 1,000 locations and 100,000 grants for each account and Region, and refuses the next one in the "
        "middle of an update; to raise a quota takes days. Only what this stack declares and looks up is counted, each "
        "once: there may be more, unless it looks up the whole list. The rule looks at the whole stack: it blocks a "
        "preview, and reports after the fact in an update."
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
