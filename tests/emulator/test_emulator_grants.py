"""Access Grants over boto3: instances, locations, grants, tags, and the caller's side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_emulator.server import Emulator

ACCOUNT = "111122223333"
OTHER = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Return the code and the HTTP status a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    reply = caught.value.response
    assert reply["Error"]["Message"]
    return reply["Error"]["Code"], reply["ResponseMetadata"]["HTTPStatusCode"]


def test_location_by_id(connect: Callable[..., Any]) -> None:
    """A lookup by id has the five members of the API reference, and the ARN in its real form."""
    reply = connect().get_access_grants_location(AccountId=ACCOUNT, AccessGrantsLocationId="loc-finance")

    assert reply.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert reply == {
        "CreatedAt": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
        "AccessGrantsLocationId": "loc-finance",
        "AccessGrantsLocationArn": f"{INSTANCE}/location/loc-finance",
        "LocationScope": "s3://acme-data/finance/*",
        "IAMRoleArn": ROLE,
    }


def test_instance_life(connect: Callable[..., Any]) -> None:
    """One instance per account and Region, which goes only when it is empty."""
    s3control = connect(region="eu-central-1")
    who = {"AccountId": ACCOUNT}
    missing = ("AccessGrantsInstanceNotExistsError", 404)
    assert refused(s3control.get_access_grants_instance, **who) == missing
    assert refused(s3control.get_access_grants_location, AccessGrantsLocationId="x", **who) == missing
    location = {"LocationScope": "s3://b-1", "IAMRoleArn": ROLE}
    assert refused(s3control.create_access_grants_location, **who, **location) == missing

    made = s3control.create_access_grants_instance(**who, Tags=[{"Key": "a", "Value": "b"}])
    assert made["AccessGrantsInstanceArn"] == f"arn:aws:s3:eu-central-1:{ACCOUNT}:access-grants/default"
    assert made["AccessGrantsInstanceId"] == "default"
    assert refused(s3control.create_access_grants_instance, **who) == ("AccessGrantsInstanceAlreadyExists", 409)
    s3control.create_access_grants_location(**who, **location)
    assert refused(s3control.delete_access_grants_instance, **who) == ("AccessGrantsInstanceNotEmptyError", 400)
    shown = s3control.list_access_grants_locations(**who)["AccessGrantsLocationsList"]
    s3control.delete_access_grants_location(**who, AccessGrantsLocationId=shown[0]["AccessGrantsLocationId"])
    s3control.delete_access_grants_instance(**who)
    assert refused(s3control.get_access_grants_instance, **who) == missing


def test_identity_center(connect: Callable[..., Any]) -> None:
    """The deprecated member holds the application's ARN, and a tied instance cannot be deleted."""
    s3control = connect(region="eu-central-1")
    who = {"AccountId": ACCOUNT}
    s3control.create_access_grants_instance(**who)
    wanted = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
    s3control.associate_access_grants_identity_center(**who, IdentityCenterArn=wanted)

    shown = s3control.get_access_grants_instance(**who)
    assert shown["IdentityCenterInstanceArn"] == wanted
    assert shown["IdentityCenterArn"] == shown["IdentityCenterApplicationArn"]
    assert shown["IdentityCenterArn"].startswith(f"arn:aws:sso::{ACCOUNT}:application/ssoins-1234567890abcdef/apl-")
    assert refused(s3control.delete_access_grants_instance, **who) == ("InvalidRequest", 400)
    s3control.dissociate_access_grants_identity_center(**who)
    assert "IdentityCenterArn" not in s3control.get_access_grants_instance(**who)
    s3control.delete_access_grants_instance(**who)


def test_resource_policy(connect: Callable[..., Any]) -> None:
    """A resource policy is text with statements; a missing one has an error of its own."""
    s3control = connect()
    who = {"AccountId": ACCOUNT}
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:ListAccessGrants"}]}'
    s3control.put_access_grants_instance_resource_policy(**who, Policy=policy, Organization="o-a1b2c3d4e5")
    assert s3control.get_access_grants_instance_resource_policy(**who)["Policy"] == policy
    put = s3control.put_access_grants_instance_resource_policy
    assert refused(put, **who, Policy="not json") == ("InvalidResourcePolicy", 400)
    assert refused(put, **who, Policy="{}") == ("InvalidResourcePolicy", 400)
    s3control.delete_access_grants_instance_resource_policy(**who)
    code = refused(s3control.get_access_grants_instance_resource_policy, **who)
    assert code == ("AccessGrantsInstanceResourcePolicyNotExists", 404)


