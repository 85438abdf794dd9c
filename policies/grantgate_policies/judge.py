"""
One pass over a resource: facts, rules in order, waivers, and what each outcome means for the run.

Pure: no clock, no file, no engine. Fail closed: what raises is an ERROR, what is not known is UNKNOWN, what is not
understood is FAIL, and one rule's or resource's trouble never hides another's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from grantgate.arns import Arn, ArnError, partition_of
from grantgate.facts import LOOKUP_TYPES, camel

from grantgate_policies.core import (
    ABSENT,
    UNKNOWN,
    Bindings,
    Broken,
    Context,
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
    Value,
    Verdict,
)
from grantgate_policies.patterns import role_pattern, scope_pattern
from grantgate_policies.rules import RULES
from grantgate_policies.scopes import Scope
from grantgate_policies.subjects import facts_of, judged

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from grantgate_policies.rulebook import Effective, RuleBook
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
    Judges the resources of one stack by one rules file.

    Shape: ``today`` is the UTC date that waivers are held against; ``levels`` and ``settings`` were set from outside
           (`--policy-pack-config`), by rule name, and beat the rules file's; a locked rule keeps its own level.
    """

    rulebook: RuleBook
    stack: str
    today: dt.date
    rules: Sequence[Rule] = RULES
    levels: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def findings(self, resource: Resource) -> tuple[Finding, ...]:
        """Give one finding for each rule and fact of ``resource``; none for a type that no rule is about."""
        if not judged(resource.type):
            return ()
        try:
            facts = facts_of(resource)
        except Exception as error:  # noqa: BLE001 - a reader that fails must not let the resource through
            return tuple(self._error(rule, resource, error) for rule in self.rules)
        captures = _Captures()
        return tuple(
            self._finding(rule, fact, captures) for fact in facts for rule in self.rules if isinstance(fact, rule.about)
        )

    def unused_waivers(self) -> tuple[Waiver, ...]:
        """Give the waivers that no finding needed, in the file's order; meaningful once every resource was judged."""
        return tuple(waiver for waiver in self.rulebook.waivers if waiver.index not in self.used)

    # --- one rule on one fact -----------------------------------------------------------------------------------------

    def _finding(self, rule: Rule, fact: Fact, captures: _Captures) -> Finding:
        try:
            return self._judged(rule, fact, captures)
        except Exception as error:  # noqa: BLE001 - a rule that raises is a finding, never a green tick
            return self._error(rule, fact.resource, error)

    def _judged(self, rule: Rule, fact: Fact, captures: _Captures) -> Finding:
        account_id = _account_of(fact)
        effective = self._effective(rule, account_id if isinstance(account_id, str) else None)
        level = self._level(rule, effective)
        if level is Level.DISABLED:
            return _plain(rule, effective, fact, Outcome.NOT_APPLICABLE, level, f"disabled by {_origin(effective)}")
        if not effective.configured:
            missing = ", ".join(name for name in rule.required if name not in effective.settings)
            reason = f"not configured: the rules file gives no {missing} for {rule.name}"
            return _plain(rule, effective, fact, Outcome.NOT_APPLICABLE, level, reason)
        verdict = _readable(rule, fact)
        if verdict is None:
            verdict = rule.judge(fact, self._context(fact, account_id, effective, captures))
        if isinstance(verdict, Passed) and verdict.bindings:
            captures.bindings = verdict.bindings
        if isinstance(verdict, Unsure):
            captures.unsettled |= rule.names(effective.settings)
        return self._outcome(rule, fact, effective, level, _without_secrets(rule, fact, verdict))

    def _outcome(self, rule: Rule, fact: Fact, effective: Effective, level: Level, verdict: Verdict) -> Finding:
        if isinstance(verdict, Passed):
            return _plain(rule, effective, fact, Outcome.PASS, level, "")
        if isinstance(verdict, Skipped):
            return _plain(rule, effective, fact, Outcome.NOT_APPLICABLE, level, verdict.reason)
        if isinstance(verdict, Unsure):
            stops = effective.on_unknown is OnUnknown.FAIL
            if effective.on_unknown is not OnUnknown.FAIL:
                level = Level.ADVISORY
            found = _plain(rule, effective, fact, Outcome.UNKNOWN, level, verdict.reason)
            quiet = effective.on_unknown is OnUnknown.PASS
            return replace(found, field=verdict.field, blocks=stops and level is Level.MANDATORY, quiet=quiet)
        broken = replace(
            _plain(rule, effective, fact, Outcome.FAIL, level, verdict.message),
            field=verdict.field,
            observed=verdict.observed,
            expected=verdict.expected,
            edit=verdict.edit,
            blocks=level is Level.MANDATORY,
        )
        return self._waived(broken, fact, effective)

    def _waived(self, broken: Finding, fact: Fact, effective: Effective) -> Finding:
        if not effective.waivable:
            return broken
        values = _waiver_values(fact)
        covering = [
            waiver
            for waiver in self.rulebook.waivers
            if waiver.covers(broken.rule.name, fact.resource, values, _scope_admits, _role_matches)
        ]
        self.used.update(waiver.index for waiver in covering)
        for waiver in covering:
            if not waiver.is_expired(self.today):
                told = f"{waiver.owner}: {waiver.reason} (until {waiver.expires}{_ticket(waiver)})"
                return replace(broken, outcome=Outcome.WAIVED, waiver=told, blocks=False)
        if covering:
            last = max(covering, key=lambda waiver: waiver.expires)
            message = f"{broken.message}; the waiver of {last.owner} ended on {last.expires}"
            return replace(broken, message=message)
        return broken

    # --- what a rule may look at --------------------------------------------------------------------------------------

    def _context(self, fact: Fact, account_id: Value, effective: Effective, captures: _Captures) -> Context:
        account = self.rulebook.organization.accounts.get(account_id) if isinstance(account_id, str) else None
        region = getattr(fact, "region", ABSENT)
        partition: Value = partition_of(region) if isinstance(region, str) else _partition_of_role(fact, region)
        values: dict[str, Value] = {
            "account.id": account_id,
            "account.name": account.name if account else _less(account_id),
            "environment": effective.environment or _less(account_id),
            "region": region,
            "partition": partition,
        }
        return Context(
            settings=effective.settings,
            organization=self.rulebook.organization,
            account=account,
            environment=effective.environment,
            stack=self.stack,
            variables={name: value if isinstance(value, str) else None for name, value in values.items()},
            unknown=frozenset(name for name, value in values.items() if value is UNKNOWN),
            bindings=captures.bindings,
            unsettled=captures.unsettled,
        )

    def _effective(self, rule: Rule, account_id: str | None) -> Effective:
        effective = self.rulebook.effective(rule, account_id, self.stack)
        given = self.settings.get(rule.name)
        if not given:
            return effective
        settings = {**effective.settings, **given}
        return replace(effective, settings=settings, configured=all(name in settings for name in rule.required))

    def _level(self, rule: Rule, effective: Effective) -> Level:
        if rule.locked:
            return rule.level
        return self.levels.get(rule.name, effective.level)

    def _error(self, rule: Rule, resource: Resource, error: Exception) -> Finding:
        # The exception's text may hold any value of the resource; its type is enough to find the fault.
        message = f"the rule could not be judged: {type(error).__name__}"
        return Finding(
            rule=rule,
            outcome=Outcome.ERROR,
            level=Level.MANDATORY,
            severity=rule.severity,
            resource=resource,
            message=message,
            blocks=True,
        )


