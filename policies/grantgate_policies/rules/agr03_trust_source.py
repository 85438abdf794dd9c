"""AGR-03: only the Access Grants instance of the role's own account gets credentials of the role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grantgate.arns import partition_of

from grantgate_policies.core import PASSED, Broken, Context, Level, OnUnknown, Rule, Severity, Skipped, Unsure, Verdict
from grantgate_policies.iam import restricted
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects import Role
from grantgate_policies.trust import (
    ACCOUNT_KEY,
    ARN_KEY,
    INSTANCE,
    ROLES,
    Trust,
    actions_of,
    called,
    corrected,
    mistake,
    trust_of,
)

if TYPE_CHECKING:
    from grantgate_policies.iam import Restriction, Statement

_ACCOUNT = re.compile(r"[0-9]{12}")
_LOCATION = re.compile(r"access-grants/(default/)?location/.+", re.DOTALL)
_PARTS = 6


def judge(role: Role, context: Context) -> Verdict:
    """Break when a statement for the service is not held to the account and to its instance."""
    trust = trust_of(role, context)
    if not isinstance(trust, Trust):
        return trust
    unsure: Unsure | None = None
    statements = trust.allowing()
    for statement in statements:
        verdict = _judged(statement, trust, context)
        if isinstance(verdict, Broken):
            return verdict
        unsure = unsure or verdict
    unsure = unsure or trust.undecided()
    if unsure:
        return unsure
    return PASSED if statements else Skipped("no statement of the trust policy is about S3 Access Grants")


def _judged(statement: Statement, trust: Trust, context: Context) -> Broken | Unsure | None:
    edit = f"Write {called(statement)} as {corrected(trust, context, statement, actions_of(statement))}"
    account, arn = restricted(statement, ACCOUNT_KEY), restricted(statement, ARN_KEY)
    wrong = _unrestricted(statement, account, arn) or _account(account, trust) or _arn(account, arn, trust, context)
    if wrong:
        observed, limit, message = wrong
        return Broken(trust.field, observed, limit, f"{called(statement)}: {message}", edit)
    for key, found in ((ACCOUNT_KEY, account), (ARN_KEY, arn)):
        if found.unknown:
            return Unsure(trust.field, f"{called(statement)}: the condition on {key} is not known in this preview")
    if not isinstance(trust.account, str):
        return Unsure(
            trust.field,
            "neither the role's ARN nor its provider says the account; set allowedAccountIds on the provider",
        )
    return None


_Wrong = tuple[str, str, str]  # what was seen, the limit, and the message


def _unrestricted(statement: Statement, account: Restriction, arn: Restriction) -> _Wrong | None:
    """Look for a key that nothing holds, and say what was tried."""
    limit = f"{ACCOUNT_KEY} and {ARN_KEY}"
    missing = [
        (key, found)
        for key, found in ((ACCOUNT_KEY, account), (ARN_KEY, arn))
        if found.values is None and not found.unknown
    ]
    for key, found in missing:
        if found.near:
            return str(found.near[0]), limit, f"{mistake(found.near[0], key)}, and the role must be held to {limit}"
    if len(missing) > 1:
        seen = "no conditions" if not statement.conditions else f"neither {ACCOUNT_KEY} nor {ARN_KEY}"
        message = f"it has {seen}, so S3 may use the role for any account, and it must be held to {limit}"
        return seen, limit, message
    for key, _ in missing:
        other = ACCOUNT_KEY if key == ARN_KEY else ARN_KEY
        return f"no {key}", limit, f"it has {other} and no {key}, and it must be held to {limit}"
    return None


def _account(found: Restriction, trust: Trust) -> _Wrong | None:
    if found.values is None:
        return None
    own = trust.account if isinstance(trust.account, str) else None
    limit = f"account {own!r}" if own else "one account"
    if not found.values:
        return "no account", limit, f"its conditions on {ACCOUNT_KEY} contradict each other, and they must name {limit}"
    for value in found.values:
        if not _ACCOUNT.fullmatch(value):
            return value, limit, f"{ACCOUNT_KEY} is {told(value)}, and it must be {limit}, in 12 digits"
        if own and value != own:
            return value, limit, f"{ACCOUNT_KEY} is {value!r}, and the role is of {limit}"
    if len(found.values) > 1:
        return ", ".join(found.values), limit, f"{ACCOUNT_KEY} is one of {quoted(found.values)}, and it must be {limit}"
    return None


def _arn(account: Restriction, found: Restriction, trust: Trust, context: Context) -> _Wrong | None:
    if found.values is None:
        return None
    own = trust.account if isinstance(trust.account, str) else account.values[0] if account.values else None
    regions = context.organization.regions
    region = "*" if context.settings["anyRegion"] else regions[0] if len(regions) == 1 else "REGION"
    limit = f"arn:{trust.partition or 'aws'}:s3:{region}:{own or 'ACCOUNT'}:{INSTANCE}"
    if not found.values:
        return "no ARN", limit, f"its conditions on {ARN_KEY} contradict each other, and they must name {limit!r}"
    for value in found.values:
        complaint = _complaint(value, own, trust, context, wildcards=found.wildcards)
        if complaint:
            return value, limit, f"{ARN_KEY} is {told(value)}, {complaint}"
    return None


def _complaint(value: str, own: str | None, trust: Trust, context: Context, *, wildcards: bool) -> str:
    """Say how an ARN is not the instance's; nothing when it is."""
    parts = value.split(":", _PARTS - 1)
    if len(parts) < _PARTS or parts[0] != "arn":
        return "which is no ARN of an Access Grants instance"
    _, partition, service, region, account, resource = parts
    if not wildcards and ("*" in value or "?" in value):
        return "where its operator takes a wildcard for a character of its own"
    if partition != trust.partition and (trust.partition or not partition.startswith("aws") or "*" in partition):
        return f"and the partition must be {trust.partition or 'aws'!r}"
    if service != "s3":
        return "and the service must be 's3'"
    if account != own if own else not _ACCOUNT.fullmatch(account):
        return f"which is not held to {f'account {own!r}' if own else 'one account'}"
    return _region(region, partition, context) or _resource(resource, context)


