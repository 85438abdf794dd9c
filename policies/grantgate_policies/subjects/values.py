"""
How a fact's fields are read from properties: text, flags, lists, tags and places, each as it is or as what it is not.

Nothing is turned into something else: what is missing, unknown or of another kind is told apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from grantgate.arns import Arn, ArnError

from grantgate_policies.core import ABSENT, UNKNOWN, Malformed, Missing, Resource, Value

Flag: TypeAlias = "bool | Missing | Malformed"
"""A boolean property as a rule meets it."""

Texts: TypeAlias = "tuple[str, ...] | Missing | Malformed"
"""A list of texts as a rule meets it; one member that is not known, or no text, decides for the whole list."""

Tags: TypeAlias = "Mapping[str, Value] | Missing | Malformed"
"""Tags by their key; single values may be UNKNOWN."""

_FLAGS: Final = {"true": True, "false": False}


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
    return Malformed(kind_of(value))


def flag_of(props: Mapping[str, Any], name: str) -> Flag:
    """
    Read a boolean; the words true and false count, as CloudFormation takes them.

    >>> flag_of({"on": "true"}, "on"), flag_of({"on": 1}, "on")
    (True, Malformed(kind='number'))
    """
    value = props.get(name)
    if value is None:
        return ABSENT
    if isinstance(value, bool | Missing):
        return value
    if isinstance(value, str):
        return _FLAGS.get(value, Malformed("text"))
    return Malformed(kind_of(value))


def texts_of(value: Any) -> Texts:
    """Read a list of texts."""
    if value is None:
        return ABSENT
    if isinstance(value, Missing):
        return value
    if not isinstance(value, list | tuple):
        return Malformed("text" if isinstance(value, str) else kind_of(value))
    strange = next((one for one in value if not isinstance(one, str | Missing)), None)
    if strange is not None or None in value:
        return Malformed(f"list with a {kind_of(strange)}")
    return UNKNOWN if UNKNOWN in value else tuple(value)


def map_of(props: Mapping[str, Any], name: str) -> Mapping[str, Any] | Missing | Malformed:
    """Read an object."""
    value = props.get(name)
    if value is None:
        return ABSENT
    if isinstance(value, Missing | Mapping):
        return value
    return Malformed("text" if isinstance(value, str) else kind_of(value))


def member(container: Mapping[str, Any] | Missing | Malformed, name: str) -> Value:
    """Read a text in an object that may itself be missing, unknown or malformed."""
    return value_of(container, name) if isinstance(container, Mapping) else container


def maps_of(value: Any) -> tuple[Mapping[str, Any], ...] | Missing | Malformed:
    """Read a list of objects; one member that is not known, or no object, decides for the whole list."""
    if value is None:
        return ABSENT
    if isinstance(value, Missing):
        return value
    if not isinstance(value, list | tuple):
        return Malformed("text" if isinstance(value, str) else kind_of(value))
    if any(not isinstance(one, Mapping | Missing) for one in value):
        return Malformed("list with something else than objects")
    return UNKNOWN if any(isinstance(one, Missing) for one in value) else tuple(value)


def kind_of(value: Any) -> str:
    """Name the JSON type of a value that is no text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "map" if isinstance(value, Mapping) else "list" if isinstance(value, list | tuple) else "value"


def tags_of(resource: Resource) -> Tags:
    """
    Read the tags that a managed resource will have: its own over its provider's default tags.

    ``tagsAll`` is what the classic provider works out of both; it is there once the engine knows it. The native
    provider takes a list of {key, value}.
    """
    own = resource.props.get("tags")
    if isinstance(own, list | tuple):
        return _listed(own)
    if own is not None and not isinstance(own, Missing | Mapping):
        return Malformed("text" if isinstance(own, str) else kind_of(own))
    together = resource.props.get("tagsAll")
    if isinstance(together, Mapping):
        return {key: value_of(together, key) for key in together}
    defaults = structured(resource.provider_props.get("defaultTags"))
    inherited = structured(defaults.get("tags")) if isinstance(defaults, Mapping) else defaults
    if own is UNKNOWN or inherited is UNKNOWN:
        return UNKNOWN
    merged = {**(inherited if isinstance(inherited, Mapping) else {}), **(own if isinstance(own, Mapping) else {})}
    return {key: value_of(merged, key) for key in merged}


def _listed(entries: list[Any] | tuple[Any, ...]) -> Tags:
    found: dict[str, Value] = {}
    for entry in entries:
        if isinstance(entry, Missing):
            return entry
        tag: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
        key = value_of(tag, "key")
        if not isinstance(key, str):
            return UNKNOWN if key is UNKNOWN else Malformed("list with something else than {key, value}")
        found[key] = value_of(tag, "value")
    return found


def place_of(resource: Resource, arn_name: str = "") -> tuple[Value, Value]:
    """
    Find the account and Region of a managed resource: what it says, its ARN once it has one, then its provider.

    Never another resource's: who writes a location chooses its role, and must not choose by it which rules apply.
    """
    account = value_of(resource.props, "accountId")
    region = value_of(resource.props, "region")
    if account is ABSENT or region is ABSENT:
        arn = arn_of(value_of(resource.props, arn_name)) if arn_name else None
        if account is ABSENT:
            account = arn.account if arn and arn.account else provider_account(resource.provider_props)
        if region is ABSENT:
            region = arn.region if arn and arn.region else value_of(resource.provider_props, "region")
    return account, region


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
    allowed = structured(provider_props.get("allowedAccountIds"))
    if allowed is UNKNOWN or (isinstance(allowed, list) and UNKNOWN in allowed):
        return UNKNOWN
    if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str):
        return str(allowed[0])
    roles = structured(provider_props.get("assumeRoles")) or [structured(provider_props.get("assumeRole"))]
    # Roles are assumed one after the other: the last one is who the provider is.
    last = roles[-1] if isinstance(roles, list) and roles else roles
    role = value_of(last, "roleArn") if isinstance(last, Mapping) else UNKNOWN if last is UNKNOWN else ABSENT
    if role is UNKNOWN:
        return UNKNOWN
    arn = arn_of(role)
    return arn.account if arn else ABSENT


def structured(value: Any) -> Any:
    """Decode what a provider's configuration holds as JSON text; None where it is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def arn_of(value: Value) -> Arn | None:
    """Parse an ARN; None for what is none."""
    try:
        return Arn.parse(value) if isinstance(value, str) else None
    except ArnError:
        return None
