"""
Writes what is made from the code: the rules file's schema, the rules' pages, the facts' page, and parts of the README.

`make docs` runs it; a test says when something is stale.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import facts
import pages
from grantgate.kinds import LOOKUP_TYPES
from grantgate_policies import schema
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from grantgate.kinds import LookupType

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "policies" / "grantgate_policies" / "rulebook.schema.json"
README = ROOT / "README.md"


def rule_table() -> str:
    """Give the README's table of rules."""
    return "\n".join(pages.table())


def lookup_table() -> str:
    """Give the README's table of lookups."""
    rows = ["| class | IAM action | looked up by | live properties |", "| --- | --- | --- | --- |"]
    rows += [
        f"| `{kind}` | {_actions(lookup)} | `{lookup.subject}` | {_names(lookup.live + lookup.sometimes)} |"
        for kind, lookup in ((lookup.type.rpartition(":")[2], lookup) for lookup in LOOKUP_TYPES.values())
    ]
    return "\n".join(rows)


def _actions(lookup: LookupType) -> str:
    saving = f"; `{lookup.saves}` for many at once" if lookup.saves else ""
    also = f", {_names(lookup.also)}" if lookup.also else ""
    return f"`{lookup.action}`{also}{saving}"


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
    text = readme(README.read_text(encoding="utf-8"), parts)
    return {SCHEMA: schema.text(RULES), README: text, **facts.made(), **pages.made()}


def main() -> int:
    """Write what is stale, remove the pages of rules that are gone, and say so."""
    files = made(with_engine=True)
    for path in sorted({*pages.FOLDER.glob("*.md")} - {*files}):
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
