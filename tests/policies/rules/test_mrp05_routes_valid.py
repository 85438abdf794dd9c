"""MRP-05: routes are 0 or 100, one of them 100, and lead only where they may."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.mrp05_routes_valid import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st

ROUTES = "aws:s3control/multiRegionAccessPointRoutes:MultiRegionAccessPointRoutes"
ORGANIZATION = {"name": "acme", "regions": ["eu-west-1", "us-east-1"]}
LIMIT = "'eu-west-1', 'us-east-1'"


def judged(
    props: dict[str, Any], own: dict[str, Any] | None = None, organization: dict[str, Any] | None = None
) -> Finding:
    content = {"version": 1, "organization": organization or ORGANIZATION, "rules": {RULE.name: own or {}}}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource(urn=f"urn:pulumi:prod::data::{ROUTES}::it", type=ROUTES, name="it", props=props)
    (finding,) = Judge(book, "data-prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)
    return finding


def route(region: Any = "eu-west-1", dial: Any = 100, bucket: Any = None) -> dict[str, Any]:
    members = {"bucket": bucket, "region": region, "trafficDialPercentage": dial}
    return {name: value for name, value in members.items() if value is not None}


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        pytest.param([route()], "", id="one active route"),
        pytest.param([route(), route("us-east-1", 0)], "", id="active and passive"),
        pytest.param([route(), route("us-east-1")], "", id="both active"),
        pytest.param([route(dial=100.0, bucket="acme-eu"), route("us-east-1", 0.0, "acme-us")], "", id="wire numbers"),
        pytest.param([], "routes holds no route", id="no route"),
        pytest.param(None, "routes holds no route", id="no routes"),
        pytest.param("all", "routes is a text, not a list of routes", id="a text"),
        pytest.param(
            [route(), "us-east-1"],
            "routes is a list with something else than objects, not a list of routes",
            id="a text among routes",
        ),
        pytest.param(
            [route(dial=0), route("us-east-1", 0)],
            "trafficDialPercentage is 0 for every route, and at least one must be 100",
            id="all are passive",
        ),
        pytest.param(
            [route(dial=50), route("us-east-1", 50)],
            "trafficDialPercentage of route 1 is 50, and S3 takes 0 or 100",
            id="half",
        ),
        pytest.param(
            [route(dial=1e300)],
            "trafficDialPercentage of route 1 is above 1,000,000, and S3 takes 0 or 100",
            id="hundreds of digits",
        ),
        pytest.param(
            [route(dial=-1e300)],
            "trafficDialPercentage of route 1 is below -1,000,000, and S3 takes 0 or 100",
            id="hundreds of digits below nothing",
        ),
        pytest.param(
            [route(dial=1_000_000)],
            "trafficDialPercentage of route 1 is 1000000, and S3 takes 0 or 100",
            id="the most that is written out",
        ),
        pytest.param(
            [route(dial=99.5)],
            "trafficDialPercentage of route 1 is a number, not 0 or 100",
            id="a fraction",
        ),
        pytest.param([route(dial="100")], "trafficDialPercentage of route 1 is a text, not 0 or 100", id="a text"),
        pytest.param([route(dial=True)], "trafficDialPercentage of route 1 is a boolean, not 0 or 100", id="true"),
        pytest.param(
            [route(), {"region": "us-east-1"}], "trafficDialPercentage of route 2 is not set", id="no percentage"
        ),
        pytest.param(
            [route(), route(dial=0)],
            "region 'eu-west-1' of route 2 is that of route 1 too, and each has one route",
            id="a Region twice",
        ),
        pytest.param(
            [route(bucket="acme"), route("us-east-1", 0, "acme")],
            "bucket 'acme' of route 2 is that of route 1 too, and each has one route",
            id="a bucket twice",
        ),
        pytest.param(
            [route(), route("ap-southeast-2", 0)],
            f"Region 'ap-southeast-2' of route 2 is not one of the organization's {LIMIT}",
            id="a passive route into a foreign Region",
        ),
        pytest.param([route(), route("", 0)], "region of route 2 is empty", id="an empty Region"),
        pytest.param([route(), route(7, 0)], "region of route 2 is a number, not text", id="a number for a Region"),
        pytest.param([route(), route(bucket=[])], "bucket of route 2 is a list, not text", id="a list for a bucket"),
        pytest.param([route(None)], "route 1 names neither bucket nor region", id="nowhere"),
        pytest.param(
            [route(UNKNOWN, UNKNOWN), route(dial=50)],
            "trafficDialPercentage of route 2 is 50, and S3 takes 0 or 100",
            id="what is broken does not wait",
        ),
    ],
)
def test_routes(routes: Any, message: str) -> None:
    """The first fault is told; the rule is advisory."""
    finding = judged({"mrap": "arn", **({} if routes is None else {"routes": routes})})

    assert finding.message == message
    assert finding.outcome is (Outcome.FAIL if message else Outcome.PASS)
    assert not finding.blocks


@pytest.mark.parametrize(
    ("routes", "observed", "expected"),
    [
        pytest.param("all", "text", "a list of routes", id="a text"),
        pytest.param([], "nothing", "at least one route", id="no route"),
        pytest.param([route(7)], "number", "text", id="a number for a Region"),
        pytest.param([route("")], "''", "text that says something", id="an empty Region"),
        pytest.param([route(None)], "nothing", "a bucket or a Region", id="nowhere"),
        pytest.param([route(dial="100")], "text", "0 or 100", id="a text for a percentage"),
        pytest.param([route(dial=None)], "nothing", "0 or 100", id="no percentage"),
        pytest.param([route(dial=50)], "50", "0 or 100", id="half"),
        pytest.param([route("mars")], "mars", f"one of {LIMIT}", id="a foreign Region"),
        pytest.param([route(), route(dial=0)], "eu-west-1", "one route for each region", id="a Region twice"),
        pytest.param([route(dial=0)], "0", "100 for at least one route", id="all are passive"),
    ],
)
def test_what_is_told(routes: Any, observed: str, expected: str) -> None:
    """Every fault is one of the routes, with what was there and what must be."""
    finding = judged({"routes": routes})

    assert (finding.outcome, finding.field) == (Outcome.FAIL, "routes")
    assert (finding.observed, finding.expected) == (observed, expected)


@pytest.mark.parametrize(
    ("routes", "reason"),
    [
        pytest.param(UNKNOWN, "routes is not known in this preview", id="the routes"),
        pytest.param([route(), UNKNOWN], "trafficDialPercentage of route 2 is not known in this preview", id="a route"),
        pytest.param(
            [route(dial=UNKNOWN)], "trafficDialPercentage of route 1 is not known in this preview", id="a percentage"
        ),
        pytest.param(
            [route(dial=0), route("us-east-1", UNKNOWN)],
            "trafficDialPercentage of route 2 is not known in this preview",
            id="the one that may be active",
        ),
        pytest.param([route(), route(UNKNOWN, 0)], "region of route 2 is not known in this preview", id="a Region"),
        pytest.param(
            [route(None, bucket="acme-eu")],
            f"route 1 names no region, so whether it is one of {LIMIT} cannot be told",
            id="a bucket alone does not say its Region",
        ),
    ],
)
def test_unknown(routes: Any, reason: str) -> None:
    """What is not known is not decided."""
    finding = judged({"routes": routes})

    assert (finding.outcome, finding.message) == (Outcome.UNKNOWN, reason)


@pytest.mark.parametrize(
    ("routes", "outcome", "message"),
    [
        pytest.param([route(), route("us-east-1", 0)], Outcome.PASS, "", id="active where it may be"),
        pytest.param(
            [route(dial=0), route("us-east-1")],
            Outcome.FAIL,
            "Region 'us-east-1' of route 2 is not one of those that may be active, 'eu-west-1'",
            id="failed over",
        ),
        pytest.param(
            [route(), route("us-east-1", UNKNOWN)],
            Outcome.UNKNOWN,
            "trafficDialPercentage of route 2 is not known in this preview",
            id="perhaps active",
        ),
        pytest.param(
            [route(UNKNOWN)], Outcome.UNKNOWN, "region of route 1 is not known in this preview", id="active somewhere"
        ),
    ],
)
def test_active_regions(routes: Any, outcome: Outcome, message: str) -> None:
    """Routes at 100 lead only where the setting says, passive ones anywhere in the organization."""
    finding = judged({"routes": routes}, {"activeRegions": ["eu-west-1"]})

    assert (finding.outcome, finding.message) == (outcome, message)


def test_without_regions_of_the_organization() -> None:
    """An organization that restricts no Regions takes any, named or not."""
    assert judged({"routes": [route("ap-south-1")]}, organization={"name": "acme"}).outcome is Outcome.PASS
    assert judged({"routes": [route(None, bucket="b")]}, organization={"name": "acme"}).outcome is Outcome.PASS


def test_the_edit_for_passive_routes() -> None:
    """The one value that is missing is told."""
    finding = judged({"routes": [route(dial=0)]})

    assert finding.edit == "Set trafficDialPercentage to 100 for the Region that is to serve requests."


NUMBERS = [0, 100, 0.0, 100.0, 50, 1e300, 10**400, float("nan"), float("-inf")]
MEMBERS = st.sampled_from([None, True, UNKNOWN, *NUMBERS, "", "100", "eu-west-1", "us-east-1", "mars", [], {}])
GOOD = st.builds(route, st.sampled_from(["eu-west-1", "us-east-1", UNKNOWN]), st.sampled_from([0, 100, UNKNOWN]))
SHAPED = st.fixed_dictionaries({}, optional={"bucket": MEMBERS, "region": MEMBERS, "trafficDialPercentage": MEMBERS})


@given(st.lists(GOOD, max_size=2) | st.lists(GOOD | SHAPED | MEMBERS, max_size=4) | MEMBERS, MEMBERS)
@settings(deadline=None, derandomize=True, max_examples=500)
def test_anything(routes: Any, other: Any) -> None:
    """Whatever stands in the properties, the rule decides, and passes only what it understood to the last route."""
    outcome = judged({"routes": routes, "mrap": other, "accountId": other}).outcome

    assert outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN}
    if outcome is Outcome.PASS:
        assert {one["trafficDialPercentage"] for one in routes} in ({100}, {0, 100})
        assert not any(isinstance(one["trafficDialPercentage"], bool) for one in routes)
        regions = [one["region"] for one in routes]
        assert set(regions) <= {"eu-west-1", "us-east-1"}
        assert len(set(regions)) == len(regions)