def test_location_life(connect: Callable[..., Any]) -> None:
    """Scopes never change, roles do; grants hold a location back."""
    s3control = connect()
    who = {"AccountId": ACCOUNT}
    made = s3control.create_access_grants_location(**who, LocationScope="s3://acme-data/hr/", IAMRoleArn=ROLE)
    asked = {**who, "AccessGrantsLocationId": made["AccessGrantsLocationId"]}
    changed = s3control.update_access_grants_location(**asked, IAMRoleArn=f"{ROLE}-2")
    assert (changed["LocationScope"], changed["IAMRoleArn"]) == ("s3://acme-data/hr/", f"{ROLE}-2")
    assert s3control.get_access_grants_location(**asked)["IAMRoleArn"] == f"{ROLE}-2"
    s3control.delete_access_grants_location(**asked)
    assert refused(s3control.get_access_grants_location, **asked) == ("NoSuchAccessGrantsLocationError", 404)
    assert refused(s3control.delete_access_grants_location, **asked) == ("NoSuchAccessGrantsLocationError", 404)
    held = refused(s3control.delete_access_grants_location, **who, AccessGrantsLocationId="loc-finance")
    assert held == ("AccessGrantsLocationNotEmptyError", 400)


def test_default_location_has_a_fixed_id(connect: Callable[..., Any]) -> None:
    """The location s3:// is called default; all others get a UUID."""
    s3control = connect(region="eu-central-1")
    s3control.create_access_grants_instance(AccountId=ACCOUNT)
    ids = [
        s3control.create_access_grants_location(AccountId=ACCOUNT, LocationScope=scope, IAMRoleArn=ROLE)
        for scope in ("s3://", "s3://b-1")
    ]
    assert ids[0]["AccessGrantsLocationId"] == "default"
    assert len(ids[1]["AccessGrantsLocationId"]) == 36


@pytest.mark.parametrize(
    ("scope", "role", "code"),
    [
        pytest.param("http://acme-data/x", ROLE, "InvalidAccessGrantsLocation", id="another scheme"),
        pytest.param("s3://A", ROLE, "InvalidAccessGrantsLocation", id="no bucket has this name"),
        pytest.param("s3://acme-data/a*b", ROLE, "InvalidAccessGrantsLocation", id="a wildcard inside"),
        pytest.param("s3://acme-data-us/x", ROLE, "InvalidAccessGrantsLocation", id="a bucket of another Region"),
        pytest.param("s3://other-data/x", ROLE, "InvalidAccessGrantsLocation", id="a bucket of another account"),
        pytest.param(
            "s3://acme-data/x", "arn:aws:iam::111122223333:role/", "InvalidIamRole", id="a role without a name"
        ),
        pytest.param("s3://acme-data/x", f"arn:aws:iam::{OTHER}:role/r", "InvalidIamRole", id="another account's role"),
        pytest.param("s3://acme-data/x", ROLE.replace("aws", "aws-cn", 1), "InvalidIamRole", id="another partition"),
        pytest.param(
            "s3://acme-data/x", "arn:aws:sts::111122223333:assumed-role/r/s", "InvalidIamRole", id="a session"
        ),
    ],
)
def test_refused_locations(connect: Callable[..., Any], scope: str, role: str, code: str) -> None:
    create = connect().create_access_grants_location
    assert refused(create, AccountId=ACCOUNT, LocationScope=scope, IAMRoleArn=role) == (code, 400)


@pytest.mark.parametrize("scope", ["s3://acme-data/finance/*", "s3://acme-data/finance/", "s3://acme-logs/*", "s3://"])
def test_same_scope_twice(connect: Callable[..., Any], scope: str) -> None:
    """Two spellings of one scope are one location."""
    create = connect().create_access_grants_location
    code = refused(create, AccountId=ACCOUNT, LocationScope=scope, IAMRoleArn=ROLE)
    assert code == ("AccessGrantsLocationAlreadyExistsError", 409)


def test_quota_of_locations(connect: Callable[..., Any], aws: Emulator) -> None:
    """The thousand-and-first location is refused."""
    locations = [{"scope": f"s3://acme-data/{number}/", "roleArn": ROLE} for number in range(999)]
    held = {"instance": {}, "locations": locations}
    aws.seed({"accounts": {ACCOUNT: {"regions": {"eu-west-1": held}}}})
    create = connect().create_access_grants_location
    create(AccountId=ACCOUNT, LocationScope="s3://acme-data/last/", IAMRoleArn=ROLE)
    code = refused(create, AccountId=ACCOUNT, LocationScope="s3://acme-data/more/", IAMRoleArn=ROLE)
    assert code == ("AccessGrantsLocationsQuotaExceededError", 409)


