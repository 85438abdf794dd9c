"""Lookups as reports show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate.facts import LOOKUP_TYPES, PERFORMED

from grantgate_policies import wire
from grantgate_policies.core import UNKNOWN
from grantgate_policies.report import LookedUp

if TYPE_CHECKING:
    from grantgate_policies.core import Resource


def looked_up(resource: Resource) -> LookedUp | None:
    """Give a lookup as reports show it; None for resources that are no lookup of this release."""
    kind = LOOKUP_TYPES.get(resource.type)
    if kind is None:
        return None
    props = resource.props

    def text(name: str) -> str:
        value = props.get(name)
        if value is None:
            return ""
        if name in resource.secret_props:
            return wire.MASKED
        if value is UNKNOWN:
            return "(not known yet)"
        if isinstance(value, list):
            return ", ".join(one for one in value if isinstance(one, str))
        return value if isinstance(value, str) else ""

    return LookedUp(
        urn=resource.urn,
        name=resource.name,
        kind=resource.type.rpartition(":")[2],
        subject=text(kind.subject),
        performed=props.get("lookup") == PERFORMED,
        account=text("accountId"),
        region=text("region"),
        values=tuple((name, text(name)) for name in kind.shown if text(name)),
    )
