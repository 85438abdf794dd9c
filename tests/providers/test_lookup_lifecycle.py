"""Check, diff, create and read of every lookup, against an AWS over HTTP that each test owns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.instance import InstanceForPrefixLookup
from grantgate.kinds import LOOKUP_TYPES
from grantgate.location import LocationLookup
from grantgate.lookup import Lookup, RefreshFailed
from grantgate.operation import OperationLookup
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

if TYPE_CHECKING:
    from grantgate_emulator.server import Emulator

ACCOUNT, OTHER = "111122223333", "444455556666"
REGION = "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance"
READER = f"arn:aws:iam::{OTHER}:role/gate-reader"
TOKENS = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/"
KEY_ID, SECRET_KEY = "AKIACANARYCANARYCANA", "canary+secret/access+key/canary+secret0k"  # those of conftest.py
SEED: dict[str, Any] = {
    "defaultAccount": ACCOUNT,
    "accounts": {
        ACCOUNT: {
            "regions": {
                REGION: {
                    "instance": {},
                    "buckets": ["acme-data"],
                    "locations": [
                        {
                            "id": "good",
                            "scope": "s3://acme-data/finance/*",
                            "roleArn": ROLE,
                            "createdAt": "2026-03-02T08:00:00Z",
                        }
                    ],
                },
                "us-east-1": {"buckets": ["acme-data-us"]},
            },
            "operations": [
                {
                    "token": f"{TOKENS}done",
                    "operation": "CreateMultiRegionAccessPoint",
                    "name": "acme-done",
                    "regions": [{"bucket": "acme-data"}, {"bucket": "acme-data-us"}],
                    "timeline": ["SUCCEEDED"],
                },
                {
                    "token": f"{TOKENS}slow",
                    "operation": "CreateMultiRegionAccessPoint",
                    "name": "acme-slow",
                    "regions": [{"bucket": "acme-data"}],
                    "timeline": ["INPROGRESS", "INPROGRESS", "SUCCEEDED"],
                },
                {
                    "token": f"{TOKENS}failing",
                    "operation": "CreateMultiRegionAccessPoint",
                    "name": "acme-failing",
                    "regions": [{"bucket": "acme-data"}, {"bucket": "acme-data-us"}],
                    "timeline": ["FAILED"],
                    "regionStatuses": {REGION: "SUCCEEDED", "us-east-1": "FAILED"},
                    "error": {"code": "NoSuchBucket", "message": "gone", "resource": "acme-data-us", "requestId": "R1"},
                },
            ],
        },
        OTHER: {"regions": {REGION: {"instance": {}, "buckets": ["other-data"]}}},
    },
}
LOCATION = {"accessGrantsLocationId": "good"}
LIVE_LOCATION = {
    "accessGrantsLocationId": "good",
    "accountId": ACCOUNT,
    "region": REGION,
    "accessGrantsLocationArn": f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default/location/good",
    "locationScope": "s3://acme-data/finance/*",
    "iamRoleArn": ROLE,
    "createdAt": "2026-03-02T08:00:00Z",
    "lookup": "performed",
    "readAt": "2026-11-20T21:10:00Z",
}


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    """Give what the AWS of this file holds."""
    return SEED


def checked(
    lookup: Lookup, olds: dict[str, Any] | None = None, /, **news: Any
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Give the checked inputs, and the failures as (property, reason)."""
    result = lookup.check(olds or {}, {**news, "__provider": "gASV"})
    return result.inputs, [(one.property, one.reason) for one in result.failures]


def calls(emulator: Emulator) -> list[str]:
    return [str(call["operation"]) for call in emulator.journal()]


# --- check ------------------------------------------------------------------------------------------------------------


def test_a_location(cloud: Emulator) -> None:
    """Every live value, account and Region, the mark; nothing of the provider."""
    assert checked(LocationLookup(), **LOCATION) == (LIVE_LOCATION, [])
    assert calls(cloud) == ["GetCallerIdentity", "GetAccessGrantsLocation"]


