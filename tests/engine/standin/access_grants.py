"""Access Grants in S3 Control: the instance, its resource policy, its locations and their grants."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from . import tags
from .cloud import found
from .kind import Kind, names

if TYPE_CHECKING:
    from .cloud import Site
    from .values import Props


def _given(**parameters: Any) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def _key(resource_id: str) -> str:
    """Give the last part of an id: the bridged provider puts the account and a comma in front."""
    return resource_id.rpartition(",")[2]


def _id(site: Site, key: str, *, bridged: bool) -> str:
    return f"{site.account},{key}" if bridged else key


def _retag(site: Site, arn: str, olds: Props, news: Props) -> None:
    before, after = (tags.as_map(props.get("tagsAll") or props.get("tags")) for props in (olds, news))
    control = site.client("s3control")
    if gone := sorted(set(before) - set(after)):
        control.untag_resource(AccountId=site.account, ResourceArn=arn, TagKeys=gone)
    if after != before and after:
        control.tag_resource(AccountId=site.account, ResourceArn=arn, Tags=tags.to_aws(news))


# --- the instance -----------------------------------------------------------------------------------------------------


def _create_instance(site: Site, props: Props, *, bridged: bool) -> str:
    asked = _given(IdentityCenterArn=props.get("identityCenterArn"), Tags=tags.to_aws(props) or None)
    made = site.client("s3control").create_access_grants_instance(AccountId=site.account, **asked)
    return site.account if bridged else str(made["AccessGrantsInstanceArn"])


def _read_instance(site: Site, _resource_id: str, _props: Props) -> Props | None:
    got = found(lambda: site.client("s3control").get_access_grants_instance(AccountId=site.account))
    return got and {
        "accessGrantsInstanceArn": got["AccessGrantsInstanceArn"],
        "accessGrantsInstanceId": got["AccessGrantsInstanceId"],
        "identityCenterApplicationArn": got.get("IdentityCenterApplicationArn"),
        "accountId": site.account,
    }


def _update_instance(site: Site, _resource_id: str, olds: Props, news: Props) -> None:
    control, before, after = site.client("s3control"), olds.get("identityCenterArn"), news.get("identityCenterArn")
    if before and before != after:
        control.dissociate_access_grants_identity_center(AccountId=site.account)
    if after and before != after:
        control.associate_access_grants_identity_center(AccountId=site.account, IdentityCenterArn=after)
    _retag(site, olds["accessGrantsInstanceArn"], olds, news)


def _delete_instance(site: Site, _resource_id: str, props: Props) -> None:
    control = site.client("s3control")
    if props.get("identityCenterArn"):
        found(lambda: control.dissociate_access_grants_identity_center(AccountId=site.account))
    found(lambda: control.delete_access_grants_instance(AccountId=site.account))


# --- its resource policy ----------------------------------------------------------------------------------------------


def _put_policy(site: Site, props: Props) -> str:
    control = site.client("s3control")
    control.put_access_grants_instance_resource_policy(AccountId=site.account, Policy=props["policy"])
    return site.account


def _read_policy(site: Site, _resource_id: str, _props: Props) -> Props | None:
    ask = site.client("s3control").get_access_grants_instance_resource_policy
    got = found(lambda: ask(AccountId=site.account))
    return got and {"policy": got["Policy"], "accountId": site.account}


def _delete_policy(site: Site, _resource_id: str, _props: Props) -> None:
    found(lambda: site.client("s3control").delete_access_grants_instance_resource_policy(AccountId=site.account))


# --- locations --------------------------------------------------------------------------------------------------------


def _create_location(site: Site, props: Props, *, bridged: bool) -> str:
    made = site.client("s3control").create_access_grants_location(
        AccountId=site.account,
        LocationScope=props["locationScope"],
        IAMRoleArn=props["iamRoleArn"],
        **_given(Tags=tags.to_aws(props) or None),
    )
    return _id(site, made["AccessGrantsLocationId"], bridged=bridged)


def _read_location(site: Site, resource_id: str, _props: Props) -> Props | None:
    ask = site.client("s3control").get_access_grants_location
    got = found(lambda: ask(AccountId=site.account, AccessGrantsLocationId=_key(resource_id)))
    return got and {
        "accessGrantsLocationArn": got["AccessGrantsLocationArn"],
        "accessGrantsLocationId": got["AccessGrantsLocationId"],
        "locationScope": got["LocationScope"],
        "iamRoleArn": got["IAMRoleArn"],
        "accountId": site.account,
    }


def _update_location(site: Site, resource_id: str, olds: Props, news: Props) -> None:
    site.client("s3control").update_access_grants_location(
        AccountId=site.account, AccessGrantsLocationId=_key(resource_id), IAMRoleArn=news["iamRoleArn"]
    )
    _retag(site, olds["accessGrantsLocationArn"], olds, news)


def _delete_location(site: Site, resource_id: str, _props: Props) -> None:
    ask = site.client("s3control").delete_access_grants_location
    found(lambda: ask(AccountId=site.account, AccessGrantsLocationId=_key(resource_id)))


# --- grants -----------------------------------------------------------------------------------------------------------


def _create_grant(site: Site, props: Props, *, bridged: bool) -> str:
    below = (props.get("accessGrantsLocationConfiguration") or {}).get("s3SubPrefix")
    made = site.client("s3control").create_access_grant(
        AccountId=site.account,
        AccessGrantsLocationId=props["accessGrantsLocationId"],
        Grantee={
            "GranteeType": props["grantee"]["granteeType"],
            "GranteeIdentifier": props["grantee"]["granteeIdentifier"],
        },
        Permission=props["permission"],
        **_given(
            AccessGrantsLocationConfiguration={"S3SubPrefix": below} if below is not None else None,
            ApplicationArn=props.get("applicationArn"),
            S3PrefixType=props.get("s3PrefixType"),
            Tags=tags.to_aws(props) or None,
        ),
    )
    return _id(site, made["AccessGrantId"], bridged=bridged)


def _read_grant(site: Site, resource_id: str, _props: Props) -> Props | None:
    ask = site.client("s3control").get_access_grant
    got = found(lambda: ask(AccountId=site.account, AccessGrantId=_key(resource_id)))
    return got and {
        "accessGrantArn": got["AccessGrantArn"],
        "accessGrantId": got["AccessGrantId"],
        "accessGrantsLocationId": got["AccessGrantsLocationId"],
        "grantScope": got["GrantScope"],
        "permission": got["Permission"],
        "accountId": site.account,
    }


def _update_grant(site: Site, _resource_id: str, olds: Props, news: Props) -> None:
    _retag(site, olds["accessGrantArn"], olds, news)


def _delete_grant(site: Site, resource_id: str, _props: Props) -> None:
    ask = site.client("s3control").delete_access_grant
    found(lambda: ask(AccountId=site.account, AccessGrantId=_key(resource_id)))


_ACCOUNT = names("accountId")
# The native provider's types can have their tags at creation only.
_LOCATION = names("iamRoleArn locationScope")
_GRANT = names("accessGrantsLocationId accessGrantsLocationConfiguration grantee permission s3PrefixType")

ACCESS_GRANTS = tuple(
    kind
    for bridged, prefix in ((True, "aws:s3control/"), (False, "aws-native:s3:"))
    for kind in (
        Kind(
            type=f"{prefix}accessGrantsInstance:AccessGrantsInstance" if bridged else f"{prefix}AccessGrantsInstance",
            does=names("identityCenterArn"),
            create=partial(_create_instance, bridged=bridged),
            read=_read_instance,
            update=_update_instance,
            delete=_delete_instance,
            replaces=_ACCOUNT if bridged else names("tags"),
            late=_ACCOUNT if bridged else frozenset(),
            delete_first=True,
        ),
        Kind(
            type=f"{prefix}accessGrantsLocation:AccessGrantsLocation" if bridged else f"{prefix}AccessGrantsLocation",
            does=_LOCATION,
            create=partial(_create_location, bridged=bridged),
            read=_read_location,
            update=_update_location,
            delete=_delete_location,
            replaces=names("locationScope") | (_ACCOUNT if bridged else names("tags")),
            late=_ACCOUNT if bridged else frozenset(),
        ),
        Kind(
            type=f"{prefix}accessGrant:AccessGrant" if bridged else f"{prefix}AccessGrant",
            does=_GRANT if bridged else _GRANT | names("applicationArn"),
            create=partial(_create_grant, bridged=bridged),
            read=_read_grant,
            update=_update_grant,
            delete=_delete_grant,
            replaces=_GRANT | (_ACCOUNT if bridged else names("applicationArn tags")),
            late=_ACCOUNT if bridged else frozenset(),
        ),
    )
)
RESOURCE_POLICY = Kind(
    type="aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy",
    does=names("policy"),
    create=_put_policy,
    read=_read_policy,
    update=lambda site, _resource_id, _olds, news: _put_policy(site, news),
    delete=_delete_policy,
    replaces=_ACCOUNT,
    late=_ACCOUNT,
)
