"""
What the engine sends about a resource, as plain JSON: secrets unwrapped and remembered, unknowns as UNKNOWN.

The SDK's own reading is not used: its proxies raise at the first unknown value, which ends a whole policy, and secrets
arrive without a mark. Source: Pulumi's wire format, sdk/go/common/resource/plugin/rpc.go.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import UNKNOWN, Missing, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the wire's mark of a secret
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
HIDDEN: Final = "__provider"
"""The pickled provider: never read, never shown."""

UNKNOWNS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
MASKED: Final = "[secret]"

_NOT_TEXT: Final = UNKNOWNS | {MASKED}


def from_struct(properties: Any) -> dict[str, Any]:
    """Turn a protobuf Struct into plain JSON; protobuf's own converter costs three times as much."""
    return {name: _from_value(value) for name, value in properties.fields.items() if name != HIDDEN}


def _from_value(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "bool_value":
        return value.bool_value
    return value.number_value if kind == "number_value" else None


def plain(value: Any) -> tuple[Any, bool]:
    """
    Unwrap one JSON value of the wire; the second member says whether a secret was in it.

    A secret that arrives as ciphertext, or masked, is UNKNOWN: it cannot be judged here.

    >>> plain({SIGNATURE: SECRET, "value": "s3://b/x/*"})
    ('s3://b/x/*', True)
    >>> plain({SIGNATURE: SECRET, "ciphertext": "v1:..."})
    (<Missing.UNKNOWN: 'unknown'>, True)
    """
    if isinstance(value, str):
        if value in UNKNOWNS:
            return UNKNOWN, False
        return (UNKNOWN, True) if value == MASKED else (value, False)
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return [item for item, _ in items], any(secret for _, secret in items)
    if isinstance(value, dict):
        signature = value.get(SIGNATURE)
        if signature == SECRET:
            return _secret(value), True
        if signature == OUTPUT:
            inner, secret = plain(value["value"]) if "value" in value else (UNKNOWN, False)
            return inner, secret or value.get("secret") is True
        members = {name: plain(item) for name, item in value.items() if name != HIDDEN}
        return {name: item for name, (item, _) in members.items()}, any(secret for _, secret in members.values())
    return value, False


def completed(asked: Resource, answered: Resource) -> Resource:
    """Give a resource as it is planned: what its provider answered, over what the program asked for."""
    secrets = asked.secret_props | answered.secret_props
    return replace(answered, props=as_planned(asked.props, answered.props), secret_props=secrets)


def as_planned(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Join what a program asks for with what a provider answers, where not everything is known yet.

    An output that is not known, in whole or in part, adds nothing to what was asked for: a role that declares no inline
    policies has none, though its provider will only say so once the role is there.

    >>> as_planned({"name": "r"}, {"name": "r", "arn": UNKNOWN, "inlinePolicies": UNKNOWN})
    {'name': 'r'}
    """
    return {**inputs, **{name: value for name, value in outputs.items() if not _holds_unknown(value)}}


def _holds_unknown(value: Any) -> bool:
    if value is UNKNOWN:
        return True
    if isinstance(value, dict):
        return any(_holds_unknown(inner) for inner in value.values())
    return isinstance(value, list) and any(_holds_unknown(inner) for inner in value)


def rewrapped(value: Any, *, secret: bool) -> Any:
    """
    Turn plain JSON back into the wire's: what is UNKNOWN gets the engine's sign for it, what was secret stays so.

    >>> rewrapped({"bucket": UNKNOWN}, secret=False)
    {'bucket': '04da6b54-80e4-46f7-96ec-b56ff0331ba9'}
    """
    if secret:
        return {SIGNATURE: SECRET, "value": rewrapped(value, secret=False)}
    if isinstance(value, Missing):
        return _UNKNOWN_TEXT if value is UNKNOWN else None
    if isinstance(value, dict):
        return {name: rewrapped(inner, secret=False) for name, inner in value.items()}
    return [rewrapped(inner, secret=False) for inner in value] if isinstance(value, list | tuple) else value


def _secret(value: Mapping[str, Any]) -> Any:
    """Give what is inside a secret: its value, the JSON text that `--show-secrets` writes, or UNKNOWN."""
    if "value" in value:
        return plain(value["value"])[0]
    if isinstance(value.get("plaintext"), str):
        try:
            return plain(json.loads(value["plaintext"]))[0]
        except ValueError:
            return UNKNOWN
    return UNKNOWN


def _members(props: Mapping[str, Any], secret_names: set[str]) -> dict[str, Any]:
    found = {}
    for key, value in props.items():
        if type(value) is str and value not in _NOT_TEXT:  # what nearly every property is
            found[key] = value
        elif key != HIDDEN:
            found[key], secret = plain(value)
            if secret:
                secret_names.add(key)
    found.pop(HIDDEN, None)
    return found


def _openly(provider_props: Mapping[str, Any]) -> dict[str, Any]:
    """Give a provider's configuration; what is secret in it is not known, so that no text can tell it."""
    secrets: set[str] = set()
    return {name: UNKNOWN if name in secrets else value for name, value in _members(provider_props, secrets).items()}


def resource(
    *,
    urn: str,
    resource_type: str,
    name: str,
    props: Mapping[str, Any],
    provider_props: Mapping[str, Any] | None = None,
    secret_names: Iterable[str] = (),
    made_from: Mapping[str, Iterable[str]] | None = None,
    previous: Mapping[str, Any] | None = None,
) -> Resource:
    """Make a Resource of wire properties; ``secret_names`` are marked as secret besides those that say so."""
    secrets = set(secret_names)
    return Resource(
        urn=urn,
        type=resource_type,
        name=name,
        props=_members(props, secrets),
        secret_props=frozenset(secrets),
        provider_props=_openly(provider_props) if provider_props else {},
        made_from={name: tuple(urns) for name, urns in made_from.items() if urns} if made_from else {},
        previous=_members(previous, secrets) if previous is not None else None,
    )
