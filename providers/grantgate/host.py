"""The one adjustment to Pulumi's dynamic provider host: an error of ours is told as its message, not as frames."""

from __future__ import annotations

import sys
import traceback
from typing import Any


class Told(Exception):
    """An exception whose message is all that a user needs."""


class _Traceback:
    """Stands for the ``traceback`` module in the host's own file; everything but our exceptions passes through."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    @staticmethod
    def format_exc(*arguments: Any, **named: Any) -> str:
        """Give the message alone for an exception of ours."""
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, Told) else traceback.format_exc(*arguments, **named)


def tell_messages() -> None:
    """
    Let the host print messages.

    Pulumi's dynamic host answers an exception in ``read`` with ``traceback.format_exc()`` and offers nothing else. Only
    the name inside that one file is replaced; where the host is another, nothing happens and frames are printed.
    """
    host = sys.modules.get("__main__")
    if hasattr(host, "DynamicResourceProviderServicer") and getattr(host, "traceback", None) is traceback:
        host.traceback = _Traceback()  # type: ignore[union-attr]  # a module, as hasattr just showed
