"""Multi-Region Access Points over boto3: us-west-2 only, scripted operations, idempotency, routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_emulator.server import Emulator

ACCOUNT = "111122223333"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/TTFYWa3pckRXc5905vmgCyvw7nbsHgBa_-"
FAILING = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/failing"
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
POLICY = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}'


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Return the code and the HTTP status a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def west(connect: Callable[..., Any]) -> Any:
    """Return a client where Multi-Region Access Points are managed."""
    return connect(region="us-west-2")


def poll(client: Any, token: str) -> dict[str, Any]:
    """Return the operation behind a token."""
    reply = client.describe_multi_region_access_point_operation(AccountId=ACCOUNT, RequestTokenARN=token)
    operation: dict[str, Any] = reply["AsyncOperation"]
    return operation


def create(client: Any, name: str, *buckets: str, attempt: str = "once") -> str:
    """Ask for an access point and return the request's token."""
    details = {"Name": name, "Regions": [{"Bucket": bucket} for bucket in buckets]}
    reply = client.create_multi_region_access_point(AccountId=ACCOUNT, ClientToken=attempt, Details=details)
    arn: str = reply["RequestTokenARN"]
    return arn


def test_seeded_timeline(west: Any) -> None:
    """Each poll shows the next entry and the last one stays; details come only at the end."""
    first, second, third = (poll(west, TOKEN) for _ in range(3))
    assert [first["RequestStatus"], second["RequestStatus"], third["RequestStatus"]] == [
        "INPROGRESS",
        "SUCCEEDED",
        "SUCCEEDED",
    ]
    assert "ResponseDetails" not in first
    assert second["ResponseDetails"] == {
        "MultiRegionAccessPointDetails": {
            "Regions": [
                {"Name": "eu-west-1", "RequestStatus": "SUCCEEDED"},
                {"Name": "us-east-1", "RequestStatus": "SUCCEEDED"},
            ]
        }
    }


def test_failed_operation(west: Any) -> None:
    """A failure is an HTTP 200 with ErrorDetails and a status per Region."""
    poll(west, FAILING)
    details = poll(west, FAILING)["ResponseDetails"]
    assert details["ErrorDetails"] == {
        "Code": "NoSuchBucket",
        "Message": "gone",
        "Resource": "acme-data-us",
        "RequestId": "R1",
    }
    statuses = {entry["Name"]: entry["RequestStatus"] for entry in details["MultiRegionAccessPointDetails"]["Regions"]}
    assert statuses == {"eu-west-1": "SUCCEEDED", "us-east-1": "FAILED"}


def test_expiry(west: Any, aws: Emulator) -> None:
    """An expired token, an unknown one and another account's are all simply not found."""
    gone = ("NoSuchAsyncRequest", 404)
    describe = west.describe_multi_region_access_point_operation
    aws.state.requests[TOKEN].expires_after_polls = 1
    assert poll(west, TOKEN)["RequestStatus"] == "INPROGRESS"
    assert refused(describe, AccountId=ACCOUNT, RequestTokenARN=TOKEN) == gone
    aws.state.expire_request(FAILING)
    assert refused(describe, AccountId=ACCOUNT, RequestTokenARN=FAILING) == gone
    assert refused(describe, AccountId=ACCOUNT, RequestTokenARN=f"{TOKEN}x") == gone


def test_seeded_expiry(west: Any, aws: Emulator) -> None:
    """A seed says which tokens have expired, and which will after how many polls."""
    base = {"operation": "DeleteMultiRegionAccessPoint", "name": "acme-global"}
    lasting = {**base, "token": TOKEN, "timeline": ["INPROGRESS"], "expiresAfterPolls": 2}
    aws.seed({"accounts": {ACCOUNT: {"operations": [lasting, {**base, "token": FAILING, "expired": True}]}}})
    describe = west.describe_multi_region_access_point_operation
    assert refused(describe, AccountId=ACCOUNT, RequestTokenARN=FAILING) == ("NoSuchAsyncRequest", 404)
    assert [poll(west, TOKEN)["RequestStatus"] for _ in range(2)] == ["INPROGRESS"] * 2
    assert refused(describe, AccountId=ACCOUNT, RequestTokenARN=TOKEN) == ("NoSuchAsyncRequest", 404)


def test_another_accounts_token(connect: Callable[..., Any]) -> None:
    stranger = connect(region="us-west-2", key="AKIASTRANGER")
    describe = stranger.describe_multi_region_access_point_operation
    assert refused(describe, AccountId="777788889999", RequestTokenARN=TOKEN) == ("NoSuchAsyncRequest", 404)
    assert refused(describe, AccountId=ACCOUNT, RequestTokenARN=TOKEN) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("list_multi_region_access_points", {}),
        ("get_multi_region_access_point", {"Name": "acme-ready"}),
        ("get_multi_region_access_point_policy", {"Name": "acme-ready"}),
        ("get_multi_region_access_point_policy_status", {"Name": "acme-ready"}),
        ("describe_multi_region_access_point_operation", {"RequestTokenARN": TOKEN}),
        ("delete_multi_region_access_point", {"ClientToken": "t", "Details": {"Name": "acme-ready"}}),
        ("get_multi_region_access_point_routes", {"Mrap": "m1234567890ab.mrap"}),
    ],
)
def test_only_some_regions_answer(connect: Callable[..., Any], call: str, arguments: dict[str, Any]) -> None:
    """Elsewhere the answer is a redirect that names the Regions, and no SDK follows it."""
    with pytest.raises(ClientError, match="only available in the following Regions: us-") as caught:
        getattr(connect(region="eu-central-1"), call)(AccountId=ACCOUNT, **arguments)
    assert caught.value.response["Error"]["Code"] == "PermanentRedirect"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 301


