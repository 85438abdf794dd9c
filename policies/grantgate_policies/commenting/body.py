"""
What the comment says. There always is something to say: a gate that left no report is an ERROR, not silence.

Whatever goes wrong on the way to a text ends in another text that says so, or the comment of an earlier, greener run
would go on standing.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate_policies import saved
from grantgate_policies.documents import InputError
from grantgate_policies.narrowing import narrowed
from grantgate_policies.redaction.reports import Secrets, redacted
from grantgate_policies.report import Problem, merged
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import shown
from grantgate_policies.reports.unjudged import unjudged
from grantgate_policies.reports.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look

_FORMAT: Final = "markdown"
_LONGEST: Final = 300
_REMEDY: Final = "The log of the job that runs the gate says why."
# A line that GitLab would carry out as a command (/merge), or a workflow's log (::error::, ##[error]).
_COMMANDS: Final = re.compile(r"^([^\S\n]*)(?=/\w|::)|(?<=##)(?=\[)", re.MULTILINE)
_UNSENDABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Body:
    """What is to be posted; ``troubles`` say what kept it from being the gate's own report, empty when it is."""

    text: str
    troubles: tuple[str, ...] = ()


def body_of(
    files: Sequence[str], look: Look, longest: int, *, min_severity: str | None = None, new_only: bool = False
) -> Body:
    """
    Make a comment of saved reports; one that cannot be read makes it an ERROR.

    Units: ``longest`` counts characters.
    """
    reports, troubles = _read(files)
    try:
        # A saved report may be another release's, and a comment is read by more people than a file.
        known = redacted(merged(reports), Secrets.of(os.environ))
        report = narrowed(known, min_severity=min_severity, new_only=new_only)
        text = harmless(FORMATS[_FORMAT].text(report, look))
        sentence = str(verdict(report))
    except Exception as error:  # noqa: BLE001 - whatever it is, an earlier comment must not go on standing
        trouble = f"the report cannot be shown: {_told(error)}"
        return Body(_error((*troubles, trouble)), (*troubles, trouble))
    if not text.strip():
        troubles = (*troubles, "the report cannot be shown: it is empty")
        return Body(_error(troubles), troubles)
    if len(text) > longest:
        trouble = f"the report has {len(text):,} characters, and a comment has room for {longest:,}"
        return Body(_too_long(sentence, trouble), (*troubles, trouble))
    return Body(text, troubles)


def harmless(text: str) -> str:
    r"""
    Take out of a text what no service stores, and what one would carry out instead of showing it.

    >>> print(harmless("a\x00b\n/merge\n::error::c"))
    a\x00b
    \/merge
    \::error::c
    """
    lines = text.replace("\r\n", "\n")
    sendable = _UNSENDABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), lines)
    return _COMMANDS.sub(r"\1\\", sendable)


def _read(files: Sequence[str]) -> tuple[list[Report], tuple[str, ...]]:
    """Read what can be read, first, and make a report of what cannot."""
    read = [_report_of(file) for file in files]
    good = [report for report, trouble in read if not trouble]
    bad = [report for report, trouble in read if trouble]
    return [*good, *bad], tuple(trouble for _, trouble in read if trouble)


def _report_of(file: str) -> tuple[Report, str]:
    """Read a report; else make one that is an ERROR, and say what the trouble is."""
    try:
        return saved.read(file), ""
    except Exception as error:  # noqa: BLE001 - a report that breaks its reader is no report either
        told = _told(error)
        problem = Problem(f"the gate left no report that can be read: {told}", remedy=_REMEDY)
        return unjudged(file, problem), told


def _told(error: Exception) -> str:
    text = shown(str(error)) if isinstance(error, InputError) else type(error).__name__
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _error(troubles: Sequence[str]) -> str:
    """Say that there is no report, without any of what makes reports."""
    lines = "".join(f"- {_verbatim(trouble)}\n" for trouble in troubles)
    return f"### grantgate: ERROR\n\nThe gate left no report, and nothing was let through.\n\n{lines}\n{_REMEDY}\n"


def _too_long(sentence: str, trouble: str) -> str:
    head, _, rest = shown(sentence).partition(": ")
    reason = _verbatim(rest) if rest else ""
    return f"### grantgate: {head}\n\n{reason}\n\nNot all of it can be read here: {trouble}.\n"


def _verbatim(text: str) -> str:
    """
    Give a text as code, in which nothing is markup, a mention or a link.

    >>> _verbatim("a `b` @c")
    '`` a `b` @c ``'
    """
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    padding = " " if len(fence) > 1 else ""
    return f"{fence}{padding}{text}{padding}{fence}"
