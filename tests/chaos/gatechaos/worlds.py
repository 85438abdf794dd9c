"""
What AWS holds in a case: accounts, Regions, and what is registered there, sound or flawed.

Everything is drawn from one generator of random numbers: the same seed gives the same world.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from .odds import likely

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

ACCOUNTS: Final[Mapping[str, str]] = {
    "111122223333": "data-prod",
    "444455556666": "data-dev",
    "777788889999": "data-lab",
}
"""The accounts of the organization, and their names in the rules file."""
HOME: Final = "111122223333"
"""The account whose credentials the gate has; the others are reached by a role."""
REGIONS: Final = ("eu-west-1", "us-east-1", "ap-southeast-2")
HOME_REGION: Final = "eu-west-1"
NOWHERE: Final = (HOME, REGIONS[2])
"""A place that never has an instance, as the home of the gate always has one."""
POINTS_REGION: Final = "us-west-2"
"""Where AWS keeps Multi-Region Access Points and their requests."""
LONG_AGO: Final = "2026-03-02T08:00:00Z"
PAGE: Final = 1000

_FLAWS: Final = ("outside", "sibling", "secrets", "admin", "team", "account")
_SERVICE: Final = "access-grants.s3.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Location:
    """One registered location; ``flaw`` names what a rule has against it, empty for nothing."""

    id: str
    scope: str
    role: str
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant; ``flaw`` as for a location."""

    id: str
    location: str
    grantee_type: str
    grantee: str
    permission: str
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What one account holds in one Region; without an instance there is nothing."""

    account: str
    region: str
    exists: bool = False
    locations: tuple[Location, ...] = ()
    grants: tuple[Grant, ...] = ()
    policy: str = ""
    flaw: str = ""

    @property
    def instance_arn(self) -> str:
        """Give the ARN of the instance, whether or not it exists."""
        return f"arn:aws:s3:{self.region}:{self.account}:access-grants/default"


@dataclass(frozen=True, slots=True)
class Request:
    """
    One asynchronous request about a Multi-Region Access Point.

    Shape: ``state`` is S3's word for how far it has come; ``expired`` when S3 no longer knows the token.
    """

    account: str
    token: str
    name: str
    state: str
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One Multi-Region Access Point."""

    account: str
    name: str
    alias: str
    status: str
    blocked: bool
    policy: str = ""
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """One IAM role that a location names."""

    account: str
    arn: str
    trust: str
    inline: Mapping[str, str] = field(default_factory=dict)
    flaw: str = ""

    @property
    def name(self) -> str:
        """Give the name, by which IAM is asked."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class World:
    """All that AWS holds."""

    sites: Mapping[tuple[str, str], Site]
    requests: tuple[Request, ...] = ()
    points: tuple[Point, ...] = ()
    roles: tuple[Role, ...] = ()

    def with_role(self, account: str, region: str, location_id: str, role: str) -> World:
        """Give the world in which a location has another role."""
        return self._changed(account, region, location_id, role)

    def without(self, account: str, region: str, location_id: str) -> World:
        """Give the world that lacks a location, and its grants."""
        return self._changed(account, region, location_id, None)

    def forgetting(self, token: str) -> World:
        """Give the world in which S3 no longer knows a token."""
        requests = tuple(replace(one, expired=True) if one.token == token else one for one in self.requests)
        return replace(self, requests=requests)

    def _changed(self, account: str, region: str, location_id: str, role: str | None) -> World:
        site = self.sites[account, region]
        kept = (
            replace(one, role=role) if role and one.id == location_id else one
            for one in site.locations
            if role or one.id != location_id
        )
        grants = tuple(one for one in site.grants if role or one.location != location_id)
        sites = {**self.sites, (account, region): replace(site, locations=tuple(kept), grants=grants)}
        return replace(self, sites=sites)

    def seed(self) -> dict[str, Any]:
        """Give the world as the emulator is told of it."""
        accounts: dict[str, Any] = {}
        for account in ACCOUNTS:
            regions = {site.region: _site_seed(site) for site in self.sites.values() if site.account == account}
            accounts[account] = {
                "regions": regions,
                "operations": [_request_seed(one) for one in self.requests if one.account == account],
                "multiRegionAccessPoints": [_point_seed(one) for one in self.points if one.account == account],
            }
            roles = [_role_seed(one) for one in self.roles if one.account == account]
            if roles:
                accounts[account]["roles"] = roles
        return {"defaultAccount": HOME, "accounts": accounts}


def bucket(account: str, region: str) -> str:
    """Name the shared bucket of one account and Region."""
    return f"acme-{ACCOUNTS[account]}-{region}"


def _site_seed(site: Site) -> dict[str, Any]:
    held: dict[str, Any] = {"buckets": [bucket(site.account, site.region)]}
    if not site.exists:
        return held
    instance: dict[str, Any] = {"createdAt": LONG_AGO}
    if site.policy:
        instance["resourcePolicy"] = site.policy
    return held | {
        "instance": instance,
        "locations": [
            {"id": one.id, "scope": one.scope, "roleArn": one.role, "createdAt": LONG_AGO} for one in site.locations
        ],
        "grants": [
            {
                "id": one.id,
                "locationId": one.location,
                "subPrefix": "reports/*",
                "permission": one.permission,
                "grantee": {"type": one.grantee_type, "identifier": one.grantee},
                "createdAt": LONG_AGO,
            }
            for one in site.grants
        ],
    }


def _request_seed(request: Request) -> dict[str, Any]:
    made: dict[str, Any] = {
        "token": request.token,
        "operation": "CreateMultiRegionAccessPoint",
        "name": request.name,
        "createdAt": LONG_AGO,
        "regions": _two_regions(request.account),
        "timeline": [request.state],
        "expired": request.expired,
    }
    if request.state == "FAILED":
        made["error"] = {"code": "NoSuchBucket", "message": "The specified bucket does not exist"}
    return made


def _point_seed(point: Point) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": point.name,
        "alias": point.alias,
        "status": point.status,
        "createdAt": LONG_AGO,
        "regions": _two_regions(point.account),
        "publicAccessBlock": {"blockPublicPolicy": point.blocked},
    }
    if point.policy:
        made["policy"] = point.policy
    return made


def _role_seed(role: Role) -> dict[str, Any]:
    return {"name": role.name, "path": "/access-grants/", "trust": role.trust, "policies": dict(role.inline)}


def _two_regions(account: str) -> list[dict[str, str]]:
    return [{"bucket": bucket(account, region), "region": region, "bucketAccountId": account} for region in REGIONS[:2]]


# --- drawing one ------------------------------------------------------------------------------------------------------


def draw(random: Random, *, flaws: float) -> World:
    """Draw a world in which each thing has a flaw with the probability ``flaws``."""
    sites: dict[tuple[str, str], Site] = {}
    for account in ACCOUNTS:
        for region in REGIONS:
            first = (account, region) == (HOME, HOME_REGION)
            exists = first or (likely(random, 0.75) and (account, region) != NOWHERE)
            sites[account, region] = _site(random, account, region, flaws) if exists else Site(account, region)
    requests = tuple(_request(random, account, number, flaws) for account in ACCOUNTS for number in range(2))
    points = tuple(_point(random, account, number, flaws) for account in ACCOUNTS for number in range(2))
    return World(sites, requests, points, _roles(random, sites, flaws))


def _site(random: Random, account: str, region: str, flaws: float) -> Site:
    # More than one page now and then: what ends in the middle of a list must not pass for all of it.
    many = likely(random, 0.015)
    count = PAGE + random.randint(1, 60) if many else random.choice((1, 2, 2, 3, 5, 8))
    locations = tuple(
        _location(random, account, region, number, flaws / (40 if many else 1)) for number in range(count)
    )
    grants = tuple(_grant(random, account, number, locations, flaws) for number in range(random.choice((0, 1, 2, 4))))
    policy, flaw = "", ""
    if likely(random, 0.4):
        flaw = "public" if likely(random, flaws) else ""
        policy = _sharing(account, region, "*" if flaw else "444455556666")
    return Site(account, region, exists=True, locations=locations, grants=grants, policy=policy, flaw=flaw)


def _sharing(account: str, region: str, principal: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": ["s3:GetAccessGrantsInstanceForPrefix", "s3:GetDataAccess"],
        "Resource": f"arn:aws:s3:{region}:{account}:access-grants/default",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role_arn(account: str, name: str) -> str:
    """Give the ARN of a role under the reserved path."""
    return f"arn:aws:iam::{account}:role/access-grants/{name}"


def _location(random: Random, account: str, region: str, number: int, flaws: float) -> Location:
    """Draw a location whose team, and so its scope and role, is nobody else's."""
    flaw = random.choice(_FLAWS) if likely(random, flaws) else ""
    team = f"team{number:04}"
    place = bucket(account, region)
    other = next(one for one in ACCOUNTS if one != account)
    scopes = {
        "outside": f"s3://globex-{region}/{team}/*",
        "sibling": f"s3://{place}/{team}*",
        "secrets": f"s3://acme-{ACCOUNTS[account]}-secrets/{team}/*",
    }
    roles = {
        "admin": f"arn:aws:iam::{account}:role/{random.choice(('DataAdmin', 'administrator', 'my-ADMIN-role'))}",
        "team": role_arn(account, f"other-{team}-reader"),
        "account": role_arn(other, f"{team}-reader"),
    }
    sound = role_arn(account, f"{team}-{region}-reader")
    # Ids that have nothing to do with one another: their order in a list is not that of their making.
    return Location(
        id=f"{random.randrange(16**8):08x}-{team}",
        scope=scopes.get(flaw, f"s3://{place}/{team}/*"),
        role=roles.get(flaw, sound),
        flaw=flaw,
    )


