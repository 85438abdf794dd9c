"""ASY-01: an asynchronous Multi-Region Access Point request is the one that was meant, and has succeeded everywhere."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from grantgate import inputs as accepts
from grantgate.arns import Arn

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    Rule,
    Severity,
    Unsure,
    Value,
    Verdict,
)
from grantgate_policies.matching import quoted, told
from grantgate_policies.patterns import name_pattern
from grantgate_policies.subjects import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELD = "requestStatus"
REGIONS_FIELD = "failedRegions"
REQUEST_FIELD = "requestTokenArn"
ACCOUNT_FIELD = "accountId"
NAME_FIELD = "requestParameters"
DETAILS_FIELD = "errorDetails"
EXPECTED = "SUCCEEDED"
FAILED = "FAILED"
OPERATIONS = ("CreateMultiRegionAccessPoint", "DeleteMultiRegionAccessPoint", "PutMultiRegionAccessPointPolicy")

_MINUTE: Final = dt.timedelta(minutes=1)
_SKEW: Final = 5 * _MINUTE  # by which two clocks may differ
_RUNNING: Final = "the request is still INPROGRESS; run again later, or set wait on the lookup"


def judge(operation: Operation, context: Context) -> Verdict:
    """Break on FAILED, on a request that has run too long and on one that is not meant; be unsure while it runs."""
    verdicts = (
        _status(operation, context),
        *_place(operation, context),
        _meant("operation", operation.operation, context.settings["operations"]),
        _about(operation.name, context.settings["names"]),
    )
    broken = next((one for one in verdicts if isinstance(one, Broken)), None)
    return broken or next((one for one in verdicts if isinstance(one, Unsure)), PASSED)


def _status(operation: Operation, context: Context) -> Verdict:
    status = str(operation.request_status)
    if FAILED in (operation.state, status):
        code = operation.error_code if isinstance(operation.error_code, str) else "no error code"
        text = operation.error_message if isinstance(operation.error_message, str) else "no message"
        regions = operation.failed_regions
        where = f" in {', '.join(regions)}" if isinstance(regions, tuple) and regions else ""
        besides = f"; {_other(operation, status)}" if operation.state != status else ""
        return Broken(FIELD, status, EXPECTED, f"the request FAILED{where}: {code}: {text}{besides}")
    if operation.state == EXPECTED:
        return _in_every_region(operation, status)
    if operation.state == "IN_PROGRESS":
        return _in_time(operation, status, context)
    return Unsure(FIELD, f"the status {status!r} is none that S3 is known to give")


def _in_every_region(operation: Operation, status: str) -> Verdict:
    regions = operation.failed_regions
    if regions is UNKNOWN:
        return Unsure(REGIONS_FIELD, f"{REGIONS_FIELD} is not known in this preview")
    if not isinstance(regions, tuple):
        found = regions.kind if isinstance(regions, Malformed) else "nothing"
        message = f"{REGIONS_FIELD} holds {found}, so whether a Region failed is not known"
        return Broken(REGIONS_FIELD, found, "a list of Regions", message)
    if not regions:
        return _without_a_doubt(operation, status)
    where = ", ".join(regions)
    message = f"the request is {status!r} as a whole but FAILED in {where}"
    return Broken(REGIONS_FIELD, where, EXPECTED, message)


def _without_a_doubt(operation: Operation, status: str) -> Verdict:
    """Pass what nothing beside the state contradicts."""
    if status != EXPECTED:
        return Unsure(FIELD, f"{_other(operation, status)}, so whether the request succeeded is not known")
    told_errors = (operation.error_code, operation.error_message)
    if UNKNOWN in told_errors:
        return Unsure(DETAILS_FIELD, f"{DETAILS_FIELD} is not known in this preview")
    if any(one is not ABSENT for one in told_errors):
        message = (
            f"the request is {status!r} and has {DETAILS_FIELD} all the same, so whether it succeeded is not known"
        )
        return Unsure(DETAILS_FIELD, message)
    return PASSED


def _other(operation: Operation, status: str) -> str:
    return f"state is {told(str(operation.state))} and {FIELD} {told(status)}"


# --- how long it runs -------------------------------------------------------------------------------------------------


def _in_time(operation: Operation, status: str, context: Context) -> Verdict:
    """Break on a request that runs longer than it may; unsure while it may, and where nobody can tell how long."""
    created = _moment(operation.creation_time)
    if created is None or context.now is None:
        return Unsure(FIELD, _RUNNING)
    if created - context.now > _SKEW:
        ahead = f"creationTime {operation.creation_time!r} is more than {_SKEW // _MINUTE} minutes ahead of this clock"
        return Unsure(FIELD, f"the request is still INPROGRESS, and {ahead}, so its age is not known")
    minutes, most = (context.now - created) // _MINUTE, context.settings["maxAgeMinutes"]
    if minutes <= most:
        return Unsure(FIELD, _RUNNING)
    message = f"the request has been INPROGRESS for {minutes} minutes, longer than {most}"
    edit = "Look at the access point's own status; send the request again if nothing goes on there."
    return Broken(FIELD, status, f"{EXPECTED} within {most} minutes", message, edit)


def _moment(value: Value) -> dt.datetime | None:
    """Read a time with its offset from UTC; None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


