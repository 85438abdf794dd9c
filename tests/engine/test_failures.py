"""Whatever keeps a lookup from reading is red, each with its own message, and never green."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT = "111122223333"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/AbC_-123"


def one(lookup: str) -> str:
    return f"from grantgate import *\n{lookup}\n"


GOOD = one('AccessGrantsLocation("finance", "good")')


@pytest.mark.parametrize(
    ("lookup", "property_", "told"),
    [
        pytest.param(
            'AccessGrantsLocation("x", "nobody-knows")',
            "accessGrantsLocationId",
            "no such location is registered (NoSuchAccessGrantsLocationError, HTTP 404, request ",
            id="missing location",
        ),
        pytest.param(
            'AccessGrantsLocation("x", "good", region="us-east-1")',
            "accessGrantsLocationId",
            "the account has no S3 Access Grants instance in this Region (AccessGrantsInstanceNotExistsError, HTTP 404",
            id="no instance",
        ),
        pytest.param(
            f'MultiRegionAccessPointOperation("x", "{TOKEN}")',
            "requestTokenArn",
            "AWS answers the same for a token that has expired (NoSuchAsyncRequest, HTTP 404",
            id="unknown token",
        ),
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


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param({"kind": "access-denied"}, "denied, which does not tell whether it exists", id="denied"),
        pytest.param({"kind": "throttle"}, "AWS throttled all 5 attempts (SlowDown, HTTP 503", id="throttled out"),
        pytest.param({"kind": "server-error"}, "AWS failed on all 5 attempts (InternalError, HTTP 500", id="5xx"),
        pytest.param(
            {"kind": "error", "status": 403, "code": "ExpiredToken", "message": "The provided token has expired."},
            "AWS does not accept the credentials (ExpiredToken, HTTP 403",
            id="expired credentials",
        ),
        pytest.param(
            {"kind": "error", "status": 403, "code": "RequestTimeTooSkewed", "message": "Too skewed"},
            "this machine's clock differs from AWS's (RequestTimeTooSkewed",
            id="clock",
        ),
        pytest.param(
            {"kind": "error", "status": 301, "code": "PermanentRedirect", "message": "Use another endpoint"},
            "S3 answers this call in another Region (PermanentRedirect, HTTP 301",
            id="another Region",
        ),
        pytest.param({"kind": "truncate"}, "the answer is not the XML that S3 sends", id="truncated body"),
        pytest.param({"kind": "reset"}, "no answer", id="connection reset"),
    ],
)
def test_an_answer_that_is_none_is_red(project: Project, fault: dict[str, Any], told: str) -> None:
    """Denied, throttled out, failing, expired, cut: each reads differently."""
    project.program(GOOD)
    project.aws.set_faults([{"operation": "GetAccessGrantsLocation", **fault}])

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "GetAccessGrantsLocation of 'good' in account 111122223333, Region eu-west-1" in ran.text
    assert told in ran.text
    assert ran.outcome("LKP-01") == {"FAIL"}
    assert "Traceback" not in ran.text


def test_a_short_throttle_is_waited_out(project: Project) -> None:
    """Two throttled attempts are retried, and the lookup reads."""
    project.program(GOOD)
    project.aws.set_faults([{"operation": "GetAccessGrantsLocation", "kind": "throttle", "times": 2}])

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    assert ran.outcome("LKP-01") == {"PASS"}


def test_a_dead_endpoint_is_named(project: Project) -> None:
    """Nothing listens: host and port are told, and what to check."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    project.program(one('AccessGrantsLocation("x", "good", account_id="111122223333")'))

    ran = project.pulumi("preview", AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")

    assert ran.code != 0
    assert f"127.0.0.1:{port} (EndpointConnectionError)" in ran.text
    assert "AWS_ENDPOINT_URL_S3_CONTROL" in ran.text


def test_missing_credentials_are_named(project: Project) -> None:
    """No credentials at all: what to set is told."""
    project.program(one('AccessGrantsLocation("x", "good", account_id="111122223333")'))

    ran = project.pulumi("preview", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    assert ran.code != 0
    assert "no usable AWS credentials (NoCredentialsError)" in ran.text
    assert "AWS_PROFILE" in ran.text


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


def test_a_role_that_may_not_be_assumed_is_named(project: Project) -> None:
    """A denied AssumeRole names the role."""
    project.aws.set_faults([{"operation": "AssumeRole", "kind": "access-denied"}])
    role = "arn:aws:iam::444455556666:role/gate-reader"
    project.program(one(f'AccessGrantsLocation("x", "theirs", assume_role_arn="{role}")'))

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert f"AssumeRole of '{role}': denied" in ran.text
