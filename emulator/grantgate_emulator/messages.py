"""A request and a reply as plain values, before and after HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AWS_HOST = re.compile(r"(?:[a-z0-9._-]+\.)?(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws)")
_LOCAL_HOST = re.compile(r"(?:(?:[a-z0-9-]+\.)*localhost|(?:[a-z0-9-]+\.)?127(?:\.\d{1,3}){3}|\[?::1\]?)")
_CONTROL_HOST = re.compile(
    r"(?:(?P<account>\d{12})\.)?s3-control(?:-fips)?(?:\.dualstack)?\.(?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
_ACCOUNT_HOST = re.compile(r"(?P<account>\d{12})\.(?:localhost|127(?:\.\d{1,3}){3})")


@dataclass(frozen=True, slots=True)
class Request:
    """
    One HTTP request.

    Shape: ``host`` is lower-case without a port; ``path`` is as sent, undecoded; header names are lower-case;
           ``is_proxied`` says that the request line named the whole URI.
    """

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    client: str = "127.0.0.1"
    is_proxied: bool = False

    @property
    def target(self) -> str:
        """Return path and query as sent."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Wreck:
    """
    How a connection spoils a reply.

    Shape: ``seconds`` are those of a hang, or between two pieces of a trickle; ``size`` is a piece's, or the whole of a
           huge body, in bytes; a ``chunked`` body has no length in its head, and a ``compressed`` one is sent as gzip.
    """

    kind: Literal["truncate", "reset", "hang", "trickle", "huge"]
    seconds: float = 0
    size: int = 0
    chunked: bool = False
    compressed: bool = False


def _to_nobody(*, whole: bool) -> None:
    """Let nobody know: the emulator's own paths are in no journal."""
    del whole


@dataclass(slots=True)
class Reply:
    """
    One HTTP reply.

    Shape: ``wreck`` says how the connection spoils it, and status 0 means that none is sent; ``clock_offset`` is how
           many seconds the Date header is ahead; a list's ``items`` and ``next_page`` are for the journal; ``ended``
           is told whether the reply went out whole, when that was not sure before.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wreck: Wreck | None = None
    clock_offset: float = 0
    items: int | None = None
    next_page: str | None = None
    ended: Callable[..., None] = _to_nobody


def is_aws_host(host: str) -> bool:
    """Tell whether a name belongs to AWS."""
    return _AWS_HOST.fullmatch(host) is not None


def is_local_host(host: str) -> bool:
    """Tell whether a name can only mean this machine."""
    return _LOCAL_HOST.fullmatch(host) is not None


def account_in_host(host: str) -> str | None:
    """Return the account an SDK put in front of an endpoint's name."""
    found = _CONTROL_HOST.fullmatch(host) or _ACCOUNT_HOST.fullmatch(host)
    return found["account"] if found else None


def region_in_host(host: str) -> str | None:
    """Return the Region in an S3 Control endpoint's name."""
    found = _CONTROL_HOST.fullmatch(host)
    return found["region"] if found else None
