"""AGL-06: no scope is registered twice, and none lies inside another's with a different role by accident."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from grantgate_policies.core import PASSED, UNKNOWN, Broken, Context, Level, Malformed, Rule, Severity, Unsure
from grantgate_policies.matching import ROLE_FIELD, SCOPE_FIELD, role_of, scope_of, told, undecided
from grantgate_policies.patterns import scope_pattern
from grantgate_policies.subjects import Location
from grantgate_policies.subjects.items import is_unlisted
from grantgate_policies.subjects.registrations import (
    LOCATION_TYPES,
    NOWHERE,
    ByPlace,
    Place,
    Registration,
    name_in,
    registrations,
    scope_in,
    unread_of,
)
from grantgate_policies.subjects.roles import RoleName, RoleOf, is_one_role, role_in, role_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.core import Verdict
    from grantgate_policies.program import Program
    from grantgate_policies.scopes import Scope

NAMED: Final = 3  # resources that a message names


@dataclass(slots=True, eq=False)
class _Entry:
    """One location with one scope; ``wider`` is the closest one around it that certainly is of the same place."""

    registration: Registration
    place: Place
    role: RoleName
    node: _Node
    wider: _Entry | None = None

    @property
    def scope(self) -> Scope:
        return self.node.scope

    @property
    def name(self) -> str:
        return self.registration.name

    @property
    def is_declared(self) -> bool:
        return self.registration.declared is not None


@dataclass(slots=True, eq=False)
class _Node:
    """
    One scope with every location that has it.

    Shape: ``parent`` is the closest scope around it; ``role`` is the one role of every location here and around, None
           where there are several or one is not known; ``near`` are the declarations and the others, those of one
           place together. These three tell what may be of one place, and stay empty where every place is settled.
    """

    scope: Scope
    parent: _Node | None = None
    role: RoleName = None
    entries: list[_Entry] = field(default_factory=list)
    same: dict[Place, list[_Entry]] = field(default_factory=dict)
    near: dict[bool, ByPlace[list[_Entry]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Hidden:
    """A location whose scope is not known, or a list of such: it may be any, whatever it is made from."""

    why: str


@dataclass(slots=True)
class _Forest:
    """
    Every scope of a stack below the closest one around it.

    Shape: ``entries`` are by the identity of the facts that have their scope; ``hidden`` is None where nothing is.
    """

    roles: dict[int, RoleName]
    nodes: dict[Scope, _Node] = field(default_factory=dict)
    entries: dict[int, _Entry] = field(default_factory=dict)
    hidden: ByPlace[_Hidden] | None = None
    is_vague: bool = False


# --- what is inside what ----------------------------------------------------------------------------------------------


def gather(program: Program) -> _Forest:
    """Build the forest in one pass over the sorted scopes: a prefix stands right before what begins with it."""
    registered = program.once(registrations)
    forest = _Forest({id(one): role_in(one, program) for one in program.of(Location)})
    hidden: dict[Place, _Hidden] = {}
    for registration in registered.all:
        planted: dict[Scope, _Entry] = {}
        for fact in registration.facts:
            scope = scope_in(fact.location_scope)
            if scope:
                if scope not in planted:
                    planted[scope] = _plant(forest, registration, scope, forest.roles[id(fact)])
                forest.entries[id(fact)] = planted[scope]
        if not planted and any(fact.location_scope is UNKNOWN for fact in registration.facts):
            what = "what" if is_unlisted(registration.facts[0]) else "the scope of"
            lists = " lists" if is_unlisted(registration.facts[0]) else ""
            why = f"{what} {registration.name!r}{lists} is not known in this preview"
            hidden.setdefault(registration.place, _Hidden(why))
    for urn in unread_of(program, LOCATION_TYPES):
        hidden.setdefault(NOWHERE, _Hidden(f"the scope of {name_in(urn)!r} could not be read"))
    if hidden:
        forest.hidden = ByPlace()
        for place, one in hidden.items():
            forest.hidden.add(place, one)
    nodes = [node for _, node in sorted(forest.nodes.items(), key=lambda one: (one[0].bucket, one[0].prefix))]
    _nest(nodes)
    if forest.is_vague:
        _nest_everywhere(nodes)
        _gather_near(forest)
    return forest


def _plant(forest: _Forest, registration: Registration, scope: Scope, role: RoleName) -> _Entry:
    node = forest.nodes.get(scope)
    if node is None:
        node = forest.nodes[scope] = _Node(scope)
    entry = _Entry(registration, registration.place, role, node)
    node.entries.append(entry)
    if not entry.place.is_settled:
        forest.is_vague = True
    if None not in entry.place:
        node.same.setdefault(entry.place, []).append(entry)
    return entry


def _gather_near(forest: _Forest) -> None:
    """Put what is of one place together: of a thousand that are no use to a location, none is looked at."""
    for node in forest.nodes.values():
        groups: dict[tuple[bool, Place], list[_Entry]] = {}
        for entry in node.entries:
            groups.setdefault((entry.is_declared, entry.place), []).append(entry)
        for (is_declared, place), group in groups.items():
            node.near.setdefault(is_declared, ByPlace()).add(place, group)


def _nest_everywhere(nodes: Sequence[_Node]) -> None:
    """Tell which scope is around which, wherever their locations are."""
    opened: list[_Node] = []
    for node in nodes:
        while opened and not _holds(opened[-1].scope, node.scope):
            opened.pop()
        node.parent = opened[-1] if opened else None
        roles = {role_key(entry.role) for entry in node.entries} | ({node.parent.role} if node.parent else set())
        node.role = roles.pop() if len(roles) == 1 else None
        opened.append(node)


def _nest(nodes: Sequence[_Node]) -> None:
    """Tell for each location which one is around it that certainly is of the same place."""
    by_place: dict[Place, list[_Entry]] = {}
    for node in nodes:
        for place, entries in node.same.items():
            around = by_place.setdefault(place, [])
            while around and not _holds(around[-1].node.scope, node.scope):
                around.pop()
            for entry in entries:
                # A location whose lookup and declaration name two scopes is not around itself.
                others = (one for one in reversed(around) if one.registration is not entry.registration)
                entry.wider = next(others, None) if around else None
            around.append(entries[0])


def _holds(wider: Scope, scope: Scope) -> bool:
    return not wider.bucket or (wider.bucket == scope.bucket and scope.prefix.startswith(wider.prefix))


# --- judging ----------------------------------------------------------------------------------------------------------


class _Judged(NamedTuple):
    """One location while it is judged."""

    location: Location
    entry: _Entry
    role: RoleName
    context: Context


def judge(location: Location, context: Context, forest: _Forest) -> Verdict:
    """Break on a scope that is registered twice, and on the narrower of two with different roles."""
    scope = scope_in(location.location_scope) or scope_of(location.location_scope)
    if isinstance(scope, Broken):
        return scope
    entry = forest.entries[id(location)]
    judged = _Judged(location, entry, forest.roles[id(location)], context)
    return (
        _twice(judged, entry.node)
        or (_nested(judged, entry.wider) if entry.wider else None)
        or (_perhaps(judged, entry.node) if forest.is_vague else None)
        or (_hidden(judged, forest.hidden) if forest.hidden else None)
        or PASSED
    )


def _twice(judged: _Judged, node: _Node) -> Verdict | None:
    twins = node.same.get(judged.entry.place, ())  # of no place that is not known, which is nobody's alone
    if len(twins) <= 1:
        return None
    names = sorted(one.name for one in twins[: NAMED + 1] if one is not judged.entry)[:NAMED]
    if not names:
        return None
    observed = str(judged.location.location_scope)
    more = f" and {len(twins) - 1 - NAMED:,} more" if len(twins) - 1 > NAMED else ""
    others = ", ".join(map(repr, names)) + more
    return Broken(
        SCOPE_FIELD,
        observed,
        "a scope that is registered once",
        f"scope {told(observed)} is that of {others} too, and S3 takes a scope once in an account and Region: "
        "AccessGrantsLocationAlreadyExistsError (409)",
    )


def _nested(judged: _Judged, wider: _Entry) -> Verdict | None:
    """Judge a scope inside another's, of certainly the same place."""
    settings = judged.context.settings
    if not wider.scope.bucket and settings["underDefault"] == "allowed":
        return None
    same = is_one_role(judged.role, wider.role)
    likely = isinstance(judged.role, RoleOf) or isinstance(wider.role, RoleOf)
    if same and isinstance(judged.role, str):
        role = role_of(judged.role)
        if isinstance(role, Broken):
            return role
    if same and settings["sameRole"] == "allowed" and not likely:
        return None
    patterns = [scope_pattern(text) for text in settings["allow"]]
    scope = judged.entry.scope
    if any(pattern.admits(scope, judged.context.variables) for pattern in patterns):
        return None
    return undecided(patterns, SCOPE_FIELD, judged.context) or _inside(judged, wider, same=same)


