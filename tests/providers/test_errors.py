"""What a failed AWS call means: each cause reads differently, and no key gets into a message."""

from __future__ import annotations

from typing import Any

import botocore.exceptions as failures
import pytest
from botocore.parsers import ResponseParserError
from grantgate.errors import THROTTLED_CODES, Call, Cause, Unread, meaning, without_keys

CALL = Call("s3:GetAccessGrantsLocation", "111122223333", "eu-west-1", "loc-1")
HEAD = "GetAccessGrantsLocation of 'loc-1' in account 111122223333, Region eu-west-1: "


def answered(code: str, status: int, message: str = "", **metadata: Any) -> failures.ClientError:
    known = {"HTTPStatusCode": status, "RequestId": "REQ1", "RetryAttempts": 4}
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {**known, **metadata}}
    return failures.ClientError(response, "GetAccessGrantsLocation")


def read(error: Exception) -> Unread:
    unread = meaning(error, CALL)
    assert unread is not None
    return unread


@pytest.mark.parametrize(
    ("error", "cause", "what"),
    [
        pytest.param(
            answered("NoSuchAccessGrantsLocationError", 404),
            Cause.NOT_FOUND,
            "no such location is registered (NoSuchAccessGrantsLocationError, HTTP 404, request REQ1)",
            id="no such location",
        ),
        pytest.param(
            answered("AccessGrantsInstanceNotExistsError", 404),
            Cause.NOT_FOUND,
            "the account has no S3 Access Grants instance in this Region (AccessGrantsInstanceNotExistsError, HTTP "
            "404, request REQ1)",
            id="no instance",
        ),
        pytest.param(
            answered("NoSuchAsyncRequest", 404),
            Cause.NOT_FOUND,
            "S3 does not know this request token; AWS answers the same for a token that has expired "
            "(NoSuchAsyncRequest, HTTP 404, request REQ1)",
            id="no such request",
        ),
        pytest.param(
            answered("NoSuchBucket", 404, "gone"),
            Cause.REFUSED,
            "AWS refused the request (NoSuchBucket, HTTP 404, request REQ1): gone",
            id="another 404 proves nothing",
        ),
        pytest.param(
            answered("AccessDenied", 403, "User x\n is not authorized"),
            Cause.DENIED,
            "denied, which does not tell whether it exists (AccessDenied, HTTP 403, request REQ1): User x is not "
            "authorized",
            id="denied",
        ),
        pytest.param(
            answered("Odd", 403),
            Cause.DENIED,
            "denied, which does not tell whether it exists (Odd, HTTP 403, request REQ1): ",
            id="any 403",
        ),
        pytest.param(
            answered("SlowDown", 503),
            Cause.THROTTLED,
            "AWS throttled all 5 attempts (SlowDown, HTTP 503, request REQ1)",
            id="throttled",
        ),
        pytest.param(
            answered("ExpiredToken", 400, "The provided token AKIAIOSFODNN7EXAMPLE has expired."),
            Cause.CREDENTIALS,
            "AWS does not accept the credentials (ExpiredToken, HTTP 400, request REQ1)",
            id="expired credentials",
        ),
        pytest.param(
            answered("InvalidAccessKeyId", 403),
            Cause.CREDENTIALS,
            "AWS does not accept the credentials (InvalidAccessKeyId, HTTP 403, request REQ1)",
            id="a key that AWS does not know, though 403",
        ),
        pytest.param(
            answered("RequestTimeTooSkewed", 403),
            Cause.CREDENTIALS,
            "this machine's clock differs from AWS's (RequestTimeTooSkewed, HTTP 403, request REQ1)",
            id="a wrong clock",
        ),
        pytest.param(
            answered("PermanentRedirect", 301, "only in us-west-2"),
            Cause.WRONG_REGION,
            "S3 answers this call in another Region (PermanentRedirect, HTTP 301, request REQ1): only in us-west-2",
            id="another Region",
        ),
        pytest.param(
            answered("InternalError", 500, "oops", RetryAttempts=0),
            Cause.SERVICE,
            "AWS failed on all 1 attempts (InternalError, HTTP 500, request REQ1): oops",
            id="AWS failed",
        ),
        pytest.param(
            failures.ClientError({}, "GetAccessGrantsLocation"),
            Cause.REFUSED,
            "AWS refused the request (no code, HTTP 0, request none): ",
            id="an answer without a word",
        ),
        pytest.param(
            failures.NoCredentialsError(),
            Cause.CREDENTIALS,
            "no usable AWS credentials (NoCredentialsError)",
            id="no credentials",
        ),
        pytest.param(
            failures.ProfileNotFound(profile="canary"),
            Cause.CREDENTIALS,
            "no usable AWS credentials (ProfileNotFound)",
            id="no such profile",
        ),
        pytest.param(
            failures.EndpointConnectionError(endpoint_url="https://user:canary@localhost:9/x?sig=canary"),
            Cause.UNREACHABLE,
            "no answer at localhost:9 (EndpointConnectionError)",
            id="unreachable",
        ),
        pytest.param(
            failures.ReadTimeoutError(endpoint_url="http://[bad"),
            Cause.UNREACHABLE,
            "no answer (ReadTimeoutError)",
            id="a timeout at no host",
        ),
        pytest.param(
            ResponseParserError("<html>"),
            Cause.NOT_UNDERSTOOD,
            "the answer is not the XML that S3 sends (ResponseParserError)",
            id="no XML",
        ),
        pytest.param(
            failures.ParamValidationError(report="AccountId is missing"),
            Cause.REFUSED,
            "the SDK refuses the request (Parameter validation failed:\nAccountId is missing)",
            id="the SDK refuses",
        ),
        pytest.param(
            failures.UnknownEndpointError(service_name="s3control", region_name="x"),
            Cause.REFUSED,
            "UnknownEndpointError: Unable to construct an endpoint for s3control in region x",
            id="no endpoint",
        ),
    ],
)
def test_meanings(error: Exception, cause: Cause, what: str) -> None:
    """Call, account, Region, code and request id stand in every message, and what to do follows it."""
    unread = read(error)

    assert (unread.cause, unread.what) == (cause, HEAD + what)
    assert unread.remedy
    assert str(unread) == f"{unread.what}. To do: {unread.remedy}"
    assert "canary" not in str(unread)
    assert "AKIA" not in str(unread)


