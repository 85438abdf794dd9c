"""Inputs and a rules file in, a report out: what `grantgate check` does besides reading and printing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies import notices
from grantgate_policies.judge import Judge
from grantgate_policies.lookedup import looked_up
from grantgate_policies.report import Report
from grantgate_policies.reports.verdict import nothing_judged

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.inputs import Input
    from grantgate_policies.report import LookedUp
    from grantgate_policies.rulebook import RuleBook


def check(inputs: Sequence[Input], rulebook: RuleBook, today: dt.date, *, require_judged: bool = False) -> Report:
    """Judge every resource of the inputs, each as one of its own stack; ``today`` is the UTC date."""
    judges: dict[str, Judge] = {}
    used: set[int] = set()
    findings: list[Finding] = []
    lookups: list[LookedUp] = []
    for one in inputs:
        for seen in one.seen:
            judge = judges.get(seen.stack)
            if judge is None:
                judge = judges[seen.stack] = Judge(rulebook, seen.stack, today, used=used)
            findings.extend(judge.findings(seen.resource))
            if lookup := looked_up(seen.resource):
                lookups.append(lookup)
    resources = sum(one.resources for one in inputs)
    problems = [problem for one in inputs for problem in one.problems]
    if require_judged and not findings:
        problems.append(nothing_judged(resources, "Judge an input with such resources, or leave out --require-judged."))
    return Report(
        source=", ".join(dict.fromkeys(one.name for one in inputs)),
        rules_file=rulebook.path,
        organization=rulebook.organization.name,
        findings=findings,
        resources=resources,
        lookups=lookups,
        problems=problems,
        notices=(
            *(notice for one in inputs for notice in one.notices),
            *notices.idle_rules(findings),
            *(notices.waivers(rulebook, used, today) if findings else ()),
        ),
    )
