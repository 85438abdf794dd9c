"""Facts are read alike from lookups and managed resources; what is no text is told apart from what is missing."""

from __future__ import annotations

from typing import Any

import pytest
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
)
from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Malformed, Resource, Value
from grantgate_policies.subjects import (
    CLASSIC_LOCATION,
    NATIVE_LOCATION,
    Grant,
    InlinePolicy,
    Instance,
    InstanceForPrefix,
    InstancePolicy,
    Location,
    LookupRead,
    ManagedPolicy,
    MultiRegionAccessPoint,
    MultiRegionAccessPointPolicy,
    MultiRegionAccessPointRoutes,
    Operation,
    RegionBucket,
    Role,
    Route,
    facts_of,
    judged,
    witnessed,
)
from grantgate_policies.subjects.values import provider_account, value_of

INSTANCE_ARN = "arn:aws:s3:eu-west-1:111122223333:access-grants/default"
HERE = {"accountId": "111122223333", "region": "eu-west-1"}
PLACE = {"account_id": "111122223333", "region": "eu-west-1"}
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
        *(
            # What holds nothing has nothing to judge but whether it looked.
            pytest.param(kind.type, [LookupRead], id=kind.type.rpartition(":")[2])
            for kind in (LOCATIONS, INSTANCE, GRANTS, INSTANCE_POLICY, ACCESS_POINT, LOCATION_ROLE)
        ),
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


@pytest.mark.parametrize("kind", LOOKUP_TYPES.values(), ids=lambda kind: kind.type.rpartition(":")[2])
def test_what_a_lookup_lacks(kind: Any) -> None:
    """Null is missing, unknown is not, and what AWS may leave out is neither."""
    first, *others = kind.live
    props = {"lookup": "performed", first: None, **dict.fromkeys(others[:1], UNKNOWN), **dict.fromkeys(others[1:], "")}

    *_, found = read(kind.type, props)

    assert (found.kind, found.missing, found.unknown) == (kind, (first,), tuple(others[:1]))


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


# --- what is looked up ------------------------------------------------------------------------------------------------


def live(kind: str, props: dict[str, Any], fact: type[Fact]) -> list[Any]:
    """Give the facts of one kind that a lookup holds."""
    return [one for one in read(kind, {**HERE, **props}) if type(one) is fact]


def members(fact: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in names}


@pytest.mark.parametrize(
    ("props", "center"),
    [
        pytest.param({"instanceExists": True}, [ABSENT], id="without an Identity Center"),
        pytest.param({"instanceExists": True, "identityCenterArn": "x"}, ["x"], id="with one"),
        pytest.param({"instanceExists": UNKNOWN, "identityCenterArn": UNKNOWN}, [UNKNOWN], id="pending"),
        pytest.param({"instanceExists": UNKNOWN}, [UNKNOWN], id="not known whether there is one"),
        pytest.param({"instanceExists": False}, [], id="none"),
        pytest.param({"instanceExists": "true", "identityCenterArn": "x"}, [], id="text"),
        pytest.param({"identityCenterArn": "x"}, [], id="nobody says"),
    ],
)
def test_live_instances(props: dict[str, Any], center: list[Value]) -> None:
    """An instance is read where AWS says that there is one, or may say so."""
    found = live(INSTANCE.type, props, Instance)

    assert [one.identity_center_arn for one in found] == center
    assert all(members(one, *PLACE) == PLACE and one.live and one.tags is ABSENT for one in found)


def test_live_grants() -> None:
    """Each entry is a grant, with the id that AWS gave it as its item."""
    entry = {
        "accessGrantId": "g1",
        "accessGrantArn": f"{INSTANCE_ARN}/grant/g1",
        "accessGrantsLocationId": "1",
        "grantee": {"granteeType": "IAM", "granteeIdentifier": "x"},
        "permission": "READ",
        "grantScope": "s3://acme/fin/*",
        "accessGrantsLocationConfiguration": {"s3SubPrefix": "fin/*"},
        "applicationArn": "y",
    }
    first, second = live(GRANTS.type, {"grants": [entry, {}]}, Grant)

    assert members(first, "item", "arn", "access_grants_location_id", "grantee_type", "grantee_identifier") == {
        "item": "g1",
        "arn": f"{INSTANCE_ARN}/grant/g1",
        "access_grants_location_id": "1",
        "grantee_type": "IAM",
        "grantee_identifier": "x",
    }
    assert members(first, "permission", "grant_scope", "s3_sub_prefix", "s3_prefix_type", "application_arn") == {
        "permission": "READ",
        "grant_scope": "s3://acme/fin/*",
        "s3_sub_prefix": "fin/*",
        "s3_prefix_type": ABSENT,
        "application_arn": "y",
    }
    assert members(first, *PLACE) == members(second, *PLACE) == PLACE
    assert first.live
    assert (second.item, second.permission, second.grantee_type, second.arn) == ("#1", ABSENT, ABSENT, ABSENT)


