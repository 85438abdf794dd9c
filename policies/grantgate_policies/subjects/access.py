"""IAM roles and their policies, policies of Access Grants instances, and shares of them through RAM."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Malformed, Missing, Resource, Value
from grantgate_policies.subjects.values import Flag, flag_of, maps_of, place_of, texts_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Values: TypeAlias = "tuple[Value, ...] | Missing | Malformed"
"""A list of texts of which single ones may be UNKNOWN: the others are known all the same."""

_ARN: Final = re.compile(r"arn:[A-Za-z0-9+=,.@:/_-]{1,2048}")


@dataclass(frozen=True, slots=True)
class InlinePolicy:
    """One policy inside a role; ``document`` is text or object, for `grantgate_policies.iam.read`."""

    name: Value
    document: Any


@dataclass(frozen=True, slots=True)
class Role(Fact):
    """
    One IAM role, live or declared.

    Shape: ``trust`` is its trust policy, text or object, for `grantgate_policies.iam.read`, and ``trust_field`` the
           property that holds it; ``inline_field`` holds its inline policies; ``region`` is its provider's, or where a
           lookup asked, since a role has none; ``path`` is ABSENT where the program gives none (AWS then takes /);
           ``live`` tells a lookup from a declaration.
    """

    arn: Value
    name: Value
    path: Value
    account_id: Value
    region: Value
    trust: Any
    trust_field: str
    inline: tuple[InlinePolicy, ...] | Missing | Malformed
    managed_policy_arns: Values
    permissions_boundary: Value
    inline_field: str = "inlinePolicies"
    live: bool = False


@dataclass(frozen=True, slots=True)
class RolePolicy(Fact):
    """One inline policy that is declared beside its role; ``role`` is the role's name, in ``role_field``."""

    role: Value
    name: Value
    document: Any
    role_field: str = "role"
    document_field: str = "policy"


@dataclass(frozen=True, slots=True)
class PolicyAttachment(Fact):
    """One managed policy, in ``arn_field``, attached to one role, whose name stands in ``role_field``."""

    role: Value
    policy_arn: Value
    role_field: str = "role"
    arn_field: str = "policyArn"


@dataclass(frozen=True, slots=True)
class ManagedPolicy(Fact):
    """
    One managed policy, declared, or live in its default version as a lookup of a role shows it.

    Shape: ``document`` stands in the property ``document_field``; ``roles`` are names of roles that it attaches itself
           to (native provider); ``live`` tells a lookup, which is of the role, from a declaration.
    """

    arn: Value
    name: Value
    document: Any
    roles: Values
    document_field: str = "policy"
    live: bool = False


@dataclass(frozen=True, slots=True)
class InstancePolicy(Fact):
    """
    The resource policy of an Access Grants instance, live or declared.

    Shape: ``policy`` is for `grantgate_policies.iam.read`; ``organization`` is the organization that S3 says it is of,
           ABSENT where it says none and for declarations; ``live`` tells a lookup from a declaration.
    """

    policy: Any
    account_id: Value
    region: Value
    organization: Value = ABSENT
    live: bool = False


@dataclass(frozen=True, slots=True)
class ResourceShare(Fact):
    """
    One share of AWS Resource Access Manager.

    Shape: ``resource_arns`` and ``principals`` are those that the share itself names (native provider); others are
           associated beside it. ``allow_external_principals`` is ABSENT where the program gives none: the classic
           provider then sends false, RAM by itself takes true.
    """

    arn: Value
    name: Value
    allow_external_principals: Flag
    permission_arns: Values
    resource_arns: Values
    principals: Values
    account_id: Value
    region: Value


@dataclass(frozen=True, slots=True)
class ResourceAssociation(Fact):
    """One resource that a share shares."""

    resource_arn: Value
    resource_share_arn: Value


@dataclass(frozen=True, slots=True)
class PrincipalAssociation(Fact):
    """One principal that a share shares with: an account, an organization, a unit, a role or a user."""

    principal: Value
    resource_share_arn: Value
    account_id: Value
    region: Value


@dataclass(frozen=True, slots=True)
class PermissionAssociation(Fact):
    """One permission that a share gives to whomever it shares with (native provider)."""

    permission_arn: Value
    resource_share_arn: Value
    account_id: Value
    region: Value


