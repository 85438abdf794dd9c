"""The page and the tests of its rows cannot part."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Any


def test_every_row_happens(faults: Mapping[str, Row]) -> None:
    """Each id of the page is arranged by one test file, that of its first word, and no other id is."""
    arranged: list[str] = []
    for file in sorted(Path(__file__).parent.glob("test_*_faults.py")):
        module = runpy.run_path(str(file))
        assert all(id_.startswith(f"{module['PART']}-") for id_ in module["ROWS"]), file.name
        arranged += module["ROWS"]

    assert sorted(arranged) == sorted(faults)


def test_every_row_tells(faults: Mapping[str, Row]) -> None:
    """A row says what is told, and what to do about whatever is not green, in words that are looked for."""
    for row in faults.values():
        assert row.told, row.id
        assert row.exit in {"", "0", "1", "2", "3", "4", "137"}, row.id
        assert row.remedy or row.exit in {"0", "2"}, row.id
