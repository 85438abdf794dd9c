"""Roles behind locations: what is read of one, against an IAM over HTTP, and what is refused."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from grantgate.calls import clients
from grantgate.calls.errors import Call, Unread
from grantgate.calls.paging import MOST_SECONDS
from grantgate.kinds import LOCATION_ROLE
from grantgate.location_role import LocationRoleLookup
from grantgate.lookup import Lookup, RefreshFailed
from grantgate.role_policies import MOST_POLICIES, RoleReader, canonical
from grantgate_emulator.server import Emulator
from pulumi.runtime.rpc import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ACCOUNT, OTHER = "111122223333", "444455556666"
NAME = "finance-reader"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/{NAME}"
READER, STRANGER = f"arn:aws:iam::{ACCOUNT}:role/gate-reader", f"arn:aws:iam::{OTHER}:role/gate-reader"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/finance-objects"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "access-grants.s3.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        }
    ],
}


def policy(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Resource": "*", "Effect": "Allow", "Action": action}]}


def text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


SEED: dict[str, Any] = {
    "defaultAccount": ACCOUNT,
    "accounts": {
        ACCOUNT: {
            "policies": [
                {"name": "finance-objects", "versions": [policy("s3:GetObject"), policy("s3:*")], "defaultVersion": 1},
                {"name": "boundary", "document": policy("s3:*")},
            ],
            "roles": [
                {
                    "name": NAME,
                    "path": "/access-grants/",
                    "trust": TRUST,
                    # Words that a second decoding would change, beside letters beyond ASCII.
                    "policies": {"z-list": policy("s3:ListBucket"), "a-get": {**policy("s3:Get%41+é"), "Id": "ü"}},
                    "attached": [READ_ONLY, OWN],
                    "permissionsBoundary": BOUNDARY,
                    "maxSessionDuration": 7200,
                    "createdAt": "2026-03-02T08:00:00Z",
                },
                {"name": "bare", "trust": TRUST},
                {"name": "only-here", "trust": TRUST},
            ],
        },
        OTHER: {"roles": [{"name": "bare", "trust": TRUST}]},
    },
}
READS = ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"]
ALL = [*READS[:2], "GetRolePolicy", READS[2], "GetPolicy", "GetPolicyVersion"]


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
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_IAM"):
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


@pytest.fixture
def iam(cloud: Emulator) -> Iterator[Any]:
    """Give a client that changes the account's roles behind the lookup's back."""
    client = boto3.client("iam", region_name="us-east-1", endpoint_url=cloud.url)
    yield client
    client.close()


def checked(**news: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Give the checked inputs without their moment, and the failures as (property, reason)."""
    result = LocationRoleLookup().check({}, {**news, "__provider": "gASV"})
    found = {name: value for name, value in result.inputs.items() if name != "readAt"}
    return found, [(one.property, one.reason) for one in result.failures]


def told(**news: Any) -> str:
    """Give the one reason of the failure, which is on the role's ARN."""
    found, [(property_, reason)] = checked(**{"iamRoleArn": ROLE, **news})
    assert found["lookup"] == "failed"
    assert set(found).isdisjoint(LOCATION_ROLE.live)
    assert property_ == "iamRoleArn"
    return reason


def calls(emulator: Emulator) -> list[str]:
    return [str(call["operation"]) for call in emulator.journal()]


def test_a_role(cloud: Emulator) -> None:
    """Trust, every inline and attached policy, boundary: as canonical JSON, in one order, by one account's IAM."""
    found, faults = checked(iamRoleArn=ROLE)

    own, read_only = found["managedPolicies"]
    assert faults == []
    assert found == {
        "iamRoleArn": ROLE,
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "arn": ROLE,
        "roleName": NAME,
        "path": "/access-grants/",
        "assumeRolePolicy": text(TRUST),
        "inlinePolicies": [
            {"name": "a-get", "policy": text({**policy("s3:Get%41+é"), "Id": "ü"})},
            {"name": "z-list", "policy": text(policy("s3:ListBucket"))},
        ],
        "managedPolicies": [own, read_only],
        "maxSessionDuration": 7200,
        "createdAt": "2026-03-02T08:00:00Z",
        "permissionsBoundary": BOUNDARY,
        "lookup": "performed",
    }
    assert own == {"policyArn": OWN, "name": "finance-objects", "policy": text(policy("s3:GetObject"))}
    assert (read_only["policyArn"], read_only["name"]) == (READ_ONLY, "AmazonS3ReadOnlyAccess")
    assert {"s3:Get*", "s3:List*"} <= set(json.loads(read_only["policy"])["Statement"][0]["Action"])
    assert calls(cloud) == [*ALL[:3], "GetRolePolicy", ALL[3], *ALL[4:], *ALL[4:]]


