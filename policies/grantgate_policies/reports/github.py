"""
Annotations of a GitHub Actions run: workflow commands, each on a line, and everything else as lines that are none.

The runner reads every line of the log. It obeys ``::name`` after any white space, and ``##[name]`` anywhere in a line.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions, and of the runner's own source
        (actions/runner) ActionCommand and ActionCommandManager, which say what a line means to it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import Finding, Outcome
from grantgate_policies.report import Exit, Known, SourcePosition
from grantgate_policies.reports.look import shown
from grantgate_policies.reports.ranking import Rank, ordered, rank
from grantgate_policies.reports.verdict import counted, tally, verdict
from grantgate_policies.reports.wording import RAISED, changed, subject, undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grantgate_policies.report import Change, Problem, Report
    from grantgate_policies.reports.look import Look
    from grantgate_policies.reports.verdict import Summary

_ROOM: Final = 10
"""Annotations of one level that GitHub shows of one step."""
_LONGEST_TITLE: Final = 255  # characters that GitHub takes
_LONGEST_PART: Final = 1_300  # three parts stay below the 4,096 characters that the runner sends on

_LEVELS: Final = {
    "error": "blocking",
    "warning": "only warning",
    "notice": "for your notice",
}


@dataclass(frozen=True, slots=True)
class _Note:
    """What an annotation says: ``title`` is one line; of ``lines`` the first says it all in a log; ``place`` where."""

    title: str
    lines: tuple[str, ...]
    place: SourcePosition | None = None


def render(report: Report, look: Look) -> Iterator[str]:
    """
    Give the report as lines for the log of a step: at each level what matters most first, before that the verdict.

    GitHub shows ten annotations of a level: what goes beyond that is told as plain lines in a group.
    """
    found = tally(report)
    summary = verdict(report, found)
    writer = _Writer(report, look)
    levels: dict[str, list[_Note | Finding]] = {level: [] for level in _LEVELS}
    # Another report of the same step may have used up some of the room: the verdict goes first.
    levels[_verdict_level(report, summary)].append(
        _Note(f"grantgate: {summary.word.replace('_', ' ')}", (str(summary),))
    )
    levels["error"] += [_of_problem(problem) for problem in report.problems]
    levels["warning"] += [_of_drift(change, report) for change in report.changes if change.drift]
    for finding in ordered(report.findings):
        if level := _level(finding):
            levels[level].append(finding)
    for level, notes in levels.items():
        yield from writer.level(level, notes)
    if report.notices:
        # Most of them are the same in every run: as annotations they would take the room of what is waived.
        yield from writer.group(counted(len(report.notices), "notice"), report.notices)
    if report.fixed:
        yield writer.plain(f"{counted(len(report.fixed), 'finding')} of the baseline {report.baseline} fixed")
    if found.known_count:
        yield writer.plain(
            f"{counted(found.known_count, 'finding')} in the baseline {report.baseline}, blocking nothing"
        )
    if found.left_out:
        yield writer.plain(f"{counted(found.left_out, 'finding')} not shown, blocking nothing")
    yield writer.plain(str(summary))


class _Writer:
    """Turns what there is to say into lines."""

    def __init__(self, report: Report, look: Look) -> None:
        self._report = report
        self._look = look
        self._project = SourcePosition(report.project_file, 1) if report.project_file else None

    def level(self, level: str, notes: Sequence[_Note | Finding]) -> Iterator[str]:
        """Give annotations, and when there are more than fit, one that says so, and the rest as plain lines."""
        shown_ = len(notes) if len(notes) <= _ROOM else _ROOM - 1
        for note in notes[:shown_]:
            yield self.command(level, self._note(note))
        rest = notes[shown_:]
        if not rest:
            return
        title = f"{len(rest):,} more, {_LEVELS[level]}"
        kinds = Counter(one.rule.id for one in rest if isinstance(one, Finding))
        rules = ", ".join(f"{rule} {count:,}" for rule, count in sorted(kinds.items()))
        more = f"Each is in the log of this step, in the group {title!r}, and in every other report"
        yield self.command(level, _Note(f"grantgate: {title}", (more, *((rules,) if rules else ()))))
        yield from self.group(title, map(self._told, rest))

    def group(self, title: str, texts: Iterable[str]) -> Iterator[str]:
        """Give lines that are no commands, folded below a title."""
        yield self._line("group", title)
        yield from map(self.plain, texts)
        yield self._line("endgroup")

    def command(self, level: str, note: _Note) -> str:
        """Give an annotation; where nobody knows its place, it is the project's file."""
        place = note.place or self._project
        properties: dict[str, str] = {}
        if place:
            # The runner drops a sign of equality right behind another.
            file = f"./{place.file}" if place.file.startswith("=") else place.file
            properties |= {"file": self._safe(file), "line": str(max(place.line, 1))}
        properties["title"] = _cut(self._safe(note.title), _LONGEST_TITLE)
        text = "\n".join(_cut(self._safe(line), _LONGEST_PART) for line in note.lines)
        return self._line(level, text, properties)

    def plain(self, text: str) -> str:
        """Give a line that is no command: what it begins with is ours, and nothing that a comparison could skip."""
        return f"> {self._safe(text)}\n"

    def _line(self, name: str, text: str = "", properties: dict[str, str] | None = None) -> str:
        told = ",".join(f"{key}={_property(value)}" for key, value in (properties or {}).items() if value.strip())
        return f"::{name}{' ' if told else ''}{told}::{_data(text)}\n"

    def _safe(self, text: str) -> str:
        return shown(text, self._look).strip()

    def _told(self, one: _Note | Finding) -> str:
        note = self._note(one)
        place = f" ({note.place.file}:{note.place.line})" if note.place else ""
        return f"{note.title}: {note.lines[0]}{place}"

    def _note(self, one: _Note | Finding) -> _Note:
        if isinstance(one, _Note):
            return one
        rule = one.rule
        page = self._look.page(rule)
        return _Note(
            f"{rule.id} {rule.name} on {subject(one)}",
            (
                _message(one),
                " ".join(filter(None, (_remedy(one), page and f"See {page}"))),
                f"{one.resource.urn}{f', item {one.item}' if one.item else ''}",
            ),
            self._report.positions.get(one.resource.urn),
        )