@pytest.mark.parametrize(
    ("scope", "sub_prefix", "prefix_type"),
    [
        pytest.param("s3://acme/x/*", "x/*", ABSENT, id="a folder"),
        pytest.param("s3://acme/x.csv", "x.csv", "Object", id="an object"),
        pytest.param("s3://acme/", None, ABSENT, id="a location as a whole"),
        pytest.param("s3://acme/", "", ABSENT, id="an empty sub-prefix"),
        pytest.param(UNKNOWN, "x", UNKNOWN, id="a scope that is not known"),
        pytest.param("s3://acme/x", UNKNOWN, UNKNOWN, id="a sub-prefix that is not known"),
        pytest.param(None, "x", ABSENT, id="no scope"),
        pytest.param(7, "x", ABSENT, id="a number for a scope"),
    ],
)
def test_types_of_prefixes(scope: Any, sub_prefix: Any, prefix_type: Value) -> None:
    """S3 does not say back that a grant is of one object; its scope does."""
    entry = {"grantScope": scope, "accessGrantsLocationConfiguration": {"s3SubPrefix": sub_prefix}}
    (found,) = live(GRANTS.type, {"grants": [entry]}, Grant)

    assert found.s3_prefix_type == prefix_type


@pytest.mark.parametrize(
    ("props", "policies"),
    [
        pytest.param({"instanceExists": True, "policyExists": True, "policy": "{}"}, ["{}"], id="one"),
        pytest.param({"instanceExists": True, "policyExists": False}, [], id="none"),
        pytest.param({"instanceExists": False, "policyExists": False}, [], id="no instance"),
        pytest.param({"policyExists": False, "policy": "{}"}, ["{}"], id="what there should not be"),
        pytest.param({"policyExists": UNKNOWN, "policy": UNKNOWN}, [UNKNOWN], id="pending"),
        pytest.param({"policyExists": UNKNOWN}, [UNKNOWN], id="not known whether there is one"),
        pytest.param({"instanceExists": UNKNOWN}, [UNKNOWN], id="not known whether there is an instance"),
        pytest.param({}, [], id="nobody says"),
    ],
)
def test_live_policies_of_instances(props: dict[str, Any], policies: list[Any]) -> None:
    """A policy is read where there is one, or may be."""
    found = live(INSTANCE_POLICY.type, {**props, "organization": "o-x"}, InstancePolicy)

    assert [one.policy for one in found] == policies
    assert all(members(one, *PLACE) == PLACE and one.live and one.organization == "o-x" for one in found)


def test_live_access_points() -> None:
    """The parts of an access point are read as declarations of it are, under the lookup's names."""
    props = {
        "name": "acme",
        "arn": "arn:x",
        "status": "READY",
        "publicAccessBlock": {"blockPublicAcls": True, "blockPublicPolicy": False},
        "regions": [{"bucket": "a", "region": "eu-west-1", "bucketAccountId": ""}, {"bucket": "b"}, UNKNOWN],
        "routes": [{"bucket": "a", "region": "eu-west-1", "trafficDialPercentage": 100.0}],
        "policy": "{}",
        "policyIsPublic": False,
        "proposedPolicy": "{ }",
    }
    (point,) = live(ACCESS_POINT.type, props, MultiRegionAccessPoint)
    (routes,) = live(ACCESS_POINT.type, props, MultiRegionAccessPointRoutes)
    policies = live(ACCESS_POINT.type, props, MultiRegionAccessPointPolicy)

    assert (point.name, point.account_id, point.status, point.live) == ("acme", ACCOUNT, "READY", True)
    assert (point.name_field, point.flags_field, point.regions_field) == ("name", "publicAccessBlock", "regions")
    assert point.flags == {
        "blockPublicAcls": True,
        "ignorePublicAcls": ABSENT,
        "blockPublicPolicy": False,
        "restrictPublicBuckets": ABSENT,
    }
    assert point.regions == (
        RegionBucket("a", ABSENT, "eu-west-1"),
        RegionBucket("b", ABSENT, ABSENT),
        RegionBucket(UNKNOWN, UNKNOWN, UNKNOWN),
    )
    assert (routes.mrap, routes.account_id, routes.live) == ("arn:x", ACCOUNT, True)
    assert routes.routes == (Route("a", "eu-west-1", 100),)
    assert [(one.item, one.policy, one.policy_field, one.is_public, one.live) for one in policies] == [
        ("", "{}", "policy", False, True),
        ("proposed", "{ }", "proposedPolicy", ABSENT, True),
    ]


