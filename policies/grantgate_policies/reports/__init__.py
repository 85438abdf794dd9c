"""Report formats by name: a new one is a module with ``render`` and one line here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the module whose ``render(report, look)`` gives it in pieces, and what help says about it."""

    module: str
    summary: str

    def pieces(self, report: Report, look: Look) -> Iterator[str]:
        """Give the report in this format, piece by piece: a report can be larger than one wants to hold twice."""
        made: Iterable[str] = import_module(f"grantgate_policies.reports.{self.module}").render(report, look)
        yield from made

    def text(self, report: Report, look: Look) -> str:
        """Give the report in this format as one text."""
        return "".join(self.pieces(report, look))


FORMATS: Final[Mapping[str, Format]] = {
    "text": Format("text", "for people, on a terminal or in a log"),
    "json": Format("as_json", "for programs: schema grantgate.report/1; `grantgate report` reads it"),
    "sarif": Format("sarif", "SARIF 2.1.0, as code scanning takes it"),
    "junit": Format("junit", "JUnit XML: a test case for every rule and resource"),
    "gitlab": Format("gitlab", "GitLab Code Quality"),
    "github": Format("github", "annotations of a GitHub Actions run"),
    "markdown": Format("markdown", "a pull-request comment, at most 65,536 characters"),
    "html": Format("html", "one page without network: map, timeline, findings"),
}
"""What turns a report into a text; only formats for people heed the look."""