def test_a_role_without_policies(cloud: Emulator) -> None:
    """Nothing that it may do is an answer; a boundary that it has not is left out."""
    found, faults = checked(iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/bare", accountId=ACCOUNT)

    assert faults == []
    assert (found["inlinePolicies"], found["managedPolicies"], found["path"]) == ([], [], "/")
    assert "permissionsBoundary" not in found
    assert calls(cloud) == READS


def test_a_role_of_another_account(cloud: Emulator) -> None:
    """IAM is asked as a role of that account; the account is the ARN's and costs no call."""
    theirs = f"arn:aws:iam::{OTHER}:role/bare"

    found, faults = checked(iamRoleArn=theirs, assumeRoleArn=STRANGER)

    assert faults == []
    assert (found["accountId"], found["arn"]) == (OTHER, theirs)
    assert calls(cloud) == ["AssumeRole", *READS]


def test_many_policies_come_in_pages(cloud: Emulator, iam: Any) -> None:
    """All pages are read, in whatever order they come."""
    names = [f"policy-{index:03}" for index in range(130)]
    for name in names:
        iam.put_role_policy(RoleName="bare", PolicyName=name, PolicyDocument=text(policy("s3:GetObject")))
    cloud.clear_journal()

    found, faults = checked(iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/bare")

    assert faults == []
    assert [one["name"] for one in found["inlinePolicies"]] == names
    assert calls(cloud).count("ListRolePolicies") == 2


# --- another role than the one that was asked for ---------------------------------------------------------------------


def test_the_credentials_of_another_account(cloud: Emulator) -> None:
    """IAM answers about its own account's role of the same name: that one is never taken for the other."""
    reason = told(iamRoleArn=f"arn:aws:iam::{OTHER}:role/bare")

    assert "GetRole of 'bare' in account 444455556666" in reason
    assert f"the credentials are of account {ACCOUNT}" in reason
    assert f"set assumeRoleArn to a role of account {OTHER}" in reason
    assert calls(cloud) == ["GetRole"]


@pytest.mark.usefixtures("cloud")
def test_another_path() -> None:
    """IAM tells roles by name; an ARN with another path is no role's, and S3 could not assume it."""
    reason = told(iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/elsewhere/{NAME}")

    assert (
        f"there is no role 'arn:aws:iam::{ACCOUNT}:role/elsewhere/{NAME}'; the account's role of this name is" in reason
    )
    assert ROLE in reason


def test_no_such_role(cloud: Emulator) -> None:
    """The role's name, IAM's code, and whose roles the credentials can see."""
    reason = told(iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody")

    assert "GetRole of 'nobody' in account 111122223333" in reason
    assert "IAM has no such role (NoSuchEntity, HTTP 404" in reason
    assert "set assumeRoleArn for a role of another account" in reason
    assert calls(cloud) == ["GetRole"]


@pytest.mark.parametrize(
    ("props", "property_", "reason"),
    [
        pytest.param({"iamRoleArn": None}, "iamRoleArn", "is required", id="no role"),
        pytest.param(
            {"iamRoleArn": f"arn:aws:iam::{ACCOUNT}:user/x"},
            "iamRoleArn",
            "not role/NAME or role/PATH/NAME",
            id="a user",
        ),
        pytest.param(
            {"accountId": OTHER}, "accountId", f"'{OTHER}' is not the role's account '{ACCOUNT}'", id="another account"
        ),
        pytest.param(
            {"region": "cn-north-1"}, "region", "is not of the role's partition 'aws'; leave it out", id="a partition"
        ),
        pytest.param(
            {"assumeRoleArn": STRANGER},
            "assumeRoleArn",
            f"is not of the role's account '{ACCOUNT}', and IAM shows no other account's",
            id="a reader of another account",
        ),
    ],
)
def test_inputs_that_do_not_fit(cloud: Emulator, props: dict[str, Any], property_: str, reason: str) -> None:
    """Each fault is on its own property, and nothing is asked."""
    _, faults = checked(**{"iamRoleArn": ROLE, **props})

    assert [one for one, _ in faults] == [property_]
    assert reason in faults[0][1]
    assert calls(cloud) == []


def test_an_unknown_role_is_not_looked_up(cloud: Emulator) -> None:
    """In a preview that does not know the ARN yet, nothing is asked and every live value is unknown."""
    found, faults = checked(iamRoleArn=UNKNOWN, accountId=ACCOUNT, assumeRoleArn=READER)

    assert (faults, calls(cloud), found["lookup"]) == ([], [], "pending")
    assert {found[name] for name in LOCATION_ROLE.live + LOCATION_ROLE.sometimes} == {UNKNOWN}


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-iso", "us-iso-east-1")],
)
def test_where_iam_is_asked(partition: str, region: str) -> None:
    """Each partition has one IAM; the stack's Region plays no part."""
    assert LocationRoleLookup().default_region({"iamRoleArn": ROLE.replace("arn:aws:", f"arn:{partition}:")}) == region


# --- answers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ALL)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "access-denied"}, id="denied"),
        pytest.param({"kind": "server-error"}, id="5xx"),
        pytest.param({"kind": "malformed", "body": "wrong-root"}, id="another document"),
        pytest.param({"kind": "malformed", "body": "html"}, id="a login page"),
        pytest.param({"kind": "reset"}, id="reset"),
    ],
)
def test_no_call_may_fail(cloud: Emulator, operation: str, fault: dict[str, Any]) -> None:
    """Whichever call gives no answer, the lookup fails and names that call: what a role may do is told whole."""
    cloud.set_faults([{"operation": operation, **fault}])

    assert f"{operation} of '" in told()


@pytest.mark.parametrize(
    ("operation", "about"),
    [
        pytest.param("GetRolePolicy", f"{NAME}/a-get", id="inline"),
        pytest.param("GetPolicy", OWN, id="managed"),
        pytest.param("GetPolicyVersion", f"{OWN} v1", id="version"),
    ],
)
def test_what_was_denied_is_named(cloud: Emulator, operation: str, about: str) -> None:
    """A denied call names the policy it was about, and the action that must be allowed."""
    cloud.set_faults([{"operation": operation, "kind": "access-denied"}])

    reason = told()

    assert f"{operation} of '{about}' in account {ACCOUNT}" in reason
    assert f"iam:{operation}" in reason


@pytest.mark.parametrize("style", ["same", "cycle", "repeat", "endless"])
@pytest.mark.parametrize("operation", ["ListRolePolicies", "ListAttachedRolePolicies"])
def test_a_list_without_an_end(cloud: Emulator, operation: str, style: str) -> None:
    """A marker that comes again, the same names again, pages for ever: never a part of the list."""
    cloud.set_faults([{"operation": operation, "kind": "page-loop", "style": style}])

    reason = told()

    expected = {"endless": "50 pages and no end", "repeat": "is listed twice|pages and no end|more to come"}
    words = expected.get(style, "comes again: the list has no end").split("|")
    assert f"{operation} of '{NAME}'" in reason
    assert any(word in reason for word in words), reason
    assert calls(cloud).count(operation) <= 50


def test_a_policy_that_goes_between_list_and_call(cloud: Emulator) -> None:
    """It was no part of the role any more: the lists are read again, once."""
    cloud.set_faults(
        [{"operation": "GetRolePolicy", "kind": "error", "status": 404, "code": "NoSuchEntity", "times": 1}]
    )

    found, faults = checked(iamRoleArn=ROLE)

    assert faults == []
    assert [one["name"] for one in found["inlinePolicies"]] == ["a-get", "z-list"]
    assert calls(cloud).count("ListRolePolicies") == 2


@pytest.mark.parametrize("operation", ["GetRolePolicy", "GetPolicy", "GetPolicyVersion"])
def test_a_policy_that_is_listed_and_never_there(cloud: Emulator, operation: str) -> None:
    """Twice is a failure; the role is there, so a refresh keeps it."""
    cloud.set_faults([{"operation": operation, "kind": "error", "status": 404, "code": "NoSuchEntity"}])

    assert "listed twice, and when it was asked for IAM said both times that it is not there" in told()
    with pytest.raises(RefreshFailed):
        LocationRoleLookup().read(ROLE, {})


def test_a_role_takes_no_longer_than_a_list(cloud: Emulator, iam: Any) -> None:
    """Where every call is slow, the role is a failure in the end, and nothing of it is shown."""
    times = count(step=MOST_SECONDS / 3)
    reader = RoleReader(iam, ACCOUNT, "us-east-1", NAME, reads_own=True, clock=lambda: float(next(times)))

    with pytest.raises(Unread) as refused:
        reader.policies()

    assert str(refused.value) == (
        f"GetRolePolicy of '{NAME}/z-list' in account {ACCOUNT}, Region us-east-1: not asked: the role's policies take "
        "longer than 300 s, which is the limit of one role. To do: run again later"
    )
    assert calls(cloud) == ["ListRolePolicies", "GetRolePolicy"]


class Page:
    """Answers IAM's list calls with the pages that it is given, then with the last of them for ever."""

    def __init__(self, pages: Sequence[Mapping[str, Any]]) -> None:
        self.pages = list(pages)

    def __call__(self, **_: Any) -> Mapping[str, Any]:
        """Give the next page."""
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]


