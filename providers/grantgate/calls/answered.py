"""What an error that AWS answers with means: one table by AWS's codes; everything else is told as it came."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from grantgate import inputs as accepts
from grantgate.arns import partition_of
from grantgate.calls.errors import Call, Cause, Unread, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate.calls.efforts import Effort

THROTTLED_CODES: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
MOVED: Final = frozenset({301, 302, 307, 308})
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
PROXY_WANTS_PASSWORD: Final = 407
SERVER_ERROR: Final = 500

NO_INSTANCE: Final = "AccessGrantsInstanceNotExistsError"
"""S3's code for an account that has no Access Grants instance in the Region that was asked."""
NO_INSTANCE_POLICY: Final = "AccessGrantsInstanceResourcePolicyNotExists"

_NOT_FOUND: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    # By code and, where the code means something else in one operation, by that operation.
    ("", "NoSuchAccessGrantsLocationError"): (
        "no such location is registered",
        "check the id, the account and the Region; a location that was registered again has a new id",
    ),
    ("", NO_INSTANCE): (
        "the account has no S3 Access Grants instance in this Region",
        "check the account and the Region (there is one instance per account and Region)",
    ),
    # The account of this call is the requester's; it is the owner of the bucket who has no instance there.
    ("GetAccessGrantsInstanceForPrefix", NO_INSTANCE): (
        "no S3 Access Grants instance answers for this prefix in this Region",
        "ask in the bucket's own Region, and check that the bucket's owner has an instance there",
    ),
    ("", NO_INSTANCE_POLICY): (
        "the S3 Access Grants instance has no resource policy",
        "check the account and the Region",
    ),
    ("", "NoSuchAsyncRequest"): (
        "S3 does not know this request token; AWS answers the same for a token that has expired",
        "check the account, or replace the token with that of a newer request",
    ),
    ("", "NoSuchMultiRegionAccessPoint"): (
        "the account has no Multi-Region Access Point of this name",
        "check the account and the name; it is the name, not the alias or the ARN",
    ),
    ("GetRole", "NoSuchEntity"): (
        "IAM has no such role",
        "check the role's ARN, its path included; a role that was made anew may have another",
    ),
}

_KNOWN_CODES: Final = frozenset(code for _, code in _NOT_FOUND)

_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_CREDENTIALS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_EXPIRED, "they have expired"),
    "InvalidAccessKeyId": "AWS does not know the access key",
    "InvalidClientTokenId": "AWS does not know the access key",
    "InvalidToken": "the session token is not valid",
    "SignatureDoesNotMatch": "the secret key is not that of the access key",
    "UnrecognizedClientException": "AWS does not know the access key",
}
_UNKNOWN_THERE: Final = frozenset(_CREDENTIALS) - _EXPIRED - {"SignatureDoesNotMatch"}
"""What AWS says of credentials whose account has not enabled the Region; it says the same of wrong ones."""
_REGION_OFF: Final = "RegionDisabledException"
_ALWAYS_ON: Final = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""The Regions that every account has. AWS adds none: those that came after March 2019 must be enabled first."""
_CLOCK_CODES: Final = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})
# What STS and IAM say instead of a code of its own.
_CLOCK_TEXT: Final = re.compile(r"Signature (?:expired|not yet current)", re.IGNORECASE)
_DENIED_CODES: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AllAccessDisabled"}
)
_EXPLICIT: Final = re.compile(r"with an explicit deny in an? ([a-z -]+policy|permissions boundary)", re.IGNORECASE)
_CALLER: Final = re.compile(r"\barn:[a-z-]+:(?:iam|sts)::([0-9]{12}):")
_NAMED_REGIONS: Final = re.compile(r"\b[a-z]{2,5}(?:-[a-z]+){1,3}-[0-9]{1,2}\b")

_BESIDE: Final[Mapping[str, str]] = {
    "s3:ListAccessGrantsLocations": "where only s3:GetAccessGrantsLocation is allowed, declare an "
    "AccessGrantsLocation for each location",
    "s3:GetAccessGrantsLocation": "where only s3:ListAccessGrantsLocations is allowed, declare AccessGrantsLocations",
}
"""What else reads the same, for callers who may make only one of two calls."""
_OF_ESTATES: Final = frozenset(
    {
        "s3:GetAccessGrantsInstance",
        "s3:GetAccessGrantsInstanceResourcePolicy",
        "s3:ListAccessGrants",
        "s3:ListAccessGrantsLocations",
        "sts:AssumeRole",
    }
)
"""What is asked of every account and Region of an organization, where somebody may have to be left out."""
_LEAVE_OUT: Final = "; an estate (grantgate:estate) leaves a place out under `except`"


@dataclass(frozen=True, slots=True)
class _Answer:
    """An error as botocore read it; ``said`` is AWS's message, made harmless."""

    call: Call
    code: str
    status: int
    said: str
    detail: Mapping[str, Any]
    headers: Mapping[str, Any]
    tries: int
    trail: str
    took: str
    caller: str

    def unread(self, cause: Cause, what: str, remedy: str) -> Unread:
        """Give the failure; the code stays with it."""
        return Unread(cause, f"{self.call}: {what}", remedy, self.code)


