"""Facts are read alike from lookups and managed resources; what is no text is told apart from what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from grantgate.facts import INSTANCE_FOR_PREFIX, LOCATION, OPERATION
from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Malformed, Resource, Value
from grantgate_policies.subjects import (
    CLASSIC_LOCATION,
    NATIVE_LOCATION,
    InstanceForPrefix,
    Location,
    LookupRead,
    Operation,
    facts_of,
    judged,
    witnessed,
)
from grantgate_policies.subjects.values import provider_account, value_of

ACCOUNT, ARN = "111122223333", "arn:aws:s3:eu-west-1:111122223333:access-grants/default/location/x"
DECLARED = pytest.mark.parametrize("kind", [CLASSIC_LOCATION, NATIVE_LOCATION], ids=["classic", "native"])


def read(kind: str, props: dict[str, Any], provider: dict[str, Any] | None = None) -> tuple[Any, ...]:
    return facts_of(Resource("urn", kind, "it", props, provider_props=provider or {}))


@pytest.mark.parametrize(
    ("props", "value"),
    [
        pytest.param({"x": "text"}, "text", id="text"),
        pytest.param({"x": ""}, "", id="an empty text is a text"),
        pytest.param({"x": UNKNOWN}, UNKNOWN, id="unknown"),
        pytest.param({"x": None}, ABSENT, id="null"),
        pytest.param({}, ABSENT, id="not there"),
        pytest.param({"X": "text"}, ABSENT, id="case counts"),
        pytest.param({"x": False}, Malformed("boolean"), id="false"),
        pytest.param({"x": 0}, Malformed("number"), id="zero"),
        pytest.param({"x": float("nan")}, Malformed("number"), id="no number"),
        pytest.param({"x": []}, Malformed("list"), id="an empty list"),
        pytest.param({"x": ("a",)}, Malformed("list"), id="a tuple"),
        pytest.param({"x": {}}, Malformed("map"), id="an empty object"),
        pytest.param({"x": b"text"}, Malformed("value"), id="something else"),
    ],
)
def test_value_of(props: dict[str, Any], value: Value) -> None:
    """Nothing is turned into text."""
    assert value_of(props, "x") == value


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        pytest.param(LOCATION.type, [Location, LookupRead], id="location"),
        pytest.param(INSTANCE_FOR_PREFIX.type, [InstanceForPrefix, LookupRead], id="instance"),
        pytest.param(OPERATION.type, [Operation, LookupRead], id="operation"),
        pytest.param(CLASSIC_LOCATION, [Location], id="classic"),
        pytest.param(NATIVE_LOCATION, [Location], id="native"),
        pytest.param("pulumi-python:dynamic/grantgate:Grant", [LookupRead], id="a lookup of another release"),
        pytest.param("pulumi-python:dynamic/grantgate:", [LookupRead], id="a lookup without a name"),
        pytest.param("pulumi-python:dynamic/other:AccessGrantsLocation", [], id="somebody else's dynamic resource"),
        pytest.param("pulumi-python:dynamic:Resource", [], id="a dynamic resource without a module"),
        pytest.param("aws:s3control/accessPoint:AccessPoint", [], id="an access point of one Region"),
        pytest.param("", [], id="no type"),
    ],
)
def test_readers(kind: str, facts: list[type[Fact]]) -> None:
    """Each type has its facts, and a type with facts is judged."""
    assert [type(fact) for fact in read(kind, {})] == facts
    assert judged(kind) is witnessed(kind) is bool(facts)


@DECLARED
@pytest.mark.parametrize(
    ("props", "provider", "account", "region"),
    [
        pytest.param({}, {}, ABSENT, ABSENT, id="nobody says"),
        pytest.param({}, {"region": "eu-west-1"}, ABSENT, "eu-west-1", id="the provider says the Region"),
        pytest.param({}, {"region": UNKNOWN}, ABSENT, UNKNOWN, id="the provider's Region is unknown"),
        pytest.param({}, {"region": ["x"]}, ABSENT, Malformed("list"), id="the provider's Region is no text"),
        pytest.param(
            {"accountId": ACCOUNT, "region": "us-east-1"},
            {"region": "eu-west-1"},
            ACCOUNT,
            "us-east-1",
            id="the resource comes first",
        ),
        pytest.param(
            {"accessGrantsLocationArn": ARN}, {"region": "us-east-1"}, ACCOUNT, "eu-west-1", id="the ARN tells both"
        ),
        pytest.param(
            {"accessGrantsLocationArn": ARN, "accountId": UNKNOWN, "region": UNKNOWN},
            {},
            UNKNOWN,
            UNKNOWN,
            id="an unknown declaration stays unknown",
        ),
        pytest.param({"accessGrantsLocationArn": UNKNOWN}, {}, ABSENT, ABSENT, id="the ARN is not known yet"),
        pytest.param({"accessGrantsLocationArn": "x"}, {"region": "r"}, ABSENT, "r", id="the ARN is none"),
        pytest.param({"accountId": 111122223333}, {}, Malformed("number"), ABSENT, id="a number for an account"),
    ],
)
def test_where_a_declared_location_lies(
    kind: str, props: dict[str, Any], provider: dict[str, Any], account: Value, region: Value
) -> None:
    """The resource, then its ARN, then its provider."""
    (location,) = read(kind, props, provider)

    assert (location.account_id, location.region, location.live) == (account, region, False)


def test_a_lookup_believes_only_itself() -> None:
    """A live location's provider says nothing about it."""
    location, _ = read(LOCATION.type, {"accessGrantsLocationArn": ARN}, {"region": "eu-west-1"})

    assert (location.account_id, location.region, location.live) == (ABSENT, ABSENT, True)


