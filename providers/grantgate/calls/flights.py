"""Values that are made once per key: who asks for one that is being made waits for it, other keys wait for nobody."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

V = TypeVar("V")


class Flights(Generic[V]):
    """
    One flight per key.

    A failure is an answer too: whoever waited for it is told the same, and so is who asks later. A role that cannot be
    assumed is asked for once, not once for each of a thousand lookups that need it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Hashable, Future[V]] = {}

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """
        Give the value of ``key``, made by the first who asks.

        Errors: whatever ``make`` raises.
        """
        with self._lock:
            known = self._made.get(key)
            flight = self._made[key] = known or Future()
        if known is None:
            self._fly(key, flight, make)
        return flight.result()

    def landed(self, key: Hashable) -> V | None:
        """Give the value of ``key`` if it has been made, without making it or waiting for it."""
        with self._lock:
            known = self._made.get(key)
        return known.result() if known and known.done() and known.exception() is None else None

    def _fly(self, key: Hashable, flight: Future[V], make: Callable[[], V]) -> None:
        try:
            flight.set_result(make())
        except Exception as error:  # noqa: BLE001 - it is not handled here but raised to everybody who waits
            flight.set_exception(error)
        except BaseException as end:
            # The process is told to end; who waits must not wait for ever, and nobody is told so later.
            with self._lock:
                del self._made[key]
            flight.set_exception(end)
            raise
