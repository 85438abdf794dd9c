"""Access point: what S3 holds about one Multi-Region Access Point now, its policy and its routes too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi.dynamic import CheckFailure

from grantgate import inputs as accepts
from grantgate.arns import Arn
from grantgate.calls.described import member, no_answer, text, time
from grantgate.calls.errors import Call, Unread
from grantgate.facts import AccessPointFact, PointRegion, PointRoute, PublicAccessBlock
from grantgate.kinds import ACCESS_POINT
from grantgate.lookup import Lookup, Place, Props
from grantgate.resource import LookupResource, with_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_POLICY: Final = "NoSuchMultiRegionAccessPointPolicy"
READY: Final = "READY"

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9]")
_ALIAS: Final = re.compile(r"[a-z0-9]{1,58}\.mrap")
_FLAGS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def access_point_name(value: Any) -> str | None:
    """
    Complain unless ``value`` is the name of a Multi-Region Access Point (not its alias, nor its ARN).

    >>> access_point_name("acme-global")
    >>> access_point_name("mfzwi23gnjvgw.mrap")
    "'mfzwi23gnjvgw.mrap' is an alias; the access point's name is needed"
    """
    if not isinstance(value, str):
        return f"{accepts.shown(value)} is {accepts.kind(value)}, not text"
    if _NAME.fullmatch(value):
        return None
    if _ALIAS.fullmatch(value):
        return f"{accepts.shown(value)} is an alias; the access point's name is needed"
    return (
        f"{accepts.shown(value)} is not the name of a Multi-Region Access Point: 3 to 50 lower-case letters, digits "
        "and hyphens, with no hyphen at either end"
    )


class AccessPointLookup(Lookup):
    """
    Read one Multi-Region Access Point by its name.

    S3 answers in us-west-2 only, whatever ``region`` says elsewhere. Three calls, and one more where there is a policy;
    what one of them does not tell is never left out.

    Errors: unknown name, denied, throttled, unreachable, an answer of another form: a check failure on name. A policy
            that does not exist is none.
    Source: S3 API reference, GetMultiRegionAccessPoint, GetMultiRegionAccessPointPolicy,
            GetMultiRegionAccessPointPolicyStatus and GetMultiRegionAccessPointRoutes.
    """

    kind = ACCESS_POINT
    inputs = {"name": access_point_name}  # noqa: RUF012 - read only; the base class declares it

    def place_faults(self, wanted: Props) -> list[CheckFailure]:
        """Complain about a Region and a partition that have no Multi-Region Access Points."""
        faults = []
        region, role = wanted.get("region"), wanted.get("assumeRoleArn")
        if region and accepts.region(region) is None and region != accepts.MRAP_REGION:
            complaint = f"{region!r} is not {accepts.MRAP_REGION!r}, where S3 keeps access points; leave it out"
            faults.append(CheckFailure("region", complaint))
        if role and accepts.role_arn(role) is None and (partition := Arn.parse(role).partition) != "aws":
            complaint = f"partition {partition!r} has no Multi-Region Access Points, only 'aws' has"
            faults.append(CheckFailure("assumeRoleArn", complaint))
        return faults

    def default_region(self, wanted: Props) -> str:
        """Give us-west-2: the stack's Region plays no part."""
        return accepts.MRAP_REGION

    def fact(self, place: Place, wanted: Props, earlier: Props) -> AccessPointFact:
        """Ask for the access point, its policy, what S3 thinks of that, and its routes."""
        from grantgate.calls.clients import CLIENTS

        point = _Point(CLIENTS.s3control(place.connection), place, wanted["name"])
        call, reply = point.ask("GetMultiRegionAccessPoint", Name=point.name)
        found = member(reply, "AccessPoint", call)
        if member(found, "Name", call) != point.name:
            raise no_answer(call, f"the answer is about {accepts.shown(found['Name'])}")
        point = _Point(point.client, place, point.name, status=text(found, "Status", call))
        alias = text(found, "Alias", call)
        if not _ALIAS.fullmatch(alias):
            raise no_answer(
                call, f"the alias {accepts.shown(alias)} has not the form of one, such as 'mfzwi23gnjvgw.mrap'"
            )
        arn = f"arn:aws:s3::{place.account_id}:accesspoint/{alias}"
        regions = tuple(sorted((_region(item, call) for item in member(found, "Regions", call)), key=_place))
        established, proposed = point.policies()
        return AccessPointFact(
            account_id=place.account_id,
            region=place.region,
            name=point.name,
            alias=alias,
            arn=arn,
            status=point.status,
            created_at=time(found, "CreatedAt", call),
            public_access_block=_block(member(found, "PublicAccessBlock", call), call),
            regions=regions,
            routes=point.routes(arn, regions),
            policy=established,
            proposed_policy=proposed,
            policy_is_public=point.is_public() if established is not None else None,
        )

    def resource_id(self, props: Props) -> str:
        """Give ``account/name``."""
        return f"{props['accountId']}/{props['name']}"

    def from_id(self, resource_id: str) -> Props:
        """Take ``account/name`` apart."""
        parts = resource_id.split("/")
        if len(parts) != 2:  # noqa: PLR2004 - the two just named
            raise ValueError(f"{resource_id!r} is not ACCOUNT/NAME")
        return dict(zip(("accountId", "name"), parts, strict=True))


