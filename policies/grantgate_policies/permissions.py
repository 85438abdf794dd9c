"""
Which roles serve which locations of one stack, and which policies say what those roles may do.

Values are joined where both are known. What one that is not known yet is made from is likely what it will name, and
may not be: rules break on it and do not pass by it. What may belong together is never taken for absent.

A role may be declared and looked up: the lookup tells what it is, the declaration what it will be after this update.
Both are a location's role, and rules ask each. What is declared beside a role belongs to its declaration, and to its
lookup where the stack has no declaration of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate_policies import iam
from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Malformed, Value
from grantgate_policies.matching import quoted
from grantgate_policies.subjects import Location, ManagedPolicy, PolicyAttachment, Role, RolePolicy
from grantgate_policies.subjects.role_index import ALIKE, Roles, Servants, distinct
from grantgate_policies.trust import ASSUME, CHINA, SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.core import Context, Verdict
    from grantgate_policies.program import Program
    from grantgate_policies.subjects.access import Values

_ROLE_FIELD: Final = "iamRoleArn"
_ARNS_FIELD: Final = "managedPolicyArns"
_FOUND_FIELD: Final = "managedPolicies"
_SHOWN: Final = 3  # locations that a role may serve and that rules name


# --- what belongs to what ---------------------------------------------------------------------------------------------


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
           ``made_from`` says what is made from what, where only that tells that the policy is the role's; ``arn`` is
           that of a managed policy which this stack does not declare, and of which a lookup has the document.
    """

    field: str
    label: str
    document: Any
    made_from: str = ""
    arn: str = ""


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
    """Join roles, locations and policies, once; the time grows with their number, not with its square."""
    return program.once(_joined)


def _joined(program: Program) -> Joins:
    return Joins(program, Roles(program), _Managed(program))


@dataclass(frozen=True)
class Joins:
    """What rules ask about roles of one stack; made by ``join``."""

    program: Program
    _roles: Roles
    _managed: _Managed
    _served: dict[str, tuple[list[Location], ...]] = field(default_factory=dict, init=False)
    _untold: list[Location] = field(default_factory=list, init=False)
    _beside: dict[str, list[Policy]] = field(default_factory=dict, init=False)
    _anybodys: list[Policy] = field(default_factory=list, init=False)
    unheard: list[Location] = field(default_factory=list, init=False)
    """Lookups of locations that have not looked yet: what they find may have any role."""
    kept: dict[int, list[tuple[Context, Verdict]]] = field(default_factory=dict, init=False)
    """What AGR-05 made of a role, by the fact's identity."""
    trusting: dict[tuple[int, tuple[str, ...]], Verdict] = field(default_factory=dict, init=False)
    """What AGR-06 made of a role's trust in a service of these names, by the fact's identity."""

    def __post_init__(self) -> None:
        self._place_locations()
        self._place_policies()

    def _place_locations(self) -> None:
        crowds: dict[int, tuple[Sequence[Role], list[Location]]] = {}
        for location in self.program.of(Location):
            servants = self.servants(location)
            for kind, roles in enumerate((servants.certain, servants.likely, servants.possible)):
                if not roles:
                    continue
                # Rules name a few of the locations that a crowd may serve: the others add nothing but time.
                _, seen = crowds.setdefault(id(roles), (roles, []))
                seen.append(location)
                for role in roles if len(roles) <= ALIKE or len(seen) <= _SHOWN else ():
                    self._served.setdefault(self._urn(role), ([], [], []))[kind].append(location)
            # A lookup that has not looked says nothing; what it will find, the program declares or does not have.
            if servants.untold:
                (self.unheard if location.live else self._untold).append(location)

    def _urn(self, role: Role) -> str:
        return self.first(role).resource.urn

    def first(self, role: Role) -> Role:
        """Give the first of several lookups that found the very same, so that their work is done once."""
        return self._roles.firsts.get(id(role), role)

    def _place_policies(self) -> None:
        crowds: dict[int, Sequence[Role]] = {}
        for named, value, name, policies in self._declarations():
            owners, likely = self._roles.named(named, name, value)
            about = f"resource {named.resource.name!r}"
            if len(owners) <= ALIKE:
                for owner in owners:
                    self._beside.setdefault(self._urn(owner), []).extend(policies)
            elif id(owners) not in crowds:
                crowds[id(owners)] = owners
                crowd = Unclear(name, f"it is not known which of {len(owners)} roles of one name {about} is for")
                for owner in owners:
                    self._beside.setdefault(self._urn(owner), []).append(crowd)
            unclear = Unclear(name, f"it is not known which role {about} is for{_made_from(likely)}")
            why = f"{name} of {about} is made from the role"
            for owner in likely:
                given = (one if isinstance(one, Unclear) else replace(one, made_from=why) for one in policies)
                self._beside.setdefault(self._urn(owner), []).extend((*given, unclear))
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
        behind = distinct(self.program.behind(location, _ROLE_FIELD, Role))
        return Servants(likely=behind) if len(behind) == 1 else Servants(possible=behind, untold=not behind)

    def served(self, role: Role) -> Served:
        """Give the locations that hand out credentials of a role."""
        certain, likely, possible = self._served.get(self._urn(role), ((), (), ()))
        # One that is made from another role may turn out to be this one's: AGR-06 calls that location unknown.
        if not possible and self._untold and may_serve(role):
            possible = self._untold
        return Served(certain, likely, possible)

    def policies(self, role: Role) -> Iterator[Policy]:
        """Give the policies of a role: those in it, those beside it, and one that may be its where there are any."""
        yield from self._inline(role)
        attached: set[tuple[str, str] | None] = set()
        own = self._found(role) if role.live else self._own(role)
        for policy in (*own, *self._beside.get(self._urn(role), ())):
            # AWS lists in the role what is attached beside it, so that one policy comes twice.
            key = _managed_key(policy)
            if key not in attached:
                yield policy
            if key:
                attached.add(key)
        yield from self._anybodys[:1]

    def _inline(self, role: Role) -> Iterator[Policy]:
        where = role.inline_field
        if isinstance(role.inline, tuple):
            for one in role.inline:
                name = f"inline policy {one.name!r}" if isinstance(one.name, str) else "inline policy"
                if role.live and one.document is ABSENT:
                    yield Unclear(where, f"the lookup holds no document of {name}")
                # The classic provider shows a role without inline policies with one that holds nothing.
                elif role.live or not (one.document is ABSENT or (one.document == "" and one.name in (ABSENT, ""))):
                    yield Written(where, name, one.document)
        elif isinstance(role.inline, Malformed):
            yield Written(where, f"the value of {where}", role.inline)
        elif role.inline is UNKNOWN or role.live:
            yield _not_read(where, role.inline)

    def _found(self, role: Role) -> Iterator[Policy]:
        """Give the managed policies of a role as its lookup found them, each with its document."""
        arns = role.managed_policy_arns
        if isinstance(arns, Malformed):
            yield Written(_FOUND_FIELD, f"the value of {_FOUND_FIELD}", arns)
        elif not isinstance(arns, tuple):
            yield _not_read(_FOUND_FIELD, arns)
        for one in self.program.at(role.resource.urn, ManagedPolicy):
            name = f"managed policy {one.name!r}" if isinstance(one.name, str) else "managed policy"
            arn = one.arn if isinstance(one.arn, str) and one.arn not in self._managed.arns else ""
            if one.document is ABSENT:
                yield Unclear(_FOUND_FIELD, f"the lookup holds no document of {name}")
            else:
                yield Written(_FOUND_FIELD, name, one.document, arn=arn)

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


