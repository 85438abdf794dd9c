"""Location role: whom the IAM role behind a location trusts, and what it may do, as IAM holds it now."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure

from grantgate import inputs as accepts
from grantgate.arns import HOMES, Arn, ArnError, partition_of
from grantgate.calls.described import member, no_answer, text, time
from grantgate.calls.errors import Call, Cause, Unread
from grantgate.facts import RoleFact
from grantgate.kinds import LOCATION_ROLE
from grantgate.lookup import Lookup, Place, Props
from grantgate.resource import LookupResource, with_id
from grantgate.role_policies import RoleReader, canonical


class LocationRoleLookup(Lookup):
    """
    Read one IAM role with all of its policies.

    IAM answers only about the account of the credentials, and a call names a role without its account: what IAM gives
    is held against the ARN that was asked for.

    Errors: no such role, a role of another account or path, denied, throttled, unreachable, an answer of another form:
            a check failure on iamRoleArn. What cannot be read of a role makes the whole lookup fail.
    Source: IAM API reference, GetRole, ListRolePolicies, GetRolePolicy, ListAttachedRolePolicies, GetPolicy and
            GetPolicyVersion.
    """

    kind = LOCATION_ROLE
    inputs = {"iamRoleArn": accepts.role_arn}  # noqa: RUF012 - read only; the base class declares it

    def place_faults(self, wanted: Props) -> list[CheckFailure]:
        """Hold account, Region and the role to read with against the ARN, which names its account and partition."""
        faults = []
        role = wanted.get("iamRoleArn")
        if isinstance(role, str) and accepts.role_arn(role) is None:
            arn = Arn.parse(role)
            account, region, reader = (wanted.get(name) for name in ("accountId", "region", "assumeRoleArn"))
            if account and accepts.account_id(account) is None and account != arn.account:
                faults.append(CheckFailure("accountId", f"{account!r} is not the role's account {arn.account!r}"))
            if region and accepts.region(region) is None and partition_of(region) != arn.partition:
                complaint = f"{region!r} is not of the role's partition {arn.partition!r}; leave it out"
                faults.append(CheckFailure("region", complaint))
            if reader and accepts.role_arn(reader) is None and Arn.parse(reader).account != arn.account:
                complaint = f"{reader!r} is not of the role's account {arn.account!r}, and IAM shows no other account's"
                faults.append(CheckFailure("assumeRoleArn", complaint))
        return faults

    def default_region(self, wanted: Props) -> str:
        """Give the Region of the partition's IAM: the stack's plays no part, for a role has none."""
        return HOMES.get(Arn.parse(wanted["iamRoleArn"]).partition) or super().default_region(wanted)

    def default_account(self, wanted: Props, connection: Any) -> str:
        """Give the role's account: its ARN names it."""
        return Arn.parse(wanted["iamRoleArn"]).account

    def fact(self, place: Place, wanted: Props, earlier: Props) -> RoleFact:
        """Ask for the role, then for each of its policies."""
        from grantgate.calls.clients import CLIENTS

        asked_for = Arn.parse(wanted["iamRoleArn"])
        client: Any = CLIENTS.client("iam", place.connection)
        name = asked_for.resource.rpartition("/")[2]
        reader = RoleReader(client, place.account_id, place.region, name, reads_own=not wanted.get("assumeRoleArn"))
        call, reply = reader.ask("GetRole", client.get_role)
        role = member(reply, "Role", call)
        arn = text(role, "Arn", call)
        _same_role(arn, asked_for, call)
        inline, managed = reader.policies()
        boundary = role.get("PermissionsBoundary")
        return RoleFact(
            account_id=place.account_id,
            region=place.region,
            arn=arn,
            role_name=text(role, "RoleName", call),
            path=text(role, "Path", call),
            assume_role_policy=canonical(member(role, "AssumeRolePolicyDocument", call), call),
            inline_policies=inline,
            managed_policies=managed,
            max_session_duration=int(member(role, "MaxSessionDuration", call)),
            created_at=time(role, "CreateDate", call),
            permissions_boundary=None if boundary is None else text(boundary, "PermissionsBoundaryArn", call),
        )

    def resource_id(self, props: Props) -> str:
        """Give the role's ARN: it is unique."""
        return str(props["iamRoleArn"])

    def from_id(self, resource_id: str) -> Props:
        """Take the id as the role's ARN."""
        complaint = accepts.role_arn(resource_id)
        if complaint:
            raise ValueError(complaint)
        return {"iamRoleArn": resource_id}


def _same_role(arn: str, asked_for: Arn, call: Call) -> None:
    """Refuse another role of the same name: that of the credentials' account, or one on another path."""
    try:
        found = Arn.parse(arn)
    except ArnError as error:
        raise no_answer(call, str(error)) from None
    # IAM compares paths and names without letter case.
    if str(found).casefold() == str(asked_for).casefold():
        return
    if found.account != asked_for.account:
        raise Unread(
            Cause.REFUSED,
            f"{call}: the credentials are of account {found.account}, and {str(asked_for)!r} is of another",
            f"set assumeRoleArn to a role of account {asked_for.account} that may read IAM",
        )
    raise Unread(
        Cause.NOT_FOUND,
        f"{call}: there is no role {str(asked_for)!r}; the account's role of this name is {arn!r}",
        "correct the path; S3 cannot assume a role by an ARN that is not its own",
    )


class AccessGrantsLocationRole(LookupResource, module="grantgate", name="AccessGrantsLocationRole"):
    """
    The IAM role ``iam_role_arn`` as it is now: the one behind a location, for instance.

    Shape: ``account_id`` is the ARN's; ``assume_role_policy`` and the ``policy`` of each entry are JSON text with
           sorted keys and no blanks; ``inline_policies`` is a list of {name, policy} and ``managed_policies`` one of
           {policy_arn, name, policy}, each policy in its default version, sorted; ``permissions_boundary`` is an ARN,
           None without one; ``max_session_duration`` in seconds; ``created_at`` is UTC, ISO 8601.
    Source: IAM API reference, GetRole and the calls that read a role's policies.
    """

    iam_role_arn: pulumi.Output[str]
    arn: pulumi.Output[str]
    role_name: pulumi.Output[str]
    path: pulumi.Output[str]
    assume_role_policy: pulumi.Output[str]
    inline_policies: pulumi.Output[list[dict[str, str]]]
    managed_policies: pulumi.Output[list[dict[str, str]]]
    max_session_duration: pulumi.Output[int]
    created_at: pulumi.Output[str]
    permissions_boundary: pulumi.Output[str | None]

    _live = (
        "arn",
        "role_name",
        "path",
        "assume_role_policy",
        "inline_policies",
        "managed_policies",
        "max_session_duration",
        "created_at",
        "permissions_boundary",
    )

    def __init__(
        self,
        resource_name: str,
        iam_role_arn: pulumi.Input[str],
        *,
        account_id: pulumi.Input[str] | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"iam_role_arn": iam_role_arn, "account_id": account_id, "assume_role_arn": assume_role_arn}
        super().__init__(LocationRoleLookup(), resource_name, props, opts)

    @classmethod
    def get(
        cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None
    ) -> AccessGrantsLocationRole:
        """
        Read a role by its ARN without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        return cls(resource_name, resource_id, opts=with_id(resource_id, opts))
