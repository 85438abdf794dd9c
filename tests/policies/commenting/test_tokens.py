"""The token goes into one header of requests to the API, and is seen nowhere else."""

from __future__ import annotations

import base64
import json
import logging
import ssl
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from grantgate_policies.commenting.errors import Unposted
from grantgate_policies.commenting.secret import Secret
from grantgate_policies.commenting.services import thread_of
from grantgate_policies.commenting.sticky import post
from grantgate_policies.commenting.where import Address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Stub = Send = Clock = Any

CANARY = "canary-t0ken+/with=signs"
SPELLINGS = {
    "plain": CANARY,
    "in a URL": quote(CANARY, safe=""),
    "in base64": base64.b64encode(CANARY.encode()).decode(),
}


def assert_hidden(text: str) -> None:
    for spelling in SPELLINGS.values():
        assert spelling not in text
    assert CANARY[:12] not in text


def test_the_header(stub: Stub, send: Send) -> None:
    """Each service gets the token in the header that it wants, and only there."""
    send(stub, "new")

    header, prefix = {"github": ("authorization", "Bearer "), "gitlab": ("private-token", "")}[stub.service]
    for one in stub.asked:
        assert one.headers[header] == prefix + CANARY
        others = {name: text for name, text in one.headers.items() if name != header}
        assert_hidden(json.dumps(others) + one.path + one.body.decode())


@pytest.mark.parametrize("spelling", [pytest.param(text, id=name) for name, text in SPELLINGS.items()])
@pytest.mark.parametrize("status", [401, 403, 404, 422, 500, 429, 200, 302])
def test_a_server_that_echoes_the_token(stub: Stub, send: Send, status: int, spelling: str) -> None:
    """Whatever a service says, and wherever it is cut: no message has the token in it."""
    said = json.dumps({"message": "x" * 290 + f" you sent {spelling}", "error": f"bad {spelling}"}).encode()
    headers = {"Location": f"/x?token={spelling}", "Content-Type": f"text/{spelling}"}
    stub.fail("GET", status=status, body=said, headers=headers, times=99)

    with pytest.raises(Unposted) as raised:
        send(stub, "new")
    assert_hidden(str(raised.value))
    assert raised.value.__cause__ is None


def test_a_link_that_echoes_the_token(stub: Stub, send: Send) -> None:
    """A next page with the token in it is named without it; so is the address of a comment."""
    stub.page_size = 1
    for _ in range(2):
        stub.say(666, "x")
    stub.next_link = lambda _: f"http://example.test/?private_token={CANARY}"

    with pytest.raises(Unposted) as raised:
        send(stub, "new")
    assert_hidden(str(raised.value))


def test_logs(stub: Stub, send: Send, caplog: pytest.LogCaptureFixture) -> None:
    """No log of any library has the token in it, not even the most talkative one."""
    caplog.set_level(logging.DEBUG)
    stub.fail("GET", status=500)

    send(stub, "new")

    assert caplog.records
    assert_hidden(caplog.text)


def test_the_secret_itself() -> None:
    """Neither str nor repr nor a format shows it."""
    secret = Secret(CANARY)
    assert {str(secret), repr(secret), f"{secret}", f"{[secret]!r}"} == {"***", "[***]"}


# --- proxies ----------------------------------------------------------------------------------------------------------


def test_no_proxy_sees_what_is_not_encrypted(hub: Stub, lab: Stub, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without encryption the API is on this machine, and is asked directly."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, lab.url)

    assert send(hub, "new").how == "created"
    assert lab.asked == []


@pytest.mark.parametrize("status", [407, 502])
def test_an_https_proxy(hub: Stub, clock: Clock, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """HTTPS_PROXY is honoured, is told the host alone, and its own password is not shown either."""
    monkeypatch.setenv("HTTPS_PROXY", hub.url.replace("://", "://me:proxy-passw0rd@"))
    hub.fail("CONNECT", status=status, body=b"no", times=99)
    address = Address("github", "https://api.example.test", "acme/data", 1)

    with (
        closing(thread_of(address, Secret(CANARY), clock.patience())) as thread,
        pytest.raises(Unposted, match=r"cannot be reached \(ProxyError: ") as raised,
    ):
        post(thread, "default", "new")
    assert {(one.method, one.path) for one in hub.asked} == {("CONNECT", "api.example.test:443")}
    assert_hidden(str(hub.asked) + str(raised.value))
    assert "passw0rd" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("HTTPS_PROXY", "gopher://me:passw0rd@example.test", id="no scheme of a proxy"),
        pytest.param("HTTPS_PROXY", "http://me:passw0rd@exa mple:x", id="no URL"),
        pytest.param("HTTPS_PROXY", "socks5://me:passw0rd@example.test", id="a proxy that needs more"),
        pytest.param("SSL_CERT_FILE", "/no/such/passw0rd", id="no such file"),
    ],
)
def test_settings_that_cannot_be_used(clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """What is wrong with a proxy's URL is not repeated: it may hold a password."""
    monkeypatch.setenv(name, value)

    with pytest.raises(Unposted, match="that the environment names cannot be used") as raised:
        thread_of(Address("github", "https://api.example.test", "acme/data", 1), Secret(CANARY), clock.patience())
    assert "passw0rd" not in str(raised.value)


# --- TLS --------------------------------------------------------------------------------------------------------------


class _Encrypted(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Refuse, which is enough to know that it was asked."""
        self.send_error(401)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def tls(unsigned: tuple[Path, Path]) -> Iterator[tuple[str, Path]]:
    """Serve HTTPS with a certificate that nobody signed; give the URL and the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*unsigned)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Encrypted)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", unsigned[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_certificates_are_checked(tls: tuple[str, Path], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody signed gets no token; SSL_CERT_FILE makes it one that somebody did."""
    url, chain = tls
    address = Address("github", url, "acme/data", 1)

    with (
        closing(thread_of(address, Secret(CANARY), clock.patience())) as thread,
        pytest.raises(Unposted, match=r"its certificate is not trusted; SSL_CERT_FILE"),
    ):
        post(thread, "default", "new")
    assert clock.slept == []

    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with (
        closing(thread_of(address, Secret(CANARY), clock.patience())) as thread,
        pytest.raises(Unposted, match="status 401"),
    ):
        post(thread, "default", "new")
