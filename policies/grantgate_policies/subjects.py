"""
What rules judge, read from what the engine shows: one reader per resource type, so that every rule sees one fact.

A value is text, UNKNOWN (the engine will only know it during `pulumi up`), ABSENT (nobody said) or Malformed (something
else than text). Rules never see properties.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from grantgate.arns import Arn, ArnError
from grantgate.facts import INSTANCE_FOR_PREFIX, LOCATION, LOOKUP_TYPES, OPERATION, LookupType, camel, snake

from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Malformed, Missing, Resource, Value

CLASSIC_LOCATION: Final = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
NATIVE_LOCATION: Final = "aws-native:s3:AccessGrantsLocation"
OUR_TYPES: Final = "pulumi-python:dynamic/grantgate:"


@dataclass(frozen=True, slots=True)
class Location(Fact):
    """
    One registered location, live or declared.

    Shape: ``account_id`` and ``region`` are what the resource or its provider says, else ABSENT; ``live`` tells a
           lookup from a declaration.
    """

    location_scope: Value
    iam_role_arn: Value
    account_id: Value
    region: Value
    live: bool


@dataclass(frozen=True, slots=True)
class InstanceForPrefix(Fact):
    """The Access Grants instance that answers for a prefix; ``account_id`` is the requester."""

    s3_prefix: Value
    account_id: Value
    access_grants_instance_arn: Value
    owner_account_id: Value
    instance_region: Value
    region: Value


@dataclass(frozen=True, slots=True)
class Operation(Fact):
    """
    One asynchronous Multi-Region Access Point request.

    Shape: ``failed_regions`` are Region names, or why there are none to read; ``error_code`` and ``error_message`` are
           ABSENT while nothing failed.
    """

    request_token_arn: Value
    account_id: Value
    state: Value
    request_status: Value
    operation: Value
    creation_time: Value
    error_code: Value
    error_message: Value
    failed_regions: tuple[str, ...] | Missing | Malformed


@dataclass(frozen=True, slots=True)
class LookupRead(Fact):
    """
    Whether a lookup really read AWS.

    Shape: ``kind`` is None for a type of ours that this release does not know; ``lookup`` is the mark that the lookup
           left, ``run`` that of the run it was made in; ``missing`` are live properties that are not there, ``unknown``
           those not known in this preview.
    """

    kind: LookupType | None
    lookup: Value
    run: Value
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def value_of(props: Mapping[str, Any], name: str) -> Value:
    """
    Read one property as a rule meets it.

    >>> value_of({"iamRoleArn": 7}, "iamRoleArn"), value_of({}, "iamRoleArn")
    (Malformed(kind='number'), <Missing.ABSENT: 'absent'>)
    """
    value = props.get(name)
    if value is None:
        return ABSENT
    if isinstance(value, str | Missing):
        return value
    return Malformed(_kind(value))


def facts_of(resource: Resource) -> tuple[Fact, ...]:
    """Read every fact that ``resource`` holds; none for a type that no rule is about."""
    reader = READERS.get(resource.type)
    if reader is None:
        reader = _unknown_lookup if resource.type.startswith(OUR_TYPES) else _nothing
    return tuple(reader(resource))


def properties_of(fact: Fact) -> frozenset[str]:
    """Name the properties that ``fact`` was read from."""
    return frozenset(camel(one.name) for one in fields(fact)) | {"accessGrantsLocationArn", "errorDetails"}


def judged(resource_type: str) -> bool:
    """Say whether resources of this type are judged at all."""
    return resource_type in READERS or resource_type.startswith(OUR_TYPES)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "map" if isinstance(value, Mapping) else "list" if isinstance(value, list | tuple) else "value"


def _names(value: Any) -> tuple[str, ...] | Missing | Malformed:
    """Read a list of names; one name that is not known, or no text, decides for the whole list."""
    if value is None:
        return ABSENT
    if isinstance(value, Missing):
        return value
    if not isinstance(value, list | tuple):
        return Malformed("text" if isinstance(value, str) else _kind(value))
    if UNKNOWN in value:
        return UNKNOWN
    strange = next((name for name in value if not isinstance(name, str)), None)
    return tuple(value) if strange is None else Malformed(f"list with a {_kind(strange)}")


def _nothing(_resource: Resource) -> Iterator[Fact]:
    yield from ()


def _unknown_lookup(resource: Resource) -> Iterator[Fact]:
    yield LookupRead(resource, None, value_of(resource.props, "lookup"), ABSENT, (), ())


def _lookup_read(resource: Resource) -> LookupRead:
    kind = LOOKUP_TYPES[resource.type]
    props = resource.props
    return LookupRead(
        resource,
        kind,
        value_of(props, "lookup"),
        value_of(props, "run"),
        missing=tuple(name for name in kind.live if props.get(name) is None),
        unknown=tuple(name for name in kind.live if props.get(name) is UNKNOWN),
    )


def _live_location(resource: Resource) -> Iterator[Fact]:
    props = resource.props
    yield Location(
        resource,
        location_scope=value_of(props, "locationScope"),
        iam_role_arn=value_of(props, "iamRoleArn"),
        account_id=value_of(props, "accountId"),
        region=value_of(props, "region"),
        live=True,
    )
    yield _lookup_read(resource)


def _declared_location(resource: Resource) -> Iterator[Fact]:
    props = resource.props
    account = value_of(props, "accountId")
    region = value_of(props, "region")
    if account is ABSENT or region is ABSENT:
        # The ARN is there once the location exists; before that only the declaration and its provider can tell.
        arn = _arn(value_of(props, "accessGrantsLocationArn"))
        if account is ABSENT:
            account = arn.account if arn else provider_account(resource.provider_props)
        if region is ABSENT:
            region = arn.region if arn else value_of(resource.provider_props, "region")
    yield Location(
        resource,
        location_scope=value_of(props, "locationScope"),
        iam_role_arn=value_of(props, "iamRoleArn"),
        account_id=account,
        region=region,
        live=False,
    )


def provider_account(provider_props: Mapping[str, Any]) -> Value:
    """
    Tell the account that a provider works in, where its configuration binds it to one.

    A provider with one ``allowedAccountIds`` refuses every other account, and one that assumes a role works in the
    role's. Structured configuration reaches policies as JSON text.

    >>> provider_account({"allowedAccountIds": '["111122223333"]'})
    '111122223333'
    >>> provider_account({"assumeRole": {"roleArn": "arn:aws:iam::444455556666:role/deploy"}})
    '444455556666'
    """
    allowed = _structured(provider_props.get("allowedAccountIds"))
    if allowed is UNKNOWN or (isinstance(allowed, list) and UNKNOWN in allowed):
        return UNKNOWN
    if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str):
        return str(allowed[0])
    roles = _structured(provider_props.get("assumeRoles")) or [_structured(provider_props.get("assumeRole"))]
    # Roles are assumed one after the other: the last one is who the provider is.
    last = roles[-1] if isinstance(roles, list) and roles else roles
    role = value_of(last, "roleArn") if isinstance(last, Mapping) else UNKNOWN if last is UNKNOWN else ABSENT
    if role is UNKNOWN:
        return UNKNOWN
    arn = _arn(role)
    return arn.account if arn else ABSENT


def _structured(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _arn(value: Value) -> Arn | None:
    try:
        return Arn.parse(value) if isinstance(value, str) else None
    except ArnError:
        return None


def _instance(resource: Resource) -> Iterator[Fact]:
    props = resource.props
    names = ("s3Prefix", "accountId", "accessGrantsInstanceArn", "ownerAccountId", "instanceRegion", "region")
    yield InstanceForPrefix(resource, **{snake(name): value_of(props, name) for name in names})
    yield _lookup_read(resource)


def _operation(resource: Resource) -> Iterator[Fact]:
    props = resource.props
    error = props.get("errorDetails")
    details = error if isinstance(error, Mapping) else {}
    names = ("requestTokenArn", "accountId", "state", "requestStatus", "operation", "creationTime")
    yield Operation(
        resource,
        **{snake(name): value_of(props, name) for name in names},
        error_code=UNKNOWN if error is UNKNOWN else value_of(details, "code"),
        error_message=UNKNOWN if error is UNKNOWN else value_of(details, "message"),
        failed_regions=_names(props.get("failedRegions")),
    )
    yield _lookup_read(resource)


READERS: Final[Mapping[str, Callable[[Resource], Iterator[Fact]]]] = {
    LOCATION.type: _live_location,
    INSTANCE_FOR_PREFIX.type: _instance,
    OPERATION.type: _operation,
    CLASSIC_LOCATION: _declared_location,
    NATIVE_LOCATION: _declared_location,
}
"""Every resource type that rules are about."""
