"""The report for programs: schema ``grantgate.report/1``, every outcome of every rule, in a stable order."""

from __future__ import annotations

from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.reports.json_lines import listed, written
from grantgate_policies.reports.verdict import tally, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grantgate_policies.core import Finding, Rule
    from grantgate_policies.report import Change, Fixed, LeftOut, LookedUp, Problem, Registered, Report, Request, Run
    from grantgate_policies.reports.look import Look

SCHEMA: Final = "grantgate.report/1"
SCHEMA_FILE: Final = Path(__file__).with_name("report.schema.json")
"""The published JSON Schema of what `render` writes."""


def render(report: Report, _look: Look) -> Iterator[str]:
    """
    Give the report as one JSON object, ASCII only, one member of a list on a line.

    Findings are ordered by resource, rule, item and field; texts are as they are, with JSON's own escapes.
    """
    found = tally(report)
    summary = verdict(report, found)
    yield "{\n"
    members: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": summary.word,
        "summary": str(summary),
        "exitCode": int(report.exit_code()),
        "at": report.at,
        "source": report.source,
        "rulesFile": report.rules_file,
        "organization": report.organization,
        "projectFile": report.project_file,
        "counts": {outcome.value: count for outcome, count in found.counts.items()},
        "resources": report.resources,
        "judged": found.judged,
        "baseline": {"file": report.baseline, "known": found.known_count} if report.baseline else None,
    }
    for name, value in members.items():
        yield f"{written(name)}: {written(value)},\n"
    lists: dict[str, Iterable[Any]] = {
        "runs": map(_run, report.runs),
        "rules": map(rule_json, _rules(report)),
        "lookups": map(_lookup, sorted(report.lookups, key=lambda lookup: (lookup.urn, lookup.subject))),
        "locations": map(_location, sorted(report.locations, key=lambda one: (one.urn, one.scope))),
        "requests": map(_request, sorted(report.requests, key=lambda one: (one.urn, one.token))),
        "changes": map(_change, sorted(report.changes, key=lambda one: (one.urn, one.field))),
        "findings": _findings(report),
        "leftOut": map(_left_out, report.left_out),
        "fixed": map(_fixed, sorted(report.fixed, key=lambda one: (one.urn, one.rule, one.field))),
        "problems": map(_problem, report.problems),
    }
    for name, items in lists.items():
        yield f"{written(name)}: "
        yield from listed(items)
        yield ",\n"
    yield '"notices": '
    yield from listed(report.notices)
    yield "\n}\n"


def rule_json(rule: Rule) -> dict[str, Any]:
    """Give what a report says of a rule: as it comes, since levels and severities of findings are their own."""
    return {
        "id": rule.id,
        "name": rule.name,
        "kind": rule.kind,
        "severity": rule.severity.value,
        "level": rule.level.value,
        "locked": rule.locked,
        "summary": rule.summary,
        "why": rule.why,
        "fix": rule.fix,
        "source": rule.source,
        "url": rule.url,
    }


def _rules(report: Report) -> Iterator[Rule]:
    """Give the rules that judged, and those of findings that are not among them: each finding's rule is there."""
    yield from report.rules
    known = {(rule.id, rule.name) for rule in report.rules}
    others = {(finding.rule.id, finding.rule.name): finding.rule for finding in report.findings}
    yield from (rule for named, rule in sorted(others.items(), key=itemgetter(0)) if named not in known)


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    """Give the findings in order, each with its place in the program where that is known."""
    positions = report.positions
    for finding in sorted(report.findings, key=_place_of):
        members = finding.to_json()
        if (position := positions.get(finding.resource.urn)) is not None:
            members["position"] = {"file": position.file, "line": position.line}
        yield members


def _place_of(one: Finding) -> tuple[str, ...]:
    return one.resource.urn, one.rule.id, one.item, one.field, one.outcome.value, one.message


def _run(run: Run) -> dict[str, Any]:
    return {
        "stack": run.stack,
        "command": run.command,
        "exitCode": run.code,
        "result": run.result,
        "pack": run.pack,
        "seconds": run.seconds,
        "changes": dict(run.changes),
    }


def _lookup(lookup: LookedUp) -> dict[str, Any]:
    return {**asdict(lookup), "values": dict(lookup.values)}


def _location(location: Registered) -> dict[str, Any]:
    return asdict(location)


def _request(request: Request) -> dict[str, Any]:
    members = asdict(request)
    members["accessPoint"] = members.pop("access_point")
    members["regions"] = [{"name": name, "requestStatus": status} for name, status in request.regions]
    return members


def _change(change: Change) -> dict[str, Any]:
    return asdict(change)


def _fixed(fixed: Fixed) -> dict[str, Any]:
    return asdict(fixed)


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {"outcome": one.outcome.value, "count": one.count, "known": one.known, "why": one.why}


def _problem(problem: Problem) -> dict[str, Any]:
    return {"about": problem.about, "what": problem.what, "remedy": problem.remedy, "exitCode": int(problem.exit)}
