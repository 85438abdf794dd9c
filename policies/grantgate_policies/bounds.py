"""
What a location's role may do, held against its scopes, its account and its instance: one statement at a time.

Source: S3 User Guide, "Register a location": the permissions policy of the role that S3 Access Grants assumes.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate.arns import partition_of

from grantgate_policies import iam
from grantgate_policies.core import PASSED, UNKNOWN, Broken, Missing, Passed, Unsure
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects.values import arn_of
from grantgate_policies.trust import called, mistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grantgate_policies.permissions import Written
    from grantgate_policies.scopes import Scope

ACCOUNT_KEY: Final = "aws:ResourceAccount"
INSTANCE_KEY: Final = "s3:AccessGrantsInstanceArn"
_KEYS: Final = (ACCOUNT_KEY, INSTANCE_KEY)

_ARN: Final = ("arn", "s3", "", "")  # an S3 resource's ARN without partition and resource
_ARN_FIELDS: Final = 6
_WILD: Final = "*?$"  # $ begins a policy variable
_S3: Final = "s3:*"
_EVERY: Final = "s3:?*"  # who covers this covers every action of S3
_KMS: Final = ("kms:Decrypt", "kms:GenerateDataKey*")
_OF_A_BUCKET: Final = (
    # Reading and listing, and actions on objects, which have no effect on a bucket: one list of resources often serves
    # both. What is left changes the bucket itself.
    *("s3:Get*", "s3:List*", "s3:PutObject*", "s3:DeleteObject*", "s3:*Object", "s3:AbortMultipartUpload"),
    *("s3:Replicate*", "s3:BypassGovernanceRetention", "s3:ObjectOwnerOverrideToBucketOwner"),
)
_INSTEAD: Final = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket")
_OWN: Final = "${aws:PrincipalAccount}"  # the account of the role's own session
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_OTHER_SERVICE: Final = re.compile(r"arn:[^:*?$]+:(?!s3)[^:*?$]+:.*", re.DOTALL)
_SHOWN: Final = 3  # scopes and actions that a message names
_RESOURCES: Final = 6  # resources that a corrected statement names; more are no longer read

Found: TypeAlias = "Broken | Unsure | Passed"


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    What a role's policies are held against.

    Shape: ``scopes`` are those of its locations, for messages; ``waiting`` says why there may be more of them, empty
           when there are no more; ``objects`` and ``buckets`` are the scopes as resources; ``account`` is empty when
           it is not known; ``regions`` are those of its instances, None for any, and ``others`` the organization's;
           ``settings`` are the rule's.
    """

    scopes: tuple[str, ...]
    reach: Reach
    objects: tuple[str, ...]
    buckets: tuple[str, ...]
    waiting: str
    partition: str
    account: str
    regions: tuple[str, ...] | Missing | None
    others: tuple[str, ...]
    settings: Mapping[str, Any]

    @property
    def limit(self) -> str:
        """The scopes, as messages name them."""
        more = len(self.scopes) - _SHOWN
        return quoted(self.scopes[:_SHOWN]) + (f" and {more} more" if more > 0 else "")

    @property
    def instances(self) -> tuple[str, ...]:
        """The ARNs of the own instances; what is not known is written in capitals."""
        regions = self.regions if isinstance(self.regions, tuple) else ("REGION",)
        account = self.account or "ACCOUNT"
        return tuple(f"arn:{self.partition}:s3:{region}:{account}:access-grants/default" for region in regions)


def judged(policy: Written, statement: iam.Statement, bounds: Bounds) -> Iterator[Found]:
    """Give what is wrong with a statement and what is not known of it, or PASSED; nothing when S3 is not in it."""
    if statement.effect == "Deny":
        return
    where = f"{policy.label}, {called(statement)}"
    if isinstance(statement.effect, Missing):
        yield Unsure(policy.field, f"{where}: its effect is not known in this preview")
        return
    faults = list(_action_faults(statement, bounds))
    if not faults and _reaching(statement, bounds):
        faults = [*_resource_faults(statement, bounds), *_condition_faults(statement, bounds)] or [PASSED]
    if statement.actions.unknown:
        faults.append(_unsure("an action is not known in this preview"))
    for fault in faults:
        if isinstance(fault, Broken):
            message, edit = f"{where}: {fault.message}", _edit(statement, bounds)
            yield Broken(policy.field, fault.observed, fault.expected, message, edit)
        else:
            yield Unsure(policy.field, f"{where}: {fault.reason}") if isinstance(fault, Unsure) else fault


