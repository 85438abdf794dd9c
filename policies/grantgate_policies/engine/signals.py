"""What this process is sent while the engine runs: noted, so that nothing is left half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSISTED: Final = 3
_HANDLED: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


class Cancelled(Exception):
    """Somebody ended the run while no engine was running; ``number`` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@dataclass(slots=True)
class Signals:
    """
    What this process was sent, from the moment it is entered: noted, so that nothing is left half done.

    Shape: ``received`` are signal numbers in order; ``heeded`` is the one that ended something, 0 for none. Where
           somebody waits for a person (``interrupting``), a signal raises Cancelled; a third one always ends all.
    """

    received: list[int] = field(default_factory=list)
    heeded: int = 0
    _interrupts: bool = False
    _before: dict[int, Any] = field(default_factory=dict)

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():  # nobody else may handle signals
            self._before = {number: signal.signal(number, self._note) for number in _HANDLED}

    def __exit__(self, *_error: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextlib.contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let signals interrupt what is done meanwhile."""
        self.check()
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False

    def heed(self) -> int:
        """Give the signal that there was, 0 for none, and remember that it ended something."""
        self.heeded = self.received[0] if self.received else 0
        return self.heeded

    def check(self) -> None:
        """Raise Cancelled when there was a signal."""
        if number := self.heed():
            raise Cancelled(number)

    def _note(self, number: int, _frame: object) -> None:
        self.received.append(number)
        if len(self.received) >= _INSISTED:
            raise KeyboardInterrupt
        if self._interrupts:
            self.check()
