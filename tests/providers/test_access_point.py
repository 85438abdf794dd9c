"""Multi-Region Access Points: what is read of one, against an AWS over HTTP, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.access_point import AccessPointLookup, access_point_name
from grantgate.calls import clients
from grantgate.kinds import ACCESS_POINT
from grantgate.lookup import Lookup, RefreshFailed
from grantgate_emulator.server import Emulator
from pulumi.runtime.rpc import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grantgate_emulator.state import AccessPoint

ACCOUNT, OTHER = "111122223333", "444455556666"
NAME, ALIAS = "acme-global", "mfzwi23gnjvgw.mrap"
ARN = f"arn:aws:s3::{ACCOUNT}:accesspoint/{ALIAS}"
READER = f"arn:aws:iam::{OTHER}:role/gate-reader"
PRIVATE = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]})
PUBLIC = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/object/*"}],
    }
)
POINT: dict[str, Any] = {
    "name": NAME,
    "alias": ALIAS,
    "createdAt": "2026-03-02T08:00:00Z",
    "regions": [
        {"bucket": "acme-us", "region": "us-east-1", "trafficDialPercentage": 0},
        {"bucket": "acme-eu", "region": "eu-west-1", "bucketAccountId": OTHER},
    ],
}
SEED: dict[str, Any] = {
    "defaultAccount": ACCOUNT,
    "accounts": {
        ACCOUNT: {
            "multiRegionAccessPoints": [
                POINT,
                {**POINT, "name": "acme-private", "alias": "mprivate.mrap", "policy": PRIVATE},
                {**POINT, "name": "acme-public", "alias": "mpublic.mrap", "policy": PUBLIC},
                {**POINT, "name": "acme-proposed", "alias": "mproposed.mrap", "proposedPolicy": PUBLIC},
                {**POINT, "name": "acme-new", "alias": "mnew.mrap", "status": "CREATING"},
            ]
        },
        OTHER: {"multiRegionAccessPoints": [{**POINT, "alias": "mother.mrap"}]},
    },
}
BLOCK = dict.fromkeys(("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"), True)
LIVE = {
    "name": NAME,
    "accountId": ACCOUNT,
    "region": "us-west-2",
    "alias": ALIAS,
    "arn": ARN,
    "status": "READY",
    "createdAt": "2026-03-02T08:00:00Z",
    "publicAccessBlock": BLOCK,
    "regions": [
        {"bucket": "acme-eu", "region": "eu-west-1", "bucketAccountId": OTHER},
        {"bucket": "acme-us", "region": "us-east-1", "bucketAccountId": ACCOUNT},
    ],
    "routes": [
        {"bucket": "acme-eu", "region": "eu-west-1", "trafficDialPercentage": 100},
        {"bucket": "acme-us", "region": "us-east-1", "trafficDialPercentage": 0},
    ],
    "lookup": "performed",
}
READS = ["GetMultiRegionAccessPoint", "GetMultiRegionAccessPointPolicy", "GetMultiRegionAccessPointRoutes"]
STATUS = "GetMultiRegionAccessPointPolicyStatus"


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    """Serve one emulator for all tests of this file."""
    with Emulator(SEED) as emulator:
        yield emulator


@pytest.fixture
def cloud(running: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Give the emulator as it was at the start, an environment that reaches nothing else, and new clients."""
    running.reset()
    running.clear_journal()
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3_CONTROL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_ACCESS_KEY_ID": "AKIACANARYCANARYCANA",
        "AWS_SECRET_ACCESS_KEY": "canary+secret/access+key",
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    fresh = clients.Clients()
    monkeypatch.setattr(clients, "CLIENTS", fresh)
    monkeypatch.setattr(Lookup, "stack_region", "eu-west-1")
    monkeypatch.setattr(Lookup, "stack_profile", "")
    yield running
    fresh.close()


