"""
Location scopes: what an S3 Access Grants location covers, and everything that is wrong with how it was written.

A location is a prefix. ``s3://b/fin`` and ``s3://b/fin*`` both cover every key that begins with ``fin``, ``finance/…``
included; ``s3://`` covers every bucket of the account and Region. Standard library only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SCHEME: Final = "s3://"
LONGEST: Final = 2_000
"""The most characters that S3 takes as a location scope."""

_SHORTEST_BUCKET: Final = 3
_LONGEST_BUCKET: Final = 63
_SHOWN: Final = 80  # characters of a value that a message repeats

# Source: Amazon S3 user guide, "General purpose bucket naming rules". The suffix -an is not here: it belongs to buckets
# in an account's Regional namespace, which are general purpose buckets too.
_RESERVED_PREFIXES: Final = {
    "xn--": "S3 reserves",
    "sthree-": "S3 reserves",
    "amzn-s3-demo-": "S3 reserves for examples",
}
_RESERVED_SUFFIXES: Final = {
    "-s3alias": "names an access point alias",
    "--ol-s3": "names an Object Lambda access point alias",
    ".mrap": "names a Multi-Region Access Point",
    "--x-s3": "names a directory bucket",
    "--table-s3": "names a table bucket",
}
_ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
# The shape of nearly every scope, which no complaint is about; whatever has another shape is looked at rule by rule.
_SOUND: Final = re.compile(
    r"s3://(?:(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{2,62}"
    r"(?<!-)(?<!-s3alias)(?<!--ol-s3)(?<!--x-s3)(?<!--table-s3)"
    r"(?:/(?:[A-Za-z0-9_=+-][A-Za-z0-9_.=+-]*/)*(?:[A-Za-z0-9_=+-][A-Za-z0-9_.=+-]*)?\*?)?)?"
)
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


class ScopeError(ValueError):
    """A text stands for no set of keys; the message shows the text, then the limit."""


def shorten(text: str) -> str:
    """
    Quote ``text`` for a message, cut where it gets longer than a line.

    >>> shorten("s3://acme/finance/*")
    "'s3://acme/finance/*'"
    """
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The keys that one location covers: those of ``bucket`` that begin with ``prefix``.

    Shape:   an empty ``bucket`` means every bucket of the account and Region, and then ``prefix`` is empty too; an
             empty ``prefix`` means the whole bucket. Neither holds the trailing ``*``.
    Source:  S3 API reference, CreateAccessGrantsLocation: LocationScope.

    >>> Scope.parse("s3://acme/fin*") == Scope.parse("s3://acme/fin") == Scope(bucket="acme", prefix="fin")
    True
    """

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> Scope:
        """
        Read a location scope; raise ScopeError when it stands for no set of keys.

        Lenient where the meaning is clear (``S3://``, an impossible bucket name): ``faults`` complains of those.

        >>> Scope.parse("s3://acme/*")
        Scope(bucket='acme', prefix='')
        >>> Scope.parse("S3://")
        Scope(bucket='', prefix='')
        >>> Scope.parse("s3://acme-*/x/")
        Traceback (most recent call last):
        grantgate_policies.scopes.ScopeError: 's3://acme-*/x/' has a '*' in its bucket, and a location names one bucket
        """
        if text[: len(SCHEME)].lower() != SCHEME:
            raise ScopeError(f"{shorten(text)} does not begin with '{SCHEME}'")
        bucket, slash, key = text[len(SCHEME) :].partition("/")
        if "*" in bucket:
            raise ScopeError(f"{shorten(text)} has a '*' in its bucket, and a location names one bucket")
        if slash and not bucket:
            raise ScopeError(f"{shorten(text)} has a key but no bucket")
        prefix = key.removesuffix("*")
        if "*" in prefix:
            raise ScopeError(f"{shorten(text)} has a '*' before its end, and a location is a prefix")
        return cls(bucket, prefix)

    @property
    def text(self) -> str:
        """
        The one way to write this scope.

        >>> [Scope.parse(text).text for text in ("s3://", "s3://b", "s3://b/", "s3://b/fin", "S3://b/fin/*")]
        ['s3://', 's3://b/*', 's3://b/*', 's3://b/fin*', 's3://b/fin/*']
        """
        return f"{SCHEME}{self.bucket}/{self.prefix}*" if self.bucket else SCHEME

    def __str__(self) -> str:
        return self.text


