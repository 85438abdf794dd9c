"""A request and a reply as plain values, before and after HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(slots=True)
class Reply:
    """One HTTP reply; ``wreck`` says how the connection spoils it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wreck: Literal["truncate", "reset"] | None = None


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
