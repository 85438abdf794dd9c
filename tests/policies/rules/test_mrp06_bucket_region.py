"""MRP-06: an access point's buckets lie in the organization's Regions, one in each."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Context, Finding, Organization, Outcome, Resource, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.program import Program
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules.mrp06_bucket_region import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import facts_of as read
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLASSIC = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
NATIVE = "aws-native:s3:MultiRegionAccessPoint"
BUCKET, BUCKET_V2, NATIVE_BUCKET = "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws-native:s3:Bucket"
BOTH = pytest.mark.parametrize("kind", [pytest.param(CLASSIC, id="classic"), pytest.param(NATIVE, id="native")])
REGIONS = ("eu-west-1", "us-east-1")
LIMIT = "'eu-west-1', 'us-east-1'"
TODAY = dt.date(2026, 11, 20)


def a_book(**organization: Any) -> RuleBook:
    content = {"version": 1, "organization": {"name": "acme", **organization}}
    return parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)


BOOK, FREE = a_book(regions=[*REGIONS]), a_book()


def urn(name: str, kind: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def shown(name: str, kind: str, props: Mapping[str, Any], **members: Any) -> Resource:
    return Resource(urn(name, kind), kind, name, props, **members)


def field_of(kind: str) -> str:
    return "details" if kind == CLASSIC else "regions"


def a_point(regions: Any, *, kind: str = CLASSIC, made_from: Sequence[str] = ()) -> Resource:
    """Make an access point; ``made_from`` are the names of the buckets whose outputs went into its Regions."""
    flat = {"name": "acme-global", "regions": regions}
    made = {field_of(kind): tuple(urn(name, BUCKET) for name in made_from)} if made_from else {}
    return shown("it", kind, {"details": flat} if kind == CLASSIC else flat, made_from=made)


def a_bucket(name: str, region: Any, *, kind: str = BUCKET, called: Any = None, **props: Any) -> Resource:
    """Make a bucket that is ``called`` as its resource is, unless told otherwise."""
    named = {"bucketName" if kind == NATIVE_BUCKET else "bucket": called or name}
    own = {} if kind == NATIVE_BUCKET else {"region": region}
    return shown(name, kind, {**named, **own, **props}, provider_props={"region": region})


def at(bucket: Any, region: Any = None) -> dict[str, Any]:
    return {key: value for key, value in {"bucket": bucket, "region": region}.items() if value is not None}


def verdict(*resources: Resource, book: RuleBook = BOOK) -> Finding:
    (finding,) = Judge(book, "prod", TODAY, rules=(RULE,)).stack_findings(resources)
    return finding


EU, US, AP = a_bucket("acme-eu", "eu-west-1"), a_bucket("acme-us", "us-east-1"), a_bucket("acme-ap", "ap-southeast-2")
ABROAD = f"bucket 'acme-ap' is in Region 'ap-southeast-2', which is not one of {LIMIT}"


@BOTH
@pytest.mark.parametrize("of", [BUCKET, BUCKET_V2, NATIVE_BUCKET], ids=["classic", "classic v2", "native"])
def test_each_type(kind: str, of: str) -> None:
    """Every bucket of the program counts for every access point; high, mandatory, and blocking once certain."""
    point = a_point([at("acme-eu"), at("other")], kind=kind)
    assert verdict(point, EU, a_bucket("other", "us-east-1", kind=of)).outcome is Outcome.PASS

    abroad = verdict(point, EU, a_bucket("other", "ap-southeast-2", kind=of))
    twice = verdict(point, EU, a_bucket("other", "eu-west-1", kind=of))

    assert (abroad.outcome, abroad.blocks, abroad.field) == (Outcome.FAIL, True, field_of(kind))
    assert abroad.message == f"bucket 'other' is in Region 'ap-southeast-2', which is not one of {LIMIT}"
    assert (abroad.observed, abroad.expected) == ("ap-southeast-2", f"one of {LIMIT}")
    assert (twice.outcome, twice.blocks, twice.expected) == (Outcome.FAIL, True, "one bucket for each Region")
    assert twice.message == (
        "bucket 'acme-eu' and bucket 'other' are both in Region 'eu-west-1', and each Region has one bucket"
    )


@BOTH
@pytest.mark.parametrize(
    ("regions", "buckets", "outcome", "message"),
    [
        pytest.param([at("acme-eu")], [EU, AP], "PASS", "", id="one bucket; others of the program do not count"),
        pytest.param([at("x", "eu-west-1"), at("y", "us-east-1")], [], "PASS", "", id="S3 said both"),
        pytest.param([at("acme-ap", "eu-west-1")], [AP], "PASS", "", id="what S3 said counts first"),
        pytest.param([at("acme-eu", "ap-southeast-2")], [EU], "FAIL", "bucket 'acme-eu' is in", id="and breaks first"),
        pytest.param([at("acme-ap", UNKNOWN)], [AP], "FAIL", ABROAD, id="S3 will say it"),
        pytest.param([at("acme-ap", "")], [AP], "FAIL", ABROAD, id="an empty Region says nothing"),
        pytest.param([at("x"), at("acme-ap")], [AP], "FAIL", ABROAD, id="what breaks does not wait for another"),
        pytest.param([UNKNOWN, at("acme-ap")], [AP], "FAIL", ABROAD, id="nor for an unknown one"),
        pytest.param([at("acme-eu"), at("acme-eu")], [EU], "FAIL", "are both in Region 'eu-west-1'", id="itself twice"),
        pytest.param(
            [at(UNKNOWN, "eu-west-1"), at("acme-eu")],
            [EU],
            "FAIL",
            "bucket 'acme-eu' are both in Region 'eu-west-1'",
            id="one said and one declared",
        ),
        pytest.param(
            [at("acme-eu"), at("x")],
            [EU],
            "UNKNOWN",
            "the Region of bucket 'x' is not known, and no bucket of the program is known by its name",
            id="a bucket of another program",
        ),
        pytest.param([at("acme-eu")], [], "UNKNOWN", "the Region of bucket 'acme-eu' is not known", id="no buckets"),
        pytest.param([at("")], [], "UNKNOWN", "the Region of bucket '' is not known", id="an empty name"),
        pytest.param(
            [at("acme-eu")],
            [a_bucket("a", "eu-west-1", called=UNKNOWN)],
            "UNKNOWN",
            "the Region of bucket 'acme-eu' is not known",
            id="a bucket whose name is not known",
        ),
        pytest.param(
            [at("b")],
            [a_bucket("a", "eu-west-1", called="b"), a_bucket("c", "us-east-1", called="b")],
            "UNKNOWN",
            "the Region of bucket 'b' is not known, since several of its name differ in theirs",
            id="two of one name",
        ),
        pytest.param(
            [at("b")],
            [a_bucket("a", "eu-west-1", called="b"), a_bucket("c", "eu-west-1", called="b")],
            "PASS",
            "",
            id="two of one name that agree",
        ),
        *(
            pytest.param(
                [at("b")], [a_bucket("b", region)], "UNKNOWN", "the Region of bucket 'b' is not known", id=f"{name}"
            )
            for name, region in {"unknown": UNKNOWN, "a number": 7, "no Region": "Ireland", "empty": ""}.items()
        ),
        pytest.param(
            [at("b")],
            [a_bucket("b", "eu-west-1", bucketRegion="us-west-2")],
            "FAIL",
            "'us-west-2'",
            id="as it was made",
        ),
        pytest.param(UNKNOWN, [EU], "UNKNOWN", "the list of Regions is not known in this preview", id="the list"),
        pytest.param([UNKNOWN], [], "UNKNOWN", "bucket of entry 1 of the Regions is not known", id="an entry"),
        pytest.param([at(UNKNOWN)], [EU], "UNKNOWN", "bucket of entry 1 of the Regions is not known", id="a name"),
        pytest.param([], [], "FAIL", " names no Regions", id="an empty list"),
        pytest.param(None, [], "FAIL", " names no Regions", id="no list"),
        pytest.param("eu", [], "FAIL", " holds a text where the list of Regions belongs", id="a text for the list"),
        pytest.param([EU.name], [], "FAIL", "list with something else than objects", id="names for entries"),
        pytest.param([{}], [], "FAIL", "entry 1 of the Regions names no bucket", id="no bucket"),
        pytest.param([at(7)], [], "FAIL", "bucket of entry 1 of the Regions is a number, not text", id="a number"),
        pytest.param([at("acme-eu", [])], [EU], "FAIL", "region of entry 1 of the Regions is a list", id="a list"),
        pytest.param([at("acme-eu", "Ireland")], [EU], "FAIL", "region 'Ireland' is not a Region name", id="a country"),
    ],
)
def test_cases(kind: str, regions: Any, buckets: list[Resource], outcome: str, message: str) -> None:
    """A Region that S3 or the program states decides; what nobody states warns."""
    found = verdict(a_point(regions, kind=kind), *buckets)

    assert found.outcome.value == outcome, found.message
    assert message in found.message
    assert bool(found.message) is (outcome != "PASS")
    assert found.field == ("" if outcome == "PASS" else field_of(kind))
    assert found.blocks is (outcome == "FAIL")


@BOTH
@pytest.mark.parametrize(
    ("regions", "observed", "expected"),
    [
        pytest.param("eu", "text", "a list of Regions", id="a text for the list"),
        pytest.param([EU.name], "list with something else than objects", "a list of Regions", id="names for entries"),
        pytest.param([], "nothing", "a list of Regions", id="an empty list"),
        pytest.param([at(7)], "number", "text", id="a number for a bucket"),
        pytest.param([at("acme-eu", [])], "list", "text", id="a list for a Region"),
        pytest.param([{}], "nothing", "a bucket's name", id="no bucket"),
        pytest.param([at("acme-eu", "Ireland")], "Ireland", "a Region's name", id="a country"),
        pytest.param([at("acme-ap")], "ap-southeast-2", f"one of {LIMIT}", id="abroad"),
        pytest.param([at("acme-eu"), at("acme-eu")], "eu-west-1", "one bucket for each Region", id="twice"),
    ],
)
def test_both_sides(kind: str, regions: Any, observed: str, expected: str) -> None:
    """A failure shows what is there and what must be."""
    found = verdict(a_point(regions, kind=kind), EU, AP)

    assert (found.observed, found.expected, found.field) == (observed, expected, field_of(kind))


LATER_EU, LATER_US = a_bucket("eu", "eu-west-1", called=UNKNOWN), a_bucket("us", "us-east-1", called=UNKNOWN)
LATER_AP = a_bucket("ap", "ap-southeast-2", called=UNKNOWN)
SAME = a_bucket("same", "eu-west-1", called=UNKNOWN)
LATER = at(UNKNOWN)
FIRST = "bucket of entry 1 of the Regions is not known in this preview; "


@BOTH
@pytest.mark.parametrize(
    ("regions", "makers", "outcome", "message"),
    [
        pytest.param(
            [LATER, LATER], ["eu", "us"], "UNKNOWN", "is made from bucket 'eu' and bucket 'us'", id="one for each entry"
        ),
        pytest.param(
            [UNKNOWN, LATER], ["eu"], "UNKNOWN", "is made from bucket 'eu'", id="an entry not known as a whole"
        ),
        pytest.param([LATER, at("acme-eu")], ["us"], "UNKNOWN", "is made from bucket 'us'", id="beside a known name"),
        pytest.param([LATER, at("acme-eu")], ["acme-eu", "us"], "UNKNOWN", FIRST, id="which comes of a bucket too"),
        pytest.param([LATER, at("x", "us-east-1")], ["eu"], "UNKNOWN", FIRST, id="beside a Region that S3 said"),
        pytest.param(
            [LATER], ["acme-eu"], "UNKNOWN", "is made from bucket 'acme-eu'", id="the id of a bucket with a name"
        ),
        pytest.param([LATER, LATER], ["eu", "eu"], "UNKNOWN", "bucket of entry 1", id="one bucket that is told twice"),
        pytest.param([LATER, LATER], ["eu", "ap"], "FAIL", "bucket 'ap' is in Region 'ap-southeast-2'", id="abroad"),
        pytest.param([LATER], ["ap"], "FAIL", "is made from bucket 'ap'", id="a likely failure says that it is one"),
        pytest.param(
            [LATER, LATER], ["same", "eu"], "FAIL", "made from bucket 'eu' and bucket 'same'", id="and of two"
        ),
        pytest.param([LATER, LATER], ["ap"], "FAIL", "bucket 'ap' is in", id="abroad beside a foreign bucket"),
        pytest.param([LATER, LATER], ["same", "eu"], "FAIL", "bucket 'eu' and bucket 'same' are both", id="one Region"),
        pytest.param([at("acme-eu"), LATER], ["same"], "FAIL", "bucket 'acme-eu' and bucket 'same'", id="as a known"),
        pytest.param([LATER, LATER], ["eu"], "UNKNOWN", "bucket of entry 1 of the Regions", id="one from elsewhere"),
        pytest.param([at("acme-eu"), LATER], ["acme-eu"], "UNKNOWN", "bucket of entry 2", id="nobody's"),
        pytest.param([LATER], ["eu", "ap"], "UNKNOWN", "bucket of entry 1 of the Regions", id="more than entries"),
        pytest.param([LATER], ["role"], "UNKNOWN", "bucket of entry 1 of the Regions", id="no bucket"),
        pytest.param([LATER], ["where"], "UNKNOWN", "the Region of bucket 'where' is not known", id="no Region"),
        pytest.param(
            [at(UNKNOWN, "us-east-1"), LATER], ["us"], "UNKNOWN", "bucket of entry 2", id="beside one that S3 placed"
        ),
        pytest.param(UNKNOWN, ["eu", "us"], "UNKNOWN", "the list of Regions is not known", id="the whole list"),
        pytest.param(UNKNOWN, ["eu", "ap"], "FAIL", "bucket 'ap' is in", id="the whole list with a bucket abroad"),
    ],
)
def test_names_that_are_not_known_yet(
    kind: str, regions: Any, makers: Sequence[str], outcome: str, message: str
) -> None:
    """In a preview the buckets are likely those whose outputs go into the list: these break, and none passes."""
    where = a_bucket("where", UNKNOWN, called=UNKNOWN)
    buckets = (EU, US, AP, LATER_EU, LATER_US, LATER_AP, SAME, where)

    found = verdict(a_point(regions, kind=kind, made_from=makers), *buckets)

    assert (found.outcome.value, found.field) == (outcome, field_of(kind)), found.message
    assert message in found.message


@pytest.mark.parametrize(
    ("regions", "buckets", "outcome", "message"),
    [
        pytest.param([at("acme-ap"), at("x")], [AP], "NOT_APPLICABLE", "does not restrict its Regions", id="anywhere"),
        pytest.param([at("acme-ap")], [AP], "NOT_APPLICABLE", "does not restrict its Regions", id="all known"),
        pytest.param([at("acme-ap"), at("b", "ap-southeast-2")], [AP], "FAIL", "are both in Region", id="one Region"),
        pytest.param([at(7)], [], "FAIL", "bucket of entry 1 of the Regions is a number", id="not understood"),
    ],
)
def test_without_regions_of_the_organization(regions: Any, buckets: list[Resource], outcome: str, message: str) -> None:
    """An organization that lists no Regions takes any of them, and S3 still takes each only once."""
    found = verdict(a_point(regions), *buckets, book=FREE)

    assert (found.outcome.value, message in found.message) == (outcome, True)


@BOTH
def test_what_could_not_be_read(kind: str) -> None:
    """A bucket that could not be read is not absent: beside it, no other stands for an entry."""
    point, bucket = a_point([LATER], kind=kind, made_from=["eu", "gone"]), LATER_EU
    (fact,), (own,) = read(point), read(bucket)
    context = Context({}, Organization("acme", {}, REGIONS))
    assert RULE.gather
    unread = RULE.gather(Program((own, fact), (urn("gone", BUCKET),)))

    found = RULE.judge(fact, context, unread)

    assert found == Unsure(field_of(kind), "bucket of entry 1 of the Regions is not known in this preview")


def test_the_order_of_resources_does_not_matter() -> None:
    """The same stack in another order has the same finding."""
    resources = [a_point([LATER, LATER], made_from=["same", "eu"]), SAME, LATER_EU]
    turned = [a_point([LATER, LATER], made_from=["eu", "same"]), LATER_EU, SAME]

    assert verdict(*resources).message == verdict(*turned).message


# --- anything ---------------------------------------------------------------------------------------------------------

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
PLACES = st.sampled_from([*REGIONS, "ap-southeast-2", "nowhere", "", UNKNOWN])
NAMES = st.sampled_from(["acme-eu", "acme-us", "acme-ap", UNKNOWN])
ENTRIES = st.fixed_dictionaries({}, optional={"bucket": NAMES | ODD, "region": PLACES | ODD})
GOOD = st.builds(at, NAMES, st.none() | st.sampled_from(REGIONS))
LISTS = st.lists(GOOD, min_size=1, max_size=3) | st.lists(GOOD | ENTRIES | ODD, max_size=3) | ODD
POINTS = st.builds(
    a_point,
    LISTS,
    kind=st.sampled_from([CLASSIC, NATIVE]),
    made_from=st.lists(st.sampled_from(["acme-eu", "acme-us", "acme-ap"])),
)
BUCKETS = st.builds(
    a_bucket,
    st.sampled_from(["acme-eu", "acme-us", "acme-ap"]),
    PLACES | ODD,
    kind=st.sampled_from([BUCKET, BUCKET_V2, NATIVE_BUCKET]),
    called=NAMES | ODD,
    bucketRegion=PLACES | ODD,
)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(POINTS, st.lists(BUCKETS, max_size=4))
def test_anything(point: Resource, buckets: list[Resource]) -> None:
    """Nothing raises, and what passes has a Region of the organization for each bucket, and never one of them twice."""
    found = verdict(point, *buckets)

    assert found.outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN}
    if found.outcome is Outcome.PASS:
        listed = (point.props.get("details") or point.props)["regions"]
        entries = [LATER if one is UNKNOWN else one for one in listed]
        said = [one["region"] for one in entries if one.get("region") not in (None, "", UNKNOWN)]
        assert len(set(said)) == len(said)
        assert set(said) <= {*REGIONS}
        assert 1 <= len(entries) <= len(REGIONS)
        assert all(isinstance(one["bucket"], str) or one["bucket"] is UNKNOWN for one in entries)
        silent = [one for one in entries if one.get("region") in (None, "", UNKNOWN)]
        assert all(isinstance(one["bucket"], str) for one in silent)
        assert len({one.urn for one in buckets}) >= len({one["bucket"] for one in silent})


@settings(derandomize=True, deadline=None, max_examples=200)
@given(ODD, ODD, st.sampled_from([CLASSIC, NATIVE]))
def test_any_properties(value: Any, provider: Any, kind: str) -> None:
    """Whatever stands in every property of the access point, it never passes."""
    names = ("details", "regions", "name", "accountId", "region", "arn")
    point = shown("it", kind, dict.fromkeys(names, value), provider_props={"region": provider})

    assert verdict(point, EU).outcome in {Outcome.FAIL, Outcome.UNKNOWN}
