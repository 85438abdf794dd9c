"""Lookups as reports show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate.kinds import LOOKUP_TYPES, PERFORMED

from grantgate_policies import wire
from grantgate_policies.core import UNKNOWN
from grantgate_policies.report import LookedUp

if TYPE_CHECKING:
    from typing import Any

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
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list):
            return _listed(value, name, counted=name == kind.items)
        return value if isinstance(value, str) else ""

    return LookedUp(
        urn=resource.urn,
        name=resource.name,
        kind=resource.type.rpartition(":")[2],
        # The lookup of a whole place is about nothing but its account and Region.
        subject="" if kind.subject == "accountId" else text(kind.subject),
        performed=props.get("lookup") == PERFORMED,
        account=text("accountId"),
        region=text("region"),
        values=tuple((name, text(name)) for name in kind.shown if text(name)),
    )


def _listed(values: list[Any], name: str, *, counted: bool) -> str:
    """
    Give a list of texts as it is, and the number of everything else: a thousand locations are no value to show.

    >>> _listed([{}], "locations", counted=True), _listed([], "grants", counted=True)
    ('1 location', '0 grants')
    >>> _listed(["eu-west-1", "us-east-1"], "failedRegions", counted=False)
    'eu-west-1, us-east-1'
    """
    texts = [one for one in values if isinstance(one, str)]
    if not counted and len(texts) == len(values):
        return ", ".join(texts)
    return f"{len(values):,} {name.removesuffix('s') if len(values) == 1 else name}"
