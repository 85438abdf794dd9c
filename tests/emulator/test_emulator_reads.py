"""What the lookups read, over boto3: every read of instances, locations, grants and access points, as seeded."""

from __future__ import annotations

import cProfile
import json
import pstats
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from grantgate_emulator.seed import SeedError, parse_seed
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
OTHER = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance"
CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
ROUTE_REGIONS = ["us-east-1", "us-west-2", "ap-southeast-2", "ap-northeast-1", "eu-west-1"]
HOSTILE = "s3://acme-data/::error::<b>&amp;|`@all`\r\n\u202e\ud800\x1b[31m/*"


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Return the code and the HTTP status a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(AccountId=ACCOUNT, **arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def without_metadata(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


def many(count: int) -> dict[str, Any]:
    """Return a seed of ten accounts with as many locations each."""

    def locations(account: str) -> list[dict[str, Any]]:
        role = f"arn:aws:iam::{account}:role/r"
        return [{"scope": f"s3://bucket-{account}/prefix-{number}/*", "roleArn": role} for number in range(count)]

    accounts = [f"{number:012d}" for number in range(111111111110, 111111111120)]
    return {
        "defaultAccount": accounts[0],
        "accounts": {
            account: {"regions": {"eu-west-1": {"instance": {}, "locations": locations(account)}}}
            for account in accounts
        },
    }


def test_instance(connect: Callable[..., Any]) -> None:
    """An instance shows Identity Center under three names; where there is none, it shows none."""
    reply = without_metadata(connect().get_access_grants_instance(AccountId=ACCOUNT))
    application = reply["IdentityCenterApplicationArn"]
    assert application.startswith(f"arn:aws:sso::{ACCOUNT}:application/ssoins-1234567890abcdef/apl-")
    assert reply == {
        "AccessGrantsInstanceArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default",
        "AccessGrantsInstanceId": "default",
        # The deprecated member holds the application.
        "IdentityCenterArn": application,
        "IdentityCenterInstanceArn": CENTER,
        "IdentityCenterApplicationArn": application,
        "CreatedAt": datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
    }
    bare = connect(region="us-east-1").get_access_grants_instance(AccountId=ACCOUNT)
    assert not {"IdentityCenterArn", "IdentityCenterInstanceArn", "IdentityCenterApplicationArn"} & bare.keys()
    nowhere = connect(region="us-west-2").get_access_grants_instance
    assert refused(nowhere) == ("AccessGrantsInstanceNotExistsError", 404)


def test_resource_policy(connect: Callable[..., Any]) -> None:
    """An instance's policy comes with its organization; without a policy, and without an instance, it is a 404."""
    reply = connect().get_access_grants_instance_resource_policy(AccountId=ACCOUNT)
    assert json.loads(reply["Policy"])["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    assert (reply["Organization"], reply["CreatedAt"].year) == ("o-a1b2c3d4e5", 2026)
    without = connect(region="us-east-1").get_access_grants_instance_resource_policy
    assert refused(without) == ("AccessGrantsInstanceResourcePolicyNotExists", 404)
    nowhere = connect(region="us-west-2").get_access_grants_instance_resource_policy
    assert refused(nowhere) == ("AccessGrantsInstanceNotExistsError", 404)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_locations_page_by_page(connect: Callable[..., Any], size: int) -> None:
    """Pages of every size hold every location once, in order."""
    client, token, seen = connect(), {}, []
    while True:
        reply = client.list_access_grants_locations(AccountId=ACCOUNT, MaxResults=size, **token)
        assert len(reply["AccessGrantsLocationsList"]) <= size
        seen += reply["AccessGrantsLocationsList"]
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}
    assert [entry["AccessGrantsLocationId"] for entry in seen] == ["loc-finance", "loc-logs", "default"]
    for entry in seen:
        alone = client.get_access_grants_location(
            AccountId=ACCOUNT, AccessGrantsLocationId=entry["AccessGrantsLocationId"]
        )
        assert without_metadata(alone) == entry


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        ("s3://acme-data/finance/*", ["loc-finance"]),
        ("s3://acme-data/finance/", []),
        ("s3://", ["default"]),
        ("s3://acme-logs", ["loc-logs"]),
    ],
)
def test_locations_of_a_scope(connect: Callable[..., Any], scope: str, ids: list[str]) -> None:
    """A filter finds the very scope that was registered."""
    reply = connect().list_access_grants_locations(AccountId=ACCOUNT, LocationScope=scope)
    assert [entry["AccessGrantsLocationId"] for entry in reply["AccessGrantsLocationsList"]] == ids


def test_an_empty_list_is_a_list(connect: Callable[..., Any]) -> None:
    """An instance without locations and grants has empty lists; where there is no instance, there is no list."""
    client = connect(region="us-east-1")
    assert client.list_access_grants_locations(AccountId=ACCOUNT)["AccessGrantsLocationsList"] == []
    assert client.list_access_grants(AccountId=ACCOUNT)["AccessGrantsList"] == []
    nowhere = connect(region="us-west-2")
    for call in (nowhere.list_access_grants_locations, nowhere.list_access_grants):
        assert refused(call) == ("AccessGrantsInstanceNotExistsError", 404)


