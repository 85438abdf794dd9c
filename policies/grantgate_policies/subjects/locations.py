"""Locations, Access Grants instances and grants, live and declared, and the buckets beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grantgate.facts import snake
from grantgate.kinds import GRANTS, LOCATIONS

from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Missing, Resource, Value
from grantgate_policies.subjects.items import items_in
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
    """
    One Access Grants instance, live or declared.

    Shape: ``identity_center_arn`` is ABSENT where it has no Identity Center; ``tags`` are ABSENT for a lookup, which
           does not read them; ``live`` tells a lookup from a declaration.
    """

    identity_center_arn: Value
    account_id: Value
    region: Value
    tags: Tags
    live: bool = False


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
    One grant, live or declared.

    Shape: ``access_grants_location_id`` is ``default`` for the location s3://; ``s3_sub_prefix`` is ABSENT where the
           grant takes the location's whole scope; ``s3_prefix_type`` of a live grant is what its scope tells, since S3
           does not say it back; ``grant_scope`` is worked out by S3, UNKNOWN or ABSENT before; ``application_arn``
           exists in lookups and in the native provider only; ``arn`` is ABSENT or UNKNOWN until the grant exists;
           ``live`` tells a lookup from a declaration.
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
    arn: Value = ABSENT
    live: bool = False


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


def live_locations(resource: Resource) -> Iterator[Fact]:
    """Read an AccessGrantsLocations lookup: one location for each entry of its list."""
    account, region = (value_of(resource.props, name) for name in ("accountId", "region"))
    for item, entry in items_in(resource, LOCATIONS):
        yield Location(
            resource,
            location_scope=member(entry, "locationScope"),
            iam_role_arn=member(entry, "iamRoleArn"),
            account_id=account,
            region=region,
            live=True,
            access_grants_location_id=member(entry, "accessGrantsLocationId"),
            item=item,
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


def live_instance(resource: Resource) -> Iterator[Fact]:
    """Read an AccessGrantsInstance lookup; nothing where AWS says that there is no instance, or was not heard."""
    props = resource.props
    exists = props.get("instanceExists")
    center = value_of(props, "identityCenterArn")
    if exists is UNKNOWN and center is ABSENT:
        center = UNKNOWN
    if exists is True or exists is UNKNOWN:
        account, region = (value_of(props, name) for name in ("accountId", "region"))
        yield Instance(resource, center, account, region, tags=ABSENT, live=True)


def instance_for_prefix(resource: Resource) -> Iterator[Fact]:
    """Read an AccessGrantsInstanceForPrefix lookup."""
    names = ("s3Prefix", "accountId", "accessGrantsInstanceArn", "ownerAccountId", "instanceRegion", "region")
    texts: dict[str, Any] = {snake(name): value_of(resource.props, name) for name in names}
    yield InstanceForPrefix(resource, **texts)


def grant(resource: Resource) -> Iterator[Fact]:
    """Read a grant of either provider."""
    props = resource.props
    account, region = place_of(resource, "accessGrantArn")
    texts = {**_granted(props), "s3_prefix_type": value_of(props, "s3PrefixType")}
    yield Grant(resource, **texts, account_id=account, region=region)


def live_grants(resource: Resource) -> Iterator[Fact]:
    """Read an AccessGrants lookup: one grant for each entry of its list."""
    account, region = (value_of(resource.props, name) for name in ("accountId", "region"))
    for item, entry in items_in(resource, GRANTS):
        texts = _granted(entry)
        texts["s3_prefix_type"] = _prefix_type(texts["grant_scope"], texts["s3_sub_prefix"])
        yield Grant(resource, **texts, account_id=account, region=region, live=True, item=item)


def _granted(entry: Mapping[str, Any] | Missing) -> dict[str, Any]:
    """Read what a grant says, wherever it stands."""
    grantee, inside = (
        map_of(entry, name) if isinstance(entry, Mapping) else entry
        for name in ("grantee", "accessGrantsLocationConfiguration")
    )
    sub_prefix = member(inside, "s3SubPrefix")
    if isinstance(inside, Mapping) and sub_prefix == "":
        sub_prefix = ABSENT  # S3 takes an empty sub-prefix for none
    names = ("accessGrantsLocationId", "permission", "applicationArn", "grantScope")
    return {
        **{snake(name): member(entry, name) for name in names},
        "arn": member(entry, "accessGrantArn"),
        "grantee_type": member(grantee, "granteeType"),
        "grantee_identifier": member(grantee, "granteeIdentifier"),
        "s3_sub_prefix": sub_prefix,
    }


def _prefix_type(scope: Value, sub_prefix: Value) -> Value:
    """Tell from a live grant's scope whether it is one object: S3 ends the scope of everything else in ``*``."""
    if not isinstance(scope, str) or isinstance(sub_prefix, Missing):
        return UNKNOWN if UNKNOWN in (scope, sub_prefix) else ABSENT
    return ABSENT if scope.endswith("*") else "Object"


def bucket(resource: Resource) -> Iterator[Fact]:
    """Read a bucket of either provider; the classic one says its Region itself, once it knows."""
    account, region = place_of(resource)
    props = resource.props
    name = value_of(props, "bucketName" if resource.type.startswith("aws-native:") else "bucket")
    known = value_of(props, "bucketRegion")
    # Only until the bucket exists is its provider's Region the best that there is.
    yield Bucket(resource, name, account, region if isinstance(known, Missing) else known)
