"""
One pass over a resource: facts, rules in order, waivers, and what each outcome means for the run.

Pure: no clock, no file, no engine. Fail closed: what raises is an ERROR, what is not known is UNKNOWN, what is not
understood is FAIL, and one rule's or resource's trouble never hides another's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from grantgate.arns import Arn
from grantgate.facts import LOOKUP_TYPES

from grantgate_policies.core import (
    ABSENT,
    UNKNOWN,
    Bindings,
    Broken,
    Fact,
    Finding,
    Level,
    Malformed,
    OnUnknown,
    Outcome,
    Passed,
    Resource,
    Rule,
    Skipped,
    Unsure,
    Verdict,
    no_names,
)
from grantgate_policies.patterns import role_pattern, scope_pattern
from grantgate_policies.rules import RULES
from grantgate_policies.scopes import Scope
from grantgate_policies.standing import Site, Standing, account_of, place_of, standing
from grantgate_policies.subjects import facts_of, judged, properties_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.waivers import Waiver

SECRET: Final = "[secret]"  # noqa: S105 - what stands in a report in place of one


@dataclass
class _Captures:
    """What the patterns captured so far on one fact's resource."""

    bindings: tuple[Bindings, ...] = ()
    unsettled: frozenset[str] = frozenset()


@dataclass
class Judge:
    """
    Judges the resources of one stack by one rules file; serves several threads.

    Shape: ``today`` is the UTC date that waivers are held against; ``levels`` and ``settings`` were set from outside
           (`--policy-pack-config`), by rule name, and beat the rules file's; a locked rule keeps its own level;
           ``run`` is the mark that lookups of this very run bear, empty when there is none.
    """

    rulebook: RuleBook
    stack: str
    today: dt.date
    rules: Sequence[Rule] = RULES
    levels: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    run: str = ""
    used: set[int] = field(default_factory=set)
    _standings: dict[tuple[Any, ...], tuple[Standing, ...]] = field(default_factory=dict, repr=False)

    def findings(self, resource: Resource) -> tuple[Finding, ...]:
        """Give one finding for each rule and fact of ``resource``; none for a type that no rule is about."""
        if not judged(resource.type):
            return ()
        try:
            facts = [(fact, self._standings_of(fact)) for fact in facts_of(resource)]
        except Exception as error:  # noqa: BLE001 - a reader that fails must not let the resource through
            return tuple(_error(rule, resource, error) for rule in self.rules)
        captures = _Captures()
        return tuple(self._finding(stands, fact, captures) for fact, standings in facts for stands in standings)

    def unused_waivers(self) -> tuple[Waiver, ...]:
        """Give the waivers that no finding needed, in the file's order; meaningful once every resource was judged."""
        return tuple(waiver for waiver in self.rulebook.waivers if waiver.index not in self.used)

    def _standings_of(self, fact: Fact) -> tuple[Standing, ...]:
        key = type(fact), *place_of(fact)
        found = self._standings.get(key)
        if found is None:
            found = tuple(
                standing(
                    rule,
                    Site(*key[1:]),
                    self.rulebook,
                    self.stack,
                    self.levels.get(rule.name),
                    self.settings.get(rule.name),
                    self.run,
                )
                for rule in self.rules
                if isinstance(fact, rule.about)
            )
            self._standings[key] = found
        return found

    # --- one rule on one fact -----------------------------------------------------------------------------------------

    def _finding(self, stands: Standing, fact: Fact, captures: _Captures) -> Finding:
        if stands.idle:
            return _plain(stands, fact, Outcome.NOT_APPLICABLE, stands.idle)
        try:
            verdict = _readable(stands, fact) or self._judged(stands, fact, captures)
            if isinstance(verdict, Passed):
                captures.bindings = verdict.bindings or captures.bindings
                return _plain(stands, fact, Outcome.PASS)
            if isinstance(verdict, Unsure):
                captures.unsettled |= stands.rule.names(stands.effective.settings)
                return _unsure(stands, fact, _hushed(fact, verdict))
            if isinstance(verdict, Skipped):
                return _plain(stands, fact, Outcome.NOT_APPLICABLE, verdict.reason)
            return self._broken(stands, fact, _without_secrets(stands, fact, verdict))
        except Exception as error:  # noqa: BLE001 - a rule that raises is a finding, never a green tick
            return _error(stands.rule, fact.resource, error)

    def _judged(self, stands: Standing, fact: Fact, captures: _Captures) -> Verdict:
        context = stands.context
        # Only rules whose patterns capture look at what was captured before.
        if stands.rule.names is not no_names and (captures.bindings or captures.unsettled):
            context = context.seeing(captures.bindings, captures.unsettled)
        return stands.rule.judge(fact, context)

    def _broken(self, stands: Standing, fact: Fact, verdict: Broken) -> Finding:
        broken = Finding(
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
            blocks=stands.level is Level.MANDATORY,
        )
        if not stands.effective.waivable:
            return broken
        values = _waiver_values(fact)
        covering = [
            waiver
            for waiver in self.rulebook.waivers
            if waiver.covers(stands.rule.name, fact.resource, values, _scope_admits, _role_matches)
        ]
        self.used.update(waiver.index for waiver in covering)
        for waiver in covering:
            if not waiver.is_expired(self.today):
                ticket = f", {waiver.ticket}" if waiver.ticket else ""
                told = f"{waiver.owner}: {waiver.reason} (until {waiver.expires}{ticket})"
                return broken._replace(outcome=Outcome.WAIVED, waiver=told, blocks=False)
        if covering:
            last = max(covering, key=lambda waiver: waiver.expires)
            return broken._replace(message=f"{broken.message}; the waiver of {last.owner} ended on {last.expires}")
        return broken


