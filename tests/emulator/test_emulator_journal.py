"""The journal: what was served, when, how long it took, and whether the answer was whole and true."""

from __future__ import annotations

import http.client
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from grantgate_emulator.application import Application
from grantgate_emulator.faultkinds import SCHEMA
from grantgate_emulator.messages import Request
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
LOCATION = "/v20180820/accessgrantsinstance/location/loc-finance"
LOCATIONS = "/v20180820/accessgrantsinstance/locations"
SIGNED = {
    "x-amz-account-id": ACCOUNT,
    "authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host",
}
CLIENTS = 32
# Every kind of fault, and whether what goes out with it is what the state says, whole and readable.
INTACT: dict[str, tuple[dict[str, Any], bool]] = {
    "throttle": ({}, False),
    "server-error": ({}, False),
    "latency": ({"seconds": 0.01}, True),
    "access-denied": ({}, False),
    "truncate": ({}, False),
    "reset": ({}, False),
    "error": ({"code": "Odd", "status": 418}, False),
    "hang": ({"seconds": 0.01}, False),
    "trickle": ({"bytes": 1000, "seconds": 0.01}, True),
    "malformed": ({"body": "xml"}, False),
    "content-type": ({"contentType": "text/plain"}, True),
    "huge": ({"megabytes": 1}, False),
    "page-loop": ({"style": "same"}, False),
    "gone": ({"location": "loc-finance"}, True),
    "delete-after": ({"location": "loc-finance"}, True),
    "change-after": ({"location": "loc-finance", "roleArn": ROLE}, True),
    "redirect": ({}, False),
    "skew": ({"offset": 86400}, False),
    "region-deny": ({"region": "eu-west-1"}, False),
}


def test_entries(raw: Callable[..., Any], aws: Emulator) -> None:
    """Entries are numbered, and have the moment of arrival in UTC and the milliseconds the answer took."""
    before = datetime.now(UTC)
    for _ in range(3):
        raw("GET", LOCATION)
    after = datetime.now(UTC)
    entries = aws.journal()
    assert [entry["n"] for entry in entries] == [1, 2, 3]
    moments = [datetime.fromisoformat(entry["time"]) for entry in entries]
    # A moment is cut to whole microseconds.
    assert before - timedelta(microseconds=1) <= moments[0] <= moments[1] <= moments[2] <= after
    assert all(entry["time"].endswith("Z") and len(entry["time"]) == 27 for entry in entries)
    assert all(entry["duration"] > 0 for entry in entries)
    assert all(entry["intact"] for entry in entries)


def test_numbers_begin_again(raw: Callable[..., Any], aws: Emulator) -> None:
    """A cleared journal counts from 1: a first number above 1 says that the journal was full."""
    raw("GET", LOCATION)
    aws.clear_journal()
    raw("GET", LOCATION)
    assert [entry["n"] for entry in aws.journal()] == [1]


def test_pages_and_items(connect: Callable[..., Any], aws: Emulator) -> None:
    """A list's entry has the token asked for, the token given and the number of items; other calls have none."""
    client = connect()
    first = client.list_access_grants_locations(AccountId=ACCOUNT, MaxResults=2)
    client.list_access_grants_locations(AccountId=ACCOUNT, MaxResults=2, NextToken=first["NextToken"])
    client.list_access_grants(AccountId=ACCOUNT, GrantScope="s3://nothing")
    client.get_access_grants_location(AccountId=ACCOUNT, AccessGrantsLocationId="loc-finance")
    with pytest.raises(ClientError):
        client.list_access_grants_locations(AccountId=ACCOUNT, NextToken="made up")
    token = first["NextToken"]
    assert [(entry["page"], entry["nextPage"], entry["items"]) for entry in aws.journal()] == [
        (None, token, 2),
        (token, None, 1),
        (None, None, 0),
        (None, None, None),
        ("made up", None, None),
    ]


