"""
One run of `pulumi preview`, and everything it leaves behind: exit code, events, the pack's journal.

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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate.facts import RUN_VARIABLE

from grantgate_policies.journal import VARIABLE as FINDINGS_VARIABLE
from grantgate_policies.overrides import CONFIG_VARIABLE
from grantgate_policies.rulesfile import RULES_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OLDEST: Final = (3, 220, 0)
RESERVED: Final = ("--json", "-j", "--event-log", "--policy-pack", "--policy-pack-config", "--diff")
"""Options of `pulumi preview` that grantgate sets itself, or that would change what it reads."""

BLINDING: Final = ("--target", "-t", "--target-replace", "--target-dependents", "--exclude", "--exclude-dependents")
"""Options that leave resources out of a preview: their lookups would not be made."""


class NoEngine(Exception):
    """There is no `pulumi` that can be run; the message says which one was tried."""


@dataclass(frozen=True, slots=True)
class EngineRun:
    """
    What one preview left behind.

    Shape: ``events`` are the engine's, in order; ``journal`` the pack's lines; ``torn`` says how many lines of either
           could not be read; ``stdout`` and ``stderr`` are what the command printed; ``digest`` is what a preview wrote
           to standard output, empty where that cannot be read; ``command`` is "preview" or "up".
    """

    code: int
    events: Sequence[Mapping[str, Any]]
    journal: Sequence[Mapping[str, Any]]
    torn: int
    stdout: str
    stderr: str
    pack: Path
    command: str = "preview"

    @property
    def digest(self) -> Mapping[str, Any]:
        """Read the preview's digest."""
        found = _parsed(self.stdout)
        return found if isinstance(found, dict) else {}


def pulumi_command() -> str:
    """Find `pulumi` on PATH; raise NoEngine when there is none."""
    found = shutil.which("pulumi")
    if found is None:
        raise NoEngine("there is no pulumi on PATH; install Pulumi 3.220 or newer")
    return found


def preview(
    arguments: Sequence[str], *, pack: Path, config: Path | None, rules: Path | None, folder: Path
) -> EngineRun:
    """
    Run `pulumi preview` in ``folder`` with the pack and read what it left.

    Errors: NoEngine when `pulumi` cannot be started. A failed preview is no error here: its code is part of the run.
    """
    command = pulumi_command()
    _check_version(command)
    with tempfile.TemporaryDirectory(prefix="grantgate-") as name:
        place = Path(name)
        events, findings = place / "events.jsonl", place / "findings.jsonl"
        options = ["--json", "--non-interactive", "--event-log", str(events), "--policy-pack", str(pack)]
        environment = {
            **os.environ,
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            FINDINGS_VARIABLE: str(findings),
            RUN_VARIABLE: uuid.uuid4().hex,
        }
        # The program and the pack run with this interpreter's packages, whatever python3 comes first on PATH.
        environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", "")))
        if rules:
            environment[RULES_VARIABLE] = str(rules)
        if config:
            options += ["--policy-pack-config", str(config)]
            environment[CONFIG_VARIABLE] = str(config)
        try:
            done = subprocess.run(  # noqa: S603 - the user's own pulumi, with the user's own arguments
                [command, "preview", *options, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise NoEngine(f"{command} cannot be started: {error.strerror}") from None
        read_events, torn_events = _lines(events)
        read_journal, torn_journal = _lines(findings)
    return EngineRun(
        code=done.returncode,
        events=read_events,
        journal=read_journal,
        torn=torn_events + torn_journal,
        stdout=done.stdout,
        stderr=done.stderr,
        pack=pack,
    )


def _check_version(command: str) -> None:
    """Raise NoEngine for an engine that is too old to tell what its policies did."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        said = subprocess.run(  # noqa: S603 - the user's own pulumi
            [command, "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoEngine(f"{command} cannot be started: {error}") from None
    found = re.search(r"v?(\d+)\.(\d+)\.(\d+)", said)
    if found is None or tuple(map(int, found.groups())) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise NoEngine(f"{command} is version {found.group() if found else said.strip()!r}, older than {oldest}")


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


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