def _region(region: str, partition: str, context: Context) -> str:
    regions = context.organization.regions
    if "*" in region or "?" in region:
        return "" if context.settings["anyRegion"] else "which is every Region, and anyRegion does not allow that"
    if not region:
        return "and an instance has a Region"
    if regions and region not in regions:
        return f"and its Region is not one of the organization's {quoted(regions)}"
    return "" if partition_of(region) == partition else f"and Region {region!r} is not of partition {partition!r}"


def _resource(resource: str, context: Context) -> str:
    if resource == INSTANCE:
        return ""
    if _LOCATION.fullmatch(resource):
        if context.settings["allowLocationArn"]:
            return ""
        return "a location's, as some copies of the AWS documentation show, and S3 sends the instance's"
    if "*" in resource or "?" in resource:
        return f"which is wider than the instance {INSTANCE!r}"
    return f"and the instance is {INSTANCE!r}"


RULE = Rule(
    id="AGR-03",
    name="role-trust-source",
    about=(Role,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The role's trust is held to its own account and to that account's Access Grants instance",
    why=(
        "The service principal is the same for every customer of AWS. Without aws:SourceAccount and aws:SourceArn, an "
        "instance of another account that names the role could have S3 use it: the confused deputy."
    ),
    fix="Hold aws:SourceAccount to the role's account and aws:SourceArn to its instance's ARN, with StringEquals.",
    source="S3 User Guide, Register a location; IAM User Guide, The confused deputy problem",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    judge=judge,
    # In `pulumi up` the engine shows the real policy before the role is made, so nothing unknown is let through there.
    on_unknown=OnUnknown.WARN,
    settings={
        "anyRegion": {
            "type": "boolean",
            "description": "Whether aws:SourceArn may name the account's instances of every Region, by a wildcard.",
            "default": False,
            "examples": [True],
        },
        "allowLocationArn": {
            "type": "boolean",
            "description": "Whether aws:SourceArn may be a location's ARN, as some copies of AWS's documentation show.",
            "default": False,
            "examples": [True],
        },
        "roles": ROLES,
    },
)