def answered(response: Mapping[str, Any], call: Call, effort: Effort | None = None) -> Unread:
    """Say what an error answer means for ``call``."""
    detail = response.get("Error", {})
    metadata = response.get("ResponseMetadata", {})
    code = str(detail.get("Code", "")) or "no code"
    if code not in _KNOWN_CODES:  # some of AWS's own words are as long as a key
        code = quoted(code)
    status = int(metadata.get("HTTPStatusCode", 0))
    request = quoted(metadata.get("RequestId") or "none")
    tries = int(metadata.get("RetryAttempts", 0)) + 1
    answer = _Answer(
        call=call,
        code=code,
        status=status,
        said=quoted(detail.get("Message", "")),
        detail=detail,
        headers=metadata.get("HTTPHeaders") or {},
        tries=tries,
        trail=f"({code}, HTTP {status}, request {request})",
        took=_took(effort, spent=bool(metadata.get("RetryQuotaReached"))),
        caller=effort.caller if effort else "",
    )
    return _absent(answer) or _wait(answer) or _off(answer) or _who(answer) or _where(answer) or _told(answer)


def _took(effort: Effort | None, *, spent: bool) -> str:
    seconds = f" in {effort.seconds:.0f} s" if effort else ""
    return f"{seconds}; this process has no retries left for the service" if spent else seconds


def _absent(answer: _Answer) -> Unread | None:
    known = _NOT_FOUND.get((answer.call.operation, answer.code)) or _NOT_FOUND.get(("", answer.code))
    if known is None or answer.status != NOT_FOUND:
        return None
    said, remedy = known
    return answer.unread(Cause.NOT_FOUND, f"{said} {answer.trail}", remedy)


def _wait(answer: _Answer) -> Unread | None:
    if answer.code not in THROTTLED_CODES:
        return None
    return answer.unread(
        Cause.THROTTLED,
        f"AWS throttled all {answer.tries} attempts {answer.trail}{answer.took}",
        "run again later, or look up fewer resources at once (`pulumi preview --parallel 4`)",
    )


def _off(answer: _Answer) -> Unread | None:
    """Say that STS is switched off in the Region whose STS was asked, which only STS says in so many words."""
    if answer.code != _REGION_OFF:
        return None
    return answer.unread(
        Cause.WRONG_REGION,
        f"the Region that was asked is not enabled for the account {answer.trail}: {answer.said}",
        f"enable the Region and its STS endpoint for the account, or ask another Region's (AWS_REGION){_LEAVE_OUT}",
    )


def _who(answer: _Answer) -> Unread | None:
    """Say what is wrong with the credentials, the clock that dates them, or what they may do."""
    trail = answer.trail
    if answer.code in _CLOCK_CODES or _CLOCK_TEXT.search(answer.said):
        theirs = answer.detail.get("ServerTime") or answer.headers.get("date")
        clock = f": AWS's says {quoted(theirs)}" if theirs else ""
        return answer.unread(
            Cause.CREDENTIALS,
            f"this machine's clock differs from AWS's {trail}{clock}",
            "set this machine's clock (let it follow NTP), then run again",
        )
    if answer.code in _CREDENTIALS:
        remedy = "sign in again" if answer.code in _EXPIRED else "set the right credentials, or sign in again"
        remedy = f"{remedy} (temporary credentials expire), then run again"
        return answer.unread(
            Cause.CREDENTIALS,
            f"AWS does not accept the credentials {trail}: {_CREDENTIALS[answer.code]}",
            f"{_enabling(answer)}; else {remedy}" if _must_be_enabled(answer) else remedy,
        )
    if answer.status == PROXY_WANTS_PASSWORD:
        return answer.unread(
            Cause.UNREACHABLE,
            f"the proxy wants a user and a password {trail}",
            "put them into HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY",
        )
    if answer.code in _DENIED_CODES or answer.status == FORBIDDEN:
        what = f"denied, which does not tell whether it exists {trail}: {answer.said}"
        leave_out = _LEAVE_OUT if answer.call.action in _OF_ESTATES else ""
        return answer.unread(Cause.DENIED, what, f"{_permission(answer)}{leave_out}")
    return None


