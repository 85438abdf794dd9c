"""AGL-11: a location's role is one that the organization made for Access Grants, and of the scope's own team."""

from __future__ import annotations

from grantgate_policies.core import Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.matching import ROLE_FIELD, agreed, quoted, role_captures, role_of, told, undecided
from grantgate_policies.patterns import role_pattern
from grantgate_policies.subjects import Location


def judge(location: Location, context: Context) -> Verdict:
    """Break when no allowed pattern matches the role, or its captures differ from those of the scope."""
    role = role_of(location.iam_role_arn)
    if isinstance(role, Broken):
        return role
    observed = str(location.iam_role_arn)
    allowed = [role_pattern(text) for text in context.settings["allow"]]
    unsure = undecided(allowed, ROLE_FIELD, context)
    if unsure:
        return unsure
    found = [bindings for pattern in allowed for bindings in pattern.matches(role, context.variables)]
    if found:
        return agreed(found, ROLE_FIELD, observed, context)
    why = "; ".join(pattern.nearest(role, context.variables) for pattern in allowed[:3])
    limit = quoted(pattern.text for pattern in allowed)
    return Broken(
        ROLE_FIELD, observed, f"a role like {limit}", f"role {told(observed)} is not one of the allowed {limit}: {why}"
    )


RULE = Rule(
    id="AGL-11",
    name="location-role-allowed",
    about=(Location,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="The location's role matches an allowed pattern and belongs to the scope's team",
    why=(
        "The role's policy is the upper bound of every grant under the location. A role outside the path that the "
        "organization reserves for Access Grants was made for something else, and another team's role hands out "
        "another team's rights."
    ),
    fix="Use a role under the reserved path, of the same team as the scope, or add a pattern to allow.",
    source="S3 User Guide, Register a location; IAM User Guide, paths and iam:PassRole",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    needs=("iam_role_arn",),
    names=role_captures,
    judge=judge,
    settings={
        "allow": {
            "type": "array",
            "minItems": 1,
            "description": "Role ARNs that a location may have, as patterns.",
            "items": {"type": "string", "x-pattern": "role"},
            "examples": [["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"]],
        },
    },
    required=("allow",),
)
