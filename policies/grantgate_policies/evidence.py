"""
What a preview or an update proves: a report, and a problem for everything that kept the gate from looking.

Green needs proof, not the absence of complaints; proof.py says what is missing of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grantgate.kinds import NOT_LOOKED_AT

from grantgate_policies import notices
from grantgate_policies.core import SCHEMA, Finding, Level, Outcome, Resource, Severity
from grantgate_policies.engine.errors import reported_errors
from grantgate_policies.engine.runs import UP
from grantgate_policies.engine.words import name_of, without_colours
from grantgate_policies.journal import RUN_SCHEMA
from grantgate_policies.journal import events as events_of
from grantgate_policies.overview import overview
from grantgate_policies.planned import planned_resources
from grantgate_policies.proof import missing_proof, read_only, stays
from grantgate_policies.report import Problem, Report, Run, contradiction
from grantgate_policies.reports.verdict import any_judged, nothing_judged
from grantgate_policies.rules import RULES
from grantgate_policies.subjects import judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.core import Rule
    from grantgate_policies.engine.runs import EngineRun
    from grantgate_policies.sources import Project


def report_of(
    run: EngineRun,
    *,
    source: str,
    rules_file: str,
    catalogue: Sequence[Rule] = RULES,
    require_judged: bool = False,
    project: Project | None = None,
    at: str = "",
) -> Report:
    """
    Make the report of one run of the engine, judged by the rules of ``catalogue``.

    ``project`` is the program's, for where in it a resource is declared; ``at`` is the time, as reports show it.
    """
    findings, foreign = findings_of(run.journal, {rule.name: rule for rule in catalogue})
    start = next(events_of(run.journal, "start"), {})
    stack = next(events_of(run.journal, "stack"), {})
    planned = stays(run.events)
    shown = overview(resource for resource in planned_resources(run.events) if resource.urn in planned)
    problems = reported_errors(run)
    problems += missing_proof(run, start, stack, planned, findings, failed=bool(problems), catalogue=catalogue)
    problems += foreign
    # Pulumi's own (the stack, the providers) are nobody's declaration; a failed lookup is judged and not planned.
    declared = {urn for urn, new in planned.items() if not new["type"].startswith("pulumi:")}
    resources = len(declared | {finding.resource.urn for finding in findings})
    if require_judged and not any_judged(findings) and not problems:
        remedy = "Declare what is to be judged, or leave out --require-judged."
        problems.append(nothing_judged(resources, findings, remedy))
    return Report(
        source=str(start.get("stack") or source),
        rules_file=_rules_file(str(start.get("rulesFile") or ""), rules_file),
        organization=str(start.get("organization") or ""),
        findings=tuple(sorted(findings, key=order(catalogue))),
        resources=resources,
        lookups=tuple(shown.lookups),
        problems=tuple(problems),
        notices=(
            *remedied(run.journal),
            *notices.idle_rules(findings),
            *map(str, stack.get("notices", ())),
            *_unseen(run.events),
            *_left_out(run.events),
            *_late(run, findings),
        ),
        runs=(_run(run, start, source),),
        at=at,
        rules=tuple(catalogue),
        positions=project.positions(_states(run.printed())) if project else {},
        project_file=project.file if project else "",
        locations=tuple(shown.locations),
        requests=tuple(shown.requests),
        changes=tuple(shown.changes),
    )


def _rules_file(used: str, expected: str) -> str:
    """Name the file that the pack used, as the user wrote it where it is the one that was expected."""
    same = not used or Path(used).resolve() == Path(expected).resolve()
    return expected if same else used


def _unseen(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Name what a program reads with get() or an id: the engine shows reads to no policy."""
    urns = {urn for urn, new in read_only(events).items() if judged(new["type"])}
    for urn in sorted(urns):
        yield f"{name_of(urn)} is only read, by get() or an id, so no rule judged it; declare it to have it judged"


