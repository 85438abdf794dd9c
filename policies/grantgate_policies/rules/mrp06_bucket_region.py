"""MRP-06: the buckets of a Multi-Region Access Point lie in the organization's Regions, one in each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from grantgate import inputs as accepts

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    OnUnknown,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Value,
    Verdict,
)
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects import Bucket, MultiRegionAccessPoint, RegionBucket
from grantgate_policies.subjects.lookups import unheard
from grantgate_policies.subjects.registrations import is_region

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.program import Program


class _Buckets(NamedTuple):
    """The buckets of a stack; ``regions`` are what those of one name say of their Region."""

    program: Program
    regions: dict[str, set[Value]]


class _Placed(NamedTuple):
    """
    One bucket as messages call it and its Region.

    Shape: ``region`` is None where ``why`` tells what is not known; ``made`` says that no name tells that the bucket is
           the access point's, but only what the list is made from.
    """

    bucket: str
    region: str | None
    why: str = ""
    made: bool = False


def gather(program: Program) -> _Buckets:
    """Index the Regions of buckets by the buckets' names."""
    regions: dict[str, set[Value]] = {}
    for bucket in program.of(Bucket):
        if isinstance(bucket.bucket, str):
            regions.setdefault(bucket.bucket, set()).add(bucket.region)
    return _Buckets(program, regions)


def judge(point: MultiRegionAccessPoint, context: Context, buckets: _Buckets) -> Verdict:
    """Break when a bucket lies in a Region that is not the organization's, or two lie in one."""
    entries, field = point.regions, point.regions_field
    if isinstance(entries, Malformed):
        message = f"{field} holds a {entries.kind} where the list of Regions belongs"
        return Broken(field, entries.kind, "a list of Regions", message)
    if entries is ABSENT or not entries:
        return unheard(point, regions=entries) or Broken(
            field, "nothing", "a list of Regions", f"{field} names no Regions"
        )
    if isinstance(entries, Missing):
        unlisted = _Placed("a bucket", None, "the list of Regions is not known in this preview")
        placed = (*_made(point, (), buckets.program), unlisted)
    else:
        unreadable = next(_unreadable(entries, field), None)
        if unreadable:
            return unreadable
        placed = (*_known(entries, buckets), *_computed(entries, point, buckets.program))
    allowed = context.organization.regions
    seen = repr(sorted((one.bucket, one.region or "") for one in placed))
    broken = next(_misplaced(placed, allowed, field), None)
    if broken:
        return replace(broken, seen=seen)
    if not allowed:
        return Skipped("the organization does not restrict its Regions")
    unclear = next((one for one in placed if one.region is None), None)
    return Unsure(field, unclear.why, seen) if unclear else PASSED


def _unreadable(entries: Sequence[RegionBucket], field: str) -> Iterator[Broken]:
    """Tell what cannot be read of the entries."""
    for number, entry in enumerate(entries, start=1):
        where = f"entry {number} of the Regions"
        for name, value in (("bucket", entry.bucket), ("region", entry.region)):
            if isinstance(value, Malformed):
                yield Broken(field, value.kind, "text", f"{name} of {where} is a {value.kind}, not text")
        if entry.bucket is ABSENT:
            yield Broken(field, "nothing", "a bucket's name", f"{where} names no bucket")
        stated = _stated(entry)
        if stated and (complaint := accepts.region(stated)):
            yield Broken(field, stated, "a Region's name", f"region {complaint}")


def _misplaced(placed: Sequence[_Placed], allowed: Sequence[str], field: str) -> Iterator[Broken]:
    """Hold the Regions that are known against the organization's, and against each other."""
    first: dict[str, _Placed] = {}
    for one in placed:
        region = one.region
        if region is None:
            continue
        if allowed and region not in allowed:
            limit = quoted(allowed)
            message = f"{one.bucket} is in Region {told(region)}, which is not one of {limit}"
            yield Broken(field, region, f"one of {limit}", message + _made_from(field, one))
        if (other := first.setdefault(region, one)) is not one:
            both = f"{other.bucket} and {one.bucket}"
            message = f"{both} are both in Region {told(region)}, and each Region has one bucket"
            yield Broken(field, region, "one bucket for each Region", message + _made_from(field, other, one))


# --- where buckets are ------------------------------------------------------------------------------------------------


def _stated(entry: RegionBucket) -> str:
    """Give the Region that the provider learnt of S3; an empty text says no more than none."""
    return entry.region if isinstance(entry.region, str) else ""


