"""From a case to what became of it: the world is planted, the command is run, and the oracle is asked."""

from __future__ import annotations

import json
import shutil
import socket
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from . import oracle, programs, rulesfiles
from .cases import ATTEMPTS, CALM, CREDENTIALS, ENDPOINT, FULL, KILL, MEMORY, PLAIN, PREVIEW, TWICE, UP, Trouble
from .evidence import Ran, findings_in, report_in, starts_in
from .machine import LIMIT, ROOT, STACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .cases import Case
    from .machine import Child, Machine

_GREEN: Final = (
    '{"schema": "grantgate.report/1", "verdict": "PASSED", "summary": "PASSED: an older run", "exitCode": 0}'
)
_LOCAL: Final = ("127.0.0.1", "localhost")
"""Two names of this machine, by which the journal tells two commands apart that run at once."""
_REPORT: Final = "report-{}.json"
_FINDINGS: Final = "findings-{}.jsonl"
_SHORT: Final = "2"
"""How long an attempt waits where something hangs. Units: seconds."""
_STARTS: Final = "starts-{}"
_OPTIONS: Final = ("--non-interactive", "--color", "never", "--stack", STACK)


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
            machine.run(("pulumi", "up", *_OPTIONS, "--yes", "--skip-preview"), folder, {programs.STARTS: "/dev/null"})
        machine.aws.seed(case.world.seed())
        machine.aws.set_faults([dict(fault) for fault in case.faults])
        machine.aws.clear_journal()
        every = _commands(case, machine, folder)
        for ran in every:
            _show(ran, told)
        found = [what for ran in every for what in oracle.violations(case, ran, _texts(folder))]
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
        shown = (
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
        told(" ".join(str(one[name]) for name in shown))


def _commands(case: Case, machine: Machine, folder: Path) -> list[Ran]:
    """Run the case's command, twice at once where that is the trouble."""
    hosts = _LOCAL if case.trouble.kind == TWICE else _LOCAL[:1]
    full = case.trouble.kind == FULL and not case.trouble.amount
    under_way = [
        machine.begin(_words(case, machine, host), folder, _environment(case, machine, folder, host), full=full)
        for host in hosts
    ]
    return [_ran(case, machine, folder, child, host) for child, host in zip(under_way, hosts, strict=True)]


def _words(case: Case, machine: Machine, host: str) -> Sequence[str]:
    pack = ("--policy-pack", str(ROOT / "policies"))
    if case.command == PLAIN:
        words: tuple[str, ...] = ("pulumi", "preview", *_OPTIONS, *pack)
    else:
        update = ("--yes",) if case.command == UP else ()
        reports = ("--format", "text", "--format", f"json={_REPORT.format(host)}")
        words = (machine.python, "-m", "grantgate_policies", case.command, *pack, *update, *reports, "--stack", STACK)
    if case.trouble.kind == FULL and case.trouble.amount:
        return ("/bin/sh", "-c", f'ulimit -f {case.trouble.amount} && exec "$@"', "sh", *words)
    return words


def _environment(case: Case, machine: Machine, folder: Path, host: str) -> dict[str, str]:
    """Give what a command's environment has besides; what an earlier run of it left is what a user would have."""
    (folder / _REPORT.format(host)).write_text(_GREEN)
    for earlier in (_STARTS, _FINDINGS):
        (folder / earlier.format(host)).unlink(missing_ok=True)
    given = {
        programs.STARTS: str(folder / _STARTS.format(host)),
        "AWS_ENDPOINT_URL": f"http://{host}:{machine.aws.port}",
    }
    if case.faults or case.trouble.kind == ENDPOINT:
        # What fails for good is given up soon: how often it is tried is the same machinery at any number.
        given["AWS_MAX_ATTEMPTS"] = str(ATTEMPTS)
    if any(fault["kind"] == "hang" for fault in case.faults):
        given["GRANTGATE_READ_SECONDS"] = _SHORT
    if case.trouble.kind:
        given[programs.ARMED] = "1"
    if case.command == PLAIN:
        given["GRANTGATE_FINDINGS"] = str(folder / _FINDINGS.format(host))
    if case.trouble.kind == CREDENTIALS:
        given |= {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    if case.trouble.kind == ENDPOINT:
        given["AWS_ENDPOINT_URL"] = f"http://{host}:{_free_port()}"
    if case.trouble.kind == MEMORY:
        given[LIMIT] = str(case.trouble.amount)
    return given


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((_LOCAL[0], 0))
        return int(free.getsockname()[1])


def _ran(case: Case, machine: Machine, folder: Path, child: Child, host: str) -> Ran:
    """Wait for a command, and gather what it left."""
    ended = machine.finish(child)
    report = None if case.command == PLAIN else report_in(folder / _REPORT.format(host))
    plain = findings_in(folder / _FINDINGS.format(host))
    locations = {
        (account, region, location.id): location.role_arn
        for (account, region), instance in machine.aws.state.instances.items()
        for location in instance.locations.values()
    }
    return Ran(
        command=case.command,
        code=ended.code,
        out=ended.out,
        err=ended.err,
        seconds=ended.seconds,
        late=ended.late,
        left=ended.left,
        starts=starts_in(folder / _STARTS.format(host)),
        report=report,
        findings=plain if report is None else tuple(report.get("findings", ())),
        journal=tuple(entry for entry in machine.aws.journal() if entry["host"] == host),
        roles=locations,
    )


def _texts(folder: Path) -> Mapping[str, str]:
    """Give the files that a command left and in which no credential may stand: reports, logs and the state."""
    found = [*folder.glob("report*"), *folder.glob("findings*"), *(folder / "state").rglob("*.json")]
    return {str(path.relative_to(folder)): path.read_text(errors="replace") for path in found if path.is_file()}


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
        machine.run(("pulumi", "cancel", "--yes", *_OPTIONS), folder, {})
    exported = machine.run(("pulumi", "stack", "export", *_OPTIONS[:1], "--stack", STACK), folder, {})
    if exported.code or not _is_state(exported.out):
        found.append(f"the state is lost: {(exported.err or exported.out)[:200]}")
    places = [folder]
    if not case.leans_on_state:
        places.append(machine.project(programs.text_of(case), case.rules.text, rulesfiles.loose()))
    every = []
    for place in places:
        machine.aws.clear_journal()
        every += _commands(calm, machine, place)
        found += [f"afterwards: {what}" for what in oracle.violations(calm, every[-1], _texts(place))]
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
