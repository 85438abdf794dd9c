"""What an error that AWS answers with means: each reads differently, names the next step, and holds no key."""

from __future__ import annotations

from typing import Any

import pytest
from grantgate.calls.answered import THROTTLED_CODES, answered
from grantgate.calls.efforts import Effort
from grantgate.calls.errors import Call, Cause, Unread

MINE, THEIRS = "111122223333", "444455556666"
CALL = Call("s3:GetAccessGrantsLocation", MINE, "eu-west-1", "loc-1")
LIST = Call("s3:ListAccessGrantsLocations", MINE, "eu-west-1", "")
GRANTS = Call("s3:ListAccessGrants", MINE, "me-south-1", "")
POINT = Call("s3:GetMultiRegionAccessPoint", MINE, "us-west-2", "acme")
ASSUME = Call("sts:AssumeRole", "", "", f"arn:aws:iam::{THEIRS}:role/reader")
LEFT_OUT = "; an estate (grantgate:estate) leaves a place out under `except`"
HEAD = f"GetAccessGrantsLocation of 'loc-1' in account {MINE}, Region eu-west-1: "


def answer(code: str, status: int, message: str = "", **detail: Any) -> dict[str, Any]:
    metadata = {"HTTPStatusCode": status, "RequestId": "REQ1", "RetryAttempts": 4, **detail.pop("metadata", {})}
    return {"Error": {"Code": code, "Message": message, **detail}, "ResponseMetadata": metadata}


def effort(seconds: float = 14.4, caller: str = "") -> Effort:
    """Give an effort that has lasted ``seconds``."""
    times = iter([0.0])
    return Effort(clock=lambda: next(times, seconds), attempts=5, caller=caller)


