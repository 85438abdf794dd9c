"""
What is: read-only lookups of S3 Access Grants and Multi-Region Access Points as Pulumi resources.

Importing the package loads nothing: the classes come when they are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grantgate.instance import AccessGrantsInstanceForPrefix
    from grantgate.location import AccessGrantsLocation
    from grantgate.operation import MultiRegionAccessPointOperation

__all__ = ["AccessGrantsInstanceForPrefix", "AccessGrantsLocation", "MultiRegionAccessPointOperation"]

_HOMES = {
    "AccessGrantsInstanceForPrefix": "grantgate.instance",
    "AccessGrantsLocation": "grantgate.location",
    "MultiRegionAccessPointOperation": "grantgate.operation",
}


def __getattr__(name: str) -> Any:
    """Import a lookup when it is first named."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
