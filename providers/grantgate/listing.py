"""
Many locations of one account and Region, read with one list call instead of a call each.

A thousand declared lookups would be a thousand GetAccessGrantsLocation calls; ListAccessGrantsLocations answers them
with one, and holds the same members. The list is an economy, never an authority: whatever it does not hold, or cannot
be read by it, is asked for by GetAccessGrantsLocation, which alone says that a location does not exist.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from grantgate.calls.errors import Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grantgate.calls.clients import Connection
    from grantgate.facts import ListedLocation
    from grantgate.lookup import Place

    Read = Callable[[], "Snapshot"]

SINGLY: Final = 1
"""Lookups of a place that are read one by one: a program with one location needs no permission to list."""

FRESH_SECONDS: Final = 60.0
"""How long a list is used; one preview or up checks all of its resources in less."""

MOST_HELD: Final = 50_000
"""Locations held for all places together, about 50 MB; beyond it, the oldest lists are forgotten and read anew."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every location of a place, by id; ``read_at`` is when the list was begun, as lookups tell it."""

    read_at: str
    locations: Mapping[str, ListedLocation]


@dataclass(slots=True)
class _Shelf:
    """What is known of one place; whoever holds ``reading`` reads, and the others wait for what comes of it."""

    asked: int = 0
    began: float = float("-inf")
    held: Snapshot | None = None
    failure: Unread | None = None
    reading: threading.Lock = field(default_factory=threading.Lock)

    def serves(self, now: float, not_before: float) -> bool:
        """Say whether what was read last is new enough."""
        return not_before <= self.began and now < self.began + FRESH_SECONDS


class Listing:
    """The lists of this process, one for each account, Region and credentials; one list call at a time for each."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._shelves: dict[tuple[str, Connection], _Shelf] = {}

    def find(self, place: Place, location_id: str, read: Read) -> tuple[str, ListedLocation] | None:
        """
        Give a location with the time of its list, or None to have it asked for by itself.

        Shape:  ``read`` lists the place; it is called when no list serves.
        Errors: none: a list that cannot be read is not tried again in this process.
        """
        shelf = self._shelf(place)
        with self._lock:
            shelf.asked += 1
            alone = shelf.asked <= SINGLY
            serves = shelf.held is not None and shelf.serves(self._clock(), place.not_before)
        if shelf.failure or (alone and not serves):
            return None
        with shelf.reading:
            if shelf.failure:
                return None
            try:
                snapshot = self._fresh(shelf, place, read)
            except Unread:
                # Denied, throttled or cut short: each location is still asked for by itself, and says so by itself.
                return None
        found = snapshot.locations.get(location_id)
        return (snapshot.read_at, found) if found else None

    def every(self, place: Place, read: Read) -> Snapshot:
        """
        Give every location of a place.

        Errors: Unread when the list cannot be read; a failure serves as long as a list does.
        """
        shelf = self._shelf(place)
        with shelf.reading:
            failed = shelf.failure
            if failed and shelf.serves(self._clock(), place.not_before):
                raise Unread(failed.cause, failed.what, failed.remedy, failed.code)
            return self._fresh(shelf, place, read)

    def _shelf(self, place: Place) -> _Shelf:
        with self._lock:
            return self._shelves.setdefault((place.account_id, place.connection), _Shelf())

    def _fresh(self, shelf: _Shelf, place: Place, read: Read) -> Snapshot:
        held = shelf.held
        if held and shelf.serves(self._clock(), place.not_before):
            return held
        # The age of what is read counts from before the first page.
        shelf.began, shelf.held, shelf.failure = self._clock(), None, None
        try:
            snapshot = shelf.held = read()
        except Unread as failure:
            shelf.failure = failure
            raise
        self._forget_oldest()
        return snapshot

    def _forget_oldest(self) -> None:
        with self._lock:
            held = sorted((one for one in self._shelves.values() if one.held), key=lambda one: one.began, reverse=True)
            total = 0
            for shelf in held:
                total += len(shelf.held.locations) if shelf.held else 0
                if total > MOST_HELD:
                    shelf.held = None


LISTING: Final = Listing()
"""The lists of this process."""