@pytest.mark.parametrize(
    ("props", "code", "message", "regions"),
    [
        pytest.param({"failedRegions": []}, ABSENT, ABSENT, (), id="nothing failed"),
        pytest.param(
            {"errorDetails": {"code": "NoSuchBucket", "message": "gone"}, "failedRegions": ["a", "b"]},
            "NoSuchBucket",
            "gone",
            ("a", "b"),
            id="failed",
        ),
        pytest.param({"errorDetails": UNKNOWN}, UNKNOWN, UNKNOWN, ABSENT, id="unknown details"),
        pytest.param({"errorDetails": "x"}, Malformed("text"), Malformed("text"), ABSENT, id="details that are text"),
        pytest.param({"errorDetails": {"code": 1}}, Malformed("number"), ABSENT, ABSENT, id="a number for a code"),
        pytest.param({"failedRegions": UNKNOWN}, ABSENT, ABSENT, UNKNOWN, id="unknown Regions"),
        pytest.param({"failedRegions": ["a", UNKNOWN]}, ABSENT, ABSENT, UNKNOWN, id="one unknown Region"),
        pytest.param({"failedRegions": "a"}, ABSENT, ABSENT, Malformed("text"), id="text for a list"),
        pytest.param({"failedRegions": {}}, ABSENT, ABSENT, Malformed("map"), id="an object for a list"),
        pytest.param({"failedRegions": [7]}, ABSENT, ABSENT, Malformed("list with a number"), id="a list of numbers"),
    ],
)
def test_operations(props: dict[str, Any], code: Value, message: Value, regions: Any) -> None:
    """Regions that cannot be read are never no Regions."""
    operation, _ = read(OPERATION.type, props)

    assert (operation.error_code, operation.error_message, operation.failed_regions) == (code, message, regions)


@pytest.mark.parametrize("kind", [LOCATION, INSTANCE_FOR_PREFIX, OPERATION], ids=lambda kind: kind.subject)
def test_what_a_lookup_lacks(kind: Any) -> None:
    """Null is missing, unknown is not, and what AWS may leave out is neither."""
    first, second, *others = kind.live
    props = {"lookup": "performed", first: None, second: UNKNOWN, **dict.fromkeys(others, "")}

    *_, found = read(kind.type, props)

    assert (found.kind, found.missing, found.unknown) == (kind, (first,), (second,))


@pytest.mark.parametrize(
    ("provider_props", "account"),
    [
        pytest.param({}, ABSENT, id="nothing"),
        pytest.param({"allowedAccountIds": ["111122223333"]}, "111122223333", id="one allowed account"),
        pytest.param({"allowedAccountIds": '["111122223333"]'}, "111122223333", id="as JSON text"),
        pytest.param({"allowedAccountIds": ["1", "2"]}, ABSENT, id="two allowed accounts"),
        pytest.param({"allowedAccountIds": []}, ABSENT, id="no allowed account"),
        pytest.param({"allowedAccountIds": [7]}, ABSENT, id="a number"),
        pytest.param({"allowedAccountIds": UNKNOWN}, UNKNOWN, id="not known yet"),
        pytest.param({"allowedAccountIds": [UNKNOWN]}, UNKNOWN, id="one not known yet"),
        pytest.param({"allowedAccountIds": "not JSON"}, ABSENT, id="malformed"),
        pytest.param({"assumeRole": {"roleArn": "arn:aws:iam::1:role/x"}}, "1", id="an assumed role"),
        pytest.param({"assumeRole": {"roleArn": UNKNOWN}}, UNKNOWN, id="a role not known yet"),
        pytest.param(
            {"assumeRoles": '[{"roleArn": "arn:aws:iam::1:role/x"}, {"roleArn": "arn:aws:iam::2:role/y"}]'},
            "2",
            id="the last of a chain",
        ),
        pytest.param({"assumeRoles": UNKNOWN}, UNKNOWN, id="a chain not known yet"),
        pytest.param({"assumeRole": "nonsense"}, ABSENT, id="no map"),
        pytest.param({"assumeRole": {"roleArn": "nonsense"}}, ABSENT, id="no ARN"),
    ],
)
def test_provider_account(provider_props: dict[str, Any], account: Any) -> None:
    """A provider tells an account only where its configuration binds it to one."""
    assert provider_account(provider_props) == account
