"""
Reading patterns: one segment, several side by side, and the words in which they say what does not fit.

A segment is what stands between two ``/`` (or between two ``:`` of an ARN). Standard library only.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from grantgate_policies.globs import Glob, Wild
from grantgate_policies.scopes import LONGEST, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

VARIABLES: Final = ("account.id", "account.name", "environment", "region", "partition")
"""The placeholders whose text the resource's own account and Region give."""

_WILDCARDS: Final = 4  # in one segment
_LIKE: Final = 0.85  # how like a variable a capture's name may not be (difflib's ratio)
_LIKE_AT_ALL: Final = 0.5  # how like a variable a malformed name must be for a "did you mean"

_TOKENS: Final = re.compile(r"\{([^{}]*)\}|(\*)|([^{}*]+)|(.)", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

Variables: TypeAlias = "Mapping[str, str | None]"
"""What the variables stand for; None, an empty text and a text with a ``/`` mean that there is no usable value."""


class PatternError(ValueError):
    """A text is no pattern of the kind that was asked for; the message shows it, then the limit."""


def screen(text: str) -> None:
    """Raise PatternError for what no pattern may be: empty, too long, blank somewhere, with a ``?``."""
    if not text:
        raise PatternError("pattern is empty")
    if len(text) > LONGEST:
        raise PatternError(f"pattern {shorten(text)} has {len(text)} characters, at most {LONGEST} are read")
    blank = next((one for one in text if one.isspace() or not one.isprintable()), "")
    if blank:
        raise PatternError(f"{shorten(text)} has {blank!r}, and white space may not stand in a pattern")
    if "?" in text:
        raise PatternError(f"{shorten(text)} has '?', which is no wildcard here; '*' is the only one")


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """A place that a variable's value fills."""

    name: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it was written."""

    parts: tuple[str | Wild | Variable, ...]
    names: frozenset[str] = field(compare=False)
    variables: frozenset[str] = field(compare=False)

    @property
    def is_text(self) -> bool:
        """Whether there is neither a wildcard nor a variable."""
        return not any(isinstance(part, (Wild, Variable)) for part in self.parts)

    def glob(self, values: Mapping[str, str]) -> Glob:
        """Fill in the variables; one without a value becomes ``*``."""
        return Glob.of(
            part if not isinstance(part, Variable) else values.get(part.name) or Wild() for part in self.parts
        )


def segment(pattern: str, label: str, text: str) -> Segment:
    """
    Read one segment; raise PatternError naming ``pattern`` and ``label`` (which of its segments this is).

    >>> segment("s3://{account.nmae}/", "bucket", "{account.nmae}")
    Traceback (most recent call last):
    grantgate_policies.segments.PatternError: 's3://{account.nmae}/': bucket has '{account.nmae}', which is no \
variable; did you mean '{account.name}'?
    """
    place = f"{shorten(pattern)}: {label} has"
    parts: list[str | Wild | Variable] = []
    for name, star, literal, stray in _TOKENS.findall(text):
        if stray:
            raise PatternError(f"{place} a {stray!r} without its partner")
        part = literal or (Wild() if star else _placeholder(place, name))
        before = parts[-1] if parts else None
        if isinstance(part, Wild) and isinstance(before, Wild):
            if not before.name and not part.name:
                raise PatternError(f"{place} '**'; '*' stays inside a segment, and '/*' at the end means all below")
            if before.name and part.name:
                raise PatternError(f"{place} '{{{before.name}}}{{{part.name}}}', and text must stand between captures")
        parts.append(part)
    wildcards = [part for part in parts if isinstance(part, Wild)]
    if len(wildcards) > _WILDCARDS:
        raise PatternError(f"{place} {len(wildcards)} '*' and captures, at most {_WILDCARDS} fit")
    return Segment(
        tuple(parts),
        names=frozenset(part.name for part in wildcards if part.name),
        variables=frozenset(part.name for part in parts if isinstance(part, Variable)),
    )


def _placeholder(place: str, name: str) -> Wild | Variable:
    if name in VARIABLES:
        return Variable(name)
    shown = f"'{{{name}}}'"
    well_formed = _NAME.fullmatch(name) is not None
    # A misspelt variable would silently capture anything, so a capture may not look like one.
    alike = difflib.get_close_matches(name.lower(), VARIABLES, n=1, cutoff=_LIKE if well_formed else _LIKE_AT_ALL)
    hint = f"; did you mean '{{{alike[0]}}}'?" if alike else ""
    if "." in name:
        raise PatternError(f"{place} {shown}, which is no variable{hint or '; they are ' + ', '.join(VARIABLES)}")
    if not well_formed:
        raise PatternError(f"{place} {shown}, and a name is a letter, then letters, digits, '_' and '-'{hint}")
    if alike:
        raise PatternError(f"{place} {shown}, too like a variable for a capture{hint}")
    return Wild(name)


_MOST_FILLED: Final = 4096  # fillings that a pattern keeps: a stack has few accounts and Regions


# --- several segments -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """The segments of one pattern, side by side."""

    segments: tuple[Segment, ...]
    names: frozenset[str] = field(compare=False)
    variables: frozenset[str] = field(compare=False)
    fixed: tuple[Glob, ...] = field(compare=False)
    filled: dict[tuple[str | None, ...], tuple[tuple[Glob, ...], list[str]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, segments: Iterable[Segment]) -> Row:
        """Put ``segments`` side by side; they are filled in at once when they hold no variable."""
        row = tuple(segments)
        variables = frozenset().union(*(one.variables for one in row))
        fixed = () if variables else tuple(one.glob({}) for one in row)
        return cls(row, frozenset().union(*(one.names for one in row)), variables, fixed)

    def missing(self, variables: Variables) -> list[str]:
        """List the variables of this row that have no usable value, sorted."""
        return sorted(name for name in self.variables if not _usable(variables.get(name)))

    def globs(self, variables: Variables) -> tuple[Glob, ...]:
        """Fill in the variables; one without a usable value becomes ``*``."""
        return self.fixed if not self.variables else self._filling(variables)[0]

    def certain(self, variables: Variables) -> tuple[Glob, ...] | None:
        """Fill in the variables; None when one has no usable value."""
        if not self.variables:
            return self.fixed
        globs, missing = self._filling(variables)
        return None if missing else globs

    def _filling(self, variables: Variables) -> tuple[tuple[Glob, ...], list[str]]:
        values = tuple([variables.get(name) for name in self.variables])
        found = self.filled.get(values)
        if found is None:
            if len(self.filled) >= _MOST_FILLED:
                self.filled.clear()
            known = {
                name: value for name, value in zip(self.variables, values, strict=True) if value and _usable(value)
            }
            found = tuple(one.glob(known) for one in self.segments), self.missing(variables)
            self.filled[values] = found
        return found


def _usable(value: str | None) -> bool:
    return bool(value) and "/" not in str(value)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What scope, prefix and role patterns have in common; ``text`` is the pattern as it was written."""

    text: str
    row: Row = field(compare=False, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The captures."""
        return self.row.names

    @property
    def variables(self) -> frozenset[str]:
        """The variables whose values the pattern needs."""
        return self.row.variables


# --- what does not fit ------------------------------------------------------------------------------------------------


def differs(label: str, glob: Glob, text: str) -> str:
    """Say that ``text``, found at ``label``, does not match ``glob``."""
    relation = "does not match" if glob.gaps else "is not"
    return f"{label} {shorten(text)} {relation} {shorten(str(glob))}"


def be(glob: Glob) -> str:
    """Finish a sentence that ends in "must"."""
    return f"{'match' if glob.gaps else 'be'} {shorten(str(glob))}"


def clash(names: frozenset[str]) -> str:
    """Say that every segment matches by itself, and the captures do not agree."""
    listed = ", ".join(f"{{{name}}}" for name in sorted(names))
    return f"no text was found for {listed} that fits every place where it stands"


def lacks(missing: Sequence[str]) -> str:
    """Say that variables have no value; only an account that is listed has a name."""
    why = " (the account is not one of organization.accounts)" if "account.name" in missing else ""
    return " and ".join(f"{{{name}}}" for name in missing) + f" has no value here{why}, so nothing can match"
