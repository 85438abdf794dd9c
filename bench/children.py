"""Child processes: each bounded in time, ended by its own id, and run where nothing of the user's home is seen."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from figures import Unmeasured
from watching import Watch, members, used

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from watching import Used

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / ".engine"
HERE = ROOT / "bench"
RULES = HERE / "rules" / "all.yaml"
SCRIPTS = Path(sys.executable).parent
LINGERING_SECONDS = 10
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """
    One finished process: what it printed, how long it took, and the processor time of it and its children.

    Shape: ``processes`` has what each kind of process behind the command held and used, where that was watched.
    """

    code: int
    out: str
    err: str
    seconds: float
    cpu: float
    processes: Mapping[str, Used] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the first line that it printed, and its id."""

    line: str
    process: int


def environment(place: Path, **more: str) -> dict[str, str]:
    """Give an environment in which only PATH is the user's."""
    engine = (ENGINE / "bin-path").read_text().strip() if (ENGINE / "bin-path").exists() else ""
    folders = [folder for folder in (engine, str(SCRIPTS), os.environ.get("PATH", os.defpath)) if folder]
    return {"HOME": str(place), "PATH": os.pathsep.join(folders), "LC_ALL": "C.UTF-8", **more}


def run(
    command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], seconds: float, watched: bool = False
) -> Ran:
    """Run a command to its end, or to the end of its time; raise Unmeasured in the second case."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    watch = Watch(process.pid) if watched else None
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Unmeasured(f"{Path(command[0]).name} did not end within {seconds:.0f} s") from None
    finally:
        took = time.perf_counter() - started
        seen = watch.stop() if watch else {}
        end(process)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(process.returncode, out, err, took, cpu, seen)


def end(process: subprocess.Popen[str]) -> None:
    """End a process and what it started, each by its own id: those of the session that was made for it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=LINGERING_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=LINGERING_SECONDS)
    for left in members(process.pid):  # the engine's plugins are in groups of their own
        with contextlib.suppress(ProcessLookupError):
            os.kill(left, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()


@contextlib.contextmanager
def serving(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """Start a server, wait for the first line that it prints, and end it afterwards."""
    errors = cwd / "server-errors.txt"
    with errors.open("w") as file:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            start_new_session=True,
        )
    try:
        yield Server(_first_line(process, errors), process.pid)
    finally:
        end(process)


def _first_line(process: subprocess.Popen[str], errors: Path) -> str:
    if process.stdout is None:
        raise Unmeasured("a server without standard output")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(READY_SECONDS) else ""
    if not line:
        said = errors.read_text().strip().splitlines() or ["nothing"]
        raise Unmeasured(f"a server did not come up within {READY_SECONDS} s; it said: {said[-1]}")
    return line.strip()


@dataclass(frozen=True, slots=True)
class Aws:
    """The emulator, in a process of its own."""

    url: str
    process: int

    def cpu(self) -> float:
        """Give the processor time that it took until now; 0 where /proc does not tell."""
        with contextlib.suppress(OSError, LookupError, ValueError):
            return used(self.process).cpu
        return 0.0

    def waits(self, seconds: float) -> None:
        """Let every call wait, as a service on the other side of a network does."""
        faults = [{"operation": "*", "kind": "latency", "seconds": seconds}] if seconds else []
        self._ask("PUT", "faults", json.dumps(faults))

    def holds(self, seed: Mapping[str, Any]) -> None:
        """Put ``seed`` in the place of everything that was there."""
        self._ask("POST", "seed", json.dumps(seed))

    def calls(self) -> dict[str, int]:
        """Count the calls since the last count, by operation."""
        found: dict[str, int] = {}
        for entry in json.loads(self._ask("GET", "journal")):
            found[entry["operation"]] = found.get(entry["operation"], 0) + 1
        self._ask("DELETE", "journal")
        return found

    def _ask(self, method: str, path: str, body: str = "") -> str:
        connection = HTTPConnection(str(urlsplit(self.url).netloc), timeout=READY_SECONDS)
        try:
            connection.request(method, f"/_grantgate/{path}", body or None)
            reply = connection.getresponse()
            said = reply.read().decode()
        finally:
            connection.close()
        if reply.status != HTTPStatus.OK:
            raise Unmeasured(f"the emulator answered {method} {path} with {reply.status}: {said[:300]}")
        return said


@contextlib.contextmanager
def emulator(seed: Mapping[str, Any], place: Path) -> Iterator[Aws]:
    """Serve an AWS that holds ``seed``."""
    file = place / "seed.json"
    file.write_text(json.dumps(seed))
    command: list[str | Path] = [SCRIPTS / "grantgate", "emulator", "--port", "0", "--seed", str(file)]
    with serving(command, cwd=place, env=environment(place)) as server:
        yield Aws(server.line.rpartition(" ")[2], server.process)