def test_grant_life(connect: Callable[..., Any]) -> None:
    """A grant's scope is the location's scope and its sub-prefix."""
    s3control = connect()
    grantee = {"GranteeType": "IAM", "GranteeIdentifier": f"arn:aws:iam::{ACCOUNT}:role/reader"}
    asked: dict[str, Any] = {
        "AccountId": ACCOUNT,
        "AccessGrantsLocationId": "loc-logs",
        "AccessGrantsLocationConfiguration": {"S3SubPrefix": "app/"},
        "Permission": "READ",
        "Grantee": grantee,
    }
    made = s3control.create_access_grant(**asked)
    assert made["GrantScope"] == "s3://acme-logs/app/*"
    assert made["AccessGrantArn"] == f"{INSTANCE}/grant/{made['AccessGrantId']}"
    assert refused(s3control.create_access_grant, **asked) == ("AccessGrantAlreadyExists", 409)
    by_id = {"AccountId": ACCOUNT, "AccessGrantId": made["AccessGrantId"]}
    assert s3control.get_access_grant(**by_id)["Grantee"] == grantee
    s3control.delete_access_grant(**by_id)
    assert refused(s3control.get_access_grant, **by_id) == ("NoSuchAccessGrantError", 404)
    assert refused(s3control.delete_access_grant, **by_id) == ("NoSuchAccessGrantError", 404)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"AccessGrantsLocationId": "default"}, ("InvalidAccessGrant", 400), id="everything by default"),
        pytest.param({"AccessGrantsLocationId": "nowhere"}, ("NoSuchAccessGrantsLocationError", 404), id="no location"),
        pytest.param({"Grantee": {"GranteeType": "IAM"}}, ("InvalidRequest", 400), id="half a grantee"),
        pytest.param({"S3PrefixType": "Object"}, ("InvalidAccessGrant", 400), id="an object without a key"),
    ],
)
def test_refused_grants(connect: Callable[..., Any], changes: dict[str, Any], code: tuple[str, int]) -> None:
    grantee = {"GranteeType": "IAM", "GranteeIdentifier": "arn:aws:iam::111122223333:role/reader"}
    asked = {"AccessGrantsLocationId": "loc-logs", "Permission": "READ", "Grantee": grantee, **changes}
    assert refused(connect().create_access_grant, AccountId=ACCOUNT, **asked) == code


def test_directory_grants_need_identity_center(connect: Callable[..., Any]) -> None:
    s3control = connect(region="eu-central-1")
    s3control.create_access_grants_instance(AccountId=ACCOUNT)
    made = s3control.create_access_grants_location(AccountId=ACCOUNT, LocationScope="s3://b-1", IAMRoleArn=ROLE)
    asked = {
        "AccessGrantsLocationId": made["AccessGrantsLocationId"],
        "Permission": "READ",
        "Grantee": {"GranteeType": "DIRECTORY_USER", "GranteeIdentifier": "u"},
    }
    code = refused(s3control.create_access_grant, AccountId=ACCOUNT, **asked)
    assert code == ("InvalidIdentityCenterInstance", 400)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 3),
        ({"Permission": "READ"}, 1),
        ({"GranteeType": "DIRECTORY_GROUP"}, 1),
        ({"GranteeType": "IAM", "Permission": "WRITE"}, 0),
        ({"GranteeIdentifier": "group-1"}, 1),
        ({"GrantScope": "s3://acme-data/finance/eu/*"}, 1),
        ({"ApplicationArn": f"arn:aws:sso::{ACCOUNT}:application/ssoins-1/apl-1"}, 1),
    ],
)
def test_grant_filters(connect: Callable[..., Any], filters: dict[str, str], count: int) -> None:
    assert len(connect().list_access_grants(AccountId=ACCOUNT, **filters)["AccessGrantsList"]) == count


def test_paging(connect: Callable[..., Any]) -> None:
    """Every entry comes once, also when one that was seen is deleted in between."""
    s3control = connect()
    who = {"AccountId": ACCOUNT}
    first = s3control.list_access_grants_locations(**who, MaxResults=1)
    assert [entry["AccessGrantsLocationId"] for entry in first["AccessGrantsLocationsList"]] == ["loc-finance"]
    for grant in s3control.list_access_grants(**who)["AccessGrantsList"]:
        s3control.delete_access_grant(**who, AccessGrantId=grant["AccessGrantId"])
    s3control.delete_access_grants_location(**who, AccessGrantsLocationId="loc-finance")
    second = s3control.list_access_grants_locations(**who, MaxResults=1, NextToken=first["NextToken"])
    assert [entry["AccessGrantsLocationId"] for entry in second["AccessGrantsLocationsList"]] == ["loc-logs"]
    last = s3control.list_access_grants_locations(**who, MaxResults=1, NextToken=second["NextToken"])
    assert [entry["AccessGrantsLocationId"] for entry in last["AccessGrantsLocationsList"]] == ["default"]
    assert "NextToken" not in last


