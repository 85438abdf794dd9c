"""
Which roles serve which locations of one stack, and which policies say what those roles may do.

Values are joined where both are known. What one that is not known yet is made from is likely what it will name, and
may not be: rules break on it and do not pass by it. What may belong together is never taken for absent.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate_policies import iam
from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Malformed, Value
from grantgate_policies.matching import quoted
from grantgate_policies.subjects import Location, ManagedPolicy, PolicyAttachment, Role, RolePolicy
from grantgate_policies.subjects.values import arn_of
from grantgate_policies.trust import ASSUME, CHINA, SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grantgate_policies.program import Program
    from grantgate_policies.subjects.access import Values

_ROLE_FIELD: Final = "iamRoleArn"
_ARNS_FIELD: Final = "managedPolicyArns"
_ALIKE: Final = 8  # of more roles by one name, or with one ARN, nobody can say whose something is
_SHOWN: Final = 3  # locations that a role may serve and that rules name


# --- what belongs to what ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Servants:
    """
    The roles of this stack that a location hands out credentials of.

    Shape: an ARN that is not known is made from ``likely`` alone; of ``possible`` one may be meant; ``untold``: any.
    """

    certain: tuple[Role, ...] = ()
    likely: tuple[Role, ...] = ()
    possible: tuple[Role, ...] = ()
    untold: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """The locations that a role serves, those made from it, and those of which it cannot be told; all by URN."""

    certain: Sequence[Location] = ()
    likely: Sequence[Location] = ()
    possible: Sequence[Location] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """
    A policy of a role that this stack holds.

    Shape: ``field`` is the property that holds it, of the role or of the resource beside it that ``label`` names;
           ``document`` is for `grantgate_policies.iam.read`, or Malformed where there is none to be read;
           ``made_from`` says what is made from what, where only that tells that the policy is the role's.
    """

    field: str
    label: str
    document: Any
    made_from: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A managed policy of a role that this stack does not declare; ``made_from`` is as for Written."""

    field: str
    arn: str
    made_from: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Policies that a role may have and that cannot be told yet; ``reason`` says why."""

    field: str
    reason: str


Policy: TypeAlias = "Written | Attached | Unclear"


def join(program: Program) -> Joins:
    """Join roles, locations and policies; the time grows with their number, not with its square."""
    return Joins(program, _Roles(program), _Managed(program))


@dataclass(frozen=True)
class Joins:
    """What rules ask about roles of one stack; made by ``join``."""

    program: Program
    _roles: _Roles
    _managed: _Managed
    _served: dict[str, tuple[list[Location], ...]] = field(default_factory=dict, init=False)
    _untold: list[Location] = field(default_factory=list, init=False)
    _beside: dict[str, list[Policy]] = field(default_factory=dict, init=False)
    _anybodys: list[Policy] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._place_locations()
        self._place_policies()

    def _place_locations(self) -> None:
        crowds: dict[int, tuple[Sequence[Role], list[Location]]] = {}
        for location in self.program.of(Location):
            servants = self.servants(location)
            for kind, roles in enumerate((servants.certain, servants.likely, servants.possible)):
                # Rules name a few of the locations that a crowd may serve: the others add nothing but time.
                _, seen = crowds.setdefault(id(roles), (roles, []))
                seen.append(location)
                for role in roles if len(roles) <= _ALIKE or len(seen) <= _SHOWN else ():
                    self._served.setdefault(role.resource.urn, ([], [], []))[kind].append(location)
            # A lookup that has not looked says nothing; what it will find, the program declares or does not have.
            if servants.untold and not location.live:
                self._untold.append(location)

    def _place_policies(self) -> None:
        crowds: dict[int, Sequence[Role]] = {}
        for named, value, name, policies in self._declarations():
            owners, likely = self._roles.named(named, name, value)
            about = f"resource {named.resource.name!r}"
            if len(owners) <= _ALIKE:
                for owner in owners:
                    self._beside.setdefault(owner.resource.urn, []).extend(policies)
            elif id(owners) not in crowds:
                crowds[id(owners)] = owners
                crowd = Unclear(name, f"it is not known which of {len(owners)} roles of one name {about} is for")
                for owner in owners:
                    self._beside.setdefault(owner.resource.urn, []).append(crowd)
            unclear = Unclear(name, f"it is not known which role {about} is for{_made_from(likely)}")
            why = f"{name} of {about} is made from the role"
            for owner in likely:
                given = (one if isinstance(one, Unclear) else replace(one, made_from=why) for one in policies)
                self._beside.setdefault(owner.resource.urn, []).extend((*given, unclear))
            # What is made from roles alone names one of them, as good as always: no other role waits for it.
            alone = likely and all(self.program.at(urn, Role) for urn in named.resource.made_from.get(name, ()))
            if not alone and (likely or not isinstance(value, str)):
                self._anybodys.append(unclear)

    def servants(self, location: Location) -> Servants:
        """Give the roles that a location hands out credentials of, as far as the stack declares them."""
        arn = location.iam_role_arn
        if isinstance(arn, str):
            return self._roles.of(arn, location)
        if arn is not UNKNOWN:
            return Servants()
        behind = _distinct(self.program.behind(location, _ROLE_FIELD, Role))
        return Servants(likely=behind) if len(behind) == 1 else Servants(possible=behind, untold=not behind)

    def served(self, role: Role) -> Served:
        """Give the locations that hand out credentials of a role."""
        certain, likely, possible = self._served.get(role.resource.urn, ((), (), ()))
        # One that is made from another role may turn out to be this one's: AGR-06 calls that location unknown.
        if not possible and self._untold and may_serve(role):
            possible = self._untold
        return Served(certain, likely, possible)

    def policies(self, role: Role) -> Iterator[Policy]:
        """Give the policies of a role: those in it, those beside it, and one that may be its where there are any."""
        yield from self._inline(role)
        attached: set[str] = set()
        for policy in (*self._own(role), *self._beside.get(role.resource.urn, ())):
            # AWS lists in the role what is attached beside it, so that one policy comes twice.
            if not isinstance(policy, Attached) or policy.arn not in attached:
                yield policy
            if isinstance(policy, Attached):
                attached.add(policy.arn)
        yield from self._anybodys[:1]

    def _inline(self, role: Role) -> Iterator[Policy]:
        if isinstance(role.inline, tuple):
            for one in role.inline:
                # The classic provider shows a role without inline policies with one that holds nothing.
                if one.document is ABSENT or (one.document == "" and one.name in (ABSENT, "")):
                    continue
                name = f" {one.name!r}" if isinstance(one.name, str) else ""
                yield Written(role.inline_field, f"inline policy{name}", one.document)
        elif isinstance(role.inline, Malformed):
            yield Written(role.inline_field, f"the value of {role.inline_field}", role.inline)
        elif role.inline is UNKNOWN:
            yield Unclear(role.inline_field, f"{role.inline_field} is not known in this preview")

    def _own(self, role: Role) -> Iterator[Policy]:
        arns = role.managed_policy_arns
        if isinstance(arns, Malformed):
            yield Written(_ARNS_FIELD, f"the value of {_ARNS_FIELD}", arns)
        elif arns is UNKNOWN:
            yield from self._managed.waiting(role, _ARNS_FIELD, 1)
        elif isinstance(arns, tuple):
            for arn in arns:
                if isinstance(arn, str):
                    yield from self._managed.attached(role, _ARNS_FIELD, arn)
            yield from self._managed.waiting(role, _ARNS_FIELD, arns.count(UNKNOWN))

    def _declarations(self) -> Iterator[tuple[Fact, Value, str, tuple[Policy, ...]]]:
        """Give what attaches policies to roles: the fact, its role's name and where it stands, and the policies."""
        for one in self.program.of(RolePolicy):
            name = f"policy {one.name!r}" if isinstance(one.name, str) else "the policy"
            label = f"{name} of resource {one.resource.name!r}"
            yield one, one.role, one.role_field, (Written(one.document_field, label, one.document),)
        for each in self.program.of(PolicyAttachment):
            yield each, each.role, each.role_field, tuple(self._managed.attached(each, each.arn_field, each.policy_arn))
        for policy in self.program.of(ManagedPolicy):
            for role in _members(policy.roles):
                yield policy, role, "roles", (_declared(policy),)


