"""The IAM role behind a location on the real engine: previewed, judged, drifted, refreshed, read by its ARN."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT, REGION, NAME = "111122223333", "eu-west-1", "finance-reader"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/{NAME}"
INSTANCE = f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "access-grants.s3.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": INSTANCE}},
        }
    ],
}
OPEN_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
OBJECTS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::acme-data-prod-finance/finance/*"],
            "Condition": {
                "StringEquals": {"aws:ResourceAccount": ACCOUNT},
                "ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE},
            },
        }
    ],
}
RULES = f"""
    version: 1
    organization:
      name: acme
      accounts: {{"{ACCOUNT}": {{name: data-prod}}}}
      regions: [{REGION}]
"""
PROGRAM = f"""
    import pulumi
    from grantgate import AccessGrantsLocationRole

    role = AccessGrantsLocationRole("finance-role", "{ROLE}")
    pulumi.export("trust", role.assume_role_policy)
    pulumi.export("attached", role.managed_policies.apply(lambda found: [one["policy_arn"] for one in found]))
    pulumi.export("hours", role.max_session_duration.apply(lambda seconds: seconds / 3600))
"""
READS = ["GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies", "GetPolicy", "GetPolicyVersion"]


@pytest.fixture
def role(project: Project) -> Project:
    """Give a project with a role in its AWS, and a program that looks it up."""
    roles = [
        {
            "name": NAME,
            "path": "/access-grants/",
            "trust": TRUST,
            "policies": {"objects": OBJECTS},
            "attached": [f"arn:aws:iam::{ACCOUNT}:policy/more-objects"],
            "createdAt": "2026-03-02T08:00:00Z",
        }
    ]
    project.seed(ACCOUNT, {"roles": roles, "policies": [{"name": "more-objects", "document": OBJECTS}]})
    project.write_rules(RULES)
    project.program(PROGRAM)
    return project


@pytest.fixture
def iam(role: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a client that changes the role behind the code's back."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIACANARYCANARYCANA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    client = boto3.client("iam", region_name="us-east-1", endpoint_url=role.aws.url)
    yield client
    client.close()


def operations(project: Project) -> list[str]:
    return [str(call["operation"]) for call in project.aws.journal()]


def test_a_preview_judges_what_iam_holds(role: Project) -> None:
    """Trust and permissions are judged before anything was ever deployed; the account is the ARN's."""
    ran = role.pulumi("preview")

    assert ran.code == 0, ran.text
    seen = ran.inputs("finance-role")
    assert (seen["arn"], seen["accountId"], seen["roleName"], seen["lookup"]) == (ROLE, ACCOUNT, NAME, "performed")
    assert json.loads(seen["assumeRolePolicy"]) == TRUST
    assert [json.loads(one["policy"]) for one in (*seen["inlinePolicies"], *seen["managedPolicies"])] == [OBJECTS] * 2
    for rule in ("LKP-01", "AGR-01", "AGR-02", "AGR-03"):
        assert ran.outcome(rule) == {"PASS"}, rule
    assert operations(role) == READS


def test_a_trust_that_somebody_opened(role: Project, iam: Any) -> None:
    """What somebody changed in IAM is a difference in the next preview, and breaks its rule."""
    first = role.pulumi("up")
    assert first.code == 0, first.text
    held = role.resources()
    assert held["finance-role"]["id"] == ROLE
    outputs = held["gated-prod"]["outputs"]
    assert (outputs["hours"], outputs["attached"]) == (1, [f"arn:aws:iam::{ACCOUNT}:policy/more-objects"])
    assert set(role.pulumi("preview").ops().values()) == {"same"}

    iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=json.dumps(OPEN_TRUST))
    ran = role.pulumi("preview", "--diff")

    assert ran.code != 0
    assert ran.ops()["finance-role"] == "update"
    assert "~ assumeRolePolicy" in ran.text
    assert ran.outcome("AGR-01") == {"FAIL"}


@pytest.mark.parametrize(
    ("operation", "about"),
    [
        pytest.param("GetRole", NAME, id="the role"),
        pytest.param("GetRolePolicy", f"{NAME}/objects", id="an inline policy"),
        pytest.param("GetPolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/more-objects v1", id="a managed policy"),
    ],
)
def test_what_cannot_be_read_is_red(role: Project, operation: str, about: str) -> None:
    """A denied call names the policy and the action; what a role may do is never judged by a part of it."""
    role.aws.set_faults([{"operation": operation, "kind": "access-denied"}])

    ran = role.pulumi("preview")

    assert ran.code != 0
    assert f"{operation} of '{about}' in account {ACCOUNT}" in ran.text
    assert f"iam:{operation}" in ran.text
    assert ran.outcome("LKP-01") == {"FAIL"}
    assert "PASS" not in {finding["outcome"] for finding in ran.findings}


def test_refresh_get_and_import(role: Project, iam: Any) -> None:
    """A refresh reads anew and forgets what is gone; the ARN says what to look up."""
    role.program(
        f"""
        import pulumi
        from grantgate import AccessGrantsLocationRole

        adopt = pulumi.ResourceOptions(import_="{ROLE}")
        AccessGrantsLocationRole("finance-role", "{ROLE}", opts=adopt)
        read = AccessGrantsLocationRole.get("read", "{ROLE}")
        pulumi.export("path", read.path)
        """
    )
    made = role.pulumi("up")
    assert made.code == 0, made.text
    assert role.resources()["gated-prod"]["outputs"]["path"] == "/access-grants/"

    iam.delete_role_policy(RoleName=NAME, PolicyName="objects")
    iam.detach_role_policy(RoleName=NAME, PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/more-objects")
    assert role.pulumi("refresh").code == 0
    assert role.resources()["finance-role"]["outputs"]["inlinePolicies"] == []
    iam.delete_role(RoleName=NAME)
    refreshed = role.pulumi("refresh")

    assert refreshed.code == 0, refreshed.text
    assert "finance-role" not in role.resources()


def test_the_role_behind_a_location(role: Project) -> None:
    """A lookup may name the role that another lookup found: it is known in a preview, and read in the same one."""
    role.program(
        """
        from grantgate import AccessGrantsLocation, AccessGrantsLocationRole

        location = AccessGrantsLocation("finance", "good")
        AccessGrantsLocationRole("behind", location.iam_role_arn)
        """
    )

    ran = role.pulumi("preview")

    assert ran.code == 0, ran.text
    assert (ran.inputs("behind")["arn"], ran.inputs("behind")["lookup"]) == (ROLE, "performed")
    assert ran.outcome("AGR-06") == {"PASS"}
