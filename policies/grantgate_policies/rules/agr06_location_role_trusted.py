"""AGR-06: a location's role, where the stack declares it or looks it up, lets S3 Access Grants assume it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

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
    Passed,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Verdict,
)
from grantgate_policies.matching import ROLE_FIELD, quoted, role_of, told
from grantgate_policies.permissions import join
from grantgate_policies.subjects import Location, Role
from grantgate_policies.subjects.lookups import unheard
from grantgate_policies.subjects.values import arn_of
from grantgate_policies.trust import ASSUME, CHINA, IDENTITY, SERVICE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.permissions import Joins

_NEEDED: Final = (ASSUME, IDENTITY)
_FEW: Final = 8  # declarations that are read to see whether what may be is right
_ELSEWHERE: Final = Skipped("the role is declared elsewhere, and its trust policy is not shown here")
_EXPECTED: Final = f"a role that lets {SERVICE} do {ASSUME} and {IDENTITY}"


def judge(location: Location, context: Context, joins: Joins) -> Verdict:
    """Break when the role, declared or looked up, does not let the service assume it and set the source identity."""
    arn = location.iam_role_arn
    if isinstance(arn, Malformed):
        return Broken(ROLE_FIELD, arn.kind, "text", f"{ROLE_FIELD} is a {arn.kind}, not text")
    if arn is ABSENT:
        return unheard(location, iamRoleArn=arn) or Broken(ROLE_FIELD, "nothing", "text", f"{ROLE_FIELD} is not set")
    if isinstance(arn, str) and isinstance(wrong := role_of(arn), Broken):
        return wrong
    servants = joins.servants(location)
    if arn is UNKNOWN:
        return _likely((*servants.likely, *servants.possible), location, joins)
    if servants.certain:
        found = _first([_trust(role, location, joins) for role in servants.certain])
        return (
            _declared(servants.possible, location, joins) if servants.possible and isinstance(found, Passed) else found
        )
    if servants.possible:
        names = _named(servants.possible[:3])
        return Unsure(ROLE_FIELD, f"it is not known in this preview whether the location's role is {names}")
    return _elsewhere(str(arn), context, joins)


def _declared(roles: Sequence[Role], location: Location, joins: Joins) -> Verdict:
    """
    Judge a role that is right as lookups found it by the declarations that may be of it.

    One of them says what it will be after this update, or none does.
    """
    if len(roles) <= _FEW and all(isinstance(_trust(role, location, joins), Passed) for role in roles):
        return PASSED
    reason = f"it is not known in this preview whether the location's role is declared as {_named(roles[:3])}"
    return Unsure(ROLE_FIELD, f"{reason}; as it was looked up, its trust is right")


def _likely(roles: Sequence[Role], location: Location, joins: Joins) -> Verdict:
    """
    Judge an ARN that is not known yet by the roles whose outputs went into it.

    What is made of a role's outputs is likely to be its ARN, and may be any: likely breaks, and never passes.
    """
    reason = f"{ROLE_FIELD} is not known in this preview"
    if not roles:
        return Unsure(ROLE_FIELD, f"{reason}, and comes from no role of this stack")
    made_from = f"made from {_named(roles)}"
    verdicts = [_trust(role, location, joins) for role in roles]
    if all(isinstance(one, Passed) for one in verdicts):
        return Unsure(ROLE_FIELD, f"{reason}; it is {made_from}, whose trust is right")
    first = verdicts[0]
    if isinstance(first, Broken) and all(isinstance(one, Broken) for one in verdicts):
        return replace(first, message=f"{first.message}; {ROLE_FIELD} is {made_from}")
    if isinstance(first, Unsure) and len(verdicts) == 1:
        return Unsure(ROLE_FIELD, f"{first.reason}; {ROLE_FIELD} is {made_from}")
    return Unsure(ROLE_FIELD, f"{reason}; it is {made_from}, and not all of their trust policies are right for certain")


def _named(roles: Sequence[Role]) -> str:
    return quoted(sorted({one.resource.name for one in roles})[:3])


def _elsewhere(arn: str, context: Context, joins: Joins) -> Verdict:
    if joins.program.unread:
        return Unsure(
            ROLE_FIELD, f"{len(joins.program.unread)} resources could not be read; {told(arn)} may be of them"
        )
    if context.settings["requireDeclared"]:
        return Unsure(
            ROLE_FIELD,
            f"role {told(arn)} is not declared in this stack, nor looked up, so its trust policy was not read",
        )
    return _ELSEWHERE


def _first(verdicts: list[Verdict]) -> Verdict:
    """Give what counts most: what is broken for certain, then what is not known."""
    ranked = (Broken, Unsure, Passed)
    return min(verdicts, key=lambda one: next(n for n, kind in enumerate(ranked) if isinstance(one, kind)))


def _trust(role: Role, location: Location, joins: Joins) -> Verdict:
    """Judge one role's trust policy, once for all the locations that it serves."""
    services = _services(role, location)
    key = id(role), services
    if key not in joins.trusting:
        joins.trusting[key] = _trusting(role, services)
    return joins.trusting[key]


