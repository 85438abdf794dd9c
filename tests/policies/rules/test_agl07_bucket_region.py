"""AGL-07: a location lies in the Region of its bucket."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies.core import UNKNOWN, Context, Finding, Organization, Outcome, Passed, Resource, Skipped, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.program import Program
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agl07_bucket_region import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.scopes import Scope
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from grantgate_policies.subjects import facts_of as read
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACCOUNT, OTHER = "111122223333", "444455556666"
BUCKET, BUCKET_V2, NATIVE_BUCKET = "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws-native:s3:Bucket"
BOOK = parse(
    json.dumps({"version": 1, "organization": {"name": "acme"}}),
    name="rules.json",
    rules=(RULE,),
    pattern_checks=PATTERN_CHECKS,
)


def urn(name: str, kind: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def shown(name: str, kind: str, props: Mapping[str, Any], **members: Any) -> Resource:
    plain = {key: value for key, value in props.items() if value is not None}
    return Resource(urn(name, kind), kind, name, plain, **members)


def location(*, kind: str = CLASSIC_LOCATION, made_from: Mapping[str, Any] | None = None, **props: Any) -> Resource:
    known = {"accountId": ACCOUNT, "region": "eu-west-1", "locationScope": "s3://acme/x/*"}
    return shown("it", kind, {**known, **props}, made_from=made_from or {})


def bucket(name: str, region: Any = "eu-west-1", *, kind: str = BUCKET, **props: Any) -> Resource:
    """Make a bucket whose provider, and in the classic case the bucket itself, says the Region."""
    named = {"bucketName" if kind == NATIVE_BUCKET else "bucket": "acme"}
    own = {} if kind == NATIVE_BUCKET else {"region": region}
    return shown(name, kind, {**named, **own, **props}, provider_props={"region": region})


def verdict(*resources: Resource) -> Finding:
    found = Judge(BOOK, "prod", dt.date(2026, 11, 20), rules=(RULE,)).stack_findings(resources)
    return next(one for one in found if one.resource.name == "it")


@pytest.mark.parametrize("kind", [BUCKET, BUCKET_V2, NATIVE_BUCKET], ids=["classic", "classic v2", "native"])
@pytest.mark.parametrize("of", [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION], ids=["lookup", "classic", "native"])
def test_each_type(kind: str, of: str) -> None:
    """Every bucket counts for every location; high and mandatory."""
    assert verdict(location(kind=of), bucket("b", kind=kind)).outcome is Outcome.PASS

    found = verdict(location(kind=of), bucket("b", "us-east-1", kind=kind))

    assert (found.outcome, found.blocks, found.field) == (Outcome.FAIL, True, "region")
    assert found.message == "the location is in Region 'eu-west-1', and its bucket 'b' is in 'us-east-1'"
    assert (found.observed, found.expected, found.edit) == (
        "eu-west-1",
        "us-east-1",
        "Register the location in us-east-1, with that Region's instance.",
    )


@pytest.mark.parametrize(
    ("props", "buckets", "outcome", "message"),
    [
        pytest.param({}, [], "NOT_APPLICABLE", "the bucket is declared elsewhere", id="no buckets"),
        pytest.param(
            {"locationScope": "s3://acme-2/*"},
            [bucket("b", "us-east-1")],
            "NOT_APPLICABLE",
            "the bucket is declared elsewhere",
            id="another bucket",
        ),
        pytest.param(
            {"locationScope": "s3://"},
            [bucket("b", "us-east-1")],
            "NOT_APPLICABLE",
            "the scope s3:// names no bucket",
            id="the default location",
        ),
        pytest.param(
            {"locationScope": "S3://acme"},
            [bucket("b", "us-east-1")],
            "FAIL",
            "the location is in Region 'eu-west-1', and its bucket 'b' is in 'us-east-1'",
            id="a scope in another spelling",
        ),
        pytest.param(
            {},
            [bucket("b", "eu-west-1", bucketRegion="us-east-1")],
            "FAIL",
            "the location is in Region 'eu-west-1', and its bucket 'b' is in 'us-east-1'",
            id="what the bucket says counts first",
        ),
        pytest.param(
            {}, [bucket("b", bucketRegion=UNKNOWN)], "PASS", "", id="a new bucket goes to its provider's Region"
        ),
        pytest.param(
            {}, [bucket("b", bucketRegion=7)], "UNKNOWN", "the Region of bucket 'b' is not known", id="a number"
        ),
        pytest.param({}, [bucket("b", UNKNOWN)], "UNKNOWN", "the Region of bucket 'b' is not known", id="unknown"),
        pytest.param({}, [bucket("b", "")], "UNKNOWN", "the Region of bucket 'b' is not known", id="an empty Region"),
        pytest.param(
            {"region": UNKNOWN},
            [bucket("b")],
            "UNKNOWN",
            "the location's Region is not known in this preview",
            id="an unknown Region of the location",
        ),
        pytest.param(
            {"region": None},
            [bucket("b")],
            "UNKNOWN",
            "the location's Region is not stated, nor is its provider's",
            id="no Region of the location",
        ),
        pytest.param({"region": []}, [bucket("b")], "FAIL", "region is a list, not text", id="a list for a Region"),
        pytest.param(
            {"region": "Ireland"},
            [bucket("b", "Ireland")],
            "FAIL",
            "'Ireland' is not the name of an AWS Region",
            id="no Region",
        ),
        pytest.param(
            {"locationScope": "acme"}, [bucket("b")], "FAIL", "'acme' does not begin with 's3://'", id="no scope"
        ),
        pytest.param({"locationScope": {}}, [bucket("b")], "FAIL", "locationScope is a map, not text", id="a map"),
        pytest.param({"locationScope": None}, [bucket("b")], "FAIL", "locationScope is not set", id="no scope at all"),
        pytest.param(
            {"locationScope": UNKNOWN},
            [bucket("b")],
            "UNKNOWN",
            "locationScope is not known in this preview",
            id="an unknown scope",
        ),
    ],
)
def test_cases(props: dict[str, Any], buckets: list[Resource], outcome: str, message: str) -> None:
    """Only a bucket of the same stack decides, and only with both Regions known."""
    found = verdict(location(**props), *buckets)

    assert (found.outcome.value, found.message) == (outcome, message)


def test_a_lookup_that_failed() -> None:
    """A lookup without a scope is lookup-performed's."""
    found = verdict(location(kind=LOCATION.type, locationScope=None), bucket("b"))

    assert (found.outcome, found.message) == (
        Outcome.NOT_APPLICABLE,
        "the lookup holds no locationScope; lookup-performed says why",
    )


