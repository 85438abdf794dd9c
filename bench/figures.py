"""Figures: ratios of interleaved pairs, the rows of the table, and how both are written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Unmeasured(Exception):
    """Something could not be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with what lies around it."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up values that were measured under one name."""
        return cls(median(values), min(values), max(values))

    @classmethod
    def of_ratios(cls, ours: Sequence[float], theirs: Sequence[float]) -> Spread:
        """Sum up the ratios of pairs that ran next to each other."""
        return cls.of([mine / other for mine, other in zip(ours, theirs, strict=True)])

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f}..{self.most:.2f})"

    def to_json(self) -> dict[str, float]:
        """Give the three numbers."""
        return {"median": round(self.median, 4), "min": round(self.least, 4), "max": round(self.most, 4)}


@dataclass(frozen=True, slots=True)
class Row:
    """
    One line of the table.

    Shape: ``met`` is None where there is no aim, or where the figure is missing; ``unmeasured`` says why it is;
           ``notes`` are printed below the table, ``raw`` goes to the JSON only.
    """

    what: str
    figure: str
    aim: str = ""
    met: bool | None = None
    ratio: Spread | None = None
    notes: Sequence[str] = ()
    unmeasured: str = ""
    raw: dict[str, Any] = field(default_factory=dict)

    def cells(self) -> tuple[str, ...]:
        """Give the cells as text."""
        met = "-" if self.met is None else "yes" if self.met else "NO"
        return self.what, self.figure, self.aim or "-", met, str(self.ratio) if self.ratio else "-"

    def to_json(self) -> dict[str, Any]:
        """Give the row as it stands in the result file."""
        return {
            "what": self.what,
            "figure": self.figure,
            "aim": self.aim,
            "met": self.met,
            "ratio": self.ratio.to_json() if self.ratio else None,
            "notes": list(self.notes),
            "unmeasured": self.unmeasured,
            "raw": self.raw,
        }


def table(rows: Sequence[Row]) -> str:
    """Write the rows below each other, with their notes behind."""
    lines = [("what", "figure", "aim", "met", "ratio: median (min..max)"), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    written = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    written.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"- {row.what}: {note}" for row in rows for note in row.notes]
    return "\n".join([*written, *([""] if notes else []), *notes])
