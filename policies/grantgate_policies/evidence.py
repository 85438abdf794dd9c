"""
What a preview proves: a report, and a problem for everything that kept the gate from looking.

Green needs proof, not the absence of complaints: the pack started with its rules, the run came to its end, and every
resource that rules are about has findings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies import notices
from grantgate_policies.core import SCHEMA, Finding, Level, Outcome, Resource, Severity
from grantgate_policies.engine_words import ENDED, GONE, NOISE, name_of, problems_of, steps, without_colours
from grantgate_policies.journal import RUN_SCHEMA
from grantgate_policies.journal import events as events_of
from grantgate_policies.overview import overview
from grantgate_policies.planned import planned_resources
from grantgate_policies.report import Exit, Problem, Report, Run
from grantgate_policies.reports.verdict import any_judged, nothing_judged
from grantgate_policies.rules import RULES
from grantgate_policies.subjects import OUR_TYPES, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.core import Rule
    from grantgate_policies.engine import EngineRun
    from grantgate_policies.sources import Project

LOOKED: Final = "LKP-01"
"""The rule without whose finding no lookup counts as judged."""


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
    Make the report of one preview, judged by the rules of ``catalogue``.

    ``project`` is the program's, for where in it a resource is declared; ``at`` is the time, as reports show it.
    """
    findings, foreign = _findings(run.journal, {rule.name: rule for rule in catalogue})
    start = next(events_of(run.journal, "start"), {})
    stack = next(events_of(run.journal, "stack"), {})
    planned = {new["urn"]: new for new in _planned(run.events)}
    shown = overview(resource for resource in planned_resources(run.events) if resource.urn in planned)
    problems = _reported_errors(run)
    problems += _missing_proof(run, start, stack, planned, findings, failed=bool(problems))
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
        findings=tuple(sorted(findings, key=_order(catalogue))),
        resources=resources,
        lookups=tuple(shown.lookups),
        problems=tuple(problems),
        notices=(
            *_remedied(run.journal),
            *notices.idle_rules(findings),
            *map(str, stack.get("notices", ())),
            *_unseen(run.events),
        ),
        runs=(_run(run, start, source),),
        at=at,
        rules=tuple(catalogue),
        positions=project.positions(_states(run.digest)) if project else {},
        project_file=project.file if project else "",
        locations=tuple(shown.locations),
        requests=tuple(shown.requests),
        changes=tuple(shown.changes),
    )


# --- proof ------------------------------------------------------------------------------------------------------------


def _missing_proof(
    run: EngineRun,
    start: Mapping[str, Any],
    stack: Mapping[str, Any],
    planned: Mapping[str, Mapping[str, Any]],
    findings: Sequence[Finding],
    *,
    failed: bool,
) -> list[Problem]:
    if not start or any(events_of(run.journal, "refused")):
        return _never_started(run, failed=failed)
    said = _said(run)
    problems = []
    if run.torn:
        problems.append(
            Problem(f"{run.torn} lines of the engine's or the pack's log cannot be read", remedy="run again")
        )
    if not any("summaryEvent" in event for event in run.events):
        problems.append(
            Problem("the preview did not come to its end: its event log has no summary", remedy=said or "run again")
        )
    seen = {finding.resource.urn for finding in findings}
    looked = {finding.resource.urn for finding in findings if finding.rule.id == LOOKED}
    for urn, new in sorted(planned.items()):
        if judged(new["type"]) and urn not in (looked if new["type"].startswith(OUR_TYPES) else seen):
            problems.append(Problem("the pack did not judge this resource", name_of(urn), "run again"))
    # The pack saw the stack itself: what it lists and has no finding about was lost on the way.
    lost = {urn for urn in stack.get("judged", ()) if urn not in seen and urn not in planned}
    problems += [
        Problem("the pack saw this resource and told nothing about it", name_of(urn), "run again")
        for urn in sorted(lost)
    ]
    blocked = any(finding.blocks for finding in findings)
    if not stack and not failed:
        problems.append(Problem("the pack did not see the whole stack", remedy="run again"))
    if run.code and not failed and not blocked and not problems:
        problems.append(
            Problem(f"pulumi preview ended with exit code {run.code} and gave no reason", remedy=said or _tail(run))
        )
    return problems


