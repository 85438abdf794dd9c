"""
What a lookup accepts, checked before any call: AWS validates little and the account id becomes part of a host name.

Every function gives a complaint (the value, then the limit) or None. Source: the three API reference pages and the
service model's shapes; the Region pattern is ours, since a Region becomes part of a host name as well.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from grantgate.arns import Arn, ArnError

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_REGION: Final = re.compile(r"[a-z]{2,5}(-[a-z]+){1,3}-[0-9]{1,2}")
_PARTITION: Final = re.compile(r"aws(-[a-z]+){0,3}")
_LOCATION_ID: Final = re.compile(r"[a-zA-Z0-9-]{1,64}")
_ROLE_RESOURCE: Final = re.compile(r"role/(?:[\x21-\x7e]+/)?[\w+=,.@-]{1,64}", re.ASCII)
_APPLICATION: Final = re.compile(r"arn:[^:]+:sso::[0-9]{12}:application/\S+")
_TOKEN_RESOURCE: Final = re.compile(r"async-request/mrap/(?P<operation>[A-Za-z-]+)/(?P<token>[A-Za-z0-9_=+./-]+)")

MAX_PREFIX: Final = 2000
MAX_TOKEN_ARN: Final = 1024
MAX_ROLE_ARN: Final = 2048
MAX_WAIT_SECONDS: Final = 6 * 3600
MAX_AGE_SECONDS: Final = 3650 * 24 * 3600
MAX_GRANTEE: Final = 2048
MAX_APPLICATION_ARN: Final = 1224
GRANTEE_TYPES: Final = ("DIRECTORY_USER", "DIRECTORY_GROUP", "IAM")
PERMISSIONS: Final = ("READ", "WRITE", "READWRITE")
MRAP_REGION: Final = "us-west-2"
"""Where S3 answers for Multi-Region Access Points, whatever the caller's Region."""


def shown(value: Any) -> str:
    """Show a value in a message, cut where it would fill the screen."""
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:100]}...' ({len(str(value))} characters)"  # noqa: PLR2004 - a line


