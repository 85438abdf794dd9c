"""AGL-13: locations of different buckets or classes of data do not share a role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Value,
)
from grantgate_policies.matching import ROLE_FIELD, SCOPE_FIELD, role_of, scope_of, told, undecided
from grantgate_policies.patterns import scope_pattern
from grantgate_policies.subjects import Location
from grantgate_policies.subjects.registrations import (
    LOCATION_TYPES,
    Place,
    Registration,
    Registrations,
    name_in,
    registrations,
    scope_in,
    unread_of,
)
from grantgate_policies.subjects.roles import RoleName, RoleOf, last_name, role_in, role_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from grantgate_policies.core import Verdict
    from grantgate_policies.program import Program
    from grantgate_policies.scopes import Scope

NAMED: Final = 3
"""The most locations that a message names."""

_KINDS: Final = {"location": "location", "bucket": "bucket", "class": "class of data"}


@dataclass(frozen=True, slots=True, eq=False)
class _Use:
    """One location that has a role; ``scope`` is None where it is not known."""

    registration: Registration
    place: Place
    scope: Scope | None

    @property
    def told(self) -> str:
        """The location, for a message."""
        return f"{self.registration.name!r} ({self.scope.text if self.scope else 'its scope is not known'})"


@dataclass(frozen=True, slots=True)
class _Group:
    """Locations of one account that lie in the same bucket or class, by ``label``; None where that is not known."""

    label: Hashable
    uses: tuple[_Use, ...]


@dataclass(slots=True)
class _Roles:
    """
    Every location by its role.

    Shape: ``names`` are as they are written, every other role is its key; ``written`` are the ARNs by the role's name,
           ``made`` the roles without one yet; ``divided`` keeps what was divided once, by what it was divided with,
           since settings differ by account; ``divisions`` are by the identity of the context, of which there is one
           for each account and Region.
    """

    registered: Registrations
    names: dict[int, RoleName]
    uses: dict[RoleName, list[_Use]] = field(default_factory=dict)
    written: dict[str, list[RoleName]] = field(default_factory=dict)
    made: dict[str, list[RoleName]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    divided: dict[Hashable, dict[Any, tuple[_Group, ...]]] = field(default_factory=dict)
    divisions: dict[int, _Division] = field(default_factory=dict)

    def division(self, context: Context) -> _Division:
        """Give how locations are divided that are judged in a context."""
        found = self.divisions.get(id(context))
        if found is None or found.context is not context:
            found = self.divisions[id(context)] = _divided_in(context, self)
        return found


def gather(program: Program) -> _Roles:
    """Index the locations by their roles; a declaration and its lookups count once for each role."""
    registered = program.once(registrations)
    roles = _Roles(registered, {id(one): role_in(one, program) for one in program.of(Location)})
    for registration in registered.all:
        seen: set[RoleName] = set()
        for fact in registration.facts:
            role = role_key(roles.names[id(fact)])
            waits = role is not None or fact.iam_role_arn is UNKNOWN
            if waits and role not in seen:
                seen.add(role)
                use = _Use(registration, registration.place, scope_in(fact.location_scope))
                roles.uses.setdefault(role, []).append(use)
    for name in roles.uses:
        if name:
            kind = roles.made if isinstance(name, RoleOf) else roles.written
            kind.setdefault(last_name(name), []).append(name)
    roles.unread = tuple(name_in(urn) for urn in unread_of(program, LOCATION_TYPES))
    return roles


# --- judging ----------------------------------------------------------------------------------------------------------


def judge(location: Location, context: Context, roles: _Roles) -> Verdict:
    """Break when locations of another bucket or class, in the same account, have the same role."""
    scope = scope_in(location.location_scope) or scope_of(location.location_scope)
    if isinstance(scope, Broken):
        return scope
    role = roles.names[id(location)]
    if role is None:
        return _no_role(location)
    if isinstance(role, str) and isinstance(read := role_of(role), Broken):
        return read
    division = roles.division(context)
    return division.unsure or _judged(location, scope, role, division)


def _judged(location: Location, scope: Scope, role: RoleName, division: _Division) -> Verdict:
    roles, kind = division.roles, _KINDS[division.per]
    registration = roles.registered.of(location)
    own = division.label(registration, registration.place, scope)
    if own is None:
        return Unsure(SCOPE_FIELD, "which class of data the scope is of cannot be told without its account and Region")
    account = registration.place.account
    # Nearly every role serves one bucket: then nothing is left.
    apart = [group for group in division.groups(role_key(role), account) if group.label != own]
    if apart:
        others = list(_others(registration, own, [group for group in apart if group.label is not None]))
        if others:
            return _shared(location, role, others, kind)
        perhaps = next(_others(registration, own, [group for group in apart if group.label is None]), None)
        if perhaps:
            return Unsure(SCOPE_FIELD, f"{perhaps.told} has the same role, and may be of another {kind}")
    for other in _alike(role_key(role), roles):
        waiting = next(_others(registration, own, division.groups(other, account)), None)
        if waiting:
            return Unsure(ROLE_FIELD, f"the role of {waiting.told} is not known in this preview, and may be the same")
    if roles.unread:
        return Unsure(ROLE_FIELD, f"{roles.unread[0]!r} could not be read, and may have the same role")
    if isinstance(role, RoleOf):
        made = f"it is made from {_maker(role)}, whose role no other {kind} has"
        return Unsure(ROLE_FIELD, f"{ROLE_FIELD} is not known in this preview; {made}")
    return PASSED


def _alike(role: RoleName, roles: _Roles) -> Iterator[RoleName]:
    """
    Give the roles that may turn out to be this one: those that are not known, and those of its name.

    An ARN that is made from a role of another name may turn out to be this one too. Sharing breaks both locations, and
    that one's own finding calls it unknown, so that this one need not.
    """
    yield None
    if isinstance(role, RoleOf):
        yield from (
            roles.written.get(role.name, ()) if role.name else (one for one in roles.uses if isinstance(one, str))
        )
    elif role:
        yield from roles.made.get(last_name(role), ())
        yield from roles.made.get("", ())


def _no_role(location: Location) -> Verdict:
    value: Value = location.iam_role_arn
    if isinstance(value, Malformed):
        return Broken(ROLE_FIELD, value.kind, "text", f"{ROLE_FIELD} is a {value.kind}, not text")
    if value is not ABSENT:
        return Unsure(ROLE_FIELD, f"{ROLE_FIELD} is not known in this preview")
    if location.live:
        return Skipped(f"the lookup holds no {ROLE_FIELD}; lookup-performed says why")
    return Broken(ROLE_FIELD, "nothing", "text", f"{ROLE_FIELD} is not set")


def _others(registration: Registration, own: Hashable, groups: Sequence[_Group]) -> Iterator[_Use]:
    """Give locations of other groups."""
    for group in groups:
        if group.label is None or group.label != own:
            yield from (use for use in group.uses if use.registration is not registration)


def _shared(location: Location, role: RoleName, others: Sequence[_Use], kind: str) -> Broken:
    names = sorted(use.told for use in others)
    more = " and others" if len(names) > NAMED else ""
    shown = f"role {told(role)}" if isinstance(role, str) else f"the role of {_maker(role)}"
    made = "" if isinstance(role, str) else f"; {ROLE_FIELD} of each is made from {_maker(role)}"
    return Broken(
        ROLE_FIELD,
        str(location.iam_role_arn) if isinstance(location.iam_role_arn, str) else shown,
        f"a role that no other {kind} has",
        f"{shown} is that of {', '.join(names[:NAMED])}{more} too, and one role serves one {kind}{made}",
    )


def _maker(role: RoleName) -> str:
    return repr(name_in(role.urn)) if isinstance(role, RoleOf) else "another resource"


# --- dividing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Division:
    """
    How the locations of a role are divided: by what, with which patterns, and with whose variables.

    Shape: ``unsure`` says why they cannot be, None where they can; ``key`` tells apart what divides differently.
    """

    context: Context
    roles: _Roles
    per: str
    patterns: tuple[str, ...]
    unsure: Unsure | None
    key: Hashable

    def groups(self, role: RoleName, account: object) -> tuple[_Group, ...]:
        """
        Divide the locations that have one role, and that may be of one account, by bucket or class.

        Each group keeps no more than a message can name, and one more that may be the asking location itself: a role
        that ten thousand locations share costs each of them a few steps.
        """
        key = (role, self.key)
        found = self.roles.divided.get(key)
        if found is None:
            found = self.roles.divided[key] = self._divided(role)
        if not isinstance(account, str):
            return tuple(group for groups in found.values() for group in groups)
        return (*found.get(account, ()), *found.get(None, ()))

    def _divided(self, role: RoleName) -> dict[Any, tuple[_Group, ...]]:
        """Divide by account, those that are not known together, and then by label."""
        divided: dict[Any, dict[Hashable, list[_Use]]] = {}
        for use in self.roles.uses.get(role, ()):
            account = use.place.account if isinstance(use.place.account, str) else None
            label = self.label(use.registration, use.place, use.scope)
            divided.setdefault(account, {}).setdefault(label, []).append(use)
        return {
            account: _fewest(
                [
                    _Group(label, tuple(sorted(uses, key=lambda one: one.told)[: NAMED + 1]))
                    for label, uses in labelled.items()
                ]
            )
            for account, labelled in divided.items()
        }

    def label(self, registration: Registration, place: Place, scope: Scope | None) -> Hashable:
        """Tell which bucket or class a location is of; None when that is not known."""
        if self.per == "location":
            return id(registration)
        if scope is None:
            return None
        if self.per == "bucket":
            return scope.bucket
        region = place.region
        here = {**self.context.variables, "region": region if isinstance(region, str) else None}
        compiled = [scope_pattern(text) for text in self.patterns]
        for pattern in compiled:
            if any(here.get(name) is None for name in pattern.variables):
                return None
            found = pattern.admits(scope, here)
            if found:
                # Of several ways to read a name the first in order counts, which for one capture is the shortest.
                return pattern.text, found[0]
        return "of no class"


def _divided_in(context: Context, roles: _Roles) -> _Division:
    per: str = context.settings["per"]
    patterns = tuple(context.settings["classes"]) if per == "class" else ()
    if per == "class" and not patterns:
        unsure: Unsure | None = Unsure(SCOPE_FIELD, "per is 'class', and the rules file gives no classes")
    else:
        unsure = undecided((scope_pattern(text) for text in patterns), SCOPE_FIELD, context)
    # A location's Region is its own, the other variables are its account's.
    values = sorted((name, value) for name, value in context.variables.items() if name != "region")
    return _Division(context, roles, per, patterns, unsure, (per, patterns, tuple(values) if patterns else ()))


def _fewest(groups: Sequence[_Group]) -> tuple[_Group, ...]:
    """Keep the groups whose first locations come first; no message names more, whichever group asks."""
    if len(groups) == 1:
        return tuple(groups)
    known = sorted((group for group in groups if group.label is not None), key=lambda one: one.uses[0].told)
    return (*known[: NAMED + 2], *(group for group in groups if group.label is None))


RULE = Rule(
    id="AGL-13",
    name="location-role-not-shared",
    about=(Location,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="Locations of different buckets or classes of data do not share a role",
    why=(
        "What a role may do bounds every grant of every location that has it. A role that serves two classes of data "
        "must be allowed to read both, and a mistake in one grant then reaches the other. The rule looks at the whole "
        "stack: it blocks a preview, and reports after the fact in an update."
    ),
    fix="Make a role for each bucket or class, allowed to do what that one needs and no more.",
    source="S3 User Guide, Register a location: the role's policy bounds every grant",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    needs=("location_scope",),
    judge=judge,
    gather=gather,
    settings={
        "per": {
            "enum": ["location", "bucket", "class"],
            "description": "What may have a role of its own: each location, each bucket, or each class in classes.",
            "default": "bucket",
        },
        "classes": {
            "type": "array",
            "description": (
                "Classes of data as scope patterns, needed with per: class. The first pattern that holds the whole "
                "scope counts, and different captures are different classes; what none holds is one class by itself."
            ),
            "items": {"type": "string", "x-pattern": "scope"},
            "default": [],
            "examples": [["s3://acme-{class}-*/*"]],
        },
    },
)
