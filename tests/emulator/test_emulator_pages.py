"""Lists that never end, and locations that come, go and change while someone reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, PaginationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_emulator.server import Emulator

ACCOUNT = "111122223333"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
LIST, GET = "ListAccessGrantsLocations", "GetAccessGrantsLocation"
EVERY = ["loc-finance", "loc-logs", "default"]
ARN = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/loc-finance"


def page(client: Any, token: str | None = None, **size: int) -> tuple[list[str], str | None]:
    """Return the ids on a page of locations, and the token of the next one."""
    given = size if token is None else {**size, "NextToken": token}
    reply = client.list_access_grants_locations(AccountId=ACCOUNT, **given)
    return [entry["AccessGrantsLocationId"] for entry in reply["AccessGrantsLocationsList"]], reply.get("NextToken")


def role(client: Any, location: str = "loc-finance") -> str | None:
    """Return the role of a location, None when there is no such location."""
    try:
        reply = client.get_access_grants_location(AccountId=ACCOUNT, AccessGrantsLocationId=location)
    except ClientError as refusal:
        if refusal.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return None
    arn: str = reply["IAMRoleArn"]
    return arn


@pytest.mark.parametrize(
    ("style", "items", "tokens"),
    [
        pytest.param("same", EVERY, ["same"] * 5, id="one token for ever"),
        pytest.param("cycle", EVERY, ["A", "B", "A", "B", "A"], id="two tokens in turn"),
        pytest.param("repeat", EVERY, ["1", "2", "3", "4", "5"], id="new tokens, old items"),
        pytest.param("endless", [], ["1", "2", "3", "4", "5"], id="new tokens, empty pages"),
    ],
)
def test_pages_without_end(
    connect: Callable[..., Any], aws: Emulator, style: str, items: list[str], tokens: list[str]
) -> None:
    """Each page is a well-formed answer that promises one more."""
    aws.set_faults([{"operation": LIST, "kind": "page-loop", "style": style}])
    client, token = connect(), None
    for expected in tokens:
        ids, token = page(client, token)
        assert (ids, token) == (items, f"grantgate-loop-{expected}")
    assert [entry["items"] for entry in aws.journal()] == [len(items)] * 5
    assert [entry["nextPage"] for entry in aws.journal()] == [entry["page"] for entry in aws.journal()[1:]] + [token]


@pytest.mark.parametrize("style", ["same", "repeat"])
def test_real_pages_in_a_loop(connect: Callable[..., Any], aws: Emulator, style: str) -> None:
    """A list of several pages goes in circles on its first one."""
    aws.set_faults([{"operation": "*", "kind": "page-loop", "style": style, "after": 1}])
    client = connect()
    first, token = page(client, MaxResults=2)
    assert first == EVERY[:2]
    second, token = page(client, token, MaxResults=2)
    assert second == EVERY[2:]
    third, token = page(client, token, MaxResults=2)
    assert third == EVERY[:2]
    assert token is not None


def test_a_promised_page_is_nowhere(connect: Callable[..., Any], aws: Emulator) -> None:
    """Once the fault has ended, its token is refused as any other that was made up."""
    aws.set_faults([{"operation": LIST, "kind": "page-loop", "style": "repeat", "times": 1}])
    client = connect()
    _, token = page(client)
    with pytest.raises(ClientError, match="continuation token"):
        page(client, token)


@pytest.mark.parametrize("call", ["list_access_grants", "list_access_grants_instances", "list_caller_access_grants"])
def test_other_lists_without_end(connect: Callable[..., Any], aws: Emulator, call: str) -> None:
    """Every list of Access Grants can go in circles, and no other call does."""
    aws.set_faults([{"operation": "*", "kind": "page-loop", "style": "same"}])
    client = connect()
    for _ in range(2):
        assert getattr(client, call)(AccountId=ACCOUNT)["NextToken"] == "grantgate-loop-same"
    assert "NextToken" not in client.get_access_grants_instance(AccountId=ACCOUNT)
    assert aws.journal()[-1]["faults"] == []


def test_an_error_has_no_pages(connect: Callable[..., Any], aws: Emulator) -> None:
    """Where there is no instance, a list is the same error with a loop as without, and the journal calls it whole."""
    client = connect(region="eu-north-1")
    answers = []
    for faults in ([], [{"operation": "*", "kind": "page-loop", "style": "cycle"}]):
        aws.set_faults(faults)
        with pytest.raises(ClientError) as refused:
            client.list_access_grants_locations(AccountId=ACCOUNT)
        answers.append(refused.value.response["Error"])
        assert (aws.journal()[-1]["intact"], aws.journal()[-1]["items"]) == (True, None)
    assert answers[0] == answers[1]
    assert answers[0]["Code"] == "AccessGrantsInstanceNotExistsError"


def test_lists_of_iam_without_end(connect: Callable[..., Any], aws: Emulator) -> None:
    """IAM's lists go in circles in IAM's own words, which botocore's paginator notices when a token comes again."""
    aws.seed({"accounts": {ACCOUNT: {"roles": [{"name": "r", "trust": {}, "policies": {"p": {}}}]}}})
    aws.set_faults([{"operation": "*", "kind": "page-loop", "style": "same"}])
    iam = connect("iam")
    reply = iam.list_role_policies(RoleName="r")
    assert (reply["PolicyNames"], reply["IsTruncated"], reply["Marker"]) == (["p"], True, "grantgate-loop-same")
    with pytest.raises(PaginationError, match="received twice"):
        list(iam.get_paginator("list_role_policies").paginate(RoleName="r"))
    aws.set_faults([{"operation": "*", "kind": "page-loop", "style": "endless"}])
    reply = iam.list_attached_role_policies(RoleName="r", Marker="grantgate-loop-8")
    assert (reply["AttachedPolicies"], reply["Marker"]) == ([], "grantgate-loop-9")


