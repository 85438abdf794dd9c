"""What a report is made of, and the exit code that follows from it: the same for every command and format."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from grantgate_policies.core import Finding, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Exit(IntEnum):
    """Exit codes, the same everywhere."""

    PASSED = 0
    FAILED = 1  # a mandatory rule failed
    USAGE = 2  # usage or rules-file error
    UNDECIDED = 3  # an unknown that may not pass
    ERROR = 4  # engine, lookup or internal error


@dataclass(frozen=True, slots=True)
class LookedUp:
    """
    One lookup as a reader wants to see it.

    Shape: ``kind`` is the class name; ``subject`` what was looked up (an id, a prefix, a token); ``performed`` whether
           AWS was asked in this run; ``values`` are (wire name, text) pairs of what AWS said, allow-listed, in reading
           order.
    """

    urn: str
    name: str
    kind: str
    subject: str
    performed: bool
    account: str = ""
    region: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Something that kept the gate from looking: a failed lookup, an engine error, a pack that did not run.

    Shape: ``about`` is a resource name or a file, empty for the run as a whole; ``what`` says what happened, ``remedy``
           what to do (empty when ``what`` already says it); ``exit`` is USAGE for what the caller wrote wrong.
    """

    what: str
    about: str = ""
    remedy: str = ""
    exit: Exit = Exit.ERROR


class Known(Finding):
    """A finding that the baseline has: it is counted and blocks nothing."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Give the finding in its published shape, with the mark that it is known."""
        return {**super().to_json(), "known": True}


@dataclass(frozen=True, slots=True)
class Report:
    """
    One run, judged.

    Shape: ``source`` names what was judged (a stack, files); ``rules_file`` is the rules file's name and
           ``organization`` whose it is; ``findings`` hold every outcome, not only failures; ``notices`` are sentences
           that block nothing (unused waivers, rules that are not configured); ``engine`` are facts about the engine's
           run, empty without one; ``baseline`` is the name of the file that findings were held against, if any.
    """

    source: str
    rules_file: str
    organization: str
    findings: Sequence[Finding]
    resources: int
    lookups: Sequence[LookedUp] = ()
    problems: Sequence[Problem] = ()
    notices: Sequence[str] = ()
    engine: Mapping[str, Any] = field(default_factory=dict)
    baseline: str = ""

    def exit_code(self) -> Exit:
        """
        Say how the run ended.

        What could not be looked at or judged at all weighs most (4): the other findings may be incomplete. Then a
        mandatory failure (1), then an unknown that may not pass (3).
        """
        blocking = {finding.outcome for finding in self.findings if finding.blocks}
        if self.problems and all(problem.exit is Exit.USAGE for problem in self.problems):
            return Exit.USAGE
        if self.problems or Outcome.ERROR in blocking:
            return Exit.ERROR
        if Outcome.FAIL in blocking:
            return Exit.FAILED
        return Exit.UNDECIDED if blocking else Exit.PASSED
