"""
The kinds of lookups as the engine sees them, and the marks that every lookup bears: the contract with the rules.

Standard library only: the policy pack imports this module and must never load boto3 or the provider's code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PERFORMED: Final = "performed"
"""Value of the ``lookup`` property when AWS was really asked in this very run."""

READ_AT: Final = "readAt"
"""Property that tells when AWS was asked: UTC, ISO 8601, whole seconds. It is no difference by itself."""

PENDING: Final = "pending"
"""Value of the ``lookup`` property when an input is not known in this preview, so AWS was not asked."""

RUN_VARIABLE: Final = "GRANTGATE_RUN"
"""Environment variable with a mark of this very run; a lookup repeats it, so that an older answer shows as one."""

NOT_LOOKED_AT: Final = "grantgate does not look at "
"""How the program begins to tell what an estate leaves out; reports repeat it."""

RULES_VARIABLE: Final = "GRANTGATE_RULES"
"""Environment variable that names the rules file: the pack judges by it, and an estate has its places from it."""

FAILED: Final = "failed"
"""Value of the ``lookup`` property when inputs were wrong or AWS gave no usable answer; the engine has the reason."""


@dataclass(frozen=True, slots=True)
class LookupType:
    """
    One kind of lookup as the engine sees it.

    Shape: ``live`` are the wire names that every performed lookup has and no other; ``sometimes`` those that AWS may
           leave out; ``subject`` is the input that names what is looked up; ``shown`` is what a report shows of a
           performed lookup, besides its account and Region; ``saves`` is the IAM action of a list call that many
           lookups share, and without which each is read by itself; ``also`` are further IAM actions that every lookup
           of the kind takes; ``items`` is the property that lists what is judged one by one, and ``item_id`` the member
           by which each is known; ``filters`` are the inputs that narrow what is listed.
    """

    type: str
    action: str
    subject: str
    live: tuple[str, ...]
    shown: tuple[str, ...]
    sometimes: tuple[str, ...] = ()
    saves: str = ""
    also: tuple[str, ...] = ()
    items: str = ""
    item_id: str = ""
    filters: tuple[str, ...] = ()


LOCATION: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:AccessGrantsLocation",
    action="s3:GetAccessGrantsLocation",
    subject="accessGrantsLocationId",
    live=("accessGrantsLocationArn", "locationScope", "iamRoleArn", "createdAt"),
    shown=("locationScope", "iamRoleArn", "createdAt"),
    saves="s3:ListAccessGrantsLocations",
)
INSTANCE_FOR_PREFIX: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:AccessGrantsInstanceForPrefix",
    action="s3:GetAccessGrantsInstanceForPrefix",
    subject="s3Prefix",
    live=("accessGrantsInstanceArn", "accessGrantsInstanceId", "ownerAccountId", "instanceRegion"),
    shown=("accessGrantsInstanceArn", "ownerAccountId", "instanceRegion"),
)
OPERATION: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:MultiRegionAccessPointOperation",
    action="s3:DescribeMultiRegionAccessPointOperation",
    subject="requestTokenArn",
    live=("requestStatus", "state", "regions", "failedRegions", "requestParameters", "tokenExpired"),
    shown=("operation", "requestStatus", "creationTime", "failedRegions"),
    sometimes=("operation", "creationTime", "errorDetails"),
)

LOCATIONS: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:AccessGrantsLocations",
    action="s3:ListAccessGrantsLocations",
    subject="accountId",
    live=("instanceExists", "locations"),
    shown=("instanceExists", "locations"),
    items="locations",
    item_id="accessGrantsLocationId",
    filters=("locationScope",),
)
INSTANCE: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:AccessGrantsInstance",
    action="s3:GetAccessGrantsInstance",
    subject="accountId",
    live=("instanceExists",),
    shown=("instanceExists", "accessGrantsInstanceArn", "identityCenterArn", "createdAt"),
    sometimes=(
        "accessGrantsInstanceArn",
        "accessGrantsInstanceId",
        "identityCenterArn",
        "identityCenterApplicationArn",
        "createdAt",
    ),
)
GRANTS: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:AccessGrants",
    action="s3:ListAccessGrants",
    subject="accountId",
    live=("instanceExists", "grants"),
    shown=("instanceExists", "grants"),
    items="grants",
    item_id="accessGrantId",
    filters=("granteeType", "granteeIdentifier", "permission", "grantScope", "applicationArn"),
)
INSTANCE_POLICY: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:AccessGrantsInstanceResourcePolicy",
    action="s3:GetAccessGrantsInstanceResourcePolicy",
    subject="accountId",
    live=("instanceExists", "policyExists"),
    shown=("instanceExists", "policyExists", "organization"),
    sometimes=("policy", "organization", "createdAt"),
)
ACCESS_POINT: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:MultiRegionAccessPoint",
    action="s3:GetMultiRegionAccessPoint",
    subject="name",
    live=("alias", "arn", "status", "createdAt", "publicAccessBlock", "regions", "routes"),
    shown=("alias", "status", "createdAt"),
    sometimes=("policy", "proposedPolicy", "policyIsPublic"),
    also=(
        "s3:GetMultiRegionAccessPointPolicy",
        "s3:GetMultiRegionAccessPointPolicyStatus",
        "s3:GetMultiRegionAccessPointRoutes",
    ),
)
LOCATION_ROLE: Final = LookupType(
    type="pulumi-python:dynamic/grantgate:AccessGrantsLocationRole",
    action="iam:GetRole",
    subject="iamRoleArn",
    live=(
        "arn",
        "roleName",
        "path",
        "assumeRolePolicy",
        "inlinePolicies",
        "managedPolicies",
        "maxSessionDuration",
        "createdAt",
    ),
    shown=("roleName", "path", "createdAt"),
    sometimes=("permissionsBoundary",),
    also=(
        "iam:ListRolePolicies",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
    ),
)

LOOKUP_TYPES: Final = {
    kind.type: kind
    for kind in (
        LOCATION,
        INSTANCE_FOR_PREFIX,
        OPERATION,
        LOCATIONS,
        INSTANCE,
        GRANTS,
        INSTANCE_POLICY,
        ACCESS_POINT,
        LOCATION_ROLE,
    )
}
"""Every lookup by its type token."""