def _plain(stands: Standing, fact: Fact, outcome: Outcome, message: str = "") -> Finding:
    # By position: most findings are made here, and names cost half as much again.
    return Finding(stands.rule, outcome, stands.level, stands.severity, fact.resource, "", "", "", message)


def _unsure(stands: Standing, fact: Fact, verdict: Unsure) -> Finding:
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
        blocks=level is Level.MANDATORY,
        quiet=stands.effective.on_unknown is OnUnknown.PASS,
    )


def _error(rule: Rule, resource: Resource, error: Exception) -> Finding:
    # The exception's text may hold any value of the resource; its type is enough to find the fault.
    return Finding(
        rule=rule,
        outcome=Outcome.ERROR,
        level=Level.MANDATORY,
        severity=rule.severity,
        resource=resource,
        message=f"the rule could not be judged: {type(error).__name__}",
        blocks=True,
    )


def _readable(stands: Standing, fact: Fact) -> Verdict | None:
    """Decide what can be decided without the rule: fields that it needs and that are no known text."""
    unsure: Unsure | None = None
    for name, wire_name in stands.fields:
        value = getattr(fact, name)
        if isinstance(value, str):
            continue
        if isinstance(value, Malformed):
            return Broken(wire_name, value.kind, "text", f"{wire_name} is a {value.kind}, not text")
        if value is ABSENT:
            if fact.resource.type in LOOKUP_TYPES:
                # Not a hole: lookup-performed is locked, and fails on every lookup that lacks a live value.
                return Skipped(f"the lookup holds no {wire_name}; lookup-performed says why")
            return Broken(wire_name, "nothing", "text", f"{wire_name} is not set")
        if value is UNKNOWN:
            unsure = Unsure(wire_name, f"{wire_name} is not known in this preview")
    return unsure


def _without_secrets(stands: Standing, fact: Fact, verdict: Broken) -> Broken:
    """
    Keep a value that the program marked as secret out of every text; the outcome stays.

    Any property of the fact counts, not only the one at fault: a message about the role may tell the scope's captures,
    and what a rule expected may be made of what it saw.
    """
    secret = fact.resource.secret_props
    if not secret:
        return verdict
    hidden = sorted(secret & (properties_of(fact) | {verdict.field}))
    if not hidden:
        return verdict
    why = "it is a secret" if hidden == [verdict.field] else f"{', '.join(hidden)} is a secret"
    message = f"{verdict.field} breaks the rule; {why} and not shown"
    return Broken(verdict.field, SECRET, stands.rule.summary, message)


def _hushed(fact: Fact, verdict: Unsure) -> Unsure:
    if fact.resource.secret_props & (properties_of(fact) | {verdict.field}):
        return Unsure(verdict.field, f"{verdict.field} does not settle it; the resource holds a secret, not shown")
    return verdict


def _waiver_values(fact: Fact) -> dict[str, str | None]:
    pairs = {
        "account": account_of(fact),
        "scope": getattr(fact, "location_scope", None),
        "role": getattr(fact, "iam_role_arn", None),
    }
    return {name: value if isinstance(value, str) else None for name, value in pairs.items()}


def _scope_admits(pattern: str, scope: str) -> bool:
    return bool(scope_pattern(pattern).admits(Scope.parse(scope), {}))


def _role_matches(pattern: str, role: str) -> bool:
    return bool(role_pattern(pattern).matches(Arn.parse(role), {}))