@pytest.mark.parametrize(
    ("props", "kinds"),
    [
        pytest.param({"status": "READY"}, [MultiRegionAccessPoint], id="a status alone"),
        pytest.param({"routes": []}, [MultiRegionAccessPointRoutes], id="routes alone"),
        pytest.param({"regions": UNKNOWN}, [MultiRegionAccessPoint], id="Regions that are not known"),
        pytest.param({"policy": UNKNOWN, "proposedPolicy": UNKNOWN}, [MultiRegionAccessPointPolicy], id="pending"),
        pytest.param({"name": "acme"}, [], id="the name alone"),
    ],
)
def test_parts_of_access_points(props: dict[str, Any], kinds: list[type[Fact]]) -> None:
    """What was not heard is not read."""
    assert [type(one) for one in read(ACCESS_POINT.type, props)] == [*kinds, LookupRead]


ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/reader"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/listing"


def test_live_roles() -> None:
    """A role is read with its trust, its policies and the documents of its managed ones."""
    props = {
        "iamRoleArn": ROLE,
        "arn": ROLE,
        "roleName": "reader",
        "path": "/access-grants/",
        "assumeRolePolicy": "{}",
        "inlinePolicies": [{"name": "x", "policy": "{}"}, {}],
        "managedPolicies": [
            {"policyArn": MANAGED, "name": "listing", "policy": "{}"},
            {"policyArn": MANAGED, "name": "again"},
            {"policyArn": "no ARN"},
        ],
        "permissionsBoundary": "arn:b",
    }
    (role,) = live(LOCATION_ROLE.type, props, Role)
    managed = live(LOCATION_ROLE.type, props, ManagedPolicy)

    assert members(role, "arn", "name", "path", "trust", "trust_field", "inline_field") == {
        "arn": ROLE,
        "name": "reader",
        "path": "/access-grants/",
        "trust": "{}",
        "trust_field": "assumeRolePolicy",
        "inline_field": "inlinePolicies",
    }
    assert members(role, *PLACE) == PLACE
    assert role.live
    assert role.inline == (InlinePolicy("x", "{}"), InlinePolicy(ABSENT, ABSENT))
    assert (role.managed_policy_arns, role.permissions_boundary) == ((MANAGED, MANAGED, "no ARN"), "arn:b")
    assert [(one.item, one.arn, one.name, one.document, one.live) for one in managed] == [
        (MANAGED, MANAGED, "listing", "{}", True),
        ("#1", MANAGED, "again", ABSENT, True),
        ("#2", "no ARN", ABSENT, ABSENT, True),
    ]


@pytest.mark.parametrize(
    ("props", "arns"),
    [
        pytest.param({"iamRoleArn": ROLE, "arn": UNKNOWN, "assumeRolePolicy": UNKNOWN}, [ROLE], id="as asked for"),
        pytest.param({"iamRoleArn": UNKNOWN, "arn": UNKNOWN}, [UNKNOWN], id="not known at all"),
        pytest.param({"iamRoleArn": UNKNOWN, "arn": ROLE}, [ROLE], id="as IAM has it"),
        pytest.param({"iamRoleArn": ROLE.lower(), "arn": ROLE}, [ROLE], id="as IAM writes it"),
        pytest.param({"arn": 7, "iamRoleArn": ROLE}, [ROLE], id="a number"),
        pytest.param({"iamRoleArn": ROLE, "assumeRolePolicy": "{}"}, [ROLE], id="without IAM's own"),
        pytest.param({"iamRoleArn": ROLE}, [], id="not heard"),
    ],
)  # fmt: skip
def test_arns_of_live_roles(props: dict[str, Any], arns: list[Value]) -> None:
    """The ARN is IAM's; while the lookup has not looked, the program's own."""
    assert [one.arn for one in live(LOCATION_ROLE.type, props, Role)] == arns


def test_secret_policies_are_not_named() -> None:
    """Managed policies of a secret list are told apart by their place."""
    props = {"arn": ROLE, "managedPolicies": [{"policyArn": MANAGED, "policy": "{}"}]}
    resource = Resource("urn", LOCATION_ROLE.type, "it", props, secret_props=frozenset({"managedPolicies"}))

    assert [one.item for one in facts_of(resource) if isinstance(one, ManagedPolicy)] == ["#0"]