def _trusting(role: Role, services: Sequence[str]) -> Verdict:
    """Judge a trust policy for a service of these names; conditions are for the rules about roles."""
    name = f"role {role.resource.name!r}"
    document = iam.read(role.trust)
    if document is UNKNOWN:
        return Unsure(ROLE_FIELD, f"the trust policy of {name} is not known in this preview")
    if isinstance(document, Malformed):
        return Broken(ROLE_FIELD, document.kind, _EXPECTED, f"the trust policy of {name} is a {document.kind}")
    if not isinstance(document, iam.Document):
        if role.live:
            return Unsure(ROLE_FIELD, f"{name} is a lookup that holds no trust policy")
        return Broken(ROLE_FIELD, "nothing", _EXPECTED, f"{name} has no trust policy")
    # S3 Access Grants comes under one name at a time, and needs both actions under it.
    lacks = {one: [action for action in _NEEDED if not _lets(document, action, one)] for one in services}
    trusted = [one for one in services if not lacks[one]]
    if not trusted and any(all(_may_let(document, action, one) for action in lacks[one]) for one in services):
        return Unsure(ROLE_FIELD, f"whether {name} trusts {services[0]} is not known in this preview")
    if not trusted:
        service = min(services, key=lambda one: len(lacks[one]))
        lacking = lacks[service]
        denying = any(iam.denied(document, action, service=service) for action in lacking)
        verb = "denies" if denying else "does not let"
        message = f"{name} {verb} {service} {' and '.join(lacking)}"
        edit = f"In the trust policy of {name}, allow Service {service!r} the actions {ASSUME} and {IDENTITY}."
        return Broken(ROLE_FIELD, f"no {', '.join(lacking)}", _EXPECTED, message, edit)
    if all(any(_may_deny(one, service) for one in document.statements) for service in trusted):
        return Unsure(ROLE_FIELD, f"what the trust policy of {name} denies is not known in this preview")
    return PASSED


def _services(role: Role, location: Location) -> tuple[str, ...]:
    """Give the names under which S3 Access Grants assumes the role: in China it has two."""
    partitions = {arn.partition for value in (role.arn, location.iam_role_arn) if (arn := arn_of(value))}
    partitions |= {partition_of(region) for region in (role.region, location.region) if isinstance(region, str)}
    return (SERVICE, CHINA) if not partitions or "aws-cn" in partitions else (SERVICE,)


def _lets(document: iam.Document, action: str, service: str) -> bool:
    allowed = iam.allowing(document, action, service=service)
    return bool(allowed) and not iam.denied(document, action, service=service)


def _may_let(document: iam.Document, action: str, service: str) -> bool:
    """Say whether what is not known yet may allow the action to the service."""
    may = any(one.effect != "Deny" and _may_cover(one, action, service) for one in document.statements)
    return may and not iam.denied(document, action, service=service)


def _may_deny(statement: iam.Statement, service: str) -> bool:
    """Say whether what is not known yet may take away what another statement allows."""
    # With a condition it takes nothing away for certain; conditions that are not known at all may be none.
    may = statement.effect != "Allow" and not statement.settled and not any(one.key for one in statement.conditions)
    return may and any(_may_cover(statement, action, service) for action in _NEEDED)


def _may_cover(statement: iam.Statement, action: str, service: str) -> bool:
    actions, principals = statement.actions, statement.principals
    return (actions.unknown or actions.matches(action)) and (principals.unknown or principals.covers(service=service))


RULE = Rule(
    id="AGR-06",
    name="location-role-trusted",
    about=(Location,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="The location's role lets S3 Access Grants assume it",
    why=(
        "S3 registers a location with a role that it cannot assume, and every request under it then fails; a role that "
        "trusts others instead was made for something else. An ARN that a preview does not know yet breaks by the role "
        "that it is made from, and does not pass by it. A role that is both declared and looked up must be right as it "
        "is and as this update will leave it. The rule sees the whole stack: it blocks in a preview, and in an update "
        "it reports when all is done."
    ),
    fix=f"Let the service {SERVICE} do {ASSUME} and {IDENTITY} in the role's trust policy.",
    source="S3 User Guide, Register a location: the trust policy of the role",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    gather=join,
    judge=judge,
    settings={
        "requireDeclared": {
            "type": "boolean",
            "description": "Whether a role that the stack neither declares nor looks up leaves the rule undecided.",
            "default": False,
        },
    },
)
