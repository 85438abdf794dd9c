"""What a reader wants to look at besides findings: lookups, locations, requests, and what changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from grantgate.kinds import LOCATIONS, OPERATION, PERFORMED

from grantgate_policies import wire
from grantgate_policies.core import ABSENT, UNKNOWN
from grantgate_policies.lookedup import looked_up
from grantgate_policies.report import Change, LookedUp, Registered, Request
from grantgate_policies.subjects import Location, Operation, facts_of
from grantgate_policies.subjects.items import is_unlisted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grantgate_policies.core import Fact, Resource, Value

_COMPARED: Final = (("locationScope", "location_scope"), ("iamRoleArn", "iam_role_arn"))
UNKNOWN_YET: Final = "(known after `pulumi up`)"
_ASKED: Final = ("accessGrantsLocationId", "accountId", "region")
_ASKED_OF_LISTS: Final = ("accountId", "region", "locationScope")
"""What a program says of a location, or of locations, that it looks up; everything else is AWS's answer."""


@dataclass(slots=True)
class Overview:
    """The parts of a report that are read from resources, whatever rules say of them."""

    lookups: list[LookedUp] = field(default_factory=list)
    locations: list[Registered] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, resource: Resource) -> None:
        """Add what one resource has to show."""
        if lookup := looked_up(resource):
            self.lookups.append(lookup)
        facts = facts_of(resource)
        locations = _locations(facts)
        self.changes.extend(_changes(resource, locations))
        self.locations.extend(map(_registered, locations))
        self.requests.extend(_request(fact) for fact in facts if isinstance(fact, Operation))


def overview(resources: Iterable[Resource]) -> Overview:
    """Read the parts from resources."""
    found = Overview()
    for resource in resources:
        found.add(resource)
    return found


def _locations(facts: Iterable[Fact]) -> list[Location]:
    """Give the locations; a list that is not known yet is none."""
    return [one for one in facts if isinstance(one, Location) and not is_unlisted(one)]


def _registered(location: Location) -> Registered:
    resource = location.resource
    return Registered(
        urn=resource.urn,
        name=location.called,
        account=_text(resource, "accountId", location.account_id),
        region=_text(resource, "region", location.region),
        scope=_text(resource, _holder(location.item, "locationScope"), location.location_scope),
        role=_text(resource, _holder(location.item, "iamRoleArn"), location.iam_role_arn),
        live=location.live,
    )


def _changes(resource: Resource, locations: Sequence[Location]) -> Iterator[Change]:
    """Say which values of locations differ from what they were before this update, where somebody shows that."""
    if resource.previous is None:
        return
    were = facts_of(replace(resource, props=resource.previous))
    before = {one.item: one for one in _locations(were)}
    after = {one.item: one for one in locations}
    names = _ASKED_OF_LISTS if resource.type == LOCATIONS.type else _ASKED
    asked = all(resource.props.get(name) == resource.previous.get(name) for name in names)
    live = any(one.live for one in (*before.values(), *after.values()))
    if live and not resource.props.get("lookup") == resource.previous.get("lookup") == PERFORMED:
        return  # a lookup that was not made has heard nothing that could differ
    for item in sorted(before.keys() | after.keys()):
        for wire_name, name in _COMPARED:
            was: Value = getattr(before.get(item), name, ABSENT)
            now: Value = getattr(after.get(item), name, ABSENT)
            if was != now:
                yield Change(
                    urn=resource.urn,
                    field=f"{item} {wire_name}" if item else wire_name,
                    before=_shown(resource, _holder(item, wire_name), was),
                    after=_shown(resource, _holder(item, wire_name), now),
                    # A lookup asks for the same and hears something else.
                    drift=live and asked,
                )


def _holder(item: str, wire_name: str) -> str:
    """Name the property that holds a value: of an item of a list, the list, which may be secret as a whole."""
    return LOCATIONS.items if item else wire_name


def _request(operation: Operation) -> Request:
    resource = operation.resource

    def text(name: str, value: Value) -> str:
        return _text(resource, name, value)

    performed = resource.props.get("lookup") == PERFORMED
    return Request(
        urn=resource.urn,
        name=resource.name,
        account=text("accountId", operation.account_id),
        token=text(OPERATION.subject, operation.request_token_arn),
        access_point=text("requestParameters", operation.name),
        operation=text("operation", operation.operation),
        state=text("state", operation.state) if performed else "",
        status=text("requestStatus", operation.request_status) if performed else "",
        created=text("creationTime", operation.creation_time),
        regions=tuple(_regions(resource)) if performed else (),
    )


def _regions(resource: Resource) -> Iterator[tuple[str, str]]:
    regions: Any = resource.props.get("regions")
    if "regions" in resource.secret_props or not isinstance(regions, list):
        return
    for one in regions:
        if isinstance(one, Mapping) and isinstance(one.get("name"), str):
            status = one.get("requestStatus")
            yield one["name"], status if isinstance(status, str) else ""


def _text(resource: Resource, name: str, value: Value) -> str:
    """Give a value as text, nothing for what is not known or no text."""
    if name in resource.secret_props:
        return wire.MASKED
    return value if isinstance(value, str) else ""


def _shown(resource: Resource, name: str, value: Value) -> str:
    if value is UNKNOWN and name not in resource.secret_props:
        return UNKNOWN_YET
    return _text(resource, name, value)