def _inside(judged: _Judged, wider: _Entry, *, same: bool | None) -> Verdict:
    location, scope = judged.location, judged.entry.scope
    observed = str(location.location_scope)
    where = f"scope {told(observed)} lies inside {told(wider.scope.text)} of {wider.name!r}"
    if same and judged.context.settings["sameRole"] == "allowed":
        # Only a role that is not known yet comes here: what it is made from may be another's all the same.
        why = f"and {ROLE_FIELD} of both is not known in this preview; it is made from {_maker(judged.role)}"
        return Unsure(ROLE_FIELD, f"{where}, {why}")
    if same is None:
        if isinstance(location.iam_role_arn, Malformed):
            kind = location.iam_role_arn.kind
            return Broken(ROLE_FIELD, kind, "text", f"{ROLE_FIELD} is a {kind}, not text")
        return Unsure(ROLE_FIELD, f"{where}, and whether both have one role is not known")
    instead = f"or, where it is meant, add {scope.text!r} to allow." if scope.text.endswith("/*") else ""
    if same:
        edit = instead and f"Remove the narrower location, {instead}"
        message = f"{where} and has the same role {_told(judged.role)}, so that it adds nothing"
        return Broken(SCOPE_FIELD, observed, "a scope outside the others of its role", message, edit)
    edit = instead and f"Give both locations one role, {instead}"
    return Broken(
        SCOPE_FIELD,
        observed,
        f"the role of {wider.name!r}, or a scope outside {wider.scope.text!r}",
        f"{where}, and the closest scope wins: requests below {told(scope.text)} get {_told(judged.role)}, "
        f"the others below {told(wider.scope.text)} get {_told(wider.role)}",
        edit,
    )


