"""
Texts with wildcards, and what their captures can take: ``acme-{team}-*`` against ``acme-fin-eu``.

Matching never backtracks: plain matching walks the text once; capturing first computes which positions can still reach
the end, as the bits of one integer, and then follows only those. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.core import Bindings

ALTERNATIVES: Final = 64
"""The most ways to capture that one pattern reports for one value; further ones are dropped, which only denies."""

_STEPS: Final = 20_000  # captures tried for one value before giving up; reached only by values made to be ambiguous
_FEW: Final = 8  # positions up to which trying each is cheaper than finding a text everywhere

UNBOUND: Final[tuple[Bindings, ...]] = (frozenset(),)
"""Admitted, and nothing was captured."""


@dataclass(frozen=True, slots=True)
class Wild:
    """A place that text without ``/`` fills: ``*`` when ``name`` is empty, else a capture of one character or more."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Glob:
    """
    A segment whose variables have been filled in.

    Shape: ``parts`` are texts and Wilds, no two texts side by side; ``literals`` are the texts around the runs of Wilds
           (the first and last may be empty) and ``gaps`` the fewest characters that each run takes.
    """

    parts: tuple[str | Wild, ...]
    literals: tuple[str, ...] = field(compare=False)
    gaps: tuple[int, ...] = field(compare=False)
    captures: int = field(compare=False)

    @classmethod
    def of(cls, parts: Iterable[str | Wild]) -> Glob:
        """Join neighbouring texts of ``parts`` and measure the gaps between them."""
        joined: list[str | Wild] = []
        literals: list[str] = [""]
        gaps: list[int] = []
        for part in parts:
            last = joined[-1] if joined else None
            if isinstance(part, str):
                literals[-1] += part
                if isinstance(last, str):
                    joined[-1] = last + part
                    continue
            elif isinstance(last, Wild):
                gaps[-1] += bool(part.name)
            else:
                gaps.append(int(bool(part.name)))
                literals.append("")
            joined.append(part)
        captures = sum(isinstance(part, Wild) and bool(part.name) for part in joined)
        return cls(tuple(joined), tuple(literals), tuple(gaps), captures)

    def __str__(self) -> str:
        return "".join(
            part if isinstance(part, str) else f"{{{part.name}}}" if part.name else "*" for part in self.parts
        )

    @property
    def is_anything(self) -> bool:
        """Whether every text matches: a lone ``*``."""
        return self.parts == (Wild(),)

    def fits(self, text: str) -> bool:
        """
        Say whether ``text`` matches, whatever the captures take.

        >>> Glob.of(["acme-", Wild("team"), "-", Wild()]).fits("acme-data-")
        True
        >>> Glob.of(["acme-", Wild("team"), "-", Wild()]).fits("acme--")
        False
        """
        first, last = self.literals[0], self.literals[-1]
        if not self.gaps:
            return text == first
        if not text.startswith(first):
            return False
        if len(self.gaps) == 1:
            return len(first) + self.gaps[0] + len(last) <= len(text) and text.endswith(last)
        at = len(first)
        # The leftmost place for each literal leaves the most text to the ones after it.
        for gap, literal in zip(self.gaps[:-1], self.literals[1:-1], strict=True):
            at = text.find(literal, at + gap)
            if at < 0:
                return False
            at += len(literal)
        return at + self.gaps[-1] + len(last) <= len(text) and text.endswith(last)

    def begins(self, text: str) -> bool:
        """
        Say whether some match begins with ``text``.

        >>> Glob.of(["finance"]).begins("fin"), Glob.of(["fin-", Wild()]).begins("fin-x")
        (True, True)
        """
        first = self.literals[0]
        return first.startswith(text) or (bool(self.gaps) and text.startswith(first))

    def knowing(self, known: Mapping[str, str]) -> Glob:
        """Put the texts of ``known`` in the place of the captures that they name."""
        return Glob.of(part if isinstance(part, str) else known.get(part.name) or part for part in self.parts)

    def capture(self, text: str, known: Mapping[str, str], steps: Iterator[int]) -> Iterator[dict[str, str]]:
        """
        Give every distinct way to match ``text`` that agrees with ``known``, shortest captures first.

        Each result is ``known`` and what this segment adds; every capture tried takes one of ``steps``.
        """
        rest = self.knowing(known) if known else self
        if not rest.fits(text):
            return
        parts = rest.parts
        only = parts[0] if len(parts) == 1 else None
        if not rest.captures:
            yield dict(known)
            return
        if isinstance(only, Wild):
            yield {**known, only.name: text}
            return
        # reach[i] holds, as bits, the positions p at which parts[i:] can match text[p:].
        reach = [0] * len(parts) + [1 << len(text)]
        for index in range(len(parts) - 1, -1, -1):
            part, after = parts[index], reach[index + 1]
            if isinstance(part, str):
                reach[index] = (after >> len(part)) & _places(text, part)
            elif after:
                reach[index] = (1 << (after.bit_length() - bool(part.name))) - 1
        yield from _Walk(text, parts, reach, steps).onward(0, 1, dict(known))