def role(resource: Resource) -> Iterator[Fact]:
    """Read a role of either provider."""
    props = resource.props
    native = resource.type.startswith("aws-native:")
    trust_field = "assumeRolePolicyDocument" if native else "assumeRolePolicy"
    account, region = place_of(resource, "arn")
    entries = maps_of(props.get("policies" if native else "inlinePolicies"))
    names = ("policyName", "policyDocument") if native else ("name", "policy")
    inline = (
        tuple(InlinePolicy(value_of(entry, names[0]), _document(entry, names[1])) for entry in entries)
        if isinstance(entries, tuple)
        else entries
    )
    yield Role(
        resource,
        arn=value_of(props, "arn"),
        name=value_of(props, "roleName" if native else "name"),
        path=value_of(props, "path"),
        account_id=account,
        region=region,
        trust=_document(props, trust_field),
        trust_field=trust_field,
        inline=inline,
        managed_policy_arns=_values(props.get("managedPolicyArns")),
        permissions_boundary=value_of(props, "permissionsBoundary"),
        inline_field="policies" if native else "inlinePolicies",
    )


def live_role(resource: Resource) -> Iterator[Fact]:
    """
    Read an AccessGrantsLocationRole lookup, the documents of its managed policies too.

    Nothing where IAM was not heard: a role that was not read must not be taken for one that has no policies.
    """
    props = resource.props
    arn, trust = value_of(props, "arn"), _document(props, "assumeRolePolicy")
    if arn is ABSENT and trust is ABSENT:
        return
    inline, managed = (maps_of(props.get(name)) for name in ("inlinePolicies", "managedPolicies"))
    asked_for = value_of(props, "iamRoleArn")
    yield Role(
        resource,
        # The lookup fails unless both are one role's; while it has not looked, only the program's own is known.
        arn=arn if isinstance(arn, str) or not isinstance(asked_for, str) else asked_for,
        name=value_of(props, "roleName"),
        path=value_of(props, "path"),
        account_id=value_of(props, "accountId"),
        region=value_of(props, "region"),
        trust=trust,
        trust_field="assumeRolePolicy",
        inline=tuple(InlinePolicy(value_of(one, "name"), _document(one, "policy")) for one in inline)
        if isinstance(inline, tuple)
        else inline,
        managed_policy_arns=tuple(value_of(one, "policyArn") for one in managed)
        if isinstance(managed, tuple)
        else managed,
        permissions_boundary=value_of(props, "permissionsBoundary"),
        live=True,
    )
    seen: set[str] = set()
    is_secret = "managedPolicies" in resource.secret_props
    for index, one in enumerate(managed if isinstance(managed, tuple) else ()):
        named = value_of(one, "policyArn")
        is_id = isinstance(named, str) and _ARN.fullmatch(named) and named not in seen and not is_secret
        item = str(named) if is_id else f"#{index}"
        seen.add(item)
        yield ManagedPolicy(
            resource,
            named,
            value_of(one, "name"),
            _document(one, "policy"),
            roles=ABSENT,
            document_field="managedPolicies",
            live=True,
            item=item,
        )


def role_policy(resource: Resource) -> Iterator[Fact]:
    """Read an inline policy of either provider."""
    props = resource.props
    if resource.type.startswith("aws-native:"):
        role_name, name = value_of(props, "roleName"), value_of(props, "policyName")
        yield RolePolicy(resource, role_name, name, _document(props, "policyDocument"), "roleName", "policyDocument")
        return
    yield RolePolicy(resource, value_of(props, "role"), value_of(props, "name"), _document(props, "policy"))


def role_policy_attachment(resource: Resource) -> Iterator[Fact]:
    """Read one policy attached to one role."""
    yield PolicyAttachment(resource, value_of(resource.props, "role"), value_of(resource.props, "policyArn"))


def policy_attachment(resource: Resource) -> Iterator[Fact]:
    """Read one policy attached to many roles: one fact for each."""
    arn = value_of(resource.props, "policyArn")
    roles = _values(resource.props.get("roles"))
    if isinstance(roles, tuple):
        yield from (PolicyAttachment(resource, one, arn, "roles") for one in roles)
    elif roles is not ABSENT:
        yield PolicyAttachment(resource, roles, arn, "roles")


