"""Values that a program marked as secret stay out of every text; the outcome stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Broken, Unsure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grantgate_policies.core import Fact, Resource
    from grantgate_policies.standing import Standing

SECRET: Final = "[secret]"  # noqa: S105 - what stands in a report in place of one

_WORD: Final = re.compile(r"[^\W_]+")
_TAGS: Final = frozenset({"tags", "tagsAll"})
_SHORTEST: Final = 2  # characters of a word that could give a secret away
_COMMON: Final = frozenset(
    {"arn", "aws", "s3", "iam", "role", "Allow", "Effect", "Action", "Resource", "Statement", "Version", "Principal"}
)
"""Words of the policy language and of every ARN, which give nothing away."""


def broken(stands: Standing, fact: Fact, verdict: Broken, others: frozenset[str] = frozenset()) -> Broken:
    """
    Hide what a failure would tell of a secret; ``others`` are pieces of secrets of the stack's other resources.

    Any property of the resource counts, not only the one at fault: a message about the role may tell the scope's
    captures, and what a rule expected may be made of what it saw.
    """
    hidden = sorted(_secrets(fact, verdict.field))
    if hidden:
        why = "it is a secret" if hidden == [verdict.field] else f"{', '.join(hidden)} is a secret"
    elif others and _tells((verdict.observed, verdict.expected, verdict.message, verdict.edit), others):
        why = "another resource's value is a secret"
    else:
        return verdict
    message = f"{verdict.field} breaks the rule; {why} and not shown"
    return Broken(verdict.field, SECRET, stands.rule.summary, message)


def unsure(fact: Fact, verdict: Unsure, others: frozenset[str] = frozenset()) -> Unsure:
    """Hide what an undecided rule would tell of a secret."""
    if _secrets(fact, verdict.field) or _tells((verdict.reason,), others):
        return Unsure(verdict.field, f"{verdict.field} does not settle it; the resource holds a secret, not shown")
    return verdict


def pieces(resources: Iterable[Resource]) -> frozenset[str]:
    """Give every word of every secret, names in it included; nothing without secrets."""
    return frozenset(
        word
        for resource in resources
        for name in resource.secret_props
        for text in _texts(resource.props.get(name))
        for word in _words(text)
    )


def _secrets(fact: Fact, field: str) -> frozenset[str]:
    """Name the secret properties that a text about one field might tell; tags are told of by no other rule."""
    secret = fact.resource.secret_props
    return secret if not secret or field == "tags" else secret - _TAGS


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, Mapping):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(text) if len(word) >= _SHORTEST) - _COMMON


def _tells(texts: Iterable[str], secrets: frozenset[str]) -> bool:
    return bool(secrets) and any(not secrets.isdisjoint(_words(text)) for text in texts)