# --- managed policies -------------------------------------------------------------------------------------------------


class _Managed:
    """The managed policies of one stack by what others call them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.arns: dict[str, list[ManagedPolicy]] = defaultdict(list)
        self.found: dict[str, dict[str, ManagedPolicy]] = defaultdict(dict)
        for policy in program.of(ManagedPolicy):
            if isinstance(policy.arn, str) and not policy.live:
                self.arns[policy.arn].append(policy)
            elif isinstance(policy.arn, str) and policy.document is not ABSENT:
                # Every role that has it shows it: what is the same is read once.
                self.found[policy.arn].setdefault(repr(policy.document), policy)

    def attached(self, fact: Fact, name: str, arn: Value) -> Iterator[Policy]:
        """Give the policies that an ARN in a property of ``fact`` stands for."""
        if not isinstance(arn, str):
            yield from self.waiting(fact, name, 1)
            return
        declared, found = self.arns.get(arn, []), self.found.get(arn, {})
        yield from (_declared(policy) for policy in declared)
        if declared:
            return
        for policy in found.values():
            yield replace(_declared(policy), field=name, arn=arn)
        if not found:
            yield Attached(name, arn)

    def waiting(self, fact: Fact, name: str, count: int) -> Iterator[Policy]:
        """Give the policies that a property is made from whose ARNs are not known yet; it may hold others."""
        makers = self.program.behind(fact, name, ManagedPolicy)
        behind = distinct(one for one in makers if not isinstance(one.arn, str))
        about = f"{name} of resource {fact.resource.name!r}"
        if count:
            yield from (replace(_declared(one), made_from=f"{about} is made from it") for one in behind)
            yield Unclear(name, f"{about} is not known yet{_made_from(behind)}")


def _declared(policy: ManagedPolicy) -> Written:
    name = f"managed policy {policy.name!r}" if isinstance(policy.name, str) else "the managed policy"
    return Written(policy.document_field, f"{name} of resource {policy.resource.name!r}", policy.document)


def _made_from(facts: Sequence[Fact]) -> str:
    return f"; it is made from {quoted(one.called for one in facts)}" if facts else ""


def _members(values: Values) -> tuple[Value, ...]:
    if isinstance(values, tuple):
        return values
    return () if values is ABSENT else (values,)


def _managed_key(policy: Policy) -> tuple[str, str] | None:
    """Give what tells a managed policy by its ARN, and by its document where several were read; None for others."""
    if isinstance(policy, Unclear) or not policy.arn:
        return None
    return policy.arn, repr(policy.document) if isinstance(policy, Written) else ""


def _not_read(name: str, value: object) -> Unclear:
    return Unclear(name, f"{name} is not known in this preview" if value is UNKNOWN else f"the lookup holds no {name}")


def may_serve(role: Role) -> bool:
    """Say whether S3 Access Grants may be able to assume a role; only a trust policy that was read says no."""
    trust = iam.read(role.trust)
    if not isinstance(trust, iam.Document):
        return True
    return not trust.settled or any(iam.allowing(trust, ASSUME, service=service) for service in (SERVICE, CHINA))
