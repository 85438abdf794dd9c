"""AGI-01: an Access Grants instance is tied to an approved Identity Center, or to none."""

from __future__ import annotations

import re
from typing import Final

from grantgate_policies.core import ABSENT, PASSED, Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.fields import unread
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects import Instance

FIELD: Final = "identityCenterArn"
# Source: IAM Identity Center API reference, InstanceArn.
_ARN: Final = r"arn:aws[a-z-]*:sso:::instance/(?:sso)?ins-[A-Za-z0-9.-]{16}"


def judge(instance: Instance, context: Context) -> Verdict:
    """Break on an Identity Center that is not listed, and on none where there must be one."""
    center = instance.identity_center_arn
    must_have = context.settings["mustHave"]
    if center is ABSENT and not must_have:
        return PASSED
    approved = sorted(context.settings["arns"])
    if isinstance(center, str) and center in approved:
        return PASSED
    limit = f"one of {quoted(approved)}" if approved else "no Identity Center"
    # With several to choose from, or with none where there must be one, no single value puts it right.
    edit = f"Write {approved[0]!r}." if len(approved) == 1 else "" if approved or must_have else f"Remove {FIELD}."
    if center is ABSENT:
        return Broken(FIELD, "nothing", limit, f"the instance is tied to no Identity Center, not to {limit}", edit)
    trouble = unread(center, FIELD)
    if trouble:
        return trouble
    observed = str(center)
    if not re.fullmatch(_ARN, observed):
        message = f"{told(observed)} is not the ARN of an Identity Center instance, arn:aws:sso:::instance/ssoins-ID"
        return Broken(FIELD, observed, limit, message, edit)
    message = f"the instance is tied to the Identity Center {told(observed)}, and allowed is {limit}"
    return Broken(FIELD, observed, limit, message, edit)


RULE = Rule(
    id="AGI-01",
    name="instance-identity-center",
    about=(Instance,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="The Access Grants instance is tied to an approved Identity Center",
    why=(
        "Grants to directory users and groups mean those of the Identity Center that the instance is tied to. Tied to "
        "another one, a test directory's for example, the same grants let other people in, or nobody."
    ),
    fix="Tie the instance to an Identity Center that arns lists, or list its ARN there.",
    source="S3 API reference, CreateAccessGrantsInstance: IdentityCenterArn",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessGrantsInstance.html",
    judge=judge,
    settings={
        "arns": {
            "type": "array",
            "description": (
                "Identity Center instances that an Access Grants instance may be tied to, by their ARNs; an empty list "
                "forbids every one."
            ),
            "items": {
                "type": "string",
                "pattern": f"^{_ARN}$",
                "x-is": "the ARN of an Identity Center instance",
            },
            "examples": [["arn:aws:sso:::instance/ssoins-1234567890abcdef"]],
        },
        "mustHave": {
            "type": "boolean",
            "description": "Whether an instance without an Identity Center fails too.",
            "default": False,
        },
    },
    required=("arns",),
)
