"""Times on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def iso(moment: datetime) -> str:
    """
    Write ``moment`` as UTC, ISO 8601, whole seconds: a form that compares equal from run to run.

    >>> iso(datetime(2026, 1, 15, 9, 30, 0, 250, tzinfo=UTC))
    '2026-01-15T09:30:00Z'
    """
    return moment.astimezone(UTC).strftime(_FORM)


def now() -> datetime:
    """Give this moment, in UTC."""
    return datetime.now(UTC)


def moment(text: Any) -> datetime | None:
    """
    Read what ``iso`` wrote; None for everything else.

    >>> moment("2026-01-15T09:30:00Z").isoformat()
    '2026-01-15T09:30:00+00:00'
    >>> moment("yesterday"), moment(None)
    (None, None)
    """
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None