def test_every_kind_is_known_here() -> None:
    """The table of this file has a line for every kind of fault."""
    assert sorted(INTACT) == sorted(SCHEMA["items"]["properties"]["kind"]["enum"])


@pytest.mark.parametrize("kind", sorted(INTACT))
def test_intact(connect: Callable[..., Any], aws: Emulator, kind: str) -> None:
    """An answer is intact only when what went out is what the state says, whole and readable."""
    parameters, intact = INTACT[kind]
    aws.set_faults([{"operation": "*", "kind": kind, **parameters}])
    try:
        connect().list_access_grants_locations(AccountId=ACCOUNT)
        answered = True
    except (ClientError, BotoCoreError, ResponseParserError):
        answered = False
    entry = aws.journal()[0]
    assert (entry["intact"], entry["faults"]) == (intact, [kind])
    # What is intact was answered; the reverse does not hold, which is what the member is for.
    assert answered or not intact


def test_an_honest_no_is_intact(raw: Callable[..., Any], aws: Emulator) -> None:
    """What is not there is a true answer: whoever wants to know what was read looks at the status too."""
    raw("GET", LOCATION + "-missing")
    entry = aws.journal()[0]
    assert (entry["status"], entry["intact"]) == (404, True)


def test_whoever_has_hung_up_has_no_answer(until: Callable[[Callable[[], bool]], None]) -> None:
    """A client that gives up during the wait has read nothing, and the journal says so."""
    with Emulator() as own:
        own.set_faults([{"operation": "*", "kind": "latency", "seconds": 600, "times": 1}])
        with socket.create_connection(("127.0.0.1", own.port), timeout=20) as connection:
            connection.sendall(f"GET {LOCATION} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            until(lambda: own.faults()[0]["times"] == 0)
        until(lambda: own.journal() != [])
    assert [entry["intact"] for entry in own.journal()] == [False]


def test_clearing_drops_what_is_on_its_way() -> None:
    """A request from before the clearing is not in the journal of what comes after it."""
    application = Application()
    application.faults.replace([{"operation": "*", "kind": "latency", "seconds": 1, "times": 1}])
    request = Request("GET", "localhost", LOCATION, "", SIGNED, b"")
    application.answer(request, lambda _: application.journal.clear())
    assert application.journal.listed() == []
    application.answer(request)
    assert [entry["n"] for entry in application.journal.listed()] == [1]


def test_waits_are_not_one_behind_the_other() -> None:
    """All requests wait at once: each wait here ends only when every other one has begun."""
    application = Application()
    application.faults.replace([{"operation": "*", "kind": "latency", "seconds": 0.05}])
    everyone = threading.Barrier(CLIENTS, timeout=30)
    request = Request("GET", "localhost", LOCATION, "", SIGNED, b"")
    threads = [
        threading.Thread(target=application.answer, args=(request, lambda _: everyone.wait())) for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not everyone.broken
    assert [entry["n"] for entry in application.journal.listed()] == list(range(1, CLIENTS + 1))


def test_many_clients_at_once(until: Callable[[Callable[[], bool]], None]) -> None:
    """Thirty-two clients are served while none of them has an answer, and a thirty-third has its own."""
    with Emulator({"accounts": {ACCOUNT: {"regions": {"eu-west-1": {"instance": {}}}}}}) as own:
        own.set_faults([{"operation": "GetAccessGrantsLocation", "kind": "hang"}])
        waiting = [http.client.HTTPConnection("127.0.0.1", own.port, timeout=20) for _ in range(CLIENTS)]
        for connection in waiting:
            connection.request("GET", LOCATION, headers=SIGNED)
        until(lambda: len(own.journal()) == CLIENTS)
        quick = http.client.HTTPConnection("127.0.0.1", own.port, timeout=20)
        quick.request("GET", LOCATIONS, headers=SIGNED)
        assert quick.getresponse().status == 200
        for connection in [*waiting, quick]:
            connection.close()
