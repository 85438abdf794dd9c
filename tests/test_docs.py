"""What is made from the code is current, and what the README shows is what a user sees."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_made_files_are_current() -> None:
    """`make docs` would change nothing."""
    for path, text in GENERATE["made"]().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.relative_to(ROOT)} is stale; run `make docs`"


@pytest.mark.engine
def test_the_readme_shows_the_demo_as_it_is() -> None:
    """The demo runs to its expected NO, and prints what the README says it does."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert GENERATE["demo_output"]() in readme, "README.md's demo output is stale; run `make docs`"
