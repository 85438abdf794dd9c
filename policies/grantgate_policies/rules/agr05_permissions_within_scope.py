"""AGR-05: a location's role can do no more than read and write below its scopes, through the own instance."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from grantgate.arns import partition_of

from grantgate_policies import iam
from grantgate_policies.basis import plain
from grantgate_policies.bounds import Bounds, Found, Reach, judged
from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    Passed,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Verdict,
)
from grantgate_policies.fields import unread
from grantgate_policies.matching import ROLE_FIELD, quoted, told
from grantgate_policies.permissions import Attached, Served, Unclear, Written, join, may_serve
from grantgate_policies.scopes import Scope, ScopeError
from grantgate_policies.subjects import Location, Role
from grantgate_policies.subjects.values import arn_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.permissions import Joins, Policy

WIDE: Final = (
    "AdministratorAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
)
"""Managed policies of AWS that allow reading every object of every bucket, or more."""

_LISTED: Final = 5  # faults beside the first one that a message names
_LONGEST: Final = 60  # characters of what was seen that it repeats of each

_AWS_POLICY: Final = re.compile(r"arn:[^:]+:iam::aws:policy/(?:.*/)?([^/]+)")
_POLICY: Final = re.compile(r"arn:[^:]+:iam::(?:aws|[0-9]{12}):policy/.+")


def judge(role: Role, context: Context, joins: Joins) -> Verdict:
    """Break on what the role may do beyond its scopes; certain breaks come before what is not known."""
    if role.live and (trouble := unread(role.arn, "arn")):
        return trouble
    # Of many lookups of one role the first is judged for all: nothing here hangs on which one it is.
    role = joins.first(role)
    known = joins.kept.setdefault(id(role), [])
    verdict = next((one for seen, one in known if seen is context), None)
    if verdict is None:
        verdict = _judged(role, context, joins)
        if isinstance(verdict, Broken | Unsure):
            verdict = replace(verdict, seen=_seen(role, joins))
        known.append((context, verdict))
    return verdict


def _seen(role: Role, joins: Joins) -> str:
    """Give all that decides: every policy that may be the role's, and every scope that it may serve."""
    served = joins.served(role)
    locations = (*served.certain, *served.likely, *served.possible)
    scopes = sorted(repr((one.location_scope, one.account_id, one.region)) for one in locations)
    return repr([scopes, sorted(json.dumps(plain(one), sort_keys=True) for one in joins.policies(role))])


def _judged(role: Role, context: Context, joins: Joins) -> Verdict:
    served = joins.served(role)
    if not served.certain and not served.likely:
        if served.possible:
            names = quoted(one.called for one in served.possible[:3])
            return Unsure("arn", f"it is not known in this preview whether the role serves location {names}")
        if role.live and joins.unheard and may_serve(role):
            names = quoted(one.called for one in joins.unheard[:3])
            return Unsure("arn", f"it is not known in this preview whether the role serves what {names} looks up")
        return Skipped("the role serves no location of this stack")
    verdict = _held(role, joins, _bounds(role, served, context))
    if not served.likely or (served.certain and isinstance(verdict, Broken)):
        return verdict
    # More locations only widen what the role may do: what the certain ones bear is right, whatever the others are.
    certain = Served(served.certain, possible=served.possible)
    if served.certain and isinstance(_held(role, joins, _bounds(role, certain, context)), Passed):
        return PASSED
    return _likely(verdict, served.likely)


def _likely(verdict: Verdict, locations: Sequence[Location]) -> Verdict:
    """Tell that locations are the role's only by what their roles are made from: likely breaks, and never passes."""
    names = quoted(one.called for one in locations[:3])
    if isinstance(verdict, Broken):
        return replace(verdict, message=f"{verdict.message}; {ROLE_FIELD} of location {names} is made from the role")
    if isinstance(verdict, Passed):
        why = "is made from the role, whose policies are right"
        return Unsure("arn", f"{ROLE_FIELD} of location {names} is not known in this preview; it {why}")
    return verdict


