"""
What a preview proves: a report, and a problem for everything that kept the gate from looking.

Green needs proof, not the absence of complaints: the pack started with its rules, the run came to its end, and every
resource that rules are about has findings.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies import wire
from grantgate_policies.core import SCHEMA, Finding, Level, Outcome, Resource, Severity
from grantgate_policies.journal import RUN_SCHEMA
from grantgate_policies.lookedup import looked_up
from grantgate_policies.report import Problem, Report
from grantgate_policies.rules import RULES
from grantgate_policies.subjects import OUR_TYPES, judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.engine import EngineRun

LOOKED: Final = "LKP-01"
"""The rule without whose finding no lookup counts as judged."""

_GONE: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"})
_CHECK_FAILED: Final = re.compile(
    r"resource '(?P<name>.*?)': property (?P<property>\S+)(?: value \{(?P<value>.*?)\})? has a problem: (?P<reason>.*)",
    re.DOTALL,
)
_REMEDY: Final = ". To do: "
_NOISE: Final = re.compile(r"^(preview|update) failed\b|^mandatory policy violation", re.IGNORECASE)
_BY_NAME: Final = {rule.name: rule for rule in RULES}


def report_of(run: EngineRun, *, source: str, rules_file: str) -> Report:
    """Make the report of one preview."""
    findings, foreign = _findings(run.journal)
    start = next(_events(run.journal, "start"), {})
    stack = next(_events(run.journal, "stack"), {})
    planned = {new["urn"]: new for new in _planned(run.events)}
    lookups = [looked_up(_resource(new)) for _, new in sorted(planned.items())]
    problems = _reported_errors(run)
    problems += _missing_proof(run, start, stack, planned, findings, failed=bool(problems))
    problems += foreign
    return Report(
        source=str(start.get("stack") or source),
        rules_file=_rules_file(str(start.get("rulesFile") or ""), rules_file),
        organization=str(start.get("organization") or ""),
        findings=tuple(sorted(findings, key=_order)),
        resources=len(planned),
        lookups=tuple(lookup for lookup in lookups if lookup),
        problems=tuple(problems),
        notices=(*_notices(findings, stack), *_unseen(run.events)),
        engine={"exitCode": run.code, "pack": start.get("pack", ""), "changes": _changes(run.events)},
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
    if not start:
        if failed:
            return []  # the engine's own error says why the pack never saw a resource
        remedy = f"check that {run.pack} is grantgate's policy pack"
        return [Problem("the policy pack did not run, so nothing was judged", str(run.pack), remedy)]
    problems = []
    if run.torn:
        problems.append(
            Problem(f"{run.torn} lines of the engine's or the pack's log cannot be read", remedy="run again")
        )
    if not any("summaryEvent" in event for event in run.events):
        problems.append(
            Problem("the preview did not come to its end: its event log has no summary", remedy="run again")
        )
    seen = {finding.resource.urn for finding in findings}
    looked = {finding.resource.urn for finding in findings if finding.rule.id == LOOKED}
    for urn, new in sorted(planned.items()):
        if judged(new["type"]) and urn not in (looked if new["type"].startswith(OUR_TYPES) else seen):
            problems.append(Problem("the pack did not judge this resource", _name(urn), "run again"))
    # The pack saw the stack itself: what it lists and has no finding about was lost on the way.
    lost = {urn for urn in stack.get("judged", ()) if urn not in seen and urn not in planned}
    problems += [
        Problem("the pack saw this resource and told nothing about it", _name(urn), "run again") for urn in sorted(lost)
    ]
    blocked = any(finding.blocks for finding in findings)
    if not stack and not failed:
        problems.append(Problem("the pack did not see the whole stack", remedy="run again"))
    if run.code and not failed and not blocked and not problems:
        problems.append(
            Problem(f"pulumi preview ended with exit code {run.code} and gave no reason", remedy=_tail(run))
        )
    return problems


def _reported_errors(run: EngineRun) -> list[Problem]:
    """Collect the engine's errors: failed lookups by resource, everything else in the engine's own words."""
    problems = []
    told = set()
    for event in run.events:
        diagnostic = event.get("diagnosticEvent")
        if not isinstance(diagnostic, dict) or diagnostic.get("severity") != "error":
            continue
        message = _without_colours(str(diagnostic.get("message", ""))).strip()
        if not message or _NOISE.search(message) or message in told:
            continue
        told.add(message)
        problems.append(_problem(message, str(diagnostic.get("urn") or "")))
    if not problems and run.code and not run.events:
        # The command refused to start a preview at all: no stack, no backend, an unknown option.
        problems.append(Problem(_tail(run) or f"pulumi preview ended with exit code {run.code}"))
    return problems


def _problem(message: str, urn: str) -> Problem:
    failed = _CHECK_FAILED.search(message)
    if failed:
        what, _, remedy = _without_secret(failed["reason"].strip(), failed["value"] or "").partition(_REMEDY)
        return Problem(f"{failed['property']}: {what}", failed["name"], remedy)
    what, _, remedy = message.partition(_REMEDY)
    return Problem(what, _name(urn) if urn else "", remedy)


def _without_secret(reason: str, value: str) -> str:
    """Take a secret input out of the reason; the engine writes one as Go prints a pointer to it: ``&{{text}}``."""
    secret = value.removeprefix("&{{").removesuffix("}}")
    if not secret or value != f"&{{{{{secret}}}}}":
        return reason
    return reason.replace(repr(secret)[1:-1], wire.MASKED).replace(secret, wire.MASKED)


def _tail(run: EngineRun) -> str:
    lines = [line.strip() for line in _without_colours(run.stderr or run.stdout).splitlines() if line.strip()]
    return " ".join(lines[-5:])[:1000]


def _without_colours(text: str) -> str:
    """Take out the engine's own colour marks and terminal sequences."""
    return re.sub(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m", "", text)


def _rules_file(used: str, expected: str) -> str:
    """Name the file that the pack used, as the user wrote it where it is the one that was expected."""
    same = not used or Path(used).resolve() == Path(expected).resolve()
    return expected if same else used


# --- parts ------------------------------------------------------------------------------------------------------------


def _events(journal: Iterable[Mapping[str, Any]], event: str) -> Iterator[Mapping[str, Any]]:
    return (line for line in journal if line.get("schema") == RUN_SCHEMA and line.get("event") == event)


def _unseen(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Name what a program reads with get() or an id: the engine shows reads to no policy."""
    urns = {new["urn"] for new in _news(events, reads=True) if judged(new["type"])}
    for urn in sorted(urns):
        yield f"{_name(urn)} is only read, by get() or an id, so no rule judged it; declare it to have it judged"


def _planned(events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give the new state of every resource that the stack will have, reads aside."""
    return _news(events, reads=False)


def _news(events: Iterable[Mapping[str, Any]], *, reads: bool) -> Iterator[Mapping[str, Any]]:
    for event in events:
        metadata = (event.get("resourcePreEvent") or {}).get("metadata") or {}
        new = metadata.get("new")
        if not isinstance(new, dict) or metadata.get("op") in _GONE or not new.get("urn") or not new.get("type"):
            continue
        if bool(new.get("external") or str(metadata.get("op", "")).startswith("read")) is reads:
            yield new


def _resource(new: Mapping[str, Any]) -> Resource:
    """Read a resource of the event log; what the log has in the clear and marks as secret stays hidden."""
    inputs = new.get("inputs") or {}
    return wire.resource(urn=new["urn"], resource_type=new["type"], name=_name(new["urn"]), props=inputs)


def _findings(journal: Iterable[Mapping[str, Any]]) -> tuple[list[Finding], list[Problem]]:
    """Read the findings back from the pack's journal; one that this release does not understand is a problem."""
    findings: list[Finding] = []
    foreign: set[str] = set()
    for line in journal:
        schema = line.get("schema")
        try:
            if schema == SCHEMA:
                findings.append(_finding(line))
            elif schema != RUN_SCHEMA:
                foreign.add(f"a line of schema {schema!r}")
        except (KeyError, TypeError, ValueError):
            foreign.add(f"a finding of {line.get('ruleName')!r}")
    remedy = "use one release of grantgate for the pack and the command"
    return findings, [
        Problem(f"the pack's log holds {what} that this release does not understand", remedy=remedy)
        for what in sorted(foreign)
    ]


def _finding(line: Mapping[str, Any]) -> Finding:
    rule = _BY_NAME[line["ruleName"]]
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
    )


def _order(finding: Finding) -> tuple[str, int]:
    return finding.resource.urn, RULES.index(finding.rule)


def _notices(findings: Sequence[Finding], stack: Mapping[str, Any]) -> Iterator[str]:
    idle = sorted(
        {
            f"{finding.rule.id} {finding.rule.name} is {finding.message}"
            for finding in findings
            if finding.outcome is Outcome.NOT_APPLICABLE and finding.message.startswith(("not configured", "disabled"))
        }
    )
    yield from idle
    for waiver in stack.get("unusedWaivers", ()):
        yield (
            f"unused waiver (rules file, line {waiver['line']}): {waiver['owner']} for {waiver['rule']}, "
            f"until {waiver['expires']}; nothing needs it"
        )


def _changes(events: Iterable[Mapping[str, Any]]) -> Mapping[str, int]:
    summary: Mapping[str, Any] = next((event["summaryEvent"] for event in events if "summaryEvent" in event), {})
    return dict(summary.get("resourceChanges") or {})


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
