"""
Many locations of one account and Region, read with one list call instead of a call each.

A thousand declared lookups would be a thousand GetAccessGrantsLocation calls; ListAccessGrantsLocations answers them
with one, and holds the same members. The list is an economy, never an authority: whatever it does not hold, or cannot
be read by it, is asked for by GetAccessGrantsLocation, which alone says that a location does not exist.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from grantgate.errors import Cause, Unread

if TYPE_CHECKING:
    from grantgate.lookup import Place

SINGLY: Final = 3
"""Lookups of a place that are read one by one, before a list is worth its call and its permission."""

FRESH_SECONDS: Final = 60.0
"""How long a list is used; one preview or up checks all of its resources in less."""

MOST_PAGES: Final = 50
"""Pages of one list: 50,000 locations, fifty times the quota. A service that never ends is not followed for ever."""

PAGE: Final = 1000
AskPage = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(slots=True)
class _Listed:
    asked: int = 0
    refused: bool = False
    until: float = 0.0
    locations: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    reading: threading.Lock = field(default_factory=threading.Lock)


class Listing:
    """The lists of this process, one for each place; one list call at a time for each."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._listed: dict[Place, _Listed] = {}

    def find(self, place: Place, location_id: str, ask_page: AskPage) -> Mapping[str, Any] | None:
        """
        Give the location as ListAccessGrantsLocations describes it, or None to have it asked for by itself.

        Shape:  ``ask_page`` makes one ListAccessGrantsLocations call with the parameters that it is given.
        Errors: none: a list that cannot be read is not tried again in this process.
        """
        with self._lock:
            listed = self._listed.setdefault(place, _Listed())
            listed.asked += 1
            if listed.asked <= SINGLY or listed.refused:
                return None
        with listed.reading:
            if not listed.refused and listed.until <= self._clock():
                self._read(listed, place, ask_page)
            return listed.locations.get(location_id)

    def _read(self, listed: _Listed, place: Place, ask_page: AskPage) -> None:
        # The age of what is read counts from before the first page.
        until = self._clock() + FRESH_SECONDS
        try:
            listed.locations = {
                item["AccessGrantsLocationId"]: item
                for item in _items(place, ask_page)
                if isinstance(item.get("AccessGrantsLocationId"), str)
            }
            listed.until = until
        except Unread:
            # Denied, throttled or cut short: each location is still asked for by itself, and says so by itself.
            listed.refused = True
            listed.locations = {}


def _items(place: Place, ask_page: AskPage) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    wanted: dict[str, Any] = {"AccountId": place.account_id, "MaxResults": PAGE}
    for _ in range(MOST_PAGES):
        page = ask_page(wanted)
        found += page.get("AccessGrantsLocationsList") or ()
        following = page.get("NextToken")
        if not following:
            return found
        if following == wanted.get("NextToken"):
            break
        wanted["NextToken"] = following
    raise Unread(Cause.NOT_UNDERSTOOD, "the list of locations does not end", "nothing: each location is read by itself")


LISTING: Final = Listing()
"""The lists of this process."""