# --- whether it is the one that was meant -----------------------------------------------------------------------------


def _place(operation: Operation, context: Context) -> Sequence[Verdict]:
    """Hold the token's Region and account against S3's, the organization's and the lookup's."""
    token, account = operation.request_token_arn, operation.account_id
    if token is ABSENT:
        return ()  # not a hole: without a token nothing was looked up, and lookup-performed fails
    if isinstance(token, Malformed):
        return (Broken(REQUEST_FIELD, token.kind, "text", f"{REQUEST_FIELD} is a {token.kind}, not text"),)
    if isinstance(token, Missing):
        return (Unsure(REQUEST_FIELD, f"{REQUEST_FIELD} is not known in this preview"),)
    complaint = accepts.request_token_arn(token)
    if complaint:
        expected = f"a request token of Region {accepts.MRAP_REGION!r}"
        return (Broken(REQUEST_FIELD, token, expected, complaint),)
    owner = Arn.parse(token).account
    accounts = context.organization.accounts
    if accounts and owner not in accounts:
        limit = quoted(sorted(accounts))
        message = f"the request is of account {owner!r}, which is not one of the organization's {limit}"
        return (Broken(REQUEST_FIELD, token, f"a request of {limit}", message),)
    if isinstance(account, Malformed):
        return (Broken(ACCOUNT_FIELD, account.kind, "12 digits", f"accountId is a {account.kind}, not text"),)
    if account is UNKNOWN:
        return (Unsure(ACCOUNT_FIELD, "accountId is not known in this preview"),)
    if isinstance(account, str) and account != owner:
        message = f"accountId is {told(account)}, and the token is of account {owner!r}"
        edit = f"Set accountId to {owner!r}, or leave it out: the token says it."
        return (Broken(ACCOUNT_FIELD, account, repr(owner), message, edit),)
    return ()


def _meant(field: str, value: Value, allowed: Sequence[str]) -> Verdict:
    if not allowed:
        return PASSED
    if isinstance(value, Malformed):
        return Broken(field, value.kind, "text", f"{field} is a {value.kind}, not text")
    limit = quoted(allowed)
    if isinstance(value, Missing) or not value:
        return Unsure(field, f"{field} is not known, and it must be one of {limit}")
    if value in allowed:
        return PASSED
    return Broken(field, value, f"one of {limit}", f"{field} {told(value)} is not one of {limit}")


def _about(name: Value, allowed: Sequence[str]) -> Verdict:
    if not allowed:
        return PASSED
    if isinstance(name, Malformed):
        message = f"{NAME_FIELD} holds a {name.kind} where the access point's name belongs"
        return Broken(NAME_FIELD, name.kind, "text", message)
    limit = quoted(allowed)
    if isinstance(name, Missing) or not name:
        return Unsure(NAME_FIELD, f"the access point's name is not known, and it must be like {limit}")
    if any(name_pattern(text).matches(name) for text in allowed):
        return PASSED
    message = f"the request is about access point {told(name)}, which is not like {limit}"
    return Broken(NAME_FIELD, name, f"a name like {limit}", message)


RULE = Rule(
    id="ASY-01",
    name="operation-succeeded",
    about=(Operation,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The Multi-Region Access Point request has succeeded",
    why=(
        "Creating, deleting and changing a Multi-Region Access Point only starts a request; whether it failed shows "
        "minutes later, in the request's status alone. A token of another account, operation or access point would "
        "tell of a success that is not this stack's."
    ),
    fix="Correct what the error code names and send the request again; it has a new token then.",
    source="S3 API reference, DescribeMultiRegionAccessPointOperation: AsyncOperation",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeMultiRegionAccessPointOperation.html",
    needs=("state", "request_status"),
    judge=judge,
    settings={
        "maxAgeMinutes": {
            "type": "integer",
            "description": "Minutes that a request may be INPROGRESS: it is undecided so long, and fails after.",
            "minimum": 1,
            "default": 60,
        },
        "operations": {
            "type": "array",
            "description": "Operations that a request may be; empty for any.",
            "items": {"enum": list(OPERATIONS)},
            "default": [],
        },
        "names": {
            "type": "array",
            "description": "Names of access points that a request may be about, as patterns; empty for any.",
            "items": {"type": "string", "x-pattern": "name"},
            "default": [],
        },
    },
)
