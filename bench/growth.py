"""How a preview grows from 100 to 10,000 locations: one by one, aggregated, and as no-ops; with a picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import estate
from children import ENGINE
from figures import Row, Spread, Unmeasured
from preview import aggregated, aws, lookups, noops, raw, seconds, taken, warm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from children import Aws
    from preview import Side, Taken

SIZES = (100, 300, 1000, 3000, 10_000)
TWICE_UP_TO = 1000
"""Locations up to which everything runs twice: the shorter a run, the more of it is chance."""
MOST_SECONDS = 300.0
"""A run that would take longer, by the one before it, is left out, and told as not measured."""
WARM = 5
NOOPS = "no-op resources"
LINES: Mapping[str, Callable[[int], Side]] = {
    "lookups, one by one": lookups,
    NOOPS: noops,
    "aggregated, with the pack and every rule": partial(aggregated, pack=True),
    "aggregated": aggregated,
}


def measure(*, quick: bool) -> list[Row]:
    """Let the lines take turns at each size, then draw them."""
    found: dict[str, dict[int, list[Taken]]] = {name: {} for name in LINES}
    with aws(estate.seed(WARM)) as served:
        warm([side(WARM) for side in LINES.values()], served)
        for size in SIZES[:3] if quick else SIZES:
            served.holds(estate.seed(size))
            _at(size, found, served, turns=2 if size <= TWICE_UP_TO and not quick else 1)
    rows = [_row(name, runs, found[NOOPS]) for name, runs in found.items() if name != NOOPS]
    return [*rows, _picture(found)]


def _at(size: int, found: dict[str, dict[int, list[Taken]]], served: Aws, *, turns: int) -> None:
    """Run every line that would end in time at this size."""
    for _ in range(turns):
        for name, side in LINES.items():
            runs = found[name]
            before = max((one for one in runs if one < size), default=0)
            if size not in runs and before and _median(runs[before]) * size / before > MOST_SECONDS:
                continue
            runs.setdefault(size, []).append(taken(side(size), served))


def _median(runs: list[Taken]) -> float:
    return Spread.of(seconds(runs)).median


def _row(name: str, runs: Mapping[int, list[Taken]], noop: Mapping[int, list[Taken]]) -> Row:
    """Hold one line against that of no-ops: the ratios are those of the sizes."""
    both = sorted(runs.keys() & noop.keys())
    most = both[-1]
    missing = [f"{size:,}" for size in noop if size not in runs]
    left = f"left out, since it would take more than {MOST_SECONDS:.0f} s: {', '.join(missing)}" if missing else ""
    told = ", ".join(f"{size:,}: {_median(runs[size]):.1f} s / {_median(noop[size]):.1f} s" for size in both)
    return Row(
        what=f"preview of {most:,} locations, {name} / {NOOPS}",
        figure=f"{_median(runs[most]):.1f} s / {_median(noop[most]):.1f} s",
        ratio=Spread.of([_median(runs[size]) / _median(noop[size]) for size in both]),
        notes=[f"{told}; the ratio is over these sizes"],
        unmeasured=left,
        raw=raw(**{str(size): taken_ for size, taken_ in runs.items()}),
    )


def _picture(found: Mapping[str, Mapping[int, list[Taken]]]) -> Row:
    """Draw every line into .engine/bench."""
    what = "picture of the growth"
    lines = {name: [(size, _median(runs)) for size, runs in sorted(by.items())] for name, by in found.items()}
    folder = ENGINE / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"points": lines}
    try:
        from chart import draw  # noqa: PLC0415 - the figures need no browser

        files = draw(lines, "Seconds of pulumi preview by the number of locations", folder)
    except (ImportError, Unmeasured) as why:
        return Row(what=what, figure="not drawn", unmeasured=str(why), raw=told)
    return Row(what=what, figure=", ".join(file.name for file in files), notes=[f"in {folder.name}"], raw=told)
