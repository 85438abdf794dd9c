"""What a report is made of, and the exit code that follows from it: the same for every command and format."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import BLOCKING, TOLD_ONCE, Finding, Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from grantgate_policies.core import Rule


_CAN_BLOCK: Final = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR})
_CAN_BE_KNOWN: Final = frozenset({Outcome.FAIL, Outcome.UNKNOWN})


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


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """
    Where in the user's program a resource is declared.

    Shape: ``file`` is relative to the repository's root, with ``/``; ``line`` counts from 1.
    """

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Change:
    """
    A location's scope or role that will not stay, or did not stay, as it was.

    Shape: ``field`` is the property's wire name; ``before`` and ``after`` are texts to show; ``drift`` tells what AWS
           says otherwise than when the stack was last updated from what this update itself changes.
    """

    urn: str
    field: str
    before: str
    after: str
    drift: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """
    One location as a map of scopes shows it.

    Shape: ``scope`` and ``role`` are empty where they are not known yet; ``live`` tells a lookup from a declaration.
    """

    urn: str
    name: str
    account: str
    region: str
    scope: str
    role: str
    live: bool


@dataclass(frozen=True, slots=True)
class Request:
    """
    One asynchronous Multi-Region Access Point request as a timeline shows it.

    Shape: ``regions`` are (Region, S3's own word for how far it has come there) pairs; ``created`` is UTC, ISO 8601,
           empty when S3 left it out; ``state`` is SUCCEEDED, FAILED, IN_PROGRESS or UNKNOWN, empty when not asked.
    """

    urn: str
    name: str
    account: str
    token: str
    access_point: str
    operation: str
    state: str
    status: str
    created: str
    regions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """
    One run of the engine.

    Shape: ``command`` is "preview" or "up"; ``code`` the engine's own exit code; ``result`` its own word for how it
           ended, empty where it has none; ``pack`` the release of the pack that judged, empty when none did;
           ``changes`` count resources by the engine's operation.
    Units: ``seconds`` as the engine gives them, whole.
    """

    stack: str
    command: str
    code: int
    result: str = ""
    pack: str = ""
    seconds: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the baseline has and is no longer found: ``rule`` is an id, ``why`` says how that is known."""

    urn: str
    rule: str
    field: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Findings that the reader did not want to see; they are counted, and none of them blocks."""

    outcome: Outcome
    count: int
    why: str
    known: bool = False


class Known(Finding):
    """A finding that the baseline has: it is counted and blocks nothing."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Give the finding in its published shape, with the mark that it is known."""
        return {**super().to_json(), "known": True}


def contradiction(finding: Finding) -> tuple[str, str]:
    """
    Say what no rule can have found, as the member that is wrong and what is wrong with it; two empty texts for none.

    Findings that are read back come from a file, which anybody may have written.
    """
    outcome, known = finding.outcome, isinstance(finding, Known)
    if finding.blocks and (known or outcome not in _CAN_BLOCK):
        what = "a finding that the baseline has" if known else outcome.value
        return "blocks", f"true, and {what} blocks nothing"
    if not finding.blocks and not known:
        if outcome is Outcome.ERROR:
            return "blocks", "false, and an ERROR always blocks"
        if outcome is Outcome.FAIL and finding.level in BLOCKING:
            return "blocks", f"false, and a failure at the level {finding.level.value} blocks"
    if known and outcome not in _CAN_BE_KNOWN:
        return "known", f"true, and no baseline takes {outcome.value}"
    if finding.quiet and (finding.blocks or outcome is not Outcome.UNKNOWN):
        what = "a finding that blocks" if finding.blocks else outcome.value
        return "quiet", f"true, and {what} is no unknown that may pass"
    if finding.things != 1 and (finding.item or outcome not in TOLD_ONCE or finding.things < 1):
        return "count", f"{finding.things}, and {outcome.value} of one thing is told once for each"
    if outcome is Outcome.WAIVED and not finding.waiver:
        return "waiver", "empty, and a waiver says whose it is and why"
    return "", ""


@dataclass(frozen=True, slots=True)
class Report:
    """
    One gate's judgement of one or several stacks.

    Shape: ``source`` names what was judged (stacks, files); ``rules_file`` is the rules file's name and
           ``organization`` whose it is; ``findings`` hold every outcome, not only failures, but for those that
           ``left_out`` counts; ``resources`` counts what was there, ``judged`` what a rule applied to (None: as the
           findings say); ``notices`` are sentences that block nothing (unused waivers, rules that are not configured);
           ``runs`` are the engine's, empty without one; ``baseline`` is the name of the file that findings were held
           against, if any, and ``fixed`` what of it is gone; ``rules`` are those that judged; ``positions`` are by
           URN; ``project_file`` is the Pulumi.yaml of the program, relative to the repository's root, empty when
           there is none.
    Units: ``at`` is when it was judged: UTC, ISO 8601, whole seconds.
    """

    source: str
    rules_file: str
    organization: str
    findings: Sequence[Finding]
    resources: int
    lookups: Sequence[LookedUp] = ()
    problems: Sequence[Problem] = ()
    notices: Sequence[str] = ()
    runs: Sequence[Run] = ()
    baseline: str = ""
    fixed: Sequence[Fixed] = ()
    at: str = ""
    rules: Sequence[Rule] = ()
    positions: Mapping[str, SourcePosition] = field(default_factory=dict)
    project_file: str = ""
    locations: Sequence[Registered] = ()
    requests: Sequence[Request] = ()
    changes: Sequence[Change] = ()
    left_out: Sequence[LeftOut] = ()
    judged: int | None = None

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


def stamp(moment: dt.datetime) -> str:
    """
    Give a UTC time as reports show it.

    >>> import datetime as dt
    >>> stamp(dt.datetime(2026, 11, 22, 8, 30, 5, 77, tzinfo=dt.UTC))
    '2026-11-22T08:30:05Z'
    """
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def merged(reports: Sequence[Report]) -> Report:
    """Join the reports of several stacks, judged by the same rules file, into one; a single one stays as it is."""
    if len(reports) == 1:
        return reports[0]
    first = reports[0]
    return Report(
        source=", ".join(dict.fromkeys(report.source for report in reports)),
        rules_file=first.rules_file,
        organization=next((report.organization for report in reports if report.organization), ""),
        findings=tuple(finding for report in reports for finding in report.findings),
        resources=sum(report.resources for report in reports),
        lookups=tuple(lookup for report in reports for lookup in report.lookups),
        problems=tuple(_of(report, problem) for report in reports for problem in report.problems),
        # What is said of the rules file is the same for every stack.
        notices=tuple(dict.fromkeys(notice for report in reports for notice in report.notices)),
        runs=tuple(run for report in reports for run in report.runs),
        baseline=next((report.baseline for report in reports if report.baseline), ""),
        fixed=tuple(dict.fromkeys(fixed for report in reports for fixed in report.fixed)),
        at=max(report.at for report in reports),
        rules=tuple({(rule.id, rule.name): rule for report in reports for rule in report.rules}.values()),
        positions={urn: place for report in reports for urn, place in report.positions.items()},
        project_file=next((report.project_file for report in reports if report.project_file), ""),
        locations=tuple(one for report in reports for one in report.locations),
        requests=tuple(one for report in reports for one in report.requests),
        changes=tuple(change for report in reports for change in report.changes),
        left_out=tuple(one for report in reports for one in report.left_out),
        judged=None if all(report.judged is None for report in reports) else sum(map(_judged, reports)),
    )


def _judged(report: Report) -> int:
    """Count the resources that a rule applied to."""
    if report.judged is not None:
        return report.judged
    return len({one.resource.urn for one in report.findings if one.outcome is not Outcome.NOT_APPLICABLE})


def _of(report: Report, problem: Problem) -> Problem:
    """Name the stack that a problem is of, where there are several."""
    about = f"{report.source}: {problem.about}" if problem.about else report.source
    return Problem(problem.what, about, problem.remedy, problem.exit)
