"""AGL-09: a location is registered in an account and Region of the organization, with a role of that same account."""

from __future__ import annotations

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
from grantgate_policies.matching import ROLE_FIELD, quoted, role_of
from grantgate_policies.subjects import Location


def judge(location: Location, context: Context) -> Verdict:
    """Break on a foreign account, a Region that is not the organization's, or a role of another account."""
    role = role_of(location.iam_role_arn)
    if isinstance(role, Broken):
        return role
    accounts = context.organization.accounts
    account = location.account_id
    if isinstance(account, Malformed):
        return Broken("accountId", account.kind, "12 digits", f"accountId is a {account.kind}, not text")
    # The role's account is known even where the location's is not: what it breaks, it breaks for certain.
    for field, value in (("accountId", account), (ROLE_FIELD, role.account)):
        if isinstance(value, str) and value not in accounts:
            limit = quoted(sorted(accounts))
            return Broken(
                field, value, f"one of {limit}", f"account {value!r} is not one of the organization's {limit}"
            )
    if isinstance(account, str) and role.account != account:
        message = f"the role is of account {role.account!r}, the location of account {account!r}"
        return Broken(ROLE_FIELD, str(location.iam_role_arn), f"a role of account {account!r}", message)
    regions, region = context.organization.regions, location.region
    if isinstance(region, Malformed):
        return Broken("region", region.kind, "a Region's name", f"region is a {region.kind}, not text")
    if regions and isinstance(region, str) and region not in regions:
        limit = quoted(regions)
        message = f"Region {region!r} is not one of the organization's {limit}"
        return Broken("region", region, f"one of {limit}", message)
    if not isinstance(account, str):
        return Unsure("accountId", _why(account, "accountId"))
    if regions and not isinstance(region, str):
        return Unsure("region", _why(region, "region"))
    return PASSED


def _why(value: object, field: str) -> str:
    if value is UNKNOWN:
        return f"{field} is not known in this preview"
    if field == "accountId":
        what = "neither the location nor its provider says the account; set accountId on the location, or"
        return f"{what} allowedAccountIds on its provider"
    what = "nobody says the Region; set region on the location or on its provider, or"
    return f"{what} aws:region in the stack's configuration"


RULE = Rule(
    id="AGL-09",
    name="location-account-allowed",
    about=(Location,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The location's account and Region are the organization's, and its role is of the same account",
    why=(
        "Credentials that S3 hands out are those of the location's role. A role of another account makes that account "
        "the one that decides, and an account that is not listed is not governed at all."
    ),
    fix="Register the location with a role of its own account, in a listed account and Region.",
    source="S3 User Guide, Register a location: the role that S3 Access Grants assumes",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    needs=("iam_role_arn",),
    judge=judge,
)
