"""What is said about a run that ended in an error, and the exit code: one line, never a traceback."""

from __future__ import annotations

import os
import traceback
from typing import Final

from grantgate_policies.report import Exit

DEBUG_VARIABLE: Final = "GRANTGATE_DEBUG"
"""The environment variable that brings the traceback back."""

_EXTRA: Final = frozenset({"httpx", "jsonschema", "rich", "ruamel"})
_HTML: Final = frozenset({"jinja2", "markupsafe", "plotly"})
_LONGEST: Final = 300


def told(error: Exception) -> tuple[str, int]:
    """Give the message for an error that no command handled, and the exit code."""
    from grantgate_policies.atomic import WriteError  # noqa: PLC0415 - only a run that failed pays for these
    from grantgate_policies.documents import InputError  # noqa: PLC0415
    from grantgate_policies.faults import RulesFileError  # noqa: PLC0415
    from grantgate_policies.redaction.reports import Secrets  # noqa: PLC0415
    from grantgate_policies.reports.look import shown  # noqa: PLC0415

    masked = Secrets.of(os.environ).masked

    if isinstance(error, InputError | WriteError | RulesFileError):
        return "\n".join(shown(line) for line in masked(str(error)).split("\n")), Exit.USAGE
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in _HTML:
        return f"{error.name} is not installed; run: pip install 'grantgate[html]'", Exit.USAGE
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in _EXTRA:
        return f"{error.name} is not installed; run: pip install 'grantgate[policies]'", Exit.USAGE
    reason = shown(" ".join(masked(str(error)).split()))[:_LONGEST]
    what = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    line = f"internal error: {what}; nothing was let through; please report it"
    if os.environ.get(DEBUG_VARIABLE) == "1":
        line = masked("".join(traceback.format_exception(error))) + line
    return line, Exit.ERROR
