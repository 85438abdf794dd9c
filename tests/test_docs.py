"""What is made from the code is current, and what the README shows is what a user sees."""

from __future__ import annotations

import re
import runpy
import sys
from dataclasses import fields
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import pytest
from grantgate_policies.authored import KINDS
from grantgate_policies.cases import parse, run
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from grantgate_policies.core import Rule

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))  # as Python does for a script
GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))
sys.path.pop(0)


def test_made_files_are_current() -> None:
    """`make docs` would change nothing."""
    for path, text in GENERATE["made"]().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.relative_to(ROOT)} is stale; run `make docs`"


def test_every_rule_has_its_page() -> None:
    """A page for each rule and none besides, each with something that passes and something that fails."""
    pages = GENERATE["pages"]
    wanted = {pages.FOLDER / pages.INDEX, *(pages.FOLDER / pages.page_of(rule) for rule in RULES)}

    assert set(pages.FOLDER.glob("*.md")) == wanted
    for path in wanted - {pages.FOLDER / pages.INDEX}:
        text = path.read_text(encoding="utf-8")
        assert "## Passes" in text, path.name
        assert "## Fails" in text, path.name


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_examples_can_be_copied(rule: Rule) -> None:
    """Every block of a page is a case by itself: under a name and its rule it says what the page says of it."""
    pages = GENERATE["pages"]
    text = (pages.FOLDER / pages.page_of(rule)).read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)

    assert blocks
    for block in blocks:
        case = f"rule: {rule.name}\ncases:\n  - name: copied\n{indent(block, '    ')}"
        (copied,) = parse(case, name="copied.yaml", catalogue=RULES)
        assert run(copied).complaints == (), block


def test_the_reference_has_every_fact() -> None:
    """Each class that rules may name has its part, with every field."""
    facts = GENERATE["facts"]
    text = facts.PAGE.read_text(encoding="utf-8")

    for kind in KINDS.values():
        part = text.partition(f"### `{kind.__name__}`\n")[2].partition("\n### ")[0]
        assert "Read from " in part, kind.__name__
        for field in fields(kind):
            assert field.name == "resource" or f"| `{field.name}` |" in part, f"{kind.__name__}.{field.name}"
    assert "- `kind`: " in text
    assert "| `remedy` |" in text


@pytest.mark.engine
def test_the_readme_shows_the_demo_as_it_is() -> None:
    """The demo runs to its expected NO, and prints what the README says it does."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert GENERATE["demo_output"]() in readme, "README.md's demo output is stale; run `make docs`"