def _held(role: Role, joins: Joins, bounds: Bounds) -> Verdict:
    found = [one for policy in joins.policies(role) for one in _policy(policy, bounds)]
    # One managed policy may be the role's in two ways, and is wrong once.
    broken = list(dict.fromkeys(one for one in found if isinstance(one, Broken)))
    if broken:
        return _together(broken)
    unsure = next((one for one in found if isinstance(one, Unsure)), None)
    if unsure is None and joins.program.unread:
        unsure = Unsure("arn", f"{len(joins.program.unread)} resources could not be read, and may give the role more")
    # Nothing to hold against the scopes is no proof that the role keeps to them: its policies may lie elsewhere.
    return unsure or (PASSED if found else Skipped("no policy of the role in this stack allows an action of S3"))


def _together(broken: Sequence[Broken]) -> Broken:
    """Tell all faults, the first in full: who accepts them accepts these, and none that comes later."""
    first, others = broken[0], broken[1:]
    if not others:
        return first
    more = f", and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
    seen = ", ".join(one.observed for one in broken[: _LISTED + 1]) + more
    message = f"{first.message}; also {'; '.join(map(_short, others[:_LISTED]))}{more}"
    return replace(first, observed=seen, message=message)


def _short(fault: Broken) -> str:
    where, colon, _ = fault.message.partition(": ")
    about = fault.expected.partition(" = ")[0] if fault.observed == "no condition" else ""
    return f"{where}: {_cut(fault.observed)}{about and f' on {about}'}" if colon else fault.message


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _bounds(role: Role, served: Served, context: Context) -> Bounds:
    locations = (*served.certain, *served.likely)
    scopes, waiting = [], [f"location {one.called!r} may be served too" for one in served.possible[:1]]
    for location in locations:
        text = location.location_scope
        if text is UNKNOWN:
            waiting.append(f"the scope of location {location.called!r} is not known in this preview")
        try:
            scopes.append(Scope.parse(text) if isinstance(text, str) else None)
        except ScopeError:
            scopes.append(None)  # location-scope-valid says what is wrong with it; it covers nothing here
    known = [scope for scope in scopes if scope]
    account = _account(role, locations)
    regions = _regions(locations, context)
    arns = [arn for value in (role.arn, *(one.iam_role_arn for one in locations)) if (arn := arn_of(value))]
    region = next((one.region for one in locations if isinstance(one.region, str)), "")
    partition = partition_of(region) if region else arns[0].partition if arns else "aws"
    texts = tuple(sorted({scope.text for scope in known}))
    reach = Reach.of(known)
    others = tuple(one for one in context.organization.regions or () if partition_of(one) == partition)
    objects, buckets = reach.resources(partition)
    why = "".join(waiting[:1])
    return Bounds(texts, reach, objects, buckets, why, partition, account, regions, others, context.settings)


def _account(role: Role, locations: Sequence[Location]) -> str:
    """Tell the account of the role and its instance: its own, else the one that its locations agree on."""
    if isinstance(role.account_id, str):
        return role.account_id
    found = {arn.account for one in locations if (arn := arn_of(one.iam_role_arn))}
    found = found or {one.account_id for one in locations if isinstance(one.account_id, str)}
    return found.pop() if len(found) == 1 else ""


def _regions(locations: Sequence[Location], context: Context) -> tuple[str, ...] | Missing | None:
    found = {one.region for one in locations}
    if any(one is not ABSENT and not isinstance(one, str) for one in found):
        return UNKNOWN
    if ABSENT in found:
        # Neither resource nor provider says it: the environment does, and nobody shows that.
        return context.organization.regions or None
    return tuple(sorted(one for one in found if isinstance(one, str)))


# --- one policy -------------------------------------------------------------------------------------------------------


def _policy(policy: Policy, bounds: Bounds) -> Iterator[Found]:
    if isinstance(policy, Unclear):
        yield Unsure(policy.field, policy.reason)
        return
    by_arn = _by_arn(policy, bounds)
    for one in [by_arn] if by_arn else [] if isinstance(policy, Attached) else _written(policy, bounds):
        # A policy that is the role's only by what something is made from comes with an Unclear beside it.
        if isinstance(one, Broken) and policy.made_from:
            yield replace(one, message=f"{one.message}; {policy.made_from}")
        else:
            yield one


