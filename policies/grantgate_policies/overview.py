"""What a reader wants to look at besides findings: lookups, locations, requests, and what changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from grantgate.facts import OPERATION, PERFORMED

from grantgate_policies import wire
from grantgate_policies.core import UNKNOWN
from grantgate_policies.lookedup import looked_up
from grantgate_policies.report import Change, LookedUp, Registered, Request
from grantgate_policies.subjects import Location, Operation, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grantgate_policies.core import Resource, Value

UNKNOWN_YET: Final = "(known after `pulumi up`)"
_ASKED: Final = ("accessGrantsLocationId", "accountId", "region")
"""What a program says of a location that it looks up; everything else is AWS's answer."""


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
        for fact in facts_of(resource):
            if isinstance(fact, Location):
                self.locations.append(_registered(fact))
                self.changes.extend(_changes(fact))
            elif isinstance(fact, Operation):
                self.requests.append(_request(fact))


def overview(resources: Iterable[Resource]) -> Overview:
    """Read the parts from resources."""
    found = Overview()
    for resource in resources:
        found.add(resource)
    return found


def _registered(location: Location) -> Registered:
    resource = location.resource
    return Registered(
        urn=resource.urn,
        name=resource.name,
        account=_text(resource, "accountId", location.account_id),
        region=_text(resource, "region", location.region),
        scope=_text(resource, "locationScope", location.location_scope),
        role=_text(resource, "iamRoleArn", location.iam_role_arn),
        live=location.live,
    )


def _changes(location: Location) -> Iterator[Change]:
    """Say which of a location's values differ from what they were before this update, where somebody shows that."""
    resource = location.resource
    if resource.previous is None:
        return
    asked = all(resource.props.get(name) == resource.previous.get(name) for name in _ASKED)
    if location.live and not resource.props.get("lookup") == resource.previous.get("lookup") == PERFORMED:
        return  # a lookup that was not made has heard nothing that could differ
    for before in facts_of(replace(resource, props=resource.previous)):
        if not isinstance(before, Location):
            continue
        for name, was, now in (
            ("locationScope", before.location_scope, location.location_scope),
            ("iamRoleArn", before.iam_role_arn, location.iam_role_arn),
        ):
            if was != now:
                yield Change(
                    urn=resource.urn,
                    field=name,
                    before=_shown(resource, name, was),
                    after=_shown(resource, name, now),
                    # A lookup asks for the same and hears something else.
                    drift=location.live and asked,
                )


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
