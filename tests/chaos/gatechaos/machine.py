"""The machine that cases run on: an engine, an AWS, projects of their own, and child processes that always end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grantgate_emulator.server import Emulator

from . import sabotage
from .worlds import HOME_REGION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

ROOT: Final = Path(__file__).resolve().parents[3]
STACK: Final = "prod"
KEY_ID: Final = "AKIACANARYCANARYCANA"
SECRET_KEY: Final = "canary+secret/access+key"
PASSPHRASE: Final = "canary-passphrase"
LONGEST_SECONDS: Final = 170.0
"""How long a command may take: a call that fails for good ends within 120 s, and two of them at once."""
RUN: Final = "CHAOS_RUN"
"""Environment variable by which the processes of one command are known."""
BREAK: Final = "CHAOS_BREAK"
LIMIT: Final = "CHAOS_HOST_KIB"
_HOST: Final = "pulumi-resource-pulumi-python"
_WRAPPER: Final = """#!/bin/sh
if [ -n "${CHAOS_HOST_KIB:-}" ]; then ulimit -v "$CHAOS_HOST_KIB"; fi
exec '{host}' "$@"
"""
_GONE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit code, negative for a signal, and what of its kin lived on."""

    code: int
    out: str
    err: str
    seconds: float
    late: bool
    left: tuple[str, ...]


@dataclass
class Machine:
    """
    Everything that cases of one worker share: the engine with a host that can be limited, an AWS, a stack to copy.

    Shape: ``python`` is the interpreter of the gate, of programs and of the pack; ``broken`` names the way in which the
           product is broken on purpose, empty for none.
    """

    folder: Path
    python: str = sys.executable
    broken: str = ""
    aws: Emulator = field(default_factory=Emulator)
    count: int = 0

    @classmethod
    def at(cls, folder: Path, broken: str = "") -> Self:
        """Make a machine in an empty folder, with an interpreter that breaks the product where it is to be broken."""
        folder.mkdir(exist_ok=True)
        python = sabotage.interpreter(folder / "environment") if broken else sys.executable
        return cls(folder, python, broken)

    def __enter__(self) -> Self:
        self.aws.start()
        _engine(self.folder / "bin")
        template = self.folder / "template"
        for name in ("state", "home", "tmp"):
            (template / name).mkdir(parents=True)
        (template / "Pulumi.yaml").write_text("name: gated\nruntime: python\n")
        (template / "__main__.py").write_text("")
        ended = self.run(("pulumi", "stack", "init", STACK, "--non-interactive"), template, {})
        if ended.code:
            raise RuntimeError(f"`pulumi stack init` ended with {ended.code}: {ended.err or ended.out}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.aws.stop()

    def project(self, program: str, rules: str, loose: str) -> Path:
        """Make the folder of a new project, with an empty stack."""
        self.count += 1
        folder = self.folder / f"project-{self.count}"
        shutil.copytree(self.folder / "template", folder)
        (folder / "__main__.py").write_text(program)
        (folder / "rules.yaml").write_text(rules)
        (folder / "loose.yaml").write_text(loose)
        return folder

    def env(self, folder: Path) -> dict[str, str]:
        """Give an environment with nothing of the user's, and nothing that reaches a real AWS."""
        bins = (self.folder / "bin", Path(self.python).parent)
        return {
            "HOME": str(folder / "home"),
            "PATH": os.pathsep.join((*map(str, bins), os.environ.get("PATH", os.defpath))),
            "TMPDIR": str(folder / "tmp"),
            "LC_ALL": "C.UTF-8",
            # A program whose bytecode was cut off by a full disk fails for ever, and that is Python's doing.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PULUMI_HOME": str(self.folder / "pulumi-home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # pulumi_aws is installed for the tests: the engine would ask the network for its plugin in every run.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": HOME_REGION,
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GRANTGATE_RULES": str(folder / "rules.yaml"),
            BREAK: self.broken,
        }

    def run(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *, full: bool = False) -> Ended:
        """Run a command to its end; what outlives it, and what takes too long, is killed."""
        return self.finish(self.begin(command, folder, environment, full=full))

    def begin(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *, full: bool = False
    ) -> Child:
        """Start a command; ``full`` gives it a standard output on which no byte finds room."""
        mark = uuid.uuid4().hex
        out, err = folder / f"{mark}.out", folder / f"{mark}.err"
        with (Path("/dev/full") if full else out).open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**self.env(folder), **environment, RUN: mark},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        return Child(process, mark, out, err, time.monotonic())

    def finish(self, child: Child) -> Ended:
        """Wait for a command, and end what is left of it."""
        late = False
        try:
            child.process.wait(timeout=LONGEST_SECONDS - (time.monotonic() - child.began))
        except subprocess.TimeoutExpired:
            late = True
            child.process.kill()
            child.process.wait()
        seconds = time.monotonic() - child.began
        left = _end(child.mark)
        return Ended(child.process.returncode, _text(child.out), _text(child.err), seconds, late, left)


@dataclass(frozen=True, slots=True)
class Child:
    """A command under way."""

    process: subprocess.Popen[bytes]
    mark: str
    out: Path
    err: Path
    began: float


def _engine(folder: Path) -> None:
    """Make a folder with the engine, in which the host of lookups can be given less memory."""
    file = ROOT / ".engine" / "bin-path"
    if not file.exists():
        raise RuntimeError("there is no engine; run `make setup` first")
    source = Path(file.read_text().strip())
    shutil.copytree(source, folder, copy_function=_linked)
    (folder / _HOST).unlink(missing_ok=True)
    (folder / _HOST).write_text(_WRAPPER.replace("{host}", str(source / _HOST)))
    (folder / _HOST).chmod(0o755)


def _linked(source: str, target: str) -> None:
    """Give a file a second name, or a copy on another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _end(mark: str) -> tuple[str, ...]:
    """Kill every process of a command that is still there, and say which there were."""
    left: dict[int, str] = {}
    until = time.monotonic() + _GONE_SECONDS
    while (found := _processes(mark)) and time.monotonic() < until:
        left |= found
        for pid in found:
            with contextlib.suppress(OSError):  # it has ended meanwhile
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    return tuple(left.values())


def _processes(mark: str) -> dict[int, str]:
    """Give the living processes that carry a mark in their environment, and their command lines."""
    found = {}
    wanted = f"{RUN}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and wanted in _read(entry / "environ").split(b"\0"):
            command = _read(entry / "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
            if command:  # one that is dead and not buried has none
                found[int(entry.name)] = command
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
