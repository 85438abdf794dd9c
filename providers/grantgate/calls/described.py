"""
What S3 describes, held against what it documents: members that are always there, ids, and ARNs of the asked place.

An answer that lacks what S3 documents, or tells of another account or Region, is not an answer: nothing is concluded
from it, and least of all that there is nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from grantgate.arns import Arn, ArnError
from grantgate.calls.errors import LOOK_BETWEEN, Call, Cause, Unread
from grantgate.facts import ListedLocation
from grantgate.inputs import location_id, shown
from grantgate.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate.lookup import Place

    Described = Mapping[str, Any]


def no_answer(call: Call, what: str) -> Unread:
    """Give the failure for an answer that S3 does not give."""
    return Unread(Cause.NOT_UNDERSTOOD, f"{call}: {what}", LOOK_BETWEEN)


def member(reply: Any, name: str, call: Call) -> Any:
    """Give a member that S3 documents as always there; an answer without it is not an answer."""
    value = reply.get(name)
    if value is None or value == "":
        raise no_answer(call, f"the answer lacks {name}")
    return value


def text(described: Described, name: str, call: Call) -> str:
    """Give a text that is always there."""
    return str(member(described, name, call))


def time(described: Described, name: str, call: Call) -> str:
    """Give a time that is always there: UTC, ISO 8601, whole seconds."""
    value = member(described, name, call)
    if not isinstance(value, datetime):
        raise no_answer(call, f"{name} is {shown(value)}, and S3 gives a time")
    return iso(value)


def identifier(described: Described, name: str, call: Call) -> str:
    """Give the id of a location or a grant: 1 to 64 letters, digits and hyphens."""
    value = text(described, name, call)
    if location_id(value):
        raise no_answer(call, f"{name} is {shown(value)}; an id has 1 to 64 letters, digits and hyphens")
    return value


def arn_there(described: Described, name: str, call: Call, place: Place, ending: str = "") -> str:
    """Give an Access Grants ARN of the asked account and Region; what it names ends with ``ending``."""
    value = text(described, name, call)
    try:
        arn = Arn.parse(value)
    except ArnError as error:
        raise no_answer(call, f"{name}: {error}") from None
    if (arn.account, arn.region) != (place.account_id, place.region):
        where = f"account {arn.account or 'none'}, Region {arn.region or 'none'}"
        raise no_answer(
            call, f"{name} {shown(value)} is of {where}; asked was account {place.account_id}, Region {place.region}"
        )
    if arn.service != "s3" or not arn.resource.startswith("access-grants/") or not arn.resource.endswith(ending):
        form = f"s3:…:access-grants/…{ending}"
        raise no_answer(call, f"{name} is {shown(value)}, and S3's has the form {form}")
    return value


def location(described: Described, call: Call, place: Place) -> ListedLocation:
    """Read one registered location, as GetAccessGrantsLocation and ListAccessGrantsLocations describe it alike."""
    found = identifier(described, "AccessGrantsLocationId", call)
    return ListedLocation(
        access_grants_location_id=found,
        access_grants_location_arn=arn_there(described, "AccessGrantsLocationArn", call, place, f"/location/{found}"),
        location_scope=text(described, "LocationScope", call),
        iam_role_arn=text(described, "IAMRoleArn", call),
        created_at=time(described, "CreatedAt", call),
    )
