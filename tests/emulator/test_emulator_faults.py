"""Faults on demand, as the SDKs see them, and the journal of what was served."""

from __future__ import annotations

import http.client
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
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


def test_after(raw: Callable[..., Any], aws: Emulator) -> None:
    """A fault lets as many requests through as it is told, then happens as often as it is told."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "throttle", "after": 2, "times": 1}])
    assert [raw("GET", LOCATION).status for _ in range(2)] == [200, 200]
    assert aws.faults() == [{"operation": GET_LOCATION, "kind": "throttle", "after": 0, "times": 1}]
    raw("GET", "/v20180820/accessgrantsinstance")
    assert [raw("GET", LOCATION).status for _ in range(2)] == [503, 200]


def struck(raw: Callable[..., Any], aws: Emulator, order: list[int], **how: Any) -> dict[int, list[bool]]:
    """Return which requests for each of some locations a fault has struck, in the order of each one's own requests."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "throttle", **how}])
    seen: dict[int, list[bool]] = {}
    for number in order:
        seen.setdefault(number, []).append(raw("GET", f"{LOCATION}-{number}").status == 503)
    return seen


def test_probability(raw: Callable[..., Any], aws: Emulator) -> None:
    """A run draws as the one before did, in whatever order its threads ask; another seed draws otherwise."""
    there = [number for number in range(20) for _ in range(5)]
    first = struck(raw, aws, there, probability=0.5, seed=7)
    assert struck(raw, aws, there[::-1], probability=0.5, seed=7) == first
    assert struck(raw, aws, there, probability=0.5, seed=8) != first
    flat = [hit for hits in first.values() for hit in hits]
    assert 25 < flat.count(True) < 75
    # The same request, made again, may fare otherwise.
    assert any(len(set(hits)) == 2 for hits in first.values())
    assert not any(map(any, struck(raw, aws, there, probability=0).values()))
    assert all(map(all, struck(raw, aws, there, probability=1).values()))


def test_what_is_not_drawn_is_not_used_up(raw: Callable[..., Any], aws: Emulator) -> None:
    """A fault that is drawn happens as often as it is told, however many requests it takes, and then the next one."""
    first = {"operation": "*", "kind": "throttle", "times": 3, "probability": 0.5, "seed": 3}
    aws.set_faults([first, {"operation": "*", "kind": "server-error"}])
    statuses = [raw("GET", LOCATION).status for _ in range(40)]
    assert (statuses.count(503), statuses.count(500)) == (3, 37)
    assert statuses[:3] != [503] * 3


def test_pages_draw_alike(connect: Callable[..., Any], aws: Emulator) -> None:
    """A page's token is new in each run, and does not change what is drawn."""

    def run(seed: int) -> list[int]:
        aws.reset()
        aws.set_faults([{"operation": "*", "kind": "throttle", "probability": 0.5, "seed": seed}])
        client, token = connect(), {}
        for _ in range(8):
            try:
                reply = client.list_access_grants_locations(AccountId=ACCOUNT, MaxResults=1, **token)
            except ClientError:
                continue
            token = {"NextToken": reply["NextToken"]} if "NextToken" in reply else {}
        return [entry["status"] for entry in aws.journal()]

    assert [run(seed) for seed in (1, 2)] == [run(seed) for seed in (1, 2)]


def test_region_deny(connect: Callable[..., Any], aws: Emulator) -> None:
    """A service control policy that closes us-west-2 refuses there what goes on elsewhere."""
    aws.set_faults([{"operation": "*", "kind": "region-deny", "region": "us-west-2"}])
    expected = (
        rf"AccessDenied.* User: arn:aws:iam::{ACCOUNT}:user/grantgate is not authorized to perform: "
        r"s3:GetMultiRegionAccessPoint on resource: \S+ with an explicit deny in a service control policy$"
    )
    with pytest.raises(ClientError, match=expected):
        connect(region="us-west-2").get_multi_region_access_point(AccountId=ACCOUNT, Name="acme-ready")
    connect().get_access_grants_location(**FINANCE)


