"""The shared list: an economy that never hides, never invents, and never keeps a location from being read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.aws import Connection
from grantgate.errors import Cause, Unread
from grantgate.listing import FRESH_SECONDS, MOST_PAGES, SINGLY, Listing
from grantgate.lookup import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = Place("111122223333", "eu-west-1", Connection("eu-west-1"))


class Service:
    """Answers list calls with pages of two, and counts them."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)
        self.calls: list[dict[str, Any]] = []

    def __call__(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        self.calls.append(dict(wanted))
        start = int(wanted.get("NextToken", 0))
        page: dict[str, Any] = {
            "AccessGrantsLocationsList": [{"AccessGrantsLocationId": one} for one in self.ids[start : start + 2]]
        }
        return {**page, "NextToken": str(start + 2)} if start + 2 < len(self.ids) else page


def asked_before(listing: Listing, service: Any, place: Place = PLACE) -> None:
    for _ in range(SINGLY):
        assert listing.find(place, "a", service) is None


def test_a_few_lookups_ask_for_no_list() -> None:
    """Who declares three locations needs no permission to list."""
    service = Service("a")

    asked_before(Listing(), service)

    assert service.calls == []


def test_many_lookups_cost_one_list_of_every_page() -> None:
    """One list serves every lookup of a place, over all of its pages."""
    listing, service = Listing(), Service("a", "b", "c", "d", "e")
    asked_before(listing, service)

    found = [listing.find(PLACE, one, service) for one in "abcde"]

    assert found == [{"AccessGrantsLocationId": one} for one in "abcde"]
    assert [call.get("NextToken") for call in service.calls] == [None, "2", "4"]
    assert {call["AccountId"] for call in service.calls} == {"111122223333"}


def test_what_the_list_does_not_hold_is_asked_for_by_itself() -> None:
    """That a location does not exist is for GetAccessGrantsLocation to say."""
    listing, service = Listing(), Service("a")
    asked_before(listing, service)

    assert listing.find(PLACE, "unknown", service) is None


def test_places_share_nothing() -> None:
    """Another account, Region or role is another list."""
    listing, service = Listing(), Service("a")
    asked_before(listing, service)
    listing.find(PLACE, "a", service)

    other = Place("111122223333", "eu-west-1", Connection("eu-west-1", assume_role_arn="arn:aws:iam::1:role/x"))
    assert listing.find(other, "a", service) is None
    assert len(service.calls) == 1


def test_a_list_grows_old() -> None:
    """After its time a list is read again, so that a long run sees what changed."""
    now = [0.0]
    listing, service = Listing(lambda: now[0]), Service("a")
    asked_before(listing, service)
    listing.find(PLACE, "a", service)
    now[0] = FRESH_SECONDS - 1
    listing.find(PLACE, "a", service)
    assert len(service.calls) == 1

    now[0] = FRESH_SECONDS
    service.ids = ["b"]

    assert listing.find(PLACE, "a", service) is None
    assert len(service.calls) == 2


def test_a_refused_list_is_not_tried_again() -> None:
    """Where listing is denied or throttled, every location is read by itself."""
    calls = []

    def denied(wanted: Mapping[str, Any]) -> dict[str, Any]:
        calls.append(wanted)
        raise Unread(Cause.DENIED, "denied", "allow it")

    listing = Listing()
    asked_before(listing, denied)

    assert [listing.find(PLACE, "a", denied) for _ in range(5)] == [None] * 5
    assert len(calls) == 1


def test_a_list_that_fails_half_way_is_not_used() -> None:
    """A page that is missing makes the whole list useless, not the locations on it."""
    service = Service("a", "b", "c")

    def cut(wanted: Mapping[str, Any]) -> dict[str, Any]:
        if "NextToken" in wanted:
            raise Unread(Cause.UNREACHABLE, "no answer", "run again")
        return service(wanted)

    listing = Listing()
    asked_before(listing, cut)

    assert listing.find(PLACE, "a", cut) is None


@pytest.mark.parametrize(
    ("token", "calls"),
    [
        pytest.param(lambda _: "same", 2, id="the same token"),
        pytest.param(str, MOST_PAGES, id="ever new tokens"),
    ],
)
def test_a_list_without_an_end_is_given_up(token: Any, calls: int) -> None:
    """A service that always names another page is not followed for ever."""
    made = []

    def endless(wanted: Mapping[str, Any]) -> dict[str, Any]:
        made.append(wanted)
        return {"AccessGrantsLocationsList": [{"AccessGrantsLocationId": "a"}], "NextToken": token(len(made))}

    listing = Listing()
    asked_before(listing, endless)

    assert listing.find(PLACE, "a", endless) is None
    assert len(made) == calls


@pytest.mark.parametrize("item", [{}, {"AccessGrantsLocationId": None}, {"AccessGrantsLocationId": 7}])
def test_items_without_an_id_are_no_locations(item: dict[str, Any]) -> None:
    """What names no location answers for none."""
    listing = Listing()
    page = {"AccessGrantsLocationsList": [item, {"AccessGrantsLocationId": "a"}]}
    asked_before(listing, lambda _: page)

    assert listing.find(PLACE, "a", lambda _: page) == {"AccessGrantsLocationId": "a"}


def test_four_threads_make_one_list() -> None:
    """The dynamic host asks from four threads; one of them reads, the others wait."""
    service, listing = Service("a"), Listing()
    asked_before(listing, service)
    start = threading.Barrier(4)

    def look() -> None:
        start.wait()
        assert listing.find(PLACE, "a", service) is not None

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(service.calls) == 1