def test_an_instance(cloud: Emulator) -> None:
    """Owner and Region are those of the ARN."""
    found, faults = checked(InstanceForPrefixLookup(), s3Prefix="s3://acme-data/x", accountId=ACCOUNT)

    assert faults == []
    assert (found["ownerAccountId"], found["instanceRegion"], found["lookup"]) == (ACCOUNT, REGION, "performed")
    assert calls(cloud) == ["GetAccessGrantsInstanceForPrefix"]


@pytest.mark.parametrize(
    ("token", "state", "failed"),
    [
        pytest.param("done", "SUCCEEDED", [], id="succeeded"),
        pytest.param("slow", "IN_PROGRESS", [], id="in progress"),
        pytest.param("failing", "FAILED", ["us-east-1"], id="failed"),
    ],
)
def test_an_operation(cloud: Emulator, token: str, state: str, failed: list[str]) -> None:
    """The token names its account, and us-west-2 is asked whatever the environment says."""
    found, faults = checked(OperationLookup(), requestTokenArn=TOKENS + token)

    assert faults == []
    assert (found["state"], found["failedRegions"], found["region"]) == (state, failed, "us-west-2")
    assert set(LOOKUP_TYPES[OperationLookup.kind.type].live) <= found.keys()
    assert calls(cloud) == ["DescribeMultiRegionAccessPointOperation"]


@pytest.mark.parametrize("mark", [UNKNOWN, Unknown()], ids=["as text", "as an object"])
@pytest.mark.parametrize(
    ("lookup", "props"),
    [
        pytest.param(LocationLookup(), {"accessGrantsLocationId": None}, id="an unknown location"),
        pytest.param(LocationLookup(), {**LOCATION, "region": None}, id="an unknown Region"),
        pytest.param(LocationLookup(), {**LOCATION, "assumeRoleArn": None}, id="an unknown role"),
        pytest.param(InstanceForPrefixLookup(), {"s3Prefix": None}, id="an unknown prefix"),
        pytest.param(OperationLookup(), {"requestTokenArn": None}, id="an unknown token"),
        pytest.param(OperationLookup(), {"requestTokenArn": f"{TOKENS}done", "wait": None}, id="an unknown wait"),
    ],
)
def test_an_unknown_input(cloud: Emulator, lookup: Lookup, props: dict[str, Any], mark: Any) -> None:
    """AWS is not asked; the mark says so, and every live value is unknown, not absent."""
    news = {name: mark if value is None else value for name, value in props.items()}

    found, faults = checked(lookup, **news)

    assert (found["lookup"], faults) == ("pending", [])
    assert {found[name] for name in (*lookup.kind.live, *lookup.kind.sometimes)} == {UNKNOWN}
    assert calls(cloud) == []


