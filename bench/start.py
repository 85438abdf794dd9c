"""`grantgate --help`: what a user waits for before anything is done, against Python's own start."""

from __future__ import annotations

import tempfile
from pathlib import Path

from children import SCRIPTS, environment, run
from figures import Row, Spread, Unmeasured

AIM_SECONDS = 0.3
SECONDS = 30


def measure(*, quick: bool) -> list[Row]:
    """Start both in turn."""
    runs = 5 if quick else 10
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name:
        place = Path(name)
        env = environment(place)
        commands: list[tuple[list[str | Path], list[float]]] = [
            ([SCRIPTS / "grantgate", "--help"], ours),
            ([SCRIPTS / "python", "-c", "pass"], bare),
        ]
        for turn in range(runs + 1):
            for command, times in commands:
                ran = run(command, cwd=place, env=env, seconds=SECONDS)
                if ran.code:
                    raise Unmeasured(f"{command} ended with {ran.code}: {ran.err.strip()[-300:]}")
                if turn:  # the first one fills the file cache
                    times.append(ran.seconds)
    mine = Spread.of(ours)
    return [
        Row(
            what="grantgate --help / python -c pass",
            figure=f"{mine.median:.3f} s / {Spread.of(bare).median:.3f} s",
            aim=f"< {AIM_SECONDS} s",
            met=mine.median < AIM_SECONDS,
            ratio=Spread.of_ratios(ours, bare),
            notes=[f"{runs} runs each, as whole processes: {mine.least:.3f}..{mine.most:.3f} s"],
            raw={"ours": ours, "python": bare},
        )
    ]
