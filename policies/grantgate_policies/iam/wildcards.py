"""
IAM's wildcards: ``*`` is any text and ``?`` any one character, with nothing to escape them.

Patterns are walked as sets of positions, held as the bits of one integer: time grows with the product of the two
lengths at worst, never with the number of ways to match.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Final

_WILD: Final = frozenset("*?")
_WORK: Final = 3_000_000  # steps over sets of 500 positions before containment counts as not proven: about a second
_HELD: Final = 500  # sets kept at one time, likewise: they are compared with each other
_SET: Final = 500


def matches(pattern: str, text: str, ignore_case: bool = False) -> bool:  # noqa: FBT001, FBT002 - the published order
    """
    Say whether the whole of ``text`` matches.

    >>> matches("s3:Get*", "s3:GetObject"), matches("s3:get?bject", "s3:GetObject", True), matches("a*a", "a")
    (True, True, False)
    """
    if ignore_case:
        pattern, text = fold(pattern), fold(text)
    if _WILD.isdisjoint(pattern):
        return pattern == text
    machine = _machine(pattern)
    here = machine.start
    for character in text:
        here = machine.after(here, character)
        if not here:
            return False
    return machine.accepts(here)


def touches(one: str, other: str, ignore_case: bool = False) -> bool:  # noqa: FBT001, FBT002 - as ``matches``
    """
    Say whether some text matches both patterns.

    >>> touches("a*", "*b"), touches("a*", "b*"), touches("a?", "a")
    (True, False, False)
    """
    if ignore_case:
        one, other = fold(one), fold(other)
    machine = _machine(other)
    here = machine.start
    for part in one:
        if part == "*":
            # Any text may follow, and each part of the other pattern matches some text.
            here = machine.everything & -(here & -here)
        else:
            here = machine.after_any(here) if part == "?" else machine.after(here, part)
        if not here:
            return False
    return machine.accepts(here)


def contains(outer: str, inner: str, ignore_case: bool = False) -> bool:  # noqa: FBT001, FBT002 - as ``matches``
    """
    Say whether ``outer`` matches every text that ``inner`` matches; False also when that takes too long to prove.

    Exact otherwise. A text of ``inner`` is hardest to match where its wildcards stand for a character that no pattern
    names: what ``outer`` matches with that one, it matches by wildcards, and so with any other in its place.

    >>> contains("?*", "*a"), contains("a*", "*"), contains("arn:*:s3:::b/*", "arn:aws:s3:::b/x/*")
    (True, False, True)
    """
    if ignore_case:
        outer, inner = fold(outer), fold(inner)
    machine, parts = _machine(outer), _tidy(inner)
    if outer == inner:
        return True
    left = _WORK // (machine.size // _SET + 1)
    held: list[int] = [machine.start]  # each set of positions that some text of ``inner`` so far leads to
    for part in parts:
        if part == "*":
            reached: list[int] = []
            for here in held:
                seen: set[int] = set()
                while here not in seen and len(seen) <= _HELD:
                    seen.add(here)
                    here = machine.after_stranger(here)  # noqa: PLW2901 - one more character of the same gap
                reached.extend(seen)
        else:
            walk = machine.after_stranger if part == "?" else None
            reached = [walk(here) if walk else machine.after(here, part) for here in held]
        distinct = set(reached)
        left -= len(reached) + len(distinct) ** 2
        if 0 in distinct or left < 0 or len(distinct) > _HELD:
            return False
        held = _hardest(distinct)
    return all(machine.accepts(here) for here in held)


def fold(text: str) -> str:
    r"""
    Put the letters that IAM compares without case into lower case: those of ASCII alone.

    >>> fold("STS:AssumeRole"), fold("\N{KELVIN SIGN}") == "k"
    ('sts:assumerole', False)
    """
    return text.lower() if text.isascii() else "".join(one.lower() if one.isascii() else one for one in text)


@dataclass(frozen=True, slots=True)
class _Machine:
    """
    One pattern as a machine; bit n of a set says that the first n parts are matched.

    Shape: ``of`` gives for a character the positions of the parts that are it; ``ones`` are those of ``?``, ``stars``
           those of ``*``.
    """

    size: int
    ones: int
    stars: int
    of: dict[str, int] = field(repr=False)

    @property
    def start(self) -> int:
        return self._closed(1)

    @property
    def everything(self) -> int:
        return (1 << (self.size + 1)) - 1

    def after(self, here: int, character: str) -> int:
        return self._closed(((here & (self.of.get(character, 0) | self.ones)) << 1) | (here & self.stars))

    def after_any(self, here: int) -> int:
        return self._closed(((here & ~self.stars & (self.everything >> 1)) << 1) | (here & self.stars))

    def after_stranger(self, here: int) -> int:
        """Move over a character that the pattern does not name."""
        return self._closed(((here & self.ones) << 1) | (here & self.stars))

    def accepts(self, here: int) -> bool:
        return bool(here >> self.size)

    def _closed(self, here: int) -> int:
        # No two stars stand side by side, so one step over them is all.
        return here | ((here & self.stars) << 1)


@lru_cache(maxsize=512)  # the same few patterns meet the same few texts, rule after rule
def _machine(pattern: str) -> _Machine:
    parts = _tidy(pattern)
    places: dict[str, int] = {}
    for index, part in enumerate(parts):
        places[part] = places.get(part, 0) | (1 << index)
    # Text may hold the signs themselves, and only wildcards match them.
    ones, stars = places.pop("?", 0), places.pop("*", 0)
    return _Machine(len(parts), ones, stars, places)


def _tidy(pattern: str) -> str:
    """Write each run of wildcards in one way: first every ``?``, then one ``*``."""
    if "**" not in pattern and "*?" not in pattern:
        return pattern
    runs = []
    for wild, run in groupby(pattern, _WILD.__contains__):
        text = "".join(run)
        runs.append("?" * text.count("?") + "*" * ("*" in text) if wild else text)
    return "".join(runs)


def _hardest(held: set[int]) -> list[int]:
    """Keep the sets that hold no other one: what the smaller set goes on to match, the larger does too."""
    kept: list[int] = []
    for here in sorted(held, key=int.bit_count):
        if all(one & here != one for one in kept):
            kept.append(here)
    return kept