def _never_started(run: EngineRun, *, failed: bool) -> list[Problem]:
    """Say why the pack saw no resource: its own refusal, the engine's error, or nothing that anybody said."""
    if refused := [str(line.get("text", "")) for line in events_of(run.journal, "refused")]:
        return [Problem(text, str(run.pack), exit=Exit.USAGE) for text in refused]
    if failed:
        return []  # the engine's own error says why
    said = _said(run)
    if run.code and said:
        return [Problem(said)]
    remedy = f"check that {run.pack} is grantgate's policy pack"
    return [Problem("the policy pack did not run, so nothing was judged", str(run.pack), remedy)]


def _reported_errors(run: EngineRun) -> list[Problem]:
    """Collect the engine's errors: failed lookups by resource, everything else in the engine's own words."""
    problems = []
    told = set()
    for event in run.events:
        diagnostic = event.get("diagnosticEvent")
        if not isinstance(diagnostic, dict) or diagnostic.get("severity") != "error":
            continue
        message = without_colours(str(diagnostic.get("message", ""))).strip()
        if not message or NOISE.search(message) or message in told:
            continue
        told.add(message)
        problems += problems_of(message, str(diagnostic.get("urn") or ""))
    # That the program ended is no news where it has said why.
    problems = [found for found in problems if not ENDED.search(found.what)] or problems
    if not problems and run.code and not run.events:
        # The command refused to start a preview at all: no stack, no backend, an unknown option.
        problems.append(Problem(_tail(run) or f"pulumi preview ended with exit code {run.code}"))
    return problems


def _tail(run: EngineRun) -> str:
    lines = [line.strip() for line in without_colours(run.stderr or run.stdout).splitlines() if line.strip()]
    return " ".join(lines[-5:])[:1000]


def _said(run: EngineRun) -> str:
    """Give the error lines beside the events: a pack that would not start says so only there."""
    lines = [line.strip() for line in without_colours(run.stderr).splitlines()]
    told = [line for line in lines if line.startswith(("error:", "grantgate:")) and not NOISE.search(line[7:])]
    return " ".join(dict.fromkeys(line.removeprefix("error:").strip() for line in told))[:1000]


def _rules_file(used: str, expected: str) -> str:
    """Name the file that the pack used, as the user wrote it where it is the one that was expected."""
    same = not used or Path(used).resolve() == Path(expected).resolve()
    return expected if same else used


# --- parts ------------------------------------------------------------------------------------------------------------


def _unseen(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Name what a program reads with get() or an id: the engine shows reads to no policy."""
    urns = {new["urn"] for new in _news(events, reads=True) if judged(new["type"])}
    for urn in sorted(urns):
        yield f"{name_of(urn)} is only read, by get() or an id, so no rule judged it; declare it to have it judged"


def _remedied(journal: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Say which values the pack puts right: what is deployed is not what the program says."""
    for line in events_of(journal, "remedied"):
        for field, (was, now) in dict(line.get("properties", {})).items():
            rule = f"{line.get('rule')} {line.get('name')}"
            yield f"{name_of(str(line.get('urn')))}: {field} is put right by {rule}: {was} becomes {now}"


def _planned(events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give the new state of every resource that the stack will have, reads aside."""
    return _news(events, reads=False)


def _news(events: Iterable[Mapping[str, Any]], *, reads: bool) -> Iterator[Mapping[str, Any]]:
    for metadata in steps(events):
        new = metadata.get("new")
        if not isinstance(new, dict) or metadata.get("op") in GONE or not new.get("urn") or not new.get("type"):
            continue
        if bool(new.get("external") or str(metadata.get("op", "")).startswith("read")) is reads:
            yield new


def _findings(journal: Iterable[Mapping[str, Any]], rules: Mapping[str, Rule]) -> tuple[list[Finding], list[Problem]]:
    """Read the findings back from the pack's journal; one that this release does not understand is a problem."""
    findings: list[Finding] = []
    foreign: set[str] = set()
    for line in journal:
        schema = line.get("schema")
        try:
            if schema == SCHEMA:
                findings.append(_finding(line, rules))
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
    )


def _order(catalogue: Sequence[Rule]) -> Callable[[Finding], tuple[str, int]]:
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


def _states(digest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give what the preview's digest says of each resource: only there are its stack traces."""
    steps = digest.get("steps")
    for step in steps if isinstance(steps, list) else ():
        state = step.get("newState") if isinstance(step, dict) else None
        if isinstance(state, dict):
            yield state
