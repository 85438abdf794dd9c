"""
Condition operators, by what they prove about a key when they hold.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate_policies.iam.statements import Quantifier

EXACT: Final = frozenset({"StringEquals", "StringEqualsIgnoreCase", "Bool"})
"""Operators that hold a key to texts; without letter case only where the values have no letters to compare."""

PATTERNS: Final = frozenset({"StringLike", "ArnEquals", "ArnLike"})
"""Operators that hold a key to texts with wildcards; ArnEquals is ArnLike."""

_COMPARED: Final = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
NEGATED: Final = frozenset(
    {
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "ArnNotEquals",
        "ArnNotLike",
        "NumericNotEquals",
        "DateNotEquals",
        "NotIpAddress",
    }
)
"""Operators that also hold where the key is absent."""

NULL: Final = "Null"
OPERATORS: Final = (
    EXACT
    | PATTERNS
    | NEGATED
    | {f"{kind}{compared}" for kind in ("Numeric", "Date") for compared in _COMPARED}
    | {"IpAddress", "BinaryEquals", NULL}
)

_SPELLINGS: Final = {operator.lower(): operator for operator in OPERATORS}
_QUANTIFIERS: Final[Mapping[str, Quantifier]] = {
    "": "",
    "forallvalues": "ForAllValues",
    "foranyvalue": "ForAnyValue",
}
_IF_EXISTS: Final = "ifexists"


def operator_of(written: str) -> tuple[str, Quantifier, bool, bool]:
    """
    Take an operator apart: its name, its quantifier, IfExists, and whether IAM knows it.

    >>> operator_of("forallvalues:stringlikeifexists")
    ('StringLike', 'ForAllValues', True, True)
    >>> operator_of("NullIfExists")
    ('NullIfExists', '', False, False)
    """
    before, colon, name = written.rpartition(":")
    quantifier = _QUANTIFIERS.get(before.lower())
    lower = name.lower()
    if_exists = lower.endswith(_IF_EXISTS)
    found = _SPELLINGS.get(lower.removesuffix(_IF_EXISTS))
    # Null asks for presence itself, so it has neither form.
    if found is None or quantifier is None or bool(colon) is not bool(before):
        return written, "", False, False
    if found == NULL and (if_exists or quantifier):
        return written, "", False, False
    return found, quantifier, if_exists, True