def _known(entries: Sequence[RegionBucket], buckets: _Buckets) -> Iterator[_Placed]:
    """Place the buckets whose Region S3 said or whose name is known."""
    for entry in entries:
        called = f"bucket {told(entry.bucket)}" if isinstance(entry.bucket, str) else "a bucket"
        if stated := _stated(entry):
            yield _Placed(called, stated)
        elif isinstance(entry.bucket, str):
            yield _declared(called, buckets.regions.get(entry.bucket, set()))


def _declared(called: str, regions: set[Value]) -> _Placed:
    """Place a bucket by what the program's buckets of its name say."""
    if len(regions) == 1:
        (region,) = regions
        if is_region(region):
            return _Placed(called, region)
    # A bucket whose name is not known yet, or that could not be read, may still be the one.
    undeclared = "" if regions else ", and no bucket of the program is known by its name"
    several = ", since several of its name differ in theirs" if len(regions) > 1 else ""
    return _Placed(called, None, f"the Region of {called} is not known{undeclared}{several}")


def _computed(entries: Sequence[RegionBucket], point: MultiRegionAccessPoint, program: Program) -> Iterator[_Placed]:
    """
    Place the buckets whose names only `pulumi up` will know, by the resources whose outputs went into the list.

    The engine tells these for the whole list and not for an entry, so they stand for the entries together, unless there
    are more of them than such entries. What is made of a bucket's outputs is likely to be its name, and may be any: a
    bucket in a wrong place breaks, and one in a right place leaves the entries unknown.
    """
    unnamed = [number for number, entry in enumerate(entries, start=1) if entry.bucket is UNKNOWN]
    silent = [number for number in unnamed if not _stated(entries[number - 1])]
    if not silent:
        return
    # Beside an unnamed bucket whose Region S3 said, nobody tells which of the makers is whose.
    made = _made(point, entries, program) if silent == unnamed else ()
    likely = made if len(made) <= len(silent) else ()
    yield from likely
    unknown = f"bucket of entry {silent[0]} of the Regions is not known in this preview"
    yield _Placed("a bucket", None, unknown + _made_from(point.regions_field, *likely))


def _made(point: MultiRegionAccessPoint, entries: Sequence[RegionBucket], program: Program) -> tuple[_Placed, ...]:
    """Place the program's buckets that went into the list, those aside that an entry names."""
    if set(program.unread).intersection(point.resource.made_from.get(point.regions_field, ())):
        return ()  # what could not be read may be the very bucket
    named = {entry.bucket for entry in entries if isinstance(entry.bucket, str)}
    makers = {one.resource.urn: one for one in program.behind(point, point.regions_field, Bucket)}
    return tuple(_maker(makers[urn]) for urn in sorted(makers) if makers[urn].bucket not in named)


def _maker(bucket: Bucket) -> _Placed:
    called = f"bucket {told(bucket.bucket)}" if isinstance(bucket.bucket, str) else f"bucket {bucket.resource.name!r}"
    return _declared(called, {bucket.region})._replace(made=True)


def _made_from(field: str, *placed: _Placed) -> str:
    """Tell messages which of some buckets only the list's origins name."""
    names = [one.bucket for one in placed if one.made]
    return f"; {field} is made from {' and '.join(names)}" if names else ""


RULE = Rule(
    id="MRP-06",
    name="access-point-bucket-region",
    about=(MultiRegionAccessPoint,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    # A preview cannot know where a bucket of another program is, and the native provider never says it: to stop there
    # would stop every access point over such a bucket. What is certainly in a wrong place still stops the run.
    on_unknown=OnUnknown.WARN,
    summary="Every bucket of the Multi-Region Access Point lies in a Region of the organization, each in its own",
    why=(
        "Whoever asks an access point is answered from the nearest of its buckets, so one bucket abroad is data kept "
        "and read abroad, and S3 tells of two buckets in one Region only minutes later, in the asynchronous request. "
        "The program that makes the access point often declares its buckets too, and says by that where they are; "
        "what S3 said once the access point exists counts first. A name that a preview does not know yet breaks by the "
        "bucket that it is made from, and does not pass by it. A bucket of another program is undecided and only "
        "warned of: MRP-02 (access-point-regions-allowed) closes that with its setting bucketRegions. The rule looks "
        "at the whole stack: it blocks a preview, and reports after the fact in an update."
    ),
    fix="Name one bucket for each Region, in Regions of the organization; the access point is replaced.",
    source="S3 User Guide, Multi-Region Access Point restrictions and limitations",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html",
    judge=judge,
    gather=gather,
)
