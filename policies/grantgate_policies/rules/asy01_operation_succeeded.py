"""ASY-01: an asynchronous Multi-Region Access Point request has succeeded, in every Region."""

from __future__ import annotations

from grantgate_policies.core import (
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Passed,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.subjects import Operation

FIELD = "requestStatus"
REGIONS_FIELD = "failedRegions"
EXPECTED = "SUCCEEDED"


def judge(operation: Operation, _context: Context) -> Verdict:
    """Break on FAILED with S3's own code; be unsure while it runs and on words that S3 never documented."""
    status = str(operation.request_status)
    if operation.state == "FAILED":
        code = operation.error_code if isinstance(operation.error_code, str) else "no error code"
        text = operation.error_message if isinstance(operation.error_message, str) else "no message"
        regions = operation.failed_regions
        where = f" in {', '.join(regions)}" if isinstance(regions, tuple) and regions else ""
        return Broken(FIELD, status, EXPECTED, f"the request FAILED{where}: {code}: {text}")
    if operation.state == EXPECTED:
        return _in_every_region(operation, status)
    if operation.state == "IN_PROGRESS":
        return Unsure(FIELD, "the request is still INPROGRESS; run again later, or set wait on the lookup")
    return Unsure(FIELD, f"the status {status!r} is none that S3 is known to give")


def _in_every_region(operation: Operation, status: str) -> Verdict:
    regions = operation.failed_regions
    if regions is UNKNOWN:
        return Unsure(REGIONS_FIELD, f"{REGIONS_FIELD} is not known in this preview")
    if not isinstance(regions, tuple):
        found = regions.kind if isinstance(regions, Malformed) else "nothing"
        message = f"{REGIONS_FIELD} holds {found}, so whether a Region failed is not known"
        return Broken(REGIONS_FIELD, found, "a list of Regions", message)
    if not regions:
        return Passed()
    where = ", ".join(regions)
    message = f"the request is {status!r} as a whole but FAILED in {where}"
    return Broken(REGIONS_FIELD, where, EXPECTED, message)


RULE = Rule(
    id="ASY-01",
    name="operation-succeeded",
    about=(Operation,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The Multi-Region Access Point request has succeeded",
    why=(
        "Creating, deleting and changing a Multi-Region Access Point only starts a request; whether it failed shows "
        "minutes later, in the request's status alone."
    ),
    fix="Correct what the error code names and send the request again; it has a new token then.",
    source="S3 API reference, DescribeMultiRegionAccessPointOperation: AsyncOperation",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeMultiRegionAccessPointOperation.html",
    needs=("state", "request_status"),
    judge=judge,
)
