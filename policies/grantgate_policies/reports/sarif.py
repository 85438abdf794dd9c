"""
SARIF 2.1.0, as GitHub's code scanning takes it: one run, a result for everything that somebody has to look at.

What kept the gate from looking is a result too, of the pseudo-rule GATE: notifications alone are shown to nobody.

Every text of others goes through `shown`: a viewer prints what it parsed, so JSON's own escapes protect nobody there,
and a lone surrogate would make strict parsers refuse the whole file, and the gate's NO with it.

Source: OASIS SARIF 2.1.0 errata 01; GitHub's "SARIF support for code scanning" and "SARIF results exceed limits".
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from grantgate_policies.core import BLOCKING, Level, Outcome, Severity
from grantgate_policies.release import pack_version
from grantgate_policies.report import Exit, Known
from grantgate_policies.reports.json_lines import listed, written
from grantgate_policies.reports.look import shown
from grantgate_policies.reports.ranking import Rank, ordered, rank
from grantgate_policies.reports.verdict import counted, verdict
from grantgate_policies.reports.wording import RAISED, subject, undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.core import Finding, Rule
    from grantgate_policies.report import Problem, Report
    from grantgate_policies.reports.look import Look

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS: Final = 25_000
"""Results of one run beyond which code scanning refuses the file."""
GATE: Final = "GATE"
"""The pseudo-rule of what kept the gate from looking; no rule of an organization's own can have this id."""

