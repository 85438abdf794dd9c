"""MRP-07: a Multi-Region Access Point that is looked up is ready in every one of its Regions."""

from __future__ import annotations

from typing import Final

from grantgate_policies.core import PASSED, Broken, Context, Level, Rule, Severity, Skipped, Unsure, Verdict
from grantgate_policies.fields import unread
from grantgate_policies.matching import told
from grantgate_policies.subjects import MultiRegionAccessPoint
from grantgate_policies.subjects.lookups import unheard

FIELD: Final = "status"
READY: Final = "READY"
CREATING: Final = "CREATING"

# Source: S3 API reference, MultiRegionAccessPointReport: Status.
_FAILING: Final = {
    "DELETING": "it is being deleted",
    "INCONSISTENT_ACROSS_REGIONS": "its Regions do not agree",
    "PARTIALLY_CREATED": "it was made in some of its Regions only",
    "PARTIALLY_DELETED": "it was deleted in some of its Regions",
}


def judge(point: MultiRegionAccessPoint, _context: Context) -> Verdict:
    """Break on what S3 does not mend by itself; be unsure while the access point is made, and of any other word."""
    if not point.live:
        return Skipped("only a lookup tells whether the access point is ready")
    if silent := unheard(point, status=point.status):
        return silent
    trouble = unread(point.status, FIELD)
    status = str(point.status)
    if trouble or status == READY:
        return trouble or PASSED
    if status == CREATING:
        return Unsure(FIELD, f"the access point is still {CREATING}, which takes minutes; run again later")
    why = _FAILING.get(status)
    if why is None:
        return Unsure(FIELD, f"the status {told(status)} is none that S3 is known to give")
    return Broken(FIELD, status, READY, f"the access point's status is {status!r}, not {READY!r}: {why}")


RULE = Rule(
    id="MRP-07",
    name="multi-region-access-point-ready",
    about=(MultiRegionAccessPoint,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The Multi-Region Access Point is ready in all of its Regions",
    why=(
        "A request to make, change or delete an access point may fail in one Region and succeed in the others, and "
        "what then stands behind the access point is not what the program says. A request that has succeeded says "
        "nothing about what came after it; the access point's own status does. Only an access point that is looked up "
        "is judged; while it is being made it is undecided."
    ),
    fix="Look at the access point's requests in the S3 console, and make or delete it again where one has failed.",
    source="S3 API reference, GetMultiRegionAccessPoint: Status",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_MultiRegionAccessPointReport.html",
    judge=judge,
)
