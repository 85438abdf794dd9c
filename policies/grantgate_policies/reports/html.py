"""
The report as one page that needs no network: a map of scopes, a timeline, and findings to filter and sort.

Whatever comes from a resource is text in the page, never markup: the static parts are escaped by the template engine,
the data is JSON that scripts turn into text nodes, and the page's own policy lets nothing run but the two scripts whose
digests it names.
"""

from __future__ import annotations

from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from grantgate_policies.engine.words import name_of
from grantgate_policies.report import Exit
from grantgate_policies.reports.look import shown
from grantgate_policies.reports.operations import planned
from grantgate_policies.reports.page.library import check, digest, library
from grantgate_policies.reports.page.packing import https, packed
from grantgate_policies.reports.page.states import State, state_of
from grantgate_policies.reports.ranking import ordered
from grantgate_policies.reports.verdict import counted, tally, verdict
from grantgate_policies.reports.wording import changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look

__all__ = ["check", "render"]

_FOLDER: Final = files("grantgate_policies.reports.page")
_SCRIPTS: Final = ("base", "chart", "findings", "details", "tree", "timeline", "page")
"""The page's own scripts in the order in which they run, as one."""
_WITHOUT_SCRIPT: Final = 500
"""The most findings that are also written out for a browser that runs no script."""
_MOODS: Final = {
    Exit.PASSED: State.PASS,
    Exit.FAILED: State.FAIL,
    Exit.UNDECIDED: State.UNKNOWN,
    Exit.USAGE: State.ERROR,
    Exit.ERROR: State.ERROR,
}


def render(report: Report, look: Look) -> Iterator[str]:
    """
    Give the page in pieces, ASCII only: a digest holds whatever encoding the page is written in.

    Errors: ModuleNotFoundError, when a package is missing that the page is made with.
    """
    charts = library()
    script = _script()
    found = tally(report)
    summary = verdict(report, found)
    # Where nothing was judged, nothing is green.
    mood = State.NONE if summary.word == "NOTHING_TO_JUDGE" else _MOODS[report.exit_code()]
    blocking = ordered(found.blocking)
    context: dict[str, Any] = {
        "report": report,
        "summary": summary,
        "mood": mood.key,
        "sign": mood.sign,
        "policy": f"default-src 'none'; script-src {digest(script.encode())} {charts.digest}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        "style": Markup(_FOLDER.joinpath("page.css").read_text("utf-8")),  # noqa: S704 - a file of ours
        "script": Markup(script),  # noqa: S704 - files of ours
        "library": Markup(charts.packed),  # noqa: S704 - base64
        "data": map(Markup, packed(report, look)),
        "found": found,
        "blocking": list(islice(blocking, _WITHOUT_SCRIPT)),
        "states": _counted(report.findings),
        "total": sum(one.things for one in report.findings),
        "changes": sorted(report.changes, key=lambda one: (not one.drift, one.urn, one.field)),
        "drifted": len({(one.urn, changed(one)[0]) for one in report.changes if one.drift}),
        "planned": planned(report.runs),
        "fixed": sorted(report.fixed, key=lambda one: (one.urn, one.rule, one.field)),
        "changed": changed,
        "counted": counted,
        "name_of": name_of,
        "page_of": lambda rule: https(look.page(rule)),
        "exit_code": int(report.exit_code()),
    }
    environment = Environment(
        autoescape=True, finalize=_harmless, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_FOLDER.joinpath("page.html").read_text("utf-8"))
    for piece in template.generate(context):
        yield piece if piece.isascii() else piece.encode("ascii", "xmlcharrefreplace").decode()


def _script() -> str:
    """Join the page's scripts, so that none of them leaves a name behind in the page."""
    parts = [_FOLDER.joinpath(f"{name}.js").read_text("utf-8") for name in _SCRIPTS]
    return "\n".join(("(() => {", '"use strict";', *parts, "})();"))


def _counted(findings: Sequence[Finding]) -> dict[str, tuple[str, str, int]]:
    """Give word, symbol and number of each state; passes come before what does not apply."""
    counts = dict.fromkeys(State, 0)
    for finding in findings:
        counts[state_of(finding)] += finding.things
    order = (*list(State)[: State.NONE], State.PASS, State.NONE)
    return {state.key: (state.word, state.sign, counts[state]) for state in order}


def _harmless(value: Any) -> Any:
    """Show what is not printable in a text of others as an escape; the template engine escapes markup."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