_MOST_NOTIFICATIONS: Final = 1_000
_LONGEST_MESSAGE: Final = 4_000  # characters; the report in other formats has the whole of it
_LONGEST_DESCRIPTION: Final = 1_024
_LONGEST_NAME: Final = 255
_LONGEST_SOURCE: Final = 200
_ROOT: Final = "%SRCROOT%"
_PROJECT_FILE: Final = "Pulumi.yaml"
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SECURITY: Final = {Severity.LOW: "3.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}
"""GitHub's bands: above 0 low, from 4 medium, from 7 high, from 9 critical."""


def render(report: Report, look: Look) -> Iterator[str]:
    """Give the report as one SARIF log, ASCII only, one rule and one result on a line, what blocks first."""
    told = _told(report.findings)
    rules = _rules(report, told)
    room = max(MOST_RESULTS - len(report.problems), 0)
    cut = max(len(report.problems) - MOST_RESULTS, 0) + max(len(told) - room, 0)
    yield f'{{\n"$schema": {written(SCHEMA)},\n"version": "2.1.0",\n"runs": [{{\n'
    yield f'"tool": {{"driver": {{"name": "grantgate", "version": {written(pack_version())}, "rules": '
    yield from listed((_GATE_RULE, *(_rule(rule, look) for rule in rules)))
    yield "}},\n"
    members = {
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository of the Pulumi program."}}},
        "automationDetails": {"id": _category(report)},
        "invocations": [_invocation(report, cut)],
    }
    for name, value in members.items():
        yield f"{written(name)}: {written(value)},\n"
    yield '"results": '
    yield from listed(_results(report, told[:room], rules, _ordinals(told)))
    yield "\n}]\n}\n"


# --- rules ------------------------------------------------------------------------------------------------------------

_GATE_RULE: Final[Mapping[str, Any]] = {
    "id": GATE,
    "name": "gate-could-not-look",
    "shortDescription": {"text": "The gate could not look, so nothing was let through"},
    "fullDescription": {
        "text": "Something kept the gate from looking or judging. The other results may be incomplete, and none of "
        "them means that the stack is as it should be."
    },
    "help": {
        "text": "Put right what the message says, and run the gate again.",
        "markdown": "Put right what the message says, and run the gate again.",
    },
    "defaultConfiguration": {"enabled": True, "level": "error"},
    "properties": {"tags": ["grantgate"], "precision": "very-high", "problem.severity": "error"},
}


def _rules(report: Report, told: Iterable[Finding]) -> list[Rule]:
    """Give the rules that judged, and those of findings that are not among them."""
    known = {rule.name: rule for rule in report.rules}
    others = {finding.rule.name: finding.rule for finding in told if finding.rule.name not in known}
    return [*known.values(), *(rule for _, rule in sorted(others.items()))]


def _rule(rule: Rule, look: Look) -> dict[str, Any]:
    blocks = rule.level in BLOCKING
    page = look.page(rule)
    paragraphs = (rule.why, f"To do: {rule.fix}", f"Source: {rule.source}")
    help_ = "\n\n".join(map(_plain, paragraphs))
    made: dict[str, Any] = {
        "id": _plain(rule.id),
        "name": _cut(_plain(rule.name), _LONGEST_NAME),
        "shortDescription": {"text": _cut(_plain(rule.summary), _LONGEST_DESCRIPTION)},
        "fullDescription": {"text": _cut(_plain(rule.why), _LONGEST_DESCRIPTION)},
        "help": {"text": help_, "markdown": "\n\n".join(map(_markdown, paragraphs))},
        "defaultConfiguration": {
            "enabled": rule.level is not Level.DISABLED,
            "level": "error" if blocks else "warning" if rule.level is Level.ADVISORY else "note",
        },
        "properties": {
            # Code scanning heeds security-severity only beside the tag security.
            "tags": ["security", "aws", "pulumi", "s3", f"{rule.kind}-rule"],
            "security-severity": _SECURITY[rule.severity],
            "precision": "very-high",
            "problem.severity": "error" if blocks else "warning",
        },
    }
    if page.startswith(("https://", "http://")):
        made["helpUri"] = quote(page, safe="/:?#[]@!$&'()*+,;=%~", errors="replace")
    return made


# --- results ----------------------------------------------------------------------------------------------------------


def _told(findings: Iterable[Finding]) -> list[Finding]:
    """Choose the findings that somebody has to look at; what blocks comes first, what the baseline has last."""
    told = [finding for finding in findings if finding.blocks or rank(finding) is not Rank.REST]
    return sorted(ordered(told), key=lambda finding: (isinstance(finding, Known), not finding.blocks))


def _results(
    report: Report, findings: Iterable[Finding], rules: Iterable[Rule], ordinals: Iterable[int]
) -> Iterator[dict[str, Any]]:
    places = {rule.name: place for place, rule in enumerate(rules, 1)}
    state = {"baselineState": "new"} if report.baseline else {}
    fallback = _fallback(report)
    seen: Counter[str] = Counter()
    for problem in report.problems[:MOST_RESULTS]:
        # What is in the way may be told with a request's id or a time; what it is about stays the same.
        about = shown(problem.about)
        seen[about] += 1
        yield {
            "ruleId": GATE,
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": _message(_problem(problem))},
            "locations": [{"physicalLocation": fallback}],
            "partialFingerprints": _fingerprints(_digest(f"{GATE}\x00{about}"), seen[about]),
            # SARIF wants suppressions, and states, of every result or of none.
            "suppressions": [],
            **state,
        }
    for finding, ordinal in zip(findings, ordinals, strict=False):
        urn, position = finding.resource.urn, report.positions.get(finding.resource.urn)
        yield {
            "ruleId": _plain(finding.rule.id),
            "ruleIndex": places[finding.rule.name],
            "level": _level(finding),
            "message": {"text": _message(_said(finding, report))},
            "locations": [
                {
                    "physicalLocation": _place(position.file, position.line) if position else fallback,
                    "logicalLocations": [
                        {
                            "fullyQualifiedName": shown(f"{urn}[{finding.item}]" if finding.item else urn),
                            "name": shown(finding.name),
                            "kind": "resource",
                        }
                    ],
                }
            ],
            "partialFingerprints": _fingerprints(finding.fingerprint, ordinal),
            "suppressions": [
                {"kind": "external", "status": "accepted", "justification": why} for why in _accepted(finding, report)
            ],
            **({"baselineState": "unchanged"} if isinstance(finding, Known) else state),
        }


def _level(finding: Finding) -> str:
    place = rank(finding)
    if finding.blocks or place is Rank.ERROR:
        return "error"
    # Code scanning passes over suppressions: what somebody accepted is at least told at the mildest level.
    return "note" if isinstance(finding, Known) or place is Rank.WAIVED else "warning"


def _said(finding: Finding, report: Report) -> str:
    """Say what was found, of what, and what to do; viewers that have little room show the first sentence."""
    message, remedy = shown(finding.message), f"To do: {_plain(finding.edit or finding.rule.fix)}"
    place, accepted = rank(finding), _accepted(finding, report)
    if place is Rank.ERROR:
        remedy = RAISED
    elif place is Rank.UNKNOWN:
        message = undecided(finding, message)
    if accepted:
        # Code scanning passes over suppressions, and shows the result like any other.
        remedy = f"Accepted: {' and '.join(accepted)}."
    return f"{shown(subject(finding))}: {message}. {remedy}"


def _accepted(finding: Finding, report: Report) -> list[str]:
    """Say who accepted a finding."""
    waived = f"waived by {shown(finding.waiver)}" if finding.outcome is Outcome.WAIVED else ""
    known = f"in the baseline {shown(report.baseline)}" if isinstance(finding, Known) else ""
    return [one for one in (waived, known) if one]


def _ordinals(findings: Sequence[Finding]) -> list[int]:
    """
    Count the findings that share a fingerprint: none stands for another.

    Their order is that of their own words: whether one is waived or known by now changes no other's number.
    """
    groups: defaultdict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for place, finding in enumerate(findings):
        groups[finding.rule.id, finding.resource.urn, finding.item, finding.field].append(place)
    numbers = [1] * len(findings)
    for group in groups.values():
        if len(group) > 1:
            group.sort(key=lambda place: _words(findings[place]))
            for number, place in enumerate(group, 1):
                numbers[place] = number
    return numbers


def _words(finding: Finding) -> tuple[str, ...]:
    return finding.message, finding.observed, finding.expected, finding.outcome.value


def _fingerprints(fingerprint: str, ordinal: int) -> dict[str, str]:
    """
    Give what tells one alert from another across runs: neither the line nor the file is in it.

    GitHub matches by ``primaryLocationLineHash``, which it writes as hash:ordinal.
    """
    one = f"{fingerprint}:{ordinal}"
    return {"primaryLocationLineHash": one, "grantgate/v1": one}


def _problem(problem: Problem) -> str:
    about = f"{shown(problem.about)}: " if problem.about else ""
    remedy = f". To do: {_plain(problem.remedy)}" if problem.remedy else ""
    return f"The gate could not look: {about}{_plain(problem.what)}{remedy}"


# --- places -----------------------------------------------------------------------------------------------------------


def _fallback(report: Report) -> dict[str, Any]:
    """Give the place of what has none: code scanning takes no result without a file."""
    return _place(report.project_file or _inside(report.rules_file) or _PROJECT_FILE, 1)


def _inside(file: str) -> str:
    """Give a file that was named from the repository's root on, or nothing."""
    path = PurePosixPath(file)
    return path.as_posix() if path.name and not path.is_absolute() and ".." not in path.parts else ""


def _place(file: str, line: int) -> dict[str, Any]:
    uri = quote(file, safe="/", errors="replace")
    return {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}, "region": {"startLine": line}}