@pytest.mark.parametrize(
    ("response", "cause", "what"),
    [
        pytest.param(
            answer("NoSuchAccessGrantsLocationError", 404),
            Cause.NOT_FOUND,
            "no such location is registered (NoSuchAccessGrantsLocationError, HTTP 404, request REQ1)",
            id="no such location",
        ),
        pytest.param(
            answer("AccessGrantsInstanceNotExistsError", 404),
            Cause.NOT_FOUND,
            "the account has no S3 Access Grants instance in this Region (AccessGrantsInstanceNotExistsError, HTTP "
            "404, request REQ1)",
            id="no instance",
        ),
        pytest.param(
            answer("AccessGrantsInstanceNotExistsError", 403),
            Cause.DENIED,
            "denied, which does not tell whether it exists (AccessGrantsInstanceNotExistsError, HTTP 403, request "
            "REQ1): ",
            id="a code that its status does not bear out is believed in nothing",
        ),
        pytest.param(
            answer("AccessGrantsInstanceResourcePolicyNotExists", 404),
            Cause.NOT_FOUND,
            "the S3 Access Grants instance has no resource policy (AccessGrantsInstanceResourcePolicyNotExists, HTTP "
            "404, request REQ1)",
            id="no resource policy",
        ),
        pytest.param(
            answer("NoSuchAsyncRequest", 404),
            Cause.NOT_FOUND,
            "S3 does not know this request token; AWS answers the same for a token that has expired "
            "(NoSuchAsyncRequest, HTTP 404, request REQ1)",
            id="no such request",
        ),
        pytest.param(
            answer("NoSuchMultiRegionAccessPoint", 404),
            Cause.NOT_FOUND,
            "the account has no Multi-Region Access Point of this name (NoSuchMultiRegionAccessPoint, HTTP 404, "
            "request REQ1)",
            id="no such access point",
        ),
        pytest.param(
            answer("404", 404, "Not Found"),
            Cause.REFUSED,
            "AWS refused the request (404, HTTP 404, request REQ1): Not Found",
            id="a bare 404 proves nothing",
        ),
        pytest.param(
            answer("NoSuchEntity", 404, "gone"),
            Cause.REFUSED,
            "AWS refused the request (NoSuchEntity, HTTP 404, request REQ1): gone",
            id="a code of another operation",
        ),
        pytest.param(
            answer("AccessDenied", 403, "User x\n is not authorized"),
            Cause.DENIED,
            "denied, which does not tell whether it exists (AccessDenied, HTTP 403, request REQ1): User x is not "
            "authorized",
            id="denied",
        ),
        pytest.param(
            answer("Odd", 403),
            Cause.DENIED,
            "denied, which does not tell whether it exists (Odd, HTTP 403, request REQ1): ",
            id="any 403",
        ),
        pytest.param(
            answer("SlowDown", 503),
            Cause.THROTTLED,
            "AWS throttled all 5 attempts (SlowDown, HTTP 503, request REQ1) in 14 s",
            id="throttled",
        ),
        pytest.param(
            answer("SlowDown", 503, metadata={"RetryQuotaReached": True, "RetryAttempts": 0}),
            Cause.THROTTLED,
            "AWS throttled all 1 attempts (SlowDown, HTTP 503, request REQ1) in 14 s; this process has no retries left "
            "for the service",
            id="throttled, and no retries left",
        ),
        pytest.param(
            answer("InternalError", 500, "oops", metadata={"RetryAttempts": 0}),
            Cause.SERVICE,
            "AWS failed on all 1 attempts (InternalError, HTTP 500, request REQ1) in 14 s: oops",
            id="AWS failed",
        ),
        pytest.param(
            answer("ExpiredToken", 400, "The provided token AKIAIOSFODNN7EXAMPLE has expired."),
            Cause.CREDENTIALS,
            "AWS does not accept the credentials (ExpiredToken, HTTP 400, request REQ1): they have expired",
            id="expired credentials",
        ),
        pytest.param(
            answer("InvalidAccessKeyId", 403),
            Cause.CREDENTIALS,
            "AWS does not accept the credentials (InvalidAccessKeyId, HTTP 403, request REQ1): AWS does not know the "
            "access key",
            id="a key that AWS does not know, though 403",
        ),
        pytest.param(
            answer("SignatureDoesNotMatch", 403),
            Cause.CREDENTIALS,
            "AWS does not accept the credentials (SignatureDoesNotMatch, HTTP 403, request REQ1): the secret key is "
            "not that of the access key",
            id="another secret key",
        ),
        pytest.param(
            answer("RequestTimeTooSkewed", 403, ServerTime="2026-11-20T21:10:00Z"),
            Cause.CREDENTIALS,
            "this machine's clock differs from AWS's (RequestTimeTooSkewed, HTTP 403, request REQ1): AWS's says "
            "2026-11-20T21:10:00Z",
            id="a wrong clock, and AWS's own",
        ),
        pytest.param(
            answer("SignatureDoesNotMatch", 403, "Signature expired: 20261120T211000Z is now earlier than"),
            Cause.CREDENTIALS,
            "this machine's clock differs from AWS's (SignatureDoesNotMatch, HTTP 403, request REQ1)",
            id="a wrong clock, as STS says it",
        ),
        pytest.param(
            answer("", 407),
            Cause.UNREACHABLE,
            "the proxy wants a user and a password (no code, HTTP 407, request REQ1)",
            id="a proxy that knows nobody",
        ),
        pytest.param(
            {},
            Cause.REFUSED,
            "AWS refused the request (no code, HTTP 0, request none): ",
            id="an answer without a word",
        ),
        pytest.param(
            answer("A\x1b[2J", 400, "b\u202e", metadata={"RequestId": "r\nq"}),
            Cause.REFUSED,
            "AWS refused the request (A\\x1b[2J, HTTP 400, request r q): b\\u202e",
            id="an answer that would move the cursor",
        ),
    ],
)
def test_what_is_told(response: dict[str, Any], cause: Cause, what: str) -> None:
    """Call, account, Region, code and request id stand in every message, and what to do follows it."""
    unread = answered(response, CALL, effort())

    assert (unread.cause, unread.what) == (cause, HEAD + what)
    assert unread.remedy
    assert "AKIA" not in str(unread)


def test_the_time_is_told_where_it_is_known() -> None:
    """Without it, the attempts stand alone."""
    assert answered(answer("SlowDown", 503), CALL).what == (
        f"{HEAD}AWS throttled all 5 attempts (SlowDown, HTTP 503, request REQ1)"
    )


@pytest.mark.parametrize("code", sorted(THROTTLED_CODES))
def test_every_throttling_code(code: str) -> None:
    """Whatever the HTTP status."""
    assert {answered(answer(code, status), CALL).cause for status in (400, 429, 503)} == {Cause.THROTTLED}


def denied(message: str) -> dict[str, Any]:
    return answer("AccessDenied", 403, message)


SCP = "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: x with an explicit deny in a "