def checked(**news: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Give the checked inputs without their moment, and the failures as (property, reason)."""
    result = AccessPointLookup().check({}, {**news, "__provider": "gASV"})
    found = {name: value for name, value in result.inputs.items() if name != "readAt"}
    return found, [(one.property, one.reason) for one in result.failures]


def told(**news: Any) -> str:
    """Give the one reason of the failure, which is on the name."""
    found, [(property_, reason)] = checked(**{"name": NAME, "accountId": ACCOUNT, **news})
    assert found["lookup"] == "failed"
    assert set(found).isdisjoint(ACCESS_POINT.live)
    assert property_ == "name"
    return reason


def calls(emulator: Emulator) -> list[str]:
    return [str(call["operation"]) for call in emulator.journal()]


def point(emulator: Emulator) -> AccessPoint:
    return emulator.state.access_points[ACCOUNT, NAME]


def test_an_access_point(cloud: Emulator) -> None:
    """Every live value, in us-west-2 whatever the stack's Region; Regions and routes in one order."""
    assert checked(name=NAME) == (LIVE, [])
    assert calls(cloud) == ["GetCallerIdentity", *READS]
    assert {call["region"] for call in cloud.journal()[1:]} == {"us-west-2"}


@pytest.mark.parametrize(
    ("name", "expected", "asked"),
    [
        pytest.param(NAME, {}, False, id="none"),
        pytest.param(
            "acme-private", {"policy": PRIVATE, "proposedPolicy": PRIVATE, "policyIsPublic": False}, True, id="private"
        ),
        pytest.param(
            "acme-public", {"policy": PUBLIC, "proposedPolicy": PUBLIC, "policyIsPublic": True}, True, id="public"
        ),
        pytest.param("acme-proposed", {"proposedPolicy": PUBLIC}, False, id="proposed only"),
    ],
)
def test_policies(cloud: Emulator, name: str, expected: dict[str, Any], asked: bool) -> None:  # noqa: FBT001 - a column
    """A policy that does not exist is none; S3's judgement is asked for where a policy holds."""
    found, faults = checked(name=name, accountId=ACCOUNT)

    assert faults == []
    assert {key: found[key] for key in ACCESS_POINT.sometimes if key in found} == expected
    assert (STATUS in calls(cloud)) is asked


def test_another_account(cloud: Emulator) -> None:
    """The role's account is asked, and the ARN is of that account."""
    found, faults = checked(name=NAME, assumeRoleArn=READER)

    assert faults == []
    assert (found["accountId"], found["arn"]) == (OTHER, f"arn:aws:s3::{OTHER}:accesspoint/mother.mrap")
    assert calls(cloud) == ["AssumeRole", *READS]


def test_an_access_point_that_is_being_made(cloud: Emulator) -> None:
    """Its status is S3's word, and what cannot be read of it yet is told with that word."""
    assert checked(name="acme-new", accountId=ACCOUNT)[0]["status"] == "CREATING"

    cloud.set_faults([{"operation": READS[2], "kind": "error", "status": 404, "code": "NoSuchMultiRegionAccessPoint"}])

    assert "; its status is 'CREATING'" in told(name="acme-new")


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        pytest.param(NAME, None, id="a name"),
        pytest.param("abc", None, id="three"),
        pytest.param("a" * 50, None, id="fifty"),
        pytest.param("ab", "is not the name of a Multi-Region Access Point: 3 to 50 lower-case letters", id="two"),
        pytest.param("a" * 51, "is not the name", id="fifty-one"),
        pytest.param("Acme", "is not the name", id="capitals"),
        pytest.param("-acme", "is not the name", id="a hyphen first"),
        pytest.param("acme/../x", "is not the name", id="a path"),
        pytest.param("acme\n", "'acme\\n' is not the name", id="a line break"),
        pytest.param(ALIAS, f"'{ALIAS}' is an alias; the access point's name is needed", id="an alias"),
        pytest.param(ARN, "is not the name", id="an ARN"),
        pytest.param(7, "7 is a number, not text", id="a number"),
        pytest.param(None, "None is nothing, not text", id="nothing"),
    ],
)
def test_names(value: Any, complaint: str | None) -> None:
    """A name becomes part of a path, so its form is checked before any call."""
    found = access_point_name(value)

    assert found is None if complaint is None else complaint in str(found)


@pytest.mark.parametrize(
    ("props", "property_", "reason"),
    [
        pytest.param({"region": "eu-west-1"}, "region", "'eu-west-1' is not 'us-west-2'", id="another Region"),
        pytest.param(
            {"assumeRoleArn": "arn:aws-cn:iam::111122223333:role/reader"},
            "assumeRoleArn",
            "partition 'aws-cn' has no Multi-Region Access Points",
            id="another partition",
        ),
        pytest.param({"name": None}, "name", "is required", id="no name"),
    ],
)
def test_inputs_that_do_not_fit(cloud: Emulator, props: dict[str, Any], property_: str, reason: str) -> None:
    """Each fault is on its own property, and nothing is asked."""
    _, faults = checked(**{"name": NAME, **props})

    assert [one for one, _ in faults] == [property_]
    assert reason in faults[0][1]
    assert calls(cloud) == []


def test_an_unknown_name_is_not_looked_up(cloud: Emulator) -> None:
    """In a preview that does not know the name yet, nothing is asked and every live value is unknown."""
    found, faults = checked(name=UNKNOWN)

    assert (faults, calls(cloud), found["lookup"]) == ([], [], "pending")
    assert {found[name] for name in ACCESS_POINT.live + ACCESS_POINT.sometimes} == {UNKNOWN}


def test_no_such_access_point(cloud: Emulator) -> None:
    """S3's code, the account, and what to do."""
    reason = told(name="acme-nowhere")

    assert "GetMultiRegionAccessPoint of 'acme-nowhere' in account 111122223333, Region us-west-2" in reason
    assert "NoSuchMultiRegionAccessPoint, HTTP 404" in reason
    assert calls(cloud) == READS[:1]


