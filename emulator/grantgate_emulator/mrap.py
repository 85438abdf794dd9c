"""Multi-Region Access Points as they are: reading them, their policies and their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import policy
from .errors import AwsError

if TYPE_CHECKING:
    from .calls import Call
    from .state import AccessPoint, AccessPointRegion

CONTROL_REGION = "us-west-2"
# Source: S3 API reference, SubmitMultiRegionAccessPointRoutes: the Regions that answer for failover.
ROUTE_REGIONS = ("us-east-1", "us-west-2", "ap-southeast-2", "ap-northeast-1", "eu-west-1")
ROUTE_OPERATIONS = frozenset({"GetMultiRegionAccessPointRoutes", "SubmitMultiRegionAccessPointRoutes"})
_ACTIVE, _PASSIVE = 100, 0


def check_region(operation: str, region: str) -> None:
    """Redirect what is sent to a Region that does not serve Multi-Region Access Points; no SDK follows the 301."""
    if "MultiRegionAccessPoint" not in operation:
        return
    allowed = ROUTE_REGIONS if operation in ROUTE_OPERATIONS else (CONTROL_REGION,)
    if region not in allowed:
        message = (
            f"This API operation is only available in the following Regions: {', '.join(allowed)}. "
            "Make sure to send all future requests to a supported Region."
        )
        raise AwsError("PermanentRedirect", message)


def _asked_for(call: Call) -> AccessPoint:
    found = call.state.access_points.get((call.account, call.parameters["Name"]))
    if found is None:
        raise AwsError("NoSuchMultiRegionAccessPoint", "The specified Multi-Region Access Point does not exist")
    return found


def _shown(point: AccessPoint) -> dict[str, Any]:
    return {
        "Name": point.name,
        "Alias": point.alias,
        "CreatedAt": point.created_at,
        "PublicAccessBlock": point.public_access_block,
        "Status": point.status,
        "Regions": [
            {"Bucket": region.bucket, "Region": region.region, "BucketAccountId": region.bucket_account}
            for region in point.regions
        ],
    }


def get_multi_region_access_point(call: Call) -> dict[str, Any]:
    """Answer GetMultiRegionAccessPoint."""
    return {"AccessPoint": _shown(_asked_for(call))}


def list_multi_region_access_points(call: Call) -> dict[str, Any]:
    """Answer ListMultiRegionAccessPoints: always everything, since S3 documents its paging as not in use."""
    points = sorted(call.state.access_points.items())
    return {"AccessPoints": [_shown(point) for (account, _), point in points if account == call.account]}


def get_multi_region_access_point_policy(call: Call) -> dict[str, Any]:
    """Answer GetMultiRegionAccessPointPolicy: what holds now, and what was asked for last."""
    point = _asked_for(call)
    if point.proposed_policy is None and point.established_policy is None:
        raise _no_policy()
    return {
        "Policy": {
            "Established": None if point.established_policy is None else {"Policy": point.established_policy},
            "Proposed": None if point.proposed_policy is None else {"Policy": point.proposed_policy},
        }
    }


def get_multi_region_access_point_policy_status(call: Call) -> dict[str, Any]:
    """Answer GetMultiRegionAccessPointPolicyStatus for the established policy."""
    point = _asked_for(call)
    if point.established_policy is None:
        raise _no_policy()
    return {"Established": {"IsPublic": policy.is_public(point.established_policy)}}


def _no_policy() -> AwsError:
    message = "The specified Multi-Region Access Point does not have a policy"
    return AwsError("NoSuchMultiRegionAccessPointPolicy", message)


def _routed(call: Call) -> AccessPoint:
    """Return the access point an Mrap argument names: its ARN, its alias, or (as the CLI also sends) its name."""
    wanted: str = call.parameters["Mrap"]
    name = wanted
    if wanted.startswith("arn:"):
        _, _, service, region, account, resource = (wanted.split(":", 5) + [""] * 6)[:6]
        if (service, region, account) != ("s3", "", call.account):
            raise AwsError("InvalidRequest", f"Mrap: {wanted!r} must be of account {call.account}")
        name = resource.removeprefix("accesspoint/")
    for (account, _), point in call.state.access_points.items():
        if account == call.account and name in {point.alias, point.name}:
            return point
    raise AwsError("NoSuchMultiRegionAccessPoint", "The specified Multi-Region Access Point does not exist")


def get_multi_region_access_point_routes(call: Call) -> dict[str, Any]:
    """Answer GetMultiRegionAccessPointRoutes."""
    point = _routed(call)
    routes = [
        {"Bucket": region.bucket, "Region": region.region, "TrafficDialPercentage": region.dial}
        for region in point.regions
    ]
    return {"Mrap": f"arn:{call.partition}:s3::{call.account}:accesspoint/{point.alias}", "Routes": routes}


def submit_multi_region_access_point_routes(call: Call) -> dict[str, Any]:
    """Answer SubmitMultiRegionAccessPointRoutes: each named Region becomes active or passive at once."""
    point = _routed(call)
    changes = {id(_route_target(point, update)): update["TrafficDialPercentage"] for update in _updates(call)}
    dials = {id(region): changes.get(id(region), region.dial) for region in point.regions}
    if _ACTIVE not in dials.values():
        raise AwsError("InvalidRequest", "RouteUpdates: at least one Region must stay at 100")
    for region in point.regions:
        region.dial = dials[id(region)]
    return {}


def _updates(call: Call) -> list[dict[str, Any]]:
    updates: list[dict[str, Any]] = call.parameters["RouteUpdates"]
    if not updates:
        raise AwsError("InvalidRequest", "RouteUpdates: at least one route is required")
    for update in updates:
        if update["TrafficDialPercentage"] not in {_ACTIVE, _PASSIVE}:
            dial = update["TrafficDialPercentage"]
            raise AwsError("InvalidRequest", f"TrafficDialPercentage: {dial} must be 0 or 100")
    return updates


def _route_target(point: AccessPoint, update: dict[str, Any]) -> AccessPointRegion:
    bucket, region_name = update.get("Bucket"), update.get("Region")
    for region in point.regions:
        names_it = bucket in {None, region.bucket} and region_name in {None, region.region}
        if names_it and not (bucket is None and region_name is None):
            return region
    raise AwsError(
        "InvalidRequest", f"RouteUpdates: no Region of this access point is {bucket or region_name or '(unnamed)'}"
    )
