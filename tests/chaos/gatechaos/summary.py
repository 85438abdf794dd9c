"""What a run of many cases came to: a table by what went wrong, and the rate."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .running import Result

_COLUMNS = ("cases", "green", "1", "2", "3", "4", "other", "broke it")


def table(results: Sequence[Result]) -> str:
    """
    Give a line for each thing that went wrong: how many cases had it, and how they ended.

    A case that is two commands at once is green when one of them is.
    """
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        for name in ("all", *(result.things or ("nothing",)), f"command {result.command}"):
            rows[name] += _ending(result)
    width = max(map(len, rows))
    head = f"{'':{width}}  " + "  ".join(f"{name:>8}" for name in _COLUMNS)
    lines = (
        f"{name:{width}}  " + "  ".join(f"{rows[name][column] or '-':>8}" for column in _COLUMNS)
        for name in sorted(rows, key=_order)
    )
    return "\n".join((head, *lines))


def _order(name: str) -> tuple[int, str]:
    return {"all": 0, "nothing": 1}.get(name, 3 if name.startswith("command ") else 2), name


def _ending(result: Result) -> Counter[str]:
    code = min(result.codes, key=lambda one: (one != 0, one))
    word = "green" if code == 0 else str(code) if code in range(1, 5) else "other"
    return Counter({"cases": 1, word: 1, "broke it": int(bool(result.violations))})


def sentences(results: Sequence[Result], seconds: float) -> Iterable[str]:
    """Say how many were green, of those that had to be too, and how fast it went."""
    green = sum(0 in result.codes for result in results)
    calm = [result for result in results if result.has_to_pass]
    passed = sum(0 in result.codes for result in calm)
    yield f"{green} of {len(results)} cases were green ({green / max(1, len(results)):.0%})"
    yield f"{passed} of {len(calm)} cases with nothing wrong were green"
    yield f"{sum(result.recovered for result in results)} cases were run again without faults"
    yield f"{seconds:.0f} s, {len(results) / max(seconds, 1) * 60:.0f} cases a minute"
