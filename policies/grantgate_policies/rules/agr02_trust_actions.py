"""AGR-02: S3 Access Grants may do with a role what it needs to, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.core import PASSED, Broken, Context, Level, OnUnknown, Rule, Severity, Unsure, Verdict
from grantgate_policies.iam import allowing, denied
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects import Role
from grantgate_policies.trust import ASSUME, CONTEXT, IDENTITY, ROLES, Trust, called, corrected, trust_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.iam import Statement


def judge(role: Role, context: Context) -> Verdict:
    """Break on an action too many, a wildcard, and on one that is missing or denied."""
    trust = trust_of(role, context)
    if not isinstance(trust, Trust):
        return trust
    center: str = context.settings["identityCenter"]
    usual = (ASSUME, IDENTITY) if center == "forbidden" else (ASSUME, IDENTITY, CONTEXT)
    accepted = (*usual, *context.settings["actions"])
    unsure: Unsure | None = None
    for statement in trust.document.statements:
        if statement.effect == "Deny" or not trust.covers(statement):
            continue
        broken = _too_wide(statement, accepted, trust, context) if statement.effect == "Allow" else None
        if broken:
            return broken
        if statement.effect != "Allow" or statement.actions.unknown:
            unsure = unsure or Unsure(trust.field, f"what {called(statement)} allows is not known in this preview")
    needed = (ASSUME, IDENTITY, CONTEXT) if center == "required" else (ASSUME, IDENTITY)
    lacking = _lacking(needed, trust, context)
    if isinstance(lacking, Broken):
        return lacking
    return unsure or lacking or _may_be_denied(needed, trust) or trust.undecided() or PASSED


def _too_wide(statement: Statement, accepted: Sequence[str], trust: Trust, context: Context) -> Broken | None:
    name, limit = called(statement), quoted(accepted)
    kept = [one for one in accepted if statement.actions.matches(one)] or [ASSUME, IDENTITY]
    edit = f"Write {name} as {corrected(trust, context, statement, kept)}"
    if statement.actions.negated:
        message = f"{name} allows every action but those it names, by NotAction, and S3 needs {limit} at most"
        return Broken(trust.field, "NotAction", limit, message, edit)
    known = {one.lower() for one in accepted}
    for action in statement.actions.texts:
        if "*" in action or "?" in action:
            message = f"{name} allows {told(action)}, and S3 needs {limit} at most, each by its name"
            return Broken(trust.field, action, limit, message, edit)
        if action.lower() == CONTEXT.lower() and action.lower() not in known:
            message = f"{name} allows {CONTEXT!r}, which is for Identity Center, and identityCenter is 'forbidden'"
            return Broken(trust.field, action, limit, message, edit)
        if action.lower() not in known:
            message = f"{name} allows {told(action)}, and S3 needs {limit} at most"
            return Broken(trust.field, action, limit, message, edit)
    return None


def _lacking(needed: Sequence[str], trust: Trust, context: Context) -> Broken | Unsure | None:
    """
    Look for the first action that the service is not allowed, or that a Deny takes away.

    Where the service has two names, one of them must be allowed everything: S3 assumes the role under one.
    """
    found: list[tuple[str, list[str], str]] = []
    for service in trust.services:
        missing = [one for one in needed if not allowing(trust.document, one, service=service)]
        allowed = (one for one in needed if one not in missing)
        taken = next((one for one in allowed if denied(trust.document, one, service=service)), "")
        if not missing and not taken:
            return None
        found.append((service, missing, taken))
    # Told of is the name that is nearest to what S3 needs.
    service, missing, taken = min(found, key=lambda one: (len(one[1]), ASSUME in one[1]))
    limit = quoted(needed)
    undecided = [lacked for _, lacked, gone in found if not gone]
    if undecided and not trust.document.settled:
        return Unsure(trust.field, f"whether {undecided[0][0]} is allowed is not known in this preview")
    if taken:
        message = f"a Deny takes {taken!r} from {service!r}, and S3 needs {limit}"
        edit = f"Leave {service} and {taken} out of the Deny."
        return Broken(trust.field, f"{taken} denied", limit, message, edit)
    message = f"no statement allows {quoted(missing)} to {service!r}, and S3 needs {limit}"
    assuming = [one for one in trust.allowing() if one.actions.matches(ASSUME)]
    statement = min(assuming, key=lambda one: not one.principals.covers(service=service), default=None)
    if missing == [CONTEXT]:
        edit = f"Add the statement {corrected(trust, context, None, (CONTEXT,))}"
    elif statement is None:
        edit = f"Add the statement {corrected(trust, context, None, needed)}"
    else:
        edit = f"Write {called(statement)} as {corrected(trust, context, statement, needed)}"
    return Broken(trust.field, f"not {', '.join(missing)}", limit, message, edit)


def _may_be_denied(needed: Sequence[str], trust: Trust) -> Unsure | None:
    """Look for a Deny that takes an action away for certain once all of it is known."""
    for one in trust.document.statements:
        if one.effect == "Allow" or one.settled:
            continue
        actions = one.actions.unknown or any(map(one.actions.matches, needed))
        # A condition that is known to be there makes the Deny one for some requests only.
        if actions and (one.principals.unknown or trust.covers(one)) and not any(held.key for held in one.conditions):
            return Unsure(trust.field, f"what {called(one)} denies is not known in this preview")
    return None


RULE = Rule(
    id="AGR-02",
    name="role-trust-actions",
    about=(Role,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="S3 Access Grants may assume the role and set the source identity, and the context for Identity Center",
    why=(
        "Without sts:SetSourceIdentity S3 cannot assume the role, and without sts:SetContext users of Identity Center "
        "get nothing. A wildcard gives S3 more than that, whatever AWS adds to the service."
    ),
    fix="Allow sts:AssumeRole and sts:SetSourceIdentity, and sts:SetContext where Identity Center is used, by name.",
    source="S3 User Guide, Register a location: the trust policy of the role",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    judge=judge,
    # In `pulumi up` the engine shows the real policy before the role is made, so nothing unknown is let through there.
    on_unknown=OnUnknown.WARN,
    settings={
        "identityCenter": {
            "enum": ["allowed", "required", "forbidden"],
            "description": "Whether the role may, must or must not allow sts:SetContext, which Identity Center needs.",
            "default": "allowed",
            "examples": ["required"],
        },
        "actions": {
            "type": "array",
            "description": "Actions that the service may be allowed besides, by name.",
            "items": {"type": "string", "pattern": "^sts:[A-Za-z]+$"},
            "default": [],
            "examples": [["sts:TagSession"]],
        },
        "roles": ROLES,
    },
)
