"""The journal: every AWS request that was served, and whether its answer went out whole."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Mark:
    """The moment a request came in; ``book`` is the journal it belongs to, which a clearing ends."""

    time: str
    started: float
    book: int


class Journal:
    """What was served, oldest first; the latest 100,000 requests are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=MOST_ENTRIES)
        self._book = 0
        self._number = 0

    def mark(self) -> Mark:
        """Note that a request has come in."""
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return Mark(now, time.perf_counter(), self._book)

    def add(self, mark: Mark, entry: dict[str, Any], *, intact: bool) -> dict[str, Any]:
        """
        Write a request down before its reply goes out: whoever has the reply finds it in the journal.

        A request from before the latest clearing belongs to nobody who still looks, and is not written down.
        """
        written = {"n": 0, "time": mark.time, "duration": _since(mark), **entry, "intact": intact}
        with self._lock:
            if mark.book == self._book:
                self._number += 1
                written["n"] = self._number
                self._entries.append(written)
        return written

    def end(self, mark: Mark, entry: dict[str, Any], *, whole: bool) -> None:
        """Say when a reply was at its end, and whether all of it went out."""
        with self._lock:
            entry["duration"] = _since(mark)
            entry["intact"] = whole

    def listed(self) -> list[dict[str, Any]]:
        """Return what was served, oldest first."""
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget what was served and what is being served, and number from 1 again."""
        with self._lock:
            self._entries.clear()
            self._book += 1
            self._number = 0


def _since(mark: Mark) -> float:
    return round((time.perf_counter() - mark.started) * 1000, 3)