@pytest.mark.parametrize(
    ("call", "message", "caller", "remedy"),
    [
        pytest.param(
            CALL,
            "Access Denied",
            MINE,
            "allow s3:GetAccessGrantsLocation to the caller (identity policy, service control policies and, for "
            "another account's instance, its resource policy); where only s3:ListAccessGrantsLocations is allowed, "
            "declare AccessGrantsLocations",
            id="Get denied",
        ),
        pytest.param(
            LIST,
            "Access Denied",
            "",
            "allow s3:ListAccessGrantsLocations to the caller (identity policy, service control policies and, for "
            "another account's instance, its resource policy); where only s3:GetAccessGrantsLocation is allowed, "
            f"declare an AccessGrantsLocation for each location{LEFT_OUT}",
            id="List denied",
        ),
        pytest.param(
            CALL,
            "Access Denied",
            THEIRS,
            f"the credentials are of account {THEIRS}: give assumeRoleArn of a role in account {MINE} that may call "
            "s3:GetAccessGrantsLocation",
            id="the caller is known to be of another account",
        ),
        pytest.param(
            CALL,
            f"User: arn:aws:sts::{THEIRS}:assumed-role/ci/run is not authorized to perform: x",
            "",
            f"the credentials are of account {THEIRS}: give assumeRoleArn of a role in account {MINE} that may call "
            "s3:GetAccessGrantsLocation",
            id="AWS says that the caller is of another account",
        ),
        pytest.param(
            POINT,
            f"{SCP}service control policy",
            THEIRS,
            "the explicit deny in a service control policy must leave s3:GetMultiRegionAccessPoint open in us-west-2; "
            "Multi-Region Access Points are asked for there and nowhere else",
            id="Region-deny of us-west-2",
        ),
        pytest.param(
            CALL,
            f"{SCP}permissions boundary",
            "",
            "the explicit deny in a permissions boundary must leave s3:GetAccessGrantsLocation open in eu-west-1",
            id="a permissions boundary",
        ),
        pytest.param(
            ASSUME,
            "User is not authorized to perform: sts:AssumeRole",
            MINE,
            "allow sts:AssumeRole on this role to the caller, and name the caller in the role's trust policy"
            f"{LEFT_OUT}",
            id="a role that cannot be assumed",
        ),
        pytest.param(
            GRANTS,
            "Access Denied",
            THEIRS,
            f"the credentials are of account {THEIRS}: give assumeRoleArn of a role in account {MINE} that may call "
            f"s3:ListAccessGrants{LEFT_OUT}",
            id="a whole place of another account",
        ),
        pytest.param(
            GRANTS,
            f"{SCP}service control policy",
            "",
            "the explicit deny in a service control policy must leave s3:ListAccessGrants open in me-south-1"
            f"{LEFT_OUT}",
            id="Region-deny of a whole place",
        ),
    ],
)
def test_what_to_do_when_denied(call: Call, message: str, caller: str, remedy: str) -> None:
    """The next step is that of the policy that denies, or of the account that was asked."""
    unread = answered(denied(message), call, effort(caller=caller))

    assert (unread.cause, unread.remedy) == (Cause.DENIED, remedy)


UNKNOWN_KEY = "AWS does not know the access key"
AGAIN = "set the right credentials, or sign in again (temporary credentials expire), then run again"


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        pytest.param("InvalidToken", 400, "the session token is not valid", id="S3, temporary credentials"),
        pytest.param("InvalidAccessKeyId", 403, UNKNOWN_KEY, id="S3, long-term credentials"),
        pytest.param("InvalidClientTokenId", 403, UNKNOWN_KEY, id="STS"),
        pytest.param("UnrecognizedClientException", 400, UNKNOWN_KEY, id="services that speak JSON"),
    ],
)
def test_a_region_that_must_be_enabled_first(code: str, status: int, told: str) -> None:
    """There, AWS knows no credentials of an account that has not enabled it, and says no more than that."""
    opt_in = answered(answer(code, status), GRANTS, effort(caller=MINE))
    always = answered(answer(code, status), CALL, effort(caller=MINE))

    assert {opt_in.cause, always.cause} == {Cause.CREDENTIALS}
    assert opt_in.what.endswith(f"AWS does not accept the credentials ({code}, HTTP {status}, request REQ1): {told}")
    assert opt_in.remedy == (
        f"me-south-1 is a Region that an account must enable: enable it for account {MINE}, or leave it out "
        f"(grantgate:estate: under `except`); session tokens of STS's global endpoint are not valid there; else {AGAIN}"
    )
    assert always.remedy == AGAIN


