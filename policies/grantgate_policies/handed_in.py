"""
Whether a lookup was made by this release's own code, as far as the engine's records tell it.

Pulumi's dynamic host loads the pickle in the property ``__provider`` of every resource and runs what comes out. A
lookup's is a plain reference to one class of ours. A program can put anything else under a lookup's type, a component
that no host ever sees among it, and what that says of AWS is nobody's word but the program's. Nothing is unpickled.
"""

from __future__ import annotations

import base64
import binascii
import pickletools
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from grantgate import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLASSES: Final[Mapping[str, str]] = {
    kinds.LOCATION.type: "grantgate.location.LocationLookup",
    kinds.INSTANCE_FOR_PREFIX.type: "grantgate.instance.InstanceForPrefixLookup",
    kinds.OPERATION.type: "grantgate.operation.OperationLookup",
    kinds.LOCATIONS.type: "grantgate.locations.LocationsLookup",
    kinds.INSTANCE.type: "grantgate.access_grants_instance.InstanceLookup",
    kinds.GRANTS.type: "grantgate.grants.GrantsLookup",
    kinds.INSTANCE_POLICY.type: "grantgate.instance_policy.InstancePolicyLookup",
    kinds.ACCESS_POINT.type: "grantgate.access_point.AccessPointLookup",
    kinds.LOCATION_ROLE.type: "grantgate.location_role.LocationRoleLookup",
}
"""The class that makes each kind of lookup: public API, since its name lies in users' state."""

PROVIDER: Final = "__provider"
HOST: Final = ["pulumi:providers:pulumi-python", "default"]
"""Type and name of Pulumi's own dynamic host; one with a version or an address of its own has another name."""
_TYPE: Final = 2

LONGEST: Final = 1024
"""Characters of a pickled provider that is looked into; a reference to a class has about a hundred."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_CLASS: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXT: Final = "SHORT_BINUNICODE"
_LONGEST_WORD: Final = 0xFF
_FIRST_WITH_FRAMES: Final = 4


def stand_in(resource_type: str, provider: str, inputs: Mapping[str, Any] | None = None) -> str | None:
    """
    Say what made a lookup instead of this release's own class; None when nothing did.

    Shape: ``provider`` is the URN of the resource's provider, empty for a component; ``inputs`` are the resource's own
           as the engine's log shows them, None where nobody shows its ``__provider``.

    >>> stand_in(kinds.LOCATION.type, "")
    "it is a component of the program's own, which no provider made"
    """
    wanted = CLASSES.get(resource_type)
    if wanted is None:
        return None
    if not provider:
        return "it is a component of the program's own, which no provider made"
    if provider.split("::", _TYPE + 1)[_TYPE:] != HOST:
        return "a provider of the program's own made it, not Pulumi's dynamic host"
    if inputs is None:
        return None
    found = named_class(inputs.get(PROVIDER))
    return None if found == wanted else f"{found or 'code of the program'} made it, not {wanted}"


def stand_ins(states: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Give the URN of every lookup that something else made, and what; ``states`` are the event log's, by URN."""
    for urn, state in sorted(states.items()):
        provider = str(state.get("provider") or "").rpartition("::")[0]
        found = stand_in(str(state.get("type")), provider, state.get("inputs") or {})
        if found:
            yield urn, found


def named_class(text: Any) -> str | None:
    """
    Give ``module.Class`` when ``text`` is the pickle of a plain object of one importable class, and of nothing else.

    Shape: byte for byte as Pulumi's SDK writes it: one class by its name, no arguments, no state, no call, nothing
           behind. None for everything else, however harmless it is.

    >>> named_class("gASVLAAAAAAAAACMEmdyYW50Z2F0ZS5sb2NhdGlvbpSMDkxvY2F0aW9uTG9va3VwlJOUKYGULg==")
    'grantgate.location.LocationLookup'
    >>> named_class("gASVIAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAV0b3VjaJSFlFKULg==")
    """
    return _named(text) if isinstance(text, str) and len(text) <= LONGEST else None


def pickled(name: str) -> str:
    """
    Give what the SDK writes for an object of the class ``name``, as most releases of Python pickle it.

    >>> named_class(pickled("grantgate.location.LocationLookup"))
    'grantgate.location.LocationLookup'
    """
    module, _, class_name = name.rpartition(".")
    return base64.b64encode(_written(module, class_name, _FIRST_WITH_FRAMES) or b"").decode()


@lru_cache(maxsize=256)  # the same few texts, for every resource
def _named(text: str) -> str | None:
    read = _decoded(text)
    if read is None:
        return None
    try:
        steps = [(code.name, argument) for code, argument, _ in pickletools.genops(read)]
    except Exception:  # noqa: BLE001 - what cannot be taken apart is no reference, whatever pickletools says about it
        return None
    protocol = next((argument for name, argument in steps if name == "PROTO"), None)
    named = [argument for name, argument in steps if name in {_TEXT, "GLOBAL"}]
    words = str(named[0]).split(" ") if len(named) == 1 else [str(word) for word in named]
    if len(words) != 2 or not _NAME.fullmatch(words[0]) or not _CLASS.fullmatch(words[1]):  # noqa: PLR2004 - a pair
        return None
    # Readers of pickles differ in what they forgive. What is byte for byte as written needs no forgiving.
    return ".".join(words) if read == _written(words[0], words[1], protocol) else None


def _written(module: str, name: str, protocol: Any) -> bytes | None:
    """Write an object of a class as pickle does: made of no arguments, given no state."""
    first = b"\x80" + bytes([protocol or 0])
    if protocol == _FIRST_WITH_FRAMES - 1:
        return first + f"c{module}\n{name}\n".encode() + b"q\x00)\x81q\x01."
    if protocol not in {_FIRST_WITH_FRAMES, _FIRST_WITH_FRAMES + 1} or max(len(module), len(name)) > _LONGEST_WORD:
        return None
    texts = b"".join(b"\x8c" + bytes([len(word)]) + word.encode() + b"\x94" for word in (module, name))
    rest = texts + b"\x93\x94)\x81\x94."
    return first + b"\x95" + len(rest).to_bytes(8, "little") + rest


def _decoded(text: str) -> bytes | None:
    """Give the bytes, when they have the one spelling that the SDK writes: hosts read others too."""
    try:
        read = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return read if base64.b64encode(read).decode() == text else None
