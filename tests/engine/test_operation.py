"""Multi-Region Access Point requests on the real engine: running, failed, succeeded, expired, awaited."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/AbC_-123"
ERROR = {"code": "NoSuchBucket", "message": "The specified bucket does not exist", "resource": "b", "requestId": "R1"}


def program(more: str = "") -> str:
    return f"""
        from grantgate import MultiRegionAccessPointOperation
        MultiRegionAccessPointOperation("operation", "{TOKEN}"{more})
    """


def seed(project: Project, **operation: Any) -> None:
    entry = {
        "token": TOKEN,
        "operation": "CreateMultiRegionAccessPoint",
        "name": "acme-global",
        "createdAt": "2026-11-20T21:10:00Z",
        "regions": [{"bucket": "acme-data-prod-finance", "region": "eu-west-1", "bucketAccountId": ACCOUNT}],
        **operation,
    }
    project.seed(ACCOUNT, {"operations": [entry]})


def just_now() -> str:
    """Give a time at which a request that still runs is none that runs too long."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_succeeded_passes_with_every_member(project: Project) -> None:
    """Every documented member reaches the policies, with a normalised state beside S3's own word."""
    seed(project, timeline=["SUCCEEDED"], regionStatuses={"eu-west-1": "SUCCEEDED"})
    project.program(program())

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    assert ran.outcome("ASY-01") == {"PASS"}
    seen = ran.inputs("operation")
    assert seen["operation"] == "CreateMultiRegionAccessPoint"
    assert seen["creationTime"] == "2026-11-20T21:10:00Z"
    assert (seen["requestStatus"], seen["state"]) == ("SUCCEEDED", "SUCCEEDED")
    assert seen["regions"] == [{"name": "eu-west-1", "requestStatus": "SUCCEEDED"}]
    assert (seen["failedRegions"], seen["tokenExpired"]) == ([], False)
    assert (seen["accountId"], seen["region"]) == (ACCOUNT, "us-west-2")
    assert seen["requestParameters"] == {
        "createMultiRegionAccessPointRequest": {
            "name": "acme-global",
            "publicAccessBlock": {
                "blockPublicAcls": True,
                "ignorePublicAcls": True,
                "blockPublicPolicy": True,
                "restrictPublicBuckets": True,
            },
            "regions": [{"bucket": "acme-data-prod-finance", "bucketAccountId": ACCOUNT}],
        }
    }


def test_failed_fails_with_the_code(project: Project) -> None:
    """A failed request names Region, code and message."""
    seed(project, timeline=["FAILED"], regionStatuses={"eu-west-1": "FAILED"}, error=ERROR)
    project.program(program())

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert ran.outcome("ASY-01") == {"FAIL"}
    assert "the request FAILED in eu-west-1: NoSuchBucket: The specified bucket does not exist" in ran.text
    assert ran.inputs("operation")["errorDetails"] == ERROR


def test_in_progress_is_unknown(project: Project) -> None:
    """A running request is neither passed nor failed; by default it may not pass."""
    seed(project, timeline=["INPROGRESS"], createdAt=just_now())
    project.program(program())

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert ran.outcome("ASY-01") == {"UNKNOWN"}
    assert ran.inputs("operation")["state"] == "IN_PROGRESS"
    assert ran.inputs("operation")["requestStatus"] == "INPROGRESS"


def test_in_progress_for_too_long_fails(project: Project) -> None:
    """A request that has run for longer than the rules file lets it is a failure that says for how long."""
    seed(project, timeline=["INPROGRESS"])
    project.program(program())

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert ran.outcome("ASY-01") == {"FAIL"}
    assert "the request has been INPROGRESS for " in ran.text


def test_a_word_that_s3_never_gave_is_unknown(project: Project) -> None:
    """An undocumented status is kept as it is, and is not terminal."""
    seed(project, timeline=["COMPLETED"])
    project.program(program())

    ran = project.pulumi("preview")

    assert ran.outcome("ASY-01") == {"UNKNOWN"}
    assert ran.inputs("operation")["requestStatus"] == "COMPLETED"
    assert "the status 'COMPLETED' is none that S3 is known to give" in ran.text