@dataclass(frozen=True, slots=True)
class _Point:
    """Asks S3 about one access point; ``status`` is empty until S3 has told it."""

    client: Any
    place: Place
    name: str
    status: str = ""

    def ask(self, operation: str, **parameters: str) -> tuple[Call, Any]:
        """Make one call; give it, for messages, and its answer."""
        from grantgate.calls.clients import asked

        call = Call(f"s3:{operation}", self.place.account_id, self.place.region, self.name)
        asks: Mapping[str, Callable[..., Any]] = {
            "GetMultiRegionAccessPoint": self.client.get_multi_region_access_point,
            "GetMultiRegionAccessPointPolicy": self.client.get_multi_region_access_point_policy,
            "GetMultiRegionAccessPointPolicyStatus": self.client.get_multi_region_access_point_policy_status,
            "GetMultiRegionAccessPointRoutes": self.client.get_multi_region_access_point_routes,
        }
        try:
            return call, asked(call, partial(asks[operation], AccountId=self.place.account_id, **parameters))
        except Unread as unread:
            raise self._meant(unread) from None

    def policies(self) -> tuple[str | None, str | None]:
        """Give the established and the proposed policy; None for one that does not exist."""
        try:
            call, reply = self.ask("GetMultiRegionAccessPointPolicy", Name=self.name)
        except Unread as unread:
            if unread.code == NO_POLICY:
                return None, None
            raise
        policy = member(reply, "Policy", call)
        return _document(policy, "Established", call), _document(policy, "Proposed", call)

    def is_public(self) -> bool:
        """Give S3's judgement of the established policy."""
        call, reply = self.ask("GetMultiRegionAccessPointPolicyStatus", Name=self.name)
        public = member(member(reply, "Established", call), "IsPublic", call)
        if not isinstance(public, bool):
            raise no_answer(call, f"IsPublic is {accepts.shown(public)}, not true or false")
        return public

    def routes(self, arn: str, regions: tuple[PointRegion, ...]) -> tuple[PointRoute, ...]:
        """
        Give the routes, sorted by Region.

        S3 answers for routes in five Regions, us-west-2 among them, and wants the access point's ARN.
        """
        call, reply = self.ask("GetMultiRegionAccessPointRoutes", Mrap=arn)
        if reply.get("Mrap") not in (None, arn):
            raise no_answer(call, f"the answer is about {accepts.shown(reply['Mrap'])}, not {arn!r}")
        found = tuple(sorted((_route(item, regions, call) for item in member(reply, "Routes", call)), key=_place))
        names = [route.region for route in found]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise no_answer(call, f"Region {twice!r} has two routes")
        return found

    def _meant(self, unread: Unread) -> Unread:
        """Add the status of an access point that is not ready: it may have no policy and no routes to tell yet."""
        if self.status not in ("", READY) and unread.code != NO_POLICY:
            what = f"{unread.what}; its status is {self.status!r}"
            return Unread(unread.cause, what, unread.remedy, unread.code)
        return unread


