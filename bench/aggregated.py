"""Ten thousand locations in ten lookups, one for each account, with every rule: against a program of nothing."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import estate
from figures import Row, Spread, Unmeasured
from grantgate_policies.rules import RULES
from grantgate_policies.subjects import Location
from preview import (
    GATE,
    REPORT,
    aggregated,
    answering,
    aws,
    calls,
    cpu,
    empty,
    in_turn,
    ratio,
    raw,
    seconds,
    spent,
    taken,
    warm,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from children import Aws
    from preview import Taken

AIM = 2.0
FEW = 10
START = "what the pack, the host of dynamic resources and boto3 take to start, whatever there is to read"
DECIDED = frozenset({"PASS", "FAIL", "WAIVED"})
ABOUT_LOCATIONS = frozenset(rule.name for rule in RULES if Location in rule.about)


def measure(*, quick: bool) -> list[Row]:
    """Make sure that every rule judges every location, then let the four sides take turns."""
    count, turns = (2000, 2) if quick else (10_000, 5)
    sides = [empty(), aggregated(count, pack=True), aggregated(count, command=GATE), aggregated(count)]
    with aws(estate.seed(count)) as served, aws(estate.seed(FEW)) as small:
        warm([empty()], served)
        judged = _judged(count, served)
        acts = [*(partial(taken, side, served) for side in sides), partial(taken, aggregated(FEW, pack=True), small)]
        nothing, packed, gated, plain, few = in_turn(acts, turns)
    what = f"{count:,} locations in {len(estate.shared_out(count))} lookups"
    rules = f"{judged} rules came to an outcome on each location; AWS calls: {calls(packed)}"
    return [
        _row(f"preview of {what}, every rule / empty program", packed, nothing, rules, aim=True),
        _row(f"`grantgate preview` of {what} / empty program", gated, nothing, "its proof and its report included"),
        _row(f"preview of {what}, no pack / empty program", plain, nothing, "what the rules take is the rest"),
        _row(f"preview of {FEW} locations in 1 lookup, every rule / empty program", few, nothing, START),
    ]


def _judged(count: int, served: Aws) -> int:
    """Give how many rules judged every location; refuse an estate of which a rule left something out."""
    report = json.loads(taken(aggregated(count, command=REPORT), served).ran.out)
    seen: dict[str, int] = {}
    judged: dict[str, int] = {}
    for one in report["findings"]:
        name, things = one["ruleName"], one.get("count", 1)
        seen[name] = seen.get(name, 0) + things
        judged[name] = judged.get(name, 0) + (things if one["outcome"] in DECIDED else 0)
    left = {name: things for name, things in sorted(seen.items()) if name in ABOUT_LOCATIONS and things != count}
    if left or ABOUT_LOCATIONS - seen.keys():
        raise Unmeasured(f"each rule about locations must come to all {count} of them, and did not: {left or seen}")
    return sum(things == count for things in judged.values())


def _row(what: str, ours: Sequence[Taken], theirs: Sequence[Taken], note: str, *, aim: bool = False) -> Row:
    found = ratio(ours, theirs)
    return Row(
        what=what,
        figure=f"{Spread.of(seconds(ours)).median:.1f} s / {Spread.of(seconds(theirs)).median:.1f} s",
        aim=f"<= {AIM:.0f}" if aim else "",
        met=found.median <= AIM if aim else None,
        ratio=found,
        notes=[
            note,
            f"of processor time: {Spread.of_ratios(cpu(ours), cpu(theirs))}; it went to {spent(ours)}",
            f"the emulator took {answering(ours):.1f} s of processor time beside it, on the same machine",
        ],
        raw=raw(ours=ours, empty=theirs),
    )
