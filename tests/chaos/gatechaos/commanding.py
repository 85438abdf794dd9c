"""One command of a case: its words, its environment, and everything that it left."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from . import programs
from .cases import ATTEMPTS, CREDENTIALS, ENDPOINT, FULL, MEMORY, PLAIN, TWICE, UP
from .evidence import Ran, findings_in, report_in, starts_in
from .machine import LIMIT, ROOT, STACK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .cases import Case
    from .machine import Child, Machine

OPTIONS: Final = ("--non-interactive", "--color", "never", "--stack", STACK)
"""Options of every `pulumi` command."""
_GREEN: Final = (
    '{"schema": "grantgate.report/1", "verdict": "PASSED", "summary": "PASSED: an older run", "exitCode": 0}'
)
_LOCAL: Final = ("127.0.0.1", "localhost")
"""Two names of this machine, by which the journal tells two commands apart that run at once."""
_REPORT: Final = "report-{}.json"
_FINDINGS: Final = "findings-{}.jsonl"
_SHORT: Final = "2"
"""How long an attempt waits where something hangs. Units: seconds."""
_SILENCE: Final = "60"
"""How long a preview may say nothing where its host may be half dead; calls end before. Units: seconds."""
_STARTS: Final = "starts-{}"


def commands(case: Case, machine: Machine, folder: Path) -> list[Ran]:
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
        words: tuple[str, ...] = ("pulumi", "preview", *OPTIONS, *pack)
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
        # A host that cannot start its threads dies half, and keeps the engine waiting; an update is never ended for it.
        given |= {LIMIT: str(case.trouble.amount), "GRANTGATE_SILENCE_SECONDS": _SILENCE}
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


def texts(folder: Path) -> Mapping[str, str]:
    """Give the files that a command left and in which no credential may stand: reports, logs and the state."""
    found = [*folder.glob("report*"), *folder.glob("findings*"), *(folder / "state").rglob("*.json")]
    return {str(path.relative_to(folder)): path.read_text(errors="replace") for path in found if path.is_file()}