def test_a_token_is_bound_to_its_list(connect: Callable[..., Any]) -> None:
    """A made-up token, a changed one, and one of another list or filter are all refused."""
    s3control = connect()
    listed = s3control.list_access_grants_locations
    token = listed(AccountId=ACCOUNT, MaxResults=1)["NextToken"]
    for bad in ("made-up", "", token[:-2] + "AA", token + "x", "ü"):
        assert refused(listed, AccountId=ACCOUNT, NextToken=bad) == ("InvalidRequest", 400)
    assert refused(s3control.list_access_grants, AccountId=ACCOUNT, NextToken=token) == ("InvalidRequest", 400)
    elsewhere = refused(listed, AccountId=ACCOUNT, NextToken=token, LocationScope="s3://acme-logs")
    assert elsewhere == ("InvalidRequest", 400)


def test_tags(connect: Callable[..., Any]) -> None:
    """Tags of locations, grants and instances are read and changed by ARN."""
    s3control = connect()
    who = {"AccountId": ACCOUNT}
    about = {**who, "ResourceArn": f"{INSTANCE}/location/loc-finance"}
    assert s3control.list_tags_for_resource(**about)["Tags"] == [{"Key": "owner", "Value": "finance"}]
    s3control.tag_resource(**about, Tags=[{"Key": "class", "Value": "secret"}, {"Key": "owner", "Value": "hr"}])
    s3control.untag_resource(**about, TagKeys=["owner", "absent"])
    assert s3control.list_tags_for_resource(**about)["Tags"] == [{"Key": "class", "Value": "secret"}]
    assert s3control.list_tags_for_resource(**who, ResourceArn=INSTANCE)["Tags"] == [{"Key": "team", "Value": "data"}]
    assert s3control.list_tags_for_resource(**who, ResourceArn=f"{INSTANCE}/grant/grant-1")["Tags"] == []
    listed = s3control.list_tags_for_resource
    assert refused(listed, **who, ResourceArn=f"{INSTANCE}/location/x") == ("NoSuchAccessGrantsLocationError", 404)
    assert refused(listed, **who, ResourceArn=f"{INSTANCE}/grant/x") == ("NoSuchAccessGrantError", 404)
    reserved = refused(s3control.tag_resource, **about, Tags=[{"Key": "aws:x", "Value": "y"}])
    assert reserved == ("InvalidTag", 400)
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert refused(s3control.tag_resource, **about, Tags=many) == ("TooManyTags", 400)


def test_data_access(connect: Callable[..., Any]) -> None:
    """Credentials come for the closest grant that covers the target, and only to its grantee."""
    s3control = connect()
    asked = {"AccountId": ACCOUNT, "Target": "s3://acme-data/finance/eu/2026/a.csv", "Permission": "READ"}
    reply = s3control.get_data_access(**asked, DurationSeconds=900)
    assert reply["MatchedGrantTarget"] == "s3://acme-data/finance/eu/*"
    assert reply["Credentials"]["Expiration"] - datetime.now(UTC) <= timedelta(seconds=900)
    assert reply["MatchedInstanceArn"] == INSTANCE
    minimal = s3control.get_data_access(**asked, Privilege="Minimal", TargetType="Object")
    assert minimal["MatchedGrantTarget"] == asked["Target"]
    writing = s3control.get_data_access(**{**asked, "Permission": "WRITE"})
    assert writing["MatchedGrantTarget"] == "s3://acme-data/finance/*"
    assert refused(s3control.get_data_access, **{**asked, "Target": "s3://acme-logs/x"}) == ("AccessDenied", 403)
    analyst = connect(key="AKIAANALYST")
    by_group = analyst.get_data_access(AccountId=ACCOUNT, Target="s3://acme-logs/x*", Permission="WRITE")
    assert by_group["Grantee"] == {"GranteeType": "DIRECTORY_GROUP", "GranteeIdentifier": "group-1"}
    assert refused(analyst.get_data_access, **asked) == ("AccessDenied", 403)


def test_caller_grants(connect: Callable[..., Any]) -> None:
    """A caller sees its own grants, page by page with botocore's own paginator."""
    s3control = connect()
    pages = list(s3control.get_paginator("list_caller_access_grants").paginate(AccountId=ACCOUNT, MaxResults=1))
    scopes = [entry["GrantScope"] for page in pages for entry in page["CallerAccessGrantsList"]]
    assert scopes == ["s3://acme-data/finance/eu/*", "s3://acme-data/finance/*"]
    untied = s3control.list_caller_access_grants(AccountId=ACCOUNT, AllowedByApplication=True)
    assert [entry["ApplicationArn"] for entry in untied["CallerAccessGrantsList"]] == ["ALL"]
    everywhere = s3control.list_caller_access_grants(AccountId=ACCOUNT, InstanceScope="ALL")
    assert len(everywhere["CallerAccessGrantsList"]) == 2
    abroad = connect(region="eu-central-1")
    code = refused(abroad.list_caller_access_grants, AccountId=ACCOUNT)
    assert code == ("AccessGrantsInstanceNotExistsError", 404)
