"""
One process of the engine, watched to its end: signals reach it once, and what it started is ended with it.

On Linux whatever the run starts becomes a child of this process at the latest when its own parent ends, whatever
session it is in, and is killed before a report is written: nothing outlives the run. Elsewhere the processes of the
engine's session are; one that leaves the session, as a daemon does, lives on.

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
from typing import TYPE_CHECKING, Final

from grantgate.kinds import RUN_VARIABLE

from grantgate_policies.engine.silence import Silence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.engine.progress import Progress
    from grantgate_policies.engine.signals import Signals

GLANCE: Final = 0.25
"""How often the run is looked at. Units: seconds."""

_PATIENCE: Final = {False: (10.0, 5.0), True: (300.0, 15.0)}
"""
How long a cancelled preview (False) or update (True) may take to end, and how long after it was told to stop at once.

An update that is cancelled first finishes what it has begun with the cloud. Units: seconds.
"""
_GRACE: Final = 1.0
"""How long what the engine left may take to end by itself. Units: seconds."""
_DYING: Final = 10.0
"""How long what is killed may take to be gone. Units: seconds."""
_HELD: Final = 5.0
"""How long the engine may wait for outputs that only orphans hold. Units: seconds."""
_COUNTED: Final = 1.0
"""How often orphans are looked for, which reads of every process that the machine has. Units: seconds."""
_PAUSE: Final = 0.02


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
    """
    How a process ended: its exit code, or the negative number of the signal that ended it.

    Shape: ``silent`` is for how many seconds it had said nothing when it was killed for that, else 0.
    """

    code: int
    cancelled: int = 0
    silent: float = 0.0


def watch(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    places: Places,
    signals: Signals,
    progress: Progress,
    patient: bool = False,
    silence: float = 0.0,
) -> Ended:
    """
    Run a command to its end, showing how far it has come, and pass on that it is to be cancelled.

    The first signal asks the command to cancel. The second one, or a command that does not end, kills it. However it
    ends, what it started and left running is killed. One that writes nothing for ``silence`` seconds is killed as well,
    unless that is 0.

    Errors: OSError when it cannot be started.
    """
    signals.check()
    quiet = Silence((places.events, places.journal, places.stdout, places.stderr), silence)
    with _adopting():
        family = _Family.before(environment.get(RUN_VARIABLE, ""))
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
                _attend(end, signals, progress, _PATIENCE[patient], family, quiet)
        finally:
            # Whatever went wrong here, nothing is left running.
            if not end.came.is_set():
                end.hurry()
            gone = family.end(process.pid, 0 if end.violent or signals.received else _GRACE)
            code = process.wait()
    # What cannot be ended may still write: the run is none that came to its end.
    return Ended(code if gone else -signal.SIGKILL, signals.heed(), silence if end.silenced else 0.0)


@dataclass(slots=True)
class _End:
    """The end of a process, which somebody waits for; ``violent`` when a signal brought it."""

    process: subprocess.Popen[bytes]
    came: threading.Event = field(default_factory=threading.Event)
    violent: bool = False
    silenced: bool = False

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
        self.send(signal.SIGKILL)  # first: what waits for its children would end well when they are killed
        kill_session(self.process.pid)
        self.came.wait()


def _attend(
    end: _End,
    signals: Signals,
    progress: Progress,
    patience: tuple[float, float],
    family: _Family,
    quiet: Silence,
) -> None:
    """Look at the run again and again until it has ended."""
    asked = told = held = counted = 0.0
    while not end.came.wait(GLANCE):
        now = time.monotonic()
        progress.tick()
        if now - counted > _COUNTED:
            counted = now
            holders = family.holders(end.process.pid)
            held = (held or now) if holders else 0.0
            if held and now - held > _HELD:
                progress.say("killing what the program left running, for which the engine waits")
                _kill(holders)
        if quiet.lasts(now):
            progress.say("it says nothing any more; killing the engine")
            end.silenced = True
            end.hurry()
        elif signals.received and not asked:
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
    if not hasattr(os, "getsid"):
        return  # Windows has no sessions
    for pid in _pids():
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if pid != session and os.getsid(pid) == session:
                os.kill(pid, signal.SIGKILL)


def _pids() -> Iterator[int]:
    """Give the number of every process that there is."""
    if (_PROC / "self").exists():
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
        return
    listed = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=False)  # noqa: S607 - every POSIX system has it
    yield from map(int, listed.stdout.split())


# --- everything that a run starts -------------------------------------------------------------------------------------

_PROC: Final = Path("/proc")
_DEAD: Final = frozenset({"Z", "X"})
_SET_SUBREAPER: Final = 36
_GET_SUBREAPER: Final = 37
"""Source: prctl(2), PR_SET_CHILD_SUBREAPER and PR_GET_CHILD_SUBREAPER, of Linux 3.4 and later."""


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    """Become the parent of every descendant whose own parent ends, where the system can do that."""
    if sys.platform != "linux":
        yield
        return
    import ctypes  # noqa: PLC0415 - what only a run of the engine needs

    prctl = ctypes.CDLL(None).prctl
    before = ctypes.c_int(0)
    prctl(_GET_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    prctl(_SET_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SET_SUBREAPER, before.value, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Family:
    """
    The descendants of this process that a run has started.

    Shape: ``others`` are the children that this process had before, which are left alone with all their own. What such
           a child orphans comes to this process too: where there is one, only what carries ``mark`` in its environment
           is the run's.
    """

    others: frozenset[int]
    mark: bytes

    @classmethod
    def before(cls, run: str) -> _Family:
        """Note who was there before the run of that name."""
        me = os.getpid()
        others = frozenset(pid for pid, (parent, state) in _table().items() if parent == me and state not in _DEAD)
        return cls(others, f"{RUN_VARIABLE}={run}".encode())

    def end(self, engine: int, grace: float) -> bool:
        """Kill what the engine has left running, after that many seconds; say whether all of it is gone."""
        if sys.platform != "linux":
            kill_session(engine)
            return True
        begun = time.monotonic()
        while True:
            self._bury(engine)
            left = self._strays(_table(), [engine])
            passed = time.monotonic() - begun
            if not left or passed > grace + _DYING:
                return not left
            if passed >= grace:
                _kill(left)
            time.sleep(_PAUSE)

    def holders(self, engine: int) -> list[int]:
        """
        Give what was orphaned and keeps the engine from its end: it holds the outputs of plugins that have ended.

        That is so when the engine has no process of its own any more, and shares a pipe with an orphan.
        """
        table = _table()
        ended = not any(parent == engine and state not in _DEAD for parent, state in table.values())
        orphans = self._strays(table, [engine]) if ended else []
        held = _pipes(engine) if orphans else set()
        return [pid for pid in orphans if not held.isdisjoint(_pipes(pid))]

    def _strays(self, table: Mapping[int, tuple[int, str]], known: Iterable[int]) -> list[int]:
        """Give the run's processes that live, but for those that are known."""
        left_alone = {*known, *self.others}.union(*(_below(table, pid) for pid in self.others))
        found = [pid for pid in _below(table, os.getpid()) if table[pid][1] not in _DEAD and pid not in left_alone]
        # Where others have children too, or the first process of a container gets every orphan, the mark tells.
        shared = self.others or os.getpid() == 1
        return [pid for pid in found if not shared or self.mark in _read(pid, "environ").split(b"\0")]

    def _bury(self, engine: int) -> None:
        """Take the exit codes of what ended as a child of this process, but for the engine's."""
        for pid, (parent, state) in _table().items():
            if parent == os.getpid() and state in _DEAD and pid != engine and pid not in self.others:
                with contextlib.suppress(ChildProcessError):  # somebody else did
                    os.waitpid(pid, os.WNOHANG)


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is somebody else's by now
            os.kill(pid, signal.SIGKILL)


def _table() -> dict[int, tuple[int, str]]:
    """Give the parent and the state of every process."""
    found: dict[int, tuple[int, str]] = {}
    if sys.platform == "linux":
        for pid in _pids():
            state, parent, *_ = _read(pid, "stat").rpartition(b")")[2].split() or (b"", b"")
            if parent:  # else it has ended meanwhile
                found[pid] = int(parent), state.decode()
    return found


def _below(table: Mapping[int, tuple[int, str]], ancestor: int) -> set[int]:
    """Give every descendant of a process."""
    found: set[int] = set()
    new = {ancestor}
    while new:
        new = {pid for pid, (parent, _state) in table.items() if parent in new} - found
        found |= new
    return found


def _pipes(pid: int) -> set[str]:
    """Give the pipes that a process has open."""
    try:
        found = {str(entry.readlink()) for entry in (_PROC / str(pid) / "fd").iterdir()}
    except OSError:  # it has ended meanwhile, or changes them just now
        return set()
    return {target for target in found if target.startswith("pipe:")}


def _read(pid: int, name: str) -> bytes:
    """Read what the system tells of a process; nothing of one that has ended meanwhile."""
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