def exclusive_attachments(resource: Resource) -> Iterator[Fact]:
    """Read all the policies that one resource attaches to a role, to the exclusion of all else: a fact for each."""
    name = value_of(resource.props, "roleName")
    for arn in _each(_values(resource.props.get("policyArns"))):
        yield PolicyAttachment(resource, name, arn if isinstance(arn, str) else UNKNOWN, "roleName", "policyArns")


def managed_policy(resource: Resource) -> Iterator[Fact]:
    """Read a managed policy of either provider."""
    props = resource.props
    if resource.type.startswith("aws-native:"):
        yield ManagedPolicy(
            resource,
            value_of(props, "policyArn"),
            value_of(props, "managedPolicyName"),
            _document(props, "policyDocument"),
            _values(props.get("roles")),
            "policyDocument",
        )
        return
    yield ManagedPolicy(resource, value_of(props, "arn"), value_of(props, "name"), _document(props, "policy"), ABSENT)


def instance_policy(resource: Resource) -> Iterator[Fact]:
    """Read the resource policy of an instance."""
    account, region = place_of(resource)
    yield InstancePolicy(resource, _document(resource.props, "policy"), account, region)


def live_instance_policy(resource: Resource) -> Iterator[Fact]:
    """Read an AccessGrantsInstanceResourcePolicy lookup; nothing where there is no policy, or AWS was not heard."""
    props = resource.props
    policy = _document(props, "policy")
    if policy is ABSENT and UNKNOWN in (props.get("policyExists"), props.get("instanceExists")):
        policy = UNKNOWN
    if policy is not ABSENT:
        account, region, organization = (value_of(props, name) for name in ("accountId", "region", "organization"))
        yield InstancePolicy(resource, policy, account, region, organization, live=True)


def resource_share(resource: Resource) -> Iterator[Fact]:
    """Read a share of either provider."""
    props = resource.props
    account, region = place_of(resource, "arn")
    yield ResourceShare(
        resource,
        arn=value_of(props, "arn"),
        name=value_of(props, "name"),
        allow_external_principals=flag_of(props, "allowExternalPrincipals"),
        permission_arns=_values(props.get("permissionArns")),
        resource_arns=_values(props.get("resourceArns")),
        principals=_values(props.get("principals")),
        account_id=account,
        region=region,
    )


def resource_association(resource: Resource) -> Iterator[Fact]:
    """Read one resource of a share."""
    names = ("resourceArn", "resourceShareArn")
    yield ResourceAssociation(resource, *(value_of(resource.props, name) for name in names))


def principal_association(resource: Resource) -> Iterator[Fact]:
    """Read one principal of a share."""
    principal, share = value_of(resource.props, "principal"), value_of(resource.props, "resourceShareArn")
    account, region = place_of(resource, "resourceShareArn")
    yield PrincipalAssociation(resource, principal, share, account, region)


def permission_association(resource: Resource) -> Iterator[Fact]:
    """Read one permission of a share."""
    permission, share = value_of(resource.props, "permissionArn"), value_of(resource.props, "resourceShareArn")
    yield PermissionAssociation(resource, permission, share, *place_of(resource, "resourceShareArn"))


def exclusive_associations(resource: Resource) -> Iterator[Fact]:
    """Read everything that one resource associates with a share, to the exclusion of all else: a fact for each."""
    share = value_of(resource.props, "resourceShareArn")
    for one in _each(_values(resource.props.get("resourceArns"))):
        yield ResourceAssociation(resource, one, share)
    for one in _each(_values(resource.props.get("principals"))):
        yield PrincipalAssociation(resource, one, share, *place_of(resource, "resourceShareArn"))


def _each(members: Values) -> tuple[Value, ...]:
    if isinstance(members, tuple):
        return members
    return () if members is ABSENT else (members,)


def _document(props: Any, name: str) -> Any:
    value = props.get(name)
    return ABSENT if value is None else value


def _values(value: Any) -> Values:
    """Read a list of texts, and keep the known ones where others are not known yet."""
    if isinstance(value, list | tuple) and UNKNOWN in value:
        known = texts_of([one for one in value if one is not UNKNOWN])
        return tuple(one if one is UNKNOWN else str(one) for one in value) if isinstance(known, tuple) else known
    return texts_of(value)
