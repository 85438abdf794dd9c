"""The report for programs: schema ``grantgate.report/1``, every outcome of every rule, in a stable order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.reports.verdict import tally, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grantgate_policies.report import LookedUp, Report
    from grantgate_policies.reports.look import Look

SCHEMA: Final = "grantgate.report/1"


def render(report: Report, _look: Look) -> str:
    """
    Give the report as one JSON object, ASCII only, one member of a list on a line.

    Findings are ordered by resource, rule and field; texts are as they are, with JSON's own escapes.
    """
    found = tally(report)
    summary = verdict(report, found)
    findings = sorted(
        report.findings,
        key=lambda one: (one.resource.urn, one.rule.id, one.field, one.outcome.value, one.message),
    )
    lookups = sorted(report.lookups, key=lambda lookup: (lookup.urn, lookup.subject))
    members: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": summary.word,
        "summary": str(summary),
        "exitCode": int(report.exit_code()),
        "source": report.source,
        "rulesFile": report.rules_file,
        "organization": report.organization,
        "counts": {outcome.value: count for outcome, count in found.counts.items()},
        "resources": report.resources,
        "judged": found.judged,
        "lookups": [_lookup(lookup) for lookup in lookups],
        "findings": [finding.to_json() for finding in findings],
        "problems": [{"about": one.about, "what": one.what, "remedy": one.remedy} for one in report.problems],
        "notices": list(report.notices),
        "engine": dict(report.engine),
    }
    if report.baseline:
        members["baseline"] = {"file": report.baseline, "known": len(found.known)}
    # json's own indent is written in Python and three times slower on a long report.
    return "{\n" + ",\n".join(f"{_text(name)}: {_member(value)}" for name, value in members.items()) + "\n}\n"


def _lookup(lookup: LookedUp) -> dict[str, Any]:
    return {
        "urn": lookup.urn,
        "name": lookup.name,
        "kind": lookup.kind,
        "subject": lookup.subject,
        "performed": lookup.performed,
        "account": lookup.account,
        "region": lookup.region,
        "values": dict(lookup.values),
    }


def _member(value: Any) -> str:
    return _lines(value) if isinstance(value, list) and value else _text(value)


def _lines(items: Iterable[Any]) -> str:
    return "[\n" + ",\n".join(map(_text, items)) + "\n]"


def _text(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
