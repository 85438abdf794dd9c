"""Faults on demand, as the SDKs see them, and the journal of what was served."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError
from botocore.parsers import ResponseParserError
from grantgate_emulator import operations
from grantgate_emulator.faults import FaultError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_emulator.server import Emulator

ACCOUNT = "111122223333"
LOCATION = "/v20180820/accessgrantsinstance/location/loc-finance"
FINANCE = {"AccountId": ACCOUNT, "AccessGrantsLocationId": "loc-finance"}
GET_LOCATION = "GetAccessGrantsLocation"


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        pytest.param({"kind": "throttle"}, "SlowDown", 503, id="throttle"),
        pytest.param({"kind": "server-error"}, "InternalError", 500, id="server error"),
        pytest.param({"kind": "access-denied"}, "AccessDenied", 403, id="access denied"),
        pytest.param({"kind": "error", "code": "Odd", "status": 418, "message": "<m>&"}, "Odd", 418, id="any error"),
        pytest.param({"kind": "error", "code": "Flat", "status": 400, "form": "flat"}, "Flat", 400, id="flat XML"),
    ],
)
def test_errors(connect: Callable[..., Any], aws: Emulator, fault: dict[str, Any], code: str, status: int) -> None:
    """An error fault is what the SDK raises, and other operations go on."""
    aws.set_faults([{"operation": GET_LOCATION, **fault}])
    with pytest.raises(ClientError) as caught:
        connect().get_access_grants_location(**FINANCE)
    reply = caught.value.response
    assert (reply["Error"]["Code"], reply["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert reply["Error"]["Message"] == fault.get("message", reply["Error"]["Message"])
    assert reply["ResponseMetadata"]["RequestId"]
    connect().get_access_grants_instance(AccountId=ACCOUNT)
    assert aws.journal()[0]["code"] == code


def test_denied_names_the_action(connect: Callable[..., Any], aws: Emulator) -> None:
    """The message of a refusal names who, which IAM action and on what."""
    aws.set_faults([{"operation": "*", "kind": "access-denied"}])
    expected = (
        rf"User: arn:aws:iam::{ACCOUNT}:user/grantgate is not authorized to perform: s3:GetAccessGrantsLocation "
        rf"on resource: arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/loc-finance because "
    )
    with pytest.raises(ClientError, match=expected):
        connect().get_access_grants_location(**FINANCE)


def test_times(connect: Callable[..., Any], aws: Emulator) -> None:
    """A fault with a number ends; botocore's retries get through."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "throttle", "times": 2}])
    client = connect(retries={"total_max_attempts": 3, "mode": "standard"})
    assert client.get_access_grants_location(**FINANCE)["ResponseMetadata"]["RetryAttempts"] == 2
    assert [entry["status"] for entry in aws.journal()] == [503, 503, 200]
    assert aws.faults() == [{"operation": GET_LOCATION, "kind": "throttle", "times": 0}]


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        ({"account": ACCOUNT}, True),
        ({"account": "999999999999"}, False),
        ({"region": "eu-west-1"}, True),
        ({"region": "us-west-2"}, False),
        ({"match": "loc-finance"}, True),
        ({"match": "loc-logs"}, False),
        ({"match": "s3://acme-data"}, True),
        ({"match": "s3%3A%2F%2Facme-data"}, True),
        ({"operation": "*"}, True),
        ({"operation": "GetAccessGrant"}, False),
    ],
)
def test_conditions(raw: Callable[..., Any], aws: Emulator, condition: dict[str, str], hits: bool) -> None:  # noqa: FBT001  # a case
    """A fault strikes only where all its conditions hold."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "throttle", **condition}])
    assert raw("GET", LOCATION + "?about=s3%3A%2F%2Facme-data").status == (503 if hits else 200)


def test_switched_over_http(raw: Callable[..., Any], control: Callable[..., tuple[int, Any]]) -> None:
    """Another process switches faults on and off."""
    assert control("PUT", "faults", [{"operation": "*", "kind": "throttle"}]) == (200, {"status": "ok"})
    assert raw("GET", LOCATION).status == 503
    assert control("PUT", "faults", []) == (200, {"status": "ok"})
    assert raw("GET", LOCATION).status == 200


def test_latency(raw: Callable[..., Any], aws: Emulator) -> None:
    """Waiting is followed by the right answer, or by the next fault."""
    wait = {"operation": "*", "kind": "latency", "seconds": 0.2}
    aws.set_faults([wait, {"operation": "*", "kind": "server-error", "times": 1}])
    started = time.monotonic()
    assert [raw("GET", LOCATION).status for _ in range(2)] == [500, 200]
    assert time.monotonic() - started >= 0.4
    assert [entry["faults"] for entry in aws.journal()] == [["latency", "server-error"], ["latency"]]


def test_truncated_body(raw: Callable[..., Any], aws: Emulator) -> None:
    """The header promises the whole body and the connection ends in the middle of it."""
    whole = raw("GET", LOCATION).body
    aws.set_faults([{"operation": GET_LOCATION, "kind": "truncate"}])
    with pytest.raises(http.client.IncompleteRead) as caught:
        raw("GET", LOCATION)
    assert caught.value.partial == whole[: len(whole) // 2]
    assert caught.value.expected == len(whole) - len(whole) // 2


def test_broken_connections_in_botocore(connect: Callable[..., Any], aws: Emulator) -> None:
    """A cut body and a closed connection are errors in botocore, and the next call works."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "truncate"}])
    with pytest.raises((ResponseParserError, HTTPClientError)):
        connect().get_access_grants_location(**FINANCE)
    aws.set_faults([{"operation": GET_LOCATION, "kind": "reset"}])
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        connect().get_access_grants_location(**FINANCE)
    aws.set_faults([])
    connect().get_access_grants_location(**FINANCE)


