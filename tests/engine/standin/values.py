"""Properties between the engine's wire and Python: unknowns stay the engine's words, secrets stay wrapped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc

if TYPE_CHECKING:
    from collections.abc import Mapping

Props: TypeAlias = "dict[str, Any]"

UNKNOWN: Final = rpc.UNKNOWN
DEFAULTS: Final = "__defaults"
"""The key under which the bridged providers list what the program did not give."""

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"


def from_struct(struct: Any) -> Props:
    """Read a message's properties."""
    return dict(MessageToDict(struct))


def to_struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    """Write properties into a message; what is None is left out, as providers leave it out."""
    struct = struct_pb2.Struct()
    struct.update({name: value for name, value in props.items() if value is not None})
    return struct


def plain(value: Any) -> Any:
    """Unwrap secrets and outputs, and turn the wire's numbers back into whole ones; an output not known is UNKNOWN."""
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return plain(value.get("value", UNKNOWN))
        return {name: plain(item) for name, item in value.items() if name != DEFAULTS}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_unknown(value: Any) -> bool:
    """Tell whether a plain value holds anything that the engine does not know yet."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def json_text(value: Any) -> str:
    """
    Write a policy as the bridged provider's check does: text stays, an object becomes JSON text.

    One unknown inside makes the whole text unknown.
    """
    document = plain(value)
    if is_unknown(document):
        return UNKNOWN
    return document if isinstance(document, str) else json.dumps(document, sort_keys=True, separators=(",", ":"))


def without_defaults(value: Any) -> Any:
    """Take the bridged providers' lists of defaults out, which inputs have and outputs do not."""
    if isinstance(value, dict):
        return {name: without_defaults(item) for name, item in value.items() if name != DEFAULTS}
    return [without_defaults(item) for item in value] if isinstance(value, list) else value


def narrowed(live: Any, given: Any) -> Any:
    """Reduce what AWS says to what a program gives: nested members that AWS adds are outputs, not inputs."""
    if isinstance(live, dict) and isinstance(given, dict):
        return {name: narrowed(live[name], given[name]) if name in live else given[name] for name in given}
    if isinstance(live, list) and isinstance(given, list) and len(live) == len(given):
        return [narrowed(*pair) for pair in zip(live, given, strict=True)]
    return live
