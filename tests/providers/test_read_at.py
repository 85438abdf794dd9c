"""When AWS was asked stands beside what it said; an operation's answer that is kept may grow too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.location import LocationLookup
from grantgate.lookup import Lookup, RefreshFailed
from grantgate.operation import OperationLookup
from grantgate.times import iso

if TYPE_CHECKING:
    from grantgate_emulator.server import Emulator

ACCOUNT, REGION = "111122223333", "eu-west-1"
NOW = datetime(2026, 11, 20, 21, 10, tzinfo=UTC)  # the clock of conftest.py
TOKENS = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/"
OLD = f"{TOKENS}old"
HERE = {"accountId": ACCOUNT, "region": REGION}
DAY = 86_400


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    """Give an instance with three locations, and an operation that takes its time."""
    role = f"arn:aws:iam::{ACCOUNT}:role/x"
    operation = {
        "token": f"{TOKENS}slow",
        "operation": "CreateMultiRegionAccessPoint",
        "name": "acme",
        "regions": [{"bucket": "acme-data"}],
        "timeline": ["INPROGRESS", "SUCCEEDED"],
    }
    locations = [{"id": one, "scope": f"s3://acme-data/{one}/*", "roleArn": role} for one in "abc"]
    place = {"instance": {}, "buckets": ["acme-data"], "locations": locations}
    return {"accounts": {ACCOUNT: {"regions": {REGION: place}, "operations": [operation]}}}


def checked(
    lookup: Lookup, olds: dict[str, Any] | None = None, /, **news: Any
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    result = lookup.check(olds or {}, news)
    return result.inputs, [(one.property, one.reason) for one in result.failures]


def kept(read_at: str | None, **props: Any) -> dict[str, Any]:
    """Give what the state holds of a request that succeeded."""
    known = {
        "requestTokenArn": OLD,
        "accountId": ACCOUNT,
        "region": "us-west-2",
        "state": "SUCCEEDED",
        "requestStatus": "SUCCEEDED",
        "lookup": "performed",
        **props,
    }
    return known if read_at is None else {**known, "readAt": read_at}


def ago(seconds: int) -> str:
    return iso(NOW - timedelta(seconds=seconds))


def hands(monkeypatch: pytest.MonkeyPatch, *minutes: int) -> None:
    """Set the clock so that each look at it shows the next of ``minutes``."""
    moments = (NOW + timedelta(minutes=one) for one in minutes)
    monkeypatch.setattr(Lookup, "clock", staticmethod(lambda: next(moments)))


# --- when it was read -------------------------------------------------------------------------------------------------


def test_a_shared_answer_has_the_time_of_its_list(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told later is not read later."""
    hands(monkeypatch, 0, 1, 2, 3)  # of the first, and of the second with its list; then of the third
    found = [checked(LocationLookup(), **HERE, accessGrantsLocationId=one)[0]["readAt"] for one in "abc"]

    assert found == [iso(NOW), iso(NOW + timedelta(minutes=2)), iso(NOW + timedelta(minutes=2))]
    assert [call["operation"] for call in cloud.journal()] == ["GetAccessGrantsLocation", "ListAccessGrantsLocations"]


