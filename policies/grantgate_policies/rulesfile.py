"""The rules file read against this release's catalogue and pattern language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.patterns import name_pattern, prefix_pattern, role_pattern, scope_pattern
from grantgate_policies.rulebook import RuleBook, load, read_catalogue
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from grantgate_policies.core import Rule

PATTERN_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "scope": scope_pattern,
    "role": role_pattern,
    "prefix": prefix_pattern,
    "name": name_pattern,
}
"""What compiles the strings that a setting marks with ``x-pattern``; each raises a ValueError that says why not."""


def read_rules(path: Path) -> RuleBook:
    """Read the rules file at ``path``; raise RulesFileError with every fault."""
    return load(path, RULES, PATTERN_CHECKS)


def read_rule_catalogue(path: Path) -> tuple[Rule, ...]:
    """Give every rule that the rules file at ``path`` may set; raise RulesFileError where it names one in vain."""
    return read_catalogue(path, RULES, PATTERN_CHECKS)