def _plain(rule: Rule, effective: Effective, fact: Fact, outcome: Outcome, level: Level, message: str) -> Finding:
    return Finding(
        rule=rule,
        outcome=outcome,
        level=level,
        severity=effective.severity,
        resource=fact.resource,
        message=message,
    )


def _readable(rule: Rule, fact: Fact) -> Verdict | None:
    """Decide what can be decided without the rule: fields that it needs and that are no known text."""
    unsure: Unsure | None = None
    for name in rule.needs:
        value = getattr(fact, name)
        field = camel(name)
        if isinstance(value, Malformed):
            return Broken(field, value.kind, "text", f"{field} is a {value.kind}, not text")
        if value is ABSENT:
            if fact.resource.type in LOOKUP_TYPES:
                # Not a hole: lookup-performed is locked, and fails on every lookup that lacks a live value.
                return Skipped(f"the lookup holds no {field}; lookup-performed says why")
            return Broken(field, "nothing", "text", f"{field} is not set")
        if value is UNKNOWN:
            unsure = Unsure(field, f"{field} is not known in this preview")
    return unsure


def _without_secrets(rule: Rule, fact: Fact, verdict: Verdict) -> Verdict:
    """Keep a value that the program marked as secret out of every text; the outcome stays."""
    if not isinstance(verdict, Broken):
        return verdict
    fields = {camel(name) for name in rule.needs} | {verdict.field}
    if not fields & fact.resource.secret_props:
        return verdict
    message = f"{verdict.field} breaks the rule; it is a secret and not shown"
    return Broken(verdict.field, SECRET, verdict.expected, message)


def _account_of(fact: Fact) -> Value:
    """Give the resource's own account; a location that does not say it lies where its role does."""
    account: Value = getattr(fact, "account_id", ABSENT)
    if account is not ABSENT:
        return account
    role = getattr(fact, "iam_role_arn", ABSENT)
    if role is UNKNOWN:
        return UNKNOWN
    arn = _parsed(role) if isinstance(role, str) else None
    return arn.account if arn else ABSENT


def _partition_of_role(fact: Fact, region: Value) -> Value:
    role = getattr(fact, "iam_role_arn", ABSENT)
    arn = _parsed(role) if isinstance(role, str) else None
    if arn:
        return arn.partition
    return UNKNOWN if UNKNOWN in (region, role) else ABSENT


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Arn | None:
    try:
        return Arn.parse(text)
    except ArnError:
        return None


def _less(account_id: Value) -> Value:
    """Tell "not known yet" from "has none": an account that is known later may still turn out to be listed."""
    return UNKNOWN if account_id is UNKNOWN else ABSENT


def _origin(effective: Effective) -> str:
    where = effective.origins.get("level", "default")
    return "the rules file" if where == "rules" else where


def _ticket(waiver: Waiver) -> str:
    return f", {waiver.ticket}" if waiver.ticket else ""


def _waiver_values(fact: Fact) -> dict[str, str | None]:
    account = _account_of(fact)
    pairs = {
        "account": account,
        "scope": getattr(fact, "location_scope", None),
        "role": getattr(fact, "iam_role_arn", None),
    }
    return {name: value if isinstance(value, str) else None for name, value in pairs.items()}


def _scope_admits(pattern: str, scope: str) -> bool:
    return bool(scope_pattern(pattern).admits(Scope.parse(scope), {}))


def _role_matches(pattern: str, role: str) -> bool:
    return bool(role_pattern(pattern).matches(Arn.parse(role), {}))
