"""
Patterns of the rules file: which scopes, role ARNs, prefixes and names the organization means.

They are patterns of this domain, not regular expressions. ``*`` stays inside a bucket name, a path segment or a field
of an ARN; ``{account.id}`` and the other variables are texts that the resource's account and Region give; any other
``{name}`` captures one character or more within a segment, and the same name captures the same text everywhere.

A pattern allows by ``admits`` or ``matches``, where a variable without a value lets nothing through, and forbids by
``touches`` or ``denies``, where a variable without a value stands for anything: both fail closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from grantgate_policies.globs import ALTERNATIVES, UNBOUND, Glob, agree
from grantgate_policies.role_patterns import NamePattern, RolePattern, name_pattern, role_pattern
from grantgate_policies.scopes import SCHEME, Scope, shorten
from grantgate_policies.segments import (
    VARIABLES,
    Pattern,
    PatternError,
    Row,
    Segment,
    Variables,
    be,
    clash,
    differs,
    lacks,
    screen,
    segment,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.core import Bindings

__all__ = [
    "ALTERNATIVES",
    "VARIABLES",
    "NamePattern",
    "PatternError",
    "PrefixPattern",
    "RolePattern",
    "ScopePattern",
    "Variables",
    "combine",
    "name_pattern",
    "prefix_pattern",
    "role_pattern",
    "scope_pattern",
]

_JOINED: Final = 1_024  # the most alternatives that ``combine`` gives
_NO_BUCKET: Final = re.compile(r"[^a-z0-9.-]")


# --- paths: the folders in which scope and prefix patterns end --------------------------------------------------------


def _below(globs: Sequence[Glob], prefix: str) -> tuple[str, ...] | None:
    """Give the segment for each folder, when every key that begins with ``prefix`` lies below that many folders."""
    segments = prefix.split("/", len(globs))
    return tuple(segments[:-1]) if len(segments) > len(globs) else None


def _meets(globs: Sequence[Glob], prefix: str) -> bool:
    """Say whether a key that begins with ``prefix`` can lie below the folders."""
    *whole, rest = prefix.split("/", len(globs))
    if not all(glob.fits(text) for glob, text in zip(globs, whole, strict=False)):
        return False
    return len(whole) == len(globs) or globs[len(whole)].begins(rest)


def _strays(globs: Sequence[Glob], prefix: str) -> str:
    """Say why ``prefix`` does not lie below the folders, or nothing when each folder by itself fits."""
    *whole, rest = prefix.split("/", len(globs))
    for number, (glob, text) in enumerate(zip(globs, whole, strict=False), start=1):
        if not glob.fits(text):
            return differs(f"segment {number}", glob, text)
    if len(whole) == len(globs):
        return ""
    number, wanted = len(whole) + 1, globs[len(whole)]
    if not rest:
        return f"the scope ends before segment {number}, which must {be(wanted)}"
    if wanted.fits(rest):
        return f"the scope has no '/' after {shorten(rest)}: it also covers {shorten(rest + '-other')}"
    if wanted.begins(rest):
        return (
            f"the scope ends inside segment {number}: {shorten(rest)} is only the beginning of {shorten(str(wanted))}"
        )
    return differs(f"segment {number}", wanted, rest)


# --- scopes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScopePattern(Pattern):
    """
    A set of keys: those of the buckets that match, below the folders that match.

    Shape: ``row`` holds the bucket's segment and one for each folder; it is empty for ``s3://``, every bucket.
           ``literal`` is bucket and prefix when there are no wildcards and variables.
    """

    literal: tuple[str, str] | None = field(compare=False, repr=False)

    def admits(self, scope: Scope, variables: Variables) -> tuple[Bindings, ...]:
        """
        Give the captures under which every key of ``scope`` lies in this pattern; none when it is not admitted.

        Without captures that is one empty alternative. At most ALTERNATIVES are given. Every bucket (``s3://``) lies
        only inside ``s3://`` and ``s3://*``: no capture of a bucket's name holds for all of them.

        >>> pattern = scope_pattern("s3://acme-{account.name}-*/{team}/*")
        >>> pattern.admits(Scope.parse("s3://acme-prod-eu/fin/x*"), {"account.name": "prod"})
        (frozenset({('team', 'fin')}),)
        >>> pattern.admits(Scope.parse("s3://acme-prod-eu/fin*"), {"account.name": "prod"})
        ()
        """
        if self.literal is not None:
            bucket, prefix = self.literal
            return UNBOUND if scope.bucket == bucket and scope.prefix.startswith(prefix) else ()
        globs = self.row.certain(variables)
        if globs is None:
            return ()
        if not globs:
            return UNBOUND
        if not scope.bucket:
            return UNBOUND if len(globs) == 1 and globs[0].is_anything else ()
        segments = _below(globs[1:], scope.prefix)
        return () if segments is None else agree(tuple(zip(globs, (scope.bucket, *segments), strict=True)))

    def touches(self, scope: Scope, variables: Variables) -> bool:
        """
        Say whether ``scope`` and this pattern share a key.

        A name that stands twice is not held to one text here, so a scope may be said to touch that does not.

        >>> pattern = scope_pattern("s3://acme/finance/*")
        >>> [pattern.touches(Scope.parse(text), {}) for text in ("s3://", "s3://acme/fin", "s3://acme/finances*")]
        [True, True, False]
        """
        globs = self.row.globs(variables)
        if not globs or not scope.bucket:
            return True
        return globs[0].fits(scope.bucket) and _meets(globs[1:], scope.prefix)

    def nearest(self, scope: Scope, variables: Variables) -> str:
        """
        Say in a phrase why ``scope`` is not admitted; nothing when it is.

        >>> pattern = scope_pattern("s3://logs/app/*")
        >>> pattern.nearest(Scope.parse("s3://logs/apple/*"), {})
        "segment 1 'apple' is not 'app'"
        >>> pattern.nearest(Scope.parse("s3://logs/app*"), {})
        "the scope has no '/' after 'app': it also covers 'app-other'"
        """
        if self.admits(scope, variables):
            return ""
        if missing := self.row.missing(variables):
            return lacks(missing)
        globs = self.row.globs(variables)
        if not scope.bucket:
            return f"the scope covers every bucket, and the bucket must {be(globs[0])}"
        if not globs[0].fits(scope.bucket):
            return differs("bucket", globs[0], scope.bucket)
        return _strays(globs[1:], scope.prefix) or clash(self.names)


@lru_cache(maxsize=1024)
def scope_pattern(text: str) -> ScopePattern:
    """
    Read a scope pattern; raise PatternError when no scope could lie inside it or its meaning is unclear.

    >>> scope_pattern("s3://acme-data/finance")
    Traceback (most recent call last):
    grantgate_policies.segments.PatternError: 's3://acme-data/finance' does not end in '/' or '/*', and a scope that \
begins so may go on; write 's3://acme-data/finance/*'
    """
    screen(text)
    scheme, rest = text[: len(SCHEME)], text[len(SCHEME) :]
    if scheme != SCHEME:
        hint = f"; write {SCHEME + rest!r}" if scheme.lower() == SCHEME else ""
        raise PatternError(f"{shorten(text)} does not begin with '{SCHEME}'{hint}")
    bucket, slash, path = rest.partition("/")
    if not bucket:
        if slash:
            raise PatternError(f"{shorten(text)} has no bucket before its path; '*' stands for any")
        return ScopePattern(text, Row.of(()), None)
    first = segment(text, "bucket", bucket)
    for part in first.parts:
        if isinstance(part, str) and (strange := _NO_BUCKET.search(part)):
            raise PatternError(
                f"{shorten(text)} has {strange[0]!r} in its bucket, and bucket names hold only a-z, 0-9, '.' and '-'"
            )
    segments = (first, *(_folders(text, path) if path not in ("", "*") else ()))
    return ScopePattern(text, Row.of(segments), _literal(segments))


def _literal(segments: Sequence[Segment]) -> tuple[str, str] | None:
    texts = [part for one in segments for part in one.parts if isinstance(part, str)]
    if len(texts) < sum(len(one.parts) for one in segments):
        return None
    return texts[0], "".join(f"{folder}/" for folder in texts[1:])


# --- prefixes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrefixPattern(Pattern):
    """The path part of a scope pattern, for scopes of whatever bucket."""

    def admits(self, scope: Scope, variables: Variables) -> tuple[Bindings, ...]:
        """
        Give the captures under which every key of ``scope`` lies below these folders, as ``ScopePattern.admits`` does.

        >>> prefix_pattern("{environment}/{team}/").admits(Scope.parse("s3://b/dev/fin/*"), {"environment": "dev"})
        (frozenset({('team', 'fin')}),)
        """
        globs = self.row.certain(variables)
        if globs is None:
            return ()
        segments = _below(globs, scope.prefix)
        return () if segments is None else agree(tuple(zip(globs, segments, strict=True)))

    def nearest(self, scope: Scope, variables: Variables) -> str:
        """Say in a phrase why ``scope`` is not admitted; nothing when it is."""
        if self.admits(scope, variables):
            return ""
        if missing := self.row.missing(variables):
            return lacks(missing)
        return _strays(self.row.globs(variables), scope.prefix) or clash(self.names)


@lru_cache(maxsize=1024)
def prefix_pattern(text: str) -> PrefixPattern:
    """
    Read the path part of a scope pattern, such as ``{environment}/{team}/``; raise PatternError when it is none.

    >>> prefix_pattern("/finance/")
    Traceback (most recent call last):
    grantgate_policies.segments.PatternError: '/finance/': segment 1 is empty
    """
    screen(text)
    if text[: len(SCHEME)].lower() == SCHEME:
        raise PatternError(f"{shorten(text)} names a bucket, and a prefix is what follows it: 'folder/'")
    return PrefixPattern(text, Row.of(_folders(text, text)))


def _folders(text: str, path: str) -> list[Segment]:
    folder = path[:-2] if path.endswith("/*") else path[:-1] if path.endswith("/") else None
    if folder is None:
        offers = dict.fromkeys(f"{one.rstrip('/')}/*" for one in (text.rstrip("*"), text) if one)
        offered = " or ".join(shorten(one) for one in offers if "**" not in one)
        raise PatternError(
            f"{shorten(text)} does not end in '/' or '/*', and a scope that begins so may go on; write {offered}"
        )
    segments = []
    for number, one in enumerate(folder.split("/"), start=1):
        if not one:
            raise PatternError(f"{text!r}: segment {number} is empty")
        segments.append(segment(text, f"segment {number}", one))
    return segments


# --- joining ----------------------------------------------------------------------------------------------------------


def combine(left: tuple[Bindings, ...], right: tuple[Bindings, ...]) -> tuple[Bindings, ...]:
    """
    Merge the alternatives that agree on the names they share; none when none agree.

    At most 1,024 are given. One empty alternative changes nothing.

    >>> scope = (frozenset({("team", "a")}), frozenset({("team", "b")}))
    >>> role = (frozenset({("team", "b"), ("use", "x")}),)
    >>> combine(scope, role) == role
    True
    """
    merged = (one | other for one in left for other in right if len(one | other) == len(dict(one | other)))
    return tuple(sorted(islice(dict.fromkeys(merged), _JOINED), key=sorted))