@dataclass(frozen=True, slots=True)
class _Walk:
    """The forward half of ``Glob.capture``: only captures branch, texts and stars move all positions at once."""

    text: str
    parts: Sequence[str | Wild]
    reach: Sequence[int]
    steps: Iterator[int]
    places: dict[str, int] = field(default_factory=dict)

    def onward(self, index: int, here: int, found: dict[str, str]) -> Iterator[dict[str, str]]:
        """Match ``parts[index:]`` from any of the positions ``here`` (bits)."""
        for number in range(index, len(self.parts)):
            part, after = self.parts[number], self.reach[number + 1]
            if isinstance(part, Wild) and part.name and part.name not in found:
                for taken in self._captures(here, after):
                    ends = self._past(here, taken) & after
                    yield from self.onward(number + 1, ends, {**found, part.name: taken})
                return
            if isinstance(part, Wild) and not part.name:
                here = after & -(here & -here)  # every position from the first one on
            else:
                here = self._past(here, part if isinstance(part, str) else found[part.name]) & after
            if not here:
                return
        yield found

    def _past(self, here: int, literal: str) -> int:
        """Give the positions after ``literal``, where it stands at one of the positions ``here``."""
        if here.bit_count() <= _FEW:
            return sum(1 << (at + len(literal)) for at in _bits(here) if self.text.startswith(literal, at))
        if literal not in self.places:
            self.places[literal] = _places(self.text, literal)
        return (here & self.places[literal]) << len(literal)

    def _captures(self, here: int, after: int) -> Iterator[str]:
        seen = set()
        for start in _bits(here):
            for end in _bits(after >> (start + 1)):
                if next(self.steps, None) is None:
                    return
                taken = self.text[start : start + 1 + end]
                if taken not in seen:
                    seen.add(taken)
                    yield taken


def _places(text: str, literal: str) -> int:
    places, at = 0, text.find(literal)
    while at >= 0:
        places |= 1 << at
        at = text.find(literal, at + 1)
    return places


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def agree(pairs: Sequence[tuple[Glob, str]]) -> tuple[Bindings, ...]:
    """
    Give the distinct captures under which every glob matches its text, sorted; the same name takes the same text.

    Nothing captured is one empty alternative; no match is no alternative. At most ALTERNATIVES are given, and a value
    made so that captures of one name in many places could fall anywhere may get fewer: both only ever deny.

    >>> bucket, folder = Glob.of(["acme-", Wild("team"), "-", Wild()]), Glob.of([Wild("team")])
    >>> agree([(bucket, "acme-data-lake-prod"), (folder, "data-lake")])
    (frozenset({('team', 'data-lake')}),)
    """
    for glob, text in pairs:
        if not glob.fits(text):
            return ()
    decided = _decided(pairs)
    if decided is not None:
        return decided
    # Segments with the fewest captures first: they leave the others the least choice.
    open_ones = sorted((pair for pair in pairs if pair[0].captures), key=lambda pair: len(pair[0].parts))
    if not open_ones:
        return UNBOUND
    found = islice(_agree(open_ones, {}, iter(range(_STEPS))), ALTERNATIVES)
    return tuple(sorted((frozenset(one.items()) for one in found), key=sorted))


def _decided(pairs: Sequence[tuple[Glob, str]]) -> tuple[Bindings, ...] | None:
    """
    Answer for globs that fit and leave no choice, as most do.

    Decided are a capture between two texts, and one before a text that stands once and is followed by ``*`` alone.
    """
    found: dict[str, str] = {}
    for glob, text in pairs:
        if not glob.captures:
            continue
        first, last = glob.literals[0], glob.literals[-1]
        wild = glob.parts[bool(first)]
        if glob.captures != 1 or not isinstance(wild, Wild) or not wild.name:
            return None
        if len(glob.parts) == 1 + bool(first) + bool(last):
            taken = text[len(first) : len(text) - len(last)]
        elif len(glob.parts) == 3 + bool(first) and len(glob.gaps) == 2 and not last:  # noqa: PLR2004 - {name}TEXT*
            middle = glob.literals[1]
            at = text.find(middle, len(first) + 1)
            if text.find(middle, at + 1) >= 0:
                return None
            taken = text[len(first) : at]
        else:
            return None
        if found.setdefault(wild.name, taken) != taken:
            return ()
    return (frozenset(found.items()),) if found else UNBOUND


def _agree(pairs: Sequence[tuple[Glob, str]], found: dict[str, str], steps: Iterator[int]) -> Iterator[dict[str, str]]:
    if not pairs:
        yield found
        return
    (glob, text), *others = pairs
    for more in glob.capture(text, found, steps):
        yield from _agree(others, more, steps)
