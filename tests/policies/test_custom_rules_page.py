"""The page about an organization's own rules says what is so: its very files are run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from grantgate_policies.catalogue import GROUP
from grantgate_policies.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "custom-rules.md"
FILES = re.compile(r"^```\w+\n# (?P<name>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with every file of the page, as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANTGATE_RULES", raising=False)
    for found in FILES.finditer(PAGE.read_text(encoding="utf-8")):
        file = tmp_path / found["name"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found["text"])
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_page_has_its_files(place: Path) -> None:
    """Two rules, the rules file, their cases and a test."""
    assert sorted(file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file()) == [
        "policies/cases/data-classed.yaml",
        "policies/cases/one-location.yaml",
        "policies/rules.yaml",
        "policies/rules/data_classed.py",
        "policies/rules/one_location.py",
        "policies/test_data_classed.py",
    ]


@pytest.mark.usefixtures("place")
def test_the_commands_of_the_page() -> None:
    """The rules file is sound, its rules are listed, and their cases are as expected."""
    assert "policies/rules.yaml: ok" in run("rules", "validate")
    assert "ACME-02  acme-one-location" in run("rules", "list", "--account", "data-dev")
    assert '"acme-data-classed"' in run("rules", "schema", "--rules", "policies/rules.yaml")
    assert run("rules", "test") == "5 cases of 2 rules: 5 as expected\n"


def test_the_test_of_the_page(place: Path) -> None:
    """It passes under pytest as a user runs it."""
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "policies"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_group_of_entry_points() -> None:
    """The page names the group that is looked in."""
    assert f'[project.entry-points."{GROUP}"]' in PAGE.read_text(encoding="utf-8")
