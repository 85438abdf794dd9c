"""
The contract between lookups and rules: what a lookup puts on the wire, by Pulumi type token.

Standard library only: the policy pack imports this module and must never load boto3 or the provider's code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class LocationFact:
    """
    What S3 says about one registered location.

    Shape:   ``location_scope`` and ``iam_role_arn`` exactly as S3 returned them; ``account_id`` is 12 digits as text.
    Units:   ``created_at`` is UTC, ISO 8601, whole seconds.
    Source:  S3 API reference, GetAccessGrantsLocation.
    """

    account_id: str
    region: str
    access_grants_location_id: str
    access_grants_location_arn: str
    location_scope: str
    iam_role_arn: str
    created_at: str


@dataclass(frozen=True, slots=True)
class ListedLocation:
    """One location of a list; members as in LocationFact."""

    access_grants_location_id: str
    access_grants_location_arn: str
    location_scope: str
    iam_role_arn: str
    created_at: str


@dataclass(frozen=True, slots=True)
class LocationsFact:
    """
    Every location of one account and Region, or those of one scope.

    Shape:   ``instance_exists`` is false where the account has no Access Grants instance in the Region, which AWS said
             in so many words: a Region that could not be read is no fact. ``locations`` are sorted by id.
    Source:  S3 API reference, ListAccessGrantsLocations.
    """

    account_id: str
    region: str
    instance_exists: bool
    locations: tuple[ListedLocation, ...]


@dataclass(frozen=True, slots=True)
class InstanceFact:
    """
    The Access Grants instance of one account and Region; members are None where there is none, or S3 left them out.

    Shape:   ``identity_center_arn`` is the Identity Center instance's ARN, whatever S3 calls it; S3's own deprecated
             IdentityCenterArn holds the application's.
    Units:   ``created_at`` is UTC, ISO 8601, whole seconds.
    Source:  S3 API reference, GetAccessGrantsInstance.
    """

    account_id: str
    region: str
    instance_exists: bool
    access_grants_instance_arn: str | None = None
    access_grants_instance_id: str | None = None
    identity_center_arn: str | None = None
    identity_center_application_arn: str | None = None
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class Grantee:
    """Whom a grant is for; ``grantee_type`` is DIRECTORY_USER, DIRECTORY_GROUP or IAM."""

    grantee_type: str
    grantee_identifier: str


@dataclass(frozen=True, slots=True)
class LocationConfiguration:
    """What narrows a grant below its location's scope."""

    s3_sub_prefix: str


@dataclass(frozen=True, slots=True)
class ListedGrant:
    """
    One grant of a list; ``access_grants_location_configuration`` and ``application_arn`` are None where S3 has none.

    Units:   ``created_at`` is UTC, ISO 8601, whole seconds.
    """

    access_grant_id: str
    access_grant_arn: str
    access_grants_location_id: str
    grantee: Grantee
    permission: str
    grant_scope: str
    created_at: str
    access_grants_location_configuration: LocationConfiguration | None = None
    application_arn: str | None = None


@dataclass(frozen=True, slots=True)
class GrantsFact:
    """
    The grants of one account and Region, or those that filters name, sorted by id; ``instance_exists`` as in Locations.

    Source:  S3 API reference, ListAccessGrants.
    """

    account_id: str
    region: str
    instance_exists: bool
    grants: tuple[ListedGrant, ...]


@dataclass(frozen=True, slots=True)
class InstancePolicyFact:
    """
    The resource policy of an Access Grants instance; ``policy`` (JSON text) and what follows are None without one.

    Source:  S3 API reference, GetAccessGrantsInstanceResourcePolicy.
    """

    account_id: str
    region: str
    instance_exists: bool
    policy_exists: bool
    policy: str | None = None
    organization: str | None = None
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceForPrefixFact:
    """
    Which Access Grants instance answers for a prefix.

    Shape:   ``account_id`` is the account that asks (the requester); ``owner_account_id`` and ``instance_region`` are
             taken from the instance's ARN.
    Source:  S3 API reference, GetAccessGrantsInstanceForPrefix.
    """

    account_id: str
    region: str
    access_grants_instance_arn: str
    access_grants_instance_id: str
    owner_account_id: str
    instance_region: str


@dataclass(frozen=True, slots=True)
class RegionStatus:
    """How far an operation has come in one Region; ``request_status`` is S3's own word."""

    name: str
    request_status: str


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """Why an operation failed; members that S3 left out are empty."""

    code: str = ""
    message: str = ""
    resource: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four Block Public Access flags of a create request."""

    block_public_acls: bool
    ignore_public_acls: bool
    block_public_policy: bool
    restrict_public_buckets: bool


@dataclass(frozen=True, slots=True)
class BucketOfRegion:
    """One bucket behind a Multi-Region Access Point; ``bucket_account_id`` is empty when S3 left it out."""

    bucket: str
    bucket_account_id: str = ""


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """Parameters of a CreateMultiRegionAccessPoint request; ``public_access_block`` is None when S3 left it out."""

    name: str = ""
    public_access_block: PublicAccessBlock | None = None
    regions: tuple[BucketOfRegion, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteRequest:
    """Parameters of a DeleteMultiRegionAccessPoint request."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class PutPolicyRequest:
    """Parameters of a PutMultiRegionAccessPointPolicy request; ``policy`` is JSON text."""

    name: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class RequestParameters:
    """What was asked for; S3 fills exactly one member."""

    create_multi_region_access_point_request: CreateRequest | None = None
    delete_multi_region_access_point_request: DeleteRequest | None = None
    put_multi_region_access_point_policy_request: PutPolicyRequest | None = None


