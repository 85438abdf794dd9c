"""
One pass over a resource: facts, rules in order, waivers, and what each outcome means for the run.

Pure: no clock, no file, no engine. Fail closed: what raises is an ERROR, what is not known is UNKNOWN, what is not
understood is FAIL, and one rule's or resource's trouble never hides another's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from grantgate.arns import Arn
from grantgate.facts import LOOKUP_TYPES

from grantgate_policies import hiding, wire
from grantgate_policies.basis import basis_of
from grantgate_policies.core import (
    ABSENT,
    BLOCKING,
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
from grantgate_policies.isolation import Raised, checked, guarded, told
from grantgate_policies.patterns import role_pattern, scope_pattern
from grantgate_policies.program import Program
from grantgate_policies.scopes import Scope
from grantgate_policies.standing import Moment, Site, Standing, account_of, place_of, standing
from grantgate_policies.subjects import facts_of, witnessed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from grantgate_policies.core import Context
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.waivers import Waiver


@dataclass
class _Captures:
    """What the patterns captured so far on one fact's resource."""

    bindings: tuple[Bindings, ...] = ()
    unsettled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Standings:
    """What applies to one kind of fact at one site: resource rules and stack rules, each in order."""

    resource: tuple[Standing, ...]
    stack: tuple[Standing, ...]


