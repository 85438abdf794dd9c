"""AGG-01: a grant goes to a grantee of the organization, and to no more than what is meant."""

from __future__ import annotations

import re
from itertools import product
from typing import Final

from grantgate import inputs as accepts
from grantgate.arns import Arn, ArnError, partition_of

from grantgate_policies import iam
from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    OnUnknown,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.fields import unread
from grantgate_policies.matching import quoted, told
from grantgate_policies.scopes import LONGEST, faults
from grantgate_policies.subjects import Grant
from grantgate_policies.subjects.lookups import unheard

TYPE_FIELD: Final = "granteeType"
IDENTIFIER_FIELD: Final = "granteeIdentifier"
PERMISSION_FIELD: Final = "permission"
LOCATION_FIELD: Final = "accessGrantsLocationId"
SUB_PREFIX_FIELD: Final = "s3SubPrefix"
PREFIX_TYPE_FIELD: Final = "s3PrefixType"
SCOPE_FIELD: Final = "grantScope"
REGION_FIELD: Final = "region"
APPLICATION_FIELD: Final = "applicationArn"

TYPES: Final = ("IAM", "DIRECTORY_USER", "DIRECTORY_GROUP")
PERMISSIONS: Final = ("READ", "WRITE", "READWRITE")
DEFAULT: Final = "default"
OBJECT: Final = "Object"

_ROLE: Final = "arn:PARTITION:iam::ACCOUNT:role/NAME"
_USER: Final = re.compile(r"user/(?:[!-~]+/)?[A-Za-z0-9_+=,.@-]+")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
# Source: Identity Store API reference, ResourceId.
_DIRECTORY_ID: Final = re.compile(r"(?:[0-9a-f]{10}-)?[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")
_LOCATION_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_APPLICATION: Final = re.compile(r"arn:aws[a-z-]*:sso::[0-9]{12}:application/.+")


def judge(grant: Grant, context: Context) -> Verdict:
    """Break on the first thing that is wrong for certain, whatever else is not known."""
    silent = unheard(
        grant,
        grantee=ABSENT if ABSENT in (grant.grantee_type, grant.grantee_identifier) else "",
        accessGrantsLocationId=grant.access_grants_location_id,
        permission=grant.permission,
        grantScope=grant.grant_scope,
    )
    if silent:
        return silent
    looks = (_type, _identifier, _location, _permission, _prefix_type, _sub_prefix, _application)
    found = [look(grant, context) for look in looks]
    broken = next((one for one in found if isinstance(one, Broken)), None)
    return broken or next((one for one in found if one is not None), PASSED)


# --- the grantee ------------------------------------------------------------------------------------------------------


def _type(grant: Grant, context: Context) -> Broken | Unsure | None:
    trouble = unread(grant.grantee_type, TYPE_FIELD)
    allowed = context.settings["granteeTypes"]
    if trouble or grant.grantee_type in allowed:
        return trouble
    observed, limit = str(grant.grantee_type), quoted(allowed)
    message = f"grantee type {told(observed)} is not one of {limit}"
    return Broken(TYPE_FIELD, observed, f"one of {limit}", message)


def _identifier(grant: Grant, context: Context) -> Broken | Unsure | None:
    trouble = unread(grant.grantee_identifier, IDENTIFIER_FIELD)
    if trouble or grant.grantee_type not in TYPES:
        return trouble
    observed = str(grant.grantee_identifier)
    if grant.grantee_type == "IAM":
        return _principal(observed, context) or _partition(observed, grant)
    if _DIRECTORY_ID.fullmatch(observed):
        return None
    message = f"grantee {told(observed)} is not the id of a directory {_kind(grant)}, such as a UUID"
    return Broken(IDENTIFIER_FIELD, observed, "a UUID from the Identity Center's identity store", message)


def _kind(grant: Grant) -> str:
    return "group" if grant.grantee_type == "DIRECTORY_GROUP" else "user"


def _principal(observed: str, context: Context) -> Broken | None:
    users = context.settings["allowIamUsers"]
    expected = f"{_ROLE} or arn:PARTITION:iam::ACCOUNT:user/NAME" if users else _ROLE
    try:
        arn = Arn.parse(observed)
    except ArnError as error:
        return Broken(IDENTIFIER_FIELD, observed, expected, str(error))
    is_user = arn.service == "iam" and not arn.region and _USER.fullmatch(arn.resource) is not None
    if is_user and not users:
        message = f"grantee {told(observed)} is an IAM user, whose keys do not expire, and only roles are allowed"
        return Broken(IDENTIFIER_FIELD, observed, expected, message)
    if arn.service == "iam" and arn.resource == "root":
        message = f"grantee {told(observed)} is a whole account, and a grant is made to one role"
        return Broken(IDENTIFIER_FIELD, observed, expected, message)
    if is_user:
        complaint = "" if _ACCOUNT.fullmatch(arn.account) else f"account {arn.account!r} is not 12 digits"
    else:
        complaint = accepts.role_arn(observed) or ""
    if complaint:
        return Broken(IDENTIFIER_FIELD, observed, expected, complaint)
    if not {".", ".."}.isdisjoint(arn.resource.split("/")):
        message = f"grantee {told(observed)} has a segment '.' or '..', which IAM does not resolve"
        return Broken(IDENTIFIER_FIELD, observed, expected, message)
    accounts = context.organization.accounts
    if arn.account in accounts:
        return None
    limit = quoted(sorted(accounts))
    message = f"the grantee is of account {arn.account!r}, not one of the organization's {limit}"
    return Broken(IDENTIFIER_FIELD, observed, f"a grantee of {limit}", message)


