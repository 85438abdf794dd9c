"""Access grants: who may do what under a location."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import paging, scopes, tags
from .errors import AwsError, no_grant
from .state import Grant, new_id

if TYPE_CHECKING:
    from .calls import Call

# Source: S3 User Guide, "S3 Access Grants limitations".
MOST_GRANTS = 100_000


def _shown(grant: Grant) -> dict[str, Any]:
    configuration = {"S3SubPrefix": grant.sub_prefix} if grant.sub_prefix is not None else None
    return {
        "CreatedAt": grant.created_at,
        "AccessGrantId": grant.id,
        "AccessGrantArn": grant.arn,
        "Grantee": {"GranteeType": grant.grantee_type, "GranteeIdentifier": grant.grantee_identifier},
        "AccessGrantsLocationId": grant.location_id,
        "AccessGrantsLocationConfiguration": configuration,
        "Permission": grant.permission,
        "ApplicationArn": grant.application_arn,
        "GrantScope": grant.scope,
    }


def create_access_grant(call: Call) -> dict[str, Any]:
    """Answer CreateAccessGrant."""
    asked = call.parameters
    instance = call.state.instance(call.account, call.region)
    location = call.state.location(call.account, call.region, asked["AccessGrantsLocationId"])
    sub_prefix = asked.get("AccessGrantsLocationConfiguration", {}).get("S3SubPrefix")
    prefix_type = asked.get("S3PrefixType")
    if location.scope == scopes.DEFAULT_SCOPE and sub_prefix in {None, "*"}:
        message = "AccessGrantsLocationConfiguration.S3SubPrefix: required for the default location s3://"
        raise AwsError("InvalidAccessGrant", message)
    if prefix_type == "Object" and (sub_prefix is None or sub_prefix.endswith("*")):
        raise AwsError("InvalidAccessGrant", "S3PrefixType: Object needs an S3SubPrefix that names one object")
    grantee = asked["Grantee"]
    if not (grantee.get("GranteeType") and grantee.get("GranteeIdentifier")):
        raise AwsError("InvalidRequest", "Invalid Grantee in the request")
    if grantee["GranteeType"] != "IAM" and instance.identity_center_arn is None:
        message = "Grantee: directory users and groups need an instance associated with IAM Identity Center"
        raise AwsError("InvalidIdentityCenterInstance", message)
    if len(instance.grants) >= MOST_GRANTS:
        message = f"The quota of {MOST_GRANTS} grants in an instance is used up"
        raise AwsError("AccessGrantsQuotaExceededError", message)
    grant_id = new_id()
    grant = Grant(
        id=grant_id,
        arn=f"{instance.arn}/grant/{grant_id}",
        location_id=location.id,
        sub_prefix=sub_prefix,
        prefix_type=prefix_type,
        scope=scopes.joined(location.scope, sub_prefix, is_object=prefix_type == "Object"),
        permission=asked["Permission"],
        grantee_type=grantee["GranteeType"],
        grantee_identifier=grantee["GranteeIdentifier"],
        application_arn=asked.get("ApplicationArn"),
        created_at=call.now,
        number=call.state.next_number(),
        tags=tags.given(asked.get("Tags")),
    )
    if any(_meaning(other) == _meaning(grant) for other in instance.grants.values()):
        raise AwsError("AccessGrantAlreadyExists", "The specified Access Grant already exists")
    instance.grants[grant_id] = grant
    return _shown(grant)


def _meaning(grant: Grant) -> tuple[str | None, ...]:
    return (
        grant.location_id,
        grant.scope,
        grant.permission,
        grant.grantee_type,
        grant.grantee_identifier,
        grant.application_arn,
    )


def _asked_for(call: Call) -> Grant:
    grant = call.state.instance(call.account, call.region).grants.get(call.parameters["AccessGrantId"])
    if grant is None:
        raise no_grant()
    return grant


def get_access_grant(call: Call) -> dict[str, Any]:
    """Answer GetAccessGrant."""
    return _shown(_asked_for(call))


def delete_access_grant(call: Call) -> dict[str, Any]:
    """Answer DeleteAccessGrant."""
    grant = _asked_for(call)
    del call.state.instance(call.account, call.region).grants[grant.id]
    return {}


def list_access_grants(call: Call) -> dict[str, Any]:
    """Answer ListAccessGrants with its five filters, which must all hold."""
    wanted = {
        "grantee_type": call.parameters.get("GranteeType"),
        "grantee_identifier": call.parameters.get("GranteeIdentifier"),
        "permission": call.parameters.get("Permission"),
        "scope": call.parameters.get("GrantScope"),
        "application_arn": call.parameters.get("ApplicationArn"),
    }
    found = [
        grant
        for grant in call.state.instance(call.account, call.region).grants.values()
        if all(value in {None, getattr(grant, name)} for name, value in wanted.items())
    ]
    shown, token = paging.page(call, found)
    return {"AccessGrantsList": [_shown(grant) for grant in shown], "NextToken": token}
