"""Nobody answers, or somebody else does: slow, silent and broken connections, names, proxies, endpoints."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Row = World = Told = Any

pytestmark = pytest.mark.engine

PART = "net"
GET = "GetAccessGrantsLocation"
SHORT = {"GRANTGATE_READ_SECONDS": "1", "AWS_MAX_ATTEMPTS": "2"}
KNOWN = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "good", account_id="111122223333")
"""
"""A lookup whose account needs no STS call: the first host that is asked is S3's."""

NOT_HERE = {"AWS_ENDPOINT_URL": "", "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
"""AWS's own hosts by a proxy; the engine and its plugins talk to each other without one."""


def slowly(kind: str, **more: Any) -> Callable[[World], Told]:
    """Let an answer come late, in pieces, broken or never."""

    def arranged(world: World) -> Told:
        world.project.aws.set_faults([{"operation": GET, "kind": kind, **more}])
        return world.preview(**SHORT)

    return arranged


def without_a_name(world: World) -> Told:
    """Ask a host that no name server knows."""
    world.program(KNOWN)
    return world.preview(AWS_ENDPOINT_URL="http://s3.nobody.invalid", AWS_MAX_ATTEMPTS="2")


def nobody_listens(world: World) -> Told:
    """Ask a port that nobody listens at."""
    world.program(KNOWN)
    return world.preview(AWS_ENDPOINT_URL=f"http://127.0.0.1:{_free_port()}", AWS_MAX_ATTEMPTS="2")


def no_tls(world: World) -> Told:
    """Ask for TLS where none is spoken."""
    world.program(KNOWN)
    return world.preview(AWS_ENDPOINT_URL=world.project.aws.url.replace("http://", "https://"), AWS_MAX_ATTEMPTS="2")


def dead_proxy(world: World) -> Told:
    """Name a proxy that is not there, with a password."""
    world.program(KNOWN)
    proxy = f"http://gate:canary-of-the-proxy@127.0.0.1:{_free_port()}"
    return world.preview(**NOT_HERE, HTTPS_PROXY=proxy, AWS_MAX_ATTEMPTS="2")


class Refusing(BaseHTTPRequestHandler):
    """A proxy that wants to know who asks, whatever it is told, and remembers for what it was asked."""

    def refuse(self) -> None:
        """Ask for a password."""
        server: Any = self.server
        server.asked.append(self.path)
        self.close_connection = True
        self.send_response(407, "Proxy Authentication Required")
        self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_CONNECT = refuse  # noqa: N815  # http.server's names

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """Give a proxy's address, with a password in it, and what it is asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        asked: list[str] = []
        vars(server)["asked"] = asked
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://gate:canary-of-the-proxy@127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def by_proxy(host: str, *, secure: bool = True, **environment: str) -> Callable[[World], Told]:
    """Ask for a host by a proxy that lets nobody through; fail unless of AWS's hosts that one alone is asked for."""

    def arranged(world: World) -> Told:
        world.program(KNOWN)
        variables = {**NOT_HERE, "AWS_MAX_ATTEMPTS": "1", **environment}
        with proxy() as (url, asked):
            told: Told = world.preview(**variables, **{"HTTPS_PROXY" if secure else "HTTP_PROXY": url})
        wanted = f"{host}:443" if secure else f"http://{host}/v20180820/accessgrantsinstance/location/good"
        # Pulumi asks the same proxy about its own plugins.
        assert [one for one in asked if "amazonaws" in one] == [wanted]
        return told

    return arranged


def through_a_proxy(world: World) -> Told:
    """Ask for AWS's own host by a proxy that lets it through; the emulator is one for plain http."""
    world.program(KNOWN)
    endpoint = "http://s3-control.eu-west-1.amazonaws.com"
    return world.preview(**NOT_HERE, AWS_ENDPOINT_URL_S3_CONTROL=endpoint, HTTP_PROXY=world.project.aws.url)


HOST = "111122223333.s3-control.eu-west-1.amazonaws.com"

ROWS: dict[str, Callable[[World], Told]] = {
    "net-slow": slowly("latency", seconds=0.7),
    "net-hang": slowly("hang"),
    "net-in-pieces": slowly("trickle", bytes=300, seconds=0.3),
    "net-stalled": slowly("trickle", bytes=1, seconds=3),
    "net-reset": slowly("reset"),
    "net-reset-once": slowly("reset", times=1),
    "net-name": without_a_name,
    "net-port": nobody_listens,
    "net-tls": no_tls,
    "net-proxy": through_a_proxy,
    "net-proxy-dead": dead_proxy,
    "net-proxy-password": by_proxy(HOST),
    "net-proxy-password-http": by_proxy(
        HOST, secure=False, AWS_ENDPOINT_URL="http://s3-control.eu-west-1.amazonaws.com"
    ),
    "net-fips": by_proxy(HOST.replace("s3-control", "s3-control-fips"), AWS_USE_FIPS_ENDPOINT="true"),
    "net-dual-stack": by_proxy(HOST.replace("s3-control", "s3-control.dualstack"), AWS_USE_DUALSTACK_ENDPOINT="true"),
    "net-variant-endpoint": lambda world: world.preview(
        AWS_USE_FIPS_ENDPOINT="true", AWS_USE_DUALSTACK_ENDPOINT="true"
    ),
    "net-read-seconds": lambda world: world.preview(GRANTGATE_READ_SECONDS="600"),
    "net-attempts": lambda world: world.preview(AWS_MAX_ATTEMPTS="many"),
}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_row(row: Row, world: World) -> None:
    """A preview says what the page says it does."""
    world.holds(row, ROWS[row.id](world))
