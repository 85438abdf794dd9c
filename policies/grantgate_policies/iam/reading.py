"""
Reads policy documents as strictly as IAM does; what IAM would refuse, or may read in two ways, is Malformed.

Why our own: the libraries that were tried drop what decides here. One takes StringEqualsIfExists for StringEquals, one
empties NotAction, others look only at action names; none keeps values that a preview does not know. Standard library
only, so that the policy pack can import it.

Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from grantgate_policies.core import UNKNOWN, Malformed, Missing
from grantgate_policies.iam.operators import operator_of
from grantgate_policies.iam.statements import Condition, Document, Statement
from grantgate_policies.iam.words import EVERYTHING, Principals, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 350_000
"""Characters that a policy may have as text; the longest that any S3 call takes."""

_DEEPEST: Final = 16  # levels of a decoded document; a statement's condition values lie 8 deep
_VERSIONS: Final = ("2012-10-17", "2008-10-17")
_DOCUMENT: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_PRINCIPALS: Final = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class _NotAPolicy(Exception):
    """What was read is no policy; ``kind`` reads after "a" and holds no value."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


def read(value: Any) -> Document | Missing | Malformed:
    """
    Read a policy from JSON text or from the decoded document; UNKNOWN and ABSENT stay what they are.

    Errors: none; what is no policy is Malformed, whose kind reads after "is a".

    >>> read('{"Statement": {"Effect": "Deny", "Action": "*"}}').statements[0].actions.texts
    ('*',)
    >>> read('{"Statement": {"Effect": "deny", "Action": "*"}}')
    Malformed(kind="statement whose Effect is neither 'Allow' nor 'Deny'")
    """
    if isinstance(value, Missing):
        return value
    if isinstance(value, str):
        return _read_text(value)
    try:
        return _document(value)
    except _NotAPolicy as error:
        return Malformed(error.kind)


@lru_cache(maxsize=128)  # several rules read the same policy one after the other
def _read_text(text: str) -> Document | Malformed:
    if len(text) > LARGEST:
        return Malformed(f"text of more than {LARGEST:,} characters")
    if not text.strip():
        return Malformed("text that is empty")
    try:
        return _document(json.loads(text, object_pairs_hook=_members, parse_constant=_no_number))
    except _NotAPolicy as error:
        return Malformed(error.kind)
    except RecursionError:
        return Malformed("text that nests too deep")
    except ValueError:
        # Not JSON, or a number with more digits than Python reads.
        return Malformed("text that is not JSON")


def _refuse(kind: str) -> NoReturn:
    raise _NotAPolicy(kind)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _refuse("text in which a key stands twice")


def _no_number(_written: str) -> NoReturn:
    _refuse("text that is not JSON")


def _document(value: Any) -> Document:
    if not isinstance(value, Mapping):
        _refuse(kind_of(value))
    settled = _settled(value)
    elements = _elements(value, _DOCUMENT, "document")
    version = elements.get("Version", _VERSIONS[0])
    if version is not UNKNOWN and version not in _VERSIONS:
        _refuse(f"document whose Version is neither {_VERSIONS[0]} nor {_VERSIONS[1]}")
    if not isinstance(elements.get("Id", ""), str | Missing):
        _refuse("document whose Id is no text")
    if "Statement" not in elements:
        _refuse("document without a Statement")
    return Document(tuple(_statement(index, one) for index, one in enumerate(_listed(elements["Statement"]))), settled)


def _statement(index: int, value: Any) -> Statement:
    if isinstance(value, Missing):
        nobody, nothing = Principals(given=True, unknown=True), Words(given=True, unknown=True)
        actions = replace(nothing, ignore_case=True)
        return Statement(index, "", UNKNOWN, nobody, actions, nothing, (_anything(),), settled=False, source={})
    if not isinstance(value, Mapping):
        _refuse("statement that is no map")
    elements = _elements(value, _STATEMENT, "statement")
    sid = elements.get("Sid", "")
    if not isinstance(sid, str | Missing):
        _refuse("statement whose Sid is no text")
    actions = _words(elements, "Action", ignore_case=True)
    if not actions.given:
        _refuse("statement without an Action")
    return Statement(
        index,
        sid if isinstance(sid, str) else "",
        _effect(elements.get("Effect")),
        _principals(elements),
        actions,
        _words(elements, "Resource"),
        tuple(_conditions(elements.get("Condition", {}))),
        _settled(value),
        value,
    )


def _effect(value: Any) -> Literal["Allow", "Deny"] | Missing:
    if value == "Allow":
        return "Allow"
    if value == "Deny":
        return "Deny"
    return UNKNOWN if isinstance(value, Missing) else _refuse("statement whose Effect is neither 'Allow' nor 'Deny'")


