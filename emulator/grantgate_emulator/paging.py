"""Pages of a list: NextToken says after which entry to go on, and cannot be made up or carried elsewhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Protocol, TypeVar

from .errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .calls import Call

MOST_PER_PAGE = 1000


class Numbered(Protocol):
    """Something with a place in the order of creation."""

    @property
    def number(self) -> int:
        """Return the place."""
        ...


Entry = TypeVar("Entry", bound=Numbered)


def page(call: Call, entries: Iterable[Entry]) -> tuple[list[Entry], str | None]:
    """
    Return one page of a list and the token of the next page, None on the last.

    An entry deleted between two pages moves nothing: the token names the last entry seen, not a count. MaxResults 0
    is within the model's range and means the default.
    """
    size = call.parameters.get("MaxResults") or MOST_PER_PAGE
    after = _read(call, call.parameters["NextToken"]) if "NextToken" in call.parameters else 0
    rest = sorted((entry for entry in entries if entry.number > after), key=lambda entry: entry.number)
    shown = rest[:size]
    return shown, _write(call, shown[-1].number) if len(rest) > size else None


def _signature(call: Call, number: int) -> bytes:
    filters = {key: value for key, value in call.parameters.items() if key not in {"NextToken", "MaxResults"}}
    text = json.dumps([call.operation, call.account, call.region, filters, number], sort_keys=True)
    return hmac.new(call.state.page_key, text.encode(), hashlib.sha256).digest()[:16]


def _write(call: Call, number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(8, "big") + _signature(call, number)).decode()


def _read(call: Call, token: str) -> int:
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    number = int.from_bytes(raw[:8], "big")
    if len(raw) != 24 or not hmac.compare_digest(raw[8:], _signature(call, number)):  # noqa: PLR2004  # as _write makes it
        raise AwsError("InvalidRequest", "The continuation token provided is incorrect")
    return number
