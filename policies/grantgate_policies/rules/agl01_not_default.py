"""AGL-01: the default location s3:// is registered only where the organization says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.core import PASSED, Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.matching import SCOPE_FIELD, scope_of
from grantgate_policies.patterns import name_pattern
from grantgate_policies.subjects import Location

if TYPE_CHECKING:
    from collections.abc import Sequence


def judge(location: Location, context: Context) -> Verdict:
    """Break on s3://, unless the stack or the account may have it."""
    scope = scope_of(location.location_scope)
    if isinstance(scope, Broken):
        return scope
    if scope.bucket or _excepted(context):
        return PASSED
    return Broken(
        SCOPE_FIELD,
        str(location.location_scope),
        "a scope with a bucket",
        "scope 's3://' covers every bucket of the account in its Region, more than this stack may register",
    )


def _excepted(context: Context) -> bool:
    stacks: Sequence[str] = context.settings.get("allowStacks", ())
    accounts: Sequence[str] = context.settings.get("allowAccounts", ())
    in_account = context.account is not None and context.account.id in accounts
    return in_account or any(name_pattern(text).matches(context.stack) for text in stacks)


RULE = Rule(
    id="AGL-01",
    name="location-not-default",
    about=(Location,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="The default location s3:// is registered only where it is allowed",
    why=(
        "A location with the scope s3:// lets grants reach every bucket of the account in its Region through one role. "
        "AWS recommends it and narrows in the grants; many organizations want the opposite, so this rule is advisory "
        "until the rules file says otherwise."
    ),
    fix="Register one location for each bucket or prefix, or name the stack in allowStacks or the account in "
    "allowAccounts.",
    source="S3 User Guide, Register a location",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    needs=("location_scope",),
    judge=judge,
    settings={
        "allowStacks": {
            "type": "array",
            "description": "Stacks that may register s3://, as names or patterns such as 'data-lake-*'.",
            "items": {"type": "string", "x-pattern": "name"},
            "default": [],
        },
        "allowAccounts": {
            "type": "array",
            "description": "Accounts that may register s3://, by their 12-digit ids.",
            "items": {"type": "string", "pattern": "^[0-9]{12}$", "x-is": "an account id (12 digits)"},
            "default": [],
        },
    },
)
