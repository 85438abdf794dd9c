"""Which engine set-up takes: the one on PATH when it is new enough, else what it made before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout with the bootstrap alone, and a PATH with a Python alone."""
    (tmp_path / "engine").mkdir()
    shutil.copy(ROOT / "engine" / "bootstrap.py", tmp_path / "engine")
    (tmp_path / "path").mkdir()
    return tmp_path


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def bootstrap(checkout: Path) -> subprocess.CompletedProcess[str]:
    # A proxy where nothing listens: the installer must not reach anything from a test.
    environment = {"PATH": str(checkout / "path"), "HOME": str(checkout), "https_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, str(checkout / "engine" / "bootstrap.py")]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def chosen(checkout: Path) -> str:
    return os.path.relpath((checkout / ".engine" / "bin-path").read_text().strip(), checkout)


def test_a_new_enough_pulumi_on_path_is_used(checkout: Path) -> None:
    """The user's own engine comes first, and nothing is built."""
    program(checkout / "path" / "pulumi", "echo v3.259.0")
    program(checkout / "path" / "pulumi-language-python", "exit 0")

    done = bootstrap(checkout)

    assert done.returncode == 0, done.stderr
    assert chosen(checkout) == "path"


def test_what_was_made_before_is_used(checkout: Path) -> None:
    """An engine of an earlier run serves at once."""
    program(checkout / "path" / "pulumi", "echo v3.100.0")
    program(checkout / ".engine" / "bin" / "pulumi", "echo 3.220.0")

    done = bootstrap(checkout)

    assert done.returncode == 0, done.stderr
    assert chosen(checkout) == ".engine/bin"


@pytest.mark.parametrize(
    ("version", "told"),
    [
        pytest.param("v3.219.9", "is version 3.219.9, older than 3.220.0", id="too old"),
        pytest.param("nonsense", "is version ?, older than 3.220.0", id="no version"),
        pytest.param("v3.259.0", "has no pulumi-language-python beside it", id="no language host"),
    ],
)
def test_every_closed_way_is_told(checkout: Path, version: str, told: str) -> None:
    """Without any way to an engine, each one's reason and the remedy are told, and the exit code is 4."""
    program(checkout / "path" / "pulumi", f"echo {version}")

    done = bootstrap(checkout)

    assert done.returncode == 4
    assert told in done.stderr
    assert "no Go compiler on PATH" in done.stderr
    assert "install Pulumi 3.220 or newer, or Go" in done.stderr
    assert "Traceback" not in done.stderr