def _words(elements: Mapping[str, Any], name: str, *, ignore_case: bool = False) -> Words:
    negated = _negated(elements, name)
    if negated is None:
        return Words(ignore_case=ignore_case)
    value = elements[f"Not{name}" if negated else name]
    texts, unknown = _texts(value, f"statement whose {name} is no text")
    return Words(texts, negated, given=True, unknown=unknown, ignore_case=ignore_case)


def _negated(elements: Mapping[str, Any], name: str) -> bool | None:
    """Tell which of an element and its Not form is there; None for neither."""
    plain, negated = name in elements, f"Not{name}" in elements
    if plain and negated:
        _refuse(f"statement with both {name} and Not{name}")
    return negated if plain or negated else None


def _principals(elements: Mapping[str, Any]) -> Principals:
    negated = _negated(elements, "Principal")
    if negated is None:
        return Principals()
    value = elements["NotPrincipal" if negated else "Principal"]
    if isinstance(value, Missing):
        return Principals(negated=negated, given=True, unknown=True)
    if value == EVERYTHING:
        return Principals(everyone=True, negated=negated, given=True)
    if not isinstance(value, Mapping):
        _refuse("statement whose Principal is neither '*' nor a map")
    kinds = _elements(value, _PRINCIPALS, "Principal")
    if not kinds:
        _refuse("statement whose Principal names nobody")
    read_kinds = {kind: _texts(listed, "statement whose Principal is no text") for kind, listed in kinds.items()}
    none: tuple[tuple[str, ...], bool] = ((), False)
    return Principals(
        everyone=any(EVERYTHING in texts for texts, _ in read_kinds.values()),
        aws=read_kinds.get("AWS", none)[0],
        services=read_kinds.get("Service", none)[0],
        federated=read_kinds.get("Federated", none)[0],
        canonical=read_kinds.get("CanonicalUser", none)[0],
        negated=negated,
        given=True,
        unknown=any(unknown for _, unknown in read_kinds.values()),
    )


def _conditions(value: Any) -> Iterator[Condition]:
    if isinstance(value, Missing):
        yield _anything()
        return
    if not isinstance(value, Mapping):
        _refuse("statement whose Condition is no map")
    if len({operator.lower() for operator in value}) < len(value):
        _refuse("statement whose Condition names an operator twice")
    for written, keys in value.items():
        operator, quantifier, if_exists, known = operator_of(written)
        if isinstance(keys, Missing):
            yield Condition(operator, quantifier, if_exists, "", (), unknown=True, known_operator=known)
            continue
        if not isinstance(keys, Mapping):
            _refuse("statement whose Condition has an operator that is no map")
        if len({key.lower() for key in keys}) < len(keys):
            # AWS says neither that both must hold nor which one does.
            _refuse("statement whose Condition names a key twice under one operator")
        for key, values in keys.items():
            texts, unknown = _texts(values, "statement whose Condition has a value that is no text", scalars=True)
            yield Condition(operator, quantifier, if_exists, key, texts, unknown, known)


def _anything() -> Condition:
    """Stand for conditions of which nothing is known."""
    return Condition("", "", if_exists=False, key="", values=(), unknown=True, known_operator=False)


def _elements(value: Mapping[str, Any], names: frozenset[str], where: str) -> dict[str, Any]:
    """Give the elements that are there; null is how a decoded document says that one is not."""
    if set(value) - names:
        _refuse(f"{where} with an element that IAM does not know")
    return {name: element for name, element in value.items() if element is not None}


def _texts(value: Any, complaint: str, *, scalars: bool = False) -> tuple[tuple[str, ...], bool]:
    """Read one text or a list of them; say too whether one is not known yet."""
    texts: list[str] = []
    unknown = False
    for one in _listed(value):
        if isinstance(one, Missing):
            unknown = True
        elif isinstance(one, str):
            texts.append(one)
        elif scalars and isinstance(one, bool | int | float):
            texts.append(str(one).lower() if isinstance(one, bool) else _number(one))
        else:
            _refuse(complaint)
    return tuple(texts), unknown


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _number(value: float) -> str:
    """Write a number as JSON does."""
    try:
        if math.isfinite(value):
            return repr(value)
    except (OverflowError, ValueError):
        pass  # an integer with more digits than a float holds, or than Python writes
    return _refuse("statement whose Condition has a value that is no text")


def _settled(value: Any) -> bool:
    """Say whether nothing below is unknown; refuse what nests deeper than any policy and keys that are no text."""
    settled, level = True, [value]
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for one in level:
            if isinstance(one, Missing):
                settled = False
            elif isinstance(one, Mapping):
                if not all(isinstance(key, str) for key in one):
                    _refuse("map with a key that is no text")
                below.extend(one.values())
            elif isinstance(one, list | tuple):
                below.extend(one)
        if not below:
            return settled
        level = below
    _refuse("document that nests too deep")


def kind_of(value: Any) -> str:
    """
    Name the JSON type of a value that is no policy.

    >>> kind_of([]), kind_of(True), kind_of(None)
    ('list', 'boolean', 'null')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list | tuple) else "text" if isinstance(value, str) else "value"
