"""Everything that the rules know of one stack, for rules that judge a resource by the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from grantgate_policies.core import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F", bound=Fact)
T = TypeVar("T")


@dataclass(frozen=True)
class Program:
    """
    The facts of one stack.

    Shape: ``facts`` are sorted by URN, so that what rules make of them does not depend on the engine's order;
           ``unread`` are the URNs of resources whose facts could not be read: a rule must not take them for absent.
    """

    facts: tuple[Fact, ...]
    unread: tuple[str, ...] = ()
    _kinds: dict[type[Fact], tuple[Fact, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _urns: dict[str, list[Fact]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """Give the facts of one kind."""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = tuple(fact for fact in self.facts if isinstance(fact, kind))
        return cast("tuple[F, ...]", found)

    def once(self, make: Callable[[Program], T]) -> T:
        """Give what ``make`` makes of the stack, made once for all the rules that ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def at(self, urn: str, kind: type[F]) -> tuple[F, ...]:
        """Give the facts of one kind that one resource holds."""
        if not self._urns:
            for fact in self.facts:
                self._urns.setdefault(fact.resource.urn, []).append(fact)
        return tuple(fact for fact in self._urns.get(urn, ()) if isinstance(fact, kind))

    def behind(self, fact: Fact, wire_name: str, kind: type[F]) -> tuple[F, ...]:
        """
        Give the facts of one kind whose resource's outputs went into one property of ``fact``.

        This tells whose value a property is likely to have while the value itself is not known yet, as in a preview of
        ``iam_role_arn=role.arn``. An apply may build any other text of the same outputs, so that a rule may break on
        what it finds here, and says in the message that the one is made from the other, and must not pass by it.
        """
        made_from: Mapping[str, Any] = fact.resource.made_from
        return tuple(one for urn in made_from.get(wire_name, ()) for one in self.at(urn, kind))
