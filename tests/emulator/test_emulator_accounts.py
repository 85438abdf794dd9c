"""Whose account a request acts for: access keys, assumed roles, other accounts' instances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from grantgate_emulator import policy
from grantgate_emulator.calls import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_emulator.server import Emulator

ACCOUNT = "111122223333"
OTHER = "444455556666"
STRANGER = "777788889999"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Return the code and the HTTP status a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("key", "account", "arn"),
    [
        ("AKIAUNKNOWN", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/grantgate"),
        ("AKIAOTHER", OTHER, f"arn:aws:iam::{OTHER}:user/grantgate"),
        ("AKIAANALYST", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/analyst/grantgate"),
    ],
)
def test_caller_identity(connect: Callable[..., Any], key: str, account: str, arn: str) -> None:
    """The seed says whose an access key id is; unknown keys are the default account's."""
    shown = connect("sts", key=key).get_caller_identity()
    assert (shown["Account"], shown["Arn"]) == (account, arn)
    assert shown["UserId"]


def test_default_account(connect: Callable[..., Any], aws: Emulator) -> None:
    aws.seed({"defaultAccount": STRANGER})
    assert connect("sts").get_caller_identity()["Account"] == STRANGER


def test_assumed_role(connect: Callable[..., Any]) -> None:
    """A role's credentials act for the role's account, in STS and in S3 Control."""
    sts = connect("sts")
    role = sts.assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/reader", RoleSessionName="session")
    key = role["Credentials"]["AccessKeyId"]
    assert connect("sts", key=key).get_caller_identity()["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/reader/session"
    shown = connect(key=key).get_access_grants_instance(AccountId=OTHER)
    assert shown["AccessGrantsInstanceArn"].split(":")[4] == OTHER
    assert refused(connect(key=key).get_access_grants_instance, AccountId=ACCOUNT) == ("AccessDenied", 403)


def test_iam_roles_are_kept_per_account(connect: Callable[..., Any]) -> None:
    """What moto answers acts for the same account as what it does not."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    connect("iam", key="AKIAOTHER").create_role(RoleName="reader", AssumeRolePolicyDocument=trust)
    assert connect("iam", key="AKIAOTHER").get_role(RoleName="reader")["Role"]["Arn"].split(":")[4] == OTHER
    assert refused(connect("iam").get_role, RoleName="reader") == ("NoSuchEntity", 404)


@pytest.mark.parametrize(
    ("key", "requester", "prefix", "expected"),
    [
        pytest.param("AKIAUNKNOWN", ACCOUNT, "s3://acme-data/x", ACCOUNT, id="own bucket"),
        pytest.param("AKIAUNKNOWN", ACCOUNT, "s3://unheard-of/x", ACCOUNT, id="nobody's bucket counts as own"),
        pytest.param("AKIAOTHER", OTHER, "s3://acme-data/x", ACCOUNT, id="opened by the resource policy"),
        pytest.param("AKIAUNKNOWN", ACCOUNT, "s3://other-data/x", OTHER, id="shared by RAM"),
        pytest.param("AKIASTRANGER", STRANGER, "s3://acme-data/x", ("AccessDenied", 403), id="not opened"),
        pytest.param("AKIAOTHER", OTHER, "s3://stranger-data/x", ("AccessDenied", 403), id="owner without an instance"),
        pytest.param("AKIAUNKNOWN", OTHER, "s3://acme-data/x", ("AccessDenied", 403), id="asking for somebody else"),
        pytest.param(
            "AKIAUNKNOWN",
            ACCOUNT,
            "s3://acme-data-us/x",
            ("AccessGrantsInstanceNotExistsError", 404),
            id="other Region",
        ),
        pytest.param(
            "AKIASTRANGER", STRANGER, "s3://unheard-of/x", ("AccessGrantsInstanceNotExistsError", 404), id="no instance"
        ),
        pytest.param("AKIAUNKNOWN", ACCOUNT, "acme-data/x", ("InvalidRequest", 400), id="no scheme"),
    ],
)
def test_instance_for_prefix(
    connect: Callable[..., Any], key: str, requester: str, prefix: str, expected: str | tuple[str, int]
) -> None:
    """The account asks for itself; the answer names the owner of the bucket."""
    call = connect(key=key).get_access_grants_instance_for_prefix
    if isinstance(expected, tuple):
        assert refused(call, AccountId=requester, S3Prefix=prefix) == expected
        return
    reply = call(AccountId=requester, S3Prefix=prefix)
    assert reply["AccessGrantsInstanceArn"] == f"arn:aws:s3:eu-west-1:{expected}:access-grants/default"
    assert reply["AccessGrantsInstanceId"] == "default"


def test_buckets_made_through_s3_have_owners(connect: Callable[..., Any]) -> None:
    """A bucket another account has made in S3 leads to that account's instance."""
    constraint = {"LocationConstraint": "eu-west-1"}
    connect("s3", key="AKIAOTHER").create_bucket(Bucket="made-by-other", CreateBucketConfiguration=constraint)
    reply = connect().get_access_grants_instance_for_prefix(AccountId=ACCOUNT, S3Prefix="s3://made-by-other/x")
    assert reply["AccessGrantsInstanceArn"].split(":")[4] == OTHER


def test_what_a_policy_opens(connect: Callable[..., Any]) -> None:
    """Lists can be opened to another account; lookups by id cannot."""
    other = connect(key="AKIAOTHER")
    assert other.list_access_grants_locations(AccountId=ACCOUNT)["AccessGrantsLocationsList"]
    ask = {"AccountId": ACCOUNT, "AccessGrantsLocationId": "loc-finance"}
    assert refused(other.get_access_grants_location, **ask) == ("AccessDenied", 403)
    assert refused(connect(key="AKIASTRANGER").list_access_grants, AccountId=ACCOUNT) == ("AccessDenied", 403)


def test_shared_instances_are_listed(connect: Callable[..., Any]) -> None:
    """An account sees its own instance first, then those shared with it by RAM."""
    listed = connect().list_access_grants_instances(AccountId=ACCOUNT)["AccessGrantsInstancesList"]
    assert [entry["AccessGrantsInstanceArn"].split(":")[4] for entry in listed] == [ACCOUNT, OTHER]
    alone = connect(key="AKIAOTHER").list_access_grants_instances(AccountId=OTHER)["AccessGrantsInstancesList"]
    assert len(alone) == 1


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_partitions(connect: Callable[..., Any], region: str) -> None:
    """ARNs carry the partition of their Region."""
    partition = {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}[region]
    s3control = connect(region=region)
    assert (
        s3control.create_access_grants_instance(AccountId=ACCOUNT)["AccessGrantsInstanceArn"].split(":")[1] == partition
    )
    role = f"arn:{partition}:iam::{ACCOUNT}:role/r"
    made = s3control.create_access_grants_location(AccountId=ACCOUNT, LocationScope="s3://b-1", IAMRoleArn=role)
    assert made["AccessGrantsLocationArn"].startswith(f"arn:{partition}:s3:{region}:{ACCOUNT}:access-grants/default/")


def test_state_is_kept_per_region(connect: Callable[..., Any]) -> None:
    code = refused(connect(region="eu-west-2").get_access_grants_instance, AccountId=ACCOUNT)
    assert code == ("AccessGrantsInstanceNotExistsError", 404)


def test_unsigned_requests_are_refused(raw: Callable[..., Any]) -> None:
    reply = raw("GET", "/v20180820/accessgrantsinstance", {"Authorization": ""})
    assert (reply.status, b"<Code>AccessDenied</Code>" in reply.body) == (403, True)
    reply = raw("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {"Authorization": ""})
    assert (reply.status, b"<Code>MissingAuthenticationToken</Code>" in reply.body) == (403, True)


def test_web_identity_is_unsigned(connect: Callable[..., Any]) -> None:
    """STS's unsigned calls are answered too."""
    sts = connect("sts", signature_version=UNSIGNED)
    role = {"RoleArn": f"arn:aws:iam::{OTHER}:role/web", "RoleSessionName": "session", "WebIdentityToken": "token"}
    key = sts.assume_role_with_web_identity(**role)["Credentials"]["AccessKeyId"]
    assert connect("sts", key=key).get_caller_identity()["Account"] == OTHER


@pytest.mark.parametrize("service", ["sns", "lambda", "events"])
def test_other_services_are_named(connect: Callable[..., Any], service: str) -> None:
    """Services outside the list could reach out of this machine; they say that they are not there."""
    call = {"sns": "list_topics", "lambda": "list_functions", "events": "list_rules"}[service]
    code, status = refused(getattr(connect(service), call))
    assert (code, status) == ("NotImplemented", 501)


READER = Caller("AKIA", OTHER, f"arn:aws:iam::{OTHER}:role/reader")


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        pytest.param([{"Principal": "*"}], True, id="everyone"),
        pytest.param([{"Principal": {"AWS": "*"}}], True, id="every AWS account"),
        pytest.param([{"Principal": {"AWS": OTHER}}], True, id="the account by number"),
        pytest.param([{"Principal": {"AWS": [ACCOUNT, READER.arn]}}], True, id="the role itself"),
        pytest.param([{"Principal": {"AWS": ACCOUNT}}], False, id="another account"),
        pytest.param([{"Principal": {"Service": "x.amazonaws.com"}}], False, id="a service"),
        pytest.param([{"Action": "s3:list*"}], True, id="letter case and wildcards in actions"),
        pytest.param([{"Action": ["s3:GetDataAccess"]}], False, id="another action"),
        pytest.param([{"Resource": INSTANCE.replace("default", "*")}], True, id="a wildcard resource"),
        pytest.param([{"Resource": "arn:aws:s3:::bucket"}], False, id="another resource"),
        pytest.param([{}, {"Effect": "Deny"}], False, id="a denial beats an allowance"),
        pytest.param([{"Condition": {"StringEquals": {"AWS:PrincipalAccount": OTHER}}}], True, id="a condition holds"),
        pytest.param([{"Condition": {"ArnLike": {"aws:PrincipalArn": ["*:role/r*"]}}}], True, id="an ARN pattern"),
        pytest.param([{"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-x"}}}], False, id="an unknown key"),
        pytest.param([{"Condition": {"Bool": {"aws:PrincipalAccount": OTHER}}}], False, id="an unknown operator"),
        pytest.param([{"Principal": None, "NotPrincipal": {"AWS": ACCOUNT}}], False, id="NotPrincipal"),
    ],
)
def test_policy_evaluation(statements: list[dict[str, Any]], allowed: bool) -> None:  # noqa: FBT001  # an expectation
    base = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListAccessGrants"}
    document = json.dumps({"Statement": [{**base, **statement} for statement in statements]})
    assert policy.allows(document, READER, "s3:ListAccessGrants", INSTANCE) is allowed
