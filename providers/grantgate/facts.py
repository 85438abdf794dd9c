"""
The contract between lookups and rules: what a lookup puts on the wire, by Pulumi type token.

Standard library only: the policy pack imports this module and must never load boto3 or the provider's code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any, Final

PERFORMED: Final = "performed"
"""Value of the ``lookup`` property when AWS was really asked in this very run."""

PENDING: Final = "pending"
"""Value of the ``lookup`` property when an input is not known in this preview, so AWS was not asked."""

RUN_VARIABLE: Final = "GRANTGATE_RUN"
"""Environment variable with a mark of this very run; a lookup repeats it, so that an older answer shows as one."""

FAILED: Final = "failed"
"""Value of the ``lookup`` property when inputs were wrong or AWS gave no usable answer; the engine has the reason."""


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


TERMINAL_STATES: Final = frozenset({"SUCCEEDED", "FAILED"})


@dataclass(frozen=True, slots=True)
class LookupType:
    """
    One kind of lookup as the engine sees it.

    Shape: ``live`` are the wire names that every performed lookup has and no other; ``sometimes`` those that AWS may
           leave out; ``subject`` is the input that names what is looked up; ``shown`` is what a report shows of a
           performed lookup, besides its account and Region; ``saves`` is the IAM action of a list call that many
           lookups share, and without which each is read by itself.
    """

    type: str
    action: str
    subject: str
    live: tuple[str, ...]
    shown: tuple[str, ...]
    sometimes: tuple[str, ...] = ()
    saves: str = ""


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

LOOKUP_TYPES: Final = {kind.type: kind for kind in (LOCATION, INSTANCE_FOR_PREFIX, OPERATION)}
"""Every lookup by its type token."""

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
        return {name: to_props(value) for name, value in pairs if value is not None}
    if isinstance(fact, tuple):
        return [to_props(item) for item in fact]
    return fact


@lru_cache(maxsize=64)
def _members(fact_type: Any) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, camel(field.name)) for field in fields(fact_type))
