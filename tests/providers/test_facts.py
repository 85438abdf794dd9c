"""The contract between lookups and rules: names on the wire, and nothing that is not there."""

from __future__ import annotations

import dataclasses

import grantgate
import pytest
from grantgate.facts import (
    AccessPointFact,
    BucketOfRegion,
    CreateRequest,
    ErrorDetails,
    GrantsFact,
    InstanceFact,
    InstanceForPrefixFact,
    InstancePolicyFact,
    ListedGrant,
    ListedLocation,
    LocationFact,
    LocationsFact,
    OperationFact,
    RequestParameters,
    RoleFact,
    camel,
    snake,
    to_props,
)
from grantgate.kinds import (
    ACCESS_POINT,
    GRANTS,
    INSTANCE,
    INSTANCE_FOR_PREFIX,
    INSTANCE_POLICY,
    LOCATION,
    LOCATION_ROLE,
    LOCATIONS,
    LOOKUP_TYPES,
    OPERATION,
    LookupType,
)
from hypothesis import given, settings
from hypothesis import strategies as st

FACTS = {
    LOCATION.type: LocationFact,
    INSTANCE_FOR_PREFIX.type: InstanceForPrefixFact,
    OPERATION.type: OperationFact,
    LOCATIONS.type: LocationsFact,
    INSTANCE.type: InstanceFact,
    GRANTS.type: GrantsFact,
    INSTANCE_POLICY.type: InstancePolicyFact,
    ACCESS_POINT.type: AccessPointFact,
    LOCATION_ROLE.type: RoleFact,
}
ITEMS = {LOCATIONS.type: ListedLocation, GRANTS.type: ListedGrant}


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        pytest.param("iam_role_arn", "iamRoleArn", id="an ARN"),
        pytest.param("s3_prefix", "s3Prefix", id="a digit"),
        pytest.param("access_grants_location_id", "accessGrantsLocationId", id="four words"),
        pytest.param("wait", "wait", id="one word"),
        pytest.param("__provider", "__provider", id="Pulumi's own"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_names(name: str, wire: str) -> None:
    """One form each way, and back."""
    assert (camel(name), snake(wire)) == (wire, name)
    assert (camel(wire), snake(name)) == (wire, name)


WORDS = st.lists(st.text("abz09", min_size=1, max_size=4).map(lambda text: f"x{text}"), min_size=1, max_size=5)


@given(WORDS.map("_".join))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_every_name_comes_back(name: str) -> None:
    """No two Python names of words of two letters or more share a wire name."""
    assert snake(camel(name)) == name


@pytest.mark.parametrize("kind", LOOKUP_TYPES.values(), ids=lambda kind: kind.type.rpartition(":")[2])
def test_live_properties_are_members_of_the_fact(kind: LookupType) -> None:
    """What lookup-performed demands is what the lookup writes."""
    members = {camel(field.name) for field in dataclasses.fields(FACTS[kind.type])}

    assert {*kind.live, *kind.sometimes} <= members
    assert not set(kind.live) & set(kind.sometimes)
    assert members - {*kind.live, *kind.sometimes} <= {"accountId", "region", kind.subject}


def test_every_kind_has_its_class() -> None:
    """The package gives a class for each type token, by the token's own name, and nothing else."""
    assert sorted(kind.rpartition(":")[2] for kind in LOOKUP_TYPES) == sorted(grantgate.__all__)
    for kind in LOOKUP_TYPES:
        name = kind.rpartition(":")[2]
        assert getattr(grantgate, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'AccessGrant'"):
        _ = grantgate.AccessGrant


def test_items_are_known_by_a_member() -> None:
    """What is judged one by one has an id, and only lists have such items."""
    for kind in LOOKUP_TYPES.values():
        item = ITEMS.get(kind.type)
        assert (item is not None) == bool(kind.items) == bool(kind.item_id)
        if item:
            assert kind.items in kind.live
            assert kind.item_id in {camel(field.name) for field in dataclasses.fields(item)}


def test_type_tokens() -> None:
    """They lie in users' state: public API."""
    assert list(LOOKUP_TYPES) == [
        "pulumi-python:dynamic/grantgate:AccessGrantsLocation",
        "pulumi-python:dynamic/grantgate:AccessGrantsInstanceForPrefix",
        "pulumi-python:dynamic/grantgate:MultiRegionAccessPointOperation",
        "pulumi-python:dynamic/grantgate:AccessGrantsLocations",
        "pulumi-python:dynamic/grantgate:AccessGrantsInstance",
        "pulumi-python:dynamic/grantgate:AccessGrants",
        "pulumi-python:dynamic/grantgate:AccessGrantsInstanceResourcePolicy",
        "pulumi-python:dynamic/grantgate:MultiRegionAccessPoint",
        "pulumi-python:dynamic/grantgate:AccessGrantsLocationRole",
    ]


def test_to_props() -> None:
    """Nested facts become objects, tuples lists; None is left out, false and empty texts stay."""
    create = CreateRequest("acme", None, (BucketOfRegion("b"),))
    fact = OperationFact(
        account_id="111122223333",
        region="us-west-2",
        operation="",
        creation_time="",
        request_status="FAILED",
        state="FAILED",
        regions=(),
        failed_regions=("eu-west-1",),
        error_details=ErrorDetails("NoSuchBucket"),
        request_parameters=RequestParameters(create),
    )

    assert to_props(fact) == {
        "accountId": "111122223333",
        "region": "us-west-2",
        "operation": "",
        "creationTime": "",
        "requestStatus": "FAILED",
        "state": "FAILED",
        "regions": [],
        "failedRegions": ["eu-west-1"],
        "errorDetails": {"code": "NoSuchBucket", "message": "", "resource": "", "requestId": ""},
        "requestParameters": {
            "createMultiRegionAccessPointRequest": {
                "name": "acme",
                "regions": [{"bucket": "b", "bucketAccountId": ""}],
            }
        },
        "tokenExpired": False,
    }