def faults(text: str) -> tuple[str, ...]:
    """
    Name everything that is wrong with a location scope as it is written, each as value, then limit.

    Shape:   in the order in which the text is read; every complaint can be mended without bringing up another.
    Source:  Amazon S3 user guide, "General purpose bucket naming rules"; S3 API reference, S3Prefix (1 to 2,000).

    >>> faults("s3://acme-data/finance/*")
    ()
    >>> faults("S3://acme-data/finance/../*")
    ("scheme 'S3://' is not lower-case 's3://'", "segment 2 is '..', which S3 does not resolve")
    """
    if len(text) <= LONGEST and _SOUND.fullmatch(text):
        return ()
    return _complaints(text)


def _complaints(text: str) -> tuple[str, ...]:
    if not text:
        return ("scope is empty; 's3://' and a bucket must follow, or 's3://' alone for every bucket",)
    found = []
    if len(text) > LONGEST:
        found.append(f"scope has {len(text)} characters, S3 takes at most {LONGEST}")
    blank = next((character for character in text if character.isspace() or not character.isprintable()), "")
    if blank:
        found.append(f"{shorten(text)} has {blank!r}, and white space and control characters may not stand in a scope")
    if text[:4].lower() == "arn:":
        found.append(f"{shorten(text)} is an ARN, and a location names a bucket: 's3://bucket/prefix'")
        return tuple(found)
    scheme = text[: len(SCHEME)]
    if scheme.lower() != SCHEME:
        found.append(f"{shorten(text)} does not begin with '{SCHEME}'")
        return tuple(found)
    if scheme != SCHEME:
        found.append(f"scheme {scheme!r} is not lower-case '{SCHEME}'")
    bucket, slash, key = text[len(SCHEME) :].partition("/")
    if bucket or slash:
        found += _bucket_faults(bucket)
    found += _key_faults(key)
    return tuple(found)


def _bucket_faults(bucket: str) -> list[str]:
    shown = f"bucket {shorten(bucket)}"
    if not bucket:
        return ["bucket is empty, and a key needs one before it"]
    if bucket[:4].lower() == "arn:":
        return [f"{shown} is an access point or bucket ARN, and a location names a bucket"]
    found = []
    if "*" in bucket:
        found.append(f"{shown} has a '*', and a location names one bucket")
    if not _SHORTEST_BUCKET <= len(bucket) <= _LONGEST_BUCKET:
        characters = f"{len(bucket)} character{'s' * (len(bucket) != 1)}"
        found.append(f"{shown} has {characters}, S3 takes {_SHORTEST_BUCKET} to {_LONGEST_BUCKET}")
    # '*' and blanks have complaints of their own.
    strange = sorted(one for one in set(bucket) - _PLAIN - {"*"} if one.isprintable() and not one.isspace())
    if strange:
        listed = ", ".join(map(repr, strange[:5]))
        found.append(f"{shown} has {listed}, and only a-z, 0-9, '.' and '-' may stand in a bucket name")
    found += [
        f"{shown} {how} with {edge!r}, not with a letter or digit"
        for edge, how in ((bucket[0], "begins"), (bucket[-1], "ends"))
        if edge in ".-"
    ]
    if ".." in bucket:
        found.append(f"{shown} has two dots side by side")
    if _ADDRESS.fullmatch(bucket):
        found.append(f"{shown} looks like an IP address")
    found += [
        f"{shown} begins with {prefix!r}, which {why}"
        for prefix, why in _RESERVED_PREFIXES.items()
        if bucket.startswith(prefix)
    ]
    found += [
        f"{shown} ends with {suffix!r}, which {why} and no general purpose bucket"
        for suffix, why in _RESERVED_SUFFIXES.items()
        if bucket.endswith(suffix)
    ]
    return found


def _key_faults(key: str) -> list[str]:
    found = []
    prefix = key.removesuffix("*")
    if "*" in prefix:
        stars = f"prefix {shorten(key)} has {key.count('*')} '*'"
        found.append(f"{stars}, and one is allowed, at the end" if key.count("*") > 1 else f"{stars} before its end")
    found += [
        f"prefix {shorten(key)} has {mark!r}, and a scope takes no {what}"
        for mark, what in (("?", "query"), ("#", "fragment"))
        if mark in key
    ]
    segments = prefix.split("/")
    found += [
        f"segment {number} is {segment!r}, which S3 does not resolve"
        for number, segment in enumerate(segments, start=1)
        if segment in (".", "..")
    ][:5]
    if "" in segments[:-1]:
        number = segments.index("") + 1
        found.append(f"segment {number} of prefix {shorten(key)} is empty, and S3 does not fold '//'")
    return found
