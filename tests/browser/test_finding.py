"""A browser is found, or it is said what to install; nothing is skipped in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def program(folder: Path, name: str) -> Path:
    """Make a program that does nothing."""
    file = folder / name
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let PATH be one empty folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GRANTGATE_BROWSER", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "chrome"])
def test_on_path(finder: ModuleType, path: Path, name: str) -> None:
    """A browser on PATH is used, whatever it is called."""
    made = program(path, name)

    assert finder.find() == str(made)


def test_named(finder: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is named comes first."""
    program(path, "chromium")
    monkeypatch.setenv("GRANTGATE_BROWSER", str(program(path, "mine")))

    assert finder.find() == str(path / "mine")


def test_named_wrongly(
    finder: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that leads nowhere is an error, and nothing else is taken or installed instead."""
    program(path, "chromium")
    monkeypatch.setenv("GRANTGATE_BROWSER", "nobody")

    assert finder.main() == 1
    assert capsys.readouterr().err == "browser: GRANTGATE_BROWSER is 'nobody', and no program is there\n"


def test_nowhere(finder: ModuleType, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a browser and without a way to install one, the remedy is told and the code is not 0."""
    assert list(path.iterdir()) == []

    assert finder.main() == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "browser: no apt-get here to install a browser with; install Chromium, or name one: GRANTGATE_BROWSER=PATH"
    )
