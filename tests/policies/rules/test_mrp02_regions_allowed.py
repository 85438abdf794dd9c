"""MRP-02: one allowed bucket in each of several allowed Regions."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RulesFileError, parse
from grantgate_policies.rules.mrp02_regions_allowed import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st

CLASSIC = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
NATIVE = "aws-native:s3:MultiRegionAccessPoint"
BOTH = pytest.mark.parametrize("kind", [pytest.param(CLASSIC, id="classic"), pytest.param(NATIVE, id="native")])
ACCOUNT, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
ORGANIZATION = {
    "name": "acme",
    "accounts": {ACCOUNT: {"name": "data-prod"}, OTHER: {"name": "data-dev"}},
    "regions": ["eu-west-1", "us-east-1"],
}
LIMIT = "'eu-west-1', 'us-east-1'"
ACCOUNTS = f"'{ACCOUNT}', '{OTHER}'"


def judged(
    kind: str, props: dict[str, Any], own: dict[str, Any] | None = None, organization: dict[str, Any] | None = None
) -> Finding:
    content = {"version": 1, "organization": organization or ORGANIZATION, "rules": {RULE.name: own or {}}}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource(urn=f"urn:pulumi:prod::data::{kind}::it", type=kind, name="it", props=props)
    (finding,) = Judge(book, "data-prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)
    return finding


def a_point(kind: str, regions: Any, **props: Any) -> dict[str, Any]:
    flat = {"name": "acme-global", "regions": regions}
    return {**({"details": flat} if kind == CLASSIC else flat), **props}


def at(bucket: Any, region: Any = None, account: Any = None) -> dict[str, Any]:
    members = {"bucket": bucket, "region": region, "bucketAccountId": account}
    return {name: value for name, value in members.items() if value is not None}


EU, US = at("acme-eu"), at("acme-us")


@BOTH
@pytest.mark.parametrize(
    ("regions", "message"),
    [
        pytest.param([EU, US], "", id="two buckets"),
        pytest.param([at("acme-eu", "eu-west-1", ACCOUNT), at("acme-us", "us-east-1", OTHER)], "", id="all is said"),
        pytest.param([at(f"acme-{number}") for number in range(17)], "", id="as many as S3 takes"),
        pytest.param(
            [at(f"acme-{number}") for number in range(18)],
            "the access point has 18 Regions, more than 17",
            id="too many",
        ),
        pytest.param([EU], "the access point has 1 Region, fewer than 2", id="one"),
        pytest.param([], "the access point has 0 Regions, fewer than 2", id="none"),
        pytest.param([EU, UNKNOWN, EU], "bucket 'acme-eu' stands 2 times, and each Region has a bucket of its own"),
        pytest.param([EU, {}], "entry 2 of the Regions names no bucket", id="an entry without a bucket"),
        pytest.param([EU, at(7)], "bucket of entry 2 of the Regions is a number, not text", id="a number for a bucket"),
        pytest.param(
            [EU, at("s3://acme-us")],
            "'s3://acme-us' is not a bucket's name of 3 to 63 characters a-z, 0-9, '.' and '-'",
            id="an address for a bucket",
        ),
        pytest.param([EU, at("")], "'' is not a bucket's name of 3 to 63 characters a-z, 0-9, '.' and '-'", id="empty"),
        pytest.param(
            [EU, at("acme-ap", "ap-southeast-2")],
            f"bucket 'acme-ap' is in Region 'ap-southeast-2', which is not one of {LIMIT}",
            id="a foreign Region",
        ),
        pytest.param(
            [at("acme-one", "eu-west-1"), at("acme-two", "eu-west-1")],
            "bucket 'acme-one' and bucket 'acme-two' are both in Region 'eu-west-1', and each Region has one bucket",
            id="one Region twice",
        ),
        pytest.param(
            [at(UNKNOWN, "eu-west-1"), at(UNKNOWN, "eu-west-1")],
            "a bucket and a bucket are both in Region 'eu-west-1', and each Region has one bucket",
            id="one Region twice, whatever the buckets will be",
        ),
        pytest.param(
            [EU, at("acme-us", "")], "region '' is not a Region name such as 'eu-west-1'", id="an empty Region"
        ),
        pytest.param(
            [EU, at("acme-us", [])], "region of entry 2 of the Regions is a list, not text", id="a list for a Region"
        ),
        pytest.param(
            [EU, at("acme-us", None, FOREIGN)],
            f"bucket 'acme-us' is of account '{FOREIGN}', which is not one of {ACCOUNTS}",
            id="a foreign account",
        ),
        pytest.param(
            [EU, at("acme-us", None, "acme")],
            "bucketAccountId 'acme' is not an AWS account id of 12 digits",
            id="a name for an account",
        ),
        pytest.param(
            [EU, at("acme-us", None, 444455556666)],
            "bucketAccountId of entry 2 of the Regions is a number, not text",
            id="a number for an account",
        ),
        pytest.param(
            [UNKNOWN, at(UNKNOWN, None, FOREIGN)],
            f"a bucket is of account '{FOREIGN}', which is not one of {ACCOUNTS}",
            id="what is broken does not wait",
        ),
    ],
)
def test_buckets(kind: str, regions: list[Any], message: str) -> None:
    """What breaks is told by its value and its limit, and stops the run."""
    finding = judged(kind, a_point(kind, regions))

    assert finding.message == message
    assert finding.outcome is (Outcome.FAIL if message else Outcome.PASS)
    assert finding.blocks is bool(message)
    assert not message or finding.field == ("details" if kind == CLASSIC else "regions")


@BOTH
@pytest.mark.parametrize(
    ("regions", "observed", "expected"),
    [
        pytest.param(None, "nothing", "a list of Regions", id="no list"),
        pytest.param("all", "text", "a list of Regions", id="a text"),
        pytest.param([EU], "1 Region", "at least 2", id="one"),
        pytest.param([at(f"acme-{number}") for number in range(18)], "18 Regions", "at most 17", id="too many"),
        pytest.param([EU, at(7)], "number", "text", id="a number for a bucket"),
        pytest.param([EU, {}], "nothing", "a bucket's name", id="an entry without a bucket"),
        pytest.param([EU, at("s3://x")], "s3://x", "a bucket's name", id="an address for a bucket"),
        pytest.param([EU, at("acme-us", "")], "", "a Region's name", id="an empty Region"),
        pytest.param([EU, EU], "acme-eu", "each bucket once", id="a bucket twice"),
        pytest.param([EU, at("acme-us", None, "x")], "x", "an account id of 12 digits", id="a name for an account"),
        pytest.param([EU, at("acme-us", None, FOREIGN)], FOREIGN, f"one of {ACCOUNTS}", id="a foreign account"),
        pytest.param([EU, at("acme-us", "mars")], "mars", "a Region's name", id="no Region"),
        pytest.param([EU, at("acme-ap", "ap-south-1")], "ap-south-1", f"one of {LIMIT}", id="a foreign Region"),
        pytest.param(
            [at("acme-one", "eu-west-1"), at("acme-two", "eu-west-1")],
            "eu-west-1",
            "one bucket for each Region",
            id="one Region twice",
        ),
    ],
)
def test_what_is_told(kind: str, regions: Any, observed: str, expected: str) -> None:
    """The finding holds what was there and what must be."""
    finding = judged(kind, a_point(kind, regions))

    assert finding.field == ("details" if kind == CLASSIC else "regions")
    assert (finding.observed, finding.expected) == (observed, expected)


@BOTH
@pytest.mark.parametrize(
    ("regions", "reason"),
    [
        pytest.param(UNKNOWN, "the list of Regions is not known in this preview", id="the list"),
        pytest.param([EU, UNKNOWN], "bucket of entry 2 of the Regions is not known in this preview", id="an entry"),
        pytest.param([EU, at(UNKNOWN)], "bucket of entry 2 of the Regions is not known in this preview", id="a bucket"),
        pytest.param(
            [EU, at("acme-us", UNKNOWN)], "the Region of bucket 'acme-us' is not known in this preview", id="a Region"
        ),
        pytest.param(
            [EU, at("acme-us", None, UNKNOWN)],
            "bucketAccountId of bucket 'acme-us' is not known in this preview",
            id="an account",
        ),
    ],
)
def test_unknown(kind: str, regions: Any, reason: str) -> None:
    """What is not known blocks."""
    finding = judged(kind, a_point(kind, regions))

    assert (finding.outcome, finding.message, finding.blocks) == (Outcome.UNKNOWN, reason, True)
    assert finding.field == ("details" if kind == CLASSIC else "regions")


@pytest.mark.parametrize(
    ("kind", "props", "outcome", "message"),
    [
        pytest.param(CLASSIC, {}, Outcome.FAIL, "details names no Regions", id="no details"),
        pytest.param(CLASSIC, {"details": {}}, Outcome.FAIL, "details names no Regions", id="empty details"),
        pytest.param(NATIVE, {}, Outcome.FAIL, "regions names no Regions", id="no regions"),
        pytest.param(
            CLASSIC, {"details": "x"}, Outcome.FAIL, "details holds a text where the list of Regions belongs", id="text"
        ),
        pytest.param(
            NATIVE, {"regions": {}}, Outcome.FAIL, "regions holds a map where the list of Regions belongs", id="a map"
        ),
        pytest.param(
            NATIVE,
            {"regions": [EU, None]},
            Outcome.FAIL,
            "regions holds a list with something else than objects where the list of Regions belongs",
            id="null among them",
        ),
        pytest.param(
            CLASSIC,
            {"details": UNKNOWN},
            Outcome.UNKNOWN,
            "the list of Regions is not known in this preview",
            id="unknown details",
        ),
    ],
)
def test_what_holds_the_regions(kind: str, props: dict[str, Any], outcome: Outcome, message: str) -> None:
    """No list of Regions is never an empty or a good one."""
    finding = judged(kind, props)

    assert (finding.outcome, finding.message) == (outcome, message)


@pytest.mark.parametrize(
    ("own", "regions", "message"),
    [
        pytest.param({"minRegions": 1}, [EU], "", id="one is enough"),
        pytest.param({"minRegions": 3}, [EU, US], "the access point has 2 Regions, fewer than 3", id="three at least"),
        pytest.param({"maxRegions": 2}, [EU, US, at("b-3")], "the access point has 3 Regions, more than 2", id="most"),
        pytest.param({"regions": ["ap-south-1"]}, [EU, at("b-3", "ap-south-1")], "", id="Regions of its own"),
        pytest.param(
            {"regions": ["ap-south-1"]},
            [EU, at("b-3", "eu-west-1")],
            "bucket 'b-3' is in Region 'eu-west-1', which is not one of 'ap-south-1'",
            id="which replace the organization's",
        ),
        pytest.param({"bucketAccounts": [FOREIGN]}, [EU, at("b-3", None, FOREIGN)], "", id="accounts of its own"),
        pytest.param(
            {"bucketAccounts": [FOREIGN]},
            [EU, at("b-3", None, OTHER)],
            f"bucket 'b-3' is of account '{OTHER}', which is not one of '{FOREIGN}'",
            id="which replace the organization's too",
        ),
        pytest.param({"bucketRegions": {"*-eu": "eu-west-1", "*-us": "us-east-1"}}, [EU, US], "", id="told by names"),
        pytest.param(
            {"bucketRegions": {"*-eu": "eu-west-1", "*-us": "ap-south-1"}},
            [EU, US],
            f"bucket 'acme-us' is in Region 'ap-south-1', which is not one of {LIMIT}",
            id="a foreign Region, told by the name",
        ),
        pytest.param(
            {"bucketRegions": {"acme-*": "eu-west-1"}},
            [EU, US],
            "bucket 'acme-eu' and bucket 'acme-us' are both in Region 'eu-west-1', and each Region has one bucket",
            id="one Region twice, told by names",
        ),
        pytest.param(
            {"bucketRegions": {"*-eu": "ap-south-1", "*-us": "us-east-1"}},
            [at("acme-eu", "eu-west-1"), US],
            "",
            id="what S3 says beats what the name tells",
        ),
    ],
)
def test_settings(own: dict[str, Any], regions: list[Any], message: str) -> None:
    """Each setting alone changes the limit."""
    finding = judged(NATIVE, a_point(NATIVE, regions), own)

    assert (finding.outcome, finding.message) == (Outcome.FAIL if message else Outcome.PASS, message)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"*-eu": "eu-west-1"}, id="nothing tells of the other"),
        pytest.param({"*-eu": "eu-west-1", "acme-us": "us-east-1", "*-us": "eu-west-1"}, id="two that disagree"),
    ],
)
def test_names_that_tell_no_region(told: dict[str, str]) -> None:
    """With bucketRegions, a bucket whose Region they do not tell is undecided."""
    finding = judged(NATIVE, a_point(NATIVE, [EU, US]), {"bucketRegions": told})

    assert finding.outcome is Outcome.UNKNOWN
    assert finding.message == "bucketRegions does not say in which one Region bucket 'acme-us' is"


def test_bucket_regions_are_patterns() -> None:
    """A pattern that is none is a fault of the rules file."""
    with pytest.raises(RulesFileError):
        judged(NATIVE, {}, {"bucketRegions": {"acme/*": "eu-west-1"}})


def test_accounts_are_ids() -> None:
    """An account's name where its id belongs is told in words, not by the pattern that it fails."""
    with pytest.raises(RulesFileError, match=r"'data-dev' is not an account id \(12 digits\)"):
        judged(NATIVE, {}, {"bucketAccounts": ["data-dev"]})


