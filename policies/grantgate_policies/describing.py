"""What a rule is, in the words that `grantgate rules explain` and the reference pages share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate_policies.core import Rule

LOCKED: Final = "locked: neither waived nor disabled nor made advisory"

_RESOURCE: Final = (
    "Resource rule: it judges each resource by itself, before the engine creates or updates it, so a mandatory failure "
    "also stops `pulumi up`."
)
_STACK: Final = (
    "Stack rule: it judges each resource by the others of its stack, which the engine shows after its last step. A "
    "mandatory failure stops a preview and the pull request; in `pulumi up` it is reported when the update is done and "
    "can prevent nothing."
)
_REMEDY: Final = (
    "The fix is one value. At the level remediate the pack puts it right before the engine creates or updates the "
    "resource, where the rule then passes and no other one breaks by it; what is left counts as mandatory."
)


def kind(rule: Rule) -> str:
    """Say what the rule looks at, and so what it can prevent."""
    return _STACK if rule.gather else _RESOURCE


def remedy(rule: Rule) -> str:
    """Say what the level remediate does with the rule; empty where it has no such level."""
    return _REMEDY if rule.remedy else ""


def own(rule: Rule) -> str:
    """Say what applies where no rules file says otherwise."""
    text = f"{rule.level.value}, {rule.severity.value}, unknown values {rule.on_unknown.value}"
    return f"{text}; {LOCKED}" if rule.locked else text


def setting_kind(fragment: Mapping[str, Any]) -> str:
    """
    Say what a setting takes.

    >>> setting_kind({"type": "array", "items": {"type": "string", "x-pattern": "scope"}})
    'list of scope patterns'
    >>> setting_kind({"enum": ["a", "b"]})
    'a or b'
    """
    if "enum" in fragment:
        return " or ".join(str(value) for value in fragment["enum"])
    if fragment.get("type") != "array":
        return str(fragment.get("type", "any value"))
    items = fragment.get("items", {})
    pattern = items.get("x-pattern")
    return f"list of {pattern} patterns" if pattern else f"list of {items.get('type', 'value')}s"


def setting_default(name: str, rule: Rule) -> str:
    """Say what a setting is where the rules file does not give it."""
    return "required" if name in rule.required else f"default {json.dumps(rule.settings[name].get('default'))}"
