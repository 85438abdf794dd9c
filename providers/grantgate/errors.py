"""
What a failed AWS call means to the person who reads the preview.

One table, by AWS's error codes and botocore's exceptions; everything else is told as it came. No credential ever gets
into a message: what botocore says about credentials is not repeated, and key material is cut out of AWS's own texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import botocore.exceptions as failures
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from collections.abc import Mapping

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
SERVER_ERROR: Final = 500


class Cause(str, Enum):
    """Why a read failed."""

    NOT_FOUND = "not found"
    DENIED = "denied"
    THROTTLED = "throttled"
    CREDENTIALS = "credentials"
    UNREACHABLE = "unreachable"
    WRONG_REGION = "wrong Region"
    REFUSED = "refused"
    SERVICE = "service error"
    NOT_UNDERSTOOD = "not understood"


_NOT_FOUND: Final[Mapping[str, tuple[str, str]]] = {
    "NoSuchAccessGrantsLocationError": (
        "no such location is registered",
        "check the id, the account and the Region; a location that was registered again has a new id",
    ),
    "AccessGrantsInstanceNotExistsError": (
        "the account has no S3 Access Grants instance in this Region",
        "check the account and the Region (there is one instance per account and Region)",
    ),
    "NoSuchAsyncRequest": (
        "S3 does not know this request token; AWS answers the same for a token that has expired",
        "check the account, or replace the token with that of a newer request",
    ),
}

_NOT_FOUND_FOR: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    # The account of this call is the requester's; it is the owner of the bucket who has no instance there.
    ("GetAccessGrantsInstanceForPrefix", "AccessGrantsInstanceNotExistsError"): (
        "no S3 Access Grants instance answers for this prefix in this Region",
        "ask in the bucket's own Region, and check that the bucket's owner has an instance there",
    ),
}

_CREDENTIAL_CODES: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "TokenRefreshRequired",
    }
)
_CLOCK_CODES: Final = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})
_DENIED_CODES: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AllAccessDisabled"}
)

_CREDENTIAL_FAILURES: Final = (
    failures.NoCredentialsError,
    failures.PartialCredentialsError,
    failures.CredentialRetrievalError,
    failures.ProfileNotFound,
    failures.SSOError,
    failures.TokenRetrievalError,
    failures.MetadataRetrievalError,
    failures.InvalidConfigError,
    failures.ConfigParseError,
)
_NO_ANSWER: Final = (
    failures.ConnectionError,
    failures.HTTPClientError,
    failures.IncompleteReadError,
    failures.ConnectionClosedError,
)

# Access key ids, the user's part of a URL, and anything as long and as random as a secret key or a session token.
_KEY_MATERIAL: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b|(?<=://)[^/\s@]+(?=@)|[A-Za-z0-9/+=]{40,}")


@dataclass(eq=False)
class Unread(Exception):
    """
    AWS did not give a usable answer.

    Shape: ``what`` says in one line what happened, with call, account, Region, AWS's code and request id;
           ``remedy`` says what to do.
    """

    cause: Cause
    what: str
    remedy: str
    code: str = ""

    def __str__(self) -> str:
        return f"{self.what}. To do: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Call:
    """Which call was made, for messages; ``action`` is the IAM action, ``target`` what it was asked about."""

    action: str
    account: str
    region: str
    target: str

    @property
    def operation(self) -> str:
        """The API operation's name."""
        return self.action.partition(":")[2]

    def __str__(self) -> str:
        account = f" in account {self.account}" if self.account else ""
        region = f", Region {self.region}" if self.region else ""
        target = f" of {self.target!r}" if self.target else ""
        return f"{self.operation}{target}{account}{region}"


def without_keys(text: str) -> str:
    """
    Cut key material out of a text that came from elsewhere.

    >>> without_keys("The key AKIAIOSFODNN7EXAMPLE is unknown")
    'The key [key] is unknown'
    """
    return _KEY_MATERIAL.sub("[key]", text)


