"""MRP-02: a Multi-Region Access Point stands on one bucket for each of its Regions, all the organization's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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
    Rule,
    Severity,
    Unsure,
    Value,
    Verdict,
)
from grantgate_policies.fields import unread
from grantgate_policies.matching import quoted, told
from grantgate_policies.patterns import name_pattern
from grantgate_policies.subjects import MultiRegionAccessPoint, RegionBucket
from grantgate_policies.subjects.lookups import unheard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST: Final = 17
"""Regions that an access point may have; S3's limit."""

ACCOUNT_FIELD: Final = "accountId"

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION: Final = {"type": "string", "pattern": "^[a-z0-9-]+$", "x-is": "the name of an AWS Region"}


def judge(point: MultiRegionAccessPoint, context: Context) -> Verdict:
    """Break on too few or too many buckets, on one given twice, and on a foreign account or Region."""
    entries, field = point.regions, point.regions_field
    if isinstance(entries, Malformed):
        message = f"{field} holds a {entries.kind} where the list of Regions belongs"
        return Broken(field, entries.kind, "a list of Regions", message)
    if entries is UNKNOWN:
        return Unsure(field, "the list of Regions is not known in this preview")
    if isinstance(entries, Missing):
        silent = unheard(point, regions=entries)
        return silent or Broken(field, "nothing", "a list of Regions", f"{field} names no Regions")
    verdicts = [
        *(verdict for number, entry in enumerate(entries, start=1) for verdict in _read(number, entry, field)),
        *_counted(len(entries), field, context),
        *_twice(entries, field),
        *_own(point, context),
        *(verdict for entry in entries for verdict in _owned(entry, point, context)),
        *_placed(entries, field, context),
    ]
    broken = next((one for one in verdicts if isinstance(one, Broken)), None)
    return broken or next(iter(verdicts), PASSED)


def _read(number: int, entry: RegionBucket, field: str) -> Iterator[Broken | Unsure]:
    """Tell what cannot be read of one entry."""
    where = f"entry {number} of the Regions"
    texts = (("bucket", entry.bucket), ("bucketAccountId", entry.bucket_account_id), ("region", entry.region))
    for name, value in texts:
        if isinstance(value, Malformed):
            yield Broken(field, value.kind, "text", f"{name} of {where} is a {value.kind}, not text")
    if entry.bucket is ABSENT:
        yield Broken(field, "nothing", "a bucket's name", f"{where} names no bucket")
    elif entry.bucket is UNKNOWN:
        yield Unsure(field, f"bucket of {where} is not known in this preview")
    elif isinstance(entry.bucket, str) and not _BUCKET.fullmatch(entry.bucket):
        message = f"{told(entry.bucket)} is not a bucket's name of 3 to 63 characters a-z, 0-9, '.' and '-'"
        yield Broken(field, entry.bucket, "a bucket's name", message)
    if isinstance(entry.region, str) and (complaint := accepts.region(entry.region)):
        yield Broken(field, entry.region, "a Region's name", f"region {complaint}")


def _counted(count: int, field: str, context: Context) -> Iterator[Broken]:
    least, most = context.settings["minRegions"], context.settings["maxRegions"]
    found = f"{count} Region{'s' * (count != 1)}"
    if count < least:
        yield Broken(field, found, f"at least {least}", f"the access point has {found}, fewer than {least}")
    elif count > most:
        yield Broken(field, found, f"at most {most}", f"the access point has {found}, more than {most}")


def _twice(entries: tuple[RegionBucket, ...], field: str) -> Iterator[Broken]:
    buckets = [one.bucket for one in entries if isinstance(one.bucket, str)]
    for bucket in sorted({one for one in buckets if buckets.count(one) > 1}):
        message = f"bucket {told(bucket)} stands {buckets.count(bucket)} times, and each Region has a bucket of its own"
        yield Broken(field, bucket, "each bucket once", message)


def _own(point: MultiRegionAccessPoint, context: Context) -> Iterator[Broken | Unsure]:
    """Hold the access point's account against those allowed: its buckets are of that one where nobody says another."""
    accounts, account = context.organization.accounts, point.account_id
    if not accounts or account is ABSENT:
        return
    allowed = {*accounts, *context.settings["bucketAccounts"]}
    trouble = unread(account, ACCOUNT_FIELD)
    if trouble:
        yield trouble
    elif account not in allowed:
        observed, limit = str(account), quoted(sorted(allowed))
        message = f"the access point is of account {told(observed)}, which is not one of {limit}"
        yield Broken(ACCOUNT_FIELD, observed, f"one of {limit}", message)