def kind(value: Any) -> str:
    """
    Name a value's type in the words of YAML and JSON, with its article.

    >>> kind(12), kind([]), kind(None)
    ('a number', 'a list', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    names: dict[type, str] = {str: "text", dict: "a map", list: "a list"}
    return names.get(type(value), f"of type {type(value).__name__}")


def _not_text(value: Any) -> str | None:
    return None if isinstance(value, str) else f"{shown(value)} is {kind(value)}, not text"


def account_id(value: Any) -> str | None:
    """
    Complain unless ``value`` is 12 digits as text.

    >>> account_id("111122223333")
    >>> account_id("12")
    "'12' is not an AWS account id of 12 digits"
    """
    wrong = _not_text(value)
    if wrong or _ACCOUNT.fullmatch(value):
        return wrong
    return f"{shown(value)} is not an AWS account id of 12 digits"


def region(value: Any) -> str | None:
    """Complain unless ``value`` has the form of a Region name such as eu-west-1."""
    wrong = _not_text(value)
    if wrong or _REGION.fullmatch(value):
        return wrong
    return f"{shown(value)} is not a Region name such as 'eu-west-1'"


def location_id(value: Any) -> str | None:
    """Complain unless ``value`` is a location id: 1 to 64 letters, digits and hyphens, or 'default'."""
    wrong = _not_text(value)
    if wrong or _LOCATION_ID.fullmatch(value):
        return wrong
    return f"{shown(value)} is not a location id of 1 to 64 letters, digits and hyphens ('default' for s3://)"


def s3_prefix(value: Any) -> str | None:
    """Complain unless ``value`` is an S3 URI of 1 to 2000 characters with a bucket."""
    wrong = _not_text(value)
    if wrong:
        return wrong
    if not 1 <= len(value) <= MAX_PREFIX:
        return f"the prefix has {len(value)} characters; S3 takes 1 to {MAX_PREFIX}"
    if not value.isprintable():
        return f"{shown(value)} holds a line break or another control character"
    if not re.fullmatch(r"[sS]3://[^/]+.*", value):
        return f"{shown(value)} is not an S3 URI such as 's3://bucket/prefix/'"
    return None


def role_arn(value: Any) -> str | None:
    """Complain unless ``value`` is the ARN of an IAM role (not of a session or a user)."""
    wrong = _not_text(value)
    if wrong:
        return wrong
    if len(value) > MAX_ROLE_ARN:
        return f"the role ARN has {len(value)} characters; IAM's limit is {MAX_ROLE_ARN}"
    try:
        arn = Arn.parse(value)
    except ArnError as error:
        return str(error)
    if not _PARTITION.fullmatch(arn.partition):
        return f"{shown(value)} is of partition {arn.partition!r}, which is none of AWS's"
    if arn.service != "iam" or arn.region or not _ACCOUNT.fullmatch(arn.account):
        return f"{shown(value)} is not an IAM role ARN such as 'arn:aws:iam::111122223333:role/name'"
    if not _ROLE_RESOURCE.fullmatch(arn.resource):
        return f"{shown(value)} names {arn.resource!r}, not role/NAME or role/PATH/NAME"
    return None


def request_token_arn(value: Any) -> str | None:
    """Complain unless ``value`` has the form S3 gives request tokens; an operation word nobody knows is accepted."""
    wrong = _not_text(value)
    if wrong:
        return wrong
    if not 1 <= len(value) <= MAX_TOKEN_ARN:
        return f"the token ARN has {len(value)} characters; S3 takes 1 to {MAX_TOKEN_ARN}"
    try:
        arn = Arn.parse(value)
    except ArnError as error:
        return str(error)
    if arn.service != "s3" or not _TOKEN_RESOURCE.fullmatch(arn.resource):
        return (
            f"{shown(value)} is not a request token such as "
            "'arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/TOKEN'"
        )
    if arn.region != MRAP_REGION:
        return f"the token's Region is {arn.region!r}; Multi-Region Access Point requests live in {MRAP_REGION!r}"
    return account_id(arn.account)


def seconds(value: Any) -> str | None:
    """Complain unless ``value`` is a whole number of seconds from 1 to six hours."""
    # Pulumi's wire has one number type, so 60 arrives as 60.0.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        return f"{shown(value)} is not a whole number of seconds"
    if not 1 <= value <= MAX_WAIT_SECONDS:
        return f"{int(value)} seconds is outside 1 to {MAX_WAIT_SECONDS}"
    return None


def flag(value: Any) -> str | None:
    """Complain unless ``value`` is true or false."""
    return None if isinstance(value, bool) else f"{shown(value)} is not true or false"


def moment(value: Any) -> str | None:
    """Complain unless ``value`` is a reading of the monotonic clock: seconds, and not less than none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        return f"{shown(value)} is not a reading of the clock"
    return None


def age(value: Any) -> str | None:
    """Complain unless ``value`` is a whole number of seconds from 1 to ten years."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        return f"{shown(value)} is not a whole number of seconds"
    if not 1 <= value <= MAX_AGE_SECONDS:
        return f"{int(value)} seconds is outside 1 to {MAX_AGE_SECONDS}"
    return None


def scope(value: Any) -> str | None:
    """Complain unless ``value`` is an S3 URI of 1 to 2000 characters; 's3://' alone is every bucket."""
    return None if value == "s3://" else s3_prefix(value)


def grantee_type(value: Any) -> str | None:
    """Complain unless ``value`` is one of S3's types of grantees."""
    return _one_of(value, GRANTEE_TYPES)


def permission(value: Any) -> str | None:
    """Complain unless ``value`` is one of S3's permissions."""
    return _one_of(value, PERMISSIONS)


def grantee_identifier(value: Any) -> str | None:
    """Complain unless ``value`` is an IAM ARN or an id of Identity Center."""
    return _line(value, MAX_GRANTEE)


def application_arn(value: Any) -> str | None:
    """Complain unless ``value`` is the ARN of an Identity Center application."""
    wrong = _line(value, MAX_APPLICATION_ARN)
    if wrong or _APPLICATION.fullmatch(value):
        return wrong
    return f"{shown(value)} is not an application such as 'arn:aws:sso::111122223333:application/ssoins-1/apl-1'"


def _one_of(value: Any, known: tuple[str, ...]) -> str | None:
    wrong = _not_text(value)
    if wrong or value in known:
        return wrong
    return f"{shown(value)} is not one of {', '.join(known)}"


def _line(value: Any, most: int) -> str | None:
    wrong = _not_text(value)
    if wrong:
        return wrong
    if not 1 <= len(value) <= most:
        return f"the text has {len(value)} characters; S3 takes 1 to {most}"
    return None if value.isprintable() else f"{shown(value)} holds a line break or another control character"
