"""Answers that are none: cut, empty, of another kind, hostile, and lists that do not end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = World = Told = Any

pytestmark = pytest.mark.engine

PART = "body"
GET, LIST = "GetAccessGrantsLocation", "ListAccessGrantsLocations"
EVERY = """
    from grantgate import AccessGrantsLocations
    AccessGrantsLocations("location")
"""


def get(kind: str, **more: Any) -> Callable[[World], Told]:
    """Spoil the answer that one location's lookup gets."""

    def arranged(world: World) -> Told:
        world.project.aws.set_faults([{"operation": GET, "kind": kind, **more}])
        told: Told = world.preview()
        assert "/external-entity" not in {call["path"] for call in world.project.aws.journal()}
        return told

    return arranged


def every(kind: str, **more: Any) -> Callable[[World], Told]:
    """Spoil a list."""

    def arranged(world: World) -> Told:
        world.program(EVERY)
        world.project.aws.set_faults([{"operation": LIST, "kind": kind, **more}])
        told: Told = world.preview()
        assert told.report["lookups"] == []  # no part of a list is shown
        return told

    return arranged


def second_page_fails(world: World) -> Told:
    """Let the first page of a long list come, and not the second."""
    long_list(world)
    told: Told = every("access-denied", after=1)(world)
    assert items(world) == [1000, None]
    return told


def second_page_comes_late(world: World) -> Told:
    """Let the second page of a long list come at the second attempt."""
    long_list(world)
    world.program(EVERY)
    world.project.aws.set_faults([{"operation": LIST, "kind": "server-error", "after": 1, "times": 1}])
    told: Told = world.preview()
    assert items(world) == [1000, None, 1]
    assert len(told.report["locations"]) == 1001
    return told


def long_list(world: World) -> None:
    """Register one location more than a page holds."""
    role = "arn:aws:iam::111122223333:role/access-grants/finance-reader"
    locations = [
        {"id": f"location-{index:04}", "scope": f"s3://acme-data-prod-finance/finance/{index}/*", "roleArn": role}
        for index in range(1001)
    ]
    world.project.seed("111122223333", {"regions": {"eu-west-1": {"instance": {}, "locations": locations}}})


def items(world: World) -> list[int | None]:
    """Give how many locations each answer to a list call held."""
    return [call["items"] for call in world.project.aws.journal() if call["operation"] == LIST]


def of_nothing(style: str) -> Callable[[World], Told]:
    """Let the pages of an empty list lead to each other."""

    def arranged(world: World) -> Told:
        world.project.seed("111122223333", {"regions": {"eu-west-1": {"instance": {}}}})
        return every("page-loop", style=style)(world)

    return arranged


ROWS: dict[str, Callable[[World], Told]] = {
    "body-truncated": get("truncate"),
    "body-not-closed": get("malformed", body="xml"),
    "body-login-page": get("malformed", body="html"),
    "body-empty": get("malformed", body="empty"),
    "body-json": get("malformed", body="json"),
    "body-other-call": get("malformed", body="wrong-root"),
    "body-content-type": get("content-type", contentType="text/html"),
    "body-nul": get("malformed", body="nul"),
    "body-bad-utf-8": get("malformed", body="bad-utf-8"),
    "body-utf-16": get("malformed", body="utf-16"),
    "body-latin-1": get("malformed", body="latin-1"),
    "body-doctype": get("malformed", body="doctype"),
    "body-external-entity": get("malformed", body="external-entity"),
    "body-deep": get("malformed", body="deep"),
    "body-huge": get("huge", megabytes=200),
    "body-huge-packed": get("huge", megabytes=200, compressed=True),
    "body-list-login-page": every("malformed", body="html"),
    "body-list-truncated": every("truncate"),
    "body-list-second-page": second_page_fails,
    "body-list-second-page-late": second_page_comes_late,
    "body-list-same-token": of_nothing("same"),
    "body-list-cycle": of_nothing("cycle"),
    "body-list-repeated": every("page-loop", style="repeat"),
    "body-list-endless": every("page-loop", style="endless"),
}


def test_row(row: Row, world: World) -> None:
    """A preview says what the page says it does."""
    world.holds(row, ROWS[row.id](world))