@pytest.mark.parametrize("code", sorted(THROTTLED_CODES))
def test_every_throttling_code(code: str) -> None:
    """Whatever the HTTP status."""
    assert {read(answered(code, status)).cause for status in (400, 429, 503)} == {Cause.THROTTLED}


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("x"), OSError("x")])
def test_what_no_client_raises_means_nothing_here(error: Exception) -> None:
    """It is not called a failed read."""
    assert meaning(error, CALL) is None


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        pytest.param("key AKIAIOSFODNN7EXAMPLE here", "key [key] here", id="an access key"),
        pytest.param("key ASIAIOSFODNN7EXAMPLE", "key [key]", id="a temporary access key"),
        pytest.param("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[key]", id="a secret key"),
        pytest.param("token=" + "aB3/" * 50 + "==.", "[key].", id="a session token"),
        pytest.param(
            "Invalid endpoint: https://user:pass@host/x", "Invalid endpoint: https://[key]@host/x", id="a URL"
        ),
        pytest.param("https://host/a@b", "https://host/a@b", id="a URL without a user"),
        pytest.param("arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x", id="a role"),
        pytest.param("x" * 39, "x" * 39, id="39 characters"),
        pytest.param("x" * 40, "[key]", id="40 characters"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_without_keys(text: str, cut: str) -> None:
    """What looks like key material goes, the rest stays."""
    assert without_keys(text) == cut


def test_a_key_at_the_cut_of_a_long_message() -> None:
    """A text is cut after its keys were taken out: no half of one is left."""
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    message = "word " * 58 + secret

    assert secret[:8] not in str(read(answered("AccessDenied", 403, message)))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        pytest.param(CALL, HEAD.removesuffix(": "), id="all of it"),
        pytest.param(Call("sts:GetCallerIdentity", "", "", ""), "GetCallerIdentity", id="the call alone"),
        pytest.param(Call("s3:X", "", "eu-west-1", ""), "X, Region eu-west-1", id="no account"),
    ],
)
def test_calls(call: Call, text: str) -> None:
    """What is not known is left out."""
    assert str(call) == text
