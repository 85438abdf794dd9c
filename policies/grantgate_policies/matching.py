"""How rules hold facts against patterns: parse or break, decide or be unsure, and agree on captures."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grantgate import inputs as accepts
from grantgate.arns import Arn

from grantgate_policies.core import Broken, Context, Passed, Unsure
from grantgate_policies.patterns import combine, prefix_pattern, role_pattern, scope_pattern
from grantgate_policies.scopes import Scope, ScopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from grantgate_policies.core import Bindings, Value
    from grantgate_policies.patterns import PrefixPattern, RolePattern, ScopePattern

    Pattern = ScopePattern | RolePattern | PrefixPattern

SCOPE_FIELD = "locationScope"
ROLE_FIELD = "iamRoleArn"
LONGEST = 300  # characters of a value that a message repeats


@lru_cache(maxsize=1024)  # several rules read the same text one after the other
def scope_of(value: Value) -> Scope | Broken:
    """Parse a location's scope; what cannot be read breaks every rule that needs it."""
    try:
        return Scope.parse(str(value))
    except ScopeError as error:
        return Broken(SCOPE_FIELD, str(value), "s3://, s3://bucket or s3://bucket/prefix/*", str(error))


@lru_cache(maxsize=1024)
def role_of(value: Value) -> Arn | Broken:
    """Parse a location's role ARN; what cannot be read breaks every rule that needs it."""
    complaint = accepts.role_arn(value)
    if complaint:
        return Broken(ROLE_FIELD, str(value), "arn:PARTITION:iam::ACCOUNT:role/NAME", complaint)
    return Arn.parse(str(value))


def undecided(patterns: Iterable[Pattern], field: str, context: Context) -> Unsure | None:
    """Say that patterns cannot be applied yet, when one of them uses a variable that is not known in this preview."""
    if not context.unknown:
        return None
    names = sorted({name for pattern in patterns for name in pattern.variables & context.unknown})
    if not names:
        return None
    shown = ", ".join(f"{{{name}}}" for name in names)
    return Unsure(field, f"{shown} in the patterns is not known in this preview")


def told(text: str) -> str:
    """
    Quote a value in a message; nothing that AWS takes fills a screen, and what it does not take must not either.

    >>> told("s3://b/x/*")
    "'s3://b/x/*'"
    """
    return repr(text) if len(text) <= LONGEST else f"{text[:LONGEST]!r}… ({len(text):,} characters)"


def quoted(texts: Iterable[str]) -> str:
    """
    List patterns in a message.

    >>> quoted(["s3://a/*", "s3://b/*"])
    "'s3://a/*', 's3://b/*'"
    """
    return ", ".join(repr(text) for text in texts) or "(none)"


def agreed(found: Sequence[Bindings], field: str, observed: str, context: Context) -> Passed | Broken | Unsure:
    """Hold new captures against those of earlier rules: the same name must mean the same text on one resource."""
    if context.unsettled and (
        waiting := sorted({name for bindings in found for name, _ in bindings} & context.unsettled)
    ):
        shown = ", ".join(f"{{{name}}}" for name in waiting)
        return Unsure(field, f"{shown} of the location's scope is not known in this preview")
    if not context.bindings:
        return Passed(tuple(found))
    if len(found) == 1 == len(context.bindings) and found[0] <= context.bindings[0]:
        return Passed(context.bindings)
    joined = combine(context.bindings, tuple(found))
    if joined:
        return Passed(joined)
    here, there = _captured(found), _captured(context.bindings)
    return Broken(
        field,
        observed,
        f"one with {there}, as the location's scope has it",
        f"{told(observed)} has {here}, the location's scope has {there}",
    )


def _captured(alternatives: Iterable[Bindings]) -> str:
    told = [", ".join(f"{{{name}}} = {text!r}" for name, text in sorted(bindings)) for bindings in alternatives]
    return " or ".join(sorted(set(filter(None, told)))[:4]) or "no captures"


def captures(compile_pattern: Callable[[str], Any], setting: str) -> Callable[[Mapping[str, Any]], frozenset[str]]:
    """Give the function that tells a rule's capture names from its settings."""

    def names(settings: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(name for text in settings.get(setting, ()) for name in compile_pattern(text).names)

    return names


scope_captures = captures(scope_pattern, "allow")
role_captures = captures(role_pattern, "allow")
prefix_captures = captures(prefix_pattern, "templates")