def _told(role: RoleName) -> str:
    return f"the role of {_maker(role)} ({ROLE_FIELD} is made from it)" if isinstance(role, RoleOf) else told(str(role))


def _maker(role: RoleName) -> str:
    return repr(name_in(role.urn)) if isinstance(role, RoleOf) else "another resource"


def _perhaps(judged: _Judged, node: _Node) -> Verdict | None:
    """Be unsure about what would break if both were of one account and Region."""
    # Deep nests of one role are common and break nothing: there is no need to look at each scope around.
    alike = role_key(judged.role) == node.role and judged.context.settings["sameRole"] == "allowed"
    alike = alike and isinstance(judged.role, str) and not isinstance(role_of(judged.role), Broken)
    # A lookup and a declaration of one scope are one location wherever they turn out to be.
    twin = next(_possible(judged.entry, node, (judged.entry.is_declared,)), None)
    if twin:
        return Unsure(
            SCOPE_FIELD,
            f"{twin.name!r} has the same scope, and whether it is of the same account and Region is not known",
        )
    above = None if alike else node.parent
    while above:
        other = _around(judged, above)
        if other:
            why = f"the scope lies inside {told(other.scope.text)} of {other.name!r}"
            return Unsure(SCOPE_FIELD, f"{why}, and whether it is of the same account and Region is not known")
        above = above.parent
    return None


def _around(judged: _Judged, node: _Node) -> _Entry | None:
    """Find one of a wider scope that would break the rule; among locations of one scope only the role matters."""
    if not node.scope.bucket and judged.context.settings["underDefault"] == "allowed":
        return None
    roles: set[RoleName] = set()
    for other in _possible(judged.entry, node, (True, False)):
        if other.role not in roles:
            roles.add(other.role)
            if _nested(judged, other):
                return other
    return None


def _possible(entry: _Entry, node: _Node, are_declared: Sequence[bool]) -> Iterator[_Entry]:
    """Give what may turn out to be of the same place, and is not so for certain."""
    for near in (node.near[one] for one in are_declared if one in node.near):
        for group in near.near(entry.place):
            if not group[0].place.is_same(entry.place):
                yield from (one for one in group if one.registration is not entry.registration)


def _hidden(judged: _Judged, hidden: ByPlace[_Hidden]) -> Verdict | None:
    """Be unsure beside a location that may have any scope."""
    near = next(hidden.near(judged.entry.place), None)
    return Unsure(SCOPE_FIELD, f"{near.why}, and it may overlap") if near else None


RULE = Rule(
    id="AGL-06",
    name="location-overlap",
    about=(Location,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="No scope is registered twice, and none lies inside another's with a different role by accident",
    why=(
        "S3 refuses a scope that is registered already, in the middle of an update. Of two locations one inside the "
        "other the closest to the request wins, so that a narrower one takes its keys away from the wider one's role; "
        "that is a pattern of AWS's own, and easily done by accident. Each location is held against the closest one "
        "around it. The rule looks at the whole stack: it blocks a preview, and reports after the fact in an update."
    ),
    fix="Give both locations one role, move the scopes apart, or list the narrower scope in allow.",
    source="S3 API reference, CreateAccessGrantsLocation; S3 User Guide, Register a location",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    needs=("location_scope",),
    judge=judge,
    gather=gather,
    settings={
        "allow": {
            "type": "array",
            "description": "Scopes that may lie inside another location's with a role of their own, as patterns.",
            "items": {"type": "string", "x-pattern": "scope"},
            "default": [],
            "examples": [["s3://acme-data-{environment}/restricted/*"]],
        },
        "sameRole": {
            "enum": ["allowed", "forbidden"],
            "description": "Whether a location may lie inside another one of the same role.",
            "default": "allowed",
        },
        # Everything of an account lies inside its s3://: to say so once for each location tells nothing that
        # location-not-default does not, and AWS describes narrower locations below s3:// as the way to other roles.
        "underDefault": {
            "enum": ["allowed", "forbidden"],
            "description": "Whether locations may lie inside s3://, which holds every bucket, with roles of their own.",
            "default": "allowed",
        },
    },
)
