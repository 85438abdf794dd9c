"""Locations: every location that is registered in one account and Region, as one resource."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from grantgate import inputs as accepts
from grantgate.facts import LocationsFact
from grantgate.kinds import LOCATIONS
from grantgate.lookup import Dated, Lookup, Place, Props
from grantgate.placewide import PLACE_INPUTS, PlaceLookup, named
from grantgate.resource import LookupResource, with_id
from grantgate.times import iso

if TYPE_CHECKING:
    from grantgate.listing import Snapshot


class LocationsLookup(PlaceLookup):
    """
    Read every location of an account and Region, or those of one scope.

    Errors: denied, throttled, unreachable, a list without an end or beyond its bounds, an item that is not one of this
            account and Region: a check failure on accountId, and never a part of the list.
    Source: S3 API reference, ListAccessGrantsLocations.
    """

    kind = LOCATIONS
    inputs = {**PLACE_INPUTS, "locationScope": accepts.scope}  # noqa: RUF012 - read only; the base class declares it
    filters = LOCATIONS.filters

    def fact(self, place: Place, wanted: Props, earlier: Props) -> Dated | LocationsFact:
        """Ask ListAccessGrantsLocations, or take the list that single lookups of the same place share."""
        scope = wanted.get("locationScope", "")
        snapshot = self.found(wanted, partial(self._listed, place, scope))
        if snapshot is None:
            return LocationsFact(place.account_id, place.region, instance_exists=False, locations=())
        listed = tuple(snapshot.locations.values())
        fact = LocationsFact(place.account_id, place.region, instance_exists=True, locations=listed)
        return Dated(fact, snapshot.read_at)

    def _listed(self, place: Place, scope: str) -> Snapshot:
        from grantgate.listing import LISTING

        read = partial(snapshot_of, place, scope)
        return read() if scope or place.direct else LISTING.every(place, read)


def snapshot_of(place: Place, scope: str = "") -> Snapshot:
    """
    List the locations of a place, all of them or those of one scope.

    Errors: Unread for whatever is not the whole list.
    """
    from grantgate.calls.clients import CLIENTS, asked
    from grantgate.calls.described import location
    from grantgate.calls.errors import Call
    from grantgate.calls.paging import LOCATION_PAGES, every_item
    from grantgate.listing import Snapshot

    call = Call(LOCATIONS.action, place.account_id, place.region, scope)
    client = CLIENTS.s3control(place.connection)
    given: dict[str, Any] = {"AccountId": place.account_id, **({"LocationScope": scope} if scope else {})}
    began = iso(Lookup.clock())
    found = every_item(
        LOCATION_PAGES,
        call,
        lambda page: asked(call, partial(client.list_access_grants_locations, **given, **page)),
        lambda item: ((read := location(item, call, place)).access_grants_location_id, read),
    )
    return Snapshot(began, {one.access_grants_location_id: one for one in found})


class AccessGrantsLocations(LookupResource, module="grantgate", name="AccessGrantsLocations"):
    """
    Every location registered in ``account_id`` and ``region``, as S3 holds them now.

    Shape: ``locations`` is a list of {access_grants_location_id, access_grants_location_arn, location_scope,
           iam_role_arn, created_at}, sorted by id; ``instance_exists`` is false where the account has no Access Grants
           instance in the Region, which is a failure unless ``must_exist`` is False. ``location_scope`` asks for one
           scope.
    """

    instance_exists: pulumi.Output[bool]
    locations: pulumi.Output[list[dict[str, str]]]

    _live = ("instance_exists", "locations")
    _shares = True

    def __init__(
        self,
        resource_name: str,
        *,
        account_id: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        location_scope: pulumi.Input[str] | None = None,
        must_exist: pulumi.Input[bool] | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {
            "account_id": account_id,
            "region": region,
            "location_scope": location_scope,
            "must_exist": must_exist,
            "assume_role_arn": assume_role_arn,
        }
        super().__init__(LocationsLookup(), resource_name, props, opts)

    @classmethod
    def get(
        cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None
    ) -> AccessGrantsLocations:
        """
        Read ``ACCOUNT/REGION`` or ``ACCOUNT/REGION/locationScope=SCOPE`` without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        return cls(resource_name, **named(LocationsLookup(), resource_id), opts=with_id(resource_id, opts))
