"""
One process of the engine, watched to its end: signals reach it once, and nothing that it started outlives it.

The engine takes a first SIGINT or SIGTERM as the wish to cancel, and a second one as the order to stop at once, which
an update does not survive unharmed. A terminal sends Ctrl-C to everybody in the foreground, so the engine gets a
session of its own and hears from here alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grantgate_policies.progress import Progress

GLANCE: Final = 0.25
"""How often the run is looked at. Units: seconds."""

_PATIENCE: Final = {False: (10.0, 5.0), True: (300.0, 15.0)}
"""
How long a cancelled preview (False) or update (True) may take to end, and how long after it was told to stop at once.

An update that is cancelled first finishes what it has begun with the cloud. Units: seconds.
"""
_INSISTED: Final = 3
_HANDLED: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


class Cancelled(Exception):
    """Somebody ended the run while no engine was running; ``number`` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@dataclass(slots=True)
class Signals:
    """
    What this process was sent, from the moment it is entered: noted, so that nothing is left half done.

    Shape: ``received`` are signal numbers in order; ``heeded`` is the one that ended something, 0 for none. Where
           somebody waits for a person (``interrupting``), a signal raises Cancelled; a third one always ends all.
    """

    received: list[int] = field(default_factory=list)
    heeded: int = 0
    _interrupts: bool = False
    _before: dict[int, Any] = field(default_factory=dict)

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():  # nobody else may handle signals
            self._before = {number: signal.signal(number, self._note) for number in _HANDLED}

    def __exit__(self, *_error: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextlib.contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let signals interrupt what is done meanwhile."""
        self.check()
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False

    def heed(self) -> int:
        """Give the signal that there was, 0 for none, and remember that it ended something."""
        self.heeded = self.received[0] if self.received else 0
        return self.heeded

    def check(self) -> None:
        """Raise Cancelled when there was a signal."""
        if number := self.heed():
            raise Cancelled(number)

    def _note(self, number: int, _frame: object) -> None:
        self.received.append(number)
        if len(self.received) >= _INSISTED:
            raise KeyboardInterrupt
        if self._interrupts:
            self.check()


@dataclass(frozen=True, slots=True)
class Places:
    """Where one run of the engine leaves what it has to say."""

    events: Path
    journal: Path
    stdout: Path
    stderr: Path

    @classmethod
    def within(cls, folder: Path) -> Places:
        """Name the files in an empty folder."""
        return cls(folder / "events.jsonl", folder / "findings.jsonl", folder / "stdout", folder / "stderr")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, or the negative number of the signal that ended it."""

    code: int
    cancelled: int = 0


def watch(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    places: Places,
    signals: Signals,
    progress: Progress,
    patient: bool = False,
) -> Ended:
    """
    Run a command to its end, showing how far it has come, and pass on that it is to be cancelled.

    The first signal asks the command to cancel. The second one, or a command that does not end, kills it and everything
    that it started.

    Errors: OSError when it cannot be started.
    """
    signals.check()
    with places.stdout.open("wb") as stdout, places.stderr.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 - the user's own pulumi, with the user's own arguments
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    end = _End(process)
    threading.Thread(target=end.wait, daemon=True).start()
    try:
        with progress.watching(places):
            _attend(end, signals, progress, _PATIENCE[patient])
    finally:
        # Whatever went wrong here, nothing is left running.
        if not end.came.is_set():
            end.hurry()
            process.wait()
    cancelled = signals.heed()
    if cancelled or end.violent:
        # The engine may have died before its plugins.
        kill_session(process.pid)
    return Ended(process.wait(), cancelled)


@dataclass(slots=True)
class _End:
    """The end of a process, which somebody waits for; ``violent`` when a signal brought it."""

    process: subprocess.Popen[bytes]
    came: threading.Event = field(default_factory=threading.Event)
    violent: bool = False

    def wait(self) -> None:
        """Wait for it, and leave the process to be reaped where that is possible: its number is nobody else's then."""
        try:
            if sys.platform == "linux":
                found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
                self.violent = found is not None and found.si_code != os.CLD_EXITED
            else:
                self.violent = self.process.wait() < 0
        finally:
            self.came.set()

    def send(self, number: int) -> None:
        """Send a signal; Popen's own way would reap a process that has just ended, under the hands of who waits."""
        if sys.platform == "linux":
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def hurry(self) -> None:
        """Kill the process and everything that it started."""
        kill_session(self.process.pid)
        self.send(signal.SIGKILL)
        self.came.wait()


def _attend(end: _End, signals: Signals, progress: Progress, patience: tuple[float, float]) -> None:
    """Look at the run again and again until it has ended."""
    asked = told = 0.0
    while not end.came.wait(GLANCE):
        now = time.monotonic()
        progress.tick()
        if signals.received and not asked:
            asked = now
            progress.say("cancelling; once more kills the engine")
            end.send(signal.SIGINT)
        elif asked and (len(signals.received) > 1 or (told and now - told > patience[1])):
            end.hurry()
        elif asked and not told and now - asked > patience[0]:
            told = now
            end.send(signal.SIGINT)


def kill_session(session: int) -> None:
    """Kill every process of a session but its leader: the engine gives its plugins process groups of their own."""
    for pid in _pids():
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if pid != session and os.getsid(pid) == session:
                os.kill(pid, signal.SIGKILL)


def _pids() -> Iterator[int]:
    """Give the number of every process that there is."""
    folder = Path("/proc")
    if (folder / "self").exists():
        yield from (int(entry.name) for entry in folder.iterdir() if entry.name.isdigit())
        return
    listed = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=False)  # noqa: S607 - every POSIX system has it
    yield from map(int, listed.stdout.split())
