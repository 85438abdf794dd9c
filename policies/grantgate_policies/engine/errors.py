"""
What the engine says went wrong: the one place where its own texts enter a report.

They are anybody's: a program's traceback, a provider's message, a pack's last words.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from grantgate_policies.engine.silence import VARIABLE as SILENCE
from grantgate_policies.engine.words import ENDED, NOISE, problems_of, without_colours
from grantgate_policies.journal import events as events_of
from grantgate_policies.report import Exit, Problem

if TYPE_CHECKING:
    from grantgate_policies.engine.runs import EngineRun

NOUNS: Final = {"preview": "preview", "up": "update"}
"""What a run of a command is called."""

_AFTER_UPDATE: Final = (
    "see `pulumi stack` for what it had changed; where the next update is told that the stack is locked, and no other "
    "one is under way, `pulumi cancel` takes the lock away"
)
_LONGEST: Final = 1000


def reported_errors(run: EngineRun) -> list[Problem]:
    """Collect the engine's errors: failed lookups by resource, everything else in the engine's own words."""
    problems = []
    told = set()
    for event in run.events:
        diagnostic = event.get("diagnosticEvent")
        if not isinstance(diagnostic, dict) or diagnostic.get("severity") != "error":
            continue
        message = without_colours(str(diagnostic.get("message", ""))).strip()
        if not message or NOISE.search(message) or message in told:
            continue
        told.add(message)
        problems += problems_of(message, str(diagnostic.get("urn") or ""))
    # That the program ended is no news where it has said why.
    problems = [found for found in problems if not ENDED.search(found.what)] or problems
    if stopped := _stopped(run):
        return [stopped, *problems]
    if not problems and run.code and not run.events:
        # The command refused to start at all: no stack, no backend, an unknown option.
        problems.append(Problem(tail(run) or f"pulumi {run.command} ended with exit code {run.code}"))
    return problems


def was_stopped(run: EngineRun) -> bool:
    """Say whether somebody ended the run before its own end: then nothing that is missing needs another reason."""
    return bool(run.cancelled) or run.code < 0


def never_started(run: EngineRun, *, failed: bool) -> list[Problem]:
    """Say why the pack saw no resource: its own refusal, the engine's error, or nothing that anybody said."""
    if refused := [str(line.get("text", "")) for line in events_of(run.journal, "refused")]:
        return [Problem(text, str(run.pack), exit=Exit.USAGE) for text in refused]
    if failed:
        return []  # the engine's own error says why
    told = said(run)
    if run.code and told:
        return [Problem(told)]
    remedy = f"check that {run.pack} is grantgate's policy pack"
    return [Problem("the policy pack did not run, so nothing was judged", str(run.pack), remedy)]


def tail(run: EngineRun) -> str:
    """Give the last lines that the command wrote for people; a digest or a stream of events is not for them."""
    spoken = run.stderr if run.stderr.strip() or _is_json(run.stdout) else run.stdout
    lines = [line.strip() for line in without_colours(spoken).splitlines() if line.strip()]
    return " ".join(lines[-5:])[:_LONGEST].removeprefix("error: ")


def _is_json(text: str) -> bool:
    """Say whether a text holds JSON, whole or torn: a digest has its first line to itself, a stream every one."""
    return any(line.startswith("{") for line in text.splitlines())


def said(run: EngineRun) -> str:
    """Give the error lines beside the events: a pack that would not start says so only there."""
    lines = [line.strip() for line in without_colours(run.stderr).splitlines()]
    told = [line for line in lines if line.startswith(("error:", "grantgate:")) and not NOISE.search(line[7:])]
    return " ".join(dict.fromkeys(line.removeprefix("error:").strip() for line in told))[:_LONGEST]


def _stopped(run: EngineRun) -> Problem | None:
    noun = NOUNS.get(run.command, run.command)
    after = _AFTER_UPDATE if run.command == "up" else "run again"
    if run.silent:
        remedy = f"look at what it said last, give the machine more memory, or raise {SILENCE}"
        return Problem(f"the {noun} had said nothing for {run.silent:,.0f} seconds, and was ended", remedy=remedy)
    if run.cancelled:
        return Problem(f"the {noun} was cancelled ({_signal(run.cancelled)})", remedy=after)
    if run.code < 0:
        return Problem(f"pulumi {run.command} was killed ({_signal(-run.code)})", remedy=after)
    return None


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
