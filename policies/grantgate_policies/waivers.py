"""Waivers: exceptions that a person answers for, each of which ends on a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate_policies import stars
from grantgate_policies.faults import shown
from grantgate_policies.role_patterns import RolePattern

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from grantgate_policies.core import Resource, Rule
    from grantgate_policies.segments import Pattern

SOON: Final = 14
"""Days before its end from which on a waiver is announced."""

_EVERY_URN: Final = "urn:pulumi:*::*::*::*"
_FIELDS: Final = {"scope": "location_scope", "role": "iam_role_arn"}  # what the patterns are held against
_NAMES_NOTHING: Final = {"scope": "names no bucket and no folder", "role": "names no account, no path and no role"}

Matcher: TypeAlias = Callable[[str, str], bool]
"""Whether a domain pattern (first) admits a value (second); a ValueError means that the value is none of its kind."""


@dataclass(frozen=True, slots=True)
class Match:
    """
    Which resources a waiver is about; a key that is None was not given, at least one is.

    Shape: ``account`` is an id; ``scope`` and ``role`` are domain patterns; ``urn`` and ``resource`` (a resource's
           name) are globs whose only sign is ``*``.
    """

    account: str | None = None
    scope: str | None = None
    role: str | None = None
    urn: str | None = None
    resource: str | None = None

    def to_json(self) -> dict[str, str]:
        """Give the keys that were given, as the file has them."""
        pairs = {
            "account": self.account,
            "scope": self.scope,
            "role": self.role,
            "urn": self.urn,
            "resource": self.resource,
        }
        return {key: value for key, value in pairs.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Waiver:
    """
    One exception to one rule.

    Shape: ``index`` is its place in the file's list, from 0, and ``line`` where it stands there, from 1.
    Units: ``expires`` is the last day, in UTC, on which it holds.
    """

    rule: str
    match: Match
    owner: str
    reason: str
    ticket: str
    expires: dt.date
    index: int
    line: int = field(default=0, compare=False)

    def is_expired(self, today: dt.date) -> bool:
        """
        Say whether the last day is over; ``today`` is the day in UTC.

        >>> from datetime import date
        >>> waiver = Waiver("a", Match(resource="x"), "me", "why", "", date(2027, 1, 31), 0)
        >>> waiver.is_expired(date(2027, 1, 31)), waiver.is_expired(date(2027, 2, 1))
        (False, True)
        """
        return today > self.expires

    def days_left(self, today: dt.date) -> int:
        """Count the days from ``today`` to the last one: 0 on the last day, negative once expired."""
        return (self.expires - today).days

    def ending(self, today: dt.date) -> str:
        """
        Say that the waiver has ended or ends soon; empty while its end is far.

        >>> from datetime import date
        >>> waiver = Waiver("a", Match(resource="x"), "me", "why", "", date(2027, 1, 31), 0)
        >>> waiver.ending(date(2027, 1, 30)), waiver.ending(date(2027, 2, 1)), waiver.ending(date(2026, 12, 24))
        ('ends in 1 day, on 2027-01-31', 'ended on 2027-01-31', '')
        """
        days = self.days_left(today)
        if days < 0:
            return f"ended on {self.expires}"
        if days == 0:
            return "ends today"
        return f"ends in {days} day{'s' * (days != 1)}, on {self.expires}" if days <= SOON else ""

    def covers(
        self,
        rule_name: str,
        resource: Resource,
        values: Mapping[str, str | None],
        scope_admits: Matcher,
        role_matches: Matcher,
    ) -> bool:
        """
        Say whether the waiver is about this rule on this resource, expired or not.

        Shape: ``values`` may hold ``account``, ``scope`` and ``role``, and ``item``, the name of one entry of a list;
               None, empty and missing all mean unknown, and what is unknown is never waived.
        """
        admits: dict[str, Matcher] = {
            "account": str.__eq__,
            "scope": scope_admits,
            "role": role_matches,
            "urn": stars.matches,
            "resource": stars.matches,
        }
        known = {**values, "urn": resource.urn, "resource": resource.name}
        wanted = self.match.to_json()
        item = values.get("item")
        return (
            rule_name == self.rule
            and bool(wanted)
            and all(
                _admits(admits[key], pattern, known.get(key))
                # One entry of a list is called NAME[ID], as reports do.
                or (key == "resource" and _admits(stars.matches, pattern, item))
                for key, pattern in wanted.items()
            )
        )


def waiver(entry: Mapping[str, Any], expires: dt.date, *, index: int, line: int) -> Waiver:
    """Make a waiver of a validated entry of the rules file."""
    return Waiver(
        rule=entry["rule"],
        match=Match(**entry["match"]),
        owner=entry["owner"],
        reason=entry["reason"],
        ticket=entry.get("ticket", ""),
        expires=expires,
        index=index,
        line=line,
    )


def objections(
    rule: Rule | None, match: Mapping[str, Any], patterns: Mapping[str, Pattern]
) -> Iterator[tuple[str, str, str]]:
    """
    Say what is wrong with a match that could never cover anything, or would cover everything.

    Shape: ``match`` is the file's entry, ``patterns`` its scope and role as far as they could be read; without a
           ``rule`` nothing is said about what it judges. Yields (key, message, hint), one at most for each key.
    """
    everything = {key for key, pattern in patterns.items() if _names_nothing(pattern)}
    urn = match.get("urn")
    # Stars alone are the schema's to tell.
    if isinstance(urn, str) and urn.strip("* ") and stars.matches(urn, _EVERY_URN):
        everything.add("urn")
        if len(everything) == len(match):
            message = f"{shown(urn)} matches every URN, and nothing narrower stands beside it"
            yield "urn", message, "Name a stack, a type or a resource, or add account."
    for key in _FIELDS:
        if not isinstance(match.get(key), str):
            continue
        text = shown(match[key])
        pattern = patterns.get(key)
        placeholders = [*sorted(pattern.variables), *sorted(pattern.names)] if pattern else []
        if rule is not None and not _judges(rule, key):
            message = f"{text} never matches: what {rule.name} judges has no {key}"
            yield key, message, "Match account, urn or resource."
        elif placeholders:
            told = ", ".join(f"{{{name}}}" for name in placeholders)
            yield key, f"{text} has {told}, and a waiver takes no variables or captures", "Write the text itself, or *."
        elif key in everything and len(everything) == len(match):
            message = f"{text} {_NAMES_NOTHING[key]}, and nothing narrower stands beside it"
            yield key, message, "Narrow it, or add account, urn or resource."


def _judges(rule: Rule, key: str) -> bool:
    return any(one.name == _FIELDS[key] for fact in rule.about for one in fields(fact))


def _names_nothing(pattern: Pattern) -> bool:
    # A partition narrows nothing: an organization's roles are all in one.
    row = pattern.row.segments[1:] if isinstance(pattern, RolePattern) else pattern.row.segments
    return not pattern.variables and not any(isinstance(part, str) for one in row for part in one.parts)


def _admits(matcher: Matcher, pattern: str, value: str | None) -> bool:
    if not value:
        return False
    try:
        return matcher(pattern, value)
    except ValueError:
        return False
