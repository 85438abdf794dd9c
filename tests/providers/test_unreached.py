"""What stands between here and AWS, really there: names, proxies, TLS, and settings that do not go together."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.location import LocationLookup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantgate_emulator.server import Emulator

ACCOUNT = "111122223333"
OVER_HTTP = "http://s3-control.eu-west-1.amazonaws.com"


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    """Give an AWS with one instance."""
    return {"accounts": {ACCOUNT: {"regions": {"eu-west-1": {"instance": {}}}}}}


def reason() -> str:
    result = LocationLookup().check({}, {"accessGrantsLocationId": "good", "accountId": ACCOUNT})
    assert result.inputs["lookup"] == "failed"
    ((failure),) = result.failures
    assert failure.property == "accessGrantsLocationId"
    return str(failure.reason)


@contextmanager
def closed_port() -> Iterator[int]:
    """Give a port of this machine where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def refusing(answer: bytes, asked: list[bytes] | None = None) -> Iterator[int]:
    """Serve one answer to whatever comes first, as a proxy would, and keep what that was."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                request = peer.recv(65536)
                if asked is not None:
                    asked.append(request)
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


def test_nobody_listens(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Host, attempts and time."""
    with closed_port() as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        told = reason()

    assert f"no answer at 127.0.0.1:{port} in 1 attempt and " in told
    assert " s (EndpointConnectionError). To do: check the network" in told
    assert cloud.journal() == []


def test_a_name_that_does_not_resolve(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is told, with the account in front of it, since that is what was asked for."""
    no_proxies(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", "http://s3.invalid")
    told = reason()

    assert f"the name '{ACCOUNT}.s3.invalid' does not resolve in 1 attempt and " in told
    assert "this machine's DNS" in told
    assert cloud.journal() == []


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
def test_a_dead_proxy(cloud: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """The proxy is told by its host and the variable that names it, and never its password."""
    no_proxies(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", OVER_HTTP)
    with closed_port() as port:
        monkeypatch.setenv(variable, f"http://me:canary@127.0.0.1:{port}")
        told = reason()

    assert f"no way through the proxy 127.0.0.1:{port} ({variable}) in 1 attempt and " in told
    assert f"correct or unset {variable}" in told
    assert "canary" not in told
    assert cloud.journal() == []


@pytest.mark.parametrize("endpoint", [OVER_HTTP, OVER_HTTP.replace("http:", "https:")])
def test_a_proxy_that_wants_a_password(cloud: Emulator, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Over http it answers in AWS's place, over https it refuses the tunnel: the same is told."""
    no_proxies(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", endpoint)
    answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with refusing(answer) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:canary@127.0.0.1:{port}")
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:canary@127.0.0.1:{port}")
        told = reason()

    assert "wants a user and a password" in told
    assert "HTTP 407" in told
    assert "NO_PROXY" in told
    assert "canary" not in told
    assert cloud.journal() == []


def test_no_tls(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that speaks no TLS is not trusted."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url.replace("http:", "https:"))
    told = reason()

    assert f"no trusted TLS connection at {cloud.url.removeprefix('http://')} in 1 attempt and " in told
    assert "AWS_CA_BUNDLE" in told
    assert cloud.journal() == []


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        pytest.param("AWS_USE_FIPS_ENDPOINT", "s3-control-fips.eu-west-1.amazonaws.com", id="FIPS"),
        pytest.param("AWS_USE_DUALSTACK_ENDPOINT", "s3-control.dualstack.eu-west-1.amazonaws.com", id="dual-stack"),
    ],
)
def test_variants_of_the_endpoint(cloud: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str, host: str) -> None:
    """The variant's own host is asked, here by way of a proxy that tells which one it was."""
    no_proxies(monkeypatch)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv(variable, "true")
    asked: list[bytes] = []
    with refusing(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", asked) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert "wants a user and a password" in reason()

    assert asked[0].startswith(f"CONNECT {ACCOUNT}.{host}:443 ".encode())
    assert cloud.journal() == []


def test_a_variant_that_the_region_does_not_have(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be is refused with the way out, before anything is asked."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    told = reason()

    assert "FIPS" in told
    assert "To do: unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT" in told
    assert cloud.journal() == []


def test_an_endpoint_that_is_none(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that cannot be one is a fault of the configuration, told without its password."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", "https://user:canary-pass@bad host/")
    told = reason()

    assert "AWS_ENDPOINT_URL" in told
    assert "canary-pass" not in told
    assert cloud.journal() == []
