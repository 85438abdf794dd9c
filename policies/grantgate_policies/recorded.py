"""
The findings file that a pack leaves behind (GRANTGATE_FINDINGS), as a report.

It holds what the pack saw and nothing of the engine's own account of the run: that is for `grantgate preview` to prove.
A file can hold several runs, since `pulumi up` runs the pack twice; of each stack the last one counts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies import notices
from grantgate_policies.core import SCHEMA
from grantgate_policies.documents import InputError
from grantgate_policies.engine.words import name_of
from grantgate_policies.evidence import findings_of, order, remedied
from grantgate_policies.journal import RUN_SCHEMA, VARIABLE
from grantgate_policies.journal import events as events_of
from grantgate_policies.report import Exit, Problem, Report, merged
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grantgate_policies.core import Rule

UNPROVEN: Final = (
    "made from the pack's findings alone, which do not prove that the engine showed it everything; "
    "`grantgate preview` does"
)
AGAIN: Final = f"run again with a new {VARIABLE}"


def is_findings(content: bytes) -> bool:
    """Say whether a file is the pack's: JSON Lines whose first line is of one of its schemas."""
    first = content.lstrip().partition(b"\n")[0]
    try:
        line = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(line, dict) and line.get("schema") in {SCHEMA, RUN_SCHEMA}


def parse(content: bytes, name: str, catalogue: Sequence[Rule] = RULES) -> Report:
    """
    Read the findings file ``name``, judged by the rules of ``catalogue``.

    Errors: InputError for a line that cannot be read: a run whose record is torn proves nothing.
    """
    stacks: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for lines in _runs(list(_lines(content, name))):
        start = next(events_of(lines, "start"), {})
        stacks[str(start.get("project", "")), str(start.get("stack", ""))] = lines
    return merged([_report(lines, name, catalogue) for _, lines in sorted(stacks.items())])


def _lines(content: bytes, name: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(f"{name}:{number}: not a line of JSON; the run that wrote it was cut off") from None
        if not isinstance(value, dict):
            raise InputError(f"{name}:{number}: not an object, where a line of {SCHEMA} or {RUN_SCHEMA} belongs")
        yield value


def _runs(lines: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Give the lines run by run: a pack says that it starts, and one that refuses to does not come so far."""
    run: list[Mapping[str, Any]] = []
    for line in lines:
        if run and line.get("event") in {"start", "refused"} and line.get("schema") == RUN_SCHEMA:
            before = any(one.get("event") == "start" or one.get("schema") == SCHEMA for one in run)
            if before:
                yield run
                run = []
        run.append(line)
    yield run


def _report(lines: list[Mapping[str, Any]], name: str, catalogue: Sequence[Rule]) -> Report:
    findings, problems = findings_of(lines, {rule.name: rule for rule in catalogue})
    start = next(events_of(lines, "start"), {})
    stack = next(events_of(lines, "stack"), {})
    seen = {finding.resource.urn for finding in findings}
    refused = [str(line.get("text", "")) for line in events_of(lines, "refused")]
    problems += [Problem(text, name, exit=Exit.USAGE) for text in refused]
    if not start and not refused:
        problems.append(Problem("the findings do not say that the pack started", name, AGAIN))
    blocked = any(finding.blocks for finding in findings)
    if start and not stack and not blocked:
        problems.append(Problem("the findings end before the pack had seen the whole stack", name, AGAIN))
    problems += [
        Problem("the pack saw this resource and told nothing about it", name_of(urn), AGAIN)
        for urn in sorted(set(stack.get("judged", ())) - seen)
    ]
    told = sum(finding.rule.gather is not None for finding in findings)
    if stack and stack.get("findings") != told:
        what = f"the pack had {stack.get('findings')} findings about the whole stack, and the file has {told}"
        problems.append(Problem(what, name, AGAIN))
    whole = ("the run was stopped before the whole stack was seen; other findings may be missing",)
    return Report(
        source=str(start.get("stack") or name),
        rules_file=str(start.get("rulesFile") or ""),
        organization=str(start.get("organization") or ""),
        findings=tuple(sorted(findings, key=order(catalogue))),
        # Of the stack the pack says how many it was shown, Pulumi's own included; only what it judges is counted here.
        resources=len(seen | set(stack.get("judged", ()))),
        problems=tuple(problems),
        notices=(
            UNPROVEN,
            *(whole if start and not stack else ()),
            *remedied(lines),
            *notices.idle_rules(findings),
            *map(str, stack.get("notices", ())),
        ),
        rules=tuple(catalogue),
    )