def _fault(observed: str, expected: str, message: str) -> Broken:
    return Broken("", observed, expected, message)


def _unsure(reason: str) -> Unsure:
    return Unsure("", reason)


# --- actions ----------------------------------------------------------------------------------------------------------


def _action_faults(statement: iam.Statement, bounds: Bounds) -> Iterator[Found]:
    if statement.actions.negated:
        shown = quoted(statement.actions.texts[:_SHOWN])
        yield _fault(f"NotAction {shown}", "actions by name", f"NotAction allows everything but {shown}")
        return
    actions = [one for one in statement.actions.texts if not _is_beside(one, bounds)]
    wide = [one for one in actions if _is_wide(one) and not _may_be_wide(bounds)]
    if wide:
        message = f"action {told(wide[0])} allows everything in S3, and grants give reading and writing of objects"
        yield _fault(wide[0], "actions by name", message)
        return
    foreign = [one for one in actions if not _is_within(one, (_S3,))]
    if foreign:
        shown = quoted(foreign[:_SHOWN])
        message = f"action {shown} is of other services than S3, and otherActions does not list it"
        yield _fault(shown, "actions of S3, kms:Decrypt and kms:GenerateDataKey", message)


def _is_within(action: str, patterns: tuple[str, ...]) -> bool:
    return iam.Words((action,), given=True, ignore_case=True).within(patterns)


def _is_beside(action: str, bounds: Bounds) -> bool:
    """Say whether an action is none that is held against scopes."""
    return _is_within(action, (*_KMS, *bounds.settings["otherActions"]))


def _is_wide(action: str) -> bool:
    return iam.contains(action, _EVERY, ignore_case=True)


def _may_be_wide(bounds: Bounds) -> bool:
    return bool(bounds.settings["wideActions"] == "allowed")


def _reaching(statement: iam.Statement, bounds: Bounds) -> tuple[str, ...]:
    """Give the actions of S3 that are held against scopes."""
    texts = statement.actions.texts
    return tuple(one for one in texts if not _is_beside(one, bounds) and iam.touches(one, _S3, ignore_case=True))


# --- resources --------------------------------------------------------------------------------------------------------


def _resource_faults(statement: iam.Statement, bounds: Bounds) -> Iterator[Found]:
    resources, limit = statement.resources, bounds.limit
    if not resources.given or resources.negated:
        told_so = "NotResource allows every resource but those it lists" if resources.given else "no Resource is given"
        message = f"{told_so}, and the role's locations are {limit}"
        yield _fault("NotResource" if resources.given else "nothing", f"resources within {limit}", message)
        return
    changing = [one for one in _reaching(statement, bounds) if not _is_wide(one) and not _is_within(one, _OF_A_BUCKET)]
    for text in resources.texts:
        if _is_foreign(text):
            continue
        if bounds.reach.holds(text):
            if changing and _names_buckets(text):
                message = f"action {told(changing[0])} changes a bucket, and grants give reading and writing of objects"
                yield _fault(changing[0], "actions on objects and listing", message)
        elif bounds.waiting:
            yield _unsure(f"whether resource {told(text)} is in scope is not known: {bounds.waiting}")
        else:
            message = f"resource {told(text)} reaches beyond the role's locations {limit}{_sibling(text, bounds)}"
            yield _fault(text, f"resources within {limit}", message)
    if resources.unknown:
        yield _unsure("a resource is not known in this preview")


def _is_foreign(resource: str) -> bool:
    """Say whether a resource is for certain of another service than S3, so that no action of S3 reaches it."""
    return _OTHER_SERVICE.fullmatch(resource) is not None


def _names_buckets(resource: str) -> bool:
    """Say whether a resource may match a bucket's ARN, which has no slash."""
    return not iam.Words((resource,), given=True).within(("*/*",))


def _sibling(resource: str, bounds: Bounds) -> str:
    """Name the mistake when a resource is a scope without the slash at its end."""
    begun = resource.removesuffix("*")
    if begun != resource and "/" in begun and bounds.reach.has(f"{begun}/", bounds.partition):
        return f": it also covers {told(begun.rpartition(':')[2] + '-other/')}"
    return ""


# --- conditions -------------------------------------------------------------------------------------------------------


