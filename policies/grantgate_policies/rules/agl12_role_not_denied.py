"""AGL-12: a location's role is none that must never be handed out."""

from __future__ import annotations

from functools import lru_cache

from grantgate_policies.core import PASSED, Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.matching import ROLE_FIELD, role_of, told, undecided
from grantgate_policies.patterns import name_pattern, role_pattern
from grantgate_policies.subjects import Location

DENY_NAMES = ["*admin*", "OrganizationAccountAccessRole", "AWSControlTowerExecution"]
DENY_PATHS = ["/aws-service-role/", "/aws-reserved/"]


def judge(location: Location, context: Context) -> Verdict:
    """Break on a denied name (letter case aside, as IAM compares names), path or ARN."""
    role = role_of(location.iam_role_arn)
    if isinstance(role, Broken):
        return role
    observed = str(location.iam_role_arn)
    settings = context.settings
    if fault := _fault(role.resource, tuple(settings["denyNames"]), tuple(settings["denyPaths"])):
        return Broken(ROLE_FIELD, observed, *fault)
    denied = [role_pattern(text) for text in context.settings["deny"]]
    for pattern in denied:
        # A pattern with a value that is not known yet waits; what the others deny, they deny for certain.
        if not pattern.variables & context.unknown and pattern.denies(role, context.variables):
            message = f"role {told(observed)} is denied by {pattern.text!r}"
            return Broken(ROLE_FIELD, observed, f"no role like {pattern.text!r}", message)
    return undecided(denied, ROLE_FIELD, context) or PASSED


@lru_cache(maxsize=4096)  # many locations have one role
def _fault(resource: str, names: tuple[str, ...], paths: tuple[str, ...]) -> tuple[str, str] | None:
    """Say what is expected instead of a role's name or path that is denied, and why; None for any other."""
    path, _, name = resource.removeprefix("role").rpartition("/")
    for text in names:
        if name_pattern(text).matches(name, ignore_case=True):
            return f"no name like {text!r}", f"role name {name!r} is denied by {text!r}"
    for text in paths:
        if f"{path}/".lower().startswith(text.lower()):
            return f"no path under {text!r}", f"role path {path + '/'!r} is denied by {text!r}"
    return None


RULE = Rule(
    id="AGL-12",
    name="location-role-not-denied",
    about=(Location,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="The location's role is no administrator's, service-linked or single sign-on role",
    why=(
        "S3 hands out credentials of the location's role. With an administrator's role every grant is bounded by "
        "everything, and service-linked and reserved roles belong to AWS services and sign-on."
    ),
    fix="Make a role for this location that can do no more than its scope needs.",
    source="S3 User Guide, Register a location: the role's policy bounds every grant",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    needs=("iam_role_arn",),
    judge=judge,
    settings={
        "denyNames": {
            "type": "array",
            "description": "Role names that are denied, as patterns; letter case does not matter.",
            "items": {"type": "string", "x-pattern": "name"},
            "default": DENY_NAMES,
        },
        "denyPaths": {
            "type": "array",
            "description": "Role paths that are denied with everything below them.",
            "items": {"type": "string", "pattern": "^/.*/$"},
            "default": DENY_PATHS,
        },
        "deny": {
            "type": "array",
            "description": "Role ARNs that are denied, as patterns.",
            "items": {"type": "string", "x-pattern": "role"},
            "default": [],
        },
    },
)
