"""What a test declares, and how the engine would show it: marks for secrets and unknowns, numbers as it sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.struct_pb2 import Struct

from grantgate_policies import wire
from grantgate_policies.core import ABSENT, UNKNOWN

if TYPE_CHECKING:
    from grantgate_policies.core import Resource

PROJECT: Final = "tested"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the program marked as secret; it does not show itself."""

    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Declared:
    """
    One resource of a made-up program.

    Shape: ``props`` and ``provider`` are plain data that may hold UNKNOWN and Secret anywhere; ``made_from`` names by
           top-level property the resources whose outputs went into it; ``previous`` are the inputs before this update.
    """

    type: str
    name: str
    props: Mapping[str, Any]
    urn: str = ""
    provider: Mapping[str, Any] = field(default_factory=dict)
    made_from: Mapping[str, tuple[str | Declared, ...]] = field(default_factory=dict)
    previous: Mapping[str, Any] | None = None


def resource(
    kind: str,
    name: str,
    /,
    *,
    props: Mapping[str, Any] | None = None,
    urn: str = "",
    provider: Mapping[str, Any] | None = None,
    made_from: Mapping[str, str | Declared | Iterable[str | Declared]] | None = None,
    previous: Mapping[str, Any] | None = None,
    **more: Any,
) -> Declared:
    """
    Declare a resource of the type ``kind`` with properties named as on the wire (``locationScope=...``).

    Shape: ``props`` takes the properties that cannot be written as arguments and is merged with the rest;
           ``provider`` are the inputs of its provider (``{"region": "eu-west-1"}``); ``made_from`` gives by property
           what its value comes from: resources, names of resources, or URNs.
    """
    sources = {
        property_name: (given,) if isinstance(given, str | Declared) else tuple(given)
        for property_name, given in (made_from or {}).items()
    }
    return Declared(kind, name, {**(props or {}), **more}, urn, dict(provider or {}), sources, previous)


def secret(value: Any) -> Secret:
    """Mark a value as secret, as `pulumi.Output.secret` does."""
    return Secret(value)


def urn_of(declared: Declared, stack: str) -> str:
    """Give the URN that the engine would give, unless the test gave one."""
    return declared.urn or f"urn:pulumi:{stack}::{PROJECT}::{declared.type}::{declared.name}"


def shown(declared: Declared, others: Iterable[Declared], stack: str, *, by_itself: bool) -> Resource:
    """
    Show a resource as the engine does; where it is shown ``by_itself``, nothing is told of what it was made from.

    Errors: ValueError for a source that is neither among ``others`` nor a URN, and for a value that JSON lacks.
    """
    known: dict[str, list[str]] = {}
    for other in others:
        known.setdefault(other.name, []).append(urn_of(other, stack))
    return wire.resource(
        urn=urn_of(declared, stack),
        resource_type=declared.type,
        name=declared.name,
        props=_sent(declared.props),
        provider_props=_sent({name: _configured(value) for name, value in declared.provider.items()}),
        made_from={}
        if by_itself
        else {
            name: tuple(urn for source in sources for urn in _urns(source, known, stack))
            for name, sources in declared.made_from.items()
        },
        previous=_sent(declared.previous) if declared.previous is not None else None,
    )


def _urns(source: str | Declared, known: Mapping[str, list[str]], stack: str) -> list[str]:
    if isinstance(source, Declared):
        return [urn_of(source, stack)]
    if source.startswith("urn:pulumi:"):
        return [source]
    if source not in known:
        raise ValueError(f"made from {source!r}, resources are {', '.join(sorted(known))}")
    return known[source]


def _sent(props: Mapping[str, Any]) -> dict[str, Any]:
    """Send properties through the message that the engine sends them in: every number arrives as a float."""
    message = Struct()
    message.update({name: _marked(value) for name, value in props.items()})
    return wire.from_struct(message)


def _marked(value: Any) -> Any:
    """Write a value as the wire has it."""
    if isinstance(value, Secret):
        return {wire.SIGNATURE: wire.SECRET, "value": _marked(value.value)}
    if value is UNKNOWN or value is ABSENT:
        return wire.rewrapped(value, secret=False)
    if isinstance(value, Mapping):
        return {str(name): _marked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(inner) for inner in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise ValueError(f"a {type(value).__name__} where a text, a number, true, false, a list or a map belongs")


def _configured(value: Any) -> Any:
    """Write a provider's input: structured configuration reaches policies as JSON text."""
    if isinstance(value, Secret):
        return Secret(_configured(value.value))
    if value is None or isinstance(value, str) or value is UNKNOWN:
        return value
    return UNKNOWN if _has_unknown(value) else json.dumps(_revealed(value))


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unknown(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_has_unknown(inner) for inner in value)
    return value is UNKNOWN or (isinstance(value, Secret) and _has_unknown(value.value))


def _revealed(value: Any) -> Any:
    if isinstance(value, Secret):
        return _revealed(value.value)
    if isinstance(value, Mapping):
        return {name: _revealed(inner) for name, inner in value.items()}
    return [_revealed(inner) for inner in value] if isinstance(value, list | tuple) else value
