"""Fault plans: what goes wrong between the gate and AWS, call by call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grantgate_emulator.faultkinds import MALFORMED_BODIES, PAGE_STYLES

from .lookups import GRANTS, INSTANCE, LOCATION, LOCATIONS, OPERATION, POINT, POLICY, PREFIX, ROLE
from .odds import likely
from .worlds import role_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from .lookups import Lookup
    from .worlds import World

Fault = dict[str, Any]

CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    LOCATION: ("GetAccessGrantsLocation", "ListAccessGrantsLocations"),
    PREFIX: ("GetAccessGrantsInstanceForPrefix",),
    OPERATION: ("DescribeMultiRegionAccessPointOperation",),
    LOCATIONS: ("ListAccessGrantsLocations",),
    INSTANCE: ("GetAccessGrantsInstance",),
    GRANTS: ("ListAccessGrants",),
    POLICY: ("GetAccessGrantsInstanceResourcePolicy",),
    POINT: (
        "GetMultiRegionAccessPoint",
        "GetMultiRegionAccessPointPolicy",
        "GetMultiRegionAccessPointPolicyStatus",
        "GetMultiRegionAccessPointRoutes",
    ),
    ROLE: ("GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies"),
}
"""The calls that each kind of lookup may make."""

_MILD: Final = ("latency", "throttle", "server-error", "reset", "hang", "content-type", "skew", "trickle")
_HARSH: Final = (
    "throttle",
    "server-error",
    "access-denied",
    "expired",
    "truncate",
    "reset",
    "hang",
    "malformed",
    "malformed",
    "huge",
    "page-loop",
    "gone",
    "delete-after",
    "change-after",
    "redirect",
    "region-deny",
    "skew",
)


def draw(random: Random, world: World, lookups: Sequence[Lookup], count: int, *, mild: bool) -> tuple[Fault, ...]:
    """Draw faults for the calls that these lookups make; mild ones are waited out or change nothing that is said."""
    kinds = _MILD if mild else _HARSH
    return tuple(_fault(random, world, lookups, random.choice(kinds), mild=mild) for _ in range(count))


def _fault(random: Random, world: World, lookups: Sequence[Lookup], kind: str, *, mild: bool) -> Fault:
    makes = _PARTS.get(kind)
    fault = {"kind": kind, **(makes(random, world, lookups) if makes else {})}
    fault.setdefault("operation", _operation(random, lookups))
    if mild:
        return fault | (_SOFT[kind](random) if kind in _SOFT else {"times": 1})
    if likely(random, 0.4):
        fault["times"] = random.choice((1, 2, 3, 8))
    if likely(random, 0.25):
        fault["after"] = random.choice((1, 1, 2, 5))
    if likely(random, 0.3):
        fault |= {"probability": random.choice((0.2, 0.5, 0.8)), "seed": random.randrange(1000)}
    return fault


def _operation(random: Random, lookups: Sequence[Lookup]) -> str:
    calls = sorted({call for one in lookups for call in CALLS[one.kind]})
    if any(one.assumes for one in lookups):
        calls.append("AssumeRole")
    if any(not one.says_account and not one.assumes for one in lookups):
        calls.append("GetCallerIdentity")
    return random.choice(calls) if likely(random, 0.85) else "*"


def _list_call(random: Random, lookups: Sequence[Lookup]) -> str:
    return "ListAccessGrants" if any(one.kind == GRANTS for one in lookups) and likely(random, 0.4) else _LISTED


_LISTED: Final = "ListAccessGrantsLocations"


def _about_location(random: Random, world: World, lookups: Sequence[Lookup], **more: str) -> Fault:
    """Aim at a location that a lookup is about, so that the fault is met."""
    near = {(one.account, one.region) for one in lookups if one.kind in {LOCATION, LOCATIONS}}
    sites = [world.sites[place] for place in sorted(near) if world.sites[place].locations]
    site = random.choice(sites or [one for one in world.sites.values() if one.locations])
    aimed = {one.subject for one in lookups} & {one.id for one in site.locations}
    location = random.choice(sorted(aimed) or [one.id for one in site.locations[:5]])
    return {"location": f"{site.instance_arn}/location/{location}", **more}


def _gone(random: Random, world: World, lookups: Sequence[Lookup]) -> Fault:
    operation = random.choice(("GetAccessGrantsLocation", _LISTED, "*"))
    return _about_location(random, world, lookups, operation=operation)


def _change(random: Random, world: World, lookups: Sequence[Lookup]) -> Fault:
    return _about_location(random, world, lookups, roleArn=role_arn("111122223333", "SuperAdmin"))


def _redirect(random: Random, _world: World, _lookups: Sequence[Lookup]) -> Fault:
    return random.choice(({}, {"url": "http://127.0.0.1:9/"}, {"bucketRegion": "us-west-2"}))


_PARTS: Final[Mapping[str, Callable[[Random, World, Sequence[Lookup]], Fault]]] = {
    "latency": lambda random, _world, _lookups: {"seconds": random.choice((0.02, 0.1, 0.3))},
    "expired": lambda random, _world, _lookups: {
        "kind": "error",
        "code": random.choice(("ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ServiceQuotaExceeded")),
        "status": random.choice((400, 403)),
    },
    "malformed": lambda random, _world, _lookups: {"body": random.choice(MALFORMED_BODIES)},
    "content-type": lambda random, _world, _lookups: {"contentType": random.choice(("text/html", "text/plain"))},
    "huge": lambda random, _world, _lookups: {"megabytes": 24, "chunked": likely(random, 0.5)},
    "page-loop": lambda random, _world, lookups: {
        "operation": _list_call(random, lookups),
        "style": random.choice(PAGE_STYLES),
    },
    "gone": _gone,
    "delete-after": _about_location,
    "change-after": _change,
    "redirect": _redirect,
    "region-deny": lambda random, _world, _lookups: {"region": random.choice(("us-west-2", "eu-west-1"))},
    "skew": lambda random, _world, _lookups: {"offset": random.choice((-7200, 7200))},
    "trickle": lambda _random, _world, _lookups: {"bytes": 16384, "seconds": 0.05},
}
"""What a kind of fault says besides where and when."""

_SOFT: Final[Mapping[str, Callable[[Random], Fault]]] = {
    "latency": lambda _random: {},
    "content-type": lambda _random: {},
    "trickle": lambda _random: {},
    "skew": lambda random: {"offset": random.choice((-60, 60))},
}
"""Kinds that harm nothing however often they happen; the others are mild when they happen once."""