def _grant(random: Random, account: str, number: int, locations: tuple[Location, ...], flaws: float) -> Grant:
    flaw = "user" if likely(random, flaws) else ""
    directory = likely(random, 0.5) and not flaw
    principal = f"arn:aws:iam::{account}:{'user' if flaw else 'role'}/analyst-{number}"
    return Grant(
        id=f"{random.randrange(16**8):08x}-grant",
        location=random.choice(locations[:20]).id,
        grantee_type="DIRECTORY_GROUP" if directory else "IAM",
        grantee=f"{random.randrange(16**8):08x}-0000-4000-8000-{number:012x}" if directory else principal,
        permission="READ",
        flaw=flaw,
    )


def _request(random: Random, account: str, number: int, flaws: float) -> Request:
    state = random.choice(("FAILED", "INPROGRESS", "PAUSED")) if likely(random, flaws) else "SUCCEEDED"
    name = f"acme-{ACCOUNTS[account]}-{number}"
    token = f"arn:aws:s3:us-west-2:{account}:async-request/mrap/create/T{random.randrange(16**12):012x}"
    return Request(account, token, name, state)


def _point(random: Random, account: str, number: int, flaws: float) -> Point:
    flaw = random.choice(("open", "status", "public")) if likely(random, flaws) else ""
    name, alias = f"acme-{ACCOUNTS[account]}-point-{number}", f"m{random.randrange(16**11):011x}.mrap"
    policy = ""
    if flaw == "public" or likely(random, 0.4):
        principal: Any = "*" if flaw == "public" else {"AWS": f"arn:aws:iam::{account}:root"}
        resource = f"arn:aws:s3::{account}:accesspoint/{alias}/object/*"
        statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    status = random.choice(("CREATING", "DELETING", "PARTIALLY_CREATED")) if flaw == "status" else "READY"
    return Point(account, name, alias, status, blocked=flaw != "open", policy=policy, flaw=flaw)


