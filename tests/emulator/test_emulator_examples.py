"""The examples in the emulator's docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import grantgate_emulator
import pytest

MODULES = sorted(module.name for module in pkgutil.iter_modules(grantgate_emulator.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(f"grantgate_emulator.{name}")
    assert doctest.testmod(module).failed == 0
