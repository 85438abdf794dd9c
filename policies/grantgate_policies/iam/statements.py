"""Policy documents as rules meet them: statements and their conditions, with what is not known yet marked as such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate_policies.core import Missing
    from grantgate_policies.iam.words import Principals, Words

Quantifier: TypeAlias = Literal["", "ForAllValues", "ForAnyValue"]


@dataclass(frozen=True, slots=True)
class Condition:
    """
    One operator on one key.

    Shape: ``operator`` in AWS's spelling, without quantifier and IfExists, or as written when ``known_operator`` is
           False; ``key`` as written, empty when the block that holds it is not known yet; ``unknown`` says that a value
           is not known yet; true, false and numbers among the values are text, as IAM takes them.
    """

    operator: str
    quantifier: Quantifier
    if_exists: bool
    key: str
    values: tuple[str, ...]
    unknown: bool = False
    known_operator: bool = True

    def __str__(self) -> str:
        prefix = f"{self.quantifier}:" if self.quantifier else ""
        return f"{prefix}{self.operator}{'IfExists' * self.if_exists}"


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One statement.

    Shape: ``index`` counts from 0; ``sid`` is empty when there is none; all conditions must hold together; ``settled``
           says that nothing in it is unknown; ``source`` is the statement as it was given.
    """

    index: int
    sid: str
    effect: Literal["Allow", "Deny"] | Missing
    principals: Principals
    actions: Words
    resources: Words
    conditions: tuple[Condition, ...]
    settled: bool
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document; ``settled`` says that nothing in it is unknown."""

    statements: tuple[Statement, ...]
    settled: bool
