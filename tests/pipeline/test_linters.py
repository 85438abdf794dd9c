"""What set-up does for the linter: it takes what is there, and says why it cannot build one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout with the linters' part of set-up alone, and an empty PATH."""
    (tmp_path / "engine").mkdir()
    shutil.copy(ROOT / "engine" / "linters.py", tmp_path / "engine")
    shutil.copytree(ROOT / "engine" / "actionlint", tmp_path / "engine" / "actionlint")
    (tmp_path / "path").mkdir()
    return tmp_path


def linters(checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(checkout / "path"), "HOME": str(checkout)}
    command = [sys.executable, str(checkout / "engine" / "linters.py")]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def a_go(checkout: Path, text: str) -> None:
    (checkout / "path" / "go").write_text(f"#!/bin/sh\n{text}\n")
    (checkout / "path" / "go").chmod(0o755)


def tools(checkout: Path) -> list[str]:
    return sorted(path.name for path in (checkout / ".engine" / "tools").rglob("*"))


def test_what_was_built_before_is_used(checkout: Path) -> None:
    """A linter of the pinned version serves at once, in silence and without Go."""
    (checkout / ".engine" / "tools").mkdir(parents=True)
    (checkout / ".engine" / "tools" / "actionlint-1.7.12").write_text("")

    done = linters(checkout)

    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_built_whole(checkout: Path) -> None:
    """What Go made stands under the pinned version's name, and nothing else is left."""
    a_go(checkout, 'while [ "$1" != -o ]; do shift; done; echo built >"$2"')

    done = linters(checkout)

    assert done.returncode == 0, done.stderr
    assert tools(checkout) == ["actionlint-1.7.12"]


def test_without_go_it_says_so(checkout: Path) -> None:
    """No compiler is no traceback."""
    done = linters(checkout)

    assert (done.returncode, done.stderr) == (4, "linters: no Go compiler on PATH to build actionlint with\n")


def test_a_failed_build_leaves_nothing(checkout: Path) -> None:
    """Go's own words are told, and no half of a file is taken for a linter by the next run."""
    a_go(checkout, 'while [ "$1" != -o ]; do shift; done; echo half >"$2"; echo "no such module" >&2; exit 1')

    done = linters(checkout)

    assert done.returncode == 4
    assert "no such module" in done.stderr
    assert tools(checkout) == []


def test_a_module_without_a_pin_is_refused(checkout: Path) -> None:
    """The version is go.mod's, never the newest."""
    (checkout / "engine" / "actionlint" / "go.mod").write_text("module x\n")

    done = linters(checkout)

    assert (done.returncode, done.stderr) == (
        4,
        "linters: engine/actionlint/go.mod pins no github.com/rhysd/actionlint\n",
    )
