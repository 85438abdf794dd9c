"""What the processes behind one command hold and use, by what each of them is: read from /proc while they run."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_SECONDS = 0.1
PROC = Path("/proc")
ENGINE, GRANTGATE, HOST, PACK, PROGRAM = "engine", "grantgate", "host", "pack", "program"
ROLES = {
    "pulumi.dynamic": HOST,  # where check, create and read of every dynamic resource run
    "pulumi.policy": PACK,
    "pulumi-language-python-exec": PROGRAM,
    "pulumi": ENGINE,
    "grantgate": GRANTGATE,
}
"""What a process is, by the last part of one of its arguments."""
_FIELDS_BEFORE_TIMES = 11  # of /proc/PID/stat, behind the command's name: state .. cmajflt
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Used:
    """The most memory that a process ever held, and its processor time."""

    megabytes: float = 0.0
    cpu: float = 0.0


class Watch:
    """Looks at a process and everything that it started ten times a second, until it is stopped."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._found: dict[int, tuple[str, Used]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, Used]:
        """Give what was seen; where there were several processes of a kind, the most memory and all of their time."""
        self._over.set()
        self._thread.join()
        summed: dict[str, Used] = {}
        for role, one in self._found.values():
            both = summed.setdefault(role, Used())
            both.megabytes = max(both.megabytes, one.megabytes)
            both.cpu += one.cpu
        return dict(sorted(summed.items()))

    def _look_on(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            for process in _below(self._process):
                # It may have ended by now; and before it runs its program, it looks like what started it.
                with contextlib.suppress(OSError, LookupError, ValueError):
                    if role := _role(process):
                        self._found[process] = role, used(process)


def _below(process: int) -> Iterator[int]:
    """Give the ids of a process and of everything that it started, as far down as it goes."""
    yield process
    with contextlib.suppress(OSError):
        for thread in (PROC / str(process) / "task").iterdir():
            with contextlib.suppress(OSError):
                for child in (thread / "children").read_text().split():
                    yield from _below(int(child))


def members(session: int) -> Iterator[int]:
    """Give the ids of the processes of a session."""
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if os.getsid(int(entry.name)) == session:
                    yield int(entry.name)


def _role(process: int) -> str:
    arguments = (PROC / str(process) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    # The first few only: what comes behind are options and paths, such as that of our own pack.
    names = [argument.rpartition("/")[2] for argument in arguments[:4]]
    return next((role for name, role in ROLES.items() if name in names), "")


def used(process: int) -> Used:
    """Give what a process held and used until now; raise an OSError, LookupError or ValueError where it is gone."""
    status = (PROC / str(process) / "status").read_text()
    peak = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    # The command's name stands in brackets, and may hold blanks and brackets itself.
    times = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[_FIELDS_BEFORE_TIMES:]
    return Used(int(peak[0].split()[1]) / 1024, (int(times[0]) + int(times[1])) / _TICKS)