def test_reset_is_a_reset(raw: Callable[..., Any], aws: Emulator) -> None:
    """The connection ends with RST, not with a polite end."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "reset"}])
    with pytest.raises(ConnectionResetError):
        raw("GET", LOCATION)


def test_sts_faults(connect: Callable[..., Any], aws: Emulator) -> None:
    """STS is throttled, broken and refused in its own words."""
    sts = connect("sts")
    cases = [
        ("throttle", "Throttling", 400),
        ("server-error", "InternalFailure", 500),
        ("access-denied", "AccessDenied", 403),
    ]
    for kind, code, status in cases:
        aws.set_faults([{"operation": "GetCallerIdentity", "kind": kind}])
        with pytest.raises(ClientError) as caught:
            sts.get_caller_identity()
        reply = caught.value.response
        assert (reply["Error"]["Code"], reply["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    aws.set_faults([{"operation": "AssumeRole", "kind": "access-denied"}])
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="session")


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        ({}, r"\(top\): {} must be array"),
        ([{"operation": "GetAccessGrant"}], r"\[0\]: .* needs the key 'kind'"),
        ([{"operation": "x y", "kind": "reset"}], r'\[0\].operation: "x y" must match'),
        ([{"operation": "*", "kind": "sleep"}], r'\[0\].kind: "sleep" must be one of throttle, '),
        ([{"operation": "*", "kind": "latency"}], r"\[0\]: .* needs the key 'seconds'"),
        ([{"operation": "*", "kind": "error", "code": "X"}], r"\[0\]: .* needs the key 'status'"),
        ([{"operation": "*", "kind": "reset", "time": 1}], r"\[0\]: .* unknown key 'time'; known keys are account, "),
        ([{"operation": "*", "kind": "reset", "times": 0}], r"\[0\].times: 0 breaks minimum 1"),
        (
            [{"operation": "*", "kind": "reset"}, {"operation": "GetAccessGrantsLocaton", "kind": "reset"}],
            r'^\[1\].operation: "GetAccessGrantsLocaton" must be .*, or \* \(did you mean "GetAccessGrantsLocation"',
        ),
        ([{"operation": "GetCallerIdentiy", "kind": "reset"}], r'\(did you mean "GetCallerIdentity"\?\)$'),
        ([{"operation": "Xyzzy", "kind": "reset"}], r'"Xyzzy" must be an operation of s3control, .*, or \*$'),
        ([{"operation": "GetObject", "kind": "reset"}], r'"GetObject" must be an HTTP method, .*mean "GET"\?\)$'),
    ],
)
def test_bad_faults(aws: Emulator, control: Callable[..., tuple[int, Any]], faults: Any, message: str) -> None:
    """A fault that cannot be meant is refused with place, value and limit, and changes nothing."""
    good = [{"operation": "*", "kind": "throttle", "times": 3}]
    aws.set_faults(good)
    with pytest.raises(FaultError, match=message):
        aws.set_faults(faults)
    status, reply = control("PUT", "faults", faults)
    assert (status, list(reply)) == (400, ["error"])
    assert control("GET", "faults") == (200, good)


@pytest.mark.parametrize(
    ("operation", "service", "call", "given"),
    [
        pytest.param(GET_LOCATION, "s3control", "get_access_grants_location", FINANCE, id="s3control"),
        pytest.param("GetCallerIdentity", "sts", "get_caller_identity", {}, id="sts"),
        pytest.param("ListUsers", "iam", "list_users", {}, id="iam"),
        pytest.param("GET", "s3", "list_buckets", {}, id="s3, by method"),
        pytest.param("*", "iam", "list_users", {}, id="any"),
    ],
)
def test_known_operations(
    connect: Callable[..., Any], aws: Emulator, operation: str, service: str, call: str, given: dict[str, str]
) -> None:
    """A fault that is accepted happens, whichever of the services its operation belongs to."""
    aws.set_faults([{"operation": operation, "kind": "error", "code": "Odd", "status": 418}])
    with pytest.raises(ClientError, match=r"\(Odd\)"):
        getattr(connect(service), call)(**given)


def test_mistakes_of_our_own(
    raw: Callable[..., Any], aws: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A handler that fails is an AWS-style 500, and its traceback is logged."""

    def fail(_: Any) -> Any:
        raise KeyError("a mistake")

    monkeypatch.setitem(operations.HANDLERS, GET_LOCATION, fail)
    reply = raw("GET", LOCATION)
    assert (reply.status, b"KeyError" in reply.body, b"<Code>InternalError</Code>" in reply.body) == (500, True, True)
    assert "Traceback" in caplog.text
    assert aws.journal()[0]["code"] == "InternalError"


