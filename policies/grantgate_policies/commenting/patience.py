"""
How long and how often a service is asked again, and how long it wants us to wait.

Source: RFC 9110, 10.2.3 "Retry-After"; GitHub, "Rate limits for the REST API: exceeding the rate limit"; GitLab,
"Rate limits: response headers".
"""

from __future__ import annotations

import datetime as dt
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SECONDS: Final = re.compile(r"[0-9]{1,10}\Z")
_SECONDARY: Final = "secondary rate limit"
_SECONDARY_WAIT: Final = 60.0
_TOO_MANY: Final = 429
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Patience:
    """
    The limits of one run.

    Shape: ``attempts`` are those of one request; ``pages`` and ``page_bytes`` bound what a service can make us read;
           ``sleep``, ``clock`` and ``now`` are how time passes, for tests that do not wait.
    Units: seconds; ``seconds`` is for the whole run, ``connect`` and ``read`` for one step of one request.
    """

    attempts: int = 6
    seconds: float = 180.0
    connect: float = 10.0
    read: float = 30.0
    pages: int = 200
    page_bytes: int = 64 * 1024 * 1024
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time


def is_rate_limit(status: int, headers: Mapping[str, str], body: str) -> bool:
    """
    Say whether a refusal is a rate limit, which passes, rather than a missing permission, which does not.

    >>> is_rate_limit(403, {"retry-after": "1"}, ""), is_rate_limit(403, {}, "Resource not accessible by integration")
    (True, False)
    """
    if status == _TOO_MANY:
        return True
    return status == _FORBIDDEN and (
        "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or _SECONDARY in body.casefold()
    )


def wait_wanted(headers: Mapping[str, str], body: str, now: float) -> float | None:
    """
    Give the seconds that a service wants us to wait; None when it does not say, or nothing that can be understood.

    >>> wait_wanted({"retry-after": "7"}, "", 0.0), wait_wanted({"retry-after": "soon"}, "", 0.0)
    (7.0, None)
    >>> wait_wanted({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, "", 40.0)
    60.0
    """
    if "retry-after" in headers:
        return _after(headers["retry-after"].strip(), now)
    if headers.get("x-ratelimit-remaining") == "0" or headers.get("ratelimit-remaining") == "0":
        reset = (headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset") or "").strip()
        if _SECONDS.match(reset):
            return max(float(reset) - now, 0.0)
    return _SECONDARY_WAIT if _SECONDARY in body.casefold() else None


def _after(written: str, now: float) -> float | None:
    if _SECONDS.match(written):
        return float(written)
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(moment.timestamp() - now, 0.0)
