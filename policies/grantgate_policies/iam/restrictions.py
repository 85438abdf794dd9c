"""To what the conditions of a statement hold a key, in every request that the statement can be about."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate_policies.iam import wildcards
from grantgate_policies.iam.operators import EXACT, NEGATED, NULL, PATTERNS

if TYPE_CHECKING:
    from grantgate_policies.iam.statements import Condition, Statement

_PAIRS: Final = 100_000  # pairs of characters up to which two sets of patterns are compared: milliseconds
_LIKE: Final = 0.8  # difflib's ratio from which a key counts as a misspelling of another
_OTHERS: Final = frozenset(
    f"{service}:{name}".lower()
    for service, names in {
        "aws": (
            "CalledVia CalledViaFirst CalledViaLast CurrentTime EpochTime PrincipalAccount PrincipalArn "
            "PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths PrincipalServiceName PrincipalServiceNamesList "
            "PrincipalType RequestedRegion ResourceAccount ResourceOrgID ResourceOrgPaths SecureTransport "
            "SourceAccount SourceArn SourceIdentity SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpcArn "
            "SourceVpce ViaAWSService userid username"
        ),
        "s3": (
            "AccessGrantScope AccessGrantsInstanceArn AccessGrantsLocationScope AccessPointNetworkOrigin "
            "DataAccessPointAccount DataAccessPointArn ResourceAccount"
        ),
        "sts": "ExternalId RequestContextProviders RoleSessionName SourceIdentity TransitiveTagKeys",
    }.items()
    for name in names.split()
)
"""Keys that exist: like another one or not, they are not misspelt."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """
    What a statement's conditions prove about one key.

    Shape: ``values`` is None when nothing is proven; otherwise every request that satisfies the conditions has the key,
           with a value that one of them matches (no values: no request satisfies them). With ``wildcards`` they are
           patterns. ``unknown`` says that what is not known yet may be the restriction. ``near`` are the conditions on
           the key that prove nothing about its values, and those on a key that looks like a misspelling of it.
    """

    values: tuple[str, ...] | None = None
    wildcards: bool = False
    unknown: bool = False
    near: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    """A set of texts, sorted, that the key is held to."""

    values: tuple[str, ...]
    wildcards: bool

    def within(self, other: _Held) -> bool:
        """Say whether the other set provably holds this one; False also when that takes too long to prove."""
        if not self.wildcards and not other.wildcards:
            return set(self.values) <= set(other.values)
        if not self.is_comparable(other):
            return False
        return all(other.covers(one, wild=self.wildcards) for one in self.values)

    def both(self, other: _Held) -> _Held:
        """
        Give texts that hold whatever matches both; no narrower than that, and mostly no wider.

        Values that are no patterns count as patterns when they meet some: that only ever widens. So does taking one of
        the two for both, where they are too many to compare.
        """
        if not self.wildcards and not other.wildcards:
            kept = set(other.values)
            return _Held(tuple(one for one in self.values if one in kept), wildcards=False)
        if not self.is_comparable(other):
            return self
        met: set[str] = set()
        for one in self.values:
            sharing = [limit for limit in other.values if wildcards.touches(limit, one)]
            covered = any(wildcards.contains(limit, one) for limit in sharing)
            inside = not covered and all(wildcards.contains(one, limit) for limit in sharing)
            met.update(sharing if inside else [one] if sharing else [])
        return _Held(tuple(sorted(met)), wildcards=True)

    def is_comparable(self, other: _Held) -> bool:
        """Say whether each value may be held against each of the other set, by the time that it would take."""
        return sum(map(len, self.values)) * sum(map(len, other.values)) <= _PAIRS

    def covers(self, value: str, *, wild: bool) -> bool:
        """Say whether a value, or with ``wild`` every text of a pattern, is one of these texts."""
        if self.wildcards:
            find = wildcards.contains if wild else wildcards.matches
            return any(find(limit, value) for limit in self.values)
        return value in self.values and not (wild and ("*" in value or "?" in value))


def restricted(statement: Statement, key: str) -> Restriction:
    """
    Tell to which values the conditions hold ``key`` in every request that the statement can be about.

    Conservative: what is not proven is not claimed. Proven is what StringEquals, StringLike, ArnEquals, ArnLike and
    Bool say of a key that must be there, and StringEqualsIgnoreCase where there are no letters. ForAllValues and
    IfExists also hold where the key is absent, so they prove something only beside a condition that needs it.

    Source: IAM User Guide, "Set operators for multivalued context keys": a key that is absent satisfies ForAllValues.
    """
    wanted = key.lower()
    mine = [one for one in statement.conditions if one.key.lower() == wanted]
    hidden = any(one.unknown and not one.key for one in statement.conditions)
    present = any(_proves_presence(one) for one in mine)
    used = [(one, held) for one in mine if (held := _held(one)) and (present or not _needs_presence(one))]
    found = _narrowest([held for one, held in used if one.quantifier != "ForAllValues"], _everything_of(used))
    contributes = [one for one, _ in used]
    if found is not None:
        contributes += [one for one in mine if one.operator == NULL and _proves_presence(one)]
    return Restriction(
        values=found.values if found else None,
        wildcards=found.wildcards if found else False,
        unknown=found is None and (hidden or _may_restrict(mine, present=present)),
        near=tuple(
            one
            for one in statement.conditions
            if (one in mine and one not in contributes) or (one.key and is_misspelling(one.key, key))
        ),
    )


def is_misspelling(written: str, key: str) -> bool:
    """
    Say whether somebody who wrote one key most likely meant the other.

    >>> is_misspelling("aws:RequestContextProvider", "sts:RequestContextProviders")
    True
    >>> is_misspelling("aws:SourceArn", "aws:SourceAccount"), is_misspelling("AWS:sourcearn", "aws:SourceArn")
    (False, False)
    """
    one, other = written.lower(), key.lower()
    if one == other or one in _OTHERS:
        return False
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    # The first two are upper bounds that cost little.
    return min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= _LIKE and matcher.ratio() >= _LIKE


def _proves_presence(condition: Condition) -> bool:
    if condition.operator == NULL:
        return not condition.unknown and _only_false(condition)
    positive = condition.known_operator and condition.operator not in NEGATED
    return positive and not _needs_presence(condition)


def _needs_presence(condition: Condition) -> bool:
    """Say whether the condition holds where the key is absent, whatever its values."""
    return condition.if_exists or condition.quantifier == "ForAllValues"


def _only_false(condition: Condition) -> bool:
    return bool(condition.values) and all(value.lower() == "false" for value in condition.values)


def _held(condition: Condition) -> _Held | None:
    """Give the texts that the condition holds a present key to; None where that cannot be told."""
    values, operator = condition.values, condition.operator
    # A policy variable takes its text from the request, so it holds the key to nothing that is known.
    if not condition.known_operator or condition.unknown or not values or any("${" in one for one in values):
        return None
    if operator in PATTERNS:
        return _Held(tuple(sorted(set(values))), wildcards=True)
    if operator not in EXACT:
        return None
    if operator == "Bool":
        values = tuple(one.lower() for one in values)
        if not set(values) <= {"true", "false"}:
            return None
    elif operator == "StringEqualsIgnoreCase" and any(one.lower() != one.upper() for one in values):
        return None
    return _Held(tuple(sorted(set(values))), wildcards=False)


def _everything_of(used: list[tuple[Condition, _Held]]) -> _Held | None:
    """Join what holds for all values of a present key; None when nothing does."""
    joined: _Held | None = None
    for one, held in used:
        if one.quantifier == "ForAllValues":
            joined = held if joined is None else joined.both(held)
    return joined


def _narrowest(some: list[_Held], every: _Held | None) -> _Held | None:
    """
    Choose the narrowest set that one value of the key is proven to be in.

    Sets that hold for some value are not joined with each other: of a key with several values each may be met by
    another one.
    """
    joined = [one if every is None else one.both(every) for one in some]
    if not joined:
        return every
    best = joined[0]
    for one in joined[1:]:
        if one.within(best):
            best = one
    return best


def _may_restrict(mine: list[Condition], *, present: bool) -> bool:
    """Say whether values that are not known yet could turn the conditions into a restriction."""
    perhaps = present or any(one.operator == NULL and one.unknown and _may_be_false(one) for one in mine)
    for one in mine:
        if not one.known_operator or one.operator not in EXACT | PATTERNS:
            continue
        if _needs_presence(one):
            if perhaps and (one.unknown or (not present and _held(one) is not None)):
                return True
        elif one.unknown:
            return True
    return False


def _may_be_false(condition: Condition) -> bool:
    return not condition.values or _only_false(condition)
