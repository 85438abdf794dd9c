"""Location: the scope and the IAM role that S3 Access Grants really holds for one registered location."""

from __future__ import annotations

from functools import partial
from typing import Any

import pulumi

from grantgate import inputs as accepts
from grantgate.facts import ListedLocation, LocationFact
from grantgate.kinds import LOCATION
from grantgate.locations import snapshot_of
from grantgate.lookup import Dated, Lookup, Place, Props
from grantgate.resource import LookupResource, with_id


class LocationLookup(Lookup):
    """
    Read one registered location by its id.

    Errors: unknown id, no instance, denied, throttled, unreachable: a check failure on accessGrantsLocationId.
    Source: S3 API reference, GetAccessGrantsLocation.
    """

    kind = LOCATION
    inputs = {"accessGrantsLocationId": accepts.location_id}  # noqa: RUF012 - read only; the base class declares it

    def fact(self, place: Place, wanted: Props, earlier: Props) -> Dated | LocationFact:
        """Ask GetAccessGrantsLocation, or take the location from the list that many lookups share."""
        from grantgate.listing import LISTING

        location_id = wanted["accessGrantsLocationId"]
        shared = None if place.direct else LISTING.find(place, location_id, partial(snapshot_of, place))
        if shared:
            read_at, found = shared
            return Dated(_fact(place, found), read_at)
        return _fact(place, _asked_for(place, location_id))

    def resource_id(self, props: Props) -> str:
        """Give ``account/region/location``."""
        return f"{props['accountId']}/{props['region']}/{props['accessGrantsLocationId']}"

    def from_id(self, resource_id: str) -> Props:
        """Take ``account/region/location`` apart."""
        parts = resource_id.split("/")
        if len(parts) != 3:  # noqa: PLR2004 - the three just named
            raise ValueError(f"{resource_id!r} is not ACCOUNT/REGION/LOCATION-ID")
        return dict(zip(("accountId", "region", "accessGrantsLocationId"), parts, strict=True))


def _asked_for(place: Place, location_id: str) -> ListedLocation:
    from grantgate.calls.clients import CLIENTS, asked
    from grantgate.calls.described import location, no_answer
    from grantgate.calls.errors import Call

    call = Call(LOCATION.action, place.account_id, place.region, location_id)
    client = CLIENTS.s3control(place.connection)
    ask = partial(client.get_access_grants_location, AccountId=place.account_id, AccessGrantsLocationId=location_id)
    reply: Any = asked(call, ask)
    found = location(reply, call, place)
    if found.access_grants_location_id != location_id:
        raise no_answer(call, f"the answer is about {found.access_grants_location_id!r}")
    return found


def _fact(place: Place, found: ListedLocation) -> LocationFact:
    return LocationFact(
        account_id=place.account_id,
        region=place.region,
        access_grants_location_id=found.access_grants_location_id,
        access_grants_location_arn=found.access_grants_location_arn,
        location_scope=found.location_scope,
        iam_role_arn=found.iam_role_arn,
        created_at=found.created_at,
    )


class AccessGrantsLocation(LookupResource, module="grantgate", name="AccessGrantsLocation"):
    """
    The location registered under ``access_grants_location_id``, as S3 holds it now.

    Shape: ``account_id`` defaults to the caller's account, ``region`` to the stack's ``aws:region`` or the
           environment's; ``created_at`` is UTC, ISO 8601.
    """

    access_grants_location_id: pulumi.Output[str]
    access_grants_location_arn: pulumi.Output[str]
    location_scope: pulumi.Output[str]
    iam_role_arn: pulumi.Output[str]
    created_at: pulumi.Output[str]

    _live = ("access_grants_location_arn", "location_scope", "iam_role_arn", "created_at")
    _shares = True

    def __init__(
        self,
        resource_name: str,
        access_grants_location_id: pulumi.Input[str],
        *,
        account_id: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "access_grants_location_id": access_grants_location_id,
            "account_id": account_id,
            "region": region,
            "assume_role_arn": assume_role_arn,
        }
        super().__init__(LocationLookup(), resource_name, props, opts)

    @classmethod
    def get(
        cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None
    ) -> AccessGrantsLocation:
        """
        Read ``ACCOUNT/REGION/LOCATION-ID`` without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        parts = LocationLookup().from_id(resource_id)
        return cls(
            resource_name,
            parts["accessGrantsLocationId"],
            account_id=parts["accountId"],
            region=parts["region"],
            opts=with_id(resource_id, opts),
        )