def _must_be_enabled(answer: _Answer) -> bool:
    """
    Say whether an account has to enable the Region before AWS knows its credentials there.

    Source: AWS Account Management Guide, "Enable or disable AWS Regions in your account".
    """
    region = answer.call.region
    is_opt_in = bool(region) and partition_of(region) == "aws" and region not in _ALWAYS_ON
    return is_opt_in and answer.code in _UNKNOWN_THERE


def _enabling(answer: _Answer) -> str:
    region, account = answer.call.region, answer.caller or answer.call.account
    whose = f"account {account}" if account else "the account"
    return (
        f"{region} is a Region that an account must enable: enable it for {whose}, or leave it out (grantgate:estate: "
        "under `except`); session tokens of STS's global endpoint are not valid there"
    )


def _permission(answer: _Answer) -> str:
    call = answer.call
    explicit = _EXPLICIT.search(answer.said)
    if explicit:
        where = f" in {call.region}" if call.region else ""
        only = "; Multi-Region Access Points are asked for there and nowhere else" if _is_mrap(call) else ""
        return f"the explicit deny in a {explicit[1].lower()} must leave {call.action} open{where}{only}"
    if call.action == "sts:AssumeRole":
        return f"allow {call.action} on this role to the caller, and name the caller in the role's trust policy"
    named = _CALLER.search(answer.said)
    caller = answer.caller or (named[1] if named else "")
    if call.account and caller and caller != call.account:
        return (
            f"the credentials are of account {caller}: give assumeRoleArn of a role in account {call.account} that "
            f"may call {call.action}"
        )
    beside = f"; {_BESIDE[call.action]}" if call.action in _BESIDE else ""
    return (
        f"allow {call.action} to the caller (identity policy, service control policies and, for another account's "
        f"instance, its resource policy){beside}"
    )


def _is_mrap(call: Call) -> bool:
    return "MultiRegionAccessPoint" in call.action and call.region == accepts.MRAP_REGION


def _where(answer: _Answer) -> Unread | None:
    """Say which Region answers, where AWS says it."""
    if answer.code != "PermanentRedirect" and answer.status not in MOVED:
        return None
    named = _named_region(answer)
    remedy = f"set the resource's region to {named}" if named else "set the resource's region"
    said = f": {answer.said}" if answer.said else ""
    told = f" (it names {named})" if named and named not in said else ""
    return answer.unread(
        Cause.WRONG_REGION,
        f"S3 answers this call in another Region {answer.trail}{told}{said}",
        f"{remedy}, and do not point AWS_ENDPOINT_URL_S3_CONTROL or AWS_ENDPOINT_URL at one Region",
    )


def _named_region(answer: _Answer) -> str:
    """Give the Region that AWS names in a header, the error's members or its text; it is shown, never asked."""
    location = str(answer.headers.get("location", ""))
    for text in (
        answer.headers.get("x-amz-bucket-region"),
        answer.detail.get("Region"),
        answer.detail.get("Endpoint"),
        _host(location),
        answer.said,
    ):
        for found in _NAMED_REGIONS.findall(str(text or "")):
            if accepts.region(found) is None and found != answer.call.region:
                return str(found)
    return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _told(answer: _Answer) -> Unread:
    if answer.status >= SERVER_ERROR:
        what = f"AWS failed on all {answer.tries} attempts {answer.trail}{answer.took}: {answer.said}"
        return answer.unread(Cause.SERVICE, what, "run again later")
    return answer.unread(Cause.REFUSED, f"AWS refused the request {answer.trail}: {answer.said}", "correct the inputs")
