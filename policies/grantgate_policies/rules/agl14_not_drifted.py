"""AGL-14: what S3 says about a location is what the program declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from grantgate.kinds import LOCATIONS

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    OnUnknown,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Value,
)
from grantgate_policies.matching import ROLE_FIELD, SCOPE_FIELD, role_of, scope_of, told
from grantgate_policies.subjects import Location
from grantgate_policies.subjects.items import LISTING
from grantgate_policies.subjects.registrations import (
    LOCATION_TYPES,
    Registrations,
    makers_of,
    name_in,
    registrations,
    unread_of,
)
from grantgate_policies.subjects.values import value_of

if TYPE_CHECKING:
    from grantgate_policies.core import Verdict
    from grantgate_policies.program import Program

ID_FIELD: Final = "accessGrantsLocationId"
LIST_FIELD: Final = LOCATIONS.items
NAMED: Final = 3  # declarations that a message names
_ALONE: Final = Skipped("no declaration of this location is in the stack")
_WORDS: Final = {ROLE_FIELD: "role", SCOPE_FIELD: "scope"}


@dataclass(frozen=True, slots=True)
class _Declared:
    """
    Which declaration each lookup looked up.

    Shape: ``unread`` are names of locations that could not be read; ``declares`` says whether there is any declaration.
    """

    program: Program
    registered: Registrations
    unread: tuple[str, ...]
    declares: bool


def gather(program: Program) -> _Declared:
    """Join lookups with declarations."""
    unread = tuple(name_in(urn) for urn in unread_of(program, LOCATION_TYPES))
    registered = program.once(registrations)
    return _Declared(program, registered, unread, any(one.declared for one in registered.all))


def judge(live: Location, context: Context, known: _Declared) -> Verdict:
    """Break when role or scope differ and no change that this update plans explains it."""
    if not live.live:
        return Skipped("this is the declaration; its lookup is held against it")
    declared = known.registered.of(live).declared
    if declared is None:
        return _alone(live, known)
    verdicts = [_compared(field, live, declared, preview=context.preview) for field in (ROLE_FIELD, SCOPE_FIELD)]
    broken = [one for one in verdicts if isinstance(one, Broken)]
    likely = known.registered.is_likely(live)
    if broken:
        found = broken[0] if len(broken) == 1 else _both(*broken)
        made = f"{found.message}; {ID_FIELD} is made from {declared.resource.name!r}"
        return replace(found, message=made) if likely else found
    return next((one for one in verdicts if one), None) or (_likely(declared) if likely else PASSED)


def _likely(declared: Location) -> Unsure:
    """Tell that the id may be another location's than that which it is made from, whose values are the live ones."""
    made = f"it is made from {declared.resource.name!r}, whose role and scope are the live ones"
    return Unsure(ID_FIELD, f"{ID_FIELD} is not known in this preview; {made}")


def _alone(live: Location, known: _Declared) -> Verdict:
    if live.resource.type in LISTING and live.access_grants_location_id is UNKNOWN and known.declares:
        return Unsure(LIST_FIELD, f"{LIST_FIELD} is not known in this preview, and it may list what the stack declares")
    if live.access_grants_location_id is UNKNOWN:
        names = sorted({one.resource.name for one in makers_of(live, known.program)})
        if names:
            which = " or ".join(map(repr, names))
            return Unsure(ID_FIELD, f"whether the id is that of {which} is not known in this preview")
    perhaps = list(islice(known.registered.candidates(live), NAMED + 1)) if known.declares else []
    if perhaps:
        which = " or ".join(sorted({repr(one.name) for one in perhaps[:NAMED]}))
        more = " or another" if len(perhaps) > NAMED else ""
        why = "cannot be told from its id, account, Region and scope"
        return Unsure(SCOPE_FIELD, f"whether the location is that of {which}{more} {why}")
    if known.unread:
        return Unsure(SCOPE_FIELD, f"{known.unread[0]!r} could not be read, and it may declare this location")
    return _ALONE


def _both(role: Broken, scope: Broken) -> Broken:
    observed, expected = f"{role.observed}, {scope.observed}", f"{role.expected}, {scope.expected}"
    return Broken(role.field, observed, expected, f"{role.message}; {scope.message}", role.edit)


# --- one property -----------------------------------------------------------------------------------------------------


def _value(field: str, location: Location) -> Value:
    return location.iam_role_arn if field == ROLE_FIELD else location.location_scope


def _compared(field: str, live: Location, declared: Location, *, preview: bool) -> Verdict | None:
    """Compare one property; None when both are the same or this update makes them so."""
    mine, theirs = _value(field, live), _value(field, declared)
    name = declared.resource.name
    if isinstance(mine, Malformed):
        return Broken(field, mine.kind, "text", f"{field} is a {mine.kind}, not text")
    if mine is ABSENT:
        return Skipped(f"the lookup holds no {field}; lookup-performed says why")
    if not isinstance(mine, str):
        return Unsure(field, f"{field} is not known in this preview")
    found = _meaning(field, mine)
    if isinstance(found, Broken):
        return found
    if not isinstance(theirs, str):
        why = f"is a {theirs.kind}" if isinstance(theirs, Malformed) else "is not known"
        return Unsure(field, f"the {_WORDS[field]} that {name!r} declares {why}, and the live one is {told(mine)}")
    if found == _meaning(field, theirs):
        return None
    before = _before(field, declared)
    if isinstance(before, str):
        return None if _meaning(field, before) == found else _drifted(field, mine, theirs, name, before)
    if preview:
        word = _WORDS[field]
        return Unsure(
            field,
            f"the declared {word} {told(theirs)} of {name!r} and the live {word} {told(mine)} differ: this update "
            "changes it, or somebody changed it out of band",
        )
    return _drifted(field, mine, theirs, name)


def _meaning(field: str, text: str) -> Any:
    """Read a scope or role; two texts that cannot be read mean the same when they are the same."""
    return scope_of(text) if field == SCOPE_FIELD else role_of(text)


def _before(field: str, declared: Location) -> Value:
    previous = declared.resource.previous
    return value_of(previous, field) if previous is not None else ABSENT


def _drifted(field: str, live: str, declared: str, name: str, before: str = "") -> Broken:
    word = _WORDS[field]
    first = f", which was {told(before)} before this update" if before and before != declared else ""
    return Broken(
        field,
        live,
        declared,
        f"the live {word} is {told(live)}, and {name!r} declares {told(declared)}{first}",
        f"Run an update that sets the {word} back, or declare {told(live)}.",
    )


RULE = Rule(
    id="AGL-14",
    name="location-not-drifted",
    about=(Location,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The live location has the role and scope that the program declares",
    why=(
        "UpdateAccessGrantsLocation swaps a location's role with one call, and every grant below it then gets what the "
        "other role may do, while the code and the state still show the old one. A role that this very update changes "
        "is no drift, as far as the inputs before the update are known. A lookup whose declaration cannot be told, "
        "since an account or Region is not known, is UNKNOWN. Each location that is looked up, alone or in a list, is "
        "held against its declaration; grants, policies, roles and access points are not. The rule looks at the whole "
        "stack: it blocks a preview, and reports after the fact in an update."
    ),
    fix="Find out who changed the location, then run an update that sets it back, or declare what is right.",
    source="S3 API reference, UpdateAccessGrantsLocation and GetAccessGrantsLocation",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateAccessGrantsLocation.html",
    judge=judge,
    gather=gather,
    # In a preview every planned change of a role may look like drift where the inputs before it are not known, and a
    # new location has no live value at all: to stop there would stop the very update that puts the role right.
    on_unknown=OnUnknown.WARN,
)
