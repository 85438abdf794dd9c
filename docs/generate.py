"""
Writes what is made from the code: the rules file's schema, and the marked parts of the README.

`make docs` runs it; a test says when something is stale.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grantgate.facts import LOOKUP_TYPES
from grantgate_policies import schema
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from grantgate.facts import LookupType
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
        f"| `{kind}` | {_actions(lookup)} | `{lookup.subject}` | {_names(lookup.live + lookup.sometimes)} |"
        for kind, lookup in ((lookup.type.rpartition(":")[2], lookup) for lookup in LOOKUP_TYPES.values())
    ]
    return "\n".join(rows)


def _level(rule: Rule) -> str:
    return f"{rule.level.value}, cannot be changed" if rule.locked else rule.level.value


def _settings(rule: Rule) -> str:
    return ", ".join(f"`{name}`{' (required)' if name in rule.required else ''}" for name in rule.settings) or "none"


def _actions(lookup: LookupType) -> str:
    saving = f"; `{lookup.saves}` for many at once" if lookup.saves else ""
    return f"`{lookup.action}`{saving}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def demo_output() -> str:
    """Give what `make demo` prints, but for the port, which the system chooses."""
    done = subprocess.run([sys.executable, str(ROOT / "demo" / "run.py")], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the demo failed:\n{done.stdout}{done.stderr}")
    text = re.sub(r"127\.0\.0\.1:[0-9]+", "127.0.0.1:PORT", done.stdout).strip()
    return f"```text\n{text}\n```"


PARTS = {"rules": rule_table, "lookups": lookup_table}
WITH_ENGINE = {"demo": demo_output}


def readme(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Give ``text`` with each of the marked ``parts`` made anew."""
    for name, make in parts.items():
        begin, end = f"<!-- {name}: made by `make docs` -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no part {begin!r}")
        text = pattern.sub(lambda _, made=make, first=begin, last=end: f"{first}\n{made()}\n{last}", text)
    return text


def made(*, with_engine: bool = False) -> dict[Path, str]:
    """Give every made file with its text; the demo's output too when there is an engine to run it."""
    parts = {**PARTS, **(WITH_ENGINE if with_engine else {})}
    return {SCHEMA: schema.text(RULES), README: readme(README.read_text(encoding="utf-8"), parts)}


def main() -> int:
    """Write what is stale, and say what was written."""
    for path, text in made(with_engine=True).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