@pytest.mark.parametrize("operation", [*READS, STATUS])
@pytest.mark.parametrize(
    ("fault", "text"),
    [
        pytest.param({"kind": "access-denied"}, "s3:{operation}", id="denied"),
        pytest.param({"kind": "server-error"}, "InternalError", id="5xx"),
        pytest.param({"kind": "malformed", "body": "wrong-root"}, "{operation}", id="another document"),
        pytest.param({"kind": "malformed", "body": "empty"}, "{operation}", id="nothing"),
        pytest.param({"kind": "truncate"}, "{operation}", id="cut"),
    ],
)
def test_no_call_may_fail(cloud: Emulator, operation: str, fault: dict[str, Any], text: str) -> None:
    """Whichever of the calls gives no answer, the lookup fails and names that call: a part is never the whole."""
    cloud.set_faults([{"operation": operation, **fault}])

    reason = told(name="acme-public")

    assert f"{operation} of 'acme-public'" in reason
    assert text.format(operation=operation) in reason


def lose_flag(found: AccessPoint) -> None:
    del found.public_access_block["BlockPublicAcls"]


def lose_region(found: AccessPoint) -> None:
    found.regions[0].region = ""


def repeat_region(found: AccessPoint) -> None:
    found.regions[0].region = "eu-west-1"
    found.regions[0].bucket = "acme-eu"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda found: setattr(found, "alias", ""), "the answer lacks Alias", id="no alias"),
        pytest.param(
            lambda found: setattr(found, "alias", "../../x"),
            "the alias '../../x' has not the form",
            id="a path as alias",
        ),
        pytest.param(lambda found: setattr(found, "status", ""), "the answer lacks Status", id="no status"),
        pytest.param(
            lambda found: setattr(found, "name", "acme-other"), "the answer is about 'acme-other'", id="another"
        ),
        pytest.param(lose_flag, "the answer lacks BlockPublicAcls", id="three flags"),
        pytest.param(lose_region, "the answer lacks Region", id="no Region"),
        pytest.param(repeat_region, "Region 'eu-west-1' has two routes", id="a Region twice"),
    ],
)
def test_an_answer_that_lacks_something(cloud: Emulator, change: Callable[[AccessPoint], None], reason: str) -> None:
    """What S3 documents as there is there, or the answer is none."""
    change(point(cloud))

    assert reason in told()


def test_a_dial_is_told_as_it_is(cloud: Emulator) -> None:
    """A percentage that nobody documents is the rules' to judge, not to hide."""
    point(cloud).regions[0].dial = 50

    found, _ = checked(name=NAME, accountId=ACCOUNT)

    assert [route["trafficDialPercentage"] for route in found["routes"]] == [100, 50]


# --- the rest of the lifecycle ----------------------------------------------------------------------------------------


def test_ids() -> None:
    """An id is ACCOUNT/NAME, and names what it was made of."""
    lookup = AccessPointLookup()

    assert lookup.resource_id({**LIVE}) == f"{ACCOUNT}/{NAME}"
    assert lookup.from_id(f"{ACCOUNT}/{NAME}") == {"accountId": ACCOUNT, "name": NAME}
    for wrong in ("", NAME, f"{ACCOUNT}/us-west-2/{NAME}"):
        with pytest.raises(ValueError, match="is not ACCOUNT/NAME"):
            lookup.from_id(wrong)


def test_drift(cloud: Emulator) -> None:
    """A policy that became public, and a route that was turned, are differences."""
    before, _ = checked(name="acme-private", accountId=ACCOUNT)
    changed = cloud.state.access_points[ACCOUNT, "acme-private"]
    changed.established_policy = PUBLIC
    changed.regions[0].dial = 100
    after, _ = checked(name="acme-private", accountId=ACCOUNT)
    lookup = AccessPointLookup()

    assert not lookup.diff("", before, before).changes
    assert lookup.diff("", before, after).changes
    assert lookup.diff("", before, after).replaces == []
    assert {key for key in after if after[key] != before[key]} == {"policy", "policyIsPublic", "routes"}


def test_refresh(cloud: Emulator) -> None:
    """A refresh reads anew; what is gone leaves the state, and what cannot be read stops it."""
    lookup = AccessPointLookup()
    assert lookup.read(f"{ACCOUNT}/{NAME}", {}).outs["arn"] == ARN

    cloud.set_faults([{"operation": READS[1], "kind": "access-denied"}])
    with pytest.raises(RefreshFailed, match="GetMultiRegionAccessPointPolicy of 'acme-global'"):
        lookup.read(f"{ACCOUNT}/{NAME}", LIVE)

    cloud.set_faults([])
    del cloud.state.access_points[ACCOUNT, NAME]
    assert lookup.read(f"{ACCOUNT}/{NAME}", LIVE).id == ""