def _condition_faults(statement: iam.Statement, bounds: Bounds) -> Iterator[Found]:
    if bounds.settings["conditions"] == "optional":
        return
    for key in _KEYS:
        found = iam.restricted(statement, key)
        if found.values is not None:
            yield from _value_faults(key, found.values, bounds)
        elif found.unknown:
            yield _unsure(f"the condition on {key!r} is not known in this preview")
        elif key == INSTANCE_KEY or not any(_is_own_account(one) for one in found.near):
            near = f": {mistake(found.near[0], key)}" if found.near else ""
            limit = _limit(key, bounds)
            yield _fault("no condition", f"{key} = {limit}", f"no condition holds {key!r} to {limit}{near}")


def _limit(key: str, bounds: Bounds) -> str:
    if key == ACCOUNT_KEY:
        return f"account {bounds.account!r}" if bounds.account else "the role's own account"
    known = bounds.account and isinstance(bounds.regions, tuple)
    return f"instance {quoted(bounds.instances)}" if known else "the role's own instance"


def _value_faults(key: str, values: tuple[str, ...], bounds: Bounds) -> Iterator[Found]:
    limit = _limit(key, bounds)
    for value in values:
        fits = _fits_account(value, bounds) if key == ACCOUNT_KEY else _fits_instance(value, bounds)
        if fits is False:
            yield _fault(value, f"{key} = {limit}", f"the condition on {key!r} lets in {told(value)}, not only {limit}")
        elif fits is None:
            why = "no location's Region is known in this preview"
            if not bounds.account:
                why = "nothing says the role's account; allowedAccountIds on its provider would"
            yield _unsure(f"whether {told(value)} of {key!r} is the role's own is not known: {why}")


def _is_own_account(condition: iam.Condition) -> bool:
    """Say whether a condition names the account by the variable that stands for the role's own."""
    firm = not condition.if_exists and condition.quantifier != "ForAllValues" and not condition.unknown
    equals = condition.operator in ("StringEquals", "StringLike") and condition.key.lower() == ACCOUNT_KEY.lower()
    return firm and equals and condition.values == (_OWN,)


def _fits_account(value: str, bounds: Bounds) -> bool | None:
    if bounds.account:
        return value == bounds.account
    return None if _ACCOUNT.fullmatch(value) else False


def _fits_instance(value: str, bounds: Bounds) -> bool | None:
    arn = arn_of(value)
    if arn is None or (arn.service, arn.resource) != ("s3", "access-grants/default"):
        return False
    if not re.fullmatch("[a-z0-9-]+", arn.region) or not _ACCOUNT.fullmatch(arn.account):
        return False
    if partition_of(arn.region) != arn.partition or (bounds.account and arn.account != bounds.account):
        return False
    # A role may serve locations of other stacks too, in other Regions of the organization.
    if isinstance(bounds.regions, tuple) and arn.region not in (*bounds.regions, *bounds.others):
        return False
    return True if bounds.account and bounds.regions is not UNKNOWN else None


# --- what would pass --------------------------------------------------------------------------------------------------


def _edit(statement: iam.Statement, bounds: Bounds) -> str:
    """Write the statement as it would pass, with what is not of S3 in one of its own; nothing when too much is open."""
    objects, buckets = bounds.objects, bounds.buckets
    if not statement.settled or bounds.waiting or not objects or len(objects) + len(buckets) > _RESOURCES:
        return ""
    negated, reaching = statement.actions.negated, _reaching(statement, bounds)
    actions = [one for one in reaching if (_is_wide(one) and _may_be_wide(bounds)) or _is_within(one, _OF_A_BUCKET)]
    beside = [one for one in statement.actions.texts if _is_beside(one, bounds)]
    if negated:
        actions, beside = [], []
    given = [] if statement.resources.negated else [one for one in statement.resources.texts if not _is_foreign(one)]
    kept = bool(given) and all(map(bounds.reach.holds, given))
    if not actions and (negated or any("*" in one for one in reaching)):
        if kept and not any("/" in one or _head(one) != one for one in given):
            return ""  # actions on objects do nothing on buckets alone
        actions = list(_INSTEAD)
    named = {"Sid": statement.sid} if statement.sid else {}
    written: list[dict[str, Any]] = []
    if actions:
        listing = any(iam.touches(one, "s3:List*", ignore_case=True) for one in actions)
        resources = given if kept else sorted({*objects, *(buckets if listing else ())})
        block = _conditions(statement, bounds)
        written.append({**named, "Effect": "Allow", "Action": actions, "Resource": resources, **block})
    if beside:
        keys = [one for one in statement.resources.texts if _is_foreign(one)]
        written.append({**({} if actions else named), "Effect": "Allow", "Action": beside, "Resource": keys or "*"})
    if not written:
        return "Leave the statement out."
    return f"Write {json.dumps(written if len(written) > 1 else written[0], separators=(',', ':'))}."


