"""How an outcome becomes a finding, and what it means for the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.basis import basis_of
from grantgate_policies.core import BLOCKING, Finding, Level, OnUnknown, Outcome
from grantgate_policies.isolation import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.core import Broken, Fact, Resource, Rule, Unsure
    from grantgate_policies.standing import Standing


def plain(stands: Standing, facts: Sequence[Fact], outcome: Outcome, message: str = "") -> Finding:
    """Tell once what is the same for facts that are alike; one that is alone keeps its item."""
    found = Finding(stands.rule, outcome, stands.level, stands.severity, facts[0].resource, "", "", "", message)
    if len(facts) > 1:
        return found._replace(things=len(facts))
    return found._replace(item=facts[0].item) if facts[0].item else found


def broken(stands: Standing, fact: Fact, verdict: Broken) -> Finding:
    """Tell that the rule is broken, at its own level."""
    return Finding(
        rule=stands.rule,
        outcome=Outcome.FAIL,
        level=stands.level,
        severity=stands.severity,
        resource=fact.resource,
        field=verdict.field,
        observed=verdict.observed,
        expected=verdict.expected,
        message=verdict.message,
        edit=verdict.edit,
        blocks=stands.level in BLOCKING,
        basis=basis_of(fact, verdict.seen),
        item=fact.item,
    )


def unsure(stands: Standing, fact: Fact, verdict: Unsure) -> Finding:
    """Tell what cannot be decided, at the level that the rule's ``onUnknown`` gives it."""
    stops = stands.effective.on_unknown is OnUnknown.FAIL
    level = stands.level if stops else Level.ADVISORY
    return Finding(
        rule=stands.rule,
        outcome=Outcome.UNKNOWN,
        level=level,
        severity=stands.severity,
        resource=fact.resource,
        field=verdict.field,
        message=verdict.reason,
        blocks=level in BLOCKING,
        quiet=stands.effective.on_unknown is OnUnknown.PASS,
        basis=basis_of(fact, verdict.seen),
        item=fact.item,
    )


def error(rule: Rule, resource: Resource, error: BaseException, item: str = "") -> Finding:
    """Tell that a rule raised: mandatory, whatever its level."""
    return Finding(
        rule=rule,
        outcome=Outcome.ERROR,
        level=Level.MANDATORY,
        severity=rule.severity,
        resource=resource,
        message=f"the rule could not be judged: {told(error)}",
        blocks=True,
        item=item,
    )
