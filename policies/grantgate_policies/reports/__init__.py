"""Report formats by name: a new one is a module with ``render`` and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.reports import as_json, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grantgate_policies.report import Report
    from grantgate_policies.reports.look import Look

FORMATS: Final[Mapping[str, Callable[[Report, Look], str]]] = {
    "text": text.render,
    "json": as_json.render,
}
"""What turns a report into a text; only formats for people heed the look."""
