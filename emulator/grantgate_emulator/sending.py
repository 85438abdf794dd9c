"""A reply onto a connection: at once, or spoilt as its fault says."""

from __future__ import annotations

import selectors
import socket
import struct
import time
import zlib
from email.utils import formatdate
from http.client import responses
from typing import TYPE_CHECKING

from .wreckings import around_padding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from .messages import Reply, Wreck

_NO_CONTENT = 204
_LEAST_FINAL = 200
_PIECE = 65536


class Line:
    """A client's connection; ``ending`` is set when the server stops."""

    def __init__(self, connection: socket.socket, write: Callable[[bytes], object], ending: Event) -> None:
        self.write = write
        self.is_dead = False
        self._connection = connection
        self._ending = ending

    def pause(self, seconds: float) -> None:
        """Wait until the time is over, or the client has hung up, or the server stops: the latter two end the line."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ)
            if selector.select(seconds) and self._has_next_request():
                # What the client will ask next hides whether it stays: only the server can end the waiting.
                self.is_dead = self._ending.wait(max(0.0, until - time.monotonic()))

    def reset(self) -> None:
        """End the connection with RST instead of FIN, by lingering for no time at all."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _has_next_request(self) -> bool:
        try:
            self.is_dead = not self._connection.recv(1, socket.MSG_PEEK)
        except OSError:
            self.is_dead = True
        return not self.is_dead


def is_reset(connection: socket.socket) -> bool:
    """Tell whether a fault wants this connection to end with RST."""
    linger = connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
    return struct.unpack("ii", linger) == (1, 0)


def send(line: Line, reply: Reply, method: str, *, closes: bool) -> bool:
    """
    Write a reply, and tell whether the connection is over.

    Errors: OSError when the client hangs up in between, after the reply's ``ended`` was told.
    """
    wreck = reply.wreck
    if wreck is not None and wreck.kind in {"reset", "hang"}:
        if wreck.kind == "reset":
            line.reset()
        else:
            line.pause(wreck.seconds)
        reply.ended(whole=False)
        return True
    # A client that has given up during a wait reads nothing of what is written to it.
    is_late = line.is_dead
    try:
        if wreck is None:
            line.write(_head(reply, len(reply.body), closes=closes) + (reply.body if _has_body(reply, method) else b""))
        else:
            closes = _send_wrecked(line, reply, wreck, closes=closes, has_body=_has_body(reply, method))
    except OSError:
        reply.ended(whole=False)
        raise
    if is_late:
        reply.ended(whole=False)
    return closes


def _has_body(reply: Reply, method: str) -> bool:
    return reply.status != _NO_CONTENT and reply.status >= _LEAST_FINAL and method != "HEAD"


def _head(reply: Reply, length: int | None, *, closes: bool) -> bytes:
    """Return status line and headers; without a length the body comes in chunks."""
    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}"]
    lines += [f"Date: {formatdate(time.time() + reply.clock_offset, usegmt=True)}", "Server: grantgate-emulator"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if length is None:
        lines.append("Transfer-Encoding: chunked")
    elif reply.status != _NO_CONTENT and "content-length" not in {name.lower() for name in reply.headers}:
        lines.append(f"Content-Length: {length}")
    if closes:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _send_wrecked(line: Line, reply: Reply, wreck: Wreck, *, closes: bool, has_body: bool) -> bool:
    body = reply.body if has_body else b""
    if wreck.kind == "truncate":
        line.write(_head(reply, len(reply.body), closes=True) + body[: len(body) // 2])
        return True
    if wreck.kind == "trickle":
        line.write(_head(reply, len(reply.body), closes=closes))
        return _trickle(line, reply, wreck, body) or closes
    line.write(_head(reply, None if wreck.chunked else wreck.size, closes=closes))
    pieces = _padded(reply.body, wreck.size) if has_body else iter(())
    for piece in _compressed(pieces) if wreck.compressed else pieces:
        line.write(b"%x\r\n%s\r\n" % (len(piece), piece) if wreck.chunked else piece)
    if wreck.chunked and has_body:
        line.write(b"0\r\n\r\n")
    reply.ended(whole=False)
    return closes


def _trickle(line: Line, reply: Reply, wreck: Wreck, body: bytes) -> bool:
    """Write a body piece by piece, and tell whether the client has hung up meanwhile."""
    for start in range(0, max(1, len(body)), wreck.size):
        if start:
            line.pause(wreck.seconds)
        if line.is_dead:
            reply.ended(whole=False)
            return True
        if start + wreck.size >= len(body):
            # Said before the last piece: whoever has all of it finds the journal agreeing.
            reply.ended(whole=True)
        line.write(body[start : start + wreck.size])
    return False


def _padded(body: bytes, size: int) -> Iterator[bytes]:
    """Yield a body of ``size`` bytes without ever holding it."""
    begin, end = around_padding(body)
    yield begin
    left = size - len(begin) - len(end)
    padding = b"p" * _PIECE
    while left > 0:
        yield padding[:left]
        left -= _PIECE
    yield end


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    gzip = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for piece in pieces:
        if done := gzip.compress(piece):
            yield done
    yield gzip.flush()