def test_wait_reads_until_the_end_and_tells_progress(project: Project) -> None:
    """With wait the lookup polls; each poll is told."""
    seed(project, timeline=["INPROGRESS", "INPROGRESS", "SUCCEEDED"])
    project.program(program(", wait=True, wait_poll_seconds=1, wait_timeout_seconds=60"))

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    assert ran.inputs("operation")["state"] == "SUCCEEDED"
    assert f"waiting for {TOKEN}: INPROGRESS after " in ran.text
    assert len(project.aws.journal()) == 3


def test_wait_ends_at_once_when_the_request_failed(project: Project) -> None:
    """A failed request is not waited for until the time is over."""
    seed(project, timeline=["INPROGRESS", "FAILED"], regionStatuses={"eu-west-1": "FAILED"}, error=ERROR)
    project.program(program(", wait=True, wait_poll_seconds=1, wait_timeout_seconds=3600"))

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "the operation FAILED: NoSuchBucket: The specified bucket does not exist" in ran.text


def test_wait_has_an_end(project: Project) -> None:
    """A request that never ends is given up on, and said so."""
    seed(project, timeline=["INPROGRESS"])
    project.program(program(", wait=True, wait_poll_seconds=1, wait_timeout_seconds=2"))

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "still 'INPROGRESS' at the last read within 2 s" in ran.text


def test_a_terminal_state_outlives_the_token(project: Project) -> None:
    """Once SUCCEEDED is in the state, an expired token changes nothing, on refresh or in the next preview."""
    seed(project, timeline=["SUCCEEDED"], regionStatuses={"eu-west-1": "SUCCEEDED"})
    project.program(program())
    assert project.pulumi("up").code == 0

    project.aws.reset()
    refreshed = project.pulumi("refresh")
    assert refreshed.code == 0, refreshed.text
    kept = project.resources()["operation"]["outputs"]
    assert (kept["state"], kept["tokenExpired"]) == ("SUCCEEDED", True)

    ran = project.pulumi("preview")
    assert ran.code == 0, ran.text
    assert ran.outcome("ASY-01") == {"PASS"}


def test_a_kept_answer_is_told_with_its_time(project: Project) -> None:
    """The stack's configuration bounds how old it may be; a green run says of when it is, and that S3 forgot it."""
    seed(project, timeline=["SUCCEEDED"], regionStatuses={"eu-west-1": "SUCCEEDED"})
    shutil.copy(ROOT / "__main__.py", project.folder / "__main__.py")
    request = {"token": TOKEN, "maxAgeSeconds": 86400, "wait": True}
    config = {"grantgate:lookups": [{"operations": [request]}]}
    (project.folder / "Pulumi.prod.yaml").write_text(json.dumps({"config": config}))
    up = project.pulumi("up")
    assert up.code == 0, up.text
    name = f"operation-{ACCOUNT}-create-AbC_-123"
    read_at = project.resources()[name]["inputs"]["readAt"]

    project.aws.reset()
    command = ("preview", "--policy-pack", str(ROOT / "policies"), "--json", "--no-progress")
    done = project.run(str(Path(sys.executable).with_name("grantgate")), *command)

    assert done.returncode == 0, done.stdout + done.stderr
    answer = f"{name!r} (SUCCEEDED, read at {read_at}, maxAgeSeconds 86400)"
    notice = f"S3 no longer knows 1 request, whose kept answer is judged: {answer}"
    assert notice in json.loads(done.stdout)["notices"]


def test_a_token_that_expired_before_its_end_was_seen_is_red(project: Project) -> None:
    """A request that was last seen running is not taken for finished."""
    seed(project, timeline=["INPROGRESS"], createdAt=just_now())
    project.write_rules(
        """
        version: 1
        organization: {name: acme, accounts: {"111122223333": {name: data-prod}}}
        rules: {operation-succeeded: {onUnknown: warn}}
        """
    )
    project.program(program())
    up = project.pulumi("up")
    assert up.code == 0, up.text

    project.aws.reset()
    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "NoSuchAsyncRequest" in ran.text


def test_the_stack_region_plays_no_part(project: Project) -> None:
    """Requests are asked for in us-west-2, whatever the stack's Region."""
    seed(project, timeline=["SUCCEEDED"], regionStatuses={"eu-west-1": "SUCCEEDED"})
    project.program(program())

    ran = project.pulumi("preview", "--config", "aws:region=ap-southeast-2")

    assert ran.code == 0, ran.text
    assert [call["region"] for call in project.aws.journal()] == ["us-west-2"]
