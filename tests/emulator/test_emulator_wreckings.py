"""Answers no AWS service sends: wrong bodies, endless bodies, slow ones, and none at all."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError
from grantgate_emulator.faultkinds import MALFORMED_BODIES
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
GET_LOCATION = "GetAccessGrantsLocation"
LOCATION = "/v20180820/accessgrantsinstance/location/loc-finance"
FINANCE = {"AccountId": ACCOUNT, "AccessGrantsLocationId": "loc-finance"}
SEED: dict[str, Any] = {
    "accounts": {
        ACCOUNT: {
            "regions": {
                "eu-west-1": {
                    "instance": {},
                    "locations": [
                        {"id": "loc-finance", "scope": "s3://é/*", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}
                    ],
                }
            }
        }
    }
}
REQUEST = (
    f"GET {LOCATION} HTTP/1.1\r\nHost: localhost\r\nx-amz-account-id: {ACCOUNT}\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host\r\n\r\n"
).encode()


@pytest.fixture
def own() -> Any:
    """Return an emulator that a test may stop, to see what its connections have come to."""
    with Emulator(SEED) as emulator:
        yield emulator


def ask(emulator: Emulator) -> socket.socket:
    """Send a request and return the connection, with nothing read from it."""
    connection = socket.create_connection(("127.0.0.1", emulator.port), timeout=20)
    connection.sendall(REQUEST)
    return connection


def well_formed(body: bytes) -> bool:
    try:
        ET.fromstring(body)  # noqa: S314  # the emulator's own documents, no attack among those that are parsed here
    except ET.ParseError:
        return False
    return True


def grown(body: bytes) -> int:
    """Return how many characters the document's entity stands for, without expanding it."""
    entities = dict(re.findall(rb'<!ENTITY (\w+) "([^"]*)">', body))
    sizes: dict[bytes, int] = {}
    for name, text in entities.items():
        inner = re.findall(rb"&(\w+);", text)
        sizes[name] = sum(sizes[other] for other in inner) if inner else len(text)
    return sizes[b"spoilt"]


@pytest.mark.parametrize(
    ("body", "content_type", "holds"),
    [
        pytest.param(
            "xml", "application/xml", lambda sent, _: b"IAMRoleArn" in sent and not well_formed(sent), id="xml"
        ),
        pytest.param("html", "text/html; charset=utf-8", lambda sent, _: b"<form action" in sent, id="html"),
        pytest.param("empty", "application/xml", lambda sent, _: sent == b"", id="empty"),
        pytest.param("json", "application/json", lambda sent, _: sent.startswith(b"{"), id="json"),
        pytest.param("binary", "application/octet-stream", lambda sent, _: bytes(range(256)) in sent, id="binary"),
        pytest.param(
            "wrong-root",
            "application/xml",
            lambda sent, _: well_formed(sent) and b"GetAccessGrantsLocation" not in sent,
            id="wrong root",
        ),
        pytest.param(
            "doctype",
            "application/xml",
            lambda sent, _: len(sent) < 2000 and grown(sent) > 10**9 and b">&spoilt;<" in sent,
            id="entity bomb",
        ),
        pytest.param(
            "external-entity",
            "application/xml",
            lambda sent, _: b'<!ENTITY spoilt SYSTEM "http://127.0.0.1:' in sent and b"/external-entity" in sent,
            id="external entity",
        ),
        pytest.param(
            "utf-16",
            "application/xml",
            lambda sent, right: ET.canonicalize(sent.decode("utf-16").partition("?>")[2]) == ET.canonicalize(right),
            id="UTF-16",
        ),
        pytest.param(
            "latin-1",
            "application/xml",
            lambda sent, right: (
                "s3://é/*".encode("latin-1") in sent
                and ET.canonicalize(sent.decode("latin-1").partition("?>")[2]) == ET.canonicalize(right)
            ),
            id="Latin-1",
        ),
        pytest.param(
            "bad-utf-8", "application/xml", lambda sent, _: "\ufffd" in sent.decode("utf-8", "replace"), id="bad UTF-8"
        ),
        pytest.param("nul", "application/xml", lambda sent, _: b"\0" in sent, id="NUL"),
        pytest.param(
            "deep",
            "application/xml",
            lambda sent, _: sent == b"<Deep>" * 100_000 + b"</Deep>" * 100_000,
            id="deeply nested",
        ),
    ],
)
def test_malformed(
    raw: Callable[..., Any],
    aws: Emulator,
    body: str,
    content_type: str,
    holds: Callable[[bytes, str], bool],
) -> None:
    """A malformed body comes whole, with status 200 and the content type that goes with it, and is not intact."""
    aws.seed(SEED)
    right = raw("GET", LOCATION).body.decode().partition("?>")[2]
    aws.set_faults([{"operation": GET_LOCATION, "kind": "malformed", "body": body}])
    reply = raw("GET", LOCATION)
    assert (reply.status, reply.headers["content-type"]) == (200, content_type)
    assert int(reply.headers["content-length"]) == len(reply.body)
    assert holds(reply.body, right)
    last = aws.journal()[-1]
    assert (last["faults"], last["intact"], last["items"]) == (["malformed"], False, None)


