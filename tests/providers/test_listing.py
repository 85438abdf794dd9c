"""The shared list: an economy that never hides, never invents, never outlives a change, and is bounded."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from grantgate import listing
from grantgate.calls.clients import Connection
from grantgate.calls.errors import Cause, Unread
from grantgate.facts import ListedLocation
from grantgate.listing import FRESH_SECONDS, SINGLY, Listing, Snapshot
from grantgate.lookup import Place

PLACE = Place("111122223333", "eu-west-1", Connection("eu-west-1"))


def located(location_id: str) -> ListedLocation:
    return ListedLocation(location_id, "arn", "s3://b/", "role", "2026-03-02T08:00:00Z")


class Service:
    """Lists the ids that it holds, and counts how often it was asked."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)
        self.calls = 0
        self.failure: Exception | None = None

    def __call__(self) -> Snapshot:
        """Answer one list."""
        self.calls += 1
        if self.failure:
            raise self.failure
        return Snapshot(f"read {self.calls}", {one: located(one) for one in self.ids})


def asked_before(shared: Listing, service: Service, place: Place = PLACE) -> None:
    for _ in range(SINGLY):
        assert shared.find(place, "a", service) is None


def test_the_first_lookup_asks_for_no_list() -> None:
    """Who declares one location needs no permission to list."""
    service = Service("a")

    asked_before(Listing(), service)

    assert (service.calls, SINGLY) == (0, 1)


def test_a_thousand_lookups_cost_one_list() -> None:
    """One list serves every further lookup of a place, and says when it was read."""
    ids = [f"id-{index}" for index in range(1000)]
    shared, service = Listing(), Service(*ids)
    asked_before(shared, service)

    assert [shared.find(PLACE, one, service) for one in ids] == [("read 1", located(one)) for one in ids]
    assert shared.every(PLACE, service).locations.keys() == set(ids)
    assert service.calls == 1


def test_a_list_that_is_there_serves_the_first_lookup_too() -> None:
    """The lookup of all locations leaves its list to the single ones."""
    shared, service = Listing(), Service("a")
    shared.every(PLACE, service)

    assert shared.find(PLACE, "a", service) == ("read 1", located("a"))
    assert service.calls == 1


def test_what_the_list_does_not_hold_is_asked_for_by_itself() -> None:
    """That a location does not exist is for GetAccessGrantsLocation to say."""
    shared, service = Listing(), Service("a")
    asked_before(shared, service)

    assert shared.find(PLACE, "unknown", service) is None


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(PLACE, account_id="444455556666"), id="account"),
        pytest.param(Place(PLACE.account_id, "us-east-1", Connection("us-east-1")), id="Region"),
        pytest.param(replace(PLACE, connection=replace(PLACE.connection, profile="ci")), id="profile"),
        pytest.param(replace(PLACE, connection=replace(PLACE.connection, assume_role_arn="r")), id="role"),
    ],
)
def test_places_share_nothing(other: Place) -> None:
    """Other credentials may see another list."""
    shared, service = Listing(), Service("a")
    shared.every(PLACE, service)

    assert shared.find(other, "a", service) is None
    shared.every(other, service)
    assert service.calls == 2


def test_a_list_grows_old() -> None:
    """After its time a list is read again, so that a long run sees what changed."""
    now = [0.0]
    shared, service = Listing(lambda: now[0]), Service("a")
    asked_before(shared, service)
    shared.find(PLACE, "a", service)
    now[0] = FRESH_SECONDS - 1
    shared.find(PLACE, "a", service)
    assert service.calls == 1

    now[0] = FRESH_SECONDS
    service.ids = ["b"]

    assert shared.find(PLACE, "a", service) is None
    assert service.calls == 2


def test_a_lookup_that_comes_after_a_change_is_served_no_list_from_before() -> None:
    """A list serves whoever had nothing to wait for when it was begun; the next list serves both."""
    now = [10.0]
    shared, service = Listing(lambda: now[0]), Service("a")
    shared.every(replace(PLACE, not_before=5.0), service)
    assert shared.find(replace(PLACE, not_before=10.0), "a", service) == ("read 1", located("a"))

    now[0] = 12.0
    assert shared.find(replace(PLACE, not_before=11.0), "a", service) == ("read 2", located("a"))
    assert shared.every(replace(PLACE, not_before=5.0), service).read_at == "read 2"
    assert service.calls == 2


def test_the_first_of_a_place_that_comes_after_a_change_is_read_by_itself() -> None:
    """An old list is no reason to ask for another."""
    shared, service = Listing(lambda: 10.0), Service("a")
    shared.every(PLACE, service)

    assert shared.find(replace(PLACE, not_before=11.0), "a", service) is None
    assert service.calls == 1


DENIED = Unread(Cause.DENIED, "denied", "allow it", "AccessDenied")


def test_a_refused_list_is_not_tried_again() -> None:
    """Where listing is denied or throttled, every location is read by itself."""
    shared, service = Listing(), Service("a")
    service.failure = DENIED
    asked_before(shared, service)

    assert [shared.find(PLACE, "a", service) for _ in range(5)] == [None] * 5
    assert service.calls == 1


def test_a_refused_list_is_told_to_whoever_wants_it_all() -> None:
    """The failure is the list's own, and serves as long as a list would; then it is asked for again."""
    now = [0.0]
    shared, service = Listing(lambda: now[0]), Service("a")
    service.failure = DENIED
    asked_before(shared, service)
    shared.find(PLACE, "a", service)

    for _ in range(2):
        with pytest.raises(Unread) as caught:
            shared.every(PLACE, service)
        assert (caught.value.cause, str(caught.value), caught.value.code) == (DENIED.cause, str(DENIED), DENIED.code)
    assert service.calls == 1

    service.failure = None
    assert shared.every(replace(PLACE, not_before=1.0), service).read_at == "read 2"
    assert shared.find(PLACE, "a", service) == ("read 2", located("a"))


def test_an_error_of_the_program_is_no_refusal() -> None:
    """It is not hidden behind calls that happen to work."""
    shared, service = Listing(), Service("a")
    service.failure = RuntimeError("a bug")
    asked_before(shared, service)

    with pytest.raises(RuntimeError):
        shared.find(PLACE, "a", service)


def test_the_lists_of_all_places_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten, and read anew when somebody wants them."""
    monkeypatch.setattr(listing, "MOST_HELD", 4)
    now = [0.0]
    shared, service = Listing(lambda: now[0]), Service("a", "b")
    places = [replace(PLACE, account_id=f"{index:012}") for index in range(3)]
    for place in places:
        now[0] += 1
        shared.every(place, service)

    assert service.calls == 3
    for place in (places[1], places[2]):
        shared.every(place, service)
    assert service.calls == 3
    shared.every(places[0], service)
    assert service.calls == 4


def test_four_threads_make_one_list() -> None:
    """The dynamic host asks from four threads; one of them reads, the others wait."""
    service, shared = Service("a"), Listing()
    asked_before(shared, service)
    start = threading.Barrier(4)
    found = []

    def look() -> None:
        start.wait()
        found.append(shared.find(PLACE, "a", service))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [("read 1", located("a"))] * 4
    assert service.calls == 1
