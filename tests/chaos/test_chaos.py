"""
A handful of the cases that `make chaos` runs a thousand of: one of each sort, through the same code.

What a row is about says which of the drawn cases it takes, so that a change of what is drawn changes no row's meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gatechaos import cases, examples, running
from gatechaos.cases import CALM, ENDPOINT, FULL, HARSH, KILL, MILD, PLAIN, PREVIEW, RULES, UP
from gatechaos.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gatechaos.cases import Case

pytestmark = pytest.mark.engine

SEED = 2026_00000
SMALL = 3
"""Lookups of a case that is quick."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine.at(tmp_path_factory.mktemp("chaos") / "machine") as made:
        yield made


def first(wanted: Callable[[Case], bool]) -> Case:
    drawn = (cases.draw(SEED + number) for number in range(2000))
    return next(case for case in drawn if len(case.lookups) <= SMALL and wanted(case))


def harsh(case: Case, *kinds: str) -> bool:
    """Say whether all is well in a preview but for faults that last, of these kinds alone."""
    lasting = not any(fault.keys() & {"times", "after", "probability"} for fault in case.faults)
    told = case.mood == HARSH and {fault["kind"] for fault in case.faults} <= set(kinds)
    return case.command == PREVIEW and case.is_well and told and lasting and case.before is None


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(lambda case: case.has_to_pass and case.mood == CALM and case.command == UP, id="all well"),
        pytest.param(
            lambda case: case.has_to_pass and case.before is not None and case.command == PREVIEW, id="all well again"
        ),
        pytest.param(lambda case: case.has_to_pass and case.mood == MILD and case.command == PREVIEW, id="waited out"),
        pytest.param(
            lambda case: case.mood == HARSH and case.is_well and case.command == PLAIN, id="no gate around it"
        ),
        pytest.param(lambda case: harsh(case, "malformed", "truncate", "huge"), id="answers that are none"),
        pytest.param(lambda case: harsh(case, "access-denied", "region-deny", "redirect"), id="refused"),
        pytest.param(lambda case: case.trouble.kind == ENDPOINT and case.command == PREVIEW, id="nobody there"),
        pytest.param(lambda case: case.trouble.kind == RULES and case.command == PREVIEW, id="other rules meanwhile"),
        pytest.param(lambda case: case.trouble.kind == FULL and not case.trouble.amount, id="disk full"),
        pytest.param(
            lambda case: case.trouble.kind == KILL and case.trouble.victim == "engine" and case.trouble.in_update,
            id="engine killed in the update",
        ),
    ],
)
def test_green_is_earned(machine: Machine, wanted: Callable[[Case], bool]) -> None:
    """The invariant holds: green only if every lookup really read and every rule really ran, and red with a reason."""
    result = running.tried(first(wanted), machine)

    assert result.violations == ()


@pytest.mark.parametrize("name", ["stale", "green"])
def test_a_broken_product_is_noticed(tmp_path: Path, name: str) -> None:
    """The oracle is not blind: what looks, judges or reports wrongly is found out; `run.py --breaks` has every way."""
    with Machine.at(tmp_path / "machine", name) as broken:
        result = running.tried(examples.example(name), broken)

    assert result.violations != ()
