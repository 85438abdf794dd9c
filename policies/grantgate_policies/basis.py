"""
What a rule saw of a resource, as a digest: the same violation for another reason is another violation.

Only what a program can write counts. Ids and ARNs that AWS gives come later, a provider may write a policy's JSON in
another order, and none of that is a change that anybody accepted or did not accept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import ABSENT, Missing

if TYPE_CHECKING:
    from grantgate_policies.core import Fact

_GIVEN_BY_AWS: Final = frozenset(
    {"resource", "item", "arn", "grant_scope", "is_public", "tags", "live", "run", "creation_time"}
)
_OWN_IDS: Final = frozenset({("Location", "access_grants_location_id")})


def basis_of(fact: Fact, seen: str = "") -> str:
    """Give the digest of everything that the program says about ``fact``, tags aside, and of ``seen``, in hex."""
    kind = type(fact).__name__
    said = {
        one.name: plain(getattr(fact, one.name))
        for one in fields(fact)
        if one.name not in _GIVEN_BY_AWS and (kind, one.name) not in _OWN_IDS
    }
    text = json.dumps({name: value for name, value in said.items() if value not in (None, [], {})}, sort_keys=True)
    return hashlib.sha256(f"{text}\x00{seen}".encode()).hexdigest()[:32]


def plain(value: Any) -> Any:
    """Give plain JSON: policies that are JSON text as what they say, numbers as they are written."""
    if value is ABSENT or value is None:
        return None
    if isinstance(value, Missing):
        return f"({value.value})"
    if isinstance(value, str):
        return _decoded(value) if value.lstrip().startswith("{") else value
    if isinstance(value, Mapping):
        members = {str(name): plain(inner) for name, inner in value.items() if not str(name).startswith("__")}
        return {name: inner for name, inner in members.items() if name != "region" or inner is not None}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.name != "region"}
    return value if isinstance(value, bool | int | float) else repr(value)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
