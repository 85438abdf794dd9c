"""The page and the tests of its rows cannot part."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = World = Any


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
        assert row.exit in {"", "0", "1", "2", "3", "4", "130", "137"}, row.id
        assert row.remedy or row.exit == "0", row.id


READ = {
    "ruleId": "LKP-01",
    "outcome": "PASS",
    "blocks": False,
    "resource": {"name": "location", "type": "grantgate:index:AccessGrantsLocation"},
}
GREEN = {"verdict": "PASSED", "exitCode": 0, "problems": [], "findings": [READ]}
DENIED = {
    "about": "location",
    "what": "denied, which does not tell whether it exists (AccessDenied, HTTP 403",
    "remedy": "allow s3:GetAccessGrantsLocation to the caller",
}
RED = {"verdict": "ERROR", "exitCode": 4, "problems": [DENIED], "findings": []}
SAID = f"{DENIED['what']}\n{DENIED['remedy']}"
ANSWERED = frozenset({"GetAccessGrantsLocation"})


@pytest.mark.parametrize(
    ("id_", "code", "output", "report", "answered", "missed"),
    [
        pytest.param("aws-denied", 4, SAID, GREEN, ANSWERED, "the report's exit code is 0", id="a green report"),
        pytest.param("aws-denied", 4, SAID, {}, ANSWERED, "there is no report", id="no report"),
        pytest.param("aws-denied", 4, SAID, RED | {"verdict": "PASSED"}, ANSWERED, "exit code 4", id="two verdicts"),
        pytest.param("aws-denied", 4, "", RED, ANSWERED, "is not told", id="a reason in the report alone"),
        pytest.param("aws-denied", 4, SAID, RED | {"problems": []}, ANSWERED, "not in one problem", id="no problem"),
        pytest.param(
            "aws-denied", 4, SAID, RED | {"findings": [READ]}, ANSWERED, "and was not read", id="a pass beside it"
        ),
        pytest.param("aws-denied", 0, SAID, GREEN, ANSWERED, "exit code 0", id="a green run"),
        pytest.param("aws-denied", 4, f"{SAID}\nTraceback (", RED, ANSWERED, "Traceback", id="frames"),
        pytest.param("kill-gate-preview", 137, "", GREEN, ANSWERED, "exit code is 0", id="an older report"),
        pytest.param("kill-gate-preview", 137, "", {}, ANSWERED, "there is no report", id="none of who was killed"),
        pytest.param("kill-gate-preview", 137, "", RED, ANSWERED, "not in one problem", id="another reason"),
        pytest.param("net-slow", 0, "PASSED", GREEN, frozenset(), "nothing of its kind was read", id="a pass unread"),
        pytest.param("net-slow", 0, "PASSED", GREEN | {"findings": []}, ANSWERED, "exit code 0", id="nothing judged"),
        pytest.param("net-slow", 0, "PASSED", {}, ANSWERED, "there is no report", id="green without a report"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_noticed(
    faults: Mapping[str, Row],
    unmade: tuple[type[World], type[Any]],
    id_: str,
    code: int,
    output: str,
    report: Mapping[str, Any],
    answered: frozenset[str],
    missed: str,
) -> None:
    """Evidence of a run that is not as its row says is refused: the rows' own test is not blind."""
    world, told = unmade
    with pytest.raises(AssertionError, match=missed):
        world(None).holds(faults[id_], told(code, output, report, answered))


def test_what_holds_is_let_through(faults: Mapping[str, Row], unmade: tuple[type[World], type[Any]]) -> None:
    """The same evidence, whole, is what the rows ask for."""
    world, told = unmade
    world(None).holds(faults["aws-denied"], told(4, SAID, RED, frozenset()))
    world(None).holds(faults["net-slow"], told(0, "PASSED", GREEN, ANSWERED))