def _roles(random: Random, sites: Mapping[tuple[str, str], Site], flaws: float) -> tuple[Role, ...]:
    """Draw the roles behind some of the locations."""
    found: dict[str, Role] = {}
    for site in sites.values():
        for location in site.locations[:3]:
            if location.flaw not in {"", "outside", "sibling", "secrets"} or location.role in found:
                continue
            flaw = random.choice(("trust", "permissions")) if likely(random, flaws) else ""
            found[location.role] = Role(
                account=site.account,
                arn=location.role,
                trust=_trust(site, open_to_all=flaw == "trust"),
                inline={"objects": _permissions(site, location, everything=flaw == "permissions")},
                flaw=flaw,
            )
    return tuple(found.values())


def _trust(site: Site, *, open_to_all: bool) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"} if open_to_all else {"Service": _SERVICE},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {"aws:SourceAccount": site.account, "aws:SourceArn": site.instance_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _permissions(site: Site, location: Location, *, everything: bool) -> str:
    place, _, keys = location.scope.removeprefix("s3://").partition("/")
    statement = {
        "Effect": "Allow",
        "Action": "s3:*" if everything else ["s3:GetObject", "s3:ListBucket"],
        "Resource": "*" if everything else [f"arn:aws:s3:::{place}", f"arn:aws:s3:::{place}/{keys}"],
        "Condition": {
            "StringEquals": {"aws:ResourceAccount": site.account},
            "ArnLike": {"s3:AccessGrantsInstanceArn": site.instance_arn},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
