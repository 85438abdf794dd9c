"""MRP-01: a Multi-Region Access Point blocks public access with all four flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    Verdict,
)
from grantgate_policies.subjects import FLAGS, MultiRegionAccessPoint
from grantgate_policies.subjects.lookups import unheard

CLASSIC_BLOCK, NATIVE_BLOCK = "publicAccessBlock", "publicAccessBlockConfiguration"
EXPECTED = "four flags that are true or not set"


def judge(point: MultiRegionAccessPoint, _context: Context) -> Verdict:
    """Break on a flag that is false or no flag; one that is not set is true, since AWS sets it."""
    field, flags = point.flags_field, point.flags
    if isinstance(flags, Malformed):
        message = f"{field} holds a {flags.kind} where the map of Block Public Access flags belongs"
        return Broken(field, flags.kind, "a map", message)
    if flags is ABSENT:
        return unheard(point, publicAccessBlock=flags) or Broken(field, "nothing", "a map", f"{field} is not set")
    if isinstance(flags, Missing):
        return Unsure(field, "the Block Public Access flags are not known in this preview")
    off = [name for name in FLAGS if flags[name] is False]
    if off:
        names = " and ".join(filter(None, (", ".join(off[:-1]), off[-1])))
        is_or_are = "is" if len(off) == 1 else "are"
        return Broken(
            field,
            ", ".join(f"{name} = false" for name in off),
            EXPECTED,
            f"{names} {is_or_are} false, and all four Block Public Access flags must be true",
            edit=f"Set {names} to true; AWS takes flags only at creation, so the access point is replaced.",
        )
    for name in FLAGS:
        flag = flags[name]
        if isinstance(flag, Malformed):
            return Broken(field, flag.kind, EXPECTED, f"{name} is a {flag.kind}, not true or false")
    unknown = [name for name in FLAGS if flags[name] is UNKNOWN]
    if unknown:
        return Unsure(field, f"{', '.join(unknown)} is not known in this preview")
    # What AWS sets by itself it also says.
    silent = [name for name in FLAGS if flags[name] is ABSENT] if point.live else []
    return Unsure(field, f"the lookup holds no {', '.join(silent)}") if silent else PASSED


def remedy(point: MultiRegionAccessPoint, _context: Context) -> Mapping[str, Any] | None:
    """Set all four flags and keep what else is there; nothing where ``details`` is no map, or for a lookup."""
    if point.live:
        return None
    props = point.resource.props
    on = dict.fromkeys(FLAGS, True)
    if point.flags_field == NATIVE_BLOCK:
        return {NATIVE_BLOCK: {**_map(props.get(NATIVE_BLOCK)), **on}}
    details = props.get(point.flags_field)
    if not isinstance(details, Mapping):
        return None
    return {point.flags_field: {**details, CLASSIC_BLOCK: {**_map(details.get(CLASSIC_BLOCK)), **on}}}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


RULE = Rule(
    id="MRP-01",
    name="access-point-blocks-public-access",
    about=(MultiRegionAccessPoint,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="The Multi-Region Access Point blocks public access with all four flags",
    why=(
        "A Multi-Region Access Point has its own Block Public Access flags beside those of its buckets and accounts, "
        "and they can never be changed. AWS sets all four; one that a program turns off stays off for the access "
        "point's whole life."
    ),
    fix="Set the four flags to true or leave them out; they cannot be changed, so the access point is replaced.",
    source="S3 User Guide, Configuring Block Public Access for Multi-Region Access Points; Security Hub control S3.24",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/multi-region-access-point-block-public-access.html",
    judge=judge,
    remedy=remedy,
)