@pytest.mark.parametrize(
    ("region", "must_be"),
    [
        ("us-east-1", False),
        ("eu-north-1", False),
        ("ap-northeast-3", False),
        ("ap-east-1", True),
        ("eu-south-2", True),
        ("mx-central-1", True),
        ("cn-north-1", False),
        ("us-gov-east-1", False),
        ("", False),
    ],
)
def test_which_regions_must_be_enabled(region: str, *, must_be: bool) -> None:
    """In the partition aws, all that came after March 2019; whose account it is may not be known."""
    unread = answered(answer("InvalidToken", 400), Call("s3:ListAccessGrants", "", region, ""))

    assert ("enable it for the account" in unread.remedy) is must_be


@pytest.mark.parametrize("code", ["ExpiredToken", "SignatureDoesNotMatch"])
def test_what_no_region_is_to_blame_for(code: str) -> None:
    """A token that has expired was known once, and so was the key of a wrong signature."""
    assert "enable" not in answered(answer(code, 403), GRANTS).remedy


def test_a_region_in_which_sts_is_off() -> None:
    """STS says by itself that the account has it switched off in the Region whose STS was asked."""
    said = f"STS is not activated in this region for account:{THEIRS}."
    unread = answered(answer("RegionDisabledException", 403, said), ASSUME, effort())

    assert unread.cause is Cause.WRONG_REGION
    assert unread.what == (
        f"AssumeRole of 'arn:aws:iam::{THEIRS}:role/reader': the Region that was asked is not enabled for the account "
        f"(RegionDisabledException, HTTP 403, request REQ1): {said}"
    )
    assert unread.remedy == (
        f"enable the Region and its STS endpoint for the account, or ask another Region's (AWS_REGION){LEFT_OUT}"
    )


@pytest.mark.parametrize(
    ("response", "named"),
    [
        pytest.param(
            answer("PermanentRedirect", 301, "x", metadata={"HTTPHeaders": {"x-amz-bucket-region": "us-west-2"}}),
            "us-west-2",
            id="in a header",
        ),
        pytest.param(
            answer(
                "301",
                301,
                metadata={
                    "HTTPHeaders": {"location": "https://111122223333.s3-control.ap-southeast-2.amazonaws.com/v"}
                },
            ),
            "ap-southeast-2",
            id="in the Location",
        ),
        pytest.param(
            answer("PermanentRedirect", 301, Endpoint="s3-control.us-gov-west-1.amazonaws.com"),
            "us-gov-west-1",
            id="in the body",
        ),
        pytest.param(
            answer("PermanentRedirect", 301, "only available in the following Regions: us-west-2"),
            "us-west-2",
            id="in the text",
        ),
        pytest.param(
            answer("PermanentRedirect", 301, "elsewhere than eu-west-1"), "", id="only the one that was asked"
        ),
        pytest.param(
            answer("", 307, metadata={"HTTPHeaders": {"location": "http://[bad"}}), "", id="an address that is none"
        ),
        pytest.param(
            answer("", 308, metadata={"HTTPHeaders": {"x-amz-bucket-region": "evil.example/x"}}), "", id="no Region"
        ),
    ],
)
def test_another_region(response: dict[str, Any], named: str) -> None:
    """The Region that AWS names is told, and is what to set; nothing else of the answer is taken for one."""
    unread = answered(response, CALL)

    assert unread.cause is Cause.WRONG_REGION
    assert "S3 answers this call in another Region (" in unread.what
    assert named in unread.what
    assert unread.remedy.startswith(f"set the resource's region{f' to {named}' if named else ''}, and do not point ")


def test_a_role_that_does_not_exist() -> None:
    """IAM has one code for everything that is not there; it is the role's only where the role was asked for."""
    role = Call("iam:GetRole", MINE, "", "arn:aws:iam::111122223333:role/x")
    unread = answered(answer("NoSuchEntity", 404), role)

    assert isinstance(unread, Unread)
    assert (unread.cause, unread.code) == (Cause.NOT_FOUND, "NoSuchEntity")
    assert "IAM has no such role" in unread.what


def test_a_prefix_of_nobody() -> None:
    """There, the account that was asked is the asker's own."""
    unread = answered(
        answer("AccessGrantsInstanceNotExistsError", 404),
        Call("s3:GetAccessGrantsInstanceForPrefix", MINE, "eu-west-1", "s3://acme/x"),
    )

    assert "no S3 Access Grants instance answers for this prefix in this Region" in unread.what