@pytest.mark.parametrize(
    ("lookup", "news", "faults"),
    [
        pytest.param(LocationLookup(), {}, [("accessGrantsLocationId", "is required")], id="no location"),
        pytest.param(
            LocationLookup(), {"accessGrantsLocationId": None}, [("accessGrantsLocationId", "is required")], id="null"
        ),
        pytest.param(
            LocationLookup(),
            {"accessGrantsLocationId": "a/b", "accountId": "12", "region": "x"},
            [
                (
                    "accessGrantsLocationId",
                    "'a/b' is not a location id of 1 to 64 letters, digits and hyphens ('default' for s3://)",
                ),
                ("accountId", "'12' is not an AWS account id of 12 digits"),
                ("region", "'x' is not a Region name such as 'eu-west-1'"),
            ],
            id="three faults at once",
        ),
        pytest.param(
            LocationLookup(),
            {"accessGrantsLocationId": UNKNOWN, "accountId": "12"},
            [("accountId", "'12' is not an AWS account id of 12 digits")],
            id="a fault beside an unknown",
        ),
        pytest.param(
            OperationLookup(),
            {"requestTokenArn": f"{TOKENS}done", "accountId": OTHER, "region": REGION},
            [
                ("accountId", f"'{OTHER}' is not the token's account '{ACCOUNT}'"),
                ("region", "'eu-west-1' is not 'us-west-2', where S3 keeps these requests; leave it out"),
            ],
            id="a token of another place",
        ),
        pytest.param(
            OperationLookup(),
            {"requestTokenArn": f"{TOKENS}done".replace("arn:aws:", "arn:aws-cn:")},
            [
                (
                    "requestTokenArn",
                    "partition 'aws-cn' has no Multi-Region Access Points, only 'aws' has",
                )
            ],
            id="a token of another partition",
        ),
        pytest.param(
            OperationLookup(),
            {"requestTokenArn": f"{TOKENS}done", "waitTimeoutSeconds": float("nan"), "wait": "yes"},
            [
                ("wait", "'yes' is not true or false"),
                ("waitTimeoutSeconds", "nan is not a whole number of seconds"),
            ],
            id="a wait that is none",
        ),
    ],
)
def test_faults(cloud: Emulator, lookup: Lookup, news: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    """Each fault on its own property, the mark says failed, and AWS is not asked."""
    found, told = checked(lookup, **news)

    assert (found["lookup"], told) == ("failed", faults)
    assert not set(found) & set(lookup.kind.live)
    assert calls(cloud) == []


@pytest.mark.parametrize("name", ["locationScope", "iamRoleArn", "lookup", "createdAt", "tags"])
def test_live_values_cannot_be_handed_in(cloud: Emulator, name: str) -> None:
    """What a program says about AWS is not what AWS says."""
    found, faults = checked(LocationLookup(), {}, **LOCATION, **{name: "handed-in"})

    assert (found, faults) == (LIVE_LOCATION, [])
    assert calls(cloud)


def test_earlier_values_are_never_kept(cloud: Emulator) -> None:
    """A failed read leaves nothing of the last one behind."""
    cloud.set_faults([{"operation": "GetAccessGrantsLocation", "kind": "access-denied"}])

    found, faults = checked(LocationLookup(), LIVE_LOCATION, **LOCATION)

    assert found == {**LOCATION, "lookup": "failed"}
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("fault", "told", "remedy"),
    [
        pytest.param(
            {"kind": "access-denied"}, "denied, which does not tell whether it exists", "allow s3:", id="denied"
        ),
        pytest.param({"kind": "throttle"}, "AWS throttled all 1 attempts", "run again later", id="throttled"),
        pytest.param({"kind": "server-error"}, "AWS failed on all 1 attempts", "run again later", id="AWS failed"),
        pytest.param({"kind": "reset"}, "no answer at 127.0.0.1:", "check the network", id="unreachable"),
        pytest.param({"kind": "truncate"}, ": ", "To do: ", id="half an answer"),
        pytest.param(
            {"kind": "error", "code": "ExpiredToken", "status": 400, "message": KEY_ID},
            "AWS does not accept the credentials",
            "sign in again",
            id="expired",
        ),
        pytest.param(
            {"kind": "error", "code": "Odd", "status": 400, "message": f"{KEY_ID} {SECRET_KEY}"},
            "AWS refused the request",
            "correct the inputs",
            id="refused",
        ),
    ],
)
@pytest.mark.parametrize(
    ("lookup", "news"),
    [
        pytest.param(LocationLookup(), {**LOCATION, "accountId": ACCOUNT}, id="location"),
        pytest.param(InstanceForPrefixLookup(), {"s3Prefix": "s3://acme-data/", "accountId": ACCOUNT}, id="instance"),
        pytest.param(OperationLookup(), {"requestTokenArn": f"{TOKENS}done"}, id="operation"),
    ],
)
def test_a_read_that_fails(
    cloud: Emulator, lookup: Lookup, news: dict[str, Any], fault: dict[str, Any], told: str, remedy: str
) -> None:
    """One failure on the subject: call, account, Region, code and what to do; never an empty success, never a key."""
    cloud.set_faults([{"operation": "*", **fault}])

    found, faults = checked(lookup, **news)

    ((name, reason),) = faults
    assert (found["lookup"], name) == ("failed", lookup.kind.subject)
    assert reason.startswith(f"{lookup.kind.action.partition(':')[2]} of ")
    assert f" in account {ACCOUNT}, Region " in reason
    assert told in reason
    assert remedy in reason
    assert KEY_ID not in reason
    assert SECRET_KEY not in reason