def listing(*pages: Mapping[str, Any]) -> Callable[[], object]:
    """Give what reads the policies of a role whose inline ones come in these pages."""
    reader = RoleReader(None, ACCOUNT, "us-east-1", NAME, reads_own=False)
    return lambda: reader._listed("ListRolePolicies", Page(pages), "PolicyNames")  # noqa: SLF001 - bounds of the paging


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        pytest.param([{}], "the answer lacks PolicyNames", id="no list"),
        pytest.param([{"PolicyNames": [], "IsTruncated": True}], "the answer lacks Marker", id="no marker"),
        pytest.param(
            [{"PolicyNames": ["x"] * (MOST_POLICIES + 1)}],
            f"{MOST_POLICIES + 1} policies and more to come; at most {MOST_POLICIES} are read",
            id="too many",
        ),
        pytest.param(
            [{"PolicyNames": [], "IsTruncated": True, "Marker": "a"}], "the marker 'a' comes again", id="a marker again"
        ),
    ],
)
def test_pages_that_are_none(pages: list[dict[str, Any]], reason: str) -> None:
    """Each bound is told."""
    with pytest.raises(Unread, match=reason):
        listing(*pages)()


CALL = Call("iam:GetRole", ACCOUNT, "us-east-1", NAME)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param({"b": 1, "a": [{"d": "é", "c": None}]}, '{"a":[{"c":null,"d":"\\u00e9"}],"b":1}', id="sorted"),
        pytest.param({"a": "\ud800\n\x1b"}, '{"a":"\\ud800\\n\\u001b"}', id="half a character, and controls"),
    ],
)
def test_canonical(document: Any, expected: str) -> None:
    """Equal policies are equal texts, and every text can go on the wire."""
    assert canonical(document, CALL) == expected
    assert expected.isascii()


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param("%7B", "the policy is no JSON object: '%7B'", id="not decoded"),
        pytest.param([], "the policy is no JSON object", id="a list"),
        pytest.param({"a": float("nan")}, "the policy cannot be written as JSON", id="no number"),
    ],
)
def test_a_policy_that_is_none(document: Any, reason: str) -> None:
    """A policy that cannot be read is no policy that allows nothing."""
    with pytest.raises(Unread, match=reason):
        canonical(document, CALL)