@pytest.mark.parametrize(
    ("regions", "accounts", "outcome"),
    [
        pytest.param(("eu-west-1", "us-east-1"), (ACCOUNT, OTHER), "PASS", id="the own one is right"),
        pytest.param(("us-east-1", "eu-west-1"), (ACCOUNT, OTHER), "FAIL", id="the own one is wrong"),
        pytest.param(("us-east-1", "us-east-2"), (None, None), "FAIL", id="none is right"),
        pytest.param(("eu-west-1", "us-east-1"), (None, None), "UNKNOWN", id="whose is not known"),
        pytest.param(("eu-west-1", "us-east-1"), (UNKNOWN, OTHER), "PASS", id="one is foreign for certain"),
        pytest.param(("us-east-1", "us-east-1"), (OTHER, OTHER), "FAIL", id="all foreign and wrong"),
        pytest.param(("eu-west-1", UNKNOWN), (None, None), "UNKNOWN", id="a Region is not known"),
    ],
)
def test_several_of_one_name(regions: tuple[Any, Any], accounts: tuple[Any, Any], outcome: str) -> None:
    """The account decides which bucket is meant."""
    both = [
        bucket(f"b{number}", region, accountId=account)
        for number, (region, account) in enumerate(zip(regions, accounts, strict=True))
    ]

    assert verdict(location(), *both).outcome.value == outcome


@pytest.mark.parametrize(
    ("made_from", "outcome", "message"),
    [
        pytest.param(
            [("right", BUCKET)],
            "UNKNOWN",
            "locationScope is not known in this preview; it is made from 'right', in the location's own Region",
            id="its own Region",
        ),
        pytest.param(
            [("wrong", BUCKET)],
            "FAIL",
            "the location is in Region 'eu-west-1', and its bucket 'wrong', which locationScope is made from, is in "
            "'us-east-1'",
            id="another Region",
        ),
        pytest.param(
            [("right", BUCKET), ("wrong", BUCKET)],
            "UNKNOWN",
            "locationScope is not known in this preview; it is made from 'right', 'wrong', and not all of these lie in "
            "the location's own Region",
            id="two buckets",
        ),
        pytest.param(
            [("where", BUCKET)], "UNKNOWN", "the Region of bucket 'where' is not known", id="a bucket without a Region"
        ),
        pytest.param(
            [("role", "aws:iam/role:Role")], "UNKNOWN", "locationScope is not known in this preview", id="no bucket"
        ),
    ],
)
def test_scopes_that_are_not_known_yet(made_from: Sequence[tuple[str, str]], outcome: str, message: str) -> None:
    """In a preview the bucket is likely the one whose output goes into the scope: it breaks, and does not pass."""
    made = {"locationScope": tuple(urn(*one) for one in made_from)}
    regions = {"right": "eu-west-1", "wrong": "us-east-1", "where": UNKNOWN}
    buckets = [bucket(name, region, bucket=UNKNOWN) for name, region in regions.items()]

    found = verdict(location(locationScope=UNKNOWN, made_from=made), *buckets)

    assert (found.outcome.value, found.message) == (outcome, message)


