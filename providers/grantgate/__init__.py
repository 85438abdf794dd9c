"""
What is: read-only lookups of S3 Access Grants and Multi-Region Access Points as Pulumi resources.

Importing the package loads nothing: the classes come when they are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grantgate.access_grants_instance import AccessGrantsInstance
    from grantgate.access_point import MultiRegionAccessPoint
    from grantgate.grants import AccessGrants
    from grantgate.instance import AccessGrantsInstanceForPrefix
    from grantgate.instance_policy import AccessGrantsInstanceResourcePolicy
    from grantgate.location import AccessGrantsLocation
    from grantgate.location_role import AccessGrantsLocationRole
    from grantgate.locations import AccessGrantsLocations
    from grantgate.operation import MultiRegionAccessPointOperation

__all__ = [
    "AccessGrants",
    "AccessGrantsInstance",
    "AccessGrantsInstanceForPrefix",
    "AccessGrantsInstanceResourcePolicy",
    "AccessGrantsLocation",
    "AccessGrantsLocationRole",
    "AccessGrantsLocations",
    "MultiRegionAccessPoint",
    "MultiRegionAccessPointOperation",
]

_HOMES = {
    "AccessGrants": "grantgate.grants",
    "AccessGrantsInstance": "grantgate.access_grants_instance",
    "AccessGrantsInstanceForPrefix": "grantgate.instance",
    "AccessGrantsInstanceResourcePolicy": "grantgate.instance_policy",
    "AccessGrantsLocation": "grantgate.location",
    "AccessGrantsLocationRole": "grantgate.location_role",
    "AccessGrantsLocations": "grantgate.locations",
    "MultiRegionAccessPoint": "grantgate.access_point",
    "MultiRegionAccessPointOperation": "grantgate.operation",
}


def __getattr__(name: str) -> Any:
    """Import a lookup when it is first named."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
