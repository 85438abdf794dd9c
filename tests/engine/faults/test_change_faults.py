"""What is true now and not a moment later: locations, roles, rules and packs that change under a run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = World = Told = Any

pytestmark = pytest.mark.engine

PART = "change"
GET, LIST = "GetAccessGrantsLocation", "ListAccessGrantsLocations"
ADMIN = "arn:aws:iam::111122223333:role/DataAdmin"
FINANCE = "arn:aws:iam::111122223333:role/access-grants/finance-reader"
LISTED_FIRST = """
    from grantgate import AccessGrantsLocation, AccessGrantsLocations
    from pulumi import ResourceOptions
    every = AccessGrantsLocations("every", location_scope="s3://acme-data-prod-finance/finance/*")
    AccessGrantsLocation("location", "good", opts=ResourceOptions(depends_on=[every]))
"""
REWRITING = """
    from pathlib import Path
    from grantgate import AccessGrantsLocation
    rules = Path("pack/rules.yaml")
    rules.write_text(rules.read_text().replace("organization:", "organization:  # it says the same"))
    AccessGrantsLocation("location", "good")
"""
REMOVING = """
    import shutil
    from grantgate import AccessGrantsLocation
    shutil.rmtree("pack")
    AccessGrantsLocation("location", "good")
"""


def deleted_after_the_list(world: World) -> Told:
    """Let a location go right after a list that has it."""
    world.program(LISTED_FIRST)
    world.project.aws.set_faults([{"operation": LIST, "kind": "delete-after", "location": "good", "times": 1}])
    return world.preview()


def gone_before_the_update(world: World) -> Told:
    """Let a location go right after the preview has read it."""
    world.project.aws.set_faults([{"operation": GET, "kind": "delete-after", "location": "good", "times": 1}])
    told: Told = world.gate("up")
    assert "location" not in world.project.resources()
    return told


def role_before_the_update(world: World) -> Told:
    """Swap a role right after the preview has read it: the update judges what is there then."""
    swap = {"operation": GET, "kind": "change-after", "location": "good", "roleArn": ADMIN, "times": 1}
    world.project.aws.set_faults([swap])
    told: Told = world.gate("up")
    assert "location" not in world.project.resources()
    assert [run["command"] for run in told.report["runs"]] == ["up"]
    return told


def allowed_role_before_the_update(world: World) -> Told:
    """Swap a role for another that the rules allow: the update passes, and keeps what is there then."""
    swap = {"operation": GET, "kind": "change-after", "location": "good", "roleArn": WRITER, "times": 1}
    world.project.aws.set_faults([swap])
    told: Told = world.gate("up")
    assert world.project.resources()["location"]["outputs"]["iamRoleArn"] == WRITER
    return told


def rewritten(world: World) -> Told:
    """Change the rules file while the program runs."""
    world.program(REWRITING)
    return world.preview()


def broken_before_the_pack(world: World) -> Told:
    """Spoil the rules file between the moment that grantgate reads it and the moment that the pack does."""
    python = world.project.folder / "bin"
    python.mkdir()
    engine = shutil.which("pulumi", path=world.project.env()["PATH"])
    (python / "pulumi").write_text(
        f'#!/bin/sh\n[ "$1" = preview ] && echo "version: 2" > "{world.project.rules}"\nexec "{engine}" "$@"\n'
    )
    (python / "pulumi").chmod(0o755)
    return world.preview(PATH=f"{python}:{world.project.env()['PATH']}")


def removed(world: World) -> Told:
    """Remove the pack while the program runs."""
    world.program(REMOVING)
    return world.preview()


WRITER = FINANCE.replace("reader", "writer")

ROWS: dict[str, Callable[[World], Told]] = {
    "change-deleted-after-list": deleted_after_the_list,
    "change-gone-before-update": gone_before_the_update,
    "change-role-before-update": role_before_the_update,
    "change-allowed-role-before-update": allowed_role_before_the_update,
    "change-rules": rewritten,
    "change-rules-broken": broken_before_the_pack,
    "change-pack-removed": removed,
}


def test_row(row: Row, world: World) -> None:
    """A run says what the page says it does."""
    world.holds(row, ROWS[row.id](world))