def _partition(observed: str, grant: Grant) -> Broken | Unsure | None:
    """Hold a grantee's partition against the grant's Region; where nobody says one, there is none to hold it to."""
    if grant.region is ABSENT:
        return None
    trouble = unread(grant.region, REGION_FIELD)
    if trouble:
        return trouble
    region, partition = str(grant.region), Arn.parse(observed).partition
    expected = partition_of(region)
    if partition == expected:
        return None
    message = f"the grantee is of partition {told(partition)}, the grant's Region {told(region)} of {expected!r}"
    return Broken(IDENTIFIER_FIELD, observed, f"a grantee of partition {expected!r}", message)


# --- what is granted --------------------------------------------------------------------------------------------------


def _location(grant: Grant, _context: Context) -> Broken | Unsure | None:
    """Only break here: whether it matters that the id is not known is for the sub-prefix to say."""
    trouble = unread(grant.access_grants_location_id, LOCATION_FIELD)
    if trouble:
        return trouble if isinstance(trouble, Broken) else None
    observed = str(grant.access_grants_location_id)
    if observed != DEFAULT and observed.casefold() == DEFAULT:
        message = f"{LOCATION_FIELD} {told(observed)} is not the id of a location, and the default one's is {DEFAULT!r}"
        return Broken(LOCATION_FIELD, observed, "the location's id", message, f"Write {DEFAULT!r}.")
    if _LOCATION_ID.fullmatch(observed):
        return None
    message = f"{LOCATION_FIELD} {told(observed)} is not the id of a location, letters, digits and '-'"
    # What the classic provider calls a location's id is ACCOUNT,ID, and its ARN ends in /ID.
    last = re.split("[,/]", observed)[-1]
    edit = f"Write {last!r}, the location's {LOCATION_FIELD}." if _LOCATION_ID.fullmatch(last) else ""
    return Broken(LOCATION_FIELD, observed, "the location's id", message, edit)


def _permission(grant: Grant, _context: Context) -> Broken | Unsure | None:
    trouble = unread(grant.permission, PERMISSION_FIELD)
    if trouble or grant.permission in PERMISSIONS:
        return trouble
    observed, limit = str(grant.permission), quoted(PERMISSIONS)
    return Broken(PERMISSION_FIELD, observed, f"one of {limit}", f"permission {told(observed)} is not one of {limit}")


def _prefix_type(grant: Grant, _context: Context) -> Broken | Unsure | None:
    value = grant.s3_prefix_type
    # Of a live grant its scope tells the type; S3 holds no other.
    if grant.live or value in (ABSENT, OBJECT):
        return None
    observed = str(value)
    return unread(value, PREFIX_TYPE_FIELD) or Broken(
        PREFIX_TYPE_FIELD,
        observed,
        f"{OBJECT!r} or nothing",
        f"{PREFIX_TYPE_FIELD} is {told(observed)}, and S3 knows only {OBJECT!r}",
        edit=f"Write {OBJECT!r} for one object, or remove {PREFIX_TYPE_FIELD}.",
    )


def _sub_prefix(grant: Grant, _context: Context) -> Broken | Unsure | None:
    """Hold the sub-prefix against each meaning that it can still have: under s3:// it begins with a bucket."""
    value, location = grant.s3_sub_prefix, grant.access_grants_location_id
    if value is not ABSENT and (unreadable := unread(value, SUB_PREFIX_FIELD)):
        return unreadable
    defaults = (True, False) if location is UNKNOWN else (location == DEFAULT,)
    objects = (True, False) if grant.s3_prefix_type is UNKNOWN else (grant.s3_prefix_type == OBJECT,)
    text = "" if value is ABSENT else str(value)
    found = [
        _complaint(text, on_default=on_default, is_object=is_object)
        for on_default, is_object in product(defaults, objects)
    ]
    broken = [one for one in found if one]
    if not broken:
        return None
    if len(broken) == len(found):
        return broken[0]
    field = LOCATION_FIELD if location is UNKNOWN else SCOPE_FIELD if grant.live else PREFIX_TYPE_FIELD
    return Unsure(field, f"{field} is not known in this preview, and with it {SUB_PREFIX_FIELD} may be too wide")


