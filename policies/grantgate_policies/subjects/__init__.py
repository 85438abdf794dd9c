"""
What rules judge, read from what the engine shows: one reader per resource type, so that every rule sees one fact.

A value is text, UNKNOWN (the engine will only know it during `pulumi up`), ABSENT (nobody said) or Malformed (something
else than text). Rules never see properties.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

from grantgate.kinds import (
    ACCESS_POINT,
    GRANTS,
    INSTANCE,
    INSTANCE_FOR_PREFIX,
    INSTANCE_POLICY,
    LOCATION,
    LOCATION_ROLE,
    LOCATIONS,
    OPERATION,
)

from grantgate_policies.subjects import access, locations, lookups, operations
from grantgate_policies.subjects.access import (
    InlinePolicy,
    InstancePolicy,
    ManagedPolicy,
    PermissionAssociation,
    PolicyAttachment,
    PrincipalAssociation,
    ResourceAssociation,
    ResourceShare,
    Role,
    RolePolicy,
)
from grantgate_policies.subjects.locations import (
    CLASSIC_LOCATION,
    NATIVE_LOCATION,
    Bucket,
    Grant,
    Instance,
    InstanceForPrefix,
    Location,
)
from grantgate_policies.subjects.lookups import OUR_TYPES, LookupRead
from grantgate_policies.subjects.operations import (
    FLAGS,
    MultiRegionAccessPoint,
    MultiRegionAccessPointPolicy,
    MultiRegionAccessPointRoutes,
    Operation,
    RegionBucket,
    Route,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from grantgate_policies.core import Fact, Resource

__all__ = [
    "CLASSIC_LOCATION",
    "FLAGS",
    "NATIVE_LOCATION",
    "OUR_TYPES",
    "READERS",
    "WITNESSES",
    "Bucket",
    "Grant",
    "InlinePolicy",
    "Instance",
    "InstanceForPrefix",
    "InstancePolicy",
    "Location",
    "LookupRead",
    "ManagedPolicy",
    "MultiRegionAccessPoint",
    "MultiRegionAccessPointPolicy",
    "MultiRegionAccessPointRoutes",
    "Operation",
    "PermissionAssociation",
    "PolicyAttachment",
    "PrincipalAssociation",
    "RegionBucket",
    "ResourceAssociation",
    "ResourceShare",
    "Role",
    "RolePolicy",
    "Route",
    "facts_of",
    "items_of",
    "judged",
    "witnessed",
]

Reader: TypeAlias = "Callable[[Resource], Iterator[Fact]]"


def facts_of(resource: Resource) -> tuple[Fact, ...]:
    """Read every fact that ``resource`` holds; none for a type that no rule asks about."""
    reader = READERS.get(resource.type) or WITNESSES.get(resource.type)
    if reader is None:
        reader = lookups.unknown_lookup if resource.type.startswith(OUR_TYPES) else _nothing
    return tuple(reader(resource))


def items_of(resource_type: str, inputs: Mapping[str, Any] | None) -> tuple[type[Fact], int] | None:
    """Say as which kind of fact, and how many, a resource of this type lists; None for what lists nothing."""
    listed = _LISTS.get(resource_type)
    found = (inputs or {}).get(listed[0]) if listed else None
    return (listed[1], len(found)) if listed and isinstance(found, list) else None


def judged(resource_type: str) -> bool:
    """Say whether resources of this type are judged at all."""
    return resource_type in READERS or resource_type.startswith(OUR_TYPES)


def witnessed(resource_type: str) -> bool:
    """Say whether rules look at resources of this type, be it only to judge others."""
    return judged(resource_type) or resource_type in WITNESSES


def _nothing(_resource: Resource) -> Iterator[Fact]:
    yield from ()


def _looked_up(reader: Reader) -> Reader:
    """Read what a lookup found, and whether it looked."""

    def read(resource: Resource) -> Iterator[Fact]:
        return chain(reader(resource), lookups.lookup_read(resource))

    return read


_LISTS: Final[Mapping[str, tuple[str, type[Fact]]]] = {
    LOCATIONS.type: (LOCATIONS.items, Location),
    GRANTS.type: (GRANTS.items, Grant),
}
"""Lookups that list many things: the property, and the kind of fact that each entry is."""

READERS: Final[Mapping[str, Reader]] = {
    LOCATION.type: _looked_up(locations.live_location),
    LOCATIONS.type: _looked_up(locations.live_locations),
    INSTANCE.type: _looked_up(locations.live_instance),
    GRANTS.type: _looked_up(locations.live_grants),
    INSTANCE_POLICY.type: _looked_up(access.live_instance_policy),
    LOCATION_ROLE.type: _looked_up(access.live_role),
    ACCESS_POINT.type: _looked_up(operations.live_access_point),
    INSTANCE_FOR_PREFIX.type: _looked_up(locations.instance_for_prefix),
    OPERATION.type: _looked_up(operations.operation),
    CLASSIC_LOCATION: locations.declared_location,
    NATIVE_LOCATION: locations.declared_location,
    "aws:s3control/accessGrantsInstance:AccessGrantsInstance": locations.instance,
    "aws-native:s3:AccessGrantsInstance": locations.instance,
    "aws:s3control/accessGrant:AccessGrant": locations.grant,
    "aws-native:s3:AccessGrant": locations.grant,
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": access.instance_policy,
    "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": operations.access_point,
    "aws-native:s3:MultiRegionAccessPoint": operations.access_point,
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": operations.access_point_policy,
    "aws-native:s3:MultiRegionAccessPointPolicy": operations.access_point_policy,
    "aws:s3control/multiRegionAccessPointRoutes:MultiRegionAccessPointRoutes": operations.routes,
    "aws:iam/role:Role": access.role,
    "aws-native:iam:Role": access.role,
    "aws:ram/resourceShare:ResourceShare": access.resource_share,
    "aws-native:ram:ResourceShare": access.resource_share,
    "aws:ram/principalAssociation:PrincipalAssociation": access.principal_association,
    "aws-native:ram:PrincipalAssociation": access.principal_association,
    "aws-native:ram:PermissionAssociation": access.permission_association,
    "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive": access.exclusive_associations,
}
"""Every resource type that rules are about."""

WITNESSES: Final[Mapping[str, Reader]] = {
    "aws:iam/rolePolicy:RolePolicy": access.role_policy,
    "aws-native:iam:RolePolicy": access.role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": access.role_policy_attachment,
    "aws:iam/policyAttachment:PolicyAttachment": access.policy_attachment,
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": access.exclusive_attachments,
    "aws:iam/policy:Policy": access.managed_policy,
    "aws-native:iam:ManagedPolicy": access.managed_policy,
    "aws:ram/resourceAssociation:ResourceAssociation": access.resource_association,
    "aws-native:ram:ResourceAssociation": access.resource_association,
    "aws:s3/bucket:Bucket": locations.bucket,
    "aws:s3/bucketV2:BucketV2": locations.bucket,
    "aws-native:s3:Bucket": locations.bucket,
}
"""Resource types that no rule is about, and that rules look at when they judge others."""
