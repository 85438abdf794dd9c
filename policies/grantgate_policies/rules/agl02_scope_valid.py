"""AGL-02: a location's scope is one that S3 takes, written the way it is meant."""

from __future__ import annotations

from grantgate_policies.core import PASSED, Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.matching import SCOPE_FIELD
from grantgate_policies.scopes import faults
from grantgate_policies.subjects import Location


def judge(location: Location, _context: Context) -> Verdict:
    """Break on everything that S3 would refuse late, or take in another meaning; all faults in one message."""
    scope = str(location.location_scope)
    complaints = faults(scope)
    if not complaints:
        return PASSED
    return Broken(SCOPE_FIELD, scope, "s3://, s3://bucket or s3://bucket/prefix/*", "; ".join(complaints))


RULE = Rule(
    id="AGL-02",
    name="location-scope-valid",
    about=(Location,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The location's scope is a well-formed S3 URI with at most one trailing *",
    why=(
        "S3's model takes any text of up to 2,000 characters as a scope. A wrong bucket name, an inner * or a query "
        "part fails only when the location is created, with InvalidAccessGrantsLocation, or never matches a key."
    ),
    fix="Write the scope as s3://, s3://bucket or s3://bucket/prefix/*, in the bucket's own spelling.",
    source="S3 API reference, CreateAccessGrantsLocation: LocationScope; S3 User Guide, bucket naming rules",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessGrantsLocation.html",
    needs=("location_scope",),
    judge=judge,
)