@pytest.mark.parametrize("body", sorted(set(MALFORMED_BODIES) - {"utf-16", "latin-1"}))
def test_malformed_in_botocore(connect: Callable[..., Any], aws: Emulator, body: str) -> None:
    """No SDK makes a location of a malformed body: it refuses the body, or finds no scope in it."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "malformed", "body": body}])
    try:
        reply = connect().get_access_grants_location(**FINANCE)
    except (ResponseParserError, BotoCoreError):
        return
    assert "LocationScope" not in reply


def test_nobody_follows_an_external_entity(connect: Callable[..., Any], aws: Emulator) -> None:
    """The entity names the emulator itself, so that its journal shows who fetches one; botocore does not."""
    aws.set_faults([{"operation": GET_LOCATION, "kind": "malformed", "body": "external-entity"}])
    with pytest.raises(ResponseParserError):
        connect().get_access_grants_location(**FINANCE)
    assert [entry["path"] for entry in aws.journal()] == [LOCATION]


@pytest.mark.parametrize(
    ("fault", "status", "expected"),
    [
        pytest.param({"body": "html", "status": 502}, 502, "text/html; charset=utf-8", id="a gateway's page"),
        pytest.param({"body": "json", "contentType": "application/xml"}, 200, "application/xml", id="another label"),
        pytest.param({"body": "external-entity", "url": "http://localhost:1/x"}, 200, "application/xml", id="a URL"),
    ],
)
def test_malformed_as_told(
    raw: Callable[..., Any], aws: Emulator, fault: dict[str, Any], status: int, expected: str
) -> None:
    """Status, content type and an entity's address are those the fault names."""
    aws.set_faults([{"operation": "*", "kind": "malformed", **fault}])
    reply = raw("GET", LOCATION)
    assert (reply.status, reply.headers["content-type"]) == (status, expected)
    assert fault.get("url", "").encode() in reply.body


def test_malformed_errors_keep_their_status(raw: Callable[..., Any], aws: Emulator) -> None:
    """A body that replaces an error comes with the error's status, but for what only comes with 200."""
    aws.set_faults([{"operation": "*", "kind": "malformed", "body": "nul"}])
    missing = raw("GET", LOCATION + "-missing")
    assert (missing.status, b"\0" in missing.body) == (404, True)
    aws.set_faults([{"operation": "*", "kind": "malformed", "body": "empty"}])
    assert raw("GET", LOCATION + "-missing").status == 200


def test_content_type(raw: Callable[..., Any], aws: Emulator) -> None:
    """The right answer comes under another label."""
    right = raw("GET", LOCATION).body
    aws.set_faults([{"operation": "*", "kind": "content-type", "contentType": "text/html"}])
    reply = raw("GET", LOCATION)
    assert (reply.status, reply.headers["content-type"], reply.body) == (200, "text/html", right)
    assert aws.journal()[-1]["intact"]


