"""Which release of grantgate this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def pack_version() -> str:
    """Give the installed release."""
    try:
        return version("grantgate")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0.0.0"
