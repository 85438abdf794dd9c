"""Inputs and a rules file in, a report out: what `grantgate check` does besides reading and printing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies import notices
from grantgate_policies.judge import Judge
from grantgate_policies.overview import Overview
from grantgate_policies.report import Report, stamp
from grantgate_policies.reports.verdict import any_judged, nothing_judged
from grantgate_policies.standing import Moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from grantgate_policies.core import Finding, Resource
    from grantgate_policies.inputs import Input
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.sources import Project


def check(
    inputs: Sequence[Input],
    rulebook: RuleBook,
    now: dt.datetime,
    *,
    require_judged: bool = False,
    project: Project | None = None,
    merge: bool = True,
) -> Report:
    """
    Judge every resource of the inputs, each as one of its own stack.

    ``now`` is the time in UTC; ``project`` is the program's, for where in it a resource is declared;
    without ``merge`` what a rule passes among the items of one resource is told item by item.
    """
    used: set[int] = set()
    findings: list[Finding] = []
    shown = Overview()
    for one in inputs:
        moment = Moment(now=now, preview=one.kind == "preview")
        # A stack is judged as one program; two inputs are two, even where they show the same stack twice.
        stacks: dict[str, list[Resource]] = {}
        for seen in one.seen:
            stacks.setdefault(seen.stack, []).append(seen.resource)
        for stack, program in stacks.items():
            judge = Judge(rulebook, stack, now.date(), moment=moment, merge=merge, used=used)
            for resource in program:
                findings.extend(judge.findings(resource))
                shown.add(resource)
            findings.extend(judge.stack_findings(program))
    resources = sum(one.resources for one in inputs)
    problems = [problem for one in inputs for problem in one.problems]
    if require_judged and not any_judged(findings):
        remedy = "Judge an input with such resources, or leave out --require-judged."
        problems.append(nothing_judged(resources, findings, remedy))
    return Report(
        source=", ".join(dict.fromkeys(one.name for one in inputs)),
        rules_file=rulebook.path,
        organization=rulebook.organization.name,
        findings=findings,
        resources=resources,
        lookups=shown.lookups,
        problems=problems,
        notices=(
            *(notice for one in inputs for notice in one.notices),
            *notices.idle_rules(findings),
            *(notices.waivers(rulebook, used, now.date()) if findings else notices.endings(rulebook, now.date())),
            *notices.nothing_found(seen.resource for one in inputs for seen in one.seen),
        ),
        at=stamp(now),
        rules=rulebook.catalogue,
        positions=project.positions(state for one in inputs for state in one.states) if project else {},
        project_file=project.file if project else "",
        locations=shown.locations,
        requests=shown.requests,
        changes=shown.changes,
    )
