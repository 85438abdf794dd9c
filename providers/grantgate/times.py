"""Times on the wire."""

from __future__ import annotations

from datetime import datetime, timezone


def iso(moment: datetime) -> str:
    """
    Write ``moment`` as UTC, ISO 8601, whole seconds: a form that compares equal from run to run.

    >>> iso(datetime(2026, 1, 15, 9, 30, 0, 250, tzinfo=timezone.utc))
    '2026-01-15T09:30:00Z'
    """
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