def _document(policy: Mapping[str, Any], which: str, call: Call) -> str | None:
    """Give a policy's text; S3 writes an empty element for a policy that does not exist."""
    found = (policy.get(which) or {}).get("Policy") or None
    if found is not None and not isinstance(found, str):
        raise no_answer(call, f"the {which} policy is {accepts.kind(found)}, not text")
    return found


def _block(block: Mapping[str, Any], call: Call) -> PublicAccessBlock:
    values = [member(block, name, call) for name in _FLAGS]
    for name, value in zip(_FLAGS, values, strict=True):
        if not isinstance(value, bool):
            raise no_answer(call, f"{name} is {accepts.shown(value)}, not true or false")
    return PublicAccessBlock(*values)


def _region(item: Mapping[str, Any], call: Call) -> PointRegion:
    account = item.get("BucketAccountId") or ""
    return PointRegion(text(item, "Bucket", call), text(item, "Region", call), str(account))


def _route(item: Mapping[str, Any], regions: tuple[PointRegion, ...], call: Call) -> PointRoute:
    """Read a route; S3's model lets it name its bucket or its Region alone, and the access point says the other."""
    bucket, region = item.get("Bucket"), item.get("Region")
    own = dict.fromkeys((one.bucket, one.region) for one in regions)
    named = [pair for pair in own if bucket in (None, pair[0]) and region in (None, pair[1])]
    if len(named) != 1:
        raise no_answer(
            call, f"a route to bucket {accepts.shown(bucket)} in Region {accepts.shown(region)} is not one of its own"
        )
    dial = member(item, "TrafficDialPercentage", call)
    if isinstance(dial, bool) or not isinstance(dial, int):
        raise no_answer(call, f"TrafficDialPercentage is {accepts.shown(dial)}, not a whole number")
    return PointRoute(*named[0], dial)


def _place(item: PointRegion | PointRoute) -> tuple[str, str]:
    return item.region, item.bucket


class MultiRegionAccessPoint(LookupResource, module="grantgate", name="MultiRegionAccessPoint"):
    """
    The Multi-Region Access Point of the name ``name``, as S3 holds it now.

    Shape: ``account_id`` defaults to the caller's account; ``status`` is S3's own word, READY among them; ``policy`` is
           the policy that holds and ``proposed_policy`` the one that was asked for last, both JSON text as S3 has it,
           None without one; ``policy_is_public`` is S3's judgement of the first; ``regions`` is a list of {bucket,
           region, bucket_account_id} and ``routes`` one of {bucket, region, traffic_dial_percentage}, by Region;
           ``created_at`` is UTC, ISO 8601.
    Source: S3 API reference, GetMultiRegionAccessPoint and the calls beside it.
    """

    name: pulumi.Output[str]
    alias: pulumi.Output[str]
    arn: pulumi.Output[str]
    status: pulumi.Output[str]
    created_at: pulumi.Output[str]
    public_access_block: pulumi.Output[dict[str, bool]]
    regions: pulumi.Output[list[dict[str, str]]]
    routes: pulumi.Output[list[dict[str, Any]]]
    policy: pulumi.Output[str | None]
    proposed_policy: pulumi.Output[str | None]
    policy_is_public: pulumi.Output[bool | None]

    _live = (
        "alias",
        "arn",
        "status",
        "created_at",
        "public_access_block",
        "regions",
        "routes",
        "policy",
        "proposed_policy",
        "policy_is_public",
    )

    def __init__(
        self,
        resource_name: str,
        name: pulumi.Input[str],
        *,
        account_id: pulumi.Input[str] | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"name": name, "account_id": account_id, "assume_role_arn": assume_role_arn}
        super().__init__(AccessPointLookup(), resource_name, props, opts)

    @classmethod
    def get(
        cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None
    ) -> MultiRegionAccessPoint:
        """
        Read ``ACCOUNT/NAME`` without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        parts = AccessPointLookup().from_id(resource_id)
        return cls(resource_name, parts["name"], account_id=parts["accountId"], opts=with_id(resource_id, opts))
