"""An interpreter of its own for children that are to be broken on purpose: the oracle must notice each way."""

from __future__ import annotations

import sys
import sysconfig
import venv
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parents[1]
SABOTEUR: Final = Path(__file__).with_name("saboteur")
NAMES: Final = (
    "stale",
    "guessed",
    "first-page",
    "empty",
    "shared",
    "leaking",
    "skipped-rule",
    "lenient-rule",
    "dropped-finding",
    "one-item",
    "green",
    "mute",
    "tracing",
)
"""Ways of breaking the product: saboteur/gate_saboteur.py says what each of them does, examples.py who shows it."""


def interpreter(folder: Path) -> str:
    """
    Make an environment that has this one's packages and the saboteur; give its interpreter.

    A path file loads it in every process that uses the interpreter: the gate, the program, the host and the pack.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    lines = [*_packages(), str(SABOTEUR), "import gate_saboteur"]
    site.joinpath("chaos.pth").write_text("\n".join(lines) + "\n")
    return str(folder / "bin" / "python3")


def _packages() -> list[str]:
    """Give the folders that this interpreter finds packages in, but for its standard library and for this test."""
    standard = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
    own = {HERE.resolve(), HERE.parents[1].resolve()}
    found = [path for path in sys.path if path and Path(path).is_dir() and Path(path).resolve() not in own]
    return [path for path in found if "-packages" in path or not path.startswith(standard)]
