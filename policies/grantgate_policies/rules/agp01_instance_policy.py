"""AGP-01: the policy of an Access Grants instance opens it to the organization alone, and to read and ask alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from grantgate.arns import partition_of

from grantgate_policies import iam
from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.fields import unread
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects import InstancePolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELD: Final = "policy"
ORGANIZATION_FIELD: Final = "organization"
KEY: Final = "aws:PrincipalOrgID"
ACTIONS: Final = (
    "s3:GetAccessGrantsInstanceForPrefix",
    "s3:GetDataAccess",
    "s3:ListAccessGrants",
    "s3:ListAccessGrantsLocations",
    "s3:ListCallerAccessGrants",
)
"""What an account needs to find grants that it was given and to ask for their credentials."""

# Source: Service Authorization Reference, Amazon S3: actions on the resource types of S3 Access Grants.
_OTHERS: Final = (
    "s3:PutAccessGrantsInstanceResourcePolicy",
    "s3:CreateAccessGrant",
    "s3:CreateAccessGrantsLocation",
    "s3:DeleteAccessGrant",
    "s3:DeleteAccessGrantsInstance",
    "s3:DeleteAccessGrantsInstanceResourcePolicy",
    "s3:DeleteAccessGrantsLocation",
    "s3:UpdateAccessGrantsLocation",
    "s3:AssociateAccessGrantsIdentityCenter",
    "s3:DissociateAccessGrantsIdentityCenter",
    "s3:CreateAccessGrantsInstance",
    "s3:GetAccessGrant",
    "s3:GetAccessGrantsInstance",
    "s3:GetAccessGrantsInstanceResourcePolicy",
    "s3:GetAccessGrantsLocation",
    "s3:ListAccessGrantsInstances",
    "s3:ListTagsForResource",
    "s3:TagResource",
    "s3:UntagResource",
)
"""What else an instance can be asked for, the worst first."""

_SHOWN: Final = 3  # of a statement's faults, and of the actions that a pattern opens
_INSTANCE: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):s3:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):access-grants/default(?:/[^*?]*\*?)?"
)


def judge(instance: InstancePolicy, context: Context) -> Verdict:
    """Break on what any Allow statement opens for certain; then be unsure of what is not known."""
    document = iam.read(instance.policy)
    if isinstance(document, Malformed):
        return Broken(FIELD, document.kind, "a policy document", f"{FIELD} is a {document.kind}")
    if isinstance(document, Missing):
        if document is ABSENT:
            return Broken(FIELD, "nothing", "a policy document", f"{FIELD} is not set")
        return Unsure(FIELD, f"{FIELD} is not known in this preview")
    foreign = _foreign(instance, context)
    return foreign if isinstance(foreign, Broken) else _judged(document, instance, context, foreign)


def _judged(document: iam.Document, instance: InstancePolicy, context: Context, unsure: Unsure | None) -> Verdict:
    """Judge the statements; ``unsure`` is what is not known besides."""
    for statement in document.statements:
        if statement.effect == "Deny":
            continue
        name = f"statement {told(statement.sid)}" if statement.sid else f"statement {statement.index + 1}"
        found = list(_faults(statement, instance, context)) if statement.effect == "Allow" else []
        if found:
            more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            told_faults = "; ".join(message for message, _, _ in found[:_SHOWN])
            _, observed, edit = found[0]
            expected = "accounts of the organization, reading actions, the instance's own ARN"
            # Where more than one thing is wrong, no single value puts it right.
            return Broken(FIELD, observed, expected, f"{name}: {told_faults}{more}", edit if len(found) == 1 else "")
        if not statement.settled:
            unsure = unsure or Unsure(FIELD, f"{name} is not wholly known in this preview")
        elif statement.resources.texts and (trouble := _place_trouble(instance)):
            if isinstance(trouble, Broken):
                return trouble
            unsure = unsure or trouble
    return unsure or PASSED


def _foreign(instance: InstancePolicy, context: Context) -> Broken | Unsure | None:
    """Tell a live policy that S3 says is another organization's; nothing where nobody says which one is ours."""
    found, wanted = instance.organization, context.settings["organizationId"]
    if found is ABSENT or not wanted:
        return None
    trouble = unread(found, ORGANIZATION_FIELD)
    if trouble or found == wanted:
        return trouble
    message = f"S3 says that the policy is of organization {told(str(found))}, not {wanted!r}"
    return Broken(ORGANIZATION_FIELD, str(found), repr(wanted), message)


