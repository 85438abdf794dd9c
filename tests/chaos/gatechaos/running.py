"""From a case to what became of it: the world is planted, the command is run, and the oracle is asked."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from . import oracle, programs, rulesfiles
from .cases import CALM, FULL, KILL, MEMORY, PLAIN, PREVIEW, TWICE, UP, Trouble
from .commanding import OPTIONS, commands, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .cases import Case
    from .evidence import Ran
    from .machine import Machine

_SHOWN: Final = (
    "time",
    "operation",
    "account",
    "region",
    "path",
    "query",
    "status",
    "code",
    "items",
    "intact",
    "faults",
)
"""What is shown of an entry of the journal."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case: the exit codes of its commands, and how it broke the invariant."""

    seed: int
    mood: str
    command: str
    things: tuple[str, ...]
    codes: tuple[int, ...]
    violations: tuple[str, ...]
    seconds: float
    recovered: bool
    has_to_pass: bool


def tried(case: Case, machine: Machine, told: Callable[[str], None] = lambda _: None) -> Result:
    """Run a case and ask the oracle; ``told`` is shown everything that commands left."""
    began = time.monotonic()
    folder = machine.project(programs.text_of(case), case.rules.text, rulesfiles.loose())
    machine.aws.reset()
    try:
        if case.before is not None:
            machine.aws.seed(case.before.seed())
            machine.run(("pulumi", "up", *OPTIONS, "--yes", "--skip-preview"), folder, {programs.STARTS: "/dev/null"})
        machine.aws.seed(case.world.seed())
        machine.aws.set_faults([dict(fault) for fault in case.faults])
        machine.aws.clear_journal()
        every = commands(case, machine, folder)
        for ran in every:
            _show(ran, told)
        found = [what for ran in every for what in oracle.violations(case, ran, texts(folder))]
        recovers = _is_mistreated(case, every)
        if recovers:
            found += _recovered(case, machine, folder, told)
        return Result(
            seed=case.seed,
            mood=case.mood,
            command=case.command,
            things=case.things,
            codes=tuple(ran.code for ran in every),
            violations=tuple(dict.fromkeys(found)),
            seconds=time.monotonic() - began,
            recovered=recovers,
            has_to_pass=case.has_to_pass,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _show(ran: Ran, told: Callable[[str], None]) -> None:
    told(f"exit code {ran.code} after {ran.seconds:.1f} s\n{ran.out}\n{ran.err}")
    for problem in (ran.report or {}).get("problems", ()):
        told(f"problem: {json.dumps(problem)}")
    for one in ran.journal:
        told(" ".join(str(one[name]) for name in _SHOWN))


# --- nothing is lost --------------------------------------------------------------------------------------------------


def _is_mistreated(case: Case, every: Sequence[Ran]) -> bool:
    """Say whether a command may have left its state half done: what was cut off, and every third failed update."""
    limited = case.trouble.kind == FULL and bool(case.trouble.amount)
    if (case.trouble.kind in {KILL, MEMORY, TWICE} or limited) and case.command != PLAIN:
        return True
    return case.command == UP and any(ran.code for ran in every) and case.seed % 3 == 0


def _recovered(case: Case, machine: Machine, folder: Path, told: Callable[[str], None]) -> list[str]:
    """Run the same program without faults, on the state that was left and on a fresh one."""
    machine.aws.set_faults([])
    machine.aws.seed(case.world.seed())
    calm = replace(case, command=PREVIEW, faults=(), trouble=Trouble(), mood=CALM)
    (folder / "rules.yaml").write_text(case.rules.text)
    found: list[str] = []
    if any((folder / "state" / ".pulumi" / "locks").rglob("*.json")):
        # What an engine that was killed has locked, its user unlocks.
        machine.run(("pulumi", "cancel", "--yes", *OPTIONS), folder, {})
    exported = machine.run(("pulumi", "stack", "export", *OPTIONS[:1], *OPTIONS[-2:]), folder, {})
    if exported.code or not _is_state(exported.out):
        found.append(f"the state is lost: {(exported.err or exported.out)[:200]}")
    places = [folder]
    if not case.leans_on_state:
        places.append(machine.project(programs.text_of(case), case.rules.text, rulesfiles.loose()))
    every = []
    for place in places:
        machine.aws.clear_journal()
        every += commands(calm, machine, place)
        found += [f"afterwards: {what}" for what in oracle.violations(calm, every[-1], texts(place))]
        _show(every[-1], told)
    for fresh in places[1:]:
        shutil.rmtree(fresh, ignore_errors=True)
    return [*found, *(oracle.differences(*every) if len(every) > 1 else ())]


def _is_state(text: str) -> bool:
    try:
        state: Any = json.loads(text)
    except ValueError:
        return False
    return isinstance(state, dict) and "deployment" in state