def test_the_access_point_s_own_account() -> None:
    """A bucket may say the access point's own account, whatever accounts buckets may be of besides."""
    own = {"bucketAccounts": [FOREIGN]}
    regions = [at("acme-eu", None, FOREIGN), at("acme-us", None, OTHER)]

    assert judged(CLASSIC, a_point(CLASSIC, regions, accountId=OTHER), own).outcome is Outcome.PASS
    assert judged(CLASSIC, a_point(CLASSIC, regions, accountId=ACCOUNT), own).outcome is Outcome.FAIL


@BOTH
@pytest.mark.parametrize(
    ("account", "own", "outcome", "message"),
    [
        pytest.param(ACCOUNT, {}, Outcome.PASS, "", id="ours"),
        pytest.param(None, {}, Outcome.PASS, "", id="nobody says it"),
        pytest.param(FOREIGN, {"bucketAccounts": [FOREIGN]}, Outcome.PASS, "", id="one that buckets may be of"),
        pytest.param(ACCOUNT, {"bucketAccounts": [FOREIGN]}, Outcome.PASS, "", id="ours beside it"),
        pytest.param(
            FOREIGN,
            {},
            Outcome.FAIL,
            f"the access point is of account '{FOREIGN}', which is not one of {ACCOUNTS}",
            id="a foreign one",
        ),
        pytest.param(
            "", {}, Outcome.FAIL, f"the access point is of account '', which is not one of {ACCOUNTS}", id="empty"
        ),
        pytest.param(111122223333, {}, Outcome.FAIL, "accountId is a number, not text", id="a number"),
        pytest.param(UNKNOWN, {}, Outcome.UNKNOWN, "accountId is not known in this preview", id="unknown"),
    ],
)
def test_whose_access_point(kind: str, account: Any, own: dict[str, Any], outcome: Outcome, message: str) -> None:
    """Buckets that say no account are of the access point's, which is one of those allowed."""
    finding = judged(kind, a_point(kind, [EU, US], **({} if account is None else {"accountId": account})), own)

    assert (finding.outcome, finding.message) == (outcome, message)
    assert not message or finding.field == "accountId"