def _place_trouble(instance: InstancePolicy) -> Broken | Unsure | None:
    """Tell what keeps the instance's own ARN from being known; nothing where nobody says the place."""
    places = ((instance.account_id, "accountId"), (instance.region, "region"))
    found = [unread(value, field) for value, field in places if value is not ABSENT]
    broken = next((one for one in found if isinstance(one, Broken)), None)
    return broken or next((one for one in found if one), None)


_Fault: TypeAlias = "tuple[str, str, str]"
"""Message, what was observed, and the edit that would pass."""


def _faults(statement: iam.Statement, instance: InstancePolicy, context: Context) -> Iterator[_Fault]:
    """Give everything that an Allow statement opens and must not."""
    yield from _principal_faults(statement, context)
    yield from _action_faults(statement.actions, context)
    yield from _resource_faults(statement.resources, instance, context)


# --- who --------------------------------------------------------------------------------------------------------------


def _principal_faults(statement: iam.Statement, context: Context) -> Iterator[_Fault]:
    principals = statement.principals
    if not principals.given:
        yield "it has no Principal, and the policy of a resource says whom it is for", "no Principal", ""
        return
    if principals.negated:
        yield "NotPrincipal with Allow opens the instance to everyone else", "NotPrincipal", ""
        return
    held = _held_to_organization(statement, context)
    if principals.everyone and not held:
        yield f"Principal '*' opens the instance to every AWS account{_near(statement, context)}", "*", ""
    strangers = (*principals.services, *principals.federated, *principals.canonical)
    for text in strangers:
        if text != "*":
            message = f"principal {told(text)} is no AWS account, role or user of the organization"
            yield message, text, ""
    known = {*context.organization.accounts, *context.settings["accounts"]}
    limit = quoted(sorted(known))
    for text in principals.aws:
        account = iam.account_of(text)
        if text == "*":
            continue
        if account is None:
            yield f"principal {told(text)} names no account, so whose it is cannot be told", text, ""
        elif account not in known and not held:
            yield f"principal {told(text)} is of account {account!r}, not one of {limit}", text, ""


def _held_to_organization(statement: iam.Statement, context: Context) -> bool:
    """
    Say whether only principals of the organization can use the statement.

    While parts of the conditions are not known they may yet hold it, which leaves the statement undecided.
    """
    wanted = context.settings["organizationId"]
    found = iam.restricted(statement, KEY)
    perhaps = found.unknown and not statement.settled
    return bool(wanted) and (perhaps or (found.values is not None and set(found.values) <= {wanted}))


def _near(statement: iam.Statement, context: Context) -> str:
    wanted = context.settings["organizationId"]
    found = iam.restricted(statement, KEY)
    if found.values is not None:
        foreign = [one for one in found.values if one != wanted]
        if len(foreign) < len(found.values):
            return f": {KEY} is held to {quoted(foreign[:_SHOWN])} too, not to {wanted!r} alone"
        limit = f"not {wanted!r}" if wanted else "and organizationId does not say which one is ours"
        return f": {KEY} is held to {quoted(foreign[:_SHOWN])}, {limit}"
    if found.near:
        return f": {found.near[0]} on {found.near[0].key!r} does not hold {KEY} to one organization"
    return ""


# --- what -------------------------------------------------------------------------------------------------------------


