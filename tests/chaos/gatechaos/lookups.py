"""The nine kinds of lookups: what one is about, where AWS has to be asked, and whether all is well with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .odds import likely
from .worlds import ACCOUNTS, HOME, HOME_REGION, PAGE, POINTS_REGION, REGIONS, bucket, role_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from .worlds import Site, World

LOCATION: Final = "AccessGrantsLocation"
PREFIX: Final = "AccessGrantsInstanceForPrefix"
OPERATION: Final = "MultiRegionAccessPointOperation"
LOCATIONS: Final = "AccessGrantsLocations"
INSTANCE: Final = "AccessGrantsInstance"
GRANTS: Final = "AccessGrants"
POLICY: Final = "AccessGrantsInstanceResourcePolicy"
POINT: Final = "MultiRegionAccessPoint"
ROLE: Final = "AccessGrantsLocationRole"

SUBJECTS: Final[Mapping[str, str]] = {
    LOCATION: "access_grants_location_id",
    PREFIX: "s3_prefix",
    OPERATION: "request_token_arn",
    POINT: "name",
    ROLE: "iam_role_arn",
}
"""The argument that names what is looked up; the other kinds are about a whole place."""
HOSTILE: Final = " \u202e<b>|`@all` ::error::\x1b[31m"
"""What some names end in: they are anybody's, and stand in every report."""
PLACES: Final = (LOCATIONS, INSTANCE, GRANTS, POLICY)
REGIONAL: Final = (LOCATION, PREFIX, *PLACES)
"""Kinds that are asked in a Region that the program chooses."""
WEIGHTS: Final[Mapping[str, int]] = {
    LOCATION: 8,
    LOCATIONS: 5,
    PREFIX: 2,
    OPERATION: 3,
    INSTANCE: 2,
    GRANTS: 3,
    POLICY: 2,
    POINT: 3,
    ROLE: 3,
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """
    One lookup of a program.

    Shape: ``account`` and ``region`` are where AWS has to be asked, whether the program says so (``says_account``,
           ``says_region``) or leaves it to what is set; ``region`` is empty for a role, which has none; ``after`` names
           the lookup that it depends on, ``borrows`` the one whose output goes into an input, None for none; ``late``
           marks an input that only `pulumi up` knows; ``fits`` says that AWS has what is asked for and lets it be read,
           ``sound`` that no rule has anything against what is there.
    """

    kind: str
    name: str
    account: str
    region: str
    subject: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    says_account: bool = True
    says_region: bool = True
    assumes: bool = False
    must_exist: bool | None = None
    after: int | None = None
    borrows: int | None = None
    late: bool = False
    fits: bool = True
    sound: bool = True

    @property
    def variable(self) -> str:
        """Give the name that it has in the program's text."""
        return self.name.partition(" ")[0]

    @property
    def direct(self) -> bool:
        """Say whether it may be about what this very update changes: then no answer that others share will do."""
        return self.after is not None or self.borrows is not None or self.late

    @property
    def reader(self) -> str:
        """Give the role that it is read with, empty for the caller's own credentials."""
        return f"arn:aws:iam::{self.account}:role/gate-reader" if self.assumes else ""

    @property
    def needs_instance(self) -> bool:
        """Say whether a place without an instance is a failure."""
        return self.must_exist is not False


def draw(random: Random, world: World, number: int, kinds: Sequence[str], *, errors: float) -> Lookup:
    """Draw the lookup of that number, about what the world has, or with the probability ``errors`` what it lacks."""
    kind = random.choices(kinds, [WEIGHTS[one] for one in kinds])[0]
    wrong = likely(random, errors)
    made = _MAKERS[kind](random, world, wrong=wrong)
    hostile = HOSTILE if likely(random, 0.08) else ""
    return _reached(random, replace(made, kind=kind, name=f"l{number}{hostile}"), wrong=wrong)


def _reached(random: Random, made: Lookup, *, wrong: bool) -> Lookup:
    """Say with whose credentials AWS is asked, and what of the place the program says."""
    at_home = made.account == HOME
    foreign = not at_home and wrong and likely(random, 0.3)
    says_account = foreign or likely(random, 0.6)
    says_region = made.region != HOME_REGION or likely(random, 0.5)
    return replace(
        made,
        assumes=not at_home and not foreign,
        says_account=says_account,
        says_region=says_region and made.kind in REGIONAL,
        fits=made.fits and not foreign,
    )


def _some_site(random: Random, world: World, *, exists: bool) -> Site:
    found = [site for site in world.sites.values() if site.exists is exists]
    # What is there is at home more often than not; an organization may have nothing but instances.
    homely = [site for site in found if site.account == HOME]
    return random.choice((homely or found) if likely(random, 0.6) else (found or list(world.sites.values())))


def _location(random: Random, world: World, *, wrong: bool) -> Lookup:
    site = _some_site(random, world, exists=True)
    if wrong:
        return _wrong_location(random, world, site)
    one = random.choice(site.locations)
    return Lookup("", "", site.account, site.region, one.id, sound=not one.flaw)


def _wrong_location(random: Random, world: World, site: Site) -> Lookup:
    """Draw an id that is not there: nobody's, a place's that has no instance, or one of another place."""
    empty = _some_site(random, world, exists=False)
    known = site.locations[0].id
    other = next(one for one in world.sites.values() if (one.account, one.region) != (site.account, site.region))
    account, region, subject = random.choice(
        (
            (site.account, site.region, "nobody-knows"),
            (empty.account, empty.region, "default"),
            (other.account, other.region, known),
        )
    )
    return Lookup("", "", account, region, subject, fits=False)


def _prefix(random: Random, world: World, *, wrong: bool) -> Lookup:
    site = _some_site(random, world, exists=not wrong)
    subject = f"s3://{bucket(site.account, site.region)}/team0000/"
    return Lookup("", "", site.account, site.region, subject, fits=site.exists)


def _operation(random: Random, world: World, *, wrong: bool) -> Lookup:
    one = random.choice(world.requests)
    token = f"{one.token}0" if wrong else one.token
    return Lookup("", "", one.account, POINTS_REGION, token, fits=not wrong, sound=one.state == "SUCCEEDED")


def _locations(random: Random, world: World, *, wrong: bool) -> Lookup:
    made = _place(random, world, wrong=wrong)
    long = [site for site in world.sites.values() if len(site.locations) > PAGE]
    if made.fits and long and likely(random, 0.5):
        made = replace(made, account=long[0].account, region=long[0].region)
    site = world.sites[made.account, made.region]
    if not site.locations or likely(random, 0.75):
        return replace(made, sound=not any(one.flaw for one in site.locations))
    one = random.choice(site.locations)
    return replace(made, filters=(("location_scope", one.scope),), sound=not one.flaw)


def _instance(random: Random, world: World, *, wrong: bool) -> Lookup:
    return _place(random, world, wrong=wrong)


def _grants(random: Random, world: World, *, wrong: bool) -> Lookup:
    made = _place(random, world, wrong=wrong)
    grants = world.sites[made.account, made.region].grants
    if likely(random, 0.7):
        return replace(made, sound=not any(one.flaw for one in grants))
    wanted = random.choice(("IAM", "DIRECTORY_GROUP"))
    found = [one for one in grants if one.grantee_type == wanted]
    return replace(made, filters=(("grantee_type", wanted),), sound=not any(one.flaw for one in found))


def _policy(random: Random, world: World, *, wrong: bool) -> Lookup:
    made = _place(random, world, wrong=wrong)
    return replace(made, sound=not world.sites[made.account, made.region].flaw)


def _place(random: Random, world: World, *, wrong: bool) -> Lookup:
    """Draw a whole place; one without an instance is wrong unless the program says that it may be so."""
    nothing = wrong or likely(random, 0.2)
    site = _some_site(random, world, exists=not nothing)
    choices = (None, None, True, False) if site.exists else ((None, True) if wrong else (False,))
    made = Lookup("", "", site.account, site.region, must_exist=random.choice(choices))
    return replace(made, fits=site.exists or not made.needs_instance)


def _point(random: Random, world: World, *, wrong: bool) -> Lookup:
    one = random.choice(world.points)
    name = f"{one.name}-gone" if wrong else one.name
    return Lookup("", "", one.account, POINTS_REGION, name, fits=not wrong, sound=not one.flaw)


def _role(random: Random, world: World, *, wrong: bool) -> Lookup:
    if not wrong and world.roles:
        one = random.choice(world.roles)
        return Lookup("", "", one.account, "", one.arn, sound=not one.flaw)
    # Other accounts have a role of a like name: one that IAM tells of must be the one that was asked for.
    account = random.choice(list(ACCOUNTS))
    return Lookup("", "", account, "", role_arn(account, f"team9999-{REGIONS[0]}-reader"), fits=False)


_MAKERS: Final[Mapping[str, Callable[..., Lookup]]] = {
    LOCATION: _location,
    PREFIX: _prefix,
    OPERATION: _operation,
    LOCATIONS: _locations,
    INSTANCE: _instance,
    GRANTS: _grants,
    POLICY: _policy,
    POINT: _point,
    ROLE: _role,
}
