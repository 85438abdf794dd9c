"""Lookups of a whole account and Region, where having no Access Grants instance may be an answer and no failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from grantgate import inputs as accepts
from grantgate.lookup import Lookup, Props

if TYPE_CHECKING:
    from collections.abc import Callable

    T = TypeVar("T")

PLACE_INPUTS = {"mustExist": accepts.flag}


class PlaceLookup(Lookup):
    """
    A lookup that needs no subject: it is about an account and Region, and narrowed by filters.

    An account without an instance in the Region is a check failure, for a Region that is misspelt would be empty and
    green. Where ``mustExist`` is false it is ``instanceExists: false``, and only that: a Region that was denied,
    throttled or unreachable is a check failure, never an empty one.
    """

    subject_required = False

    def found(self, wanted: Props, ask: Callable[[], T]) -> T | None:
        """
        Ask, and give None where the account has no instance in the Region.

        Errors: Unread for every other failure, and for this one unless ``mustExist`` is false.
        """
        from grantgate.calls.answered import NO_INSTANCE
        from grantgate.calls.errors import Cause, Unread

        try:
            return ask()
        except Unread as unread:
            absent = unread.cause is Cause.NOT_FOUND and unread.code == NO_INSTANCE
            if not absent or wanted.get("mustExist", True):
                raise
            return None

    def resource_id(self, props: Props) -> str:
        """Give ``account/region``, and the filters as a query's text."""
        given = {name: props[name] for name in self.filters if props.get(name)}
        place = f"{props['accountId']}/{props['region']}"
        return f"{place}/{urlencode(given, safe=':/*')}" if given else place

    def from_id(self, resource_id: str) -> Props:
        """Take ``account/region`` or ``account/region/filters`` apart."""
        account, _, rest = resource_id.partition("/")
        region, _, query = rest.partition("/")
        given = dict(parse_qsl(query, keep_blank_values=True))
        if not account or not region or set(given) - set(self.filters) or bool(query) != bool(given):
            names = f"/{'=...&'.join(self.filters)}=..." if self.filters else ""
            raise ValueError(f"{resource_id!r} is not ACCOUNT/REGION{f' or ACCOUNT/REGION{names}' if names else ''}")
        return {"accountId": account, "region": region, **given}


def named(lookup: PlaceLookup, resource_id: str) -> dict[str, Any]:
    """Give what an id names, by Python names, for ``get``."""
    from grantgate.facts import snake

    return {snake(name): value for name, value in lookup.from_id(resource_id).items()}