@dataclass
class Judge:
    """
    Judges the resources of one stack by one rules file; serves several threads.

    Shape: ``today`` is the UTC date that waivers are held against; ``rules`` are the rules file's catalogue where none
           are given; ``levels`` and ``settings`` were set from outside (`--policy-pack-config`), by rule name, and beat
           the rules file's; a locked rule keeps its own level; ``moment`` is what is known of the run.
    """

    rulebook: RuleBook
    stack: str
    today: dt.date
    rules: Sequence[Rule] = ()
    levels: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    moment: Moment = field(default_factory=Moment)
    used: set[int] = field(default_factory=set)
    _standings: dict[tuple[Any, ...], _Standings] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.rules = self.rules or self.rulebook.catalogue

    def findings(self, resource: Resource) -> tuple[Finding, ...]:
        """Give one finding for each resource rule and fact of ``resource``; none for a type that no rule is about."""
        if not witnessed(resource.type):
            return ()
        read = guarded(facts_of, resource)
        if isinstance(read, Raised):
            return tuple(_error(rule, resource, read.error) for rule in self.rules if rule.gather is None)
        facts = [(fact, self._standings_of(fact)) for fact in read]
        captures = _Captures()
        return tuple(
            self._finding(stands, fact, captures) for fact, standings in facts for stands in standings.resource
        )

    def stack_findings(self, resources: Iterable[Resource]) -> tuple[Finding, ...]:
        """Give one finding for each stack rule and fact of the whole stack, by URN and then in the rules' order."""
        facts: list[tuple[Fact, tuple[Standing, ...]]] = []
        unread: list[tuple[Resource, BaseException]] = []
        for resource in sorted((one for one in resources if witnessed(one.type)), key=lambda one: one.urn):
            read = guarded(facts_of, resource)
            if isinstance(read, Raised):
                unread.append((resource, read.error))  # its rules are errors, and the others know that it is unread
            else:
                facts.extend((fact, self._standings_of(fact).stack) for fact in read)
        program = Program(tuple(fact for fact, _ in facts), tuple(resource.urn for resource, _ in unread))
        gathered: dict[str, Any] = {}
        secrets = hiding.pieces({id(fact.resource): fact.resource for fact, _ in facts}.values())
        found = [
            self._stack_finding(stands, fact, program, gathered, secrets)
            for fact, standings in facts
            for stands in standings
        ]
        stack_rules = [rule for rule in self.rules if rule.gather is not None]
        found += [_error(rule, resource, error) for resource, error in unread for rule in stack_rules]
        return tuple(found)

    def puts_right(self) -> bool:
        """Say whether any rule may be at the level ``remediate`` anywhere; where none is, no resource need be read."""
        layers = [self.rulebook.rules, *(one.rules for one in self.rulebook.environments.values())]
        return Level.REMEDIATE in self.levels.values() or any(
            layer.get(rule.name, {}).get("level", rule.level.value) == Level.REMEDIATE.value
            for rule in self.rules
            if rule.remedy
            for layer in layers
        )

    def remedies(self, resource: Resource) -> Iterator[tuple[Rule, Mapping[str, Any]]]:
        """
        Give the properties that rules at the level ``remediate`` would set on ``resource``, one rule after the other.

        A remedy counts only when the rule passes with it, and when no rule of the resource's that passed before breaks
        by it.
        """
        read = guarded(facts_of, resource)
        if not isinstance(read, tuple):
            return  # every rule is an ERROR on it; nothing is put right of what is not understood
        standings = [stands for fact in read for stands in self._standings_of(fact).resource]
        for stands in standings:
            if stands.level is Level.REMEDIATE and stands.rule.remedy:
                changed = self._remedy(stands, resource)
                if changed:
                    resource = replace(resource, props={**resource.props, **changed})
                    yield stands.rule, changed

    def unused_waivers(self) -> tuple[Waiver, ...]:
        """Give the waivers that no finding needed, in the file's order; meaningful once every resource was judged."""
        return tuple(waiver for waiver in self.rulebook.waivers if waiver.index not in self.used)

    def _standings_of(self, fact: Fact) -> _Standings:
        key = type(fact), *place_of(fact)
        found = self._standings.get(key)
        if found is None:
            all_of_them = [
                standing(
                    rule,
                    Site(*key[1:]),
                    self.rulebook,
                    self.stack,
                    self.levels.get(rule.name),
                    self.settings.get(rule.name),
                    self.moment,
                )
                for rule in self.rules
                if isinstance(fact, rule.about)
            ]
            found = _Standings(
                tuple(one for one in all_of_them if one.rule.gather is None),
                tuple(one for one in all_of_them if one.rule.gather is not None),
            )
            self._standings[key] = found
        return found

    # --- one rule on one fact -----------------------------------------------------------------------------------------

    def _finding(self, stands: Standing, fact: Fact, captures: _Captures) -> Finding:
        if stands.idle:
            return _plain(stands, fact, Outcome.NOT_APPLICABLE, stands.idle)
        found = guarded(self._resource_finding, stands, fact, captures)
        return _error(stands.rule, fact.resource, found.error) if isinstance(found, Raised) else found

    def _resource_finding(self, stands: Standing, fact: Fact, captures: _Captures) -> Finding:
        verdict = checked(_readable(stands, fact) or self._judged(stands, fact, captures))
        if isinstance(verdict, Passed):
            captures.bindings = verdict.bindings or captures.bindings
        elif isinstance(verdict, Unsure):
            captures.unsettled |= stands.rule.names(stands.effective.settings)
        return self._told(stands, fact, verdict, frozenset())

    def _stack_finding(
        self, stands: Standing, fact: Fact, program: Program, gathered: dict[str, Any], secrets: frozenset[str]
    ) -> Finding:
        rule = stands.rule
        if stands.idle:
            return _plain(stands, fact, Outcome.NOT_APPLICABLE, stands.idle)
        if rule.name not in gathered:
            gathered[rule.name] = _gathered(rule, program)
        known = gathered[rule.name]

        def judged() -> Finding:
            verdict = _readable(stands, fact) or rule.judge(fact, stands.context, known)
            return self._told(stands, fact, checked(verdict), secrets)

        found = known if isinstance(known, Raised) else guarded(judged)
        return _error(rule, fact.resource, found.error) if isinstance(found, Raised) else found

    def _told(self, stands: Standing, fact: Fact, verdict: Verdict, secrets: frozenset[str]) -> Finding:
        if isinstance(verdict, Passed):
            return _plain(stands, fact, Outcome.PASS)
        if isinstance(verdict, Unsure):
            return _unsure(stands, fact, hiding.unsure(fact, verdict, secrets))
        if isinstance(verdict, Skipped):
            return _plain(stands, fact, Outcome.NOT_APPLICABLE, verdict.reason)
        return self._broken(stands, fact, hiding.broken(stands, fact, verdict, secrets))

    def _remedy(self, stands: Standing, resource: Resource) -> Mapping[str, Any] | None:
        rule, before = stands.rule, self.findings(resource)
        if rule.remedy is None or not any(one.rule is rule and one.outcome is Outcome.FAIL for one in before):
            return None
        passed = {one.rule.name for one in before if one.outcome is Outcome.PASS} | {rule.name}
        for fact in facts_of(resource):
            changed = _offered(rule, fact, stands.context)
            if not changed:
                continue
            after = self.findings(replace(resource, props={**resource.props, **changed}))
            if all(one.outcome is Outcome.PASS for one in after if one.rule.name in passed):
                return changed
        return None

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
            blocks=stands.level in BLOCKING,
            basis=basis_of(fact, verdict.seen),
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


def _gathered(rule: Rule, program: Program) -> Any:
    return guarded(rule.gather, program) if rule.gather else None


def _offered(rule: Rule, fact: Fact, context: Context) -> Mapping[str, Any] | None:
    """Ask for the remedy; where it raises nothing is put right, and the rule fails on the resource as it is."""
    if not rule.remedy or not isinstance(fact, rule.about):
        return None
    offered = guarded(rule.remedy, fact, context)
    if isinstance(offered, Raised) or not isinstance(offered, Mapping):
        return None
    # What is no JSON could not be sent to the engine.
    text = guarded(lambda: json.dumps(wire.rewrapped({**offered}, secret=False), allow_nan=False))
    return None if isinstance(text, Raised) else offered


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
        blocks=level in BLOCKING,
        quiet=stands.effective.on_unknown is OnUnknown.PASS,
        basis=basis_of(fact, verdict.seen),
    )


def _error(rule: Rule, resource: Resource, error: BaseException) -> Finding:
    return Finding(
        rule=rule,
        outcome=Outcome.ERROR,
        level=Level.MANDATORY,
        severity=rule.severity,
        resource=resource,
        message=f"the rule could not be judged: {told(error)}",
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
