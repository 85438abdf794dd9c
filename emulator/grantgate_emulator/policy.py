"""A small evaluation of resource policies: enough for who may reach another account's instance."""

from __future__ import annotations

import fnmatch
import json
from typing import TYPE_CHECKING, Any

from .errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .calls import Caller

# The condition operators that are understood; a statement with another one never allows anything.
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringlike": fnmatch.fnmatchcase,
    "arnequals": fnmatch.fnmatchcase,
    "arnlike": fnmatch.fnmatchcase,
}


def parse(document: str, code: str) -> list[dict[str, Any]]:
    """Return a policy's statements; an AwsError with ``code`` says why a text is no policy."""
    try:
        policy = json.loads(document)
    except ValueError as mistake:
        raise AwsError(code, f"Policy: not JSON: {mistake}") from mistake
    statements = _listed(policy.get("Statement")) if isinstance(policy, dict) else []
    if not statements:
        raise AwsError(code, "Policy: Statement is required")
    for index, statement in enumerate(statements):
        if not isinstance(statement, dict) or statement.get("Effect") not in {"Allow", "Deny"}:
            raise AwsError(code, f"Policy: Statement[{index}] needs Effect Allow or Deny")
        if not ({"Principal", "NotPrincipal"} & statement.keys() and {"Action", "NotAction"} & statement.keys()):
            raise AwsError(code, f"Policy: Statement[{index}] needs Principal and Action")
    return statements


def allows(document: str, caller: Caller, action: str, resource: str) -> bool:
    """
    Tell whether a resource policy lets ``caller`` do ``action`` on ``resource``; a Deny beats every Allow.

    NotPrincipal, NotAction and NotResource are not evaluated: a statement with one allows nothing.
    """
    verdicts = {
        statement["Effect"]
        for statement in parse(document, "InvalidResourcePolicy")
        if _applies(statement, caller, action, resource)
    }
    return verdicts == {"Allow"}


def is_public(document: str) -> bool:
    """Tell whether a policy allows something to everyone without any condition."""
    return any(
        statement["Effect"] == "Allow" and "*" in _principals(statement) and not statement.get("Condition")
        for statement in parse(document, "MalformedXML")
    )


def _applies(statement: Mapping[str, Any], caller: Caller, action: str, resource: str) -> bool:
    named = {"*", caller.account, f"arn:{caller.arn.split(':')[1]}:iam::{caller.account}:root", caller.arn}
    actions = [text.lower() for text in _listed(statement.get("Action"))]
    return (
        bool(named & set(_principals(statement)))
        and any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in actions)
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in _listed(statement.get("Resource", "*")))
        and _conditions_hold(statement, caller)
    )


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    return _listed(principal.get("AWS") if isinstance(principal, dict) else principal)


def _conditions_hold(statement: Mapping[str, Any], caller: Caller) -> bool:
    known = {"aws:principalaccount": caller.account, "aws:principalarn": caller.arn}
    for operator, wanted_by_key in statement.get("Condition", {}).items():
        compare = _OPERATORS.get(operator.lower())
        for key, wanted in wanted_by_key.items():
            value = known.get(key.lower())
            if compare is None or value is None or not any(compare(value, text) for text in _listed(wanted)):
                return False
    return True


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
