"""Clients nobody here wrote: boto3 and the AWS CLI through the proxy, and the AWS SDK for Go."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from grantgate_emulator.server import Emulator

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/TTFYWa3pckRXc5905vmgCyvw7nbsHgBa_-"
GO_CLIENT = Path(__file__).with_name("go_client")


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param("http://s3-control.eu-west-1.amazonaws.com", id="the real name"),
        pytest.param("http://localhost:{port}", id="account.localhost"),
    ],
)
def test_boto3_through_the_proxy(aws: Emulator, endpoint: str) -> None:
    """With a proxy in its configuration boto3 needs no hook."""
    client = boto3.client(
        "s3control",
        region_name="eu-west-1",
        endpoint_url=endpoint.format(port=aws.port),
        aws_access_key_id="AKIAUNKNOWN",
        aws_secret_access_key="secret",
        config=Config(proxies={"http": aws.url}),
    )
    reply = client.get_access_grants_location(AccountId=ACCOUNT, AccessGrantsLocationId="loc-finance")
    client.close()
    assert reply["IAMRoleArn"] == ROLE
    assert aws.journal()[0]["host"].startswith(f"{ACCOUNT}.")


def test_objects_through_the_proxy(aws: Emulator) -> None:
    """S3 itself is answered under its bucket's own host name, checksums and all."""
    client = boto3.client(
        "s3",
        region_name="eu-west-1",
        endpoint_url="http://s3.eu-west-1.amazonaws.com",
        aws_access_key_id="AKIAUNKNOWN",
        aws_secret_access_key="secret",
        config=Config(proxies={"http": aws.url}, s3={"addressing_style": "virtual"}),
    )
    client.create_bucket(Bucket="by-proxy", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client.put_object(Bucket="by-proxy", Key="a b/ü.txt", Body=b"content" * 1000)
    assert client.get_object(Bucket="by-proxy", Key="a b/ü.txt")["Body"].read() == b"content" * 1000
    assert client.head_object(Bucket="by-proxy", Key="a b/ü.txt")["ContentLength"] == 7000
    client.delete_object(Bucket="by-proxy", Key="a b/ü.txt")
    client.close()


@pytest.fixture
def aws_cli(aws: Emulator, tmp_path: Path) -> Any:
    """Return a runner of the AWS CLI in a Region, which gives the exit status and the reply or the message."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "AKIAUNKNOWN",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "HTTP_PROXY": aws.url,
        "http_proxy": aws.url,
    }

    def run(region: str, *arguments: str) -> tuple[int, Any]:
        endpoint = f"http://{'s3-control' if arguments[0] == 's3control' else arguments[0]}.{region}.amazonaws.com"
        command = [sys.executable, str(Path(sys.executable).with_name("aws")), *arguments]
        command += ["--endpoint-url", endpoint, "--region", region, "--output", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()

    return run


def test_aws_cli(aws_cli: Any) -> None:
    """The AWS CLI reads a location, an operation and an identity, and names the codes of errors."""
    of_account = ("--account-id", ACCOUNT)
    ask = ("s3control", "get-access-grants-location", *of_account, "--access-grants-location-id")
    status, location = aws_cli("eu-west-1", *ask, "loc-finance")
    assert (status, location["LocationScope"]) == (0, "s3://acme-data/finance/*")
    status, message = aws_cli("eu-west-1", *ask, "nowhere")
    assert status not in {0, 1}
    assert "(NoSuchAccessGrantsLocationError) when calling the GetAccessGrantsLocation operation" in message
    describe = ("s3control", "describe-multi-region-access-point-operation", *of_account, "--request-token-arn", TOKEN)
    status, reply = aws_cli("us-west-2", *describe)
    assert (status, reply["AsyncOperation"]["RequestStatus"]) == (0, "INPROGRESS")
    status, message = aws_cli("eu-west-1", *describe)
    assert "(PermanentRedirect)" in message
    status, identity = aws_cli("eu-west-1", "sts", "get-caller-identity")
    assert (status, identity["Account"]) == (0, ACCOUNT)


@pytest.fixture(scope="module")
def go_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the Go program against the exact versions of its go.sum."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not on PATH")
    program = tmp_path_factory.mktemp("go") / "go_client"
    built = subprocess.run(
        [go, "build", "-mod=readonly", "-o", str(program), "."],
        cwd=GO_CLIENT,
        env={**os.environ, "GOWORK": "off", "GOFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return program


def test_aws_sdk_for_go(aws: Emulator, go_client: Path) -> None:
    """The AWS SDK for Go understands the three lookups, pages, and the codes of errors."""
    done = subprocess.run(
        [str(go_client), aws.url, TOKEN], env={}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "locationScope": "s3://acme-data/finance/*",
        "roleArn": ROLE,
        "createdAt": "2026-02-03T04:05:06Z",
        "instanceArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default",
        "statuses": ["INPROGRESS", "SUCCEEDED"],
        "regions": ["eu-west-1=SUCCEEDED", "us-east-1=SUCCEEDED"],
        "missing": {"code": "NoSuchAccessGrantsLocationError", "status": 404},
        "wrongRegion": {"code": "PermanentRedirect", "status": 301},
        "unknown": {"code": "NotImplemented", "status": 501},
        "pages": 2,
    }