def test_journal_hides_signatures(connect: Callable[..., Any], raw: Callable[..., Any], aws: Emulator) -> None:
    """A presigned URL is written down without what it is worth."""
    asked = {"Bucket": "bucket", "Key": "key"}
    for version in ("s3v4", "s3"):
        url = connect("s3", signature_version=version).generate_presigned_url("get_object", Params=asked)
        assert "Signature=" in url
        raw("GET", url.removeprefix(aws.url), {"Authorization": ""})
        assert "Signature=..." in aws.journal()[-1]["query"]
    assert aws.journal()[0]["accessKeyId"] == "AKIAUNKNOWN"


def test_journal(connect: Callable[..., Any], aws: Emulator, control: Callable[..., tuple[int, Any]]) -> None:
    """Every AWS request is written down in order, without its signature."""
    connect().get_access_grants_location(**FINANCE)
    with pytest.raises(ClientError) as caught:
        connect(key="AKIAOTHER").get_access_grants_instance(AccountId=ACCOUNT)
    connect("sts").get_caller_identity()
    first, second, third = aws.journal()
    assert first["requestId"]
    expected = {
        "service": "s3control",
        "operation": GET_LOCATION,
        "method": "GET",
        "path": LOCATION,
        "account": ACCOUNT,
        "region": "eu-west-1",
        "caller": f"arn:aws:iam::{ACCOUNT}:user/grantgate",
        "accessKeyId": "AKIAUNKNOWN",
        "status": 200,
        "code": None,
    }
    assert {key: first[key] for key in expected} == expected
    assert (second["status"], second["code"], second["accessKeyId"]) == (403, "AccessDenied", "AKIAOTHER")
    assert second["requestId"] == caught.value.response["ResponseMetadata"]["RequestId"]
    assert (third["service"], third["operation"]) == ("sts", "GetCallerIdentity")
    assert control("GET", "journal") == (200, aws.journal())
    assert "Signature" not in str(aws.journal())
    assert control("DELETE", "journal")[0] == 200
    assert aws.journal() == []
