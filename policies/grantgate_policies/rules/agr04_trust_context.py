"""AGR-04: S3 Access Grants sets no context on a role but that of Identity Center."""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grantgate_policies.core import (
    PASSED,
    Broken,
    Context,
    Level,
    OnUnknown,
    Passed,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.iam import is_misspelling, restricted
from grantgate_policies.iam.operators import operator_of
from grantgate_policies.matching import told
from grantgate_policies.subjects import Role
from grantgate_policies.trust import (
    CONTEXT,
    FOR_ALL,
    PROVIDERS_KEY,
    ROLES,
    Trust,
    actions_of,
    called,
    corrected,
    mistake,
    providers_of,
    trust_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantgate_policies.iam import Condition, Restriction, Statement

_HOLDING = ("ArnEquals", "ArnLike", "StringEquals", "StringLike")
_LIKE = 0.9  # difflib's ratio from which an ARN counts as a misspelling of the provider's


def judge(role: Role, context: Context) -> Verdict:
    """Break when a statement lets the service set a context that is not held to Identity Center's."""
    trust = trust_of(role, context)
    if not isinstance(trust, Trust):
        return trust
    unsure: Unsure | None = None
    for statement in trust.allowing():
        if not statement.actions.matches(CONTEXT):
            if statement.actions.unknown:
                unsure = unsure or Unsure(trust.field, f"what {called(statement)} allows is not known in this preview")
            continue
        verdict = _judged(statement, trust, context)
        if isinstance(verdict, Broken):
            return verdict
        unsure = unsure or verdict
    return unsure or trust.undecided() or PASSED


def _judged(statement: Statement, trust: Trust, context: Context) -> Broken | Unsure | None:
    guarded: bool = context.settings["requireNull"]
    wanted, name = providers_of(trust), called(statement)
    found = restricted(statement, PROVIDERS_KEY)
    # The key has several values, and what holds for one of them leaves the others free.
    strict = tuple(one for one in statement.conditions if not _is_for_some(one))
    every = restricted(replace(statement, conditions=strict), PROVIDERS_KEY)
    if every.values is not None and _names(every.values, wanted):
        return None
    # What AWS documents: true without the key too, but then S3 has set no context.
    documented = [one for one in statement.conditions if _is_for_all(one)]
    present = not guarded or found.values is not None
    if present and any(not one.unknown and _names(one.values, wanted) for one in documented):
        return None
    perhaps = any(one.unknown or _names(one.values, wanted) for one in documented)
    if every.unknown or (perhaps and (present or found.unknown)):
        return Unsure(trust.field, f"{name}: the condition on {PROVIDERS_KEY} is not known in this preview")
    actions = actions_of(statement)
    actions = actions if any(one.lower() == CONTEXT.lower() for one in actions) else (*actions, CONTEXT)
    edit = f"Write {name} as {corrected(trust, context, statement, actions, guarded=guarded)}"
    observed, message = _complaint(statement, found, [] if guarded else documented, wanted)
    return Broken(trust.field, observed, f"{PROVIDERS_KEY} held to {wanted[0]}", f"{name}: {message}", edit)


def _complaint(
    statement: Statement, found: Restriction, documented: Sequence[Condition], wanted: Sequence[str]
) -> tuple[str, str]:
    """Say what stands in place of the condition."""
    tried = found.values if found.values is not None else next((one.values for one in documented if one.values), None)
    limit = f"and {CONTEXT} must be held to {wanted[0]!r}"
    if tried is not None:
        strange = next((one for one in tried if one not in wanted), "")
        loose = next((str(one) for one in statement.conditions if _is_for_some(one)), "")
        if strange:
            return strange, f"{PROVIDERS_KEY} is {told(strange)}, and it must be {wanted[0]!r}"
        if tried and loose:
            message = f"{told(loose)} on {PROVIDERS_KEY!r} asks for one such value and excludes no other, {limit}"
            return loose, message
        return "no value", f"its conditions on {PROVIDERS_KEY} contradict each other, and must name {wanted[0]!r}"
    if found.near:
        return str(found.near[0]), f"{mistake(found.near[0], PROVIDERS_KEY)}, {limit}"
    message = f"{CONTEXT} has no condition on {PROVIDERS_KEY}, so S3 may set any context, and it must be {wanted[0]!r}"
    return f"no {PROVIDERS_KEY}", message


def _is_for_some(condition: Condition) -> bool:
    """Say whether the condition is about one value of the key, whatever the others are."""
    is_ours = condition.key.lower() == PROVIDERS_KEY.lower()
    return is_ours and condition.quantifier != "ForAllValues" and condition.operator != "Null"


def _is_for_all(condition: Condition) -> bool:
    """Say whether this is the form that AWS documents: every value must be one of these, where there are any."""
    return (
        condition.key.lower() == PROVIDERS_KEY.lower()
        and condition.quantifier == "ForAllValues"
        and condition.operator in _HOLDING
        and not condition.if_exists
    )


def _names(values: Sequence[str], wanted: Sequence[str]) -> bool:
    return bool(values) and all(value in wanted for value in values)


# --- putting it right -------------------------------------------------------------------------------------------------


def remedy(role: Role, context: Context) -> Mapping[str, Any] | None:
    """
    Give the trust policy with key, provider's ARN and operator written right, when that alone makes the rule pass.

    What held one value of the key holds all of them then, as AWS documents it. The policy keeps its form: text stays
    text. None when the rule passes already, when anything in the policy is not known, and when more than that is wrong;
    and None for a lookup, since what IAM holds cannot be put right here.
    """
    trust = trust_of(role, context)
    if (
        role.live
        or not isinstance(trust, Trust)
        or not trust.document.settled
        or isinstance(judge(role, context), Passed)
    ):
        return None
    is_text = isinstance(role.trust, str)
    policy = json.loads(role.trust) if is_text else role.trust
    statements = policy["Statement"]
    listed = statements if isinstance(statements, list | tuple) else [statements]
    meant = {one.index for one in trust.allowing() if one.actions.matches(CONTEXT)}
    respelt = [_respelt(one, trust) if index in meant else one for index, one in enumerate(listed)]
    policy = {**policy, "Statement": respelt if isinstance(statements, list | tuple) else respelt[0]}
    corrected_trust = json.dumps(policy) if is_text else policy
    if not isinstance(judge(replace(role, trust=corrected_trust), context), Passed):
        return None
    return {role.trust_field: corrected_trust}


def _respelt(statement: Mapping[str, Any], trust: Trust) -> dict[str, Any]:
    given: Mapping[str, Mapping[str, Any]] = statement.get("Condition") or {}
    block: dict[str, dict[str, Any]] = {}
    for operator, keys in given.items():
        kept = _keys_respelt(keys, trust)
        name = next((one for one in kept if one.lower() == PROVIDERS_KEY.lower()), "")
        moved = {name: kept.pop(name)} if name and _becomes_for_all(operator) else {}
        if kept or not moved:
            block[operator] = {**block.get(operator, {}), **kept}
        if moved:
            # IAM takes an operator once, in whatever letter case; where it has the key already, that stays.
            written = next((one for one in given if one.lower() == FOR_ALL.lower()), FOR_ALL)
            block[written] = {**moved, **block.get(written, {})}
    return {**statement, "Condition": block} if block else dict(statement)


def _keys_respelt(keys: Mapping[str, Any], trust: Trust) -> dict[str, Any]:
    there = any(key.lower() == PROVIDERS_KEY.lower() for key in keys)
    respelt: dict[str, Any] = {}
    for key, values in keys.items():
        wrong = not there and is_misspelling(key, PROVIDERS_KEY) and PROVIDERS_KEY not in respelt
        if wrong or key.lower() == PROVIDERS_KEY.lower():
            listed = [_value_respelt(one, trust) for one in values] if isinstance(values, list | tuple) else None
            respelt[PROVIDERS_KEY if wrong else key] = _value_respelt(values, trust) if listed is None else listed
        else:
            respelt[key] = values
    return respelt


def _becomes_for_all(operator: str) -> bool:
    """Say whether an operator holds one value of the key where the one that AWS documents holds all of them."""
    name, quantifier, if_exists, _ = operator_of(operator)
    return name in _HOLDING and quantifier != "ForAllValues" and not if_exists


def _value_respelt(value: Any, trust: Trust) -> Any:
    rights = providers_of(trust)
    if not isinstance(value, str) or value in rights or "*" in value or "?" in value or "${" in value:
        return value
    # Where nothing tells the partition, the value itself must.
    near = [one for one in rights if len(rights) == 1 or value.startswith(one.partition(":iam:")[0] + ":")]
    alike = len(value) < 2 * len(rights[0]) and any(
        difflib.SequenceMatcher(None, value, one, autojunk=False).ratio() >= _LIKE for one in near
    )
    return near[0] if alike else value


RULE = Rule(
    id="AGR-04",
    name="role-trust-context",
    about=(Role,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The service sets no context on the role but that of Identity Center",
    why=(
        "sts:SetContext says on whose behalf the role acts. AWS's own policy holds it with ForAllValues to Identity "
        "Center's provider; a misspelt key or ARN is no error to IAM, and the condition then holds nothing or never."
    ),
    fix=(
        "Hold sts:RequestContextProviders to arn:aws:iam::aws:contextProvider/IdentityCenter, or the like of the "
        "partition, with ForAllValues:ArnEquals."
    ),
    source="S3 User Guide, Register a location: the trust policy with Identity Center",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    judge=judge,
    remedy=remedy,
    # In `pulumi up` the engine shows the real policy before the role is made, so nothing unknown is let through there.
    on_unknown=OnUnknown.WARN,
    settings={
        "requireNull": {
            "type": "boolean",
            "description": (
                "Whether the key must be there: ForAllValues, as AWS documents it, also holds without it, and a "
                'condition Null: {"sts:RequestContextProviders": "false"} beside it does not.'
            ),
            "default": False,
            "examples": [True],
        },
        "roles": ROLES,
    },
)
