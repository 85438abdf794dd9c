"""The server itself: host names, the forward proxy, keep-alive, control paths, the blocking command."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_emulator.messages import Request
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
LOCATION = "/v20180820/accessgrantsinstance/location/loc-finance"
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host"}


@pytest.mark.parametrize(
    "host",
    [
        f"{ACCOUNT}.s3-control.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.s3-control.dualstack.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.s3-control-fips.eu-west-1.amazonaws.com:80",
        f"{ACCOUNT}.localhost:4566",
        f"{ACCOUNT}.127.0.0.1:4566",
    ],
)
def test_account_in_the_host(raw: Callable[..., Any], host: str) -> None:
    """An absolute request URI is answered for every form of name an SDK makes, without the account header too."""
    by_proxy = raw("GET", f"http://{host}{LOCATION}", {"x-amz-account-id": ""})
    assert (by_proxy.status, b"loc-finance" in by_proxy.body) == (200, True)
    by_host = raw("GET", LOCATION, {"x-amz-account-id": "", "Host": host})
    assert by_host.status == 200


def test_host_and_header_must_agree(raw: Callable[..., Any]) -> None:
    reply = raw("GET", f"http://444455556666.s3-control.eu-west-1.amazonaws.com{LOCATION}")
    assert (reply.status, b"AccountId" in reply.body) == (400, True)


@pytest.mark.parametrize(
    "host", ["example.com", "amazonaws.com.example.com", "169.254.169.254", "evil-amazonaws.com", "127.0.0.1.example"]
)
def test_nobody_elses_names(raw: Callable[..., Any], host: str) -> None:
    """Names outside AWS and this machine are refused, in the request line and in the Host header."""
    for reply in (raw("GET", f"http://{host}/"), raw("GET", LOCATION, {"Host": host})):
        assert reply.status == 403
        assert reply.body.startswith(host.encode())


def test_connect_is_refused(aws: Emulator) -> None:
    """A tunnel is refused with a text that says what to do instead."""
    with socket.create_connection(("127.0.0.1", aws.port), timeout=10) as connection:
        connection.sendall(b"CONNECT s3-control.eu-west-1.amazonaws.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"use an http:// endpoint URL" in answer


def test_keep_alive_and_concurrency(aws: Emulator) -> None:
    """Eight clients make many calls each over one connection of their own."""
    sockets: list[set[int]] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=20)
        seen = set()
        for _ in range(50):
            connection.request("GET", LOCATION, headers={**SIGNED, "x-amz-account-id": ACCOUNT})
            answer = connection.getresponse()
            assert answer.status == 200
            assert len(answer.read()) == int(answer.headers["Content-Length"])
            seen.add(connection.sock.getsockname()[1])
        connection.close()
        sockets.append(seen)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(seen) for seen in sockets] == [1] * 8
    assert len(aws.journal()) == 400


def test_replies_carry_ids(raw: Callable[..., Any], aws: Emulator) -> None:
    """Every reply has both request ids; errors repeat them in the nested form."""
    good, bad = raw("GET", LOCATION), raw("GET", LOCATION + "x")
    assert good.headers["x-amz-request-id"] != bad.headers["x-amz-request-id"]
    assert bad.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Code>')
    ids = f"<RequestId>{bad.headers['x-amz-request-id']}</RequestId><HostId>{bad.headers['x-amz-id-2']}</HostId>"
    assert bad.body.endswith(f"</Error>{ids}</ErrorResponse>".encode())
    assert aws.journal()[1]["requestId"] == bad.headers["x-amz-request-id"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (
            {"Content-MD5": base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()},
            b"BadDigest",
        ),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, b"BadDigest"),
        ({"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}, b"XAmzContentSHA256Mismatch"),
    ],
)
def test_digests_are_checked(raw: Callable[..., Any], headers: dict[str, str], code: bytes) -> None:
    body = b"<TagResourceRequest><Tags/></TagResourceRequest>"
    reply = raw("POST", "/v20180820/accessgrantsinstance", headers, body)
    assert (reply.status, code in reply.body) == (400, True)


def test_chunked_bodies(aws: Emulator) -> None:
    """A body in chunks is read like any other, and the connection stays usable."""
    path = f"/v20180820/tags/arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants%2Fdefault"
    body = b"<TagResourceRequest><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></TagResourceRequest>"
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=10)
    headers = {**SIGNED, "x-amz-account-id": ACCOUNT}
    for _ in range(2):
        connection.request("POST", path, body=iter([body[:10], body[10:]]), headers=headers, encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    connection.close()
    assert aws.state.instances[ACCOUNT, "eu-west-1"].tags["a"] == "b"


@pytest.mark.parametrize(
    "request_text",
    [
        pytest.param("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", id="no length"),
        pytest.param("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", id="too long"),
        pytest.param("PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="a bad chunk"),
        pytest.param("GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n", id="no URI"),
    ],
)
def test_requests_nobody_can_read(aws: Emulator, request_text: str) -> None:
    """A request that makes no sense is a 400, and the connection ends."""
    with socket.create_connection(("127.0.0.1", aws.port), timeout=10) as connection:
        connection.sendall(request_text.encode())
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


def test_control_paths(control: Callable[..., tuple[int, Any]]) -> None:
    assert control("GET", "health") == (200, {"status": "ok"})
    status, reply = control("GET", "nothing")
    assert (status, "no such control path" in reply["error"]) == (404, True)
    assert control("PUT", "faults")[0] == 400


@pytest.mark.parametrize(
    ("client", "host", "headers", "status"),
    [
        pytest.param("127.0.0.1", "localhost", {}, 200, id="this machine"),
        pytest.param("::1", "[::1]", {}, 200, id="this machine, IPv6"),
        pytest.param("192.0.2.7", "localhost", {}, 403, id="another machine"),
        pytest.param("127.0.0.1", "evil.example", {}, 403, id="a name that was pointed here"),
        pytest.param("127.0.0.1", "localhost", {"origin": "https://evil.example"}, 403, id="a web page"),
    ],
)
def test_control_is_for_this_machine(client: str, host: str, headers: dict[str, str], status: int) -> None:
    """Even a server that listens everywhere lets only its own machine change it."""
    emulator = Emulator(host="0.0.0.0")  # noqa: S104  # it is never started
    request = Request("GET", host, "/_grantgate/health", "", headers, b"", client=client)
    assert emulator._reply_to(request).status == status  # noqa: SLF001  # other machines cannot be had in a test


def test_moto_paths_are_not_served(raw: Callable[..., Any]) -> None:
    assert raw("POST", "/moto-api/reset").status == 404


def test_start_and_stop() -> None:
    """A port is free again after stop, and both can be called twice."""
    emulator = Emulator()
    with pytest.raises(RuntimeError, match="before start"):
        _ = emulator.port
    emulator.start().start()
    port = emulator.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/_grantgate/health")
    assert connection.getresponse().read() == b'{"status": "ok"}'
    emulator.stop()
    emulator.stop()
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with Emulator(port=port) as again:
        assert again.url == f"http://127.0.0.1:{port}"


def test_moto_forgets_between_emulators() -> None:
    """A bucket made in one emulator is not there in the next."""
    signed = {"Authorization": SIGNED["Authorization"].replace("eu-west-1", "us-east-1")}
    for _ in range(2):
        with Emulator() as emulator:
            connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)
            statuses = []
            for method in ("HEAD", "PUT", "HEAD"):
                connection.request(method, "/some-bucket", headers=signed)
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
            connection.close()
            assert statuses == [404, 200, 200]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly(tmp_path: Any, number: signal.Signals) -> None:
    """The blocking server tells its URL, answers, and ends with status 0 on both signals."""
    seed = tmp_path / "seed.yaml"
    seed.write_text(json.dumps({"accounts": {ACCOUNT: {"regions": {"eu-west-1": {"instance": {}}}}}}))
    program = (
        "from grantgate_emulator.server import serve\n"
        f"serve('127.0.0.1', 0, {str(seed)!r}, lambda url: print(url, flush=True))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/v20180820/accessgrantsinstance", headers={**SIGNED, "x-amz-account-id": ACCOUNT})
        assert connection.getresponse().status == 200
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        connection.close()


def test_import_is_light() -> None:
    """Importing the package loads neither moto nor botocore nor a YAML reader."""
    program = (
        "import sys, grantgate_emulator; print(sorted({'moto', 'botocore', 'ruamel', 'jsonschema'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