def meaning(error: Exception, call: Call) -> Unread | None:
    """
    Say what ``error`` means for ``call``; None for an exception that no AWS client raises.

    >>> call = Call("s3:GetAccessGrantsLocation", "111122223333", "eu-west-1", "default")
    >>> print(meaning(failures.NoCredentialsError(), call).what)
    GetAccessGrantsLocation of 'default' in account 111122223333, Region eu-west-1: no usable AWS credentials \
(NoCredentialsError)
    """
    if isinstance(error, failures.ClientError):
        return _answered(error, call)
    name = type(error).__name__
    if isinstance(error, _CREDENTIAL_FAILURES):
        return Unread(
            Cause.CREDENTIALS,
            f"{call}: no usable AWS credentials ({name})",
            "sign in or set AWS_PROFILE or `pulumi config set aws:profile`, then run again",
        )
    if isinstance(error, ResponseParserError):
        return Unread(
            Cause.NOT_UNDERSTOOD,
            f"{call}: the answer is not the XML that S3 sends ({name})",
            "check what stands between here and S3 (proxy, endpoint URL), then run again",
        )
    if isinstance(error, failures.ParamValidationError):
        return Unread(Cause.REFUSED, f"{call}: the SDK refuses the request ({without_keys(str(error))})", "correct it")
    if isinstance(error, _NO_ANSWER):
        endpoint = _host(str(error.kwargs.get("endpoint_url", "")))
        at = f" at {endpoint}" if endpoint else ""
        return Unread(
            Cause.UNREACHABLE,
            f"{call}: no answer{at} ({name})",
            "check the network, the proxy, and AWS_ENDPOINT_URL_S3_CONTROL when it is set, then run again",
        )
    if isinstance(error, failures.BotoCoreError):
        return Unread(Cause.REFUSED, f"{call}: {name}: {without_keys(str(error))}", "correct the AWS configuration")
    return None


def _host(url: str) -> str:
    """Only host and port of ``url``: a URL can carry a password and a signed query."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname or ''}{port}"


def _answered(error: failures.ClientError, call: Call) -> Unread:
    detail = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    code = str(detail.get("Code", "")) or "no code"
    text = without_keys(" ".join(str(detail.get("Message", "")).split()))[:300]
    status = int(metadata.get("HTTPStatusCode", 0))
    tries = int(metadata.get("RetryAttempts", 0)) + 1
    request = metadata.get("RequestId") or "none"
    trail = f"({code}, HTTP {status}, request {request})"

    if code in _NOT_FOUND:
        said, remedy = _NOT_FOUND_FOR.get((call.operation, code), _NOT_FOUND[code])
        return Unread(Cause.NOT_FOUND, f"{call}: {said} {trail}", remedy, code)
    if code in THROTTLED_CODES:
        return Unread(
            Cause.THROTTLED,
            f"{call}: AWS throttled all {tries} attempts {trail}",
            "run again later, or look up fewer resources at once (`pulumi preview --parallel 4`)",
            code,
        )
    if code in _CREDENTIAL_CODES:
        return Unread(
            Cause.CREDENTIALS,
            f"{call}: AWS does not accept the credentials {trail}",
            "sign in again (temporary credentials expire), then run again",
            code,
        )
    if code in _CLOCK_CODES:
        return Unread(
            Cause.CREDENTIALS, f"{call}: this machine's clock differs from AWS's {trail}", "set the clock", code
        )
    if code in _DENIED_CODES or status == 403:  # noqa: PLR2004 - HTTP Forbidden
        return Unread(
            Cause.DENIED,
            f"{call}: denied, which does not tell whether it exists {trail}: {text}",
            f"allow {call.action} to the caller (identity policy, service control policies and, for another account's "
            "instance, its resource policy)",
            code,
        )
    if code == "PermanentRedirect" or status in (301, 307):
        return Unread(
            Cause.WRONG_REGION,
            f"{call}: S3 answers this call in another Region {trail}: {text}",
            "set the resource's region, and do not point AWS_ENDPOINT_URL_S3_CONTROL at one Region",
            code,
        )
    if status >= SERVER_ERROR:
        return Unread(
            Cause.SERVICE, f"{call}: AWS failed on all {tries} attempts {trail}: {text}", "run again later", code
        )
    return Unread(Cause.REFUSED, f"{call}: AWS refused the request {trail}: {text}", "correct the inputs", code)
