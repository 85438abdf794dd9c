"""AGR-01: a role for S3 Access Grants is assumed by its service principal, and by others only by exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.core import PASSED, Broken, Context, Level, OnUnknown, Rule, Severity, Unsure, Verdict
from grantgate_policies.iam import account_of, matches, restricted
from grantgate_policies.matching import told
from grantgate_policies.subjects import Role
from grantgate_policies.trust import ASSUME, IDENTITY, ROLES, Trust, actions_of, called, corrected, texts_of, trust_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantgate_policies.iam import Statement

EXTERNAL_ID = "sts:ExternalId"


def judge(role: Role, context: Context) -> Verdict:
    """
    Break on the first principal, statement by statement, that the settings do not allow.

    Statements for everyone come first: the others are of no account beside them.
    """
    trust = trust_of(role, context)
    if not isinstance(trust, Trust):
        return trust
    unsure: Unsure | None = None
    for statement in sorted(trust.document.statements, key=lambda one: not _is_open(one)):
        if statement.effect == "Deny":
            continue
        verdict = _judged(statement, trust, context) if statement.effect == "Allow" else None
        if isinstance(verdict, Broken):
            return verdict
        if statement.effect != "Allow" or statement.principals.unknown:
            unsure = unsure or Unsure(trust.field, f"whom {called(statement)} allows is not known in this preview")
        unsure = unsure or verdict
    if unsure:
        return unsure
    if any(trust.covers(one) for one in trust.allowing()):
        return PASSED
    message = f"no statement allows {trust.service!r} anything, and it must be the one that assumes the role"
    edit = f"Add the statement {corrected(trust, context, None, (ASSUME, IDENTITY))}"
    return Broken(trust.field, "no such statement", trust.service, message, edit)


def _judged(statement: Statement, trust: Trust, context: Context) -> Broken | Unsure | None:
    principals, name = statement.principals, called(statement)
    right = corrected(trust, context, statement, actions_of(statement))
    edit = f"Write {name} as {right}"
    if not principals.given:
        return Broken(trust.field, "no Principal", trust.service, f"{name} has no Principal, and must name one", edit)
    if _is_open(statement):
        written = "NotPrincipal" if principals.negated else "*"
        but = " but those it names" * principals.negated
        # Where the service itself is excluded, this is a mistake all the same.
        also = ", S3 Access Grants included" * trust.covers(statement)
        by = f"by {written}" if principals.negated else f"by {written!r}"
        message = f"{name} allows everyone{but}{also}, {by}, and must name {trust.service!r}"
        edit = f"Name those who may assume the role; for S3 Access Grants write {name} as {right}"
        return Broken(trust.field, written, trust.service, message, edit)
    for text in trust.misspelt(principals):
        message = (
            f"{name} names {told(text)} as an account or a provider, and it is a service, which stands under Service"
            if text in trust.services
            else f"{name} names {told(text)}, and S3 Access Grants is {trust.service!r}"
        )
        return Broken(trust.field, text, trust.service, message, edit)
    unsure: Unsure | None = None
    for text in texts_of(principals):
        if text in trust.services:
            continue
        verdict = _other(text, statement, trust, context)
        if isinstance(verdict, Broken):
            return verdict
        unsure = unsure or verdict
    return unsure


def _other(text: str, statement: Statement, trust: Trust, context: Context) -> Broken | Unsure | None:
    """Judge a principal that is not the service."""
    name = called(statement)
    if "*" in text or "?" in text:
        message = f"{name} allows {told(text)}, and a principal is named without wildcards"
        return Broken(trust.field, text, "one principal", message)
    allowed = any(matches(pattern, form) for pattern in context.settings["principals"] for form in _forms(text, trust))
    if not allowed:
        message = f"{name} also allows {told(text)}, and only {trust.service!r} may assume the role"
        edit = f"Delete {name}, or list the principal in principals."
        if trust.covers(statement):
            right = corrected(trust, context, statement, actions_of(statement))
            edit = f"List the principal in principals, or write {name} as {right}"
        return Broken(trust.field, text, trust.service, message, edit)
    if text not in statement.principals.aws or not context.settings["requireExternalId"]:
        return None
    found = restricted(statement, EXTERNAL_ID)
    if found.unknown:
        return Unsure(trust.field, f"the condition of {name} on {EXTERNAL_ID} is not known in this preview")
    fixed = found.values and not (found.wildcards and any("*" in one or "?" in one for one in found.values))
    if fixed:
        return None
    message = f"{name} allows {told(text)} without holding {EXTERNAL_ID} to a value"
    edit = f'Add "Condition":{{"StringEquals":{{"{EXTERNAL_ID}":"VALUE"}}}} to {name}.'
    return Broken(trust.field, text, f"{EXTERNAL_ID} held to a value", message, edit)


def _is_open(statement: Statement) -> bool:
    return statement.principals.everyone or statement.principals.negated


def _forms(text: str, trust: Trust) -> Iterator[str]:
    """Give the spellings of a principal: an account may be written as its digits or as its root's ARN."""
    yield text
    account = account_of(text)
    if account == text:
        yield f"arn:{trust.partition or 'aws'}:iam::{text}:root"
    elif account and text.endswith(":root"):
        yield account


RULE = Rule(
    id="AGR-01",
    name="role-trust-principals",
    about=(Role,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="A role for S3 Access Grants is assumed by its service principal, and by others only by exception",
    why=(
        "S3 Access Grants hands out the role's credentials by what grants say. Whoever else may assume the role has "
        "all of its rights and needs no grant, and a misspelt service name lets nobody in."
    ),
    fix="Name access-grants.s3.amazonaws.com as the only principal, or list the others in principals.",
    source="S3 User Guide, Register a location: the trust policy of the role",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    judge=judge,
    # In `pulumi up` the engine shows the real policy before the role is made, so nothing unknown is let through there.
    on_unknown=OnUnknown.WARN,
    settings={
        "principals": {
            "type": "array",
            "description": (
                "Principals that may assume the role besides: ARNs, account ids and service names, with * and ? as in "
                "IAM; an account id stands for the account's root too."
            ),
            "items": {"type": "string", "pattern": r"[^*?\s]"},
            "default": [],
            "examples": [["arn:aws:iam::111122223333:role/service-role/AmazonSageMaker*"]],
        },
        "requireExternalId": {
            "type": "boolean",
            "description": "Whether a statement for such an AWS principal must hold sts:ExternalId to a value.",
            "default": True,
            "examples": [False],
        },
        "roles": ROLES,
    },
)
