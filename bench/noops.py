"""A thousand lookups against a thousand dynamic resources that do nothing: time, calls, and memory of their host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import estate
from figures import Row, Spread, Unmeasured
from preview import aws, calls, cpu, lookups, memory, noops, ratio, raw, seconds, sides_in_turn, warm
from watching import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from preview import Taken

AIM = 1.15
AIM_CALLS = 2
WARM = 5


def measure(*, quick: bool) -> list[Row]:
    """Run lookups and no-ops in turn, first without a pack, then with ours."""
    count, turns, with_pack = (100, 2, 1) if quick else (1000, 5, 3)
    with aws(estate.seed(count)) as served:
        warm([lookups(WARM, pack=True), noops(WARM, pack=True)], served)
        plain = sides_in_turn([lookups(count), noops(count)], served, turns)
        packed = sides_in_turn([lookups(count, pack=True), noops(count, pack=True)], served, with_pack)
    if any(one.calls for one in (*plain[1], *packed[1])):
        raise Unmeasured("a preview of no-ops called AWS")
    return [
        _time(count, *plain, pack=False),
        _time(count, *packed, pack=True),
        _calls(count, plain[0]),
        _memory(*plain),
    ]


def _time(count: int, ours: Sequence[Taken], theirs: Sequence[Taken], *, pack: bool) -> Row:
    found = ratio(ours, theirs)
    mine, others = (Spread.of(seconds(one)) for one in (ours, theirs))
    return Row(
        what=f"preview of {count:,} lookups / {count:,} no-ops, {'our' if pack else 'no'} pack",
        figure=f"{mine.median:.1f} s / {others.median:.1f} s",
        aim="" if pack else f"<= {AIM}",
        met=None if pack else found.median <= AIM,
        ratio=found,
        notes=[f"of processor time, which other work changes less: {Spread.of_ratios(cpu(ours), cpu(theirs))}"],
        raw=raw(lookups=ours, noops=theirs),
    )


def _calls(count: int, ours: Sequence[Taken]) -> Row:
    most = max(sum(one.calls.values()) for one in ours)
    return Row(
        what=f"AWS calls of {count:,} lookups of one account and Region",
        figure=f"{most}",
        aim=f"<= {AIM_CALLS}",
        met=most <= AIM_CALLS,
        notes=[f"counted by the emulator: {calls(ours)}; the account is given, else one GetCallerIdentity more"],
    )


def _memory(ours: Sequence[Taken], theirs: Sequence[Taken]) -> Row:
    what = "peak memory of the host process, lookups / no-ops"
    try:
        mine, others = memory(ours, HOST), memory(theirs, HOST)
    except Unmeasured as why:
        return Row(what=what, figure="not measured", unmeasured=str(why))
    held = Spread.of_ratios(*([one.ran.processes[HOST].megabytes for one in runs] for runs in (ours, theirs)))
    return Row(
        what=what,
        figure=f"{mine.median:.0f} MB / {others.median:.0f} MB",
        ratio=held,
        notes=["the most that the one process held in which every check runs; a lookup's holds boto3 as well"],
    )
