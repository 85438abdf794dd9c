"""What one command left behind: its exit code and words, its report, and what AWS saw of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FINDING = "grantgate.finding/1"


@dataclass(frozen=True, slots=True)
class Start:
    """When a program began, and whether in a preview."""

    at: datetime
    preview: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """
    One command that came to its end, or was brought to it.

    Shape: ``command`` is the case's word for it; ``code`` is negative when a signal ended it; ``late`` says that its
           time was over; ``left`` are the command lines of what outlived it; ``starts`` are the programs that it
           began; ``report`` is the report file, None when there is none that can be read, and ``findings`` what the
           report or the pack's own log says of each rule; ``journal`` is what AWS saw of this command; ``roles`` are
           the roles of all locations afterwards, by account, Region and id.
    """

    command: str
    code: int
    out: str
    err: str
    seconds: float
    late: bool
    left: Sequence[str]
    starts: Sequence[Start]
    report: Mapping[str, Any] | None
    findings: Sequence[Mapping[str, Any]]
    journal: Sequence[Mapping[str, Any]]
    roles: Mapping[tuple[str, str, str], str]

    @property
    def green(self) -> bool:
        """Say whether it let everything through."""
        return self.code == 0


def starts_in(path: Path) -> tuple[Start, ...]:
    """Read when programs began."""
    lines = path.read_text().splitlines() if path.exists() else []
    found = (line.split() for line in lines)
    return tuple(Start(datetime.fromisoformat(at), dry == "True") for at, dry in found)


def report_in(path: Path) -> Mapping[str, Any] | None:
    """Read a report; None for what is none."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None


def findings_in(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Read the findings of the pack's own log; a line that cannot be read is none."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict) and value.get("schema") == FINDING:
            found.append(value)
    return tuple(found)


def moment(text: str) -> datetime:
    """
    Read a time of the emulator's journal.

    >>> moment("2026-11-22T06:15:25.000001Z").isoformat()
    '2026-11-22T06:15:25.000001+00:00'
    """
    return datetime.fromisoformat(text)
