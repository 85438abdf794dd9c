"""Instance policy: whom the resource policy of an S3 Access Grants instance lets in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from grantgate.facts import InstancePolicyFact
from grantgate.kinds import INSTANCE_POLICY
from grantgate.placewide import PLACE_INPUTS, PlaceLookup, named
from grantgate.resource import LookupResource, with_id

if TYPE_CHECKING:
    from grantgate.calls.errors import Call
    from grantgate.lookup import Place, Props


class InstancePolicyLookup(PlaceLookup):
    """
    Read the resource policy of an account's instance in a Region; having none is ``policyExists: false``.

    Errors: denied, throttled, unreachable, and unless mustExist is false no instance: a check failure on accountId.
    Source: S3 API reference, GetAccessGrantsInstanceResourcePolicy.
    """

    kind = INSTANCE_POLICY
    inputs = PLACE_INPUTS

    def fact(self, place: Place, wanted: Props, earlier: Props) -> InstancePolicyFact:
        """Ask GetAccessGrantsInstanceResourcePolicy."""
        from grantgate.calls.described import time
        from grantgate.calls.errors import Call

        call = Call(self.kind.action, place.account_id, place.region, "")
        reply = self.found(wanted, partial(_policy, place, call))
        exists = reply is not None
        if not reply:
            return InstancePolicyFact(place.account_id, place.region, instance_exists=exists, policy_exists=False)
        return InstancePolicyFact(
            account_id=place.account_id,
            region=place.region,
            instance_exists=True,
            policy_exists=True,
            policy=reply["Policy"],
            organization=reply.get("Organization") or None,
            created_at=time(reply, "CreatedAt", call) if reply.get("CreatedAt") else None,
        )


def _policy(place: Place, call: Call) -> dict[str, Any]:
    """Give S3's answer; empty where the instance has no policy."""
    from grantgate.calls.answered import NO_INSTANCE_POLICY
    from grantgate.calls.clients import CLIENTS, asked
    from grantgate.calls.described import text
    from grantgate.calls.errors import Cause, Unread

    client = CLIENTS.s3control(place.connection)
    ask = partial(client.get_access_grants_instance_resource_policy, AccountId=place.account_id)
    try:
        reply: Any = asked(call, ask)
    except Unread as unread:
        if unread.cause is Cause.NOT_FOUND and unread.code == NO_INSTANCE_POLICY:
            return {}
        raise
    return {**reply, "Policy": text(reply, "Policy", call)}


class AccessGrantsInstanceResourcePolicy(LookupResource, module="grantgate", name="AccessGrantsInstanceResourcePolicy"):
    """
    The resource policy of the S3 Access Grants instance of ``account_id`` in ``region``, as S3 holds it now.

    Shape: ``policy`` is JSON text as S3 returned it; it, ``organization`` and ``created_at`` are None where
           ``policy_exists`` is false. ``instance_exists`` is false where the account has no instance in the Region,
           which is a failure unless ``must_exist`` is False.
    """

    instance_exists: pulumi.Output[bool]
    policy_exists: pulumi.Output[bool]
    policy: pulumi.Output[str | None]
    organization: pulumi.Output[str | None]
    created_at: pulumi.Output[str | None]

    _live = ("instance_exists", "policy_exists", "policy", "organization", "created_at")

    def __init__(
        self,
        resource_name: str,
        *,
        account_id: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        must_exist: pulumi.Input[bool] | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {
            "account_id": account_id,
            "region": region,
            "must_exist": must_exist,
            "assume_role_arn": assume_role_arn,
        }
        super().__init__(InstancePolicyLookup(), resource_name, props, opts)

    @classmethod
    def get(
        cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None
    ) -> AccessGrantsInstanceResourcePolicy:
        """
        Read ``ACCOUNT/REGION`` without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        return cls(resource_name, **named(InstancePolicyLookup(), resource_id), opts=with_id(resource_id, opts))