def _left_out(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Repeat what the program tells of the estate that it does not look at, and why."""
    for event in events:
        told = event.get("diagnosticEvent")
        text = without_colours(str(told.get("message", ""))).strip() if isinstance(told, dict) else ""
        if text.startswith(NOT_LOOKED_AT):
            yield text


def _late(run: EngineRun, findings: Iterable[Finding]) -> Iterator[str]:
    """Say which failures of an update came too late to prevent it: the whole stack is shown after its last step."""
    for finding in findings if run.command == UP else ():
        if finding.blocks and finding.rule.gather:
            rule = f"{finding.rule.id} {finding.rule.name}"
            yield f"{finding.name}: {rule} was judged after the update, which it could not prevent"


def remedied(journal: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Say which values the pack puts right: what is deployed is not what the program says."""
    for line in events_of(journal, "remedied"):
        for field, (was, now) in dict(line.get("properties", {})).items():
            rule = f"{line.get('rule')} {line.get('name')}"
            yield f"{name_of(str(line.get('urn')))}: {field} is put right by {rule}: {was} becomes {now}"


def findings_of(journal: Iterable[Mapping[str, Any]], rules: Mapping[str, Rule]) -> tuple[list[Finding], list[Problem]]:
    """Read the findings back from the pack's journal; one that this release does not understand is a problem."""
    findings: list[Finding] = []
    foreign: set[str] = set()
    for line in journal:
        schema = line.get("schema")
        try:
            if schema == SCHEMA:
                found = _finding(line, rules)
                findings.append(found)
                member, wrong = contradiction(found)
                if wrong:
                    foreign.add(f"a finding of {found.rule.name!r} ({member} is {wrong})")
            elif schema != RUN_SCHEMA:
                foreign.add(f"a line of schema {schema!r}")
        except (KeyError, TypeError, ValueError):
            foreign.add(f"a finding of {line.get('ruleName')!r}")
    remedy = "use one release of grantgate for the pack and the command"
    return findings, [
        Problem(f"the pack's log holds {what} that this release does not understand", remedy=remedy)
        for what in sorted(foreign)
    ]


def _finding(line: Mapping[str, Any], rules: Mapping[str, Rule]) -> Finding:
    rule = rules[line["ruleName"]]
    about = line["resource"]
    return Finding(
        rule=rule,
        outcome=Outcome(line["outcome"]),
        level=Level(line["level"]),
        severity=Severity(line["severity"]),
        resource=Resource(about["urn"], about["type"], about["name"], {}),
        field=line["field"],
        observed=line["observed"],
        expected=line["expected"],
        message=line["message"],
        edit="" if line["fix"] == rule.fix else line["fix"],
        waiver=line["waiver"],
        blocks=line["blocks"],
        quiet=bool(line.get("quiet", False)),
        basis=str(line.get("basis", "")),
        item=str(about.get("item", "")),
        things=int(line.get("count", 1)),
    )


def order(catalogue: Sequence[Rule]) -> Callable[[Finding], tuple[str, int]]:
    """Give the key by which a run's findings are sorted: by resource, then as the catalogue has its rules."""
    places = {rule.name: place for place, rule in enumerate(catalogue)}
    return lambda finding: (finding.resource.urn, places[finding.rule.name])


def _run(run: EngineRun, start: Mapping[str, Any], source: str) -> Run:
    """Give the engine's own words about its run."""
    summary: Mapping[str, Any] = next((event["summaryEvent"] for event in run.events if "summaryEvent" in event), {})
    return Run(
        stack=str(start.get("stack") or source),
        command=run.command,
        code=run.code,
        result=str(summary.get("result") or ""),
        pack=str(start.get("pack") or ""),
        seconds=int(summary.get("durationSeconds") or 0),
        changes=dict(summary.get("resourceChanges") or {}),
    )


def _states(printed: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give what the preview's digest says of each resource: only there are its stack traces."""
    for step in printed:
        state = step.get("newState")
        if isinstance(state, dict):
            yield state
