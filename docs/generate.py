"""
Writes what is made from the code: the rules file's schema, and the marked parts of the README.

`make docs` runs it; a test says when something is stale.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grantgate.facts import LOOKUP_TYPES
from grantgate_policies import schema
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grantgate_policies.core import Rule

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "policies" / "grantgate_policies" / "rulebook.schema.json"
README = ROOT / "README.md"


def rule_table() -> str:
    """Give the README's table of rules."""
    rows = ["| id | name | severity | level | settings | what must hold |", "| --- | --- | --- | --- | --- | --- |"]
    rows += [
        f"| {rule.id} | `{rule.name}` | {rule.severity.value} | {_level(rule)} | {_settings(rule)} | {rule.summary} |"
        for rule in RULES
    ]
    return "\n".join(rows)


def lookup_table() -> str:
    """Give the README's table of lookups."""
    rows = ["| class | IAM action | looked up by | live properties |", "| --- | --- | --- | --- |"]
    rows += [
        f"| `{kind.type.rpartition(':')[2]}` | `{kind.action}` | `{kind.subject}` | {_names(kind.live + kind.sometimes)} |"
        for kind in LOOKUP_TYPES.values()
    ]
    return "\n".join(rows)


def _level(rule: Rule) -> str:
    return f"{rule.level.value}, cannot be changed" if rule.locked else rule.level.value


def _settings(rule: Rule) -> str:
    return ", ".join(f"`{name}`{' (required)' if name in rule.required else ''}" for name in rule.settings) or "none"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


PARTS = {"rules": rule_table, "lookups": lookup_table}


def readme(text: str) -> str:
    """Give ``text`` with every marked part made anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: made by `make docs` -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no part {begin!r}")
        text = pattern.sub(lambda _, made=make, first=begin, last=end: f"{first}\n{made()}\n{last}", text)
    return text


def made() -> dict[Path, str]:
    """Give every made file with its text."""
    return {SCHEMA: schema.text(RULES), README: readme(README.read_text(encoding="utf-8"))}


def main() -> int:
    """Write what is stale, and say what was written."""
    for path, text in made().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