def test_filtered_grants_page_by_page(connect: Callable[..., Any]) -> None:
    """A filter goes on holding on the pages behind the first."""
    client, wanted = connect(), {"AccountId": ACCOUNT, "GranteeType": "IAM", "MaxResults": 1}
    first = client.list_access_grants(**wanted)
    second = client.list_access_grants(**wanted, NextToken=first["NextToken"])
    assert "NextToken" not in second
    permissions = [grant["Permission"] for page in (first, second) for grant in page["AccessGrantsList"]]
    assert permissions == ["READ", "READWRITE"]


def test_access_points(connect: Callable[..., Any], aws: Emulator) -> None:
    """Status, Regions, policies and routes of an access point are those of the seed."""
    allow = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
    entry = {
        "name": "acme-global",
        "status": "INCONSISTENT_ACROSS_REGIONS",
        "regions": [
            {"bucket": "acme-data", "region": "eu-west-1"},
            {"bucket": "acme-us", "region": "us-east-1", "bucketAccountId": OTHER, "trafficDialPercentage": 0},
        ],
        "publicAccessBlock": {"blockPublicPolicy": False},
        "policy": allow,
        "proposedPolicy": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]},
    }
    aws.seed({"accounts": {ACCOUNT: {"multiRegionAccessPoints": [entry, {"name": "bare", "regions": []}]}}})
    west = connect(region="us-west-2")
    point = west.get_multi_region_access_point(AccountId=ACCOUNT, Name="acme-global")["AccessPoint"]
    assert (point["Status"], point["PublicAccessBlock"]["BlockPublicPolicy"]) == ("INCONSISTENT_ACROSS_REGIONS", False)
    assert point["PublicAccessBlock"]["BlockPublicAcls"] is True
    assert point["Regions"] == [
        {"Bucket": "acme-data", "Region": "eu-west-1", "BucketAccountId": ACCOUNT},
        {"Bucket": "acme-us", "Region": "us-east-1", "BucketAccountId": OTHER},
    ]
    policies = west.get_multi_region_access_point_policy(AccountId=ACCOUNT, Name="acme-global")["Policy"]
    assert json.loads(policies["Established"]["Policy"]) == allow
    assert json.loads(policies["Proposed"]["Policy"]) == entry["proposedPolicy"]
    status = west.get_multi_region_access_point_policy_status(AccountId=ACCOUNT, Name="acme-global")
    assert status["Established"] == {"IsPublic": True}
    for call in (west.get_multi_region_access_point_policy, west.get_multi_region_access_point_policy_status):
        assert refused(call, Name="bare") == ("NoSuchMultiRegionAccessPointPolicy", 404)
        assert refused(call, Name="nobody") == ("NoSuchMultiRegionAccessPoint", 404)
    arn = f"arn:aws:s3::{ACCOUNT}:accesspoint/{point['Alias']}"
    for region in ROUTE_REGIONS:
        routes = connect(region=region).get_multi_region_access_point_routes(AccountId=ACCOUNT, Mrap=arn)
        assert [route["TrafficDialPercentage"] for route in routes["Routes"]] == [100, 0]
    aws.reset()
    aws.seed({"accounts": {ACCOUNT: {"multiRegionAccessPoints": [entry]}}})
    again = west.get_multi_region_access_point(AccountId=ACCOUNT, Name="acme-global")["AccessPoint"]
    assert again["Alias"] == point["Alias"]


def test_hostile_texts(connect: Callable[..., Any], aws: Emulator) -> None:
    """A scope comes out of the answer as it was seeded, but for characters no XML can hold."""
    entry = {"id": "loc", "scope": HOSTILE, "roleArn": ROLE}
    aws.seed({"accounts": {ACCOUNT: {"regions": {"eu-west-1": {"instance": {}, "locations": [entry]}}}}})
    listed = connect().list_access_grants_locations(AccountId=ACCOUNT)["AccessGrantsLocationsList"][0]
    assert listed["LocationScope"] == HOSTILE.replace("\ud800", "\ufffd").replace("\x1b", "\ufffd")


def test_planting_grows_with_the_seed_and_no_faster() -> None:
    """Twice the locations take about twice the work, counted in calls and not in time."""

    def calls(count: int) -> int:
        content = many(count)
        with cProfile.Profile() as profile:
            Emulator(content)
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]  # typeshed does not know it

    Emulator(many(1))  # what is loaded only once
    assert calls(80) / calls(40) < 2.2


def test_ten_thousand_locations(connect: Callable[..., Any], aws: Emulator) -> None:
    """Ten accounts hold a thousand locations each, and one call lists an account's."""
    content = json.dumps(many(1000))
    aws.seed(parse_seed(content))
    account = json.loads(content)["defaultAccount"]
    reply = connect().list_access_grants_locations(AccountId=account)
    assert (len(reply["AccessGrantsLocationsList"]), "NextToken" in reply) == (1000, False)
    assert aws.journal()[0]["items"] == 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('{"accounts": {}, "accounts": {}}', "found duplicate key", id="a key twice"),
        pytest.param('{"accounts": {}', "not YAML: ", id="cut off"),
    ],
)
def test_json_is_read_as_strictly_as_yaml(text: str, message: str) -> None:
    """A seed in JSON is refused for the same mistakes, though another reader reads it."""
    with pytest.raises(SeedError, match=message):
        parse_seed(text)
