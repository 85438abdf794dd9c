"""Locations, Access Grants instances and grants, live and declared, and the buckets beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from grantgate.facts import snake

from grantgate_policies.core import ABSENT, Fact, Missing, Resource, Value
from grantgate_policies.subjects.values import Tags, map_of, member, place_of, tags_of, value_of

CLASSIC_LOCATION: Final = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
NATIVE_LOCATION: Final = "aws-native:s3:AccessGrantsLocation"


@dataclass(frozen=True, slots=True)
class Location(Fact):
    """
    One registered location, live or declared.

    Shape: ``account_id`` and ``region`` are what the resource or its provider says, else ABSENT; ``live`` tells a
           lookup from a declaration; ``access_grants_location_id`` is ABSENT or UNKNOWN until the location exists;
           ``tags`` are ABSENT for a lookup, which does not read them.
    """

    location_scope: Value
    iam_role_arn: Value
    account_id: Value
    region: Value
    live: bool
    access_grants_location_id: Value = ABSENT
    tags: Tags = ABSENT


@dataclass(frozen=True, slots=True)
class Instance(Fact):
    """One declared Access Grants instance; ``identity_center_arn`` is ABSENT where it has no Identity Center."""

    identity_center_arn: Value
    account_id: Value
    region: Value
    tags: Tags


@dataclass(frozen=True, slots=True)
class InstanceForPrefix(Fact):
    """The Access Grants instance that answers for a prefix; ``account_id`` is the requester."""

    s3_prefix: Value
    account_id: Value
    access_grants_instance_arn: Value
    owner_account_id: Value
    instance_region: Value
    region: Value


@dataclass(frozen=True, slots=True)
class Grant(Fact):
    """
    One declared grant.

    Shape: ``access_grants_location_id`` is ``default`` for the location s3://; ``s3_sub_prefix`` is ABSENT where the
           grant takes the location's whole scope; ``grant_scope`` is worked out by S3, UNKNOWN or ABSENT before;
           ``application_arn`` exists in the native provider only.
    """

    access_grants_location_id: Value
    grantee_type: Value
    grantee_identifier: Value
    permission: Value
    s3_sub_prefix: Value
    s3_prefix_type: Value
    application_arn: Value
    grant_scope: Value
    account_id: Value
    region: Value


@dataclass(frozen=True, slots=True)
class Bucket(Fact):
    """One declared bucket, for what rules ask about a location's bucket."""

    bucket: Value
    account_id: Value
    region: Value


def live_location(resource: Resource) -> Iterator[Fact]:
    """Read an AccessGrantsLocation lookup."""
    props = resource.props
    yield Location(
        resource,
        location_scope=value_of(props, "locationScope"),
        iam_role_arn=value_of(props, "iamRoleArn"),
        account_id=value_of(props, "accountId"),
        region=value_of(props, "region"),
        live=True,
        access_grants_location_id=value_of(props, "accessGrantsLocationId"),
    )


def declared_location(resource: Resource) -> Iterator[Fact]:
    """Read a location of either provider."""
    account, region = place_of(resource, "accessGrantsLocationArn")
    props = resource.props
    yield Location(
        resource,
        location_scope=value_of(props, "locationScope"),
        iam_role_arn=value_of(props, "iamRoleArn"),
        access_grants_location_id=value_of(props, "accessGrantsLocationId"),
        account_id=account,
        region=region,
        live=False,
        tags=tags_of(resource),
    )


def instance(resource: Resource) -> Iterator[Fact]:
    """Read an instance of either provider."""
    account, region = place_of(resource, "accessGrantsInstanceArn")
    center = value_of(resource.props, "identityCenterArn")
    yield Instance(resource, center, account, region, tags_of(resource))


def instance_for_prefix(resource: Resource) -> Iterator[Fact]:
    """Read an AccessGrantsInstanceForPrefix lookup."""
    names = ("s3Prefix", "accountId", "accessGrantsInstanceArn", "ownerAccountId", "instanceRegion", "region")
    yield InstanceForPrefix(resource, **{snake(name): value_of(resource.props, name) for name in names})


def grant(resource: Resource) -> Iterator[Fact]:
    """Read a grant of either provider."""
    props = resource.props
    account, region = place_of(resource, "accessGrantArn")
    grantee = map_of(props, "grantee")
    inside = map_of(props, "accessGrantsLocationConfiguration")
    sub_prefix = member(inside, "s3SubPrefix")
    if isinstance(inside, Mapping) and sub_prefix == "":
        sub_prefix = ABSENT  # S3 takes an empty sub-prefix for none
    names = ("accessGrantsLocationId", "permission", "s3PrefixType", "applicationArn", "grantScope")
    yield Grant(
        resource,
        **{snake(name): value_of(props, name) for name in names},
        grantee_type=member(grantee, "granteeType"),
        grantee_identifier=member(grantee, "granteeIdentifier"),
        s3_sub_prefix=sub_prefix,
        account_id=account,
        region=region,
    )


def bucket(resource: Resource) -> Iterator[Fact]:
    """Read a bucket of either provider; the classic one says its Region itself, once it knows."""
    account, region = place_of(resource)
    props = resource.props
    name = value_of(props, "bucketName" if resource.type.startswith("aws-native:") else "bucket")
    known = value_of(props, "bucketRegion")
    # Only until the bucket exists is its provider's Region the best that there is.
    yield Bucket(resource, name, account, region if isinstance(known, Missing) else known)