def _owned(entry: RegionBucket, point: MultiRegionAccessPoint, context: Context) -> Iterator[Broken | Unsure]:
    """Hold a bucket's account against those allowed; one that is not set is the access point's own."""
    owner, field = entry.bucket_account_id, point.regions_field
    if owner is UNKNOWN:
        yield Unsure(field, f"bucketAccountId of {_called(entry)} is not known in this preview")
    if not isinstance(owner, str):
        return
    complaint = accepts.account_id(owner)
    if complaint:
        yield Broken(field, owner, "an account id of 12 digits", f"bucketAccountId {complaint}")
        return
    allowed = sorted(context.settings["bucketAccounts"] or context.organization.accounts)
    if allowed and owner not in (*allowed, point.account_id):
        limit = quoted(allowed)
        message = f"{_called(entry)} is of account {owner!r}, which is not one of {limit}"
        yield Broken(field, owner, f"one of {limit}", message)


def _placed(entries: tuple[RegionBucket, ...], field: str, context: Context) -> Iterator[Broken | Unsure]:
    """Hold the Regions that are known against those allowed, and against each other."""
    allowed = context.settings["regions"] or context.organization.regions
    told_by_name: Mapping[str, str] = context.settings["bucketRegions"]
    first: dict[str, RegionBucket] = {}
    for entry in entries:
        region = _region_of(entry, told_by_name)
        if region is UNKNOWN and (allowed or told_by_name):
            yield Unsure(field, f"the Region of {_called(entry)} is not known in this preview")
        elif region is ABSENT and told_by_name:
            yield Unsure(field, f"bucketRegions does not say in which one Region {_called(entry)} is")
        if not isinstance(region, str):
            continue
        if allowed and region not in allowed:
            limit = quoted(allowed)
            message = f"{_called(entry)} is in Region {told(region)}, which is not one of {limit}"
            yield Broken(field, region, f"one of {limit}", message)
        if (other := first.setdefault(region, entry)) is not entry:
            both = f"{_called(other)} and {_called(entry)}"
            message = f"{both} are both in Region {told(region)}, and each Region has one bucket"
            yield Broken(field, region, "one bucket for each Region", message)


def _region_of(entry: RegionBucket, told_by_name: Mapping[str, str]) -> Value:
    """Give the Region that S3 said, else the one that the bucket's name tells; ABSENT where neither says one."""
    if isinstance(entry.region, str | Malformed):
        return entry.region
    if not isinstance(entry.bucket, str):
        return UNKNOWN
    found = {region for text, region in told_by_name.items() if name_pattern(text).matches(entry.bucket)}
    return found.pop() if len(found) == 1 else entry.region


def _called(entry: RegionBucket) -> str:
    return f"bucket {told(entry.bucket)}" if isinstance(entry.bucket, str) else "a bucket"


RULE = Rule(
    id="MRP-02",
    name="access-point-regions-allowed",
    about=(MultiRegionAccessPoint,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The Multi-Region Access Point stands on allowed buckets, one in each of several allowed Regions",
    why=(
        "An access point answers from whichever of its buckets is nearest, so its Regions decide where data is read "
        "and written, and its buckets' accounts who holds it. Neither can be changed later, and S3 tells of two "
        "buckets in one Region only in the asynchronous request. The Region of a bucket is judged where it is known: "
        "the classic provider learns it when the access point is made; bucketRegions tells it before. Without it, "
        "MRP-06 (access-point-bucket-region) judges the buckets that the same program declares."
    ),
    fix="Name one bucket for each Region, in Regions and accounts of the organization; the access point is replaced.",
    source="S3 User Guide, Multi-Region Access Point restrictions and limitations",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html",
    judge=judge,
    settings={
        "minRegions": {
            "type": "integer",
            "description": "The fewest Regions that an access point may have; with one it gives no failover.",
            "minimum": 1,
            "maximum": MOST,
            "default": 2,
        },
        "maxRegions": {
            "type": "integer",
            "description": "The most Regions that an access point may have.",
            "minimum": 1,
            "maximum": MOST,
            "default": MOST,
        },
        "regions": {
            "type": "array",
            "description": "Regions that buckets may be in; empty for those of the organization.",
            "items": _REGION,
            "default": [],
        },
        "bucketAccounts": {
            "type": "array",
            "description": "Accounts that buckets may be of, by their 12-digit ids; empty for the organization's.",
            "items": {"type": "string", "pattern": "^[0-9]{12}$", "x-is": "an account id (12 digits)"},
            "default": [],
        },
        "bucketRegions": {
            "type": "object",
            "description": "The Region of buckets by their name or a pattern of it, for access points that are not "
            "made yet; once something stands here, a bucket that nothing here tells of is undecided.",
            "propertyNames": {"x-pattern": "name"},
            "patternProperties": {"^[a-z0-9*.-]+$": _REGION},
            "additionalProperties": False,
            "x-keys": "the name of a bucket or a pattern of it",
            "default": {},
            "examples": [{"acme-*-euw1": "eu-west-1"}],
        },
    },
)
