"""
What a role's trust policy must say for S3 Access Grants: which roles and statements are meant, and how to right them.

Source: S3 User Guide, "Register a location": the trust policy of the role that S3 Access Grants assumes.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from grantgate.arns import Arn, ArnError, partition_of

from grantgate_policies.core import ABSENT, UNKNOWN, Broken, Malformed, Missing, Skipped, Unsure, Value
from grantgate_policies.iam import Document, Statement, is_misspelling, matches, read
from grantgate_policies.matching import told
from grantgate_policies.patterns import role_pattern
from grantgate_policies.subjects.lookups import unheard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grantgate_policies.core import Context
    from grantgate_policies.iam import Condition, Principals
    from grantgate_policies.subjects import Role

SERVICE: Final = "access-grants.s3.amazonaws.com"
CHINA: Final = f"{SERVICE}.cn"
ASSUME: Final = "sts:AssumeRole"
IDENTITY: Final = "sts:SetSourceIdentity"
CONTEXT: Final = "sts:SetContext"
ACCOUNT_KEY: Final = "aws:SourceAccount"
ARN_KEY: Final = "aws:SourceArn"
PROVIDERS_KEY: Final = "sts:RequestContextProviders"
FOR_ALL: Final = "ForAllValues:ArnEquals"
INSTANCE: Final = "access-grants/default"

ROLES: Final[Mapping[str, Any]] = {
    "type": "array",
    "description": (
        "Roles that serve S3 Access Grants whatever their trust policy says, as patterns of role ARNs; without it, the "
        "roles whose trust policy names its service principal or a misspelling of it, or lets everyone in."
    ),
    "items": {"type": "string", "x-pattern": "role"},
    "default": [],
    "examples": [["arn:*:iam::*:role/access-grants/*"]],
}
"""The setting by which each rule about trust finds more roles."""

OUTSIDE: Final = "the role does not serve S3 Access Grants"

_ACTIONS: Final = frozenset(one.lower() for one in (ASSUME, IDENTITY, CONTEXT))
_PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov")
_LIKE: Final = 0.85  # difflib's ratio; S3's other service principals stay below 0.8
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_NO_ACCOUNT: Final = "000000000000"


@dataclass(frozen=True, slots=True)
class Trust:
    """
    The trust policy of a role that serves S3 Access Grants.

    Shape: ``field`` is the property that holds it; ``partition`` is empty where nothing tells it; ``services`` are the
           principals under which S3 Access Grants assumes roles there, the usual one first.
    """

    field: str
    document: Document
    partition: str
    account: Value
    region: Value
    services: tuple[str, ...]

    @property
    def service(self) -> str:
        """The service principal to write."""
        return self.services[0]

    def covers(self, statement: Statement) -> bool:
        """Say whether the statement is about the service, as far as is known."""
        return any(statement.principals.covers(service=one) for one in self.services)

    def names(self, statement: Statement) -> bool:
        """Say whether the statement is about the service or about what misspells it."""
        return self.covers(statement) or any(self.misspelt(statement.principals))

    def allowing(self) -> tuple[Statement, ...]:
        """Give the statements that allow the service something, those included that misspell it."""
        return tuple(one for one in self.document.statements if one.effect == "Allow" and self.names(one))

    def undecided(self) -> Unsure | None:
        """Say that a statement may be about the service, when what is unknown decides it."""
        for one in self.document.statements:
            if one.effect == "Deny":
                continue
            if one.effect is UNKNOWN and (one.principals.unknown or self.names(one)):
                return Unsure(self.field, f"what {called(one)} allows is not known in this preview")
            # Whatever kind it is of: it may turn out to be everyone.
            if one.principals.unknown and not self.covers(one):
                return Unsure(self.field, f"a principal of {called(one)} is not known in this preview")
        return None

    def misspelt(self, principals: Principals) -> Iterator[str]:
        """Give the principals that were most likely meant to be the service."""
        for text in (*principals.services, *principals.aws):
            if text not in self.services and (text in (SERVICE, CHINA) or _is_like(text)):
                yield text
        for text in (*principals.aws, *principals.federated, *principals.canonical):
            if text in self.services:
                yield text


def trust_of(role: Role, context: Context) -> Trust | Broken | Unsure | Skipped:
    """
    Read the role's trust policy, or say why there is nothing to judge.

    A policy that cannot be read breaks every rule about trust: which role it is of cannot be told.
    """
    field = role.trust_field
    document = read(role.trust)
    if document is ABSENT:
        silent = unheard(role, **{field: ABSENT})
        return silent or Broken(field, "nothing", "a trust policy", f"{field} is not set")
    if isinstance(document, Missing):
        return Unsure(field, f"{field} is not known in this preview")
    if isinstance(document, Malformed):
        return Broken(field, document.kind, "a trust policy", f"{field} is a {document.kind}, not a policy of IAM")
    partition = _partition(role, context)
    services = (SERVICE,) if partition not in ("", "aws-cn") else (SERVICE, CHINA)
    # Where IAM was asked about a role says nothing about where the role serves.
    region = ABSENT if role.live else role.region
    trust = Trust(field, document, partition, role.account_id, region, services)
    serves = _serves(role, trust, context)
    if isinstance(serves, Unsure):
        return serves
    return trust if serves else Skipped(OUTSIDE)


def called(statement: Statement) -> str:
    """Name a statement in a message: by its Sid, else by its number from 1."""
    return f"statement {told(statement.sid)}" if statement.sid else f"statement {statement.index + 1}"


def texts_of(principals: Principals) -> tuple[str, ...]:
    """Give every principal, whatever its kind, in a fixed order."""
    return (*principals.services, *principals.aws, *principals.federated, *principals.canonical)


def mistake(condition: Condition, key: str) -> str:
    """Say in a phrase why a condition that looks as if it restricted ``key`` does not."""
    if condition.key.lower() != key.lower():
        return f"{told(condition.key)} is not the key {key!r}"
    operator = str(condition)
    if not condition.known_operator:
        return f"{told(operator)} on {key!r} is no operator of IAM"
    if condition.operator == "Null":
        return f"'Null' on {key!r} says whether it is there, not what it is"
    if "Not" in condition.operator:
        return f"{operator!r} on {key!r} says what it is not, and not what it is"
    if condition.if_exists or condition.quantifier == "ForAllValues":
        return f"{operator!r} on {key!r} also holds where the key is absent"
    variables = [value for value in condition.values if "${" in value]
    if variables:
        return f"{told(variables[0])} of {key!r} holds a policy variable, not a value"
    if not condition.values:
        return f"{operator!r} on {key!r} has no value"
    return f"{operator!r} on {key!r} does not compare texts"


def providers_of(trust: Trust) -> tuple[str, ...]:
    """Give the ARNs of Identity Center as a context provider: one, or one for each partition that it may be."""
    partitions = (trust.partition,) if trust.partition else _PARTITIONS
    return tuple(f"arn:{partition}:iam::aws:contextProvider/IdentityCenter" for partition in partitions)


def actions_of(statement: Statement) -> tuple[str, ...]:
    """
    Give the actions to write in the statement's place: those of its own that S3 needs, or those of every role.

    Those of every role stand for none, and for what is too wide to tell.
    """
    actions = statement.actions
    wide = actions.negated or actions.unknown or any("*" in one or "?" in one for one in actions.texts)
    known = tuple(one for one in actions.texts if one.lower() in _ACTIONS)
    return (ASSUME, IDENTITY) if wide or not known else known


def corrected(
    trust: Trust, context: Context, statement: Statement | None, actions: Sequence[str], *, guarded: bool = False
) -> str:
    """
    Write a statement as it should be, as JSON on one line; what is not known is written in capitals.

    What assumes the role sets the source identity too, named or not in ``actions``. Conditions that the rules about
    trust do not judge stay, where all of them are known; ``guarded`` adds the Null condition under which ForAllValues
    needs its key.
    """
    lower = [one.lower() for one in actions]
    if ASSUME.lower() in lower and IDENTITY.lower() not in lower:
        after = lower.index(ASSUME.lower()) + 1
        actions = (*actions[:after], IDENTITY, *actions[after:])
    named = statement.principals.services if statement else ()
    service = next((one for one in trust.services if one in named), trust.service)
    account = trust.account if isinstance(trust.account, str) else "ACCOUNT"
    region = _region(trust, context)
    partition = trust.partition or "aws"
    block = _others(statement)
    exact = block.pop("StringEquals", {}) | {
        ACCOUNT_KEY: account,
        ARN_KEY: f"arn:{partition}:s3:{region}:{account}:{INSTANCE}",
    }
    block = {"StringEquals": exact, **block}
    if CONTEXT.lower() in lower:
        block.setdefault(FOR_ALL, {})[PROVIDERS_KEY] = providers_of(trust)[0]
        if guarded:
            block.setdefault("Null", {})[PROVIDERS_KEY] = "false"
    written: dict[str, Any] = {"Sid": statement.sid} if statement and statement.sid else {}
    written |= {"Effect": "Allow", "Principal": {"Service": service}}
    written |= {"Action": list(actions) if len(actions) != 1 else actions[0], "Condition": block}
    return json.dumps(written, separators=(",", ":"))


def _others(statement: Statement | None) -> dict[str, dict[str, Any]]:
    """Give the conditions on keys that the corrected statement does not set itself."""
    if statement is None or not statement.settled:
        return {}
    ours = (ACCOUNT_KEY, ARN_KEY, PROVIDERS_KEY)
    block: dict[str, dict[str, Any]] = {}
    for one in statement.conditions:
        if not any(one.key.lower() == key.lower() or is_misspelling(one.key, key) for key in ours):
            values = one.values[0] if len(one.values) == 1 else list(one.values)
            block.setdefault(str(one), {})[one.key] = values
    return block


def _region(trust: Trust, context: Context) -> str:
    regions = context.organization.regions
    if isinstance(trust.region, str) and (not regions or trust.region in regions):
        return trust.region
    return regions[0] if len(regions) == 1 else "REGION"


# --- which roles and statements ---------------------------------------------------------------------------------------


def _serves(role: Role, trust: Trust, context: Context) -> bool | Unsure:
    """Say whether the role is for S3 Access Grants, or lets it in with others."""
    statements = trust.document.statements
    if any(_names_service(one.principals, trust) for one in statements):
        return True
    # A Deny for everyone does not say whom the role is for.
    opening = [one for one in statements if one.effect != "Deny" and _lets_service_in(one.principals, trust)]
    if any(one.effect == "Allow" for one in opening):
        return True
    listed = _is_listed(role, trust.partition, context)
    if listed:
        return True
    if any(_service_is_unknown(one) for one in statements):
        return Unsure(trust.field, "a principal of the trust policy is not known in this preview")
    if opening:
        return Unsure(trust.field, f"what {called(opening[0])} allows is not known in this preview")
    if listed is None:
        return Unsure("name", "the role's path or name is not known in this preview, and roles may list it")
    return False


def _names_service(principals: Principals, trust: Trust) -> bool:
    return any(text in trust.services for text in texts_of(principals)) or any(trust.misspelt(principals))


def _lets_service_in(principals: Principals, trust: Trust) -> bool:
    """Say whether the service is covered without its name: among everyone, among all but some, or by a pattern."""
    return any(
        principals.covers(service=one)
        or (not principals.negated and any(matches(text, one) for text in principals.services))
        for one in trust.services
    )


def _is_like(text: str) -> bool:
    """
    Say whether a principal looks like a misspelling of the service's.

    >>> _is_like("s3-access-grants.amazonaws.com"), _is_like("batchoperations.s3.amazonaws.com")
    (True, False)
    """
    lower = text.lower()
    if ":" in text or len(text) > 2 * len(SERVICE):
        return False
    if "accessgrants" in re.sub(r"[^a-z0-9]", "", lower):
        return True
    return difflib.SequenceMatcher(None, lower, SERVICE, autojunk=False).ratio() >= _LIKE


def _service_is_unknown(statement: Statement) -> bool:
    """Say whether a service that is not known yet may be among the principals: roles often trust unknown others."""
    if not statement.principals.unknown:
        return False
    if statement.principals.negated and statement.effect != "Deny":
        # Whatever is not known, the service is let in unless it is that.
        return True
    # Null is how a decoded document says that an element is not there.
    written = (statement.source.get(one) for one in ("Principal", "NotPrincipal"))
    principal = next((one for one in written if one is not None), UNKNOWN)
    if isinstance(principal, Missing):
        return True
    services = principal.get("Service")
    return isinstance(services, Missing) or (isinstance(services, list | tuple) and UNKNOWN in services)


def _partition(role: Role, context: Context) -> str:
    arn = _arn(role.arn)
    if arn:
        return arn.partition
    if isinstance(role.region, str):
        return partition_of(role.region)
    return context.variables.get("partition") or ""


def _arn(value: Value) -> Arn | None:
    try:
        return Arn.parse(value) if isinstance(value, str) else None
    except ArnError:
        return None


def _is_listed(role: Role, partition: str, context: Context) -> bool | None:
    """Say whether the setting ``roles`` lists the role; None where only its path or name could tell."""
    patterns: Sequence[str] = context.settings.get("roles", ())
    if not patterns:
        return False
    arn = _arn(role.arn)
    if arn:
        return any(role_pattern(text).denies(arn, context.variables) for text in patterns)
    path = "/" if role.path is ABSENT else role.path
    if not isinstance(path, str):
        return None
    perhaps = False
    for text in patterns:
        last = text.rpartition("/")[2]
        name = role.name if isinstance(role.name, str) else _some_name(last, context)
        if any(
            role_pattern(text).denies(one, context.variables) for one in _arns(role, partition, path + name, context)
        ):
            if isinstance(role.name, str) or last == "*":
                return True
            perhaps = True
    return None if perhaps else False


def _arns(role: Role, partition: str, path: str, context: Context) -> Iterator[Arn]:
    """Give the ARNs that the role may get: what is not known stands for each of the organization's."""
    known = isinstance(role.account_id, str)
    accounts = (str(role.account_id),) if known else (*sorted(context.organization.accounts), _NO_ACCOUNT)
    for one in (partition,) if partition else _PARTITIONS:
        for account in accounts:
            yield Arn(one, "iam", "", account, f"role{path}")


def _some_name(pattern: str, context: Context) -> str:
    """Make a name that the last segment of a role's pattern matches."""
    filled = _PLACEHOLDER.sub(lambda found: context.variables.get(found[1]) or "x", pattern)
    return filled.replace("*", "x")
