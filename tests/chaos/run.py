"""
Programs and faults at random: green only if every lookup really read and every rule really ran.

`run.py --programs 1000 --seed 2026` prints every case that broke that, each with the command that repeats it, and a
table of how cases ended. It exits with 0 only when none did. With `--break NAME` the product is broken on purpose, and
it exits with 0 as soon as that is noticed; `--breaks` tries every way on a case that shows it.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gatechaos import cases, examples, programs, running, sabotage, summary, workers
from gatechaos.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatechaos.running import Result

_APART: Final = 100_000
"""Numbers between the cases of two seeds."""
_STEP: Final = 50
"""Cases between two lines about how far it has come."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; give the exit code."""
    parser = argparse.ArgumentParser(description="programs and faults at random against the invariant of the gate")
    parser.add_argument("--programs", type=int, default=1000, help="how many cases (1000)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="leave out the first N of them (0)")
    parser.add_argument("--seed", type=int, default=2026, help="which cases: the same number gives the same (2026)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (2)")
    parser.add_argument("--one", type=int, metavar="CASE", help="run one case, show what it is, and what it left")
    parser.add_argument("--break", dest="broken", choices=sabotage.NAMES, default="", help="break the product first")
    parser.add_argument("--breaks", nargs="*", choices=sabotage.NAMES, help="break it in these ways, or in all")
    given = parser.parse_args(arguments)
    # A shell's background job ignores SIGINT, and so would the engines started here: each asks its plugins by that
    # signal to end, and waits five seconds when they do not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if given.breaks is not None:
        return _breaks(given.breaks or sabotage.NAMES)
    if given.one is not None:
        return _one(given.one, given.broken)
    seeds = [given.seed * _APART + number for number in range(given.first, given.programs)]
    return _many(seeds, given.jobs, given.broken)


def _many(seeds: Sequence[int], jobs: int, broken: str) -> int:
    began = time.monotonic()
    found: list[Result] = []
    for result in workers.results(seeds, jobs, broken):
        found.append(result)
        _tell(result, broken)
        if len(found) % _STEP == 0:
            green = sum(0 in one.codes for one in found)
            _say(f"{len(found)} of {len(seeds)} cases, {green} green, {time.monotonic() - began:.0f} s")
        if broken and result.violations:
            break
    _say("")
    if seeds:
        _say(f"cases {seeds[0]} to {seeds[-1]}; one of them again: .venv/bin/python tests/chaos/run.py --one NUMBER")
    _say(summary.table(found))
    for sentence in summary.sentences(found, time.monotonic() - began):
        _say(sentence)
    noticed = [result for result in found if result.violations]
    if broken:
        _say(f"broken by {broken!r}: {f'noticed in case {len(found)}' if noticed else 'NOBODY NOTICED'}")
        return 0 if noticed else 1
    _say(f"the invariant was broken by {len(noticed)} cases" if noticed else "the invariant held throughout")
    return 1 if noticed else 0


def _breaks(names: Sequence[str]) -> int:
    """Break the product in one way after the other, and say which of them nobody noticed."""
    missed = 0
    for name in names:
        case = examples.example(name)
        with tempfile.TemporaryDirectory(prefix="grantgate-chaos-") as place:
            with Machine.at(Path(place)) as machine:
                whole = running.tried(case, machine)
            with Machine.at(Path(place, "broken"), name) as machine:
                broken = running.tried(case, machine)
        noticed = bool(broken.violations) and not whole.violations
        missed += not noticed
        _say(f"{name}: {'noticed' if noticed else 'NOBODY NOTICED'}: {(broken.violations or ('nothing',))[0]}")
        for violation in whole.violations:
            _say(f"{name}: the product as it is: {violation}")
    return 1 if missed else 0


def _tell(result: Result, broken: str) -> None:
    for violation in result.violations:
        _say(f"case {result.seed}: {violation}")
    if result.violations:
        how = f" --break {broken}" if broken else ""
        _say(f"  again: .venv/bin/python tests/chaos/run.py --one {result.seed}{how}")


def _one(seed: int, broken: str) -> int:
    case = cases.draw(seed)
    _say(json.dumps(cases.described(case), indent=1))
    _say(programs.text_of(case))
    with tempfile.TemporaryDirectory(prefix="grantgate-chaos-") as name, Machine.at(Path(name), broken) as machine:
        result = running.tried(case, machine, told=_say)
    _say(f"exit codes {result.codes}, {result.seconds:.1f} s")
    for violation in result.violations or ("the invariant held",):
        _say(violation)
    return 1 if result.violations else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