def _category(report: Report) -> str:
    """Name the upload by what was judged, so that it replaces its own predecessor alone; the run's id stays empty."""
    source = shown(report.source)
    if len(source) > _LONGEST_SOURCE:
        source = f"{source[:_LONGEST_SOURCE]}-{_digest(source)}"
    return f"grantgate/{source}/"


# --- the run ----------------------------------------------------------------------------------------------------------


def _invocation(report: Report, cut: int) -> dict[str, Any]:
    code = report.exit_code()
    notes = list(_notifications(report, cut))
    more = len(notes) - _MOST_NOTIFICATIONS
    if more > 0:
        notes[_MOST_NOTIFICATIONS:] = [_notification("warning", f"{more:,} more notifications are left out")]
    made: dict[str, Any] = {
        "executionSuccessful": code not in {Exit.USAGE, Exit.ERROR},
        "exitCode": int(code),
        "exitCodeDescription": _plain(str(verdict(report))),
        "toolExecutionNotifications": notes,
    }
    if _MOMENT.fullmatch(report.at):
        made["endTimeUtc"] = report.at
    return made


def _notifications(report: Report, cut: int) -> Iterator[dict[str, Any]]:
    if cut:
        yield _notification(
            "warning", f"{counted(cut, 'result')} left out: a run holds {MOST_RESULTS:,} at most, what blocks first"
        )
    for problem in report.problems:
        yield _notification("error", _problem(problem))
    for one in report.left_out:
        yield _notification("note", f"{counted(one.count, one.outcome.value)} left out: {_plain(one.why)}")
    for notice in report.notices:
        yield _notification("note", _plain(notice))


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _message(text)}}


# --- texts ------------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Make a text of several lines one harmless line: viewers join lines, and none may begin a command of a CI's."""
    return " ".join(shown(line) for line in text.splitlines() if line.strip())


def _message(text: str) -> str:
    """Write a text as a SARIF message, in which braces are placeholders' and brackets before one make links."""
    text = _cut(text, _LONGEST_MESSAGE)
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _markdown(text: str) -> str:
    """Write a text as Markdown that says the same: no markup, no link, nobody is mentioned."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~@&-])", r"\\\1", _plain(text))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
