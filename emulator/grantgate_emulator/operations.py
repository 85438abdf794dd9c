"""Which function answers which S3 Control operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import dataaccess, grants, instances, locations, mrap, mraprequests, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .calls import Call

    Handler = Callable[[Call], Mapping[str, Any]]

HANDLERS: dict[str, Handler] = {
    "AssociateAccessGrantsIdentityCenter": instances.associate_access_grants_identity_center,
    "CreateAccessGrant": grants.create_access_grant,
    "CreateAccessGrantsInstance": instances.create_access_grants_instance,
    "CreateAccessGrantsLocation": locations.create_access_grants_location,
    "CreateMultiRegionAccessPoint": mraprequests.create_multi_region_access_point,
    "DeleteAccessGrant": grants.delete_access_grant,
    "DeleteAccessGrantsInstance": instances.delete_access_grants_instance,
    "DeleteAccessGrantsInstanceResourcePolicy": instances.delete_access_grants_instance_resource_policy,
    "DeleteAccessGrantsLocation": locations.delete_access_grants_location,
    "DeleteMultiRegionAccessPoint": mraprequests.delete_multi_region_access_point,
    "DescribeMultiRegionAccessPointOperation": mraprequests.describe_multi_region_access_point_operation,
    "DissociateAccessGrantsIdentityCenter": instances.dissociate_access_grants_identity_center,
    "GetAccessGrant": grants.get_access_grant,
    "GetAccessGrantsInstance": instances.get_access_grants_instance,
    "GetAccessGrantsInstanceForPrefix": instances.get_access_grants_instance_for_prefix,
    "GetAccessGrantsInstanceResourcePolicy": instances.get_access_grants_instance_resource_policy,
    "GetAccessGrantsLocation": locations.get_access_grants_location,
    "GetDataAccess": dataaccess.get_data_access,
    "GetMultiRegionAccessPoint": mrap.get_multi_region_access_point,
    "GetMultiRegionAccessPointPolicy": mrap.get_multi_region_access_point_policy,
    "GetMultiRegionAccessPointPolicyStatus": mrap.get_multi_region_access_point_policy_status,
    "GetMultiRegionAccessPointRoutes": mrap.get_multi_region_access_point_routes,
    "ListAccessGrants": grants.list_access_grants,
    "ListAccessGrantsInstances": instances.list_access_grants_instances,
    "ListAccessGrantsLocations": locations.list_access_grants_locations,
    "ListCallerAccessGrants": dataaccess.list_caller_access_grants,
    "ListMultiRegionAccessPoints": mrap.list_multi_region_access_points,
    "ListTagsForResource": tags.list_tags_for_resource,
    "PutAccessGrantsInstanceResourcePolicy": instances.put_access_grants_instance_resource_policy,
    "PutMultiRegionAccessPointPolicy": mraprequests.put_multi_region_access_point_policy,
    "SubmitMultiRegionAccessPointRoutes": mrap.submit_multi_region_access_point_routes,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateAccessGrantsLocation": locations.update_access_grants_location,
}
