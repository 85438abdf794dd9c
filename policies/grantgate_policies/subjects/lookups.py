"""Whether lookups looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate.facts import LOOKUP_TYPES, LookupType

from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Resource, Value
from grantgate_policies.subjects.values import value_of

OUR_TYPES: Final = "pulumi-python:dynamic/grantgate:"

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def lookup_read(resource: Resource) -> Iterator[Fact]:
    """Read the mark of a lookup of this release."""
    kind = LOOKUP_TYPES[resource.type]
    props = resource.props
    yield LookupRead(
        resource,
        kind,
        value_of(props, "lookup"),
        value_of(props, "run"),
        missing=tuple(name for name in kind.live if props.get(name) is None),
        unknown=tuple(name for name in kind.live if props.get(name) is UNKNOWN),
    )


def unknown_lookup(resource: Resource) -> Iterator[Fact]:
    """Read a type of ours that this release does not know."""
    yield LookupRead(resource, None, value_of(resource.props, "lookup"), ABSENT, (), ())
