"""
How far a run of the engine has come, told on standard error while it runs: nothing of it belongs to a report.

The event log and the pack's journal are read as they grow. On a terminal one line lives; everywhere else lines are few:
the beginning, what blocks as it is found, a sign of life now and then, and the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import SCHEMA
from grantgate_policies.reports.look import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from rich.live import Live

    from grantgate_policies.engine.supervising import Places

_CHUNK: Final = 1024 * 1024
_LONGEST_LINE: Final = 16 * _CHUNK
_LOOKUP_RULE: Final = "LKP-01"
_MOST_TOLD: Final = 20
_LONGEST_TOLD: Final = 300
FIRST_SIGN: Final = 10.0
_RAREST_SIGN: Final = 60.0
_SUMMARY: Final = b'"policyAnalyzeSummaryEvent"'
_HEAD: Final = 120  # bytes of an event in which its kind stands


class Progress:
    """What a run is shown by; this one shows nothing."""

    @contextmanager
    def watching(self, places: Places) -> Iterator[None]:  # noqa: ARG002 - what the others read
        """Show the run that leaves its logs in ``places`` from now on."""
        yield

    def tick(self) -> None:
        """Look again, and show what is new."""

    def say(self, text: str) -> None:
        """Tell one thing."""


@dataclass(slots=True)
class Tail:
    """
    The lines of a file that grows, each given once and whole.

    A last line that is not ended yet waits for its end; one that is longer than anything the engine writes is left out.
    """

    path: Path
    _file: BinaryIO | None = None
    _rest: bytes = b""

    def lines(self) -> Iterator[bytes]:
        """Give the lines that came since the last time."""
        if self._file is None:
            with contextlib.suppress(OSError):  # it is not there yet
                self._file = self.path.open("rb")
        while self._file and (chunk := self._file.read(_CHUNK)):
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            yield from whole
            if len(self._rest) > _LONGEST_LINE:
                self._rest = b""

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


@dataclass(slots=True)
class Counts:
    """What was seen so far; ``blocking`` are the sentences about findings that stop the run, not told yet."""

    resources: set[str] = field(default_factory=set)
    lookups: set[str] = field(default_factory=set)
    failures: int = 0
    blocking: list[str] = field(default_factory=list)

    def event(self, line: bytes) -> None:
        """Count what one line of the event log tells; most are not even parsed."""
        if _SUMMARY not in line[:_HEAD]:
            return
        event = _parsed(line).get("policyAnalyzeSummaryEvent")
        urn = str(event.get("resourceUrn") or "") if isinstance(event, dict) else ""
        if urn and "::pulumi:" not in urn:
            self.resources.add(urn)

    def finding(self, line: bytes) -> None:
        """Count what one line of the journal tells."""
        found = _parsed(line)
        about = found.get("resource")
        if found.get("schema") != SCHEMA or not isinstance(about, dict):
            return
        if found.get("ruleId") == _LOOKUP_RULE and found.get("outcome") == "PASS":
            self.lookups.add(str(about.get("urn")))
        if found.get("blocks"):
            self.failures += 1
            rule = f"{found.get('ruleId')} {found.get('ruleName')}"
            item = f"[{about['item']}]" if about.get("item") else ""
            self.blocking.append(f"{found.get('outcome')} {rule} on {about.get('name')}{item}: {found.get('message')}")

    def __str__(self) -> str:
        parts = ((len(self.resources), "resource"), (len(self.lookups), "lookup"), (self.failures, "blocking finding"))
        return ", ".join(f"{number:,} {noun}{'' if number == 1 else 's'}" for number, noun in parts)


@dataclass(slots=True)
class Telling(Progress):
    """
    Tells on standard error.

    Shape: ``live`` keeps one line of a terminal up to date, else lines are added; ``mask`` takes secrets out of a text.
    """

    what: str
    live: bool = False
    mask: Callable[[str], str] = str
    clock: Callable[[], float] = time.monotonic
    counts: Counts = field(default_factory=Counts)
    _tails: tuple[tuple[Tail, Callable[[bytes], None]], ...] = ()
    _line: Live | None = None
    _began: float = 0.0
    _told: int = 0
    _next: float = 0.0
    _pause: float = FIRST_SIGN

    @contextmanager
    def watching(self, places: Places) -> Iterator[None]:
        """Show the run from its beginning to its end."""
        self._began = self.clock()
        self._next = self._began + self._pause
        self._tails = ((Tail(places.events), self.counts.event), (Tail(places.journal), self.counts.finding))
        if not self.live:
            self.say("started")
        with self._lively():
            try:
                yield
            finally:
                self._look()
        for tail, _count in self._tails:
            tail.close()
        self.say(f"ended: {self.counts}, {self._elapsed()}")

    def tick(self) -> None:
        """Look again, and show what is new."""
        self._look()
        if self._line:
            from rich.text import Text  # noqa: PLC0415 - what a log does not need

            self._line.update(Text(f"{_safe(self.what)}: {self.counts}, {self._elapsed()}"), refresh=True)
        elif self.clock() >= self._next:
            self.say(f"{self.counts}, {self._elapsed()}")
            # A log of a long run stays short.
            self._pause = min(2 * self._pause, _RAREST_SIGN)
            self._next = self.clock() + self._pause

    def say(self, text: str) -> None:
        """Write one line."""
        line = _safe(self.mask(f"grantgate: {self.what}: {text}"))
        with contextlib.suppress(OSError, ValueError):  # nobody reads it: no reason to end the run
            if self._line:
                from rich.text import Text  # noqa: PLC0415 - what a log does not need

                self._line.console.print(Text(line), soft_wrap=True)
                return
            encoding = sys.stderr.encoding or "utf-8"
            sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            sys.stderr.flush()

    def _look(self) -> None:
        for tail, count in self._tails:
            for line in tail.lines():
                count(line)
        for told in self.counts.blocking:
            self._told += 1
            if self._told <= _MOST_TOLD:
                self.say(told if len(told) <= _LONGEST_TOLD else f"{told[:_LONGEST_TOLD]} …")
            elif self._told == _MOST_TOLD + 1:
                self.say("more findings block; the report has them all")
        self.counts.blocking.clear()

    @contextmanager
    def _lively(self) -> Iterator[None]:
        """Keep a line on a terminal alive."""
        if not self.live:
            yield
            return
        from rich.console import Console  # noqa: PLC0415 - what a log does not need
        from rich.live import Live  # noqa: PLC0415

        console = Console(stderr=True, highlight=False)
        with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as line:
            self._line = line
            try:
                yield
            finally:
                self._line = None

    def _elapsed(self) -> str:
        return f"{self.clock() - self._began:.0f} s"


def progress(what: str, mask: Callable[[str], str]) -> Progress:
    """Choose how to show a run: by a line that lives on a terminal, by few lines in a log."""
    return Telling(what, live=sys.stderr.isatty() and os.environ.get("TERM") != "dumb", mask=mask)


def _safe(text: str) -> str:
    """Make a text harmless for a terminal, and for services that take commands out of the middle of a log's lines."""
    return shown(text).replace("##", "# #")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
