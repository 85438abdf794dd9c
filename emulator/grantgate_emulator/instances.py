"""Access Grants instances: their life, their Identity Center association, their resource policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import access, paging, policy, scopes, tags
from .calls import partition_of
from .errors import AwsError
from .state import Instance, ResourcePolicy, steady_id

if TYPE_CHECKING:
    from .calls import Call

INSTANCE_ID = "default"


def _shown(instance: Instance) -> dict[str, Any]:
    return {
        "AccessGrantsInstanceArn": instance.arn,
        "AccessGrantsInstanceId": INSTANCE_ID,
        # Deprecated by S3, and it holds the application's ARN, not the one that was given.
        "IdentityCenterArn": instance.identity_center_application_arn,
        "IdentityCenterInstanceArn": instance.identity_center_arn,
        "IdentityCenterApplicationArn": instance.identity_center_application_arn,
        "CreatedAt": instance.created_at,
    }


def associate(instance: Instance, account: str, region: str, identity_center_arn: str) -> None:
    """Tie an instance to Identity Center, which answers with an application of its own."""
    name = identity_center_arn.rpartition("/")[2]
    application = steady_id(account, region, identity_center_arn).replace("-", "")[:16]
    instance.identity_center_arn = identity_center_arn
    instance.identity_center_application_arn = (
        f"arn:{partition_of(region)}:sso::{account}:application/{name}/apl-{application}"
    )


def create_access_grants_instance(call: Call) -> dict[str, Any]:
    """Answer CreateAccessGrantsInstance: one per account and Region."""
    key = (call.account, call.region)
    if key in call.state.instances:
        raise AwsError("AccessGrantsInstanceAlreadyExists", "Access Grants Instance already exists")
    instance = Instance(call.instance_arn, call.now, tags=tags.given(call.parameters.get("Tags")))
    if "IdentityCenterArn" in call.parameters:
        associate(instance, call.account, call.region, call.parameters["IdentityCenterArn"])
    call.state.instances[key] = instance
    return _shown(instance)


def get_access_grants_instance(call: Call) -> dict[str, Any]:
    """Answer GetAccessGrantsInstance."""
    return _shown(call.state.instance(call.account, call.region))


def delete_access_grants_instance(call: Call) -> dict[str, Any]:
    """Answer DeleteAccessGrantsInstance: only an empty one without Identity Center goes."""
    instance = call.state.instance(call.account, call.region)
    if instance.locations or instance.grants:
        raise AwsError("AccessGrantsInstanceNotEmptyError", "Please clean up locations before deleting the instance")
    if instance.identity_center_arn is not None:
        message = "The Access Grants Instance is associated with IAM Identity Center: dissociate it first"
        raise AwsError("InvalidRequest", message)
    del call.state.instances[call.account, call.region]
    return {}


def list_access_grants_instances(call: Call) -> dict[str, Any]:
    """Answer ListAccessGrantsInstances: the account's own instance in this Region, then those shared by RAM."""
    found = [
        _Numbered(instance, number)
        for number, ((account, region), instance) in enumerate(
            sorted(call.state.instances.items(), key=lambda item: (item[0][0] != call.account, item[0])), start=1
        )
        if region == call.region and (account == call.account or call.account in instance.shared_with)
    ]
    shown, token = paging.page(call, found)
    return {"AccessGrantsInstancesList": [_shown(entry.instance) for entry in shown], "NextToken": token}


class _Numbered:
    def __init__(self, instance: Instance, number: int) -> None:
        self.instance, self.number = instance, number


def get_access_grants_instance_for_prefix(call: Call) -> dict[str, Any]:
    """
    Answer GetAccessGrantsInstanceForPrefix: the instance of the account whose bucket it is.

    A bucket nobody is known to own counts as the requester's. Whether a prefix outside every location is an error on
    AWS is not documented; here the owner's instance is the answer, as the SDK plug-ins cache it per bucket.
    """
    prefix: str = call.parameters["S3Prefix"]
    if not prefix.startswith("s3://"):
        raise AwsError("InvalidRequest", f"S3Prefix: {prefix!r} must start with s3://")
    bucket = call.state.bucket(scopes.bucket_of(prefix) or "")
    owner, region = (bucket.account, bucket.region) if bucket else (call.account, call.region)
    if region != call.region:  # Access Grants is regional: an instance knows only the buckets of its own Region.
        raise AwsError("AccessGrantsInstanceNotExistsError", "Access Grants Instance does not exist")
    if owner != call.account:
        instance = call.state.instances.get((owner, region))
        if instance is None or not access.is_open_to_caller(call, instance):
            arn = f"arn:{call.partition}:s3:{region}:{owner}:access-grants/default"
            raise access.refusal(call, arn, "no resource-based policy allows the action")
    else:
        instance = call.state.instance(owner, region)
    return {"AccessGrantsInstanceArn": instance.arn, "AccessGrantsInstanceId": INSTANCE_ID}


def associate_access_grants_identity_center(call: Call) -> dict[str, Any]:
    """Answer AssociateAccessGrantsIdentityCenter."""
    instance = call.state.instance(call.account, call.region)
    associate(instance, call.account, call.region, call.parameters["IdentityCenterArn"])
    return {}


def dissociate_access_grants_identity_center(call: Call) -> dict[str, Any]:
    """Answer DissociateAccessGrantsIdentityCenter: without an association there is nothing to undo."""
    instance = call.state.instance(call.account, call.region)
    instance.identity_center_arn = instance.identity_center_application_arn = None
    return {}


def put_access_grants_instance_resource_policy(call: Call) -> dict[str, Any]:
    """Answer PutAccessGrantsInstanceResourcePolicy."""
    instance = call.state.instance(call.account, call.region)
    document = call.parameters["Policy"]
    policy.parse(document, "InvalidResourcePolicy")
    instance.resource_policy = ResourcePolicy(document, call.parameters.get("Organization"), call.now)
    return _shown_policy(instance.resource_policy)


def get_access_grants_instance_resource_policy(call: Call) -> dict[str, Any]:
    """Answer GetAccessGrantsInstanceResourcePolicy."""
    instance = call.state.instance(call.account, call.region)
    if instance.resource_policy is None:
        message = "Access Grants Instance Resource Policy does not exist"
        raise AwsError("AccessGrantsInstanceResourcePolicyNotExists", message)
    return _shown_policy(instance.resource_policy)


def delete_access_grants_instance_resource_policy(call: Call) -> dict[str, Any]:
    """Answer DeleteAccessGrantsInstanceResourcePolicy: deleting twice is no error."""
    call.state.instance(call.account, call.region).resource_policy = None
    return {}


def _shown_policy(rules: ResourcePolicy) -> dict[str, Any]:
    return {"Policy": rules.document, "Organization": rules.organization, "CreatedAt": rules.created_at}
