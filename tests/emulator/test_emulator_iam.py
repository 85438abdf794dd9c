"""IAM over boto3 as a seed says: roles with their trust, and every policy that hangs on them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import ClientError
from grantgate_emulator.seed import SeedError
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
OTHER = "444455556666"
OF_AWS = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/ag/finance-read"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "access-grants.s3.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT, "odd": "100%25 + <&>"}},
        }
    ],
}
READ = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-data/100%25 a+b"}}
FINANCE: dict[str, Any] = {
    "name": "finance",
    "path": "/ag/",
    "description": "for locations",
    "trust": TRUST,
    "policies": {f"inline-{number}": {"Statement": [], "Id": str(number)} for number in range(3)},
    "attached": [OWN, OF_AWS],
    "permissionsBoundary": OWN,
    "maxSessionDuration": 7200,
    "tags": {"owner": "finance"},
    "createdAt": "2026-02-03T04:05:06Z",
}
POLICIES: list[dict[str, Any]] = [
    {"name": "finance-read", "path": "/ag/", "versions": [READ, {"Id": "newer"}], "defaultVersion": 1},
    {"name": "plain", "document": READ},
]


def seed(**content: Any) -> dict[str, Any]:
    """Return a seed of one account with this IAM."""
    return {"credentials": {"AKIAOTHER": OTHER}, "accounts": {ACCOUNT: content}}


def roles(client: Any) -> list[str]:
    """Return the names of an account's roles."""
    return sorted(role["RoleName"] for role in client.list_roles()["Roles"])


@pytest.fixture
def iam(connect: Callable[..., Any], aws: Emulator) -> Any:
    """Return a client of an account with one role."""
    aws.seed(seed(roles=[FINANCE], policies=POLICIES))
    return connect("iam")


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Return the code and the HTTP status a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_role(iam: Any) -> None:
    """A role has everything the seed says of it, and an id that stays from run to run."""
    role = iam.get_role(RoleName="finance")["Role"]
    expected = {
        "Path": "/ag/",
        "RoleName": "finance",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/ag/finance",
        "CreateDate": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
        "AssumeRolePolicyDocument": TRUST,
        "Description": "for locations",
        "MaxSessionDuration": 7200,
        "Tags": [{"Key": "owner", "Value": "finance"}],
    }
    assert {name: role.get(name) for name in expected} == expected
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == OWN
    assert (role["RoleId"][:4], len(role["RoleId"])) == ("AROA", 21)
    assert iam.get_role(RoleName="finance")["Role"]["RoleId"] == role["RoleId"]


def test_inline_policies(iam: Any) -> None:
    """Inline policies are listed in pages and read one by one."""
    pages = list(iam.get_paginator("list_role_policies").paginate(RoleName="finance", PaginationConfig={"PageSize": 2}))
    assert [page["PolicyNames"] for page in pages] == [["inline-0", "inline-1"], ["inline-2"]]
    assert [page["IsTruncated"] for page in pages] == [True, False]
    assert iam.list_role_policies(RoleName="finance")["PolicyNames"] == ["inline-0", "inline-1", "inline-2"]
    document = iam.get_role_policy(RoleName="finance", PolicyName="inline-1")["PolicyDocument"]
    assert document == {"Statement": [], "Id": "1"}