@pytest.mark.parametrize(
    ("arn", "is_right"),
    [
        pytest.param(READ_ONLY, True, id="AWS's"),
        pytest.param(OWN, True, id="the account's"),
        pytest.param(f"arn:aws:iam::{OTHER}:policy/x", False, id="another account's"),
        pytest.param("arn:aws-cn:iam::aws:policy/x", False, id="another partition's"),
        pytest.param(ROLE, False, id="a role"),
        pytest.param("x", False, id="no ARN"),
    ],
)
def test_attached_policies(arn: str, is_right: bool) -> None:  # noqa: FBT001 - a column
    """Only what IAM can attach to a role of this account is asked for."""
    reader = RoleReader(None, ACCOUNT, "us-east-1", NAME, reads_own=False)
    try:
        reader._attachable(arn, CALL)  # noqa: SLF001 - IAM itself attaches nothing else
    except Unread:
        assert not is_right
    else:
        assert is_right


# --- the rest of the lifecycle ----------------------------------------------------------------------------------------


def test_ids() -> None:
    """An id is the role's ARN."""
    lookup = LocationRoleLookup()

    assert lookup.from_id(ROLE) == {"iamRoleArn": ROLE}
    assert lookup.resource_id({"iamRoleArn": ROLE}) == ROLE
    with pytest.raises(ValueError, match="6 fields"):
        lookup.from_id(f"{ACCOUNT}/{NAME}")


@pytest.mark.usefixtures("cloud")
def test_drift(iam: Any) -> None:
    """A trust that was widened, and another default version of a policy, are differences; their order is none."""
    before, _ = checked(iamRoleArn=ROLE)
    again, _ = checked(iamRoleArn=ROLE)
    iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=text({**TRUST, "Id": "wider"}))
    iam.set_default_policy_version(PolicyArn=OWN, VersionId="v2")
    after, _ = checked(iamRoleArn=ROLE)
    lookup = LocationRoleLookup()

    assert not lookup.diff(ROLE, before, again).changes
    assert lookup.diff(ROLE, before, after).changes
    assert lookup.diff(ROLE, before, after).replaces == []
    assert {key for key in after if after[key] != before[key]} == {"assumeRolePolicy", "managedPolicies"}
    assert text(policy("s3:*")) in {one["policy"] for one in after["managedPolicies"]}


@pytest.mark.usefixtures("cloud")
def test_refresh(iam: Any) -> None:
    """A refresh reads anew; a role that is gone leaves the state."""
    lookup = LocationRoleLookup()
    theirs = f"arn:aws:iam::{ACCOUNT}:role/only-here"
    assert lookup.read(theirs, {}).outs["roleName"] == "only-here"

    iam.delete_role(RoleName="only-here")

    assert lookup.read(theirs, {}).id == ""
