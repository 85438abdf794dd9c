"""
One pass over a resource: facts, rules in order, waivers, and what each outcome means for the run.

Pure: no clock, no file, no engine. Fail closed: what raises is an ERROR, what is not known is UNKNOWN, what is not
understood is FAIL, and one rule's or resource's trouble never hides another's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from grantgate.arns import Arn
from grantgate.kinds import LOOKUP_TYPES

from grantgate_policies import findings, hiding, wire
from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Bindings,
    Broken,
    Fact,
    Finding,
    Level,
    Malformed,
    Outcome,
    Passed,
    Resource,
    Rule,
    Skipped,
    Unsure,
    Verdict,
    no_names,
)
from grantgate_policies.isolation import Raised, checked, guarded
from grantgate_policies.patterns import role_pattern, scope_pattern
from grantgate_policies.program import Program
from grantgate_policies.scopes import Scope
from grantgate_policies.standing import Moment, Site, Standing, account_of, place_of, standing
from grantgate_policies.subjects import facts_of, witnessed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from grantgate_policies.core import Context
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.waivers import Waiver


class _Captures(NamedTuple):
    """What the patterns captured so far on one fact's resource."""

    bindings: tuple[Bindings, ...] = ()
    unsettled: frozenset[str] = frozenset()


_NONE_YET: Final = _Captures()


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
           the rules file's; a locked rule keeps its own level; ``moment`` is what is known of the run; with ``merge``
           what a rule passes among the items of one resource is told once, with their number, else item by item.
    """

    rulebook: RuleBook
    stack: str
    today: dt.date
    rules: Sequence[Rule] = ()
    levels: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    moment: Moment = field(default_factory=Moment)
    merge: bool = True
    used: set[int] = field(default_factory=set)
    _standings: dict[tuple[Any, ...], _Standings] = field(default_factory=dict, repr=False)
    _read: dict[str, tuple[Resource, tuple[Fact, ...]]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.rules = self.rules or self.rulebook.catalogue

    def findings(self, resource: Resource) -> tuple[Finding, ...]:
        """Give one finding for each resource rule and fact of ``resource``; none for a type that no rule is about."""
        if not witnessed(resource.type):
            return ()
        read = self._facts_of(resource)
        if isinstance(read, Raised):
            return tuple(findings.error(rule, resource, read.error) for rule in self.rules if rule.gather is None)
        captures: dict[str, _Captures] = {}
        return tuple(
            finding
            for facts, standings in self._alike(read)
            for stands in standings.resource
            for finding in self._told_of(stands, facts, _by_itself(stands, captures), frozenset())
        )

    def stack_findings(self, resources: Iterable[Resource]) -> tuple[Finding, ...]:
        """Give one finding for each stack rule and fact of the whole stack, by URN and then in the rules' order."""
        facts: list[Fact] = []
        unread: list[tuple[Resource, BaseException]] = []
        for resource in sorted((one for one in resources if witnessed(one.type)), key=lambda one: one.urn):
            read = self._facts_of(resource)
            if isinstance(read, Raised):
                unread.append((resource, read.error))  # its rules are errors, and the others know that it is unread
            else:
                facts.extend(read)
        program = Program(tuple(facts), tuple(resource.urn for resource, _ in unread))
        gathered: dict[str, Any] = {}
        secrets = hiding.pieces({id(fact.resource): fact.resource for fact in facts}.values())
        found: list[Finding] = []
        for alike, standings in self._alike(facts):
            for stands in standings.stack:
                rule = stands.rule
                if not stands.idle and rule.name not in gathered:
                    gathered[rule.name] = _gathered(rule, program)
                known = gathered.get(rule.name)
                if isinstance(known, Raised):
                    found += [findings.error(rule, fact.resource, known.error, fact.item) for fact in alike]
                else:
                    found += self._told_of(stands, alike, _by_the_stack(known), secrets)
        stack_rules = [rule for rule in self.rules if rule.gather is not None]
        found += [findings.error(rule, resource, error) for resource, error in unread for rule in stack_rules]
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
        by it. What a lookup found is never put right: it would be another answer than AWS's.
        """
        read = () if resource.type in LOOKUP_TYPES else guarded(facts_of, resource)
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

    def _facts_of(self, resource: Resource) -> tuple[Fact, ...] | Raised:
        """Read a resource, once for the two times that it is judged: by itself, and with the whole stack."""
        known = self._read.get(resource.urn)
        if known and known[0] is resource:  # an URN alone may be another state of it, or be shown twice
            return known[1]
        read = guarded(facts_of, resource)
        if not isinstance(read, Raised):
            self._read[resource.urn] = resource, read
        return read

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

    def _alike(self, facts: Iterable[Fact]) -> Iterator[tuple[Sequence[Fact], _Standings]]:
        """Give facts together that the same applies to: the items of one resource and place."""
        run: list[Fact] = []
        before: _Standings | None = None
        for fact in facts:
            standings = self._standings_of(fact)
            if run and not (self.merge and fact.item and standings is before and fact.resource is run[0].resource):
                yield run, before or standings
                run = []
            run.append(fact)
            before = standings
        if run and before:
            yield run, before

    # --- one rule on facts that are alike -----------------------------------------------------------------------------

    def _told_of(
        self,
        stands: Standing,
        facts: Sequence[Fact],
        judge: Callable[[Standing, Fact], Verdict],
        secrets: frozenset[str],
    ) -> Iterator[Finding]:
        """
        Give what a rule finds: each thing that it does not pass by itself, and the others once, with their number.

        A thousand locations in one resource would else be a thousand findings for every rule that they all pass.
        """
        if stands.idle:
            yield findings.plain(stands, facts, Outcome.NOT_APPLICABLE, stands.idle)
            return
        passed: list[Fact] = []
        skipped: dict[str, list[Fact]] = {}
        for fact in facts:
            verdict = guarded(judge, stands, fact)
            if isinstance(verdict, Passed):
                passed.append(fact)
            elif isinstance(verdict, Skipped):
                skipped.setdefault(verdict.reason, []).append(fact)
            else:
                found = verdict if isinstance(verdict, Raised) else guarded(self._told, stands, fact, verdict, secrets)
                if isinstance(found, Raised):
                    found = findings.error(stands.rule, fact.resource, found.error, fact.item)
                yield found
        if passed:
            yield findings.plain(stands, passed, Outcome.PASS)
        for reason, those in skipped.items():
            yield findings.plain(stands, those, Outcome.NOT_APPLICABLE, reason)

    def _told(self, stands: Standing, fact: Fact, verdict: Broken | Unsure, secrets: frozenset[str]) -> Finding:
        if isinstance(verdict, Unsure):
            return findings.unsure(stands, fact, hiding.unsure(fact, verdict, secrets))
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

    def _broken(self, stands: Standing, fact: Fact, verdict: Broken) -> Finding:
        broken = findings.broken(stands, fact, verdict)
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


def _by_the_stack(known: Any) -> Callable[[Standing, Fact], Verdict]:
    def judged(stands: Standing, fact: Fact) -> Verdict:
        verdict = _readable(stands, fact) or stands.rule.judge(fact, stands.context, known)
        return verdict if verdict is PASSED else checked(verdict)

    return judged


def _by_itself(stands: Standing, captures: dict[str, _Captures]) -> Callable[[Standing, Fact], Verdict]:
    """Judge with what earlier rules captured on the same item, and keep what this one captures."""
    seeing: dict[_Captures, Context] = {_NONE_YET: stands.context}

    def judged(_stands: Standing, fact: Fact) -> Verdict:
        # What one item's patterns capture says nothing about the others; one capture is that of many items.
        before, context = captures.get(fact.item, _NONE_YET), stands.context
        # Only rules whose patterns capture look at what was captured before.
        if before is not _NONE_YET and stands.rule.names is not no_names:
            context = seeing.get(before) or seeing.setdefault(before, context.seeing(*before))
        verdict = _readable(stands, fact) or stands.rule.judge(fact, context)
        if verdict is PASSED:  # as nearly always
            return verdict
        verdict = checked(verdict)
        if isinstance(verdict, Passed) and verdict.bindings:
            captures[fact.item] = _Captures(verdict.bindings, before.unsettled)
        elif isinstance(verdict, Unsure):
            unsettled = before.unsettled | stands.rule.names(stands.effective.settings)
            captures[fact.item] = _Captures(before.bindings, unsettled)
        return verdict

    return judged


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
        "item": fact.called if fact.item else None,
    }
    return {name: value if isinstance(value, str) else None for name, value in pairs.items()}


def _scope_admits(pattern: str, scope: str) -> bool:
    return bool(scope_pattern(pattern).admits(Scope.parse(scope), {}))


def _role_matches(pattern: str, role: str) -> bool:
    return bool(role_pattern(pattern).matches(Arn.parse(role), {}))
