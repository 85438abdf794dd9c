"""Grants: who may use what, by the grants of one account and Region."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pulumi

from grantgate import inputs as accepts
from grantgate.facts import Grantee, GrantsFact, ListedGrant, LocationConfiguration
from grantgate.kinds import GRANTS
from grantgate.placewide import PLACE_INPUTS, PlaceLookup, named
from grantgate.resource import LookupResource, with_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate.calls.errors import Call
    from grantgate.lookup import Place, Props

FILTERS: Final = {
    "granteeType": ("GranteeType", accepts.grantee_type),
    "granteeIdentifier": ("GranteeIdentifier", accepts.grantee_identifier),
    "permission": ("Permission", accepts.permission),
    "grantScope": ("GrantScope", accepts.scope),
    "applicationArn": ("ApplicationArn", accepts.application_arn),
}
"""What narrows the list: S3's own name of each, and its check."""


class GrantsLookup(PlaceLookup):
    """
    Read the grants of an account and Region, all of them or those that filters name.

    Errors: denied, throttled, unreachable, a list without an end or beyond its bounds, an item that is not one of this
            account and Region: a check failure on accountId, and never a part of the list.
    Source: S3 API reference, ListAccessGrants.
    """

    kind = GRANTS
    inputs = {**PLACE_INPUTS, **{name: check for name, (_, check) in FILTERS.items()}}  # noqa: RUF012 - read only
    filters = tuple(FILTERS)

    def fact(self, place: Place, wanted: Props, earlier: Props) -> GrantsFact:
        """Ask ListAccessGrants, page by page."""
        listed = self.found(wanted, partial(_listed, place, wanted))
        return GrantsFact(place.account_id, place.region, instance_exists=listed is not None, grants=listed or ())


def _listed(place: Place, wanted: Props) -> tuple[ListedGrant, ...]:
    from grantgate.calls.clients import CLIENTS, asked
    from grantgate.calls.errors import Call
    from grantgate.calls.paging import GRANT_PAGES, every_item

    asked_for = {theirs: wanted[ours] for ours, (theirs, _) in FILTERS.items() if ours in wanted}
    call = Call(GRANTS.action, place.account_id, place.region, " ".join(str(one) for one in asked_for.values()))
    client = CLIENTS.s3control(place.connection)
    given = {"AccountId": place.account_id, **asked_for}
    return every_item(
        GRANT_PAGES,
        call,
        lambda page: asked(call, partial(client.list_access_grants, **given, **page)),
        lambda item: ((read := _grant(item, call, place)).access_grant_id, read),
    )


def _grant(described: Mapping[str, Any], call: Call, place: Place) -> ListedGrant:
    from grantgate.calls.described import arn_there, identifier, member, text, time

    found = identifier(described, "AccessGrantId", call)
    grantee = member(described, "Grantee", call)
    sub_prefix = (described.get("AccessGrantsLocationConfiguration") or {}).get("S3SubPrefix")
    return ListedGrant(
        access_grant_id=found,
        access_grant_arn=arn_there(described, "AccessGrantArn", call, place, f"/grant/{found}"),
        access_grants_location_id=identifier(described, "AccessGrantsLocationId", call),
        grantee=Grantee(text(grantee, "GranteeType", call), text(grantee, "GranteeIdentifier", call)),
        permission=text(described, "Permission", call),
        grant_scope=text(described, "GrantScope", call),
        created_at=time(described, "CreatedAt", call),
        access_grants_location_configuration=LocationConfiguration(sub_prefix) if sub_prefix else None,
        application_arn=described.get("ApplicationArn") or None,
    )


class AccessGrants(LookupResource, module="grantgate", name="AccessGrants"):
    """
    The grants of ``account_id`` in ``region``, as S3 holds them now.

    Shape: ``grants`` is a list of {access_grant_id, access_grant_arn, access_grants_location_id, permission,
           grant_scope, created_at, grantee: {grantee_type, grantee_identifier}} and, where S3 has them,
           access_grants_location_configuration: {s3_sub_prefix} and application_arn; it is sorted by id.
           ``instance_exists`` is false where the account has no instance in the Region, which is a failure unless
           ``must_exist`` is False.
    """

    instance_exists: pulumi.Output[bool]
    grants: pulumi.Output[list[dict[str, Any]]]

    _live = ("instance_exists", "grants")

    def __init__(  # noqa: PLR0913 - one argument for each filter that S3 has
        self,
        resource_name: str,
        *,
        account_id: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        grantee_type: pulumi.Input[str] | None = None,
        grantee_identifier: pulumi.Input[str] | None = None,
        permission: pulumi.Input[str] | None = None,
        grant_scope: pulumi.Input[str] | None = None,
        application_arn: pulumi.Input[str] | None = None,
        must_exist: pulumi.Input[bool] | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {
            "account_id": account_id,
            "region": region,
            "grantee_type": grantee_type,
            "grantee_identifier": grantee_identifier,
            "permission": permission,
            "grant_scope": grant_scope,
            "application_arn": application_arn,
            "must_exist": must_exist,
            "assume_role_arn": assume_role_arn,
        }
        super().__init__(GrantsLookup(), resource_name, props, opts)

    @classmethod
    def get(cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None) -> AccessGrants:
        """
        Read ``ACCOUNT/REGION``, or ``ACCOUNT/REGION/granteeType=IAM&permission=WRITE``, without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        return cls(resource_name, **named(GrantsLookup(), resource_id), opts=with_id(resource_id, opts))