def _written(policy: Written, bounds: Bounds) -> Iterator[Found]:
    document = policy.document if isinstance(policy.document, Malformed) else iam.read(policy.document)
    if isinstance(document, Malformed):
        message = f"{policy.label} is a {document.kind}, not a policy"
        yield Broken(policy.field, document.kind, "an IAM policy", message)
    elif document is UNKNOWN:
        yield Unsure(policy.field, f"{policy.label} is not known in this preview")
    elif isinstance(document, iam.Document):
        for statement in document.statements:
            yield from judged(policy, statement, bounds)
    else:
        yield Broken(policy.field, "nothing", "an IAM policy", f"{policy.label} holds no document")


def _by_arn(policy: Attached | Written, bounds: Bounds) -> Found | None:
    """Judge a managed policy that the stack does not declare by its ARN; None where its document is to be read."""
    field, arn = policy.field, policy.arn
    if isinstance(policy, Written) and not arn:
        return None
    if not _POLICY.fullmatch(arn):
        return Broken(field, arn, "ARNs of policies", f"{told(arn)} is not the ARN of a managed policy")
    by_aws = _AWS_POLICY.fullmatch(arn)
    if by_aws and by_aws[1] in WIDE:
        message = f"managed policy {by_aws[1]!r} allows more than {bounds.limit} through the own instance"
        edit = "Detach it, and attach a policy that names the locations' own buckets and prefixes."
        return Broken(field, arn, f"policies within {bounds.limit}", message, edit)
    if any(iam.matches(pattern, arn) for pattern in bounds.settings["trustedPolicies"]):
        return PASSED
    if isinstance(policy, Written):
        return None
    return Unsure(field, f"managed policy {told(arn)} is not declared in this stack, so it was not read")


RULE = Rule(
    id="AGR-05",
    name="role-permissions-within-scope",
    about=(Role,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The policies of a location's role allow no more than its scopes, through the own instance",
    why=(
        "The role's policies are the upper bound of every grant: whoever gets the role without one, or one that is "
        "too wide, reaches all that they allow. The rule sees the whole stack: it blocks in a preview, and in "
        "an update it reports when all is done. What a preview does not know yet breaks by the resources "
        "that it is made from, and does not pass by them. A role that is looked up too is judged twice: as it is, with "
        "the documents of its managed policies, and as it is declared. A permissions boundary is not counted."
    ),
    fix=(
        "Name actions, the locations' own buckets and prefixes, and the conditions aws:ResourceAccount and "
        "s3:AccessGrantsInstanceArn, as AWS's template for the role does."
    ),
    source="S3 User Guide, Register a location: the permissions policy of the role",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    gather=join,
    judge=judge,
    settings={
        "wideActions": {
            "enum": ["forbidden", "allowed"],
            "description": "Whether policies may allow all actions of S3 at once, on resources within the scopes.",
            "default": "forbidden",
        },
        "conditions": {
            "enum": ["required", "optional"],
            "description": "Whether statements must be held to the own account and the own Access Grants instance.",
            "default": "required",
        },
        "otherActions": {
            "type": "array",
            "description": (
                "Actions that policies may allow besides, on whatever resource, as IAM patterns (* and ?); "
                "kms:Decrypt and kms:GenerateDataKey always may."
            ),
            "items": {"type": "string", "pattern": "^[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+$"},
            "default": [],
            "examples": [["s3:ListAllMyBuckets", "kms:DescribeKey"]],
        },
        "trustedPolicies": {
            "type": "array",
            "description": (
                "Managed policies that the stack does not declare and that count as within scope, read or not, as IAM "
                "patterns (* and ?) of ARNs; those of AWS that reach every bucket never do."
            ),
            "items": {"type": "string", "pattern": "^arn:"},
            "default": [],
            "examples": [["arn:aws:iam::111122223333:policy/access-grants/*"]],
        },
    },
)