def _conditions(statement: iam.Statement, bounds: Bounds) -> dict[str, Any]:
    """Keep the author's other conditions, and hold both keys to what is the role's own."""
    required = bounds.settings["conditions"] == "required"
    block: dict[str, dict[str, Any]] = {}
    for one in statement.conditions:
        mean = (one.key.lower() == key.lower() or iam.is_misspelling(one.key, key) for key in _KEYS)
        if not (required and any(mean)):
            block.setdefault(str(one), {})[one.key] = one.values[0] if len(one.values) == 1 else list(one.values)
    if required:
        block.setdefault("StringEquals", {})[ACCOUNT_KEY] = bounds.account or "ACCOUNT"
        found = iam.restricted(statement, INSTANCE_KEY).values or ()
        fits = bool(found) and all(_fits_instance(one, bounds) for one in found)
        block.setdefault("ArnEquals", {})[INSTANCE_KEY] = list(found if fits else bounds.instances)
    return {"Condition": block} if block else {}


# --- scopes as resources of policies ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """
    What some scopes cover, for resources of policies to be held against.

    Shape: ``everything`` stands for the scope s3://; ``prefixes`` are by bucket, sorted, and none begins with another.
    """

    everything: bool
    prefixes: dict[str, list[str]]

    @classmethod
    def of(cls, scopes: Iterable[Scope]) -> Reach:
        """Put scopes together, the ones inside others left out."""
        prefixes: dict[str, list[str]] = {}
        everything = False
        for scope in sorted(scopes, key=lambda one: (one.bucket, one.prefix)):
            if not scope.bucket:
                everything = True
                continue
            kept = prefixes.setdefault(scope.bucket, [])
            if not kept or not scope.prefix.startswith(kept[-1]):
                kept.append(scope.prefix)
        return cls(everything, prefixes)

    def holds(self, resource: str) -> bool:
        """
        Say whether a policy's resource lies within the scopes, or is a bucket that one of them lies in.

        Exact: whatever stands after a wildcard, the texts before it must begin with a scope's prefix.

        >>> from grantgate_policies.scopes import Scope
        >>> reach = Reach.of([Scope("b", "fin/")])
        >>> [reach.holds(f"arn:aws:s3:::{one}") for one in ("b/fin/*", "b/fin/x?", "b", "b/fin*", "b/*", "b*")]
        [True, True, True, False, False, False]
        """
        fields = resource.split(":", _ARN_FIELDS - 1)
        if len(fields) < _ARN_FIELDS or (fields[0], *fields[2:5]) != _ARN or _head(fields[1]) != fields[1]:
            return False
        if self.everything:
            return True
        bucket, slash, key = fields[5].partition("/")
        if _head(bucket) != bucket or bucket not in self.prefixes:
            return False
        prefixes, head = self.prefixes[bucket], _head(key)
        # Of the prefixes that sort before it, only the last one can be its beginning.
        last = bisect_right(prefixes, head) - 1
        return not slash or (last >= 0 and head.startswith(prefixes[last]))

    def has(self, begun: str, partition: str) -> bool:
        """Say whether a resource without the star at its end is one of the prefixes."""
        base, (bucket, _, prefix) = f"arn:{partition}:s3:::", begun.rpartition(":")[2].partition("/")
        prefixes = self.prefixes.get(bucket, [])
        index = bisect_right(prefixes, prefix) - 1
        return begun == f"{base}{bucket}/{prefix}" and index >= 0 and prefixes[index] == prefix

    def resources(self, partition: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """
        Write the scopes as resources: of objects, and of buckets.

        >>> from grantgate_policies.scopes import Scope
        >>> Reach.of([Scope("b", "fin/")]).resources("aws")
        (('arn:aws:s3:::b/fin/*',), ('arn:aws:s3:::b',))
        """
        base = f"arn:{partition}:s3:::"
        if self.everything:
            return (f"{base}*",), (f"{base}*",)
        objects = tuple(f"{base}{bucket}/{one}*" for bucket, found in self.prefixes.items() for one in found)
        return objects, tuple(f"{base}{bucket}" for bucket in self.prefixes)


def _head(text: str) -> str:
    """Give what stands before the first wildcard or policy variable."""
    return text[: next((index for index, sign in enumerate(text) if sign in _WILD), len(text))]
