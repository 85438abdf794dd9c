"""
What only the plan can settle: whether a live role differs because somebody changed it, or because this update will.

Policies are never shown what a resource was before the update, so in a preview the pack leaves such a difference open.
The engine's event log does show it, and `grantgate preview` judges again what was left open, by the very same rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies import notices
from grantgate_policies.core import Level, Outcome
from grantgate_policies.journal import events as events_of
from grantgate_policies.judge import Judge
from grantgate_policies.planned import planned_resources
from grantgate_policies.standing import Moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from grantgate_policies.core import Finding
    from grantgate_policies.engine.runs import EngineRun
    from grantgate_policies.report import Report
    from grantgate_policies.rulebook import RuleBook

SETTLED: Final = frozenset({"AGL-14"})
"""The rules that the plan can settle."""

_DECIDED: Final = frozenset({Outcome.PASS, Outcome.FAIL, Outcome.WAIVED})


def settled(report: Report, run: EngineRun, rulebook: RuleBook, now: dt.datetime) -> Report:
    """Judge again what the pack left open and the plan settles; everything else stays as the pack found it."""
    left_open = {
        _key(finding)
        for finding in report.findings
        if finding.rule.id in SETTLED and finding.outcome is Outcome.UNKNOWN
    }
    if not left_open:
        return report
    judge = Judge(
        rulebook,
        report.source,
        now.date(),
        rules=tuple(rule for rule in rulebook.catalogue if rule.id in SETTLED),
        levels=_levels(run.journal),
        moment=Moment(now=now, preview=True),
        merge=False,
    )
    found = {_key(one): one for one in judge.stack_findings(planned_resources(run.events))}
    places = tuple(notices.where(rulebook.waivers[index], rulebook) for index in sorted(judge.used))
    return replace(
        report,
        findings=tuple(
            _settled(finding, found.get(_key(finding))) if _key(finding) in left_open else finding
            for finding in report.findings
        ),
        # A waiver that only the settled failure needs is needed after all.
        notices=tuple(notice for notice in report.notices if not places or not notice.startswith(places)),
    )


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule.name, finding.resource.urn, finding.item


def _settled(left_open: Finding, found: Finding | None) -> Finding:
    """Take the new finding where it decides; what the plan cannot tell either stays open."""
    return found if found and found.outcome in _DECIDED else left_open


def _levels(journal: Iterable[Mapping[str, Any]]) -> dict[str, Level]:
    """Give the levels that were set from outside, as the pack took them."""
    lines = events_of(journal, "configured")
    return {name: Level(level) for line in lines for name, level in line.get("levels", {}).items()}
