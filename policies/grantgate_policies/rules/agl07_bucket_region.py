"""AGL-07: a location's bucket lies in the location's own Region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Value,
)
from grantgate_policies.matching import SCOPE_FIELD, quoted, scope_of
from grantgate_policies.subjects import Bucket, Location
from grantgate_policies.subjects.registrations import is_region, name_in, scope_in, unread_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.core import Verdict
    from grantgate_policies.program import Program

REGION_FIELD: Final = "region"
BUCKET_TYPES: Final = frozenset({"aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws-native:s3:Bucket"})


@dataclass(frozen=True, slots=True)
class _Buckets:
    """
    The buckets of a stack.

    Shape: ``nameless`` are those whose name is not known yet, the first of each Region, and ``unread`` the names of
           resources that could not be read: any of them may be the one that a location names.
    """

    program: Program
    named: dict[str, list[Bucket]]
    nameless: tuple[Bucket, ...]
    unread: tuple[str, ...]


def gather(program: Program) -> _Buckets:
    """Index the buckets by their name."""
    named: dict[str, list[Bucket]] = {}
    nameless: dict[str | None, Bucket] = {}
    for bucket in program.of(Bucket):
        if isinstance(bucket.bucket, str):
            named.setdefault(bucket.bucket, []).append(bucket)
        elif bucket.bucket is not ABSENT:  # where the program gives none, the provider makes one up
            # One of each Region is enough: what is asked of them is whether one lies elsewhere.
            nameless.setdefault(bucket.region if is_region(bucket.region) else None, bucket)
    unread = tuple(name_in(urn) for urn in unread_of(program, BUCKET_TYPES))
    return _Buckets(program, named, tuple(nameless.values()), unread)


def judge(location: Location, _context: Context, buckets: _Buckets) -> Verdict:
    """Break when the declared bucket lies in another Region than the location."""
    value = location.location_scope
    if value is UNKNOWN:
        return _likely(location, buckets.program.behind(location, SCOPE_FIELD, Bucket))
    if not isinstance(value, str):
        return _no_text(location, value)
    scope = scope_in(value) or scope_of(value)
    if isinstance(scope, Broken):
        return scope
    if not scope.bucket:
        return Skipped("the scope s3:// names no bucket")
    named = buckets.named.get(scope.bucket)
    return _held(location, _of_account(location, named)) if named else _undeclared(location, buckets)


def _likely(location: Location, makers: Sequence[Bucket]) -> Verdict:
    """
    Judge a scope that is not known yet by the buckets whose outputs went into it.

    What is made of a bucket's outputs is likely to lie in it, and may be any text: likely breaks, and never passes.
    """
    reason = f"{SCOPE_FIELD} is not known in this preview"
    if not makers:
        return Unsure(SCOPE_FIELD, reason)
    found = _held(location, makers, link=f", which {SCOPE_FIELD} is made from,")
    if found == PASSED:
        names = quoted(sorted({one.resource.name for one in makers}))
        return Unsure(SCOPE_FIELD, f"{reason}; it is made from {names}, in the location's own Region")
    return found


def _no_text(location: Location, value: Value) -> Verdict:
    if isinstance(value, Malformed):
        return Broken(SCOPE_FIELD, value.kind, "text", f"{SCOPE_FIELD} is a {value.kind}, not text")
    if location.live:
        return Skipped(f"the lookup holds no {SCOPE_FIELD}; lookup-performed says why")
    return Broken(SCOPE_FIELD, "nothing", "text", f"{SCOPE_FIELD} is not set")


def _undeclared(location: Location, buckets: _Buckets) -> Verdict:
    if buckets.unread:
        return Unsure(REGION_FIELD, f"{buckets.unread[0]!r} could not be read, and it may be the location's bucket")
    # A bucket of the location's own Region is no danger, whatever its name will be.
    elsewhere = (one for one in buckets.nameless if not is_region(one.region) or one.region != location.region)
    other = next(elsewhere, None)
    if other:
        name = other.resource.name
        return Unsure(SCOPE_FIELD, f"the name of bucket {name!r} is not known, and it may be the location's bucket")
    return Skipped("the bucket is declared elsewhere")


def _of_account(location: Location, named: Sequence[Bucket]) -> Sequence[Bucket]:
    """Choose among buckets of one name: the account's own, or all where the account decides nothing."""
    if not isinstance(location.account_id, str):
        return named
    own = [one for one in named if one.account_id == location.account_id]
    return own or [one for one in named if not isinstance(one.account_id, str)] or named


def _held(location: Location, buckets: Sequence[Bucket], *, link: str = "") -> Verdict:
    """Hold the location's Region against its buckets'; ``link`` tells messages how a bucket is the location's."""
    region = location.region
    if isinstance(region, Malformed):
        return Broken(REGION_FIELD, region.kind, "text", f"{REGION_FIELD} is a {region.kind}, not text")
    if not isinstance(region, str):
        known = "is not known in this preview" if region is UNKNOWN else "is not stated, nor is its provider's"
        return Unsure(REGION_FIELD, f"the location's Region {known}")
    if not is_region(region):
        return Broken(REGION_FIELD, region, "an AWS Region", f"{region!r} is not the name of an AWS Region")
    unclear = [one for one in buckets if not is_region(one.region)]
    elsewhere = [one for one in buckets if is_region(one.region) and one.region != region]
    if len(elsewhere) == len(buckets):
        return _apart(region, elsewhere[0], link)
    if unclear:
        return Unsure(REGION_FIELD, f"the Region of bucket {unclear[0].resource.name!r} is not known")
    if elsewhere and link:
        names = quoted(sorted({one.resource.name for one in buckets}))
        made = f"it is made from {names}, and not all of these lie in the location's own Region"
        return Unsure(SCOPE_FIELD, f"{SCOPE_FIELD} is not known in this preview; {made}")
    if elsewhere:
        name = elsewhere[0].resource.name
        message = f"several buckets have the scope's name, and {name!r} lies in {elsewhere[0].region!r}, not {region!r}"
        return Unsure(REGION_FIELD, message)
    return PASSED


def _apart(region: str, bucket: Bucket, link: str) -> Broken:
    theirs = str(bucket.region)
    return Broken(
        REGION_FIELD,
        region,
        theirs,
        f"the location is in Region {region!r}, and its bucket {bucket.resource.name!r}{link} is in {theirs!r}",
        f"Register the location in {theirs}, with that Region's instance.",
    )


RULE = Rule(
    id="AGL-07",
    name="location-bucket-region",
    about=(Location,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The location's bucket lies in the location's Region",
    why=(
        "An Access Grants instance serves buckets of its own Region only, and S3 says so late, in the middle of an "
        "update. Only a bucket that the same stack declares can be held against its location; a scope that a preview "
        "does not know yet breaks by the bucket that it is made from, and does not pass by it. The rule looks at the "
        "whole stack: it blocks a preview, and reports after the fact in an update."
    ),
    fix="Register the location in the bucket's Region, with that Region's instance.",
    source="S3 User Guide, Register a location: bucket and instance share a Region",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    judge=judge,
    gather=gather,
)
