"""What is drawn with a probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def likely(random: Random, share: float) -> bool:
    """Give True in that share of all draws."""
    return random.random() < share