def _action_faults(actions: iam.Words, context: Context) -> Iterator[_Fault]:
    allowed = (*ACTIONS, *context.settings["actions"])
    if actions.negated:
        yield "NotAction with Allow opens every other action", "NotAction", ""
        return
    for text in actions.texts:
        if any(iam.contains(one, text, ignore_case=True) for one in allowed):
            continue
        if "*" not in text and "?" not in text:
            yield f"action {told(text)} is not one of {quoted(allowed)}", text, ""
            continue
        opened = [
            one
            for one in _OTHERS
            if iam.matches(text, one, ignore_case=True)
            and not any(iam.matches(limit, one, ignore_case=True) for limit in allowed)
        ]
        more = f" and {len(opened) - _SHOWN} more" if len(opened) > _SHOWN else ""
        what = f"opens {', '.join(opened[:_SHOWN])}{more}" if opened else "is a pattern that may open what AWS adds"
        needed = [one for one in allowed if iam.matches(text, one, ignore_case=True)]
        edit = f"Write {', '.join(needed)} for {told(text)}." if needed else ""
        yield f"action {told(text)} {what}", text, edit


def _resource_faults(resources: iam.Words, instance: InstancePolicy, context: Context) -> Iterator[_Fault]:
    if not resources.given:
        yield "it has no Resource, and the instance's own ARN belongs there", "no Resource", ""
        return
    if resources.negated:
        yield "NotResource with Allow opens every other resource", "NotResource", ""
        return
    account, region = instance.account_id, instance.region
    own = ""
    if isinstance(account, str) and isinstance(region, str):
        own = f"arn:{partition_of(region)}:s3:{region}:{account}:access-grants/default"
    for text in resources.texts:
        found = _INSTANCE.fullmatch(text)
        edit = f"Write {own!r} for {told(text)}." if own else ""
        if own and (found is None or (text != own and not text.startswith(f"{own}/"))):
            yield f"resource {told(text)} is not within the own instance {own!r}", text, edit
        elif found is None:
            limit = "'arn:aws:s3:REGION:ACCOUNT:access-grants/default'"
            yield f"resource {told(text)} is not the ARN of one instance, such as {limit}", text, edit
        elif found["account"] not in context.organization.accounts:
            yield f"resource {told(text)} is of account {found['account']!r}, not one of the organization's", text, edit
        elif account is UNKNOWN and isinstance(region, str) and not _in_region(found, region):
            yield f"resource {told(text)} is not within the instance's Region {region!r}", text, edit
        elif region is UNKNOWN and isinstance(account, str) and found["account"] != account:
            yield f"resource {told(text)} is not within the instance's account {account!r}", text, edit


def _in_region(found: re.Match[str], region: str) -> bool:
    return (found["partition"], found["region"]) == (partition_of(region), region)


RULE = Rule(
    id="AGP-01",
    name="instance-policy-internal",
    about=(InstancePolicy,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="The instance's policy lets only the organization's accounts in, to find grants and ask for data",
    why=(
        "The policy of an Access Grants instance decides which other accounts may ask it for credentials. With * as "
        "principal that is all of AWS, with s3:* they may make grants for themselves. A Principal of * is accepted "
        "where a condition holds aws:PrincipalOrgID to the organization that organizationId names. Deny statements "
        "only take away."
    ),
    fix="Name the accounts, the actions and the instance's own ARN, or share the instance through AWS RAM.",
    source="S3 User Guide, S3 Access Grants cross-account access",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-cross-accounts.html",
    judge=judge,
    settings={
        "accounts": {
            "type": "array",
            "description": "Accounts that may be let in besides the organization's, by their 12-digit ids.",
            "items": {"type": "string", "pattern": "^[0-9]{12}$", "x-is": "an account id (12 digits)"},
            "default": [],
        },
        "organizationId": {
            "type": "string",
            "pattern": "^(?:o-[a-z0-9]{10,32})?$",
            "x-is": "the id of an organization in AWS Organizations, or empty",
            "description": (
                "Id of the organization in AWS Organizations; a statement that holds aws:PrincipalOrgID to it may name "
                "everyone. Empty: none may."
            ),
            "default": "",
            "examples": ["o-a1b2c3d4e5"],
        },
        "actions": {
            "type": "array",
            "description": (
                "Actions that may be allowed besides finding grants and asking for data; * stands for any text, and "
                "letter case does not matter."
            ),
            "items": {"type": "string", "pattern": "^s3:[A-Za-z*]+$", "x-is": "an action of S3"},
            "default": [],
        },
    },
)
