"""Inputs and a rules file in, a report out: what `grantgate check` does besides reading and printing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.judge import Judge
from grantgate_policies.lookedup import looked_up
from grantgate_policies.report import Problem, Report
from grantgate_policies.reports.verdict import nothing_to_judge
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.inputs import Input
    from grantgate_policies.report import LookedUp
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.waivers import Waiver

SOON: Final = 14
"""Days before its end from which on a waiver is announced."""


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
        remedy = "Judge an input with such resources, or leave out --require-judged."
        problems.append(Problem(f"nothing to judge: {nothing_to_judge(resources)}", remedy=remedy))
    unused = [waiver for waiver in rulebook.waivers if waiver.index not in used]
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
            *notices(rulebook, unused, sorted(judges), today),
        ),
    )


def notices(rulebook: RuleBook, unused: Sequence[Waiver], stacks: Sequence[str], today: dt.date) -> Iterator[str]:
    """Say what somebody should know about the rules file: rules that judge nothing, waivers that end or do nothing."""
    accounts = (None, *rulebook.organization.accounts)
    for rule in RULES:
        if not any(
            rulebook.effective(rule, account, stack).configured for account in accounts for stack in stacks or ("",)
        ):
            missing = ", ".join(rule.required)
            yield f"{rule.id} {rule.name} is not configured and judges nothing: the rules file gives it no {missing}"
    for waiver in rulebook.waivers:
        days = waiver.days_left(today)
        place = f"the waiver of {waiver.rule} ({waiver.owner}, {rulebook.path}:{waiver.line})"
        if waiver in unused:
            ended = f" and ended on {waiver.expires}" if days < 0 else ""
            yield f"{place} was not needed{ended}; remove it"
        elif 0 <= days <= SOON:
            when = "ends today" if days == 0 else f"ends in {days} day{'s' * (days != 1)}, on {waiver.expires}"
            yield f"{place} {when}"