def test_attached_policies(iam: Any) -> None:
    """Attached policies lead to documents: the default version of one's own, and of one that AWS manages."""
    pages = iam.get_paginator("list_attached_role_policies").paginate(
        RoleName="finance", PaginationConfig={"PageSize": 1}
    )
    arns = [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
    assert sorted(arns) == [OWN, OF_AWS]
    own = iam.get_policy(PolicyArn=OWN)["Policy"]
    assert (own["PolicyName"], own["Path"], own["DefaultVersionId"]) == ("finance-read", "/ag/", "v1")
    documents = [iam.get_policy_version(PolicyArn=OWN, VersionId=name)["PolicyVersion"] for name in ("v1", "v2")]
    assert [(version["Document"], version["IsDefaultVersion"]) for version in documents] == [
        (READ, True),
        ({"Id": "newer"}, False),
    ]
    of_aws = iam.get_policy(PolicyArn=OF_AWS)["Policy"]
    version = iam.get_policy_version(PolicyArn=OF_AWS, VersionId=of_aws["DefaultVersionId"])["PolicyVersion"]
    assert "s3:Get*" in version["Document"]["Statement"][0]["Action"]


@pytest.mark.parametrize(
    ("asked", "element", "document"),
    [
        ("Action=GetRole&RoleName=finance", "AssumeRolePolicyDocument", TRUST),
        (
            "Action=GetRolePolicy&RoleName=finance&PolicyName=inline-1",
            "PolicyDocument",
            FINANCE["policies"]["inline-1"],
        ),
        (f"Action=GetPolicyVersion&PolicyArn={OWN}&VersionId=v1", "Document", READ),
    ],
)
def test_documents_are_url_encoded(
    raw: Callable[..., Any], iam: Any, asked: str, element: str, document: dict[str, Any]
) -> None:
    """On the wire a document is URL-encoded JSON, as AWS sends it: a percent sign of its own survives."""
    assert iam
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/iam/aws4_request, SignedHeaders=host",
    }
    reply = raw("POST", "/", headers, f"{asked}&Version=2010-05-08")
    sent = ET.fromstring(reply.body).findtext(f".//{{*}}{element}")  # noqa: S314  # the emulator's own document
    assert sent is not None
    assert sent.startswith("%7B")
    assert json.loads(unquote(sent)) == document


def test_nobody_has_it(connect: Callable[..., Any], iam: Any) -> None:
    """What the account does not have is NoSuchEntity; another account has a role of its own, or none."""
    gone = ("NoSuchEntity", 404)
    assert refused(iam.get_role, RoleName="nobody") == gone
    assert refused(iam.list_role_policies, RoleName="nobody") == gone
    assert refused(iam.list_attached_role_policies, RoleName="nobody") == gone
    assert refused(iam.get_role_policy, RoleName="finance", PolicyName="nothing") == gone
    assert refused(iam.get_policy, PolicyArn=OWN + "-2") == gone
    assert refused(iam.get_policy_version, PolicyArn=OWN, VersionId="v9") == gone
    assert refused(connect("iam", key="AKIAOTHER").get_role, RoleName="finance") == gone


def test_a_role_of_another_account(connect: Callable[..., Any], aws: Emulator) -> None:
    """Whoever assumes a role in another account reads that account's roles."""
    content = seed(roles=[FINANCE], policies=POLICIES)
    content["accounts"][OTHER] = {"roles": [{"name": "finance", "trust": {}}, {"name": "reader", "trust": {}}]}
    aws.seed(content)
    sts = connect("sts")
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/reader", RoleSessionName="session")["Credentials"]
    role = connect("iam", key=keys["AccessKeyId"]).get_role(RoleName="finance")["Role"]
    assert role["Arn"] == f"arn:aws:iam::{OTHER}:role/finance"


def test_documents_nobody_would_accept(connect: Callable[..., Any], aws: Emulator) -> None:
    """A seed may hold what AWS refuses: text that is no policy, and shapes no policy has."""
    odd = {"name": "odd", "trust": "not a policy", "policies": {"p": "[1"}, "attached": [OWN]}
    aws.seed(seed(roles=[odd], policies=[{"name": "finance-read", "path": "/ag/", "document": "{}"}]))
    iam = connect("iam")
    assert unquote(iam.get_role(RoleName="odd")["Role"]["AssumeRolePolicyDocument"]) == "not a policy"
    assert unquote(iam.get_role_policy(RoleName="odd", PolicyName="p")["PolicyDocument"]) == "[1"
    assert iam.get_policy_version(PolicyArn=OWN, VersionId="v1")["PolicyVersion"]["Document"] == {}


def test_the_next_seed_takes_its_place(aws: Emulator, iam: Any) -> None:
    """Roles and policies of the seed before are gone; what clients have made stays."""
    iam.create_role(RoleName="made", AssumeRolePolicyDocument=json.dumps(TRUST))
    aws.seed(seed(roles=[{**FINANCE, "name": "risk", "attached": []}]))
    assert roles(iam) == ["made", "risk"]
    assert refused(iam.get_policy, PolicyArn=OWN) == ("NoSuchEntity", 404)
    aws.seed(seed())
    assert roles(iam) == ["made"]
    aws.reset()
    assert roles(iam) == []