def test_creation(west: Any) -> None:
    """An access point is CREATING until its token has been polled to the end; unset flags are on."""
    token = create(west, "acme-new", "acme-data", "acme-data-west")
    assert re.fullmatch(rf"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/[\w-]+", token)
    assert west.get_multi_region_access_point(AccountId=ACCOUNT, Name="acme-new")["AccessPoint"]["Status"] == "CREATING"
    first = poll(west, token)
    assert first["RequestStatus"] == "INPROGRESS"
    asked = first["RequestParameters"]["CreateMultiRegionAccessPointRequest"]
    assert asked["PublicAccessBlock"] == dict.fromkeys(FLAGS, True)
    assert poll(west, token)["RequestStatus"] == "SUCCEEDED"

    made = west.get_multi_region_access_point(AccountId=ACCOUNT, Name="acme-new")["AccessPoint"]
    assert made["Status"] == "READY"
    assert re.fullmatch(r"[a-z][a-z0-9]*[.]mrap", made["Alias"])
    assert made["Regions"] == [
        {"Bucket": "acme-data", "Region": "eu-west-1", "BucketAccountId": ACCOUNT},
        {"Bucket": "acme-data-west", "Region": "us-west-2", "BucketAccountId": ACCOUNT},
    ]
    listed = west.list_multi_region_access_points(AccountId=ACCOUNT)["AccessPoints"]
    assert [entry["Name"] for entry in listed] == ["acme-new", "acme-ready"]


@pytest.mark.parametrize(
    ("name", "regions", "code"),
    [
        pytest.param("acme-ready", ["acme-data"], "MultiRegionAccessPointAlreadyOwnedByYou", id="the name is taken"),
        pytest.param("acme-new", ["no-such-bucket"], "NoSuchBucket", id="no such bucket"),
        pytest.param(
            "acme-new", ["acme-data", "acme-logs"], "MultiRegionAccessPointSameBucketRegion", id="same Region"
        ),
        pytest.param("acme-new", ["other-data"], "AccessDenied", id="another account's bucket"),
    ],
)
def test_creation_fails_later(west: Any, name: str, regions: list[str], code: str) -> None:
    """Most mistakes are accepted first and surface in the operation."""
    token = create(west, name, *regions)
    poll(west, token)
    last = poll(west, token)
    assert last["RequestStatus"] == "FAILED"
    assert last["ResponseDetails"]["ErrorDetails"]["Code"] == code
    assert [e["Name"] for e in west.list_multi_region_access_points(AccountId=ACCOUNT)["AccessPoints"]] == [
        "acme-ready"
    ]


def test_client_token(west: Any) -> None:
    """The same ClientToken is the same request; with other parameters it is refused."""
    token = create(west, "acme-new", "acme-data")
    assert create(west, "acme-new", "acme-data") == token
    assert create(west, "acme-new", "acme-data", attempt="twice") != token
    details = {"Name": "acme-else", "Regions": [{"Bucket": "acme-data"}]}
    again = refused(west.create_multi_region_access_point, AccountId=ACCOUNT, ClientToken="once", Details=details)
    assert again == ("IdempotencyException", 400)


def test_policy_is_proposed_then_established(west: Any) -> None:
    """A policy holds only when its operation has succeeded."""
    ask = {"AccountId": ACCOUNT, "Name": "acme-ready"}
    before = west.get_multi_region_access_point_policy(**ask)["Policy"]["Established"]["Policy"]
    assert west.get_multi_region_access_point_policy_status(**ask)["Established"] == {"IsPublic": False}
    details = {"Name": "acme-ready", "Policy": POLICY}
    put = west.put_multi_region_access_point_policy(AccountId=ACCOUNT, ClientToken="p", Details=details)
    during = west.get_multi_region_access_point_policy(**ask)["Policy"]
    assert during == {"Established": {"Policy": before}, "Proposed": {"Policy": POLICY}}
    busy = west.delete_multi_region_access_point(AccountId=ACCOUNT, ClientToken="d", Details={"Name": "acme-ready"})
    poll(west, put["RequestTokenARN"])
    assert poll(west, put["RequestTokenARN"])["Operation"] == "PutMultiRegionAccessPointPolicy"
    after = west.get_multi_region_access_point_policy(**ask)["Policy"]
    assert after["Established"]["Policy"] == POLICY
    assert west.get_multi_region_access_point_policy_status(**ask)["Established"] == {"IsPublic": True}
    poll(west, busy["RequestTokenARN"])
    failed = poll(west, busy["RequestTokenARN"])["ResponseDetails"]["ErrorDetails"]
    assert failed["Code"] == "MultiRegionAccessPointModifiedByAnotherRequest"
    malformed = {"Name": "acme-ready", "Policy": "not json"}
    put = west.put_multi_region_access_point_policy(AccountId=ACCOUNT, ClientToken="m", Details=malformed)
    poll(west, put["RequestTokenARN"])
    assert poll(west, put["RequestTokenARN"])["ResponseDetails"]["ErrorDetails"]["Code"] == "MalformedPolicy"


