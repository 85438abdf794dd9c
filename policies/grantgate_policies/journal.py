"""
The pack's own record of a run, as JSON Lines: what was judged, with every outcome.

A reader can tell a finished run from one that stopped: ``start`` comes before the first resource, and ``stack`` follows
the last one when the engine let the pack see the whole stack. Every line has its number ``n``, from 0 on, so that one
which is lost or written twice is noticed. The numbers guard against loss and not against forgery: proof.py holds what
the lines say against the engine's own log.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.atomic import NO_ROOM
from grantgate_policies.core import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from grantgate_policies.core import Finding
    from grantgate_policies.waivers import Waiver

RUN_SCHEMA: Final = "grantgate.run/1"
VARIABLE: Final = "GRANTGATE_FINDINGS"
"""The environment variable that names the file."""


def events(lines: Iterable[Mapping[str, Any]], event: str) -> Iterator[Mapping[str, Any]]:
    """Give the lines about the run itself that are of one kind."""
    return (line for line in lines if line.get("schema") == RUN_SCHEMA and line.get("event") == event)


def numbers_fit(lines: Iterable[Mapping[str, Any]]) -> bool:
    """
    Say whether the lines of one run are all there, once each and in their order.

    A journal in which no line has a number is one of a pack before there were any.
    """
    numbers = [line.get("n") for line in lines]
    return all(number is None for number in numbers) or numbers == list(range(len(numbers)))


def opening(finding: Finding) -> str:
    """Give the first words of what the engine is told about a finding; empty where it is told nothing."""
    item = f"{finding.item}: " if finding.item else ""
    head = f"[{finding.rule.id}] {item}"
    if finding.outcome is Outcome.UNKNOWN:
        return "" if finding.quiet else f"{head}cannot be decided: "
    if finding.outcome is Outcome.WAIVED:
        return f"{head}waived by "
    return head if finding.outcome in {Outcome.FAIL, Outcome.ERROR} else ""


def waiver_json(waiver: Waiver) -> dict[str, Any]:
    """Give a waiver as reports show it."""
    return {
        "rule": waiver.rule,
        "match": waiver.match.to_json(),
        "owner": waiver.owner,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "expires": waiver.expires.isoformat(),
        "line": waiver.line,
    }


class Unwritten(Exception):
    """The findings cannot be written; the message names the file, says why, and what to do."""


def refusal(path: Path, error: OSError) -> str:
    """Say why the file of the findings cannot be written, and what to do."""
    room = "make room, or " if error.errno in NO_ROOM else ""
    return f"{VARIABLE}: {str(path)!r} cannot be written: {error.strerror or error}; {room}name another file"


class Journal:
    """
    Appends lines to one file; thread-safe, since the engine asks from several threads.

    Every line is written whole and flushed: a killed run leaves a file that is short, never one that is torn.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._file = path.open("a", encoding="utf-8") if path else None
        self._written = 0

    def event(self, event: str, **members: Any) -> None:
        """Write one line about the run itself."""
        self._write([{"schema": RUN_SCHEMA, "event": event, **members}])

    def findings(self, findings: Iterable[Finding]) -> None:
        """Write one line for each finding."""
        if self._file:
            self._write([finding.to_json() for finding in findings])

    def close(self) -> None:
        """Close the file; the pack never does, since the engine ends its process."""
        if self._file:
            self._file.close()

    def _write(self, lines: list[dict[str, Any]]) -> None:
        if not self._file or not self._path:
            return
        with self._lock:
            numbered = [{**line, "n": number} for number, line in enumerate(lines, self._written)]
            self._written += len(lines)
            texts = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in numbered]
            try:
                self._file.writelines(texts)
                self._file.flush()
            except OSError as error:
                raise Unwritten(refusal(self._path, error)) from error
