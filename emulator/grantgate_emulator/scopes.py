"""S3 scopes: which strings name a bucket or a prefix, how they join, and what they cover."""

from __future__ import annotations

import re

from .errors import AwsError

_BUCKET = r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"
_SCOPE = re.compile(rf"s3://(?:(?P<bucket>{_BUCKET})(?:/[^*?]*)?\*?)?")
DEFAULT_SCOPE = "s3://"


def bucket_of(uri: str) -> str | None:
    """
    Return the bucket a scope or a target names, None for every bucket.

    >>> bucket_of("s3://acme-logs/app/*"), bucket_of("s3://acme-logs"), bucket_of("s3://")
    ('acme-logs', 'acme-logs', None)
    """
    return uri.removeprefix("s3://").split("/")[0].rstrip("*") or None


def check_location_scope(scope: str) -> None:
    """Refuse what cannot be registered: another scheme, an impossible bucket, a wildcard that is not last."""
    if not _SCOPE.fullmatch(scope):
        message = f"LocationScope: {scope!r} must be s3://, or s3://BUCKET with an optional prefix and a final *"
        raise AwsError("InvalidAccessGrantsLocation", message)


def normalised(scope: str) -> str:
    """
    Return a scope in the one form used to compare two locations.

    >>> normalised("s3://acme-logs"), normalised("s3://acme-logs/*"), normalised("s3://acme-logs/app*")
    ('s3://acme-logs/', 's3://acme-logs/', 's3://acme-logs/app')
    """
    bare = scope.removesuffix("*")
    return bare if bare == DEFAULT_SCOPE or bare.count("/") > 2 else bare + "/"  # noqa: PLR2004  # scheme's two


def joined(location_scope: str, sub_prefix: str | None, *, is_object: bool) -> str:
    """
    Return a grant's scope: the location's, the sub-prefix, and the * that makes it a prefix.

    >>> joined("s3://acme-logs/app/*", "eu/", is_object=False)
    's3://acme-logs/app/eu/*'
    >>> joined("s3://", "acme-logs/a.txt", is_object=True)
    's3://acme-logs/a.txt'
    """
    scope = normalised(location_scope) + (sub_prefix or "")
    return scope if is_object or scope.endswith("*") else scope + "*"


def covers(scope: str, target: str) -> bool:
    """
    Tell whether everything ``target`` stands for lies inside ``scope``.

    >>> covers("s3://acme-logs/app/*", "s3://acme-logs/app/eu/*"), covers("s3://acme-logs/app/*", "s3://acme-logs/*")
    (True, False)
    """
    if not scope.endswith("*"):
        return target == scope
    return normalised(target).startswith(scope.removesuffix("*"))
