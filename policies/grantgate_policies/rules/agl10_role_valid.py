"""AGL-10: what a location names as its role is an IAM role of the Region's partition."""

from __future__ import annotations

from grantgate.arns import partition_of

from grantgate_policies.core import (
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.matching import ROLE_FIELD, role_of
from grantgate_policies.subjects import Location


def judge(location: Location, _context: Context) -> Verdict:
    """Break on anything but arn:PARTITION:iam::ACCOUNT:role/NAME, and on another partition's role."""
    role = role_of(location.iam_role_arn)
    if isinstance(role, Broken):
        return role
    if isinstance(location.region, Malformed):
        kind = location.region.kind
        return Broken("region", kind, "a Region's name", f"region is a {kind}, not text")
    if location.region is UNKNOWN:
        return Unsure("region", "region is not known in this preview, and so is its partition")
    if isinstance(location.region, str) and role.partition != partition_of(location.region):
        observed, expected = role.partition, partition_of(location.region)
        message = f"the role is of partition {observed!r}, the location's Region {location.region!r} of {expected!r}"
        return Broken(ROLE_FIELD, str(location.iam_role_arn), f"a role of partition {expected!r}", message)
    return PASSED


RULE = Rule(
    id="AGL-10",
    name="location-role-valid",
    about=(Location,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The location's role is the ARN of an IAM role, in the Region's partition",
    why=(
        "S3's model takes any text that begins like a role ARN. The ARN of a session, of a user or of a role without "
        "a name fails late with InvalidIamRole, or leaves a location that serves nobody."
    ),
    fix="Name the role itself: arn:aws:iam::ACCOUNT:role/NAME, not the session that assumed it.",
    source="S3 API reference, CreateAccessGrantsLocation: IAMRoleArn; IAM User Guide, IAM ARNs",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
    needs=("iam_role_arn",),
    judge=judge,
)
