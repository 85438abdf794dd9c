"""Inputs that cannot be meant are named on their own property; what goes wrong with AWS is in docs/faults.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT = "111122223333"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/AbC_-123"


def one(lookup: str) -> str:
    return f"from grantgate import *\n{lookup}\n"


@pytest.mark.parametrize(
    ("lookup", "property_", "told"),
    [
        pytest.param(
            'AccessGrantsLocation("x", "good/../../etc")',
            "accessGrantsLocationId",
            "'good/../../etc' is not a location id of 1 to 64 letters, digits and hyphens",
            id="bad id",
        ),
        pytest.param(
            'AccessGrantsLocation("x", "good", account_id="evil.example")',
            "accountId",
            "'evil.example' is not an AWS account id of 12 digits",
            id="bad account",
        ),
        pytest.param(
            'AccessGrantsLocation("x", "good", region="eu-west-1.evil.example/")',
            "region",
            "is not a Region name such as 'eu-west-1'",
            id="bad region",
        ),
        pytest.param(
            'AccessGrantsInstanceForPrefix("x", "finance/")',
            "s3Prefix",
            "'finance/' is not an S3 URI such as 's3://bucket/prefix/'",
            id="bad prefix",
        ),
        pytest.param(
            'MultiRegionAccessPointOperation("x", "arn:aws:s3:eu-west-1:111122223333:async-request/mrap/create/A")',
            "requestTokenArn",
            "the token's Region is 'eu-west-1'; Multi-Region Access Point requests live in 'us-west-2'",
            id="token of another Region",
        ),
        pytest.param(
            f'MultiRegionAccessPointOperation("x", "{TOKEN}", account_id="444455556666")',
            "accountId",
            f"'444455556666' is not the token's account '{ACCOUNT}'",
            id="token of another account",
        ),
        pytest.param(
            'AccessGrantsLocation("x", "good", assume_role_arn="arn:aws:sts::111122223333:assumed-role/a/b")',
            "assumeRoleArn",
            "is not an IAM role ARN such as 'arn:aws:iam::111122223333:role/name'",
            id="a session where a role belongs",
        ),
    ],
)
def test_what_is_wrong_is_named_on_its_own_property(project: Project, lookup: str, property_: str, told: str) -> None:
    """A fault is a failure of the property that has it, and the rule that lookups look fails as well."""
    project.program(one(lookup))

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert f"property {property_} " in ran.text
    assert told in ran.text
    assert ran.outcome("LKP-01") == {"FAIL"}
    assert "PASS" not in {finding["outcome"] for finding in ran.findings}
    assert "Traceback" not in ran.text


def test_several_faults_are_told_together(project: Project) -> None:
    """Each fault stands on its own property, all in one run."""
    project.program(one('AccessGrantsLocation("x", "a/b", account_id="12", region="nowhere")'))

    ran = project.pulumi("preview")

    for property_ in ("accessGrantsLocationId", "accountId", "region"):
        assert f"property {property_} value" in ran.text


def test_an_assumed_role_reads_another_account(project: Project) -> None:
    """An assumed role reaches another account, which is told from the role without a call."""
    location = {
        "id": "theirs",
        "scope": "s3://acme-other/x/*",
        "roleArn": "arn:aws:iam::444455556666:role/access-grants/x-reader",
    }
    project.seed("444455556666", {"regions": {"eu-west-1": {"instance": {}, "locations": [location]}}})
    role = "arn:aws:iam::444455556666:role/gate-reader"
    project.program(one(f'AccessGrantsLocation("x", "theirs", assume_role_arn="{role}")'))

    ran = project.pulumi("preview")

    assert ran.inputs("x")["accountId"] == "444455556666"
    assert ran.inputs("x")["lookup"] == "performed"
    assert [call["operation"] for call in project.aws.journal()] == ["AssumeRole", "GetAccessGrantsLocation"]