def test_no_policy(west: Any) -> None:
    """An access point without a policy has an error of its own, and so has a missing one."""
    create(west, "acme-new", "acme-data")
    for call in (west.get_multi_region_access_point_policy, west.get_multi_region_access_point_policy_status):
        assert refused(call, AccountId=ACCOUNT, Name="acme-new") == ("NoSuchMultiRegionAccessPointPolicy", 404)
        assert refused(call, AccountId=ACCOUNT, Name="nobody") == ("NoSuchMultiRegionAccessPoint", 404)


def test_deletion(west: Any) -> None:
    """An access point is DELETING until its token has been polled to the end."""
    asked = {"AccountId": ACCOUNT, "ClientToken": "d", "Details": {"Name": "acme-ready"}}
    token = west.delete_multi_region_access_point(**asked)["RequestTokenARN"]
    assert "/mrap/delete/" in token
    assert west.delete_multi_region_access_point(**asked)["RequestTokenARN"] == token
    shown = west.get_multi_region_access_point(AccountId=ACCOUNT, Name="acme-ready")["AccessPoint"]
    assert shown["Status"] == "DELETING"
    poll(west, token)
    assert poll(west, token)["RequestStatus"] == "SUCCEEDED"
    code = refused(west.get_multi_region_access_point, AccountId=ACCOUNT, Name="acme-ready")
    assert code == ("NoSuchMultiRegionAccessPoint", 404)


def test_a_scripted_failure_takes_the_access_point_away(west: Any, aws: Emulator) -> None:
    """A test can give a request another future."""
    token = create(west, "acme-new", "acme-data")
    aws.state.set_timeline(token, ["INPROGRESS", "INPROGRESS", "FAILED"], {"Code": "InternalErrors", "Message": "m"})
    assert [poll(west, token)["RequestStatus"] for _ in range(3)] == ["INPROGRESS", "INPROGRESS", "FAILED"]
    code = refused(west.get_multi_region_access_point, AccountId=ACCOUNT, Name="acme-new")
    assert code == ("NoSuchMultiRegionAccessPoint", 404)


def test_routes(connect: Callable[..., Any]) -> None:
    """A Region is active or passive, and one always stays active; eu-west-1 answers for routes."""
    s3control = connect(region="eu-west-1")
    mrap = {"AccountId": ACCOUNT, "Mrap": f"arn:aws:s3::{ACCOUNT}:accesspoint/m1234567890ab.mrap"}

    def dials() -> dict[str, int]:
        routes = s3control.get_multi_region_access_point_routes(**mrap)["Routes"]
        return {route["Region"]: route["TrafficDialPercentage"] for route in routes}

    submit = s3control.submit_multi_region_access_point_routes
    assert dials() == {"eu-west-1": 100, "us-east-1": 100}
    submit(**mrap, RouteUpdates=[{"Region": "us-east-1", "TrafficDialPercentage": 0}])
    assert dials() == {"eu-west-1": 100, "us-east-1": 0}
    last = [{"Bucket": "acme-data", "TrafficDialPercentage": 0}]
    assert refused(submit, **mrap, RouteUpdates=last) == ("InvalidRequest", 400)
    half = [{"Bucket": "acme-data", "TrafficDialPercentage": 50}]
    assert refused(submit, **mrap, RouteUpdates=half) == ("InvalidRequest", 400)
    stranger = [{"Bucket": "elsewhere", "TrafficDialPercentage": 0}]
    assert refused(submit, **mrap, RouteUpdates=stranger) == ("InvalidRequest", 400)
    assert dials() == {"eu-west-1": 100, "us-east-1": 0}
    code = refused(s3control.get_multi_region_access_point_routes, AccountId=ACCOUNT, Mrap="mabc.mrap")
    assert code == ("NoSuchMultiRegionAccessPoint", 404)


def test_a_bucket_made_through_s3(connect: Callable[..., Any], west: Any) -> None:
    """Buckets of moto's S3 count as well as seeded ones."""
    s3 = connect("s3", region="eu-north-1")
    s3.create_bucket(Bucket="made-by-s3", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    token = create(west, "acme-new", "made-by-s3")
    poll(west, token)
    regions = poll(west, token)["ResponseDetails"]["MultiRegionAccessPointDetails"]["Regions"]
    assert regions == [{"Name": "eu-north-1", "RequestStatus": "SUCCEEDED"}]
