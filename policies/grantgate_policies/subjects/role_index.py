"""The roles of one stack by what others call them: their ARNs, their names, and what their ARNs will be."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import ABSENT, UNKNOWN, Value
from grantgate_policies.subjects.access import ManagedPolicy, Role
from grantgate_policies.subjects.values import arn_of, provider_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grantgate_policies.core import Fact
    from grantgate_policies.program import Program
    from grantgate_policies.subjects.locations import Location

ALIKE: Final = 8
"""Of more roles by one name, or with one ARN, nobody can say whose something is."""


@dataclass(frozen=True, slots=True)
class Servants:
    """
    The roles of this stack that a location hands out credentials of.

    Shape: ``certain`` are the role's declarations and what lookups found of it; an ARN that is not known is made from
           ``likely`` alone; of ``possible`` one may be meant, or may declare what ``certain`` found; ``untold``: any.
    """

    certain: tuple[Role, ...] = ()
    likely: tuple[Role, ...] = ()
    possible: tuple[Role, ...] = ()
    untold: bool = False


_NOBODY: Final = Servants()


class Roles:
    """
    The roles of one stack by what others call them; IAM tells no two names apart by letter case.

    Shape: ``found`` are those that were looked up, by their ARN, and ``found_names`` the same by their names, one for
           all lookups that found the same; ``firsts`` tells which; everything else are declarations.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.arns: dict[str, list[Role]] = defaultdict(list)
        self.places: dict[tuple[str, str], list[Role]] = defaultdict(list)
        self.homeless: dict[tuple[str, str], list[Role]] = defaultdict(list)
        self.names: dict[str, list[Role]] = defaultdict(list)
        self.near: dict[tuple[str, str], list[Role]] = defaultdict(list)
        self.vague: dict[tuple[str | None, ...], list[Role]] = defaultdict(list)
        self.found: dict[str, list[Role]] = defaultdict(list)
        self.found_names: dict[str, list[Role]] = defaultdict(list)
        self.firsts: dict[int, Role] = {}
        self._served: dict[tuple[str, str], Servants] = {}
        self._found_near_to: dict[tuple[str, str], list[Role]] = {}
        self._alike: dict[tuple[tuple[str | None, ...], ...], tuple[Role, ...]] = {}
        seen: dict[tuple[str, bytes], Role] = {}
        for role in program.of(Role):
            if role.live:
                self._take_found(role, seen)
            else:
                self._take_declared(role)

    def _take_declared(self, role: Role) -> None:
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

    def _take_found(self, role: Role, seen: dict[tuple[str, bytes], Role]) -> None:
        """Take in what a lookup found; one that does not know its role's ARN yet is no location's."""
        if not isinstance(role.arn, str):
            return
        arn, policies = role.arn.casefold(), self.program.at(role.resource.urn, ManagedPolicy)
        documents = [(one.arn, one.document) for one in policies]
        held = repr((role.trust, role.inline, role.managed_policy_arns, documents)).encode("utf-8", "surrogatepass")
        first = self.firsts[id(role)] = seen.setdefault((arn, hashlib.sha256(held).digest()), role)
        if first is role:
            self.found[arn].append(role)
            self.found_names[_name_of(role)].append(role)

    def of(self, text: str, location: Location) -> Servants:
        """Give the roles with an ARN; one of which not everything is known, and nothing else, may be it."""
        if not self.program.of(Role):
            return _NOBODY  # a stack that looks up locations alone
        key = (text, _provider(location))
        if key not in self._served:
            self._served[key] = self._serving(*key)
        return self._served[key]

    def _serving(self, text: str, provider: str) -> Servants:
        arn = arn_of(text)
        if arn is None:
            return Servants()
        found = tuple(self.found.get(text.casefold(), ()))
        declared = (*self.arns.get(text, ()), *self.places.get((arn.account, arn.resource), ()))
        # Providers that are configured alike work in the same account.
        declared = declared or tuple(self.homeless.get((arn.resource, provider), ()))
        if declared and len(declared) <= ALIKE:
            return Servants((*declared, *found))
        if declared:
            return Servants(found, possible=declared)
        folder, _, name = arn.resource.lower().removeprefix("role/").rpartition("/")
        keys = tuple(key for key in product((arn.account, None), (folder, None), (name, None)) if key in self.vague)
        if keys not in self._alike:
            self._alike[keys] = tuple(one for key in keys for one in self.vague[key])
        return Servants(found, possible=self._alike[keys])

    def named(self, fact: Fact, name: str, value: Value) -> tuple[Sequence[Role], Sequence[Role]]:
        """Give the roles that ``value``, in a property of ``fact``, names, and those that it is only made from."""
        behind = distinct(self.program.behind(fact, name, Role))
        if not isinstance(value, str):
            return (), behind if value is UNKNOWN else ()
        called = value.lower()
        declared = self.names.get(called, [])
        found = declared or self._found_near(called, fact)
        near = [one for one in behind if _name_of(one) == called] or self.near.get((called, _provider(fact)))
        return near or found, () if found else tuple(one for one in behind if one.name is UNKNOWN)

    def _found_near(self, called: str, fact: Fact) -> list[Role]:
        """Give the roles of a name that were looked up, those aside that are certainly of another account."""
        found = self.found_names.get(called, [])
        account = provider_account(fact.resource.provider_props) if found else ABSENT
        if not isinstance(account, str):
            return found
        key = (called, account)
        if key not in self._found_near_to:
            near = [one for one in found if not isinstance(one.account_id, str) or one.account_id == account]
            self._found_near_to[key] = near
        return self._found_near_to[key]


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
    configured = fact.resource.provider_props
    return json.dumps(configured, sort_keys=True, default=repr) if configured else "{}"


def _resource_of(role: Role) -> str:
    """Give the last field of the ARN that a role has or will have; nothing where its name or path is not known."""
    path = "/" if role.path is ABSENT else role.path
    if not isinstance(role.name, str) or not isinstance(path, str):
        return ""
    return "/".join(("role", *filter(None, path.split("/")), role.name))


def distinct(facts: Iterable[Any]) -> tuple[Any, ...]:
    """Give each fact once: one of a resource, or one of each of its items."""
    return tuple({(fact.resource.urn, fact.item): fact for fact in facts}.values())
