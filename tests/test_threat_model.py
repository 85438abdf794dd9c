"""The threat model's answers: every test that the page names is one, and every kind of attacker has some."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[f"{Path(path).stem}-{name}" for path, name in NAMED])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    """An answer without its test would be a promise."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))

    assert name.startswith("test_")
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_attacker_has_answers() -> None:
    """Each section that describes an attacker names at least one test, and each row of its table does."""
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]

    assert len(sections) == 8
    for section in sections:
        assert "`tests/" in section, section.splitlines()[0]
        rows = [
            line for line in section.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| att"))
        ]
        assert all("`tests/" in row for row in rows), section.splitlines()[0]


def test_the_page_is_short() -> None:
    """Two pages are read; more are not."""
    assert len(PAGE.splitlines()) <= 140