# --- the indexes ------------------------------------------------------------------------------------------------------


class _Roles:
    """The roles of one stack by what others call them; IAM tells no two names apart by letter case."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.arns: dict[str, list[Role]] = defaultdict(list)
        self.places: dict[tuple[str, str], list[Role]] = defaultdict(list)
        self.homeless: dict[tuple[str, str], list[Role]] = defaultdict(list)
        self.names: dict[str, list[Role]] = defaultdict(list)
        self.near: dict[tuple[str, str], list[Role]] = defaultdict(list)
        self.vague: dict[tuple[str | None, ...], list[Role]] = defaultdict(list)
        self._found: dict[tuple[str, str], Servants] = {}
        self._alike: dict[tuple[tuple[str | None, ...], ...], Servants] = {}
        for role in program.of(Role):
            name, resource = _name_of(role), _resource_of(role)
            if name:
                self.names[name].append(role)
                self.near[name, _provider(role)].append(role)
            if isinstance(role.arn, str):
                self.arns[role.arn].append(role)
            elif resource and isinstance(role.account_id, str):
                self.places[role.account_id, resource].append(role)
            elif resource:
                self.homeless[resource, _provider(role)].append(role)
            if name or role.name is not ABSENT:
                self.vague[_whereabouts(role)].append(role)

    def of(self, text: str, location: Location) -> Servants:
        """Give the roles with an ARN; one of which not everything is known, and nothing else, may be it."""
        key = (text, _provider(location))
        if key not in self._found:
            self._found[key] = self._serving(*key)
        return self._found[key]

    def _serving(self, text: str, provider: str) -> Servants:
        arn = arn_of(text)
        if arn is None:
            return Servants()
        certain = (*self.arns.get(text, ()), *self.places.get((arn.account, arn.resource), ()))
        # Providers that are configured alike work in the same account.
        certain = certain or tuple(self.homeless.get((arn.resource, provider), ()))
        if certain:
            return Servants(certain) if len(certain) <= _ALIKE else Servants(possible=certain)
        folder, _, name = arn.resource.lower().removeprefix("role/").rpartition("/")
        keys = tuple(key for key in product((arn.account, None), (folder, None), (name, None)) if key in self.vague)
        if keys not in self._alike:
            self._alike[keys] = Servants(possible=tuple(one for key in keys for one in self.vague[key]))
        return self._alike[keys]

    def named(self, fact: Fact, name: str, value: Value) -> tuple[Sequence[Role], Sequence[Role]]:
        """Give the roles that ``value``, in a property of ``fact``, names, and those that it is only made from."""
        behind = _distinct(self.program.behind(fact, name, Role))
        if not isinstance(value, str):
            return (), behind if value is UNKNOWN else ()
        called = value.lower()
        found = self.names.get(called, [])
        near = [one for one in behind if _name_of(one) == called] or self.near.get((called, _provider(fact)))
        return near or found, () if found else tuple(one for one in behind if one.name is UNKNOWN)


def _name_of(role: Role) -> str:
    """Give the name of a role as IAM compares it; nothing where neither it nor the ARN is known."""
    arn = arn_of(role.arn)
    name = role.name if isinstance(role.name, str) else arn.resource.rpartition("/")[2] if arn else ""
    return name.lower()


def _whereabouts(role: Role) -> tuple[str | None, ...]:
    """Give account, path and name of a role as IAM compares them; None for what is not known."""
    arn = arn_of(role.arn)
    if arn:
        above, _, name = arn.resource.lower().removeprefix("role/").rpartition("/")
        return arn.account, above, name
    path = "" if role.path is ABSENT else role.path
    folder = "/".join(filter(None, path.lower().split("/"))) if isinstance(path, str) else None
    return role.account_id if isinstance(role.account_id, str) else None, folder, _name_of(role) or None


def _provider(fact: Fact) -> str:
    """Write how the provider of a resource is configured, for comparison."""
    return json.dumps(fact.resource.provider_props, sort_keys=True, default=repr)


class _Managed:
    """The managed policies of one stack by what others call them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.arns: dict[str, list[ManagedPolicy]] = defaultdict(list)
        for policy in program.of(ManagedPolicy):
            if isinstance(policy.arn, str):
                self.arns[policy.arn].append(policy)

    def attached(self, fact: Fact, name: str, arn: Value) -> Iterator[Policy]:
        """Give the policies that an ARN in a property of ``fact`` stands for."""
        if not isinstance(arn, str):
            yield from self.waiting(fact, name, 1)
            return
        declared = self.arns.get(arn, [])
        yield from (_declared(policy) for policy in declared)
        if not declared:
            yield Attached(name, arn)

    def waiting(self, fact: Fact, name: str, count: int) -> Iterator[Policy]:
        """Give the policies that a property is made from whose ARNs are not known yet; it may hold others."""
        makers = self.program.behind(fact, name, ManagedPolicy)
        behind = _distinct(one for one in makers if not isinstance(one.arn, str))
        about = f"{name} of resource {fact.resource.name!r}"
        if count:
            yield from (replace(_declared(one), made_from=f"{about} is made from it") for one in behind)
            yield Unclear(name, f"{about} is not known yet{_made_from(behind)}")


