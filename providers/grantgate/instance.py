"""Instance for a prefix: which S3 Access Grants instance answers for an S3 prefix, and whose it is."""

from __future__ import annotations

from functools import partial
from typing import Any

import pulumi

from grantgate import inputs as accepts
from grantgate.arns import Arn, ArnError
from grantgate.facts import InstanceForPrefixFact
from grantgate.kinds import INSTANCE_FOR_PREFIX
from grantgate.lookup import Lookup, Place, Props
from grantgate.resource import LookupResource, with_id


class InstanceForPrefixLookup(Lookup):
    """
    Read the instance that answers for a prefix.

    ``accountId`` is the REQUESTER's account: S3 wants to know who asks. Whose instance it is stands in the answer. Ask
    in the bucket's own Region.

    Errors: no instance, denied by the owner's resource policy, throttled, unreachable: a check failure on s3Prefix.
    Source: S3 API reference, GetAccessGrantsInstanceForPrefix.
    """

    kind = INSTANCE_FOR_PREFIX
    inputs = {"s3Prefix": accepts.s3_prefix}  # noqa: RUF012 - read only; the base class declares it

    def fact(self, place: Place, wanted: Props, earlier: Props) -> InstanceForPrefixFact:
        """Ask GetAccessGrantsInstanceForPrefix and take owner and Region from the instance's ARN."""
        from grantgate.calls.clients import CLIENTS, asked, member
        from grantgate.calls.described import no_answer
        from grantgate.calls.errors import Call

        prefix = wanted["s3Prefix"]
        call = Call(self.kind.action, place.account_id, place.region, prefix)
        client = CLIENTS.s3control(place.connection)
        reply: Any = asked(
            call,
            partial(client.get_access_grants_instance_for_prefix, AccountId=place.account_id, S3Prefix=prefix),
        )
        instance_arn = str(member(reply, "AccessGrantsInstanceArn", call))
        try:
            arn = Arn.parse(instance_arn)
        except ArnError as error:
            raise no_answer(call, str(error)) from None
        return InstanceForPrefixFact(
            account_id=place.account_id,
            region=place.region,
            access_grants_instance_arn=instance_arn,
            access_grants_instance_id=member(reply, "AccessGrantsInstanceId", call),
            owner_account_id=arn.account,
            instance_region=arn.region,
        )

    def resource_id(self, props: Props) -> str:
        """Give ``requester/region/prefix``."""
        return f"{props['accountId']}/{props['region']}/{props['s3Prefix']}"

    def from_id(self, resource_id: str) -> Props:
        """Take ``requester/region/prefix`` apart; the prefix keeps its slashes."""
        parts = resource_id.split("/", 2)
        if len(parts) != 3:  # noqa: PLR2004 - the three just named
            raise ValueError(f"{resource_id!r} is not ACCOUNT/REGION/S3-PREFIX")
        return dict(zip(("accountId", "region", "s3Prefix"), parts, strict=True))


class AccessGrantsInstanceForPrefix(LookupResource, module="grantgate", name="AccessGrantsInstanceForPrefix"):
    """
    The S3 Access Grants instance that answers for ``s3_prefix``.

    Shape: ``account_id`` is who asks and defaults to the caller's account; ``owner_account_id`` and
           ``instance_region`` say whose instance answers, and where it is.
    """

    s3_prefix: pulumi.Output[str]
    access_grants_instance_arn: pulumi.Output[str]
    access_grants_instance_id: pulumi.Output[str]
    owner_account_id: pulumi.Output[str]
    instance_region: pulumi.Output[str]

    _live = ("access_grants_instance_arn", "access_grants_instance_id", "owner_account_id", "instance_region")

    def __init__(
        self,
        resource_name: str,
        s3_prefix: pulumi.Input[str],
        *,
        account_id: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "s3_prefix": s3_prefix,
            "account_id": account_id,
            "region": region,
            "assume_role_arn": assume_role_arn,
        }
        super().__init__(InstanceForPrefixLookup(), resource_name, props, opts)

    @classmethod
    def get(
        cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None
    ) -> AccessGrantsInstanceForPrefix:
        """
        Read ``ACCOUNT/REGION/S3-PREFIX`` without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        parts = InstanceForPrefixLookup().from_id(resource_id)
        return cls(
            resource_name,
            parts["s3Prefix"],
            account_id=parts["accountId"],
            region=parts["region"],
            opts=with_id(resource_id, opts),
        )