def test_what_was_waited_for_has_the_time_of_the_last_read(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of the first, which said something else."""
    hands(monkeypatch, 0, 1, 30)
    found, faults = checked(OperationLookup(), requestTokenArn=f"{TOKENS}slow", wait=True, waitPollSeconds=1)

    assert (faults, found["state"], found["readAt"]) == ([], "SUCCEEDED", iso(NOW + timedelta(minutes=30)))
    assert len(cloud.journal()) == 2


def test_a_program_cannot_say_when_it_was_read(cloud: Emulator) -> None:
    """The time is the lookup's."""
    found, _ = checked(LocationLookup(), **HERE, accessGrantsLocationId="a", readAt="2999-01-01T00:00:00Z")

    assert found["readAt"] == iso(NOW)
    assert cloud.journal()


# --- how old a kept answer may be -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read_at", "most"),
    [
        pytest.param(ago(400 * DAY), None, id="any age, where nobody limits it"),
        pytest.param(None, None, id="an earlier release's, where nobody limits it"),
        pytest.param(ago(DAY - 1), DAY, id="younger"),
        pytest.param(ago(DAY), DAY, id="exactly as old"),
        pytest.param(ago(DAY), float(DAY), id="as the wire has numbers"),
        pytest.param(ago(-60), DAY, id="by another machine's clock, a minute ahead"),
    ],
)
def test_an_answer_that_is_young_enough(cloud: Emulator, read_at: str | None, most: float | None) -> None:
    """It is kept, and its time stays that of its real read."""
    limit = {} if most is None else {"maxAgeSeconds": most}

    found, faults = checked(OperationLookup(), kept(read_at), requestTokenArn=OLD, **limit)

    assert (faults, found["lookup"], found["tokenExpired"]) == ([], "performed", True)
    assert found.get("readAt") == read_at
    assert found.get("maxAgeSeconds") == most
    assert len(cloud.journal()) == 1


@pytest.mark.parametrize(
    ("read_at", "told"),
    [
        pytest.param(
            ago(3 * DAY + 3600),
            "was read 3 days, 1:00:00 ago, at 2026-11-17T20:10:00Z; the limit is 1 day, 0:00:00 (maxAgeSeconds 86400)",
            id="older",
        ),
        pytest.param(ago(DAY + 1), "was read 1 day, 0:00:01 ago, at ", id="a second older"),
        pytest.param(
            None,
            "was kept by a release that knew no time of reading, so of no known age; the limit is 1 day, 0:00:00",
            id="of an earlier release",
        ),
        pytest.param("yesterday", "of no known age", id="a time that is none"),
        pytest.param(ago(-DAY), "was read 1 day, 0:00:00 ahead of this machine's clock, at ", id="of the future"),
    ],
)
def test_an_answer_that_is_too_old(cloud: Emulator, read_at: str | None, told: str) -> None:
    """Both ages are told, and nothing of the old answer is left; a refresh fails, and keeps the state."""
    olds = kept(read_at)

    found, ((name, reason),) = checked(OperationLookup(), olds, requestTokenArn=OLD, maxAgeSeconds=DAY)

    assert (name, found) == ("requestTokenArn", {"requestTokenArn": OLD, "maxAgeSeconds": DAY, "lookup": "failed"})
    assert "S3 no longer knows this token, and its last answer SUCCEEDED " in reason
    assert told in reason
    assert "To do: replace the token with that of a newer request" in reason
    with pytest.raises(RefreshFailed, match="no longer knows this token"):
        OperationLookup().read(OLD, {**olds, "maxAgeSeconds": DAY})
    assert len(cloud.journal()) == 2


def test_a_token_that_s3_still_knows_has_no_age(cloud: Emulator) -> None:
    """It is read anew."""
    olds = kept(ago(400 * DAY), requestTokenArn=f"{TOKENS}slow")

    found, faults = checked(OperationLookup(), olds, requestTokenArn=f"{TOKENS}slow", maxAgeSeconds=1)

    assert (faults, found["state"], found["readAt"]) == ([], "IN_PROGRESS", iso(NOW))
    assert cloud.journal()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 seconds is outside 1 to 315360000"),
        (1.5, "1.5 is not a whole number of seconds"),
        ("1", "'1' is not a whole number of seconds"),
        (True, "True is not a whole number of seconds"),
    ],
)
def test_an_age_that_is_none(cloud: Emulator, value: object, told: str) -> None:
    """It is a fault of its own property."""
    assert checked(OperationLookup(), requestTokenArn=OLD, maxAgeSeconds=value)[1] == [("maxAgeSeconds", told)]
    assert cloud.journal() == []
