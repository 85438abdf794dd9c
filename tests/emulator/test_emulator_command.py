"""What `grantgate emulator` prints, pasted into a shell: the AWS CLI, boto3 and grantgate's lookups reach it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "111122223333"
SCOPE = "s3://acme-data/finance/*"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/a-token"
SEED = {
    "accounts": {
        ACCOUNT: {
            "regions": {
                "eu-west-1": {
                    "instance": {},
                    "buckets": ["acme-data"],
                    "locations": [
                        {"id": "loc-finance", "scope": SCOPE, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/finance"}
                    ],
                }
            },
            "operations": [
                {
                    "token": TOKEN,
                    "operation": "CreateMultiRegionAccessPoint",
                    "name": "acme-global",
                    "regions": [{"bucket": "acme-data"}],
                    "timeline": ["INPROGRESS"],
                }
            ],
        }
    }
}
README = Path(__file__).parents[2] / "README.md"

BOTO3 = f"""
import boto3, json
location = boto3.client("s3control").get_access_grants_location(
    AccountId="{ACCOUNT}", AccessGrantsLocationId="loc-finance"
)
identity = boto3.client("sts").get_caller_identity()
s3 = boto3.client("s3")
s3.create_bucket(Bucket="by-paste", CreateBucketConfiguration={{"LocationConstraint": "eu-west-1"}})
s3.put_object(Bucket="by-paste", Key="k", Body=b"content")
print(json.dumps({{
    "scope": location["LocationScope"],
    "account": identity["Account"],
    "object": s3.get_object(Bucket="by-paste", Key="k")["Body"].read().decode(),
    "users": boto3.client("iam").list_users()["Users"],
}}))
"""
LOOKUP = f"""
import json
from grantgate.calls.clients import Clients, Connection
clients, connection = Clients(), Connection("eu-west-1")
location = clients.s3control(connection).get_access_grants_location(
    AccountId="{ACCOUNT}", AccessGrantsLocationId="loc-finance"
)
print(json.dumps({{"scope": location["LocationScope"], "account": clients.caller_account(connection)}}))
"""


class Started(NamedTuple):
    """A running emulator: its address, and the lines it tells people to paste."""

    url: str
    lines: str


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Run the command as a process, with a seed, on a free port."""
    seed = tmp_path_factory.mktemp("seed") / "seed.json"
    seed.write_text(json.dumps(SEED))
    command = [sys.executable, "-m", "grantgate_policies", "emulator", "--port", "0", "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        said = list(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
        yield Started(url, "".join(line for line in said if line.startswith("  export ")))
        process.terminate()


def pasted(lines: str, home: Path, *command: str) -> Any:
    """Paste lines into a shell that knows nothing of AWS, run a command of ours there, and return its JSON."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    shell = ["sh", "-c", f'{lines}\nexec "$@"', "sh", sys.executable, *command]
    done = subprocess.run(shell, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        pytest.param(
            f"s3control get-access-grants-location --account-id {ACCOUNT} --access-grants-location-id loc-finance",
            "LocationScope",
            SCOPE,
            id="a location",
        ),
        pytest.param("sts get-caller-identity", "Account", ACCOUNT, id="an identity"),
        pytest.param(
            f"s3control describe-multi-region-access-point-operation --account-id {ACCOUNT} "
            f"--request-token-arn {TOKEN} --region us-west-2 --query AsyncOperation",
            "RequestStatus",
            "INPROGRESS",
            id="a request, in another Region than the lines name",
        ),
    ],
)
def test_aws_cli_after_pasting(started: Started, tmp_path: Path, arguments: str, key: str, value: str) -> None:
    """The AWS CLI needs the printed lines and nothing else."""
    program = str(Path(sys.executable).with_name("aws"))

    assert pasted(started.lines, tmp_path, program, *arguments.split())[key] == value


def test_boto3_after_pasting(started: Started, tmp_path: Path) -> None:
    """A boto3 program needs the printed lines and no argument: S3 Control, STS, S3 and IAM all answer."""
    reply = pasted(started.lines, tmp_path, "-c", BOTO3)

    assert reply == {"scope": SCOPE, "account": ACCOUNT, "object": "content", "users": []}


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(None, id="the printed lines"),
        pytest.param("export AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID=k AWS_SECRET_ACCESS_KEY=s", id="the bare address"),
    ],
)
def test_lookups_after_pasting(started: Started, tmp_path: Path, lines: str | None) -> None:
    """The lookups of grantgate are content with the printed lines, and with the bare address too."""
    chosen = started.lines if lines is None else lines.format(started.url)

    assert pasted(chosen, tmp_path, "-c", LOOKUP) == {"scope": SCOPE, "account": ACCOUNT}


def test_readme_shows_the_lines(started: Started) -> None:
    """README shows the same lines, for the port that is the default."""
    lines = textwrap.dedent(started.lines).replace(started.url, "http://127.0.0.1:4566")

    assert f"```sh\n{lines}```\n" in README.read_text(encoding="utf-8")
