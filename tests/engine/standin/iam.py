"""IAM: roles, their policies in all the ways there are, and managed policies."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from . import tags
from .cloud import found
from .kind import Kind, names

if TYPE_CHECKING:
    from .cloud import Site
    from .values import Props


def _text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


def _given(**parameters: Any) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


# --- roles ------------------------------------------------------------------------------------------------------------


def _trust(props: Props) -> str:
    return _text(props.get("assumeRolePolicy") or props.get("assumeRolePolicyDocument"))


def _inline(props: Props) -> dict[str, str]:
    bridged = {one["name"]: _text(one["policy"]) for one in props.get("inlinePolicies") or ()}
    return bridged | {one["policyName"]: _text(one["policyDocument"]) for one in props.get("policies") or ()}


def _create_role(site: Site, props: Props) -> str:
    name: str = props.get("name") or props["roleName"]
    site.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=_trust(props),
        **_given(
            Description=props.get("description"),
            MaxSessionDuration=props.get("maxSessionDuration"),
            Path=props.get("path"),
            PermissionsBoundary=props.get("permissionsBoundary"),
            Tags=tags.to_aws(props) or None,
        ),
    )
    _set_policies(site, name, {}, props)
    return name


def _set_policies(site: Site, name: str, olds: Props, news: Props) -> None:
    iam, before, after = site.client("iam"), _inline(olds), _inline(news)
    for gone in sorted(set(before) - set(after)):
        found(partial(iam.delete_role_policy, RoleName=name, PolicyName=gone))
    for policy in sorted(after):
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=after[policy])
    was, now = set(olds.get("managedPolicyArns") or ()), set(news.get("managedPolicyArns") or ())
    for arn in sorted(was - now):
        found(partial(iam.detach_role_policy, RoleName=name, PolicyArn=arn))
    for arn in sorted(now - was):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)


def _read_role(site: Site, resource_id: str, props: Props) -> Props | None:
    got = found(lambda: site.client("iam").get_role(RoleName=resource_id))
    if got is None:
        return None
    role = got["Role"]
    trust = role["AssumeRolePolicyDocument"]
    return {
        "arn": role["Arn"],
        "createDate": role["CreateDate"].isoformat(),
        "roleId": role["RoleId"],
        "uniqueId": role["RoleId"],
        "path": role["Path"],
        # In the form that was given: AWS keeps text, the native provider's program may have an object.
        "assumeRolePolicy": props.get("assumeRolePolicy") or json.dumps(trust),
        "assumeRolePolicyDocument": props.get("assumeRolePolicyDocument") or trust,
    }


def _update_role(site: Site, resource_id: str, olds: Props, news: Props) -> None:
    iam = site.client("iam")
    iam.update_assume_role_policy(RoleName=resource_id, PolicyDocument=_trust(news))
    iam.update_role(
        RoleName=resource_id,
        **_given(Description=news.get("description"), MaxSessionDuration=news.get("maxSessionDuration")),
    )
    boundary = news.get("permissionsBoundary")
    if boundary:
        iam.put_role_permissions_boundary(RoleName=resource_id, PermissionsBoundary=boundary)
    elif olds.get("permissionsBoundary"):
        iam.delete_role_permissions_boundary(RoleName=resource_id)
    _set_policies(site, resource_id, olds, news)
    if gone := sorted(set(_tags(olds)) - set(_tags(news))):
        iam.untag_role(RoleName=resource_id, TagKeys=gone)
    if _tags(news):
        iam.tag_role(RoleName=resource_id, Tags=tags.to_aws(news))


def _tags(props: Props) -> dict[str, str]:
    return tags.as_map(props.get("tagsAll") or props.get("tags"))


def _delete_role(site: Site, resource_id: str, props: Props) -> None:
    if found(lambda: site.client("iam").get_role(RoleName=resource_id)) is not None:
        _set_policies(site, resource_id, props, {})
        site.client("iam").delete_role(RoleName=resource_id)


# --- policies of one role ---------------------------------------------------------------------------------------------


def _put_role_policy(site: Site, props: Props) -> str:
    role, name = _role_policy(props)
    policy = props.get("policy") or props.get("policyDocument")
    site.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_text(policy))
    return f"{role}:{name}" if "role" in props else f"{name}|{role}"


def _role_policy(props: Props) -> tuple[str, str]:
    return (props["role"], props["name"]) if "role" in props else (props["roleName"], props["policyName"])


def _read_role_policy(site: Site, _resource_id: str, props: Props) -> Props | None:
    role, name = _role_policy(props)
    got = found(lambda: site.client("iam").get_role_policy(RoleName=role, PolicyName=name))
    return None if got is None else {}


def _delete_role_policy(site: Site, _resource_id: str, props: Props) -> None:
    role, name = _role_policy(props)
    found(lambda: site.client("iam").delete_role_policy(RoleName=role, PolicyName=name))


def _attach(site: Site, props: Props) -> str:
    site.client("iam").attach_role_policy(RoleName=props["role"], PolicyArn=props["policyArn"])
    return f"{props['role']}/{props['policyArn']}"


def _read_attachment(site: Site, _resource_id: str, props: Props) -> Props | None:
    got = found(lambda: site.client("iam").list_attached_role_policies(RoleName=props["role"]))
    attached = {one["PolicyArn"] for one in got["AttachedPolicies"]} if got else set()
    return {} if props["policyArn"] in attached else None


def _detach(site: Site, _resource_id: str, props: Props) -> None:
    found(lambda: site.client("iam").detach_role_policy(RoleName=props["role"], PolicyArn=props["policyArn"]))


# --- managed policies -------------------------------------------------------------------------------------------------


def _create_policy(site: Site, props: Props) -> str:
    made = site.client("iam").create_policy(
        PolicyName=props.get("name") or props["managedPolicyName"],
        PolicyDocument=_text(props.get("policy") or props.get("policyDocument")),
        **_given(
            Description=props.get("description"),
            Path=props.get("path"),
            Tags=tags.to_aws(props) or None,
        ),
    )["Policy"]
    for role in props.get("roles") or ():
        site.client("iam").attach_role_policy(RoleName=role, PolicyArn=made["Arn"])
    return str(made["Arn"])


def _read_managed(site: Site, resource_id: str, _props: Props) -> Props | None:
    got = found(lambda: site.client("iam").get_policy(PolicyArn=resource_id))
    if got is None:
        return None
    policy = got["Policy"]
    return {
        "arn": policy["Arn"],
        "attachmentCount": policy["AttachmentCount"],
        "createDate": policy["CreateDate"].isoformat(),
        "defaultVersionId": policy["DefaultVersionId"],
        "isAttachable": True,
        "permissionsBoundaryUsageCount": 0,
        "policyArn": policy["Arn"],
        "policyId": policy["PolicyId"],
        "updateDate": policy["UpdateDate"].isoformat(),
    }


def _update_managed(site: Site, resource_id: str, olds: Props, news: Props) -> None:
    iam = site.client("iam")
    text = _text(news.get("policy") or news.get("policyDocument"))
    iam.create_policy_version(PolicyArn=resource_id, PolicyDocument=text, SetAsDefault=True)
    was, now = set(olds.get("roles") or ()), set(news.get("roles") or ())
    for role in sorted(was - now):
        iam.detach_role_policy(RoleName=role, PolicyArn=resource_id)
    for role in sorted(now - was):
        iam.attach_role_policy(RoleName=role, PolicyArn=resource_id)


def _delete_managed(site: Site, resource_id: str, props: Props) -> None:
    iam = site.client("iam")
    if found(lambda: iam.get_policy(PolicyArn=resource_id)) is None:
        return
    for role in props.get("roles") or ():
        iam.detach_role_policy(RoleName=role, PolicyArn=resource_id)
    for version in iam.list_policy_versions(PolicyArn=resource_id)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=resource_id, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=resource_id)


_ROLE = names("description managedPolicyArns maxSessionDuration path permissionsBoundary")

IAM = (
    Kind(
        type="aws:iam/role:Role",
        does=_ROLE | names("assumeRolePolicy inlinePolicies name"),
        create=_create_role,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
        replaces=names("name path"),
        name="name",
        policies=names("assumeRolePolicy"),
        blocks=names("inlinePolicies"),
        legacy=True,
        defaults={"": {"maxSessionDuration": 3600, "path": "/"}},
        late=names("inlinePolicies managedPolicyArns"),
    ),
    Kind(
        type="aws:iam/rolePolicy:RolePolicy",
        does=names("name policy role"),
        create=_put_role_policy,
        read=_read_role_policy,
        update=lambda site, _resource_id, _olds, news: _put_role_policy(site, news),
        delete=_delete_role_policy,
        replaces=names("name role"),
        name="name",
        policies=names("policy"),
        legacy=True,
    ),
    Kind(
        type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        does=names("policyArn role"),
        create=_attach,
        read=_read_attachment,
        delete=_detach,
        replaces=names("policyArn role"),
        legacy=True,
    ),
    Kind(
        type="aws:iam/policy:Policy",
        does=names("description name path policy"),
        create=_create_policy,
        read=_read_managed,
        update=_update_managed,
        delete=_delete_managed,
        replaces=names("description name path"),
        name="name",
        policies=names("policy"),
        legacy=True,
        defaults={"": {"path": "/"}},
    ),
    Kind(
        type="aws-native:iam:Role",
        does=_ROLE | names("assumeRolePolicyDocument policies roleName"),
        create=_create_role,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
        replaces=names("path roleName"),
        name="roleName",
    ),
    Kind(
        type="aws-native:iam:RolePolicy",
        does=names("policyDocument policyName roleName"),
        create=_put_role_policy,
        read=_read_role_policy,
        update=lambda site, _resource_id, _olds, news: _put_role_policy(site, news),
        delete=_delete_role_policy,
        replaces=names("policyName roleName"),
        name="policyName",
    ),
    Kind(
        type="aws-native:iam:ManagedPolicy",
        does=names("description managedPolicyName path policyDocument roles"),
        create=_create_policy,
        read=_read_managed,
        update=_update_managed,
        delete=_delete_managed,
        replaces=names("description managedPolicyName path"),
        name="managedPolicyName",
    ),
)