@dataclass(frozen=True, slots=True)
class OperationFact:
    """
    What S3 says about one asynchronous Multi-Region Access Point request.

    Shape:   ``request_status`` is S3's own word, ``state`` one of SUCCEEDED, FAILED, IN_PROGRESS, UNKNOWN;
             ``failed_regions`` are the names of Regions whose own status is FAILED; ``error_details`` is None while
             nothing failed; ``token_expired`` is true when S3 no longer knows the token and the terminal state of an
             earlier read was kept.
    Units:   ``creation_time`` is UTC, ISO 8601, whole seconds; empty when S3 left it out.
    Source:  S3 API reference, DescribeMultiRegionAccessPointOperation.
    """

    account_id: str
    region: str
    operation: str
    creation_time: str
    request_status: str
    state: str
    regions: tuple[RegionStatus, ...]
    failed_regions: tuple[str, ...]
    error_details: ErrorDetails | None
    request_parameters: RequestParameters
    token_expired: bool = False


@dataclass(frozen=True, slots=True)
class PointRegion:
    """One bucket behind a Multi-Region Access Point, and its Region; the account is empty when S3 left it out."""

    bucket: str
    region: str
    bucket_account_id: str = ""


@dataclass(frozen=True, slots=True)
class PointRoute:
    """How requests are led to one Region: ``traffic_dial_percentage`` is 0 (passive) or 100 (active)."""

    bucket: str
    region: str
    traffic_dial_percentage: int


@dataclass(frozen=True, slots=True)
class AccessPointFact:
    """
    One Multi-Region Access Point as S3 holds it now.

    Shape:   ``status`` is S3's own word, READY among them; ``policy`` is the established and ``proposed_policy`` the
             proposed policy, both JSON text, None without one; ``policy_is_public`` is S3's judgement, None without a
             policy; ``regions`` and ``routes`` are sorted by Region.
    Units:   ``created_at`` is UTC, ISO 8601, whole seconds.
    Source:  S3 API reference, GetMultiRegionAccessPoint, ...Policy, ...PolicyStatus and ...Routes.
    """

    account_id: str
    region: str
    name: str
    alias: str
    arn: str
    status: str
    created_at: str
    public_access_block: PublicAccessBlock
    regions: tuple[PointRegion, ...]
    routes: tuple[PointRoute, ...]
    policy: str | None = None
    proposed_policy: str | None = None
    policy_is_public: bool | None = None


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """One inline policy of a role; ``policy`` is JSON text."""

    name: str
    policy: str


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """One managed policy attached to a role, in its default version; ``policy`` is JSON text."""

    policy_arn: str
    name: str
    policy: str


@dataclass(frozen=True, slots=True)
class RoleFact:
    """
    One IAM role: whom it trusts and what it may do.

    Shape:   ``account_id`` is the ARN's; ``region`` is where it was asked from and says nothing about the role;
             ``assume_role_policy`` is JSON text; policies are sorted by name and ARN; ``permissions_boundary`` is an
             ARN, None without one.
    Units:   ``max_session_duration`` in seconds; ``created_at`` is UTC, ISO 8601, whole seconds.
    Source:  IAM API reference, GetRole, ListRolePolicies, GetRolePolicy, ListAttachedRolePolicies, GetPolicy and
             GetPolicyVersion.
    """

    account_id: str
    region: str
    arn: str
    role_name: str
    path: str
    assume_role_policy: str
    inline_policies: tuple[NamedPolicy, ...]
    managed_policies: tuple[AttachedPolicy, ...]
    max_session_duration: int
    created_at: str
    permissions_boundary: str | None = None


TERMINAL_STATES: Final = frozenset({"SUCCEEDED", "FAILED"})


_HUMP = re.compile(r"_([a-z0-9])")
_EDGE = re.compile(r"(?<=[a-z0-9])([A-Z])")


@lru_cache(maxsize=256)  # the same few names, for every resource
def camel(name: str) -> str:
    """
    Give the wire name of a Python name; names that begin with ``__`` are Pulumi's and stay.

    >>> camel("iam_role_arn"), camel("__provider"), camel("s3_prefix")
    ('iamRoleArn', '__provider', 's3Prefix')
    """
    return name if name.startswith("__") else _HUMP.sub(lambda hump: hump.group(1).upper(), name)


@lru_cache(maxsize=256)
def snake(name: str) -> str:
    """
    Give the Python name of a wire name.

    >>> snake("iamRoleArn"), snake("__provider"), snake("s3Prefix")
    ('iam_role_arn', '__provider', 's3_prefix')
    """
    return name if name.startswith("__") else _EDGE.sub(lambda edge: "_" + edge.group(1), name).lower()


def to_props(fact: Any) -> Any:
    """
    Turn a fact into wire properties: camelCase names, members that are None left out, tuples as lists.

    >>> to_props(RegionStatus("eu-west-1", "SUCCEEDED"))
    {'name': 'eu-west-1', 'requestStatus': 'SUCCEEDED'}
    """
    if is_dataclass(fact):
        kind: Any = type(fact)
        pairs = ((wire_name, getattr(fact, name)) for name, wire_name in _members(kind))
        # Most members are text; lists of ten thousand items have fifty thousand of them.
        return {name: value if type(value) is str else to_props(value) for name, value in pairs if value is not None}
    if isinstance(fact, tuple):
        return [to_props(item) for item in fact]
    return fact


@lru_cache(maxsize=64)
def _members(fact_type: Any) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, camel(field.name)) for field in fields(fact_type))
