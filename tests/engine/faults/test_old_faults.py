"""States that older releases left, kept as files: today's lookups read, update, refresh and destroy them."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = World = Told = Any

pytestmark = pytest.mark.engine

PART = "old"
STATES = Path(__file__).resolve().parents[1] / "states"
ACCOUNT = "111122223333"
LOOKUPS = {"again", "finance", "operation", "prefix"}
OPERATION = {
    "token": f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/AbC_-123",
    "operation": "CreateMultiRegionAccessPoint",
    "name": "acme-global",
    "createdAt": "2026-11-20T21:10:00Z",
    "regions": [{"bucket": "acme-data-prod-finance", "region": "eu-west-1", "bucketAccountId": ACCOUNT}],
    "timeline": ["SUCCEEDED"],
    "regionStatuses": {"eu-west-1": "SUCCEEDED"},
}
"""The request that the kept states have seen to succeed."""


def taken_over(world: World, commit: str) -> Told:
    """Import a state, then do everything with it that one does with a state; S3 forgets the request meanwhile."""
    project = world.project
    project.seed(ACCOUNT, {"operations": [OPERATION]})
    shutil.copy(STATES / "program.py", project.folder / "__main__.py")
    imported = project.run("pulumi", "stack", "import", "--stack", "prod", "--file", str(STATES / f"{commit}.json"))
    assert imported.returncode == 0, imported.stderr

    told: Told = world.preview()
    assert told.report["runs"][0]["changes"] == {"same": 5}, told.output
    project.seed(ACCOUNT, {})

    for command in ("refresh", "up"):
        ran = project.pulumi(command)
        assert ran.code == 0, ran.text
        outputs = {name: item["outputs"] for name, item in project.resources().items() if name in LOOKUPS}
        assert outputs.keys() == LOOKUPS
        kept = outputs["operation"]
        assert (kept["state"], kept["tokenExpired"]) == ("SUCCEEDED", True)
        assert {item["lookup"] for item in outputs.values()} == {"performed"}
    assert ran.outcome("LKP-01") == ran.outcome("ASY-01") == {"PASS"}
    assert project.pulumi("destroy").code == 0
    assert project.resources().keys() == set()
    return told


ROWS: dict[str, Callable[[World], Told]] = {
    "old-cf49e58": partial(taken_over, commit="cf49e58"),
    "old-a6c697a": partial(taken_over, commit="a6c697a"),
}


def test_every_kept_state_has_a_row() -> None:
    """No file lies here that nobody reads."""
    assert {file.stem for file in STATES.glob("*.json")} == {id_.partition("-")[2] for id_ in ROWS}


def test_row(row: Row, world: World) -> None:
    """A run says what the page says it does."""
    world.holds(row, ROWS[row.id](world))