def test_a_foreign_access_point_and_its_buckets() -> None:
    """A bucket of the access point's own account is foreign where that account is."""
    regions = [at("acme-eu", None, FOREIGN), at("acme-us", None, FOREIGN)]

    assert judged(NATIVE, a_point(NATIVE, regions, accountId=FOREIGN)).outcome is Outcome.FAIL
    assert judged(NATIVE, a_point(NATIVE, regions, accountId=UNKNOWN)).outcome is Outcome.FAIL


def test_without_limits_of_the_organization() -> None:
    """An organization that lists neither accounts nor Regions takes any of them."""
    regions = [at("acme-ap", "ap-south-1", FOREIGN), US]

    assert judged(NATIVE, a_point(NATIVE, regions), organization={"name": "acme"}).outcome is Outcome.PASS


TEXTS = ["acme-eu", "acme-us", "", "A", "eu-west-1", "us-east-1", "mars-1", ACCOUNT, FOREIGN]
MEMBERS = st.sampled_from([None, True, UNKNOWN, 7, float("nan"), [], {}, *TEXTS])
ENTRIES = st.fixed_dictionaries({}, optional=dict.fromkeys(("bucket", "region", "bucketAccountId"), MEMBERS))
GOOD = st.builds(at, st.sampled_from(["acme-eu", "acme-us"]), st.sampled_from([None, "eu-west-1", "us-east-1"]))
LISTS = st.lists(GOOD, min_size=2, max_size=2) | st.lists(GOOD | ENTRIES | MEMBERS, max_size=4)


@given(st.sampled_from([CLASSIC, NATIVE]), LISTS | LISTS | MEMBERS, MEMBERS)
@settings(deadline=None, derandomize=True, max_examples=500)
def test_anything(kind: str, regions: Any, other: Any) -> None:
    """Whatever stands in the properties, the rule decides, and passes only entries that it understood."""
    assert judged(CLASSIC, {"details": other}).outcome in {Outcome.FAIL, Outcome.UNKNOWN}
    outcome = judged(kind, a_point(kind, regions, accountId=other, arn=other)).outcome

    assert outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN}
    if outcome is Outcome.PASS:
        assert len({one["bucket"] for one in regions}) == len(regions) > 1
        assert all(isinstance(one["bucket"], str) and 3 <= len(one["bucket"]) <= 63 for one in regions)
        told = [one["region"] for one in regions if one.get("region")]
        assert set(told) <= {"eu-west-1", "us-east-1"}
        assert len(set(told)) == len(told)
        assert all(one.get("bucketAccountId") in (None, ACCOUNT) for one in regions)
        assert other in (None, ACCOUNT)
