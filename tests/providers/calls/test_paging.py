"""A list is all of it or a failure: no token twice, no item twice, no page without a list, nothing without bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.calls.clients import Connection
from grantgate.calls.described import location
from grantgate.calls.errors import Call, Cause, Unread
from grantgate.calls.paging import GRANT_PAGES, LOCATION_PAGES, MOST_SECONDS, PAGE, Paged, every_item
from grantgate.lookup import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT, REGION = "111122223333", "eu-west-1"
CALL = Call("s3:ListAccessGrantsLocations", ACCOUNT, REGION, "")
HEAD = f"ListAccessGrantsLocations in account {ACCOUNT}, Region {REGION}: "
PLACE = Place(ACCOUNT, REGION, Connection(REGION))
PAGED = Paged("Things", "things", 5, 4, "ask for less")
ARN = f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default/location/one"
WHOLE = {
    "AccessGrantsLocationId": "one",
    "AccessGrantsLocationArn": ARN,
    "LocationScope": "s3://b/",
    "IAMRoleArn": "arn:aws:iam::111122223333:role/x",
    "CreatedAt": datetime(2026, 3, 2, 8, tzinfo=UTC),
}


def item(described: Mapping[str, Any]) -> tuple[str, str]:
    return described["id"], described["id"].upper()


def page(ids: str, token: str = "") -> dict[str, Any]:
    return {"Things": [{"id": one} for one in ids], **({"NextToken": token} if token else {})}


def listed(pages: list[dict[str, Any]], clock: Callable[[], float] = lambda: 0.0) -> tuple[tuple[str, ...], list[Any]]:
    """List ``pages``, and give what came and what was asked."""
    asked: list[Any] = []

    def ask(wanted: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(dict(wanted))
        return pages[len(asked) - 1]

    return every_item(PAGED, CALL, ask, item, clock=clock), asked


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        pytest.param([page("")], (), id="nothing"),
        pytest.param([page("ba")], ("A", "B"), id="one page"),
        pytest.param([page("b", "1"), page("", "2"), page("ac")], ("A", "B", "C"), id="three, one of them empty"),
        pytest.param([page("a", "1"), page("b", "2"), page("c", "3"), page("d")], ("A", "B", "C", "D"), id="all pages"),
        pytest.param([page("abcde")], ("A", "B", "C", "D", "E"), id="all items"),
    ],
)
def test_every_item(pages: list[dict[str, Any]], found: tuple[str, ...]) -> None:
    """Sorted by id, each page asked for with the token of the one before."""
    got, asked = listed(pages)

    assert got == found
    assert asked == [{"MaxResults": PAGE}] + [
        {"MaxResults": PAGE, "NextToken": one["NextToken"]} for one in pages if "NextToken" in one
    ]


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        pytest.param(
            [page("a", "1"), page("b", "1")],
            "page 2 names a next page that was read before: the list has no end",
            id="the same token",
        ),
        pytest.param(
            [page("a", "1"), page("b", "2"), page("c", "1")],
            "page 3 names a next page that was read before: the list has no end",
            id="tokens in a circle",
        ),
        pytest.param(
            [page("a", "1"), page("b", "2"), page("c", "3"), page("d", "4")],
            "the list goes on after 4 pages with 4 things, which is the limit",
            id="ever new tokens",
        ),
        pytest.param([page("a", "1"), page("a")], "'a' stands in the list twice, again on page 2", id="an id twice"),
        pytest.param([page("aa")], "'a' stands in the list twice, again on page 1", id="an id twice on one page"),
        pytest.param([{}], "page 1 lacks Things", id="no list"),
        pytest.param([page("a", "1"), {"Things": None}], "page 2 lacks Things", id="no list on the second page"),
    ],
)
def test_what_is_no_list(pages: list[dict[str, Any]], told: str) -> None:
    """Value and limit, and nothing of it is given."""
    with pytest.raises(Unread) as caught:
        listed(pages)

    assert (caught.value.cause, caught.value.what) == (Cause.NOT_UNDERSTOOD, HEAD + told)


def test_more_items_than_the_bound() -> None:
    """The remedy is to ask for less."""
    with pytest.raises(Unread) as caught:
        listed([page("abc", "1"), page("def")])

    assert str(caught.value) == f"{HEAD}there are more than 5 things, which is the limit. To do: ask for less"


def test_a_list_that_takes_too_long() -> None:
    """The pages so far are told; the last page is no fault, however late it came."""
    times = iter([0.0, 1.0, MOST_SECONDS])

    with pytest.raises(Unread) as caught:
        listed([page("a", "1"), page("b", "2")], lambda: next(times))

    assert caught.value.what == f"{HEAD}2 things on 2 pages took longer than 300 s, which is the limit of one list"
    assert listed([page("a")], lambda: 1e9 * len(str(times)))[0] == ("A",)


def test_the_bounds() -> None:
    """Above S3's own quotas, and reached within the pages that are read, at the sizes that S3 gives."""
    assert (LOCATION_PAGES.most, GRANT_PAGES.most) == (10_000, 100_000)
    for paged in (LOCATION_PAGES, GRANT_PAGES):
        assert paged.most <= paged.most_pages * 100


# --- what an item has -------------------------------------------------------------------------------------------------


def test_a_location_as_s3_describes_it() -> None:
    """Every member, the time as text."""
    found = location(WHOLE, CALL, PLACE)

    assert (found.access_grants_location_id, found.created_at) == ("one", "2026-03-02T08:00:00Z")


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [None, ""])
def test_a_member_that_is_missing(name: str, value: str | None) -> None:
    """An item without a documented member is not an answer."""
    with pytest.raises(Unread, match=f"the answer lacks {name}"):
        location({**WHOLE, name: value}, CALL, PLACE)


@pytest.mark.parametrize(
    ("described", "told"),
    [
        pytest.param({"AccessGrantsLocationId": "a/b"}, "AccessGrantsLocationId is 'a/b'; an id has", id="no id"),
        pytest.param({"AccessGrantsLocationId": "x" * 65}, "; an id has 1 to 64 letters", id="a long id"),
        pytest.param({"AccessGrantsLocationArn": "x"}, "AccessGrantsLocationArn: 'x' has 1 of the 6", id="no ARN"),
        pytest.param(
            {"AccessGrantsLocationArn": ARN.replace(ACCOUNT, "444455556666")},
            f"is of account 444455556666, Region {REGION}; asked was account {ACCOUNT}, Region {REGION}",
            id="another account",
        ),
        pytest.param(
            {"AccessGrantsLocationArn": ARN.replace(REGION, "us-east-1")},
            "Region us-east-1; asked was",
            id="another Region",
        ),
        pytest.param(
            {"AccessGrantsLocationArn": ARN.replace("one", "two")},
            "and S3's has the form s3:…:access-grants/…/location/one",
            id="another location",
        ),
        pytest.param(
            {"AccessGrantsLocationArn": ARN.replace("aws:s3:", "aws:iam:")}, "and S3's has the form", id="no S3"
        ),
        pytest.param({"CreatedAt": "yesterday"}, "CreatedAt is 'yesterday', and S3 gives a time", id="no time"),
    ],
)
def test_an_item_that_is_none(described: dict[str, Any], told: str) -> None:
    """What is of another form, account or Region was not asked for."""
    with pytest.raises(Unread) as caught:
        location({**WHOLE, **described}, CALL, PLACE)

    assert caught.value.cause is Cause.NOT_UNDERSTOOD
    assert told in caught.value.what