@pytest.mark.parametrize("location", ["loc-finance", ARN])
@pytest.mark.parametrize(
    ("operation", "listed", "answers"),
    [
        pytest.param(GET, True, False, id="the list has it still"),
        pytest.param(LIST, False, True, id="the list has it not yet"),
        pytest.param("*", False, False, id="nobody has it"),
    ],
)
def test_gone(
    connect: Callable[..., Any],
    aws: Emulator,
    location: str,
    operation: str,
    listed: bool,  # noqa: FBT001  # a case
    answers: bool,  # noqa: FBT001  # a case
) -> None:
    """List and Get disagree about one location, and agree about the others."""
    aws.set_faults([{"operation": operation, "kind": "gone", "location": location}])
    client = connect()
    ids, token = page(client)
    assert ids == (EVERY if listed else EVERY[1:])
    assert token is None
    assert (role(client) is not None) == answers
    assert role(client, "loc-logs") is not None
    assert aws.journal()[0]["items"] == len(ids)


def test_gone_elsewhere(connect: Callable[..., Any], aws: Emulator) -> None:
    """An ARN is of one account and Region; what is asked elsewhere does not use the fault up."""
    aws.set_faults([{"operation": "*", "kind": "gone", "location": ARN.replace("eu-west-1", "us-east-1"), "times": 1}])
    assert role(connect()) is not None
    assert aws.faults()[0]["times"] == 1
    assert role(connect(region="us-east-1")) is None
    assert aws.faults()[0]["times"] == 0


def test_deleted_between_list_and_get(connect: Callable[..., Any], aws: Emulator) -> None:
    """The list has the location, and is the last answer that does."""
    aws.set_faults([{"operation": LIST, "kind": "delete-after", "location": "loc-finance"}])
    client = connect()
    assert page(client)[0] == EVERY
    assert role(client) is None
    assert page(client)[0] == EVERY[1:]
    assert [entry["intact"] for entry in aws.journal()] == [True] * 3


def test_deleted_between_two_pages(connect: Callable[..., Any], aws: Emulator) -> None:
    """A location that goes after the first page is not on the second."""
    aws.set_faults([{"operation": LIST, "kind": "delete-after", "location": "default", "times": 1}])
    client = connect()
    first, token = page(client, MaxResults=1)
    assert (first, page(client, token)[0]) == (["loc-finance"], ["loc-logs"])


def test_changed_after_a_call(connect: Callable[..., Any], aws: Emulator) -> None:
    """The second Get has another role than the first; a call of another service can be what it comes after."""
    change = {"kind": "change-after", "location": "loc-finance", "roleArn": OTHER_ROLE}
    aws.set_faults([{"operation": GET, "after": 1, **change}])
    client = connect()
    roles = [role(client) for _ in range(3)]
    assert roles[0] == roles[1] != OTHER_ROLE == roles[2]
    aws.reset()
    aws.set_faults([{"operation": "GetCallerIdentity", **change, "location": ARN}])
    assert role(client) != OTHER_ROLE
    connect("sts", region="us-east-1").get_caller_identity()
    assert role(client) == OTHER_ROLE


def test_changes_go_with_other_faults(connect: Callable[..., Any], aws: Emulator) -> None:
    """A change happens besides: the same call may wait, and meet another fault."""
    aws.set_faults(
        [
            {"operation": GET, "kind": "latency", "seconds": 0.01, "times": 1},
            {"operation": GET, "kind": "delete-after", "location": "loc-finance", "times": 1},
            {"operation": GET, "kind": "throttle", "times": 1},
        ]
    )
    client = connect()
    with pytest.raises(ClientError, match="SlowDown"):
        role(client)
    assert role(client) is None
    assert [entry["faults"] for entry in aws.journal()] == [["latency", "delete-after", "throttle"], []]


def test_fails_on_page_two(connect: Callable[..., Any], aws: Emulator) -> None:
    """The first page is there, and the second is refused."""
    aws.set_faults([{"operation": LIST, "kind": "access-denied", "after": 1}])
    client = connect()
    first, token = page(client, MaxResults=2)
    assert first == EVERY[:2]
    with pytest.raises(ClientError, match="AccessDenied"):
        page(client, token)
    assert role(client) is not None
