"""
One run of `pulumi preview` or `pulumi up`, and everything it leaves behind: exit code, events, the pack's journal.

The engine's `--json` output drops every policy event; `--event-log` has them, and needs PULUMI_DEBUG_COMMANDS. Nothing
here judges: evidence.py does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate.kinds import RULES_VARIABLE, RUN_VARIABLE

from grantgate_policies.engine.progress import Progress
from grantgate_policies.engine.signals import Signals
from grantgate_policies.engine.silence import BadSilence, allowed
from grantgate_policies.engine.supervising import Places, watch
from grantgate_policies.journal import VARIABLE as FINDINGS_VARIABLE
from grantgate_policies.overrides import CONFIG_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


OLDEST: Final = (3, 220, 0)
PREVIEW: Final = "preview"
UP: Final = "up"

_OPTIONS: Final = {
    # Unchanged resources belong to the plan, too: with them the digest and the event log must show the same.
    PREVIEW: ("--json", "--non-interactive", "--show-sames"),
    UP: ("--json", "--non-interactive", "--yes", "--skip-preview"),
}
_LONGEST_TEXT: Final = 256 * 1024


class NoEngine(Exception):
    """There is no `pulumi` that can be run; the message says which one was tried."""


@dataclass(frozen=True, slots=True)
class EngineRun:
    """
    What one preview or update left behind.

    Shape: ``events`` are the engine's, in order; ``journal`` the pack's lines; ``torn`` says how many lines of either
           could not be read; ``stdout`` and ``stderr`` are what the command printed, of the latter only the end;
           ``command`` is "preview" or "up"; ``code`` is negative when a signal ended the engine; ``cancelled`` is the
           signal that this process was sent meanwhile, 0 for none; ``silent`` for how many seconds it had said nothing
           when it was killed for that, else 0.
    """

    code: int
    events: Sequence[Mapping[str, Any]]
    journal: Sequence[Mapping[str, Any]]
    torn: int
    stdout: str
    stderr: str
    pack: Path
    command: str = PREVIEW
    cancelled: int = 0
    silent: float = 0.0
    _read: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def digest(self) -> Mapping[str, Any] | None:
        """Read the preview's digest, once; None when standard output holds none that is whole."""
        if "digest" not in self._read:
            self._read["digest"] = self._digest()
        found: Mapping[str, Any] | None = self._read["digest"]
        return found

    def _digest(self) -> Mapping[str, Any] | None:
        # What a debug build of a provider prints comes first; the digest begins a line and is the last thing there is.
        start = 0 if self.stdout.startswith("{") else self.stdout.find("\n{") + 1
        found = _parsed(self.stdout[start:])
        return found if isinstance(found, dict) else None

    def printed(self) -> Sequence[Mapping[str, Any]]:
        """Give the steps that the command printed itself, beside the event log: those of the digest, or the stream."""
        if "steps" not in self._read:
            self._read["steps"] = self._printed()
        found: Sequence[Mapping[str, Any]] = self._read["steps"]
        return found

    def _printed(self) -> Sequence[Mapping[str, Any]]:
        if self.command == UP:
            lines = map(_parsed, self.stdout.splitlines())
            events = [line for line in lines if isinstance(line, dict)]
            found = [(event.get("resourcePreEvent") or {}).get("metadata") for event in events]
        else:
            steps = (self.digest or {}).get("steps")
            found = steps if isinstance(steps, list) else []
        return [step for step in found if isinstance(step, dict)]


@dataclass(frozen=True, slots=True)
class Engine:
    """
    A `pulumi` that can be run, with the pack and the project that it is run for; every path is absolute.

    Shape: ``config`` is what the file behind `--policy-pack-config` held when it was read, the same for every run.
    """

    command: str
    pack: Path
    folder: Path
    config: str | None = None
    rules: Path | None = None
    signals: Signals = field(default_factory=Signals)

    def run(self, command: str, arguments: Sequence[str], progress: Progress | None = None) -> EngineRun:
        """
        Run `pulumi COMMAND` with the pack and read what it left.

        Errors: NoEngine when `pulumi` cannot be started. A run that fails is no error here: its code is part of it.
        """
        try:
            silence = allowed(os.environ)
        except BadSilence as error:
            raise NoEngine(str(error)) from None
        with tempfile.TemporaryDirectory(prefix="grantgate-") as name:
            places = Places.within(Path(name))
            # Long outputs go to files: nobody must read a pipe, and nothing is held twice.
            options = [*_OPTIONS[command], "--event-log", str(places.events), "--policy-pack", str(self.pack)]
            environment = self._environment(places)
            if self.config is not None:
                # The user's own file may change between two runs; the folder is private, and new for each of them.
                config = Path(name) / "policy-pack-config.json"
                config.write_text(self.config, encoding="utf-8")
                options += ["--policy-pack-config", str(config)]
                environment[CONFIG_VARIABLE] = str(config)
            try:
                ended = watch(
                    [self.command, command, *options, *arguments],
                    folder=self.folder,
                    environment=environment,
                    places=places,
                    signals=self.signals,
                    patient=command == UP,
                    silence=0.0 if command == UP else silence,
                    progress=progress or Progress(),
                )
            except OSError as error:
                raise NoEngine(f"{self.command} cannot be started: {error.strerror}") from None
            events, torn_events = _lines(places.events)
            journal, torn_journal = _lines(places.journal)
            return EngineRun(
                code=ended.code,
                events=events,
                journal=journal,
                torn=torn_events + torn_journal,
                stdout=places.stdout.read_text(encoding="utf-8", errors="replace"),
                stderr=_end_of(places.stderr),
                pack=self.pack,
                command=command,
                cancelled=ended.cancelled,
                silent=ended.silent,
            )

    def _environment(self, places: Places) -> dict[str, str]:
        environment = {
            **os.environ,
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "false",  # or a preview would print no digest
            FINDINGS_VARIABLE: str(places.journal),
            RUN_VARIABLE: uuid.uuid4().hex,
        }
        # The program and the pack run with this interpreter's packages, whatever python3 comes first on PATH.
        environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", "")))
        environment["PULUMI_PYTHON_CMD"] = sys.executable  # it beats PATH
        if self.rules:
            environment[RULES_VARIABLE] = str(self.rules)
        return environment


def pulumi_command() -> str:
    """Find `pulumi` on PATH; raise NoEngine when there is none, or one that is too old to tell what policies did."""
    command = shutil.which("pulumi")
    if command is None:
        raise NoEngine("there is no pulumi on PATH; install Pulumi 3.220 or newer")
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        said = subprocess.run(  # noqa: S603 - the user's own pulumi
            [command, "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoEngine(f"{command} cannot be started: {error}") from None
    found = re.search(r"v?(\d+)\.(\d+)\.(\d+)", said)
    if found is None or tuple(map(int, found.groups())) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise NoEngine(f"{command} is version {found.group() if found else said.strip()!r}, older than {oldest}")
    return command


def _lines(path: Path) -> tuple[list[Mapping[str, Any]], int]:
    """Read JSON Lines; a line that cannot be read is counted, not skipped in silence."""
    if not path.exists():
        return [], 0
    found: list[Mapping[str, Any]] = []
    torn = 0
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            value = _parsed(line)
            if isinstance(value, dict):
                found.append(value)
            elif line.strip():
                torn += 1
    return found, torn


def _end_of(path: Path) -> str:
    """Read the end of a text: what a command says last is why it ended."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_TEXT))
        return file.read().decode(errors="replace")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
