"""MRP-05: the routes of a Multi-Region Access Point lead somewhere, and only where the organization is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    Rule,
    Severity,
    Unsure,
    Value,
    Verdict,
)
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects import MultiRegionAccessPointRoutes, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIELD: Final = "routes"
DIAL: Final = "trafficDialPercentage"
ACTIVE, PASSIVE = 100, 0

_MOST: Final = 1_000_000  # the largest figure that a message writes out


def judge(fact: MultiRegionAccessPointRoutes, context: Context) -> Verdict:
    """Break on what S3 would not take, on a Region that is not allowed and on routes that are all passive."""
    routes = fact.routes
    if isinstance(routes, Malformed):
        return Broken(FIELD, routes.kind, "a list of routes", f"{FIELD} is a {routes.kind}, not a list of routes")
    if routes is UNKNOWN:
        return Unsure(FIELD, f"{FIELD} is not known in this preview")
    if isinstance(routes, Missing) or not routes:
        return Broken(FIELD, "nothing", "at least one route", f"{FIELD} holds no route")
    verdicts = [*_each(routes, context), *_repeated(routes), *_active(routes)]
    broken = next((one for one in verdicts if isinstance(one, Broken)), None)
    return broken or next(iter(verdicts), PASSED)


def _each(routes: tuple[Route, ...], context: Context) -> Iterator[Broken | Unsure]:
    for number, route in enumerate(routes, start=1):
        yield from _read(number, route)
        yield from _placed(number, route, context)


def _read(number: int, route: Route) -> Iterator[Broken | Unsure]:
    """Tell what cannot be read of one route."""
    where, dial = f"route {number}", route.traffic_dial_percentage
    for name, value in (("bucket", route.bucket), ("region", route.region)):
        if isinstance(value, Malformed):
            yield Broken(FIELD, value.kind, "text", f"{name} of {where} is a {value.kind}, not text")
        elif value == "":
            yield Broken(FIELD, "''", "text that says something", f"{name} of {where} is empty")
    if route.bucket is ABSENT and route.region is ABSENT:
        yield Broken(FIELD, "nothing", "a bucket or a Region", f"{where} names neither bucket nor region")
    limit = f"{PASSIVE} or {ACTIVE}"
    if isinstance(dial, Malformed):
        yield Broken(FIELD, dial.kind, limit, f"{DIAL} of {where} is a {dial.kind}, not {limit}")
    elif dial is ABSENT:
        yield Broken(FIELD, "nothing", limit, f"{DIAL} of {where} is not set")
    elif dial is UNKNOWN:
        yield Unsure(FIELD, f"{DIAL} of {where} is not known in this preview")
    elif dial not in (PASSIVE, ACTIVE):
        figure = _figure(dial)
        yield Broken(FIELD, figure, limit, f"{DIAL} of {where} is {figure}, and S3 takes {limit}")


def _figure(dial: int) -> str:
    """Write a percentage; one of hundreds of digits must not fill a screen."""
    if abs(dial) <= _MOST:
        return str(dial)
    return f"above {_MOST:,}" if dial > 0 else f"below -{_MOST:,}"


def _placed(number: int, route: Route, context: Context) -> Iterator[Broken | Unsure]:
    """Hold a route's Region against the organization's, and an active one's against those that may be active too."""
    yield from _inside(number, route.region, context.organization.regions, "the organization's")
    # A dial that is not known yet is unsure by itself: at 0 the route may lead to any of the organization's Regions.
    if route.traffic_dial_percentage == ACTIVE:
        yield from _inside(number, route.region, context.settings["activeRegions"], "those that may be active,")


def _inside(number: int, region: Value, allowed: Sequence[str], whose: str) -> Iterator[Broken | Unsure]:
    limit = quoted(allowed)
    if not allowed:
        return
    if region is ABSENT:
        yield Unsure(FIELD, f"route {number} names no region, so whether it is one of {limit} cannot be told")
    elif region is UNKNOWN:
        yield Unsure(FIELD, f"region of route {number} is not known in this preview")
    elif isinstance(region, str) and region not in allowed:
        message = f"Region {told(region)} of route {number} is not one of {whose} {limit}"
        yield Broken(FIELD, region, f"one of {limit}", message)


def _repeated(routes: tuple[Route, ...]) -> Iterator[Broken]:
    for name, values in (("bucket", [one.bucket for one in routes]), ("region", [one.region for one in routes])):
        seen: dict[Value, int] = {}
        for number, value in enumerate(values, start=1):
            if not isinstance(value, str):
                continue
            first = seen.setdefault(value, number)
            if first != number:
                message = f"{name} {told(value)} of route {number} is that of route {first} too, and each has one route"
                yield Broken(FIELD, value, f"one route for each {name}", message)


def _active(routes: tuple[Route, ...]) -> Iterator[Broken]:
    dials = [one.traffic_dial_percentage for one in routes]
    if all(dial == PASSIVE for dial in dials):
        edit = f"Set {DIAL} to {ACTIVE} for the Region that is to serve requests."
        message = f"{DIAL} is {PASSIVE} for every route, and at least one must be {ACTIVE}"
        yield Broken(FIELD, str(PASSIVE), f"{ACTIVE} for at least one route", message, edit)


RULE = Rule(
    id="MRP-05",
    name="access-point-routes-valid",
    about=(MultiRegionAccessPointRoutes,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="The routes have an active Region, and every Region is one that the organization uses",
    why=(
        "Routes decide which Regions serve an access point's requests. Without an active one every request fails, and "
        "a route into another Region moves data to where nobody meant it to be."
    ),
    fix="Give each Region one route at 0 or 100, at least one of them 100, in the organization's Regions.",
    source="S3 API reference, SubmitMultiRegionAccessPointRoutes: MultiRegionAccessPointRoute",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_MultiRegionAccessPointRoute.html",
    judge=judge,
    settings={
        "activeRegions": {
            "type": "array",
            "description": "Regions that routes at 100 may name; empty for every one that the organization uses.",
            "items": {"type": "string", "pattern": "^[a-z0-9-]+$", "x-is": "the name of an AWS Region"},
            "default": [],
        },
    },
)