def _verdict_level(report: Report, summary: Summary) -> str:
    if report.exit_code() is not Exit.PASSED:
        return "error"
    # Nobody looked at anything: that is not simply good news.
    return "warning" if summary.word == "NOTHING_TO_JUDGE" else "notice"


def _level(finding: Finding) -> str:
    """Tell the level of an annotation, empty for what gets none; a finding that blocks is an error whatever it is."""
    if finding.blocks or finding.outcome is Outcome.ERROR:
        return "error"
    if isinstance(finding, Known):
        return ""
    place = rank(finding)
    if place is Rank.WAIVED:
        return "notice"
    return "" if place is Rank.REST else "warning"


def _message(finding: Finding) -> str:
    message = finding.message or finding.outcome.value
    if finding.outcome is Outcome.UNKNOWN:
        return undecided(finding, message)
    if finding.outcome is Outcome.WAIVED:
        return f"waived by {finding.waiver}: {message}"
    return message if finding.blocks or finding.outcome is Outcome.ERROR else f"advisory: {message}"


def _remedy(finding: Finding) -> str:
    if finding.outcome is Outcome.ERROR:
        return RAISED
    return "" if finding.outcome is Outcome.WAIVED else f"Fix: {finding.edit or finding.rule.fix}"


def _of_problem(problem: Problem) -> _Note:
    about = f" with {problem.about}" if problem.about else ""
    remedy = (f"Fix: {problem.remedy}",) if problem.remedy else ()
    return _Note(f"grantgate: problem{about}", (" ".join(problem.what.split()) or "the gate could not look", *remedy))


def _of_drift(change: Change, report: Report) -> _Note:
    """Tell what somebody changed in AWS: it may break no rule, and is for a person to judge."""
    name, field = changed(change)
    what = f"{field} is {change.after!r}, and was {change.before!r} when the stack was last updated"
    return _Note(f"grantgate: drift of {name}", (what, change.urn), report.positions.get(change.urn))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4].rstrip()} ..."


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