def _complaint(text: str, *, on_default: bool, is_object: bool) -> Broken | None:
    bucket, _, key = text.partition("/") if on_default else ("", "", text)
    expected = "'bucket/prefix/*'" if on_default else "'prefix/*'"
    if on_default and text in ("", "*"):
        message = (
            f"{SUB_PREFIX_FIELD} is {told(text) if text else 'not set'}, and the default location covers every bucket"
        )
        return Broken(SUB_PREFIX_FIELD, text or "nothing", expected, message)
    if is_object and not text:
        message = f"{SUB_PREFIX_FIELD} is not set, and with {PREFIX_TYPE_FIELD} {OBJECT!r} it is the key of one object"
        return Broken(SUB_PREFIX_FIELD, "nothing", "the key of one object", message)
    complaints = [*(faults(f"s3://{bucket}/") if on_default else ()), *_key_faults(key, is_object=is_object)]
    if complaints:
        message = f"{SUB_PREFIX_FIELD} {told(text)}: {'; '.join(complaints)}"
        return Broken(SUB_PREFIX_FIELD, text, expected, message)
    prefix = key.removesuffix("*")
    if on_default and not prefix:
        message = f"{SUB_PREFIX_FIELD} {told(text)} covers the whole bucket {bucket!r}, and must name a prefix in it"
        return Broken(SUB_PREFIX_FIELD, text, f"'{bucket}/prefix/*'", message)
    if is_object or not prefix or prefix.endswith("/"):
        return None
    passing = f"{text.removesuffix('*')}/*"
    sibling = f"{prefix.rpartition('/')[2]}-other/"
    message = f"{SUB_PREFIX_FIELD} {told(text)} ends inside a path segment and also covers siblings such as {sibling!r}"
    one_object = "" if text.endswith("*") else f" For one object, set {PREFIX_TYPE_FIELD} to {OBJECT!r}."
    return Broken(SUB_PREFIX_FIELD, text, repr(passing), message, edit=f"Write {passing!r}.{one_object}")


def _key_faults(key: str, *, is_object: bool) -> list[str]:
    found = []
    if len(key) > LONGEST:
        found.append(f"it has {len(key)} characters, S3 takes at most {LONGEST}")
    if is_object and "*" in key:
        found.append(f"it has a '*', and with {PREFIX_TYPE_FIELD} {OBJECT!r} it is the key of one object")
    elif is_object and key.endswith("/"):
        found.append(f"it ends in '/', and with {PREFIX_TYPE_FIELD} {OBJECT!r} it is the key of one object")
    elif "*" in key.removesuffix("*"):
        found.append("it has a '*' before its end, and a grant's scope is a prefix")
    strange = next((one for one in key if one == "?" or one.isspace() or not one.isprintable()), "")
    if strange and not is_object:
        found.append(f"it has {strange!r}, which is no wildcard and may not stand in a scope")
    if any(segment in (".", "..") for segment in key.removesuffix("*").split("/")):
        found.append("it has a segment '.' or '..', which S3 does not resolve")
    return found


def _application(grant: Grant, context: Context) -> Broken | Unsure | None:
    if grant.application_arn is ABSENT:
        return None
    trouble = unread(grant.application_arn, APPLICATION_FIELD)
    if trouble:
        return trouble
    observed, allowed = str(grant.application_arn), context.settings["applications"]
    limit = quoted(allowed)
    if not _APPLICATION.fullmatch(observed):
        message = f"{told(observed)} is not the ARN of an Identity Center application"
        return Broken(APPLICATION_FIELD, observed, "arn:PARTITION:sso::ACCOUNT:application/ID", message)
    if any(iam.matches(pattern, observed) for pattern in allowed):
        return None
    message = f"application {told(observed)} is not one of {limit}"
    return Broken(APPLICATION_FIELD, observed, f"one of {limit}", message)


RULE = Rule(
    id="AGG-01",
    name="grant-grantee-allowed",
    about=(Grant,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The grant goes to a role or group of the organization and ends at a / boundary",
    why=(
        "A grant decides who gets credentials. Groups outlive people, roles have no keys that leak, and a sub-prefix "
        "that ends inside a folder's name, or names no folder at all, hands out what nobody meant to grant."
    ),
    fix="Grant to a role or a directory group of the organization, below a prefix that ends in /*.",
    source="S3 API reference, CreateAccessGrant: Grantee, AccessGrantsLocationConfiguration, S3PrefixType",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessGrant.html",
    judge=judge,
    # A grant is mostly made together with its location and its role, whose id and ARN no preview knows; `pulumi up`
    # shows both to this rule before it makes the grant, so nothing gets past it by being unknown.
    on_unknown=OnUnknown.WARN,
    settings={
        "granteeTypes": {
            "type": "array",
            "description": "Types that a grantee may have; without DIRECTORY_USER, people come in by groups.",
            "items": {"enum": list(TYPES)},
            "minItems": 1,
            "default": ["IAM", "DIRECTORY_GROUP"],
        },
        "allowIamUsers": {
            "type": "boolean",
            "description": "Whether grantees of the type IAM may be users, and not only roles.",
            "default": False,
        },
        "applications": {
            "type": "array",
            "description": (
                "ARNs of Identity Center applications that a grant may be bound to, where * stands for any text. A "
                "grant that is bound to none is not judged by this."
            ),
            "items": {"type": "string", "minLength": 1},
            "default": ["*"],
        },
    },
)