def _declared(policy: ManagedPolicy) -> Written:
    name = f"managed policy {policy.name!r}" if isinstance(policy.name, str) else "the managed policy"
    return Written(policy.document_field, f"{name} of resource {policy.resource.name!r}", policy.document)


def _made_from(facts: Sequence[Fact]) -> str:
    return f"; it is made from {quoted(one.resource.name for one in facts)}" if facts else ""


def _members(values: Values) -> tuple[Value, ...]:
    if isinstance(values, tuple):
        return values
    return () if values is ABSENT else (values,)


def _resource_of(role: Role) -> str:
    """Give the last field of the ARN that a role has or will have; nothing where its name or path is not known."""
    path = "/" if role.path is ABSENT else role.path
    if not isinstance(role.name, str) or not isinstance(path, str):
        return ""
    return "/".join(("role", *filter(None, path.split("/")), role.name))


def _distinct(facts: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({fact.resource.urn: fact for fact in facts}.values())


def may_serve(role: Role) -> bool:
    """Say whether S3 Access Grants may be able to assume a role; only a trust policy that was read says no."""
    trust = iam.read(role.trust)
    if not isinstance(trust, iam.Document):
        return True
    return not trust.settled or any(iam.allowing(trust, ASSUME, service=service) for service in (SERVICE, CHINA))
