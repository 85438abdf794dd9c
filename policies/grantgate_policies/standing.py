"""
What applies to one rule at one site: an account, a Region and a partition of one stack.

A stack has few sites and many resources, so all of this is worked out once per site and rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from grantgate.arns import Arn, ArnError, partition_of
from grantgate.facts import camel

from grantgate_policies.core import ABSENT, UNKNOWN, Context, Fact, Level, Rule, Severity, Value

if TYPE_CHECKING:
    import datetime as dt

    from grantgate_policies.rulebook import Effective, RuleBook


@dataclass(frozen=True, slots=True)
class Site:
    """Where a fact belongs, as far as it says so."""

    account_id: Value
    region: Value
    partition: Value


@dataclass(frozen=True, slots=True)
class Moment:
    """
    What rules may know of the run itself.

    Shape: ``run`` is the mark that lookups of this very run bear, empty when there is none; ``now`` the UTC time;
           ``preview`` is true while nothing has been changed.
    """

    run: str = ""
    now: dt.datetime | None = None
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """
    One rule at one site.

    Shape: ``idle`` says why the rule is not judged there, empty when it is; ``fields`` are the rule's needs as (fact
           field, wire name) pairs; ``context`` has no captures yet.
    """

    rule: Rule
    level: Level
    severity: Severity
    effective: Effective
    idle: str
    fields: tuple[tuple[str, str], ...]
    context: Context


def place_of(fact: Fact) -> tuple[Value, Value, Value]:
    """Find the members of a fact's site; a location that does not say its account lies where its role does."""
    region: Value = getattr(fact, "region", ABSENT)
    partition: Value = partition_of(region) if isinstance(region, str) else _partition_of_role(fact, region)
    return account_of(fact), region, partition


def account_of(fact: Fact) -> Value:
    """
    Give the account that the fact states.

    Not its role's: who writes a location chooses its role, and must not choose by it which rules apply.
    """
    account: Value = getattr(fact, "account_id", ABSENT)
    return account


def standing(
    rule: Rule,
    site: Site,
    rulebook: RuleBook,
    stack: str,
    level: Level | None = None,
    settings: Mapping[str, Any] | None = None,
    moment: Moment | None = None,
) -> Standing:
    """Work out what applies; ``level`` and ``settings`` were set from outside and beat the rules file's."""
    account_id = site.account_id if isinstance(site.account_id, str) else None
    effective = rulebook.effective(rule, account_id, stack)
    if settings:
        merged = {**effective.settings, **settings}
        effective = replace(effective, settings=merged, configured=all(name in merged for name in rule.required))
    # A locked rule keeps its own level whatever anybody sets.
    chosen = rule.level if rule.locked else level or effective.level
    return Standing(
        rule=rule,
        level=chosen,
        severity=effective.severity,
        effective=effective,
        idle=_idle(rule, effective, chosen, from_outside=level is not None),
        fields=tuple((name, camel(name)) for name in rule.needs),
        context=_context(site, rulebook, stack, effective, moment or Moment()),
    )


def _idle(rule: Rule, effective: Effective, level: Level, *, from_outside: bool) -> str:
    if level is Level.DISABLED:
        origin = effective.origins.get("level", "default")
        where = "the rules file" if origin == "rules" else origin
        return f"disabled by {'--policy-pack-config' if from_outside else where}"
    if not effective.configured:
        missing = ", ".join(name for name in rule.required if name not in effective.settings)
        return f"not configured: the rules file gives no {missing} for {rule.name}"
    return ""


def _context(site: Site, rulebook: RuleBook, stack: str, effective: Effective, moment: Moment) -> Context:
    account_id = site.account_id
    account = rulebook.organization.accounts.get(account_id) if isinstance(account_id, str) else None
    # An account that nobody states may turn out to be any; one that is stated and not listed has no name.
    otherwise: Value = ABSENT if isinstance(account_id, str) else UNKNOWN
    values: dict[str, Value] = {
        "account.id": account_id if isinstance(account_id, str) else UNKNOWN,
        "account.name": account.name if account else otherwise,
        "environment": effective.environment or otherwise,
        "region": site.region,
        "partition": site.partition,
    }
    return Context(
        settings=_frozen(effective.settings),
        organization=rulebook.organization,
        account=account,
        environment=effective.environment,
        stack=stack,
        variables={name: value if isinstance(value, str) else None for name, value in values.items()},
        unknown=frozenset(name for name, value in values.items() if value is UNKNOWN),
        run=moment.run,
        now=moment.now,
        preview=moment.preview,
    )


def _frozen(value: Any) -> Any:
    """Give settings that no rule can change for the resources and rules after it."""
    if isinstance(value, Mapping):
        return MappingProxyType({name: _frozen(inner) for name, inner in value.items()})
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


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
