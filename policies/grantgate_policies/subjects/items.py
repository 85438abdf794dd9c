"""Resources that list many things, each of which is judged by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from grantgate.kinds import LOOKUP_TYPES

from grantgate_policies.core import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantgate.kinds import LookupType

    from grantgate_policies.core import Fact, Missing, Resource

LISTING: Final = frozenset(kind.type for kind in LOOKUP_TYPES.values() if kind.items)
"""The types of lookups that list what is judged one by one."""

_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


def items_in(resource: Resource, kind: LookupType) -> Iterator[tuple[str, Mapping[str, Any] | Missing]]:
    """
    Give each entry of a lookup's list with the text that it is known by.

    The text is the id that AWS gave it. What bears none, or one that another has already, or is secret, is known by its
    place in the list, and what is no object is an empty one, of which every value is missing. A list that is not known
    yet is one thing without a text, of which nothing is known: rules must not take it for an empty one. What is no list
    at all holds nothing, and lookup-performed says so.
    """
    listed, is_secret = resource.props.get(kind.items), kind.items in resource.secret_props
    if listed is UNKNOWN:
        yield "", UNKNOWN
    seen: set[str] = set()
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        members: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
        given = members.get(kind.item_id)
        is_id = isinstance(given, str) and _ID.fullmatch(given) and given not in seen and not is_secret
        item = str(given) if is_id else f"#{index}"
        seen.add(item)
        yield item, UNKNOWN if entry is UNKNOWN else members


def is_unlisted(fact: Fact) -> bool:
    """Say whether a fact stands for all that a lookup lists, while none of it is known."""
    return not fact.item and fact.resource.type in LISTING