def test_a_client_changes_a_seeded_role(aws: Emulator, iam: Any) -> None:
    """A seeded role is one like any other: it is changed over HTTP, and seeded anew it is as it was."""
    iam.update_assume_role_policy(RoleName="finance", PolicyDocument=json.dumps({**TRUST, "Id": "drifted"}))
    assert iam.get_role(RoleName="finance")["Role"]["AssumeRolePolicyDocument"]["Id"] == "drifted"
    iam.detach_role_policy(RoleName="finance", PolicyArn=OWN)
    iam.create_role(RoleName="plain", AssumeRolePolicyDocument=json.dumps(TRUST))
    aws.seed(seed(roles=[FINANCE, {"name": "plain", "trust": {}}], policies=POLICIES))
    assert iam.get_role(RoleName="finance")["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert iam.get_role(RoleName="plain")["Role"]["AssumeRolePolicyDocument"] == {}
    assert iam.get_policy(PolicyArn=OWN)["Policy"]["AttachmentCount"] == 1


def test_started_again(connect: Callable[..., Any]) -> None:
    """An emulator that is started again has its roles again, though stopping has emptied moto."""
    emulator = Emulator(seed(roles=[FINANCE], policies=POLICIES))
    iam = connect("iam")  # moto keeps one state per process, so that every emulator shows it
    for _ in range(2):
        with emulator:
            assert roles(iam) == ["finance"]
        assert roles(iam) == []


def test_faults_and_journal_know_the_role(aws: Emulator, iam: Any) -> None:
    """A form's names are in the journal, and a fault can be for one role or policy; nothing else of a form is told."""
    aws.set_faults([{"operation": "*", "kind": "throttle", "match": f"PolicyArn={OWN}"}])
    iam.get_role_policy(RoleName="finance", PolicyName="inline-1")
    assert refused(iam.get_policy, PolicyArn=OWN) == ("Throttling", 400)
    iam.get_policy(PolicyArn=OF_AWS)
    iam.create_user(UserName="user")
    iam.create_login_profile(UserName="user", Password="a-canary-password")
    assert [entry["subject"] for entry in aws.journal()] == [
        {"PolicyName": "inline-1", "RoleName": "finance"},
        {"PolicyArn": OWN},
        {"PolicyArn": OF_AWS},
        {},
        {},
    ]
    assert "a-canary-password" not in str(aws.journal())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            {"roles": [{"name": "a", "trust": {}}, {"name": "A", "trust": {}}]},
            rf"accounts.{ACCOUNT}.roles\[1\].name: 'A' must be given once",
            id="a role twice",
        ),
        pytest.param(
            {"roles": [{"name": "a", "trust": {}, "attached": [OWN]}]},
            rf"roles\[0\].attached\[0\]: '{OWN}' must be a policy of the account or one that AWS manages",
            id="a policy nobody has",
        ),
        pytest.param(
            {"roles": [{"name": "a", "trust": {}, "attached": ["arn:aws:iam::aws:policy/AmazonS3"]}]},
            "must be a policy of the account or one that AWS manages",
            id="a policy AWS does not have",
        ),
        pytest.param(
            {"policies": [POLICIES[1], POLICIES[1]]}, r"\[1\].name: 'plain' must be given", id="a policy twice"
        ),
        pytest.param(
            {"policies": [{**POLICIES[0], "defaultVersion": 3}]}, "defaultVersion: 3 must be at most 2", id="no version"
        ),
        pytest.param({"policies": [{"name": "a"}]}, "needs the key 'document', or", id="no document"),
        pytest.param(
            {"policies": [{"name": "a", "document": {}, "versions": [{}]}]}, "not both", id="document and versions"
        ),
        pytest.param({"roles": [{"name": "a"}]}, "needs the key 'trust'", id="no trust"),
        pytest.param({"roles": [{"name": "a b", "trust": {}}]}, 'name: "a b" must match', id="an impossible name"),
    ],
)
def test_mistakes(aws: Emulator, iam: Any, content: dict[str, Any], message: str) -> None:
    """What cannot be meant is a SeedError with its place, and leaves everything as it was."""
    with pytest.raises(SeedError, match=message):
        aws.seed(seed(**content))
    assert iam.get_role(RoleName="finance")["Role"]["AssumeRolePolicyDocument"] == TRUST
