"""From a checked seed to state."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import instances, policy, scopes
from .calls import partition_of
from .errors import AwsError
from .mrap import CONTROL_REGION
from .mraprequests import FAILED, FLAGS, IN_PROGRESS, SEGMENT, SUCCEEDED
from .seed import SeedError
from .state import (
    DEFAULT_ACCOUNT,
    AccessPoint,
    AccessPointRegion,
    AsyncRequest,
    Bucket,
    Credential,
    Grant,
    Instance,
    Location,
    ResourcePolicy,
    steady_id,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .state import State

# What a seed leaves out was created then: the same seed gives the same answers on every day.
_LONG_AGO = "2026-01-15T09:30:00Z"


def plant(state: State, seed: Mapping[str, Any]) -> None:
    """
    Replace everything in ``state`` by what a checked seed says.

    Errors: SeedError before anything has changed.
    """
    fresh = type(state)()
    try:
        _fill(fresh, seed)
    except AwsError as mistake:
        raise SeedError(mistake.message) from mistake
    state.adopt(fresh)


def _fill(state: State, seed: Mapping[str, Any]) -> None:
    state.default_account = seed.get("defaultAccount", DEFAULT_ACCOUNT)
    for key, value in seed.get("credentials", {}).items():
        known = {"account": value} if isinstance(value, str) else value
        groups = tuple(known.get("directoryGroups", ()))
        state.credentials[key] = Credential(known["account"], known.get("arn"), known.get("directoryUser"), groups)
    accounts = seed.get("accounts", {})
    for account, content in accounts.items():
        for region, held in (content.get("regions") or {}).items():
            for name in (held or {}).get("buckets", []):
                state.buckets[name] = Bucket(name, account, region)
    for account, content in accounts.items():
        for region, held in (content.get("regions") or {}).items():
            if "instance" in (held or {}):
                _plant_instance(state, account, region, held)
        for point in content.get("multiRegionAccessPoints", []):
            _plant_access_point(state, account, point)
        for request in content.get("operations", []):
            _plant_request(state, account, request)


def _moment(entry: Mapping[str, Any]) -> datetime:
    text: str = entry.get("createdAt", _LONG_AGO)
    return datetime.fromisoformat(text).astimezone(UTC)


def _policy(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _plant_instance(state: State, account: str, region: str, held: Mapping[str, Any]) -> None:
    entry = held["instance"] or {}
    arn = f"arn:{partition_of(region)}:s3:{region}:{account}:access-grants/default"
    instance = Instance(arn, _moment(entry), tags=dict(entry.get("tags", {})))
    instance.shared_with = tuple(entry.get("sharedWith", ()))
    if "identityCenterArn" in entry:
        instances.associate(instance, account, region, entry["identityCenterArn"])
    if (document := _policy(entry.get("resourcePolicy"))) is not None:
        policy.parse(document, "InvalidResourcePolicy")
        instance.resource_policy = ResourcePolicy(document, entry.get("organization"), instance.created_at)
    state.instances[account, region] = instance
    for location in held.get("locations", []):
        _plant_location(state, instance, location)
    for grant in held.get("grants", []):
        _plant_grant(state, instance, grant)


def _plant_location(state: State, instance: Instance, entry: Mapping[str, Any]) -> None:
    """Register a location as it is written: a seed may hold scopes and roles AWS would refuse by now."""
    scope = entry["scope"]
    location_id = entry.get("id")
    if location_id is None:
        location_id = "default" if scope == scopes.DEFAULT_SCOPE else steady_id(instance.arn, scope)
    if location_id in instance.locations:
        raise SeedError(f"locations: the id {location_id!r} must be given once in {instance.arn}")
    instance.locations[location_id] = Location(
        id=location_id,
        arn=f"{instance.arn}/location/{location_id}",
        scope=scope,
        role_arn=entry["roleArn"],
        created_at=_moment(entry),
        number=state.next_number(),
        tags=dict(entry.get("tags", {})),
    )


def _plant_grant(state: State, instance: Instance, entry: Mapping[str, Any]) -> None:
    location = instance.locations.get(entry["locationId"])
    if location is None:
        raise SeedError(f"grants: locationId {entry['locationId']!r} must name a location of {instance.arn}")
    sub_prefix, prefix_type = entry.get("subPrefix"), entry.get("prefixType")
    grantee = entry["grantee"]
    scope = scopes.joined(location.scope, sub_prefix, is_object=prefix_type == "Object")
    made_up = steady_id(instance.arn, location.id, scope, entry["permission"], grantee["identifier"])
    grant_id = entry.get("id", made_up)
    instance.grants[grant_id] = Grant(
        id=grant_id,
        arn=f"{instance.arn}/grant/{grant_id}",
        location_id=location.id,
        sub_prefix=sub_prefix,
        prefix_type=prefix_type,
        scope=scope,
        permission=entry["permission"],
        grantee_type=grantee["type"],
        grantee_identifier=grantee["identifier"],
        application_arn=entry.get("applicationArn"),
        created_at=_moment(entry),
        number=state.next_number(),
        tags=dict(entry.get("tags", {})),
    )


def _block(entry: Mapping[str, Any]) -> dict[str, bool]:
    given = entry.get("publicAccessBlock", {})
    return {flag: given.get(flag[0].lower() + flag[1:], True) for flag in FLAGS}


def _regions(state: State, account: str, entry: Mapping[str, Any]) -> list[AccessPointRegion]:
    regions = []
    for given in entry.get("regions", []):
        bucket = state.buckets.get(given["bucket"])
        region = given.get("region") or (bucket.region if bucket else None)
        if region is None:
            place = f"accounts.{account}: {entry['name']}: regions"
            raise SeedError(f"{place}: bucket {given['bucket']!r} needs a region, since no account lists it")
        owner = given.get("bucketAccountId") or (bucket.account if bucket else account)
        regions.append(AccessPointRegion(given["bucket"], region, owner, given.get("trafficDialPercentage", 100)))
    return regions


def _plant_access_point(state: State, account: str, entry: Mapping[str, Any]) -> None:
    established = _policy(entry.get("policy"))
    state.access_points[account, entry["name"]] = AccessPoint(
        name=entry["name"],
        alias=entry.get("alias") or f"m{steady_id(account, entry['name']).replace('-', '')[:12]}.mrap",
        status=entry.get("status", "READY"),
        created_at=_moment(entry),
        public_access_block=_block(entry),
        regions=_regions(state, account, entry),
        established_policy=established,
        proposed_policy=_policy(entry.get("proposedPolicy")) or established,
    )


def _plant_request(state: State, account: str, entry: Mapping[str, Any]) -> None:
    operation, name = entry["operation"], entry["name"]
    base = f"arn:{partition_of(CONTROL_REGION)}:s3:{CONTROL_REGION}:{account}:async-request/mrap"
    token = entry.get("token") or f"{base}/{SEGMENT[operation]}/{steady_id(account, operation, name)}"
    regions = _regions(state, account, entry)
    details: dict[str, Any] = {"Name": name}
    if operation == "CreateMultiRegionAccessPoint":
        details["PublicAccessBlock"] = _block(entry)
        details["Regions"] = [{"Bucket": region.bucket, "BucketAccountId": region.bucket_account} for region in regions]
    elif operation == "PutMultiRegionAccessPointPolicy":
        details["Policy"] = _policy(entry.get("policy")) or "{}"
    given_error = entry.get("error")
    default_timeline = [IN_PROGRESS, FAILED if given_error else SUCCEEDED]
    timeline = tuple(entry.get("timeline", default_timeline))
    statuses = entry.get("regionStatuses") or {region.region: timeline[-1] for region in regions}
    state.requests[token] = AsyncRequest(
        token_arn=token,
        operation=operation,
        details=details,
        created_at=_moment(entry),
        timeline=timeline,
        region_statuses=dict(statuses),
        error={key[0].upper() + key[1:]: text for key, text in given_error.items()} if given_error else None,
        expires_after_polls=entry.get("expiresAfterPolls"),
        expired=entry.get("expired", False),
    )
