"""AGL-04: a location's prefix ends at a "/" boundary, so that it cannot leak into a sibling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grantgate_policies.core import PASSED, Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.matching import SCOPE_FIELD, scope_of, told
from grantgate_policies.subjects import Location

if TYPE_CHECKING:
    from collections.abc import Mapping


def judge(location: Location, _context: Context) -> Verdict:
    """Break on a prefix that ends inside a path segment."""
    scope = scope_of(location.location_scope)
    if isinstance(scope, Broken):
        return scope
    if not scope.prefix or scope.prefix.endswith("/"):
        return PASSED
    observed = str(location.location_scope)
    passing = f"s3://{scope.bucket}/{scope.prefix}/*"
    sibling = f"{scope.prefix.rpartition('/')[2]}-other/"
    return Broken(
        SCOPE_FIELD,
        observed,
        passing,
        f"scope {told(observed)} ends inside a path segment and also covers siblings such as {sibling!r}",
        edit=f"Write {passing!r}.",
    )


def remedy(location: Location, _context: Context) -> Mapping[str, Any] | None:
    """Close the prefix at the segment where it ends; what a lookup found at AWS cannot be put right here."""
    scope = scope_of(location.location_scope)
    if location.live or isinstance(scope, Broken) or not scope.prefix or scope.prefix.endswith("/"):
        return None
    return {SCOPE_FIELD: f"s3://{scope.bucket}/{scope.prefix}/*"}


RULE = Rule(
    id="AGL-04",
    name="location-prefix-delimited",
    about=(Location,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The location's prefix ends in / or /*",
    why=(
        "A location is a plain prefix: s3://bucket/finance* also covers finance-archive/ and financeable.csv, whoever "
        "creates them later."
    ),
    fix="End the scope in /*.",
    source="S3 API reference, GetAccessGrantsLocation: LocationScope (a prefix is a string of characters)",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessGrantsLocation.html",
    needs=("location_scope",),
    judge=judge,
    remedy=remedy,
)