@pytest.mark.parametrize(
    ("resource", "outcome"),
    [
        pytest.param(bucket("b", "us-east-1", bucket=UNKNOWN), "UNKNOWN", id="in another Region"),
        pytest.param(bucket("b", bucket=UNKNOWN), "NOT_APPLICABLE", id="in the location's Region"),
        pytest.param(bucket("b", "us-east-1", bucket=7), "UNKNOWN", id="a number for a name"),
        pytest.param(bucket("b", "us-east-1", bucket=None), "NOT_APPLICABLE", id="a name that the provider makes up"),
    ],
)
def test_names_that_are_not_known_yet(resource: Resource, outcome: str) -> None:
    """A bucket whose name is not known may be the location's, unless it would be right anyway."""
    assert verdict(location(), resource).outcome.value == outcome


def test_many_names_that_are_not_known_yet() -> None:
    """The first that lies elsewhere is named, however many lie in the location's own Region."""
    own = [bucket(f"a{number}", bucket=UNKNOWN) for number in range(3)]
    far = [bucket(f"b{number}", "us-east-1", bucket=UNKNOWN) for number in range(3)]

    assert verdict(location(), *own).outcome is Outcome.NOT_APPLICABLE
    assert verdict(location(), *own, *far).message == (
        "the name of bucket 'b0' is not known, and it may be the location's bucket"
    )
    assert verdict(location(), *own, bucket("c", UNKNOWN, bucket=UNKNOWN)).outcome is Outcome.UNKNOWN


def test_what_could_not_be_read() -> None:
    """A bucket that could not be read is not absent."""
    (fact,) = read(location())
    context = Context({}, Organization("acme", {}))
    assert RULE.gather
    unread = RULE.gather(Program((fact,), (urn("gone", BUCKET),)))

    assert RULE.judge(fact, context, unread) == Unsure(
        "region", "'gone' could not be read, and it may be the location's bucket"
    )
    assert isinstance(RULE.judge(fact, context, RULE.gather(Program((fact,), (urn("x", CLASSIC_LOCATION),)))), Skipped)
    (own,) = read(bucket("b"))
    assert RULE.judge(fact, context, RULE.gather(Program((own, fact), (urn("gone", BUCKET),)))) == Passed()


# --- anything ---------------------------------------------------------------------------------------------------------

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
REGIONS = st.sampled_from(["eu-west-1", "us-east-1", "nowhere"])
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "locationScope": st.sampled_from(["s3://", "s3://acme", "s3://acme/a/*", "S3://acme/"]),
    "accountId": st.sampled_from([ACCOUNT, OTHER]),
    "region": REGIONS,
    "bucketRegion": REGIONS,
    "bucket": st.just("acme"),
    "bucketName": st.just("acme"),
    "accessGrantsLocationArn": ODD,
}
TYPES = [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION, BUCKET, BUCKET_V2, NATIVE_BUCKET]
PROPS = st.fixed_dictionaries({}, optional={name: good | ODD for name, good in GOOD.items()})
PROVIDERS = st.dictionaries(st.sampled_from(["region", "allowedAccountIds", "assumeRole"]), ODD | REGIONS)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(TYPES), PROPS, PROVIDERS, st.integers(0, 5)), max_size=5))
def test_anything(stack: list[tuple[str, dict[str, Any], dict[str, Any], int]]) -> None:
    """Nothing raises, and what passes has a scope and a Region that are understood."""
    urns = [urn(f"r{number}", kind) for number, (kind, *_) in enumerate(stack)]
    resources = [
        shown(f"r{number}", kind, props, provider_props=provider, made_from={"locationScope": tuple(urns[maker:][:1])})
        for number, (kind, props, provider, maker) in enumerate(stack)
    ]

    for one in Judge(BOOK, "prod", dt.date(2026, 11, 20), rules=(RULE,)).stack_findings(resources):
        assert one.outcome is not Outcome.ERROR
        if one.outcome is Outcome.PASS:
            assert Scope.parse(one.resource.props["locationScope"])
            region = one.resource.props.get("region") or one.resource.provider_props.get("region")
            assert region in {"eu-west-1", "us-east-1"} or one.resource.props.get("accessGrantsLocationArn")