@pytest.mark.parametrize(
    ("given", "status", "code", "headers"),
    [
        pytest.param({}, 301, "PermanentRedirect", {}, id="bare"),
        pytest.param(
            {"bucketRegion": "us-west-2"}, 301, "PermanentRedirect", {"x-amz-bucket-region": "us-west-2"}, id="Region"
        ),
        pytest.param({"status": 307}, 307, "TemporaryRedirect", {}, id="temporary"),
        pytest.param({"message": "elsewhere"}, 301, "PermanentRedirect", {}, id="other words"),
    ],
)
def test_redirect(
    raw: Callable[..., Any], aws: Emulator, given: dict[str, Any], status: int, code: str, headers: dict[str, str]
) -> None:
    """A redirect has the headers it was told and no other that says where."""
    aws.set_faults([{"operation": "*", "kind": "redirect", **given}])
    reply = raw("GET", LOCATION)
    assert (reply.status, f"<Code>{code}</Code>".encode() in reply.body) == (status, True)
    where = {name: text for name, text in reply.headers.items() if name in {"location", "x-amz-bucket-region"}}
    assert where == headers
    assert given.get("message", "").encode() in reply.body


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_follows_a_redirect(connect: Callable[..., Any], aws: Emulator, status: int) -> None:
    """A redirect of S3 Control is an error to botocore, which goes nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)  # noqa: FBT003  # socket's own argument
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        aws.set_faults([{"operation": "*", "kind": "redirect", "status": status, "url": url}])
        with pytest.raises(ClientError) as caught:
            connect().get_access_grants_location(**FINANCE)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["location"] == url
    assert len(aws.journal()) == 1


@pytest.mark.parametrize(
    ("offset", "service", "code", "words"),
    [
        pytest.param(800, "s3control", "", "", id="S3 tolerates a quarter of an hour"),
        pytest.param(1000, "s3control", "RequestTimeTooSkewed", "too large", id="S3, ahead"),
        pytest.param(-1000, "s3control", "RequestTimeTooSkewed", "too large", id="S3, behind"),
        pytest.param(200, "sts", "", "", id="STS tolerates five minutes"),
        pytest.param(400, "sts", "SignatureDoesNotMatch", "Signature expired: ", id="STS, ahead"),
        pytest.param(-400, "sts", "SignatureDoesNotMatch", "Signature not yet current: ", id="STS, behind"),
    ],
)
def test_skew(connect: Callable[..., Any], aws: Emulator, offset: int, service: str, code: str, words: str) -> None:
    """A clock that goes wrong shows in the Date header, and refuses what was signed too far from it."""
    aws.set_faults([{"operation": "*", "kind": "skew", "offset": offset}])
    client = connect(service)
    try:
        reply = client.get_caller_identity() if service == "sts" else client.get_access_grants_location(**FINANCE)
    except ClientError as refusal:
        reply = refusal.response
    assert reply.get("Error", {}).get("Code", "") == code
    assert words in reply.get("Error", {}).get("Message", "")
    told = parsedate_to_datetime(reply["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert abs(told - datetime.now(UTC) - timedelta(seconds=offset)) < timedelta(seconds=90)
    if code == "RequestTimeTooSkewed":
        server = datetime.fromisoformat(reply["Error"]["ServerTime"])
        assert abs(server - told) < timedelta(seconds=90)
        assert reply["Error"]["MaxAllowedSkewMilliseconds"] == "900000"


def test_a_client_that_knows_the_skew(raw: Callable[..., Any], aws: Emulator) -> None:
    """A request that is signed with the server's own time is answered."""
    aws.set_faults([{"operation": "*", "kind": "skew", "offset": -86400}])
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert raw("GET", LOCATION, {"X-Amz-Date": yesterday.strftime("%Y%m%dT%H%M%SZ")}).status == 200
    assert raw("GET", LOCATION, {"X-Amz-Date": "no moment"}).status == 403


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
        ([{"operation": "*", "kind": "reset", "after": -1}], r"\[0\].after: -1 breaks minimum 0"),
        ([{"operation": "*", "kind": "reset", "probability": 2}], r"\[0\].probability: 2 breaks maximum 1"),
        ([{"operation": "*", "kind": "reset", "seed": 1}], r"\[0\].seed: without a probability there is nothing"),
        ([{"operation": "*", "kind": "reset", "seconds": 1}], r'\[0\]: "seconds" is no key of reset; its keys are acc'),
        ([{"operation": "*", "kind": "error", "code": "X", "status": 200}], r"\[0\].status: 200 breaks minimum 300"),
        ([{"operation": "*", "kind": "malformed"}], r"\[0\]: .* needs the key 'body'"),
        ([{"operation": "*", "kind": "malformed", "body": "odd"}], r'\[0\].body: "odd" must be one of xml, html, '),
        (
            [{"operation": "*", "kind": "malformed", "body": "nul", "url": "http://127.0.0.1/"}],
            r"\[0\].url: only a body of external-entity",
        ),
        (
            [{"operation": "*", "kind": "malformed", "body": "external-entity", "url": "http://example.com/"}],
            r'\[0\].url: "http://example.com/" must match ',
        ),
        (
            [{"operation": "*", "kind": "redirect", "url": "http://127.0.0.1.example.com/"}],
            r"\[0\].url: .* must match ",
        ),
        ([{"operation": "*", "kind": "redirect", "status": 303}], r"\[0\].status: 303 must be one of 301, 302, "),
        ([{"operation": "*", "kind": "content-type"}], r"\[0\]: .* needs the key 'contentType'"),
        (
            [{"operation": "*", "kind": "content-type", "contentType": "a\r\nSet-Cookie: b"}],
            r"\[0\].contentType: .* must match ",
        ),
        ([{"operation": "*", "kind": "huge"}], r"\[0\]: .* needs the key 'megabytes'"),
        ([{"operation": "*", "kind": "page-loop"}], r"\[0\]: .* needs the key 'style'"),
        (
            [{"operation": GET_LOCATION, "kind": "page-loop", "style": "same"}],
            r"\[0\].operation: .* a list call, or \*",
        ),
        ([{"operation": "*", "kind": "gone"}], r"\[0\]: .* needs the key 'location'"),
        ([{"operation": "GetRole", "kind": "gone", "location": "a"}], r"\[0\].operation: \"GetRole\" must be GetAcc"),
        ([{"operation": "*", "kind": "gone", "location": "a b"}], r'\[0\].location: "a b" must match '),
        ([{"operation": "*", "kind": "change-after", "location": "a"}], r"\[0\]: .* needs the key 'roleArn'"),
        ([{"operation": "*", "kind": "skew"}], r"\[0\]: .* needs the key 'offset'"),
        ([{"operation": "*", "kind": "region-deny"}], r"\[0\]: .* needs the key 'region'"),
        ([{"operation": "*", "kind": "region-deny", "region": None}], r"\[0\].region: null must be string"),
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
