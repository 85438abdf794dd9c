"""Lookups against what one would write instead: a dynamic provider that asks in `create`, and a script with threads."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import estate
from children import HERE, SCRIPTS, run
from figures import Row, Spread, Unmeasured
from preview import (
    SECONDS,
    UP,
    Taken,
    aws,
    calls,
    cpu,
    in_turn,
    lookups,
    memory,
    naive,
    noops,
    ratio,
    raw,
    seconds,
    surroundings,
    taken,
    warm,
)
from watching import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from children import Aws

AIM = 3.0
WARM = 5


def measure(*, quick: bool) -> list[Row]:
    """Let all of them take turns: two updates that read, one of no-ops, and the script."""
    count, turns = (100, 1) if quick else (1000, 3)
    sides = [naive(count), lookups(count, command=UP), noops(count, command=UP)]
    with aws(estate.seed(count)) as served:
        warm([naive(WARM), lookups(WARM, command=UP)], served)
        acts = [*(partial(taken, side, served) for side in sides), partial(_script, count, served)]
        theirs, ours, floor, script = in_turn(acts, turns)
    return [_provider(count, theirs, ours, floor), _threads(count, script)]


def _script(count: int, served: Aws) -> Taken:
    """Run the script, from the start of Python to its end."""
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name:
        place = Path(name)
        ids = [estate.location_id(index) for index in range(count)]
        command: list[str | Path] = [SCRIPTS / "python", HERE / "naive" / "threads.py", estate.ACCOUNT, *ids]
        served.calls()
        before = served.cpu()
        ran = run(command, cwd=place, env=surroundings(place, served), seconds=SECONDS)
        if ran.code or ran.out.strip() != str(count):
            raise Unmeasured(f"the script ended with {ran.code}: {(ran.err or ran.out).strip()[-300:]}")
        return Taken(ran, served.calls(), served.cpu() - before)


def _provider(count: int, theirs: Sequence[Taken], ours: Sequence[Taken], floor: Sequence[Taken]) -> Row:
    found = ratio(theirs, ours)
    others, mine, least = (Spread.of(seconds(runs)) for runs in (theirs, ours, floor))
    fair = (
        "a preview of the naive ones reads nothing, so this is `pulumi up --skip-preview` of both; one write of state"
    )
    over = [f"{one.median - least.median:.1f} s" for one in (others, mine)]
    notes = [
        fair,
        f"no-ops take {least.median:.1f} s; over that floor the naive ones take {over[0]}, lookups {over[1]}",
        f"resources that do nothing are {ratio(theirs, floor).median:.1f} times as fast: nobody can be more",
        f"of processor time: {Spread.of_ratios(cpu(theirs), cpu(ours))}",
        f"AWS calls: {calls(theirs)} / {calls(ours)}",
    ]
    try:
        held = f"{memory(theirs, HOST).median:.0f} MB / {memory(ours, HOST).median:.0f} MB"
        notes.append(f"peak memory of the host process: {held}")
    except Unmeasured as why:
        notes.append(str(why))
    return Row(
        what=f"up of {count:,} naive resources / {count:,} lookups",
        figure=f"{others.median:.1f} s / {mine.median:.1f} s",
        aim=f">= {AIM:.0f}",
        met=found.median >= AIM,
        ratio=found,
        notes=notes,
        raw=raw(naive=theirs, lookups=ours, noops=floor),
    )


def _threads(count: int, script: Sequence[Taken]) -> Row:
    took = Spread.of(seconds(script))
    return Row(
        what=f"a boto3 script, 32 threads, {count:,} GetAccessGrantsLocation",
        figure=f"{took.median:.1f} s",
        notes=[
            f"{len(script)} runs: {took.least:.1f}..{took.most:.1f} s; AWS calls: {calls(script)}; no engine, no state"
        ],
        raw=raw(script=script),
    )