@pytest.mark.parametrize(
    ("how", "framing"),
    [
        pytest.param({}, {"content-length": str(2 * 1024 * 1024)}, id="of a known length"),
        pytest.param({"chunked": True}, {"transfer-encoding": "chunked"}, id="in chunks"),
        pytest.param(
            {"compressed": True}, {"transfer-encoding": "chunked", "content-encoding": "gzip"}, id="compressed"
        ),
    ],
)
def test_huge(raw: Callable[..., Any], aws: Emulator, how: dict[str, bool], framing: dict[str, str]) -> None:
    """A huge body is a document of the right root and the size that was asked for, with nothing of its content."""
    aws.set_faults([{"operation": "*", "kind": "huge", "megabytes": 2, **how}])
    reply = raw("GET", LOCATION)
    assert {name: reply.headers[name] for name in framing} == framing
    assert ("content-length" in reply.headers) == ("content-length" in framing)
    body = gzip.decompress(reply.body) if how.get("compressed") else reply.body
    assert len(body) == 2 * 1024 * 1024
    root = ET.fromstring(body)  # noqa: S314  # the emulator's own document
    assert root.tag.endswith("}GetAccessGrantsLocationResult")
    assert [child.tag.rpartition("}")[2] for child in root] == ["Padding"]
    assert not aws.journal()[-1]["intact"]
    if how.get("compressed"):
        assert len(reply.body) < len(body) // 500


def test_huge_is_streamed(own: Emulator) -> None:
    """Four gigabytes begin at once and end when the client hangs up."""
    own.set_faults([{"operation": "*", "kind": "huge", "megabytes": 4096}])
    with ask(own) as connection:
        assert connection.recv(100_000).startswith(b"HTTP/1.1 200 OK\r\n")
    own.stop()
    assert not own.journal()[0]["intact"]


def test_trickle(own: Emulator) -> None:
    """The body comes piece by piece; whoever waits for all of it has the right answer."""
    own.set_faults([{"operation": "*", "kind": "trickle", "bytes": 100, "seconds": 0.1}])
    with ask(own) as connection:
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        while len(body) < length:
            piece = connection.recv(65536)
            assert piece
            body += piece
        assert ET.fromstring(body).findtext("{*}LocationScope") == "s3://é/*"  # noqa: S314  # the emulator's own
        # The connection is good for the next request.
        own.set_faults([])
        connection.sendall(REQUEST)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    own.stop()
    slow, quick = own.journal()
    assert (slow["intact"], quick["intact"]) == (True, True)
    pauses = (length - 1) // 100
    assert slow["duration"] > pauses * 100 * 0.99


def test_trickle_to_nobody(own: Emulator) -> None:
    """The head comes at once; a client that hangs up in the middle ends the trickle, and has not had the answer."""
    own.set_faults([{"operation": "*", "kind": "trickle", "seconds": 600}])
    with ask(own) as connection:
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert len(body) <= 1
    own.stop()
    assert not own.journal()[0]["intact"]


def test_hang(own: Emulator) -> None:
    """A request is taken and never answered, until its client gives up."""
    own.set_faults([{"operation": GET_LOCATION, "kind": "hang"}])
    connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=1)
    connection.request("GET", LOCATION, headers={"x-amz-account-id": ACCOUNT})
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    entry = own.journal()[0]
    assert (entry["status"], entry["intact"], entry["faults"]) == (0, False, ["hang"])


def test_hang_of_some_seconds(own: Emulator) -> None:
    """After its seconds a hang ends without a byte."""
    own.set_faults([{"operation": "*", "kind": "hang", "seconds": 0.1}])
    with ask(own) as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "hang"}, id="hang"),
        pytest.param({"kind": "latency", "seconds": 600}, id="latency"),
        pytest.param({"kind": "trickle", "seconds": 600}, id="trickle"),
    ],
)
@pytest.mark.parametrize("more", [b"", REQUEST], ids=["one request", "the next one sent already"])
def test_stop_ends_every_wait(
    own: Emulator, until: Callable[[Callable[[], bool]], None], fault: dict[str, Any], more: bytes
) -> None:
    """Stopping the emulator hangs up on whoever still waits."""
    own.set_faults([{"operation": "*", "times": 1, **fault}])
    with ask(own) as connection:
        connection.sendall(more)
        until(lambda: own.faults()[0]["times"] == 0)
        own.stop()
        while True:
            try:
                if not connection.recv(65536):
                    break
            except ConnectionResetError:
                break
    assert not own.journal()[0]["intact"]
