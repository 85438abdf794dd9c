"""Access Grants locations: a scope of S3 and the role that opens it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import paging, scopes, tags
from .errors import AwsError
from .state import Location, new_id

if TYPE_CHECKING:
    from .calls import Call

# Source: S3 User Guide, "S3 Access Grants limitations".
MOST_LOCATIONS = 1000
_ROLE = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>\d{12}):role/(?:[!-.0-~]+/)*[\w+=,.@-]+", re.ASCII)


def _shown(location: Location) -> dict[str, Any]:
    return {
        "CreatedAt": location.created_at,
        "AccessGrantsLocationId": location.id,
        "AccessGrantsLocationArn": location.arn,
        "LocationScope": location.scope,
        "IAMRoleArn": location.role_arn,
    }


def _check_role(call: Call) -> str:
    role_arn: str = call.parameters["IAMRoleArn"]
    found = _ROLE.fullmatch(role_arn)
    if found is None:
        raise AwsError("InvalidIamRole", f"IAMRoleArn: {role_arn!r} must name an IAM role")
    if found["account"] != call.account or found["partition"] != call.partition:
        limit = f"must be a role of account {call.account} in partition {call.partition}"
        raise AwsError("InvalidIamRole", f"IAMRoleArn: {role_arn!r} {limit}")
    return role_arn


def _check_region(call: Call, scope: str) -> None:
    bucket = call.state.bucket(scopes.bucket_of(scope) or "")
    if bucket is not None and (bucket.account, bucket.region) != (call.account, call.region):
        limit = f"the bucket must be of account {call.account} in {call.region}"
        raise AwsError("InvalidAccessGrantsLocation", f"LocationScope: {scope!r}: {limit}")


def create_access_grants_location(call: Call) -> dict[str, Any]:
    """Answer CreateAccessGrantsLocation; two scopes that mean the same bytes are the same scope."""
    instance = call.state.instance(call.account, call.region)
    scope: str = call.parameters["LocationScope"]
    scopes.check_location_scope(scope)
    _check_region(call, scope)
    role_arn = _check_role(call)
    given_tags = tags.given(call.parameters.get("Tags"))
    if any(scopes.normalised(other.scope) == scopes.normalised(scope) for other in instance.locations.values()):
        message = "The specified Access Grants Location already exists"
        raise AwsError("AccessGrantsLocationAlreadyExistsError", message)
    if len(instance.locations) >= MOST_LOCATIONS:
        message = f"The quota of {MOST_LOCATIONS} locations in an instance is used up"
        raise AwsError("AccessGrantsLocationsQuotaExceededError", message)
    location_id = "default" if scope == scopes.DEFAULT_SCOPE else new_id()
    arn = f"{instance.arn}/location/{location_id}"
    location = Location(location_id, arn, scope, role_arn, call.now, call.state.next_number(), given_tags)
    instance.locations[location_id] = location
    return _shown(location)


def _asked_for(call: Call) -> Location:
    return call.state.location(call.account, call.region, call.parameters["AccessGrantsLocationId"])


def get_access_grants_location(call: Call) -> dict[str, Any]:
    """Answer GetAccessGrantsLocation."""
    return _shown(_asked_for(call))


def update_access_grants_location(call: Call) -> dict[str, Any]:
    """Answer UpdateAccessGrantsLocation: the role changes, the scope never does."""
    location = _asked_for(call)
    location.role_arn = _check_role(call)
    return _shown(location)


def delete_access_grants_location(call: Call) -> dict[str, Any]:
    """Answer DeleteAccessGrantsLocation: grants on it have to go first."""
    location = _asked_for(call)
    instance = call.state.instance(call.account, call.region)
    if any(grant.location_id == location.id for grant in instance.grants.values()):
        message = "The specified Access Grants Location still has grants"
        raise AwsError("AccessGrantsLocationNotEmptyError", message)
    del instance.locations[location.id]
    return {}


def list_access_grants_locations(call: Call) -> dict[str, Any]:
    """Answer ListAccessGrantsLocations, filtered by the very scope that was registered."""
    instance = call.state.instance(call.account, call.region)
    wanted = call.parameters.get("LocationScope")
    found = [location for location in instance.locations.values() if wanted in {None, location.scope}]
    shown, token = paging.page(call, found)
    return {"AccessGrantsLocationsList": [_shown(location) for location in shown], "NextToken": token}
