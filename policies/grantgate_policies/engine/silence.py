"""
How long a preview may say nothing at all.

A host of dynamic resources that dies half, for want of memory, keeps the engine waiting for ever, and nobody bounds
that. An update is left alone: what waits there may be the cloud.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VARIABLE: Final = "GRANTGATE_SILENCE_SECONDS"
"""Environment variable that sets how long a preview may say nothing."""
SECONDS: Final = 1800
"""A lookup is bounded to two minutes, and one that waits tells of every poll; programs may build for a while."""
LEAST: Final = 5
MOST: Final = 86_400


class BadSilence(ValueError):
    """The variable holds no such number of seconds."""


def allowed(environment: Mapping[str, str]) -> float:
    """
    Give the seconds that a preview may say nothing.

    >>> allowed({}), allowed({VARIABLE: "60"})
    (1800.0, 60.0)

    Errors: BadSilence.
    """
    text = environment.get(VARIABLE, "") or str(SECONDS)
    if not (text.isascii() and text.isdigit() and LEAST <= int(text[:9]) <= MOST):
        raise BadSilence(f"{VARIABLE} is {text!r}; {LEAST} to {MOST:,} seconds are possible")
    return float(text)


@dataclass(slots=True)
class Silence:
    """
    Whether the files that a run writes have stopped to grow.

    Shape: ``limit`` in seconds, 0 for none.
    """

    files: Sequence[Path]
    limit: float
    _size: int = field(default=-1, init=False)
    _since: float = field(default=0.0, init=False)

    def lasts(self, now: float) -> bool:
        """Say whether nothing was written for too long; ``now`` is a clock's that only goes forward."""
        size = sum(file.stat().st_size for file in self.files if file.exists())
        if size != self._size:
            self._size, self._since = size, now
        return bool(self.limit) and now - self._since > self.limit
