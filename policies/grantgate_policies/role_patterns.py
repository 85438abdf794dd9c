"""Patterns of IAM role ARNs, matched field by field, and of plain names. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from grantgate_policies.globs import Glob, agree
from grantgate_policies.scopes import shorten
from grantgate_policies.segments import (
    Pattern,
    PatternError,
    Row,
    Segment,
    Variables,
    clash,
    differs,
    lacks,
    screen,
    segment,
)

if TYPE_CHECKING:
    from grantgate.arns import Arn

    from grantgate_policies.core import Bindings

_FIELDS: Final = ("arn", "partition", "service", "region", "account", "resource")
_OUTER: Final = ("partition", "account")  # the segments of a row before those of the resource
_ACCOUNT_DIGITS: Final = 12


# --- role ARNs --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RolePattern(Pattern):
    """
    A set of IAM role ARNs.

    Shape: ``row`` holds the segments of partition and account and one for each step of the path and the name;
           ``below`` says that one character or more, ``/`` included, follows the last of them.
    """

    below: bool = field(compare=False, repr=False)

    def matches(self, arn: Arn, variables: Variables) -> tuple[Bindings, ...]:
        """
        Give the captures under which ``arn`` is one of these roles; none when it is not. At most ALTERNATIVES.

        >>> from grantgate.arns import Arn
        >>> arn = Arn.parse("arn:aws:iam::111122223333:role/access-grants/fin-reader")
        >>> role_pattern("arn:{partition}:iam::*:role/access-grants/{team}-*").matches(arn, {"partition": "aws"})
        (frozenset({('team', 'fin')}),)
        """
        globs = self.row.certain(variables)
        if globs is None:
            return ()
        texts = self._texts(arn)
        return () if isinstance(texts, str) else agree(tuple(zip(globs, texts, strict=True)))

    def denies(self, arn: Arn, variables: Variables) -> bool:
        """
        Say whether ``arn`` is one of these roles; a variable without a value stands for anything.

        A name that stands twice is not held to one text here, so more may be denied than ``matches`` would match.

        >>> from grantgate.arns import Arn
        >>> arn = Arn.parse("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/x")
        >>> role_pattern("arn:*:iam::{account.id}:role/aws-reserved/*").denies(arn, {"account.id": None})
        True
        """
        texts = self._texts(arn)
        if isinstance(texts, str):
            return False
        return all(glob.fits(text) for glob, text in zip(self.row.globs(variables), texts, strict=True))

    def nearest(self, arn: Arn, variables: Variables) -> str:
        """
        Say in a phrase why ``arn`` does not match; nothing when it does.

        >>> from grantgate.arns import Arn
        >>> pattern = role_pattern("arn:aws:iam::*:role/access-grants/*")
        >>> pattern.nearest(Arn.parse("arn:aws:iam::111122223333:role/Admin"), {})
        "the role has 1 segment after 'role/', and the pattern more than 1"
        """
        if self.matches(arn, variables):
            return ""
        if missing := self.row.missing(variables):
            return lacks(missing)
        texts = self._texts(arn)
        if isinstance(texts, str):
            return texts
        labels = (*_OUTER, *(f"segment {number}" for number in range(1, len(texts))))
        for label, glob, text in zip(labels, self.row.globs(variables), texts, strict=False):
            if not glob.fits(text):
                return differs(label, glob, text)
        return clash(self.names)

    def _texts(self, arn: Arn) -> tuple[str, ...] | str:
        """Split ``arn`` as the row is split, or say why it cannot be."""
        if arn.service != "iam":
            return f"service {shorten(arn.service)} is not 'iam'"
        if arn.region:
            return f"region {shorten(arn.region)} is not empty"
        kind, *steps = arn.resource.split("/")
        if kind != "role":
            return f"resource {shorten(arn.resource)} does not begin with 'role/'"
        wanted = len(self.row.segments) - len(_OUTER)
        found = f"the role has {len(steps)} segment{'s' * (len(steps) != 1)} after 'role/', and the pattern"
        if not self.below and len(steps) != wanted:
            return f"{found} {wanted}"
        if self.below and (len(steps) <= wanted or steps[wanted:] == [""]):
            return f"{found} more than {wanted}"
        return (arn.partition, arn.account, *steps[:wanted])


@lru_cache(maxsize=1024)
def role_pattern(text: str) -> RolePattern:
    """
    Read a pattern of IAM role ARNs; raise PatternError naming the field that is at fault.

    >>> role_pattern("arn:aws:sts::111122223333:assumed-role/x/y")
    Traceback (most recent call last):
    grantgate_policies.segments.PatternError: 'arn:aws:sts::111122223333:assumed-role/x/y': service is 'sts', not 'iam'
    """
    screen(text)
    fields = text.split(":", len(_FIELDS) - 1)
    if fields[0] != "arn":
        raise PatternError(f"{shorten(text)} begins with {shorten(fields[0])}, not 'arn'")
    if len(fields) < len(_FIELDS):
        raise PatternError(f"{shorten(text)} has {len(fields)} of the {len(_FIELDS)} fields of {':'.join(_FIELDS)}")
    _, partition, service, region, account, resource = fields
    if service != "iam":
        raise PatternError(f"{shorten(text)}: service is {service!r}, not 'iam'")
    if region:
        raise PatternError(f"{shorten(text)}: region is {region!r}, and IAM has none")
    for label, value in (("partition", partition), ("account", account)):
        if not value or "/" in value:
            raise PatternError(f"{shorten(text)}: {label} is {value!r}; '*' stands for any")
    kind, slash, path = resource.partition("/")
    if kind != "role" or not slash:
        raise PatternError(f"{shorten(text)}: resource is {resource!r}, and a role's begins with 'role/'")
    steps = path.split("/")
    below = steps[-1] == "*"
    row = [_partition(text, partition), _account(text, account)]
    for number, one in enumerate(steps[:-1] if below else steps, start=1):
        if not one:
            hint = "; end in '/*' for every role below" if number == len(steps) else ""
            raise PatternError(f"{shorten(text)}: resource has an empty segment {number}{hint}")
        row.append(segment(text, f"resource, segment {number},", one))
    return RolePattern(text, Row.of(row), below)


def _partition(text: str, value: str) -> Segment:
    found = segment(text, "partition", value)
    if found.is_text and not value.startswith("aws"):
        raise PatternError(f"{shorten(text)}: partition is {value!r}, and every one begins with 'aws'")
    return found


def _account(text: str, value: str) -> Segment:
    found = segment(text, "account", value)
    texts = [part for part in found.parts if isinstance(part, str)]
    short = found.is_text and len(value) != _ACCOUNT_DIGITS
    if short or not all(part.isascii() and part.isdigit() for part in texts):
        raise PatternError(f"{shorten(text)}: account is {value!r}, and an account is {_ACCOUNT_DIGITS} digits")
    return found


# --- names ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A set of names (of roles, of stacks); ``*`` stands for any characters, none included."""

    text: str
    exact: Glob = field(compare=False, repr=False)
    folded: Glob = field(compare=False, repr=False)

    def matches(self, text: str, *, ignore_case: bool = False) -> bool:
        """
        Say whether ``text`` is one of these names.

        >>> admins = name_pattern("*Admin*")
        >>> admins.matches("data-admin"), admins.matches("data-admin", ignore_case=True)
        (False, True)
        """
        return self.folded.fits(text.casefold()) if ignore_case else self.exact.fits(text)


@lru_cache(maxsize=1024)
def name_pattern(text: str) -> NamePattern:
    """
    Read a pattern of names; raise PatternError when it is empty or more than one segment, or holds a placeholder.

    >>> name_pattern("*-dev").matches("data-dev"), name_pattern("*-dev").matches("data-develop")
    (True, False)
    """
    screen(text)
    for sign, why in (("/", "a name has no path"), ("{", "a name takes no placeholders")):
        if sign in text:
            raise PatternError(f"{shorten(text)} has {sign!r}, and {why}")
    exact, folded = (segment(text, "name", one).glob({}) for one in (text, text.casefold()))
    return NamePattern(text, exact, folded)
