"""For each way of breaking the product, a case that shows it: all is well in it but for what has to be noticed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from . import cases, worlds
from .cases import HARSH, PLAIN, PREVIEW
from .lookups import LOCATION, LOCATIONS, Lookup
from .rulesfiles import DENIED
from .worlds import HOME, HOME_REGION, PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .cases import Case


def example(name: str) -> Case:
    """Give the case that shows whether what is broken by that name is noticed."""
    return _EXAMPLES[name](_well())


def _well() -> Case:
    """Find a plain preview of one location at home, in which nothing is wrong."""
    found = (cases.draw(seed, (LOCATION,)) for seed in range(10_000))
    return next(
        replace(case, lookups=(_alone(case),))
        for case in found
        if case.has_to_pass
        and case.command == PREVIEW
        and case.before is None
        and not case.faults
        and case.rules.blocks(DENIED)
        and 1 < len(case.world.sites[HOME, HOME_REGION].locations) < PAGE
    )


def _alone(case: Case, number: int = 0) -> Lookup:
    location = case.world.sites[HOME, HOME_REGION].locations[number]
    return Lookup(LOCATION, f"l{number}", HOME, HOME_REGION, location.id)


def _with(case: Case, *more: Lookup) -> Case:
    return replace(case, lookups=(*case.lookups, *more))


def _listed(case: Case) -> Case:
    return replace(case, lookups=(Lookup(LOCATIONS, "l0", HOME, HOME_REGION),))


def _long(case: Case) -> Case:
    site = case.world.sites[HOME, HOME_REGION]
    first = site.locations[0]
    many = tuple(
        replace(first, id=f"many-{number}", scope=first.scope.replace("team0000", f"team{number:04}"), role=role)
        for number in range(PAGE + 1)
        for role in (worlds.role_arn(HOME, f"team{number:04}-reader"),)
    )
    sites = {**case.world.sites, (HOME, HOME_REGION): replace(site, locations=many, grants=())}
    return _listed(replace(case, world=replace(case.world, sites=sites, roles=())))


def _unread(case: Case) -> Case:
    return replace(
        _listed(case), mood=HARSH, faults=({"operation": "ListAccessGrantsLocations", "kind": "access-denied"},)
    )


def _direct(case: Case) -> Case:
    return _with(case, replace(_alone(case, 1), after=0), replace(_alone(case, 0), name="l2", after=1))


def _missing(case: Case) -> Case:
    return _with(case, replace(_alone(case), name="l1", subject="nobody-knows", fits=False))


def _admin(case: Case) -> Case:
    one = case.lookups[0]
    world = case.world.with_role(HOME, HOME_REGION, one.subject, f"arn:aws:iam::{HOME}:role/DataAdmin")
    return replace(case, world=world, lookups=(replace(one, sound=False),))


_EXAMPLES: Final[Mapping[str, Callable[[Case], Case]]] = {
    "stale": lambda case: replace(case, before=case.world),
    "guessed": lambda case: _with(case, _alone(case, 1)),
    "first-page": _long,
    "empty": _unread,
    "shared": _direct,
    # The gate masks what it knows to be secret; the engine alone masks nothing.
    "leaking": lambda case: replace(_missing(case), command=PLAIN),
    "skipped-rule": lambda case: case,
    "lenient-rule": _admin,
    "dropped-finding": lambda case: case,
    "one-item": _listed,
    "green": _missing,
    "mute": lambda case: case,
    "tracing": lambda case: case,
}