@pytest.mark.parametrize(
    ("lookup", "news", "told"),
    [
        pytest.param(
            LocationLookup(), {"accessGrantsLocationId": "none"}, "no such location is registered", id="no location"
        ),
        pytest.param(
            LocationLookup(),
            {**LOCATION, "region": "us-east-1"},
            "the account has no S3 Access Grants instance in this Region",
            id="no instance",
        ),
        pytest.param(
            OperationLookup(),
            {"requestTokenArn": f"{TOKENS}never"},
            "S3 does not know this request token; AWS answers the same for a token that has expired",
            id="no token",
        ),
    ],
)
def test_what_is_not_there(cloud: Emulator, lookup: Lookup, news: dict[str, Any], told: str) -> None:
    """Not found is a failure by name."""
    found, ((name, reason),) = checked(lookup, **news)

    assert (found["lookup"], name) == ("failed", lookup.kind.subject)
    assert told in reason
    assert calls(cloud)


def test_no_region(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is guessed."""
    monkeypatch.delenv("AWS_REGION")

    _, faults = checked(LocationLookup(), **LOCATION)

    told = "no Region is set; set the resource's region, `pulumi config set aws:region`, or AWS_REGION"
    assert faults == [("accessGrantsLocationId", told)]
    assert calls(cloud) == []


def test_a_role_of_another_partition(cloud: Emulator) -> None:
    """The Region's partition has no such role: nobody is asked."""
    role = "arn:aws:iam::111122223333:role/gate-reader"
    _, faults = checked(LocationLookup(), **{**LOCATION, "region": "cn-north-1", "assumeRoleArn": role})

    told = (
        f"assumeRoleArn {role!r} is of partition 'aws', and Region 'cn-north-1' is of 'aws-cn'; take a role of the "
        "Region's partition, or set the resource's region"
    )
    assert faults == [("accessGrantsLocationId", told)]
    assert calls(cloud) == []


def test_an_endpoint_with_a_password(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What botocore says about a bad endpoint is told without the user's part of it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", "https://user:canary-pass@bad host/")

    _, ((_, reason),) = checked(LocationLookup(), accountId=ACCOUNT, **LOCATION)

    assert "canary-pass" not in reason
    assert calls(cloud) == []


def test_an_assumed_role(cloud: Emulator) -> None:
    """The role's account is asked with the role's keys, and no key gets into the inputs."""
    found, faults = checked(LocationLookup(), assumeRoleArn=READER, **LOCATION)

    assert found["lookup"] == "failed"
    assert f" in account {OTHER}, " in faults[0][1]
    assert calls(cloud) == ["AssumeRole", "GetAccessGrantsLocation"]
    assert cloud.journal()[1]["accessKeyId"] != KEY_ID
    assert "canary" not in json.dumps([found, faults])


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_waiting_until_it_succeeds(cloud: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Each attempt is told, and the last state counts."""
    found, faults = checked(OperationLookup(), requestTokenArn=f"{TOKENS}slow", wait=True, waitPollSeconds=1.0)

    assert (found["state"], faults) == ("SUCCEEDED", [])
    assert capsys.readouterr().err.count(f"waiting for {TOKENS}slow: INPROGRESS after ") == 2
    assert calls(cloud) == ["DescribeMultiRegionAccessPointOperation"] * 3


def test_waiting_ends_when_it_fails(cloud: Emulator) -> None:
    """S3's own code is the reason."""
    found, ((name, reason),) = checked(OperationLookup(), requestTokenArn=f"{TOKENS}failing", wait=True)

    assert (found["lookup"], name) == ("failed", "requestTokenArn")
    assert "the operation FAILED: NoSuchBucket: gone. To do: " in reason
    assert len(calls(cloud)) == 1


def test_waiting_in_vain(cloud: Emulator) -> None:
    """A request that is not done in time is a failure, not an unknown."""
    news = {"requestTokenArn": f"{TOKENS}slow", "wait": True, "waitTimeoutSeconds": 1, "waitPollSeconds": 1}
    found, ((_, reason),) = checked(OperationLookup(), **news)

    assert found["lookup"] == "failed"
    assert "still 'INPROGRESS' at the last read within 1 s" in reason
    assert calls(cloud)


# --- an expired token -------------------------------------------------------------------------------------------------


def kept(state: str, **props: Any) -> dict[str, Any]:
    return {
        "requestTokenArn": f"{TOKENS}old",
        "accountId": ACCOUNT,
        "region": "us-west-2",
        "state": state,
        "requestStatus": state,
        "lookup": "performed",
        "__provider": "gASV",
        **props,
    }


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED"])
def test_a_terminal_state_outlives_its_token(cloud: Emulator, state: str) -> None:
    """It never changes again; what was asked comes from the program, not from the last run."""
    olds = kept(state, assumeRoleArn=READER, wait=True)

    found, faults = checked(OperationLookup(), olds, requestTokenArn=f"{TOKENS}old")

    assert faults == []
    assert (found["state"], found["tokenExpired"], found["lookup"]) == (state, True, "performed")
    assert not {"assumeRoleArn", "wait", "__provider"} & found.keys()
    assert calls(cloud) == ["DescribeMultiRegionAccessPointOperation"]


@pytest.mark.parametrize(
    "olds",
    [
        pytest.param({}, id="never read"),
        pytest.param(kept("IN_PROGRESS"), id="it was not terminal"),
        pytest.param(kept("UNKNOWN"), id="its state was not known"),
        pytest.param(kept("SUCCEEDED", requestTokenArn=f"{TOKENS}another"), id="another token's state"),
    ],
)
def test_an_expired_token_is_no_success(cloud: Emulator, olds: dict[str, Any]) -> None:
    """Only this very token's terminal state is kept."""
    found, faults = checked(OperationLookup(), olds, requestTokenArn=f"{TOKENS}old")

    assert (found["lookup"], len(faults)) == ("failed", 1)
    assert calls(cloud)


def test_a_denied_read_keeps_nothing(cloud: Emulator) -> None:
    """A terminal state is kept only when S3 says that it does not know the token."""
    cloud.set_faults([{"operation": "*", "kind": "access-denied"}])

    found, faults = checked(OperationLookup(), kept("SUCCEEDED"), requestTokenArn=f"{TOKENS}old")

    assert (found["lookup"], len(faults)) == ("failed", 1)


# --- diff, create, update, delete -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("news", "changes", "replaces"),
    [
        pytest.param({}, False, [], id="nothing"),
        pytest.param({"iamRoleArn": f"{ROLE}-2"}, True, [], id="drift"),
        pytest.param({"lookup": "pending"}, True, [], id="the mark"),
        pytest.param({"region": "us-east-1"}, True, ["region"], id="another Region"),
        pytest.param({"accessGrantsLocationId": "other"}, True, ["accessGrantsLocationId"], id="another location"),
        pytest.param({"accessGrantsLocationId": UNKNOWN}, True, [], id="a location that is not known yet"),
        pytest.param({"accountId": Unknown()}, True, [], id="an account that is not known yet"),
        pytest.param({"__provider": "another pickle"}, False, [], id="the provider itself"),
    ],
)
def test_diff(news: dict[str, Any], replaces: list[str], *, changes: bool) -> None:
    """Drift is a change, another identity a replacement."""
    found = LocationLookup().diff("id", {**LIVE_LOCATION, "__provider": "x"}, {**LIVE_LOCATION, **news})

    assert (found.changes, found.replaces) == (changes, replaces)


def test_a_value_that_is_gone_is_a_change() -> None:
    """What the last read had and this one lacks shows."""
    news = {name: value for name, value in LIVE_LOCATION.items() if name != "createdAt"}

    assert LocationLookup().diff("id", LIVE_LOCATION, news).changes


def test_how_to_wait_is_no_change() -> None:
    """It says nothing about what was looked up."""
    olds = kept("SUCCEEDED")

    assert not OperationLookup().diff("id", olds, {**olds, "wait": True, "waitPollSeconds": 5}).changes


def test_create_and_update_keep_what_check_found() -> None:
    """Nothing is asked, nothing is made."""
    lookup = LocationLookup()
    props = {**LIVE_LOCATION, "__provider": "gASV"}

    made = lookup.create(props)
    assert (made.id, made.outs) == (f"{ACCOUNT}/{REGION}/good", LIVE_LOCATION)
    assert lookup.update("id", {}, props).outs == LIVE_LOCATION
    assert lookup.delete("id", props) is None  # type: ignore[func-returns-value]  # the protocol wants nothing


# --- read -------------------------------------------------------------------------------------------------------------


def test_read(cloud: Emulator) -> None:
    """The id alone is enough, and what the state held is not believed."""
    lookup = LocationLookup()
    resource_id = f"{ACCOUNT}/{REGION}/good"

    for props in ({}, {**LIVE_LOCATION, "iamRoleArn": "swapped", "lookup": "failed"}):
        found = lookup.read(resource_id, props)
        assert (found.id, found.outs) == (resource_id, LIVE_LOCATION)
    assert calls(cloud) == ["GetAccessGrantsLocation"] * 2


def test_read_of_a_prefix_keeps_its_slashes(cloud: Emulator) -> None:
    """An id is taken apart at its first two slashes."""
    resource_id = f"{ACCOUNT}/{REGION}/s3://acme-data/x/y"

    assert InstanceForPrefixLookup().read(resource_id, {}).id == resource_id
    assert calls(cloud)


def test_read_of_what_is_gone(cloud: Emulator) -> None:
    """It goes from the state too; the next preview then fails by name."""
    found = LocationLookup().read(f"{ACCOUNT}/{REGION}/gone", LIVE_LOCATION | {"accessGrantsLocationId": "gone"})

    assert (found.id, found.outs) == ("", {})
    assert calls(cloud)


@pytest.mark.parametrize("kind", ["access-denied", "throttle", "server-error", "reset"])
def test_a_refresh_that_fails_keeps_the_state(cloud: Emulator, kind: str) -> None:
    """Only "not found" may drop a resource."""
    cloud.set_faults([{"operation": "*", "kind": kind}])

    with pytest.raises(RefreshFailed, match="To do: "):
        LocationLookup().read(f"{ACCOUNT}/{REGION}/good", LIVE_LOCATION)


@pytest.mark.parametrize(
    ("lookup", "resource_id", "told"),
    [
        pytest.param(LocationLookup(), "good", "'good' is not ACCOUNT/REGION/LOCATION-ID", id="too short"),
        pytest.param(LocationLookup(), "", "'' is not ACCOUNT/REGION/LOCATION-ID", id="empty"),
        pytest.param(
            LocationLookup(),
            f"evil.example/{REGION}/good",
            "accountId: 'evil.example' is not an AWS account id of 12 digits",
            id="a host for an account",
        ),
        pytest.param(
            LocationLookup(),
            f"{ACCOUNT}/x.evil/good",
            "region: 'x.evil' is not a Region name such as 'eu-west-1'",
            id="a host for a Region",
        ),
        pytest.param(
            InstanceForPrefixLookup(),
            f"{ACCOUNT}/{REGION}/acme",
            "s3Prefix: 'acme' is not an S3 URI such as 's3://bucket/prefix/'",
            id="no prefix",
        ),
        pytest.param(OperationLookup(), "token", "'token' has 1 of the 6 fields", id="no token"),
    ],
)
def test_an_id_that_cannot_be_read(cloud: Emulator, lookup: Lookup, resource_id: str, told: str) -> None:
    """An id is checked as inputs are, before any call."""
    with pytest.raises(RefreshFailed) as caught:
        lookup.read(resource_id, {})

    assert told in str(caught.value)
    assert calls(cloud) == []
