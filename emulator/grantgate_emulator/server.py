"""The HTTP server: a plain endpoint and a forward proxy for AWS host names, on this machine only by default."""

from __future__ import annotations

import contextlib
import signal
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .application import Application
from .control import Control, is_control
from .messages import Reply, Request, is_aws_host, is_local_host
from .seed import check_seed, load_seed
from .sending import Line, is_reset, send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

    from .state import State

_MOST_BODY_BYTES = 64 * 1024 * 1024


class _BadRequest(ValueError):
    """A request this server cannot read."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A reply is one write; waiting to fill a packet would cost every keep-alive call 40 ms.
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        server: Any = self.server  # Always a _Server, which the base class cannot know.
        line = Line(self.connection, self.wfile.write, server.ending)
        try:
            reply: Reply = server.reply_to(self._request(), line.pause)
        except _BadRequest as mistake:
            self.close_connection = True
            reply = _text(400, f"{mistake}\n")
        self.close_connection = send(line, reply, self.command, closes=self.close_connection)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _answer  # noqa: N815  # http.server's names

    def do_CONNECT(self) -> None:
        """Refuse a tunnel: what goes through one cannot be answered here, and nothing here connects onward."""
        self.close_connection = True
        text = "This emulator opens no tunnels: use an http:// endpoint URL, so that requests come in the clear.\n"
        line = Line(self.connection, self.wfile.write, Event())
        send(line, _text(405, text), self.command, closes=True)

    def _request(self) -> Request:
        body = self._body()
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        is_proxied = "://" in self.path.split("?", 1)[0]
        if is_proxied:
            try:
                parts = urlsplit(self.path)
            except ValueError as mistake:
                raise _BadRequest(f"request line: {mistake}") from mistake
            authority, path, query = parts.netloc, parts.path or "/", parts.query
            headers["host"] = authority
        else:
            authority = headers.get("host", "")
            path, _, query = self.path.partition("?")
        host = authority.lower().rpartition("@")[2]
        host = host if host.endswith("]") else host.rsplit(":", 1)[0] if host.count(":") == 1 else host
        client = self.client_address[0]
        return Request(self.command, host, path, query, headers, body, client=client, is_proxied=is_proxied)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        text = self.headers.get("Content-Length", "0")
        if not text.isascii() or not text.isdigit():
            raise _BadRequest(f"Content-Length: {text!r} must be a whole number")
        if int(text) > _MOST_BODY_BYTES:
            raise _BadRequest(f"Content-Length: {text} must be at most {_MOST_BODY_BYTES}")
        body = self.rfile.read(int(text))
        if len(body) < int(text):
            raise ConnectionResetError("the client closed the connection inside a body")
        return body

    def _chunks(self) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            try:
                length = int(self.rfile.readline(1024).split(b";")[0], 16)
            except ValueError as mistake:
                raise _BadRequest("chunked body: a chunk's size must be hexadecimal") from mistake
            size += length
            if length < 0 or size > _MOST_BODY_BYTES:
                raise _BadRequest(f"chunked body: {size} bytes, must be at most {_MOST_BODY_BYTES}")
            if length == 0:
                while self.rfile.readline(65536).strip():
                    pass  # Trailers; AWS's are checksums of the body.
                return b"".join(chunks)
            chunks.append(self.rfile.read(length))
            self.rfile.readline(2)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        """Stay silent: the journal has everything."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], reply_to: Callable[[Request, Callable[[float], None]], Reply]) -> None:
        self.reply_to = reply_to
        self.ending = Event()
        self._open: dict[Any, threading.Thread | None] = {}
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, as http.server would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember a connection before its thread runs, so that stop() misses none."""
        with self._open_lock:
            self._open[request] = None
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection to its end."""
        with self._open_lock:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.pop(request, None)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that a fault has reset is closed without the polite end."""
        if is_reset(request):
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let clients come and go; anything else is a mistake here and is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def end_connections(self) -> None:
        """Hang up on everyone who is still connected, and wait until their threads are done."""
        self.ending.set()
        with self._open_lock:
            still_open = list(self._open.items())
        for connection, _ in still_open:
            with contextlib.suppress(OSError):  # The other side may have been faster.
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in still_open:
            if thread is not None:
                thread.join(timeout=2)


def _text(status: int, text: str) -> Reply:
    return Reply(status, {"Content-Type": "text/plain; charset=utf-8"}, text.encode())


class Emulator:
    """
    An emulated AWS on a port of this machine.

    >>> with Emulator({"accounts": {"111122223333": {"regions": {"eu-west-1": {"instance": {}}}}}}) as aws:
    ...     aws.url.startswith("http://127.0.0.1:")
    True

    moto's services (STS, IAM, S3, ...) keep one state per process: run one emulator at a time if you use them.

    Errors: SeedError for a seed that cannot be meant, OSError for a port that is taken.
    """

    def __init__(self, seed: Mapping[str, Any] | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self._start = check_seed(dict(seed or {}))
        self._host, self._wanted_port = host, port
        self._application = Application()
        self._control = Control(self._application, self._start)
        self._control.seed(self._start)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> State:
        """Return the live state, for tests that change AWS behind a client's back."""
        return self._application.state

    @property
    def port(self) -> int:
        """Return the port in use."""
        if self._server is None:
            raise RuntimeError("the emulator has no port before start()")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Return the endpoint URL, which is the proxy URL too."""
        return f"http://{'127.0.0.1' if self._host in {'', '0.0.0.0'} else self._host}:{self.port}"  # noqa: S104

    def start(self) -> Self:
        """Serve from a thread; starting twice is no error."""
        if self._server is None:
            self._control.plant_iam()
            self._server = _Server((self._host, self._wanted_port), self._reply_to)
            self._thread = threading.Thread(
                target=self._server.serve_forever,
                kwargs={"poll_interval": 0.05},
                name="grantgate-emulator",
                daemon=True,
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, hang up, and let moto forget what it was told; stopping twice is no error."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is not None and thread is not None:
            server.shutdown()
            thread.join()
            server.end_connections()
            server.server_close()
            self._application.moto.reset()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def seed(self, content: Mapping[str, Any]) -> None:
        """Replace every account's content; faults, journal, and what clients made in moto's services stay."""
        self._control.seed(check_seed(dict(content)))

    def reset(self) -> None:
        """Go back to the start: the first seed, no faults, an empty journal, and a moto that holds nothing."""
        self._control.reset()

    def set_faults(self, faults: list[dict[str, Any]]) -> None:
        """Replace the list of faults."""
        self._application.faults.replace(faults)

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are switched on, ``times`` being what is left of them."""
        return self._application.faults.listed()

    def journal(self) -> list[dict[str, Any]]:
        """Return every AWS request that was served, oldest first."""
        return self._application.journal.listed()

    def clear_journal(self) -> None:
        """Forget what was served."""
        self._application.journal.clear()

    def _reply_to(self, request: Request, pause: Callable[[float], None] = time.sleep) -> Reply:
        if request.is_proxied and not (is_aws_host(request.host) or is_local_host(request.host)):
            return _text(403, f"{request.host}: this proxy answers for AWS host names only and connects to nothing.\n")
        is_private = is_local_host(self._host)
        if is_private and not (is_aws_host(request.host) or is_local_host(request.host) or not request.host):
            return _text(403, f"{request.host}: this server answers for AWS and local host names only.\n")
        if is_control(request):
            return self._control.answer(request)
        return self._application.answer(request, pause)


def serve(
    host: str = "127.0.0.1",
    port: int = 4566,
    seed_path: str | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """
    Serve until SIGINT or SIGTERM, then return.

    Call it from the main thread; ``on_ready`` gets the URL once requests are answered.
    """
    emulator = Emulator(load_seed(seed_path) if seed_path is not None else None, host=host, port=port)
    ended = Event()
    handlers = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with emulator:
            if on_ready is not None:
                on_ready(emulator.url)
            ended.wait()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
