"""An emulator for the tests of this folder, and ways to reach it with clients nobody here wrote."""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = "111122223333"
OTHER = "444455556666"
STRANGER = "777788889999"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/TTFYWa3pckRXc5905vmgCyvw7nbsHgBa_-"
FAILING = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/failing"

OPEN_TO_OTHER = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
            "Action": ["s3:GetAccessGrantsInstanceForPrefix", "s3:ListAccessGrants*"],
            "Resource": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default",
        }
    ],
}

SEED: dict[str, Any] = {
    "credentials": {
        "AKIAOTHER": OTHER,
        "AKIASTRANGER": STRANGER,
        "AKIAANALYST": {
            "account": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:role/analyst",
            "directoryUser": "user-1",
            "directoryGroups": ["group-1"],
        },
    },
    "accounts": {
        ACCOUNT: {
            "regions": {
                "eu-west-1": {
                    "instance": {
                        "identityCenterArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef",
                        "resourcePolicy": OPEN_TO_OTHER,
                        "organization": "o-a1b2c3d4e5",
                        "tags": {"team": "data"},
                    },
                    "buckets": ["acme-data", "acme-logs"],
                    "locations": [
                        {
                            "id": "loc-finance",
                            "scope": "s3://acme-data/finance/*",
                            "roleArn": ROLE,
                            "createdAt": "2026-02-03T04:05:06Z",
                            "tags": {"owner": "finance"},
                        },
                        {"id": "loc-logs", "scope": "s3://acme-logs", "roleArn": ROLE},
                        {"scope": "s3://", "roleArn": ROLE},
                    ],
                    "grants": [
                        {
                            "id": "grant-1",
                            "locationId": "loc-finance",
                            "subPrefix": "eu/",
                            "permission": "READ",
                            "grantee": {"type": "IAM", "identifier": f"arn:aws:iam::{ACCOUNT}:user/grantgate"},
                            "applicationArn": f"arn:aws:sso::{ACCOUNT}:application/ssoins-1/apl-1",
                        },
                        {
                            "locationId": "loc-finance",
                            "permission": "READWRITE",
                            "grantee": {"type": "IAM", "identifier": f"arn:aws:iam::{ACCOUNT}:user/grantgate"},
                        },
                        {
                            "locationId": "loc-logs",
                            "permission": "WRITE",
                            "grantee": {"type": "DIRECTORY_GROUP", "identifier": "group-1"},
                        },
                    ],
                },
                "us-east-1": {"instance": {}, "buckets": ["acme-data-us"]},
                "us-west-2": {"buckets": ["acme-data-west"]},
            },
            "operations": [
                {
                    "token": TOKEN,
                    "operation": "CreateMultiRegionAccessPoint",
                    "name": "acme-global",
                    "regions": [{"bucket": "acme-data"}, {"bucket": "acme-data-us"}],
                    "timeline": ["INPROGRESS", "SUCCEEDED"],
                },
                {
                    "token": FAILING,
                    "operation": "CreateMultiRegionAccessPoint",
                    "name": "acme-failing",
                    "regions": [{"bucket": "acme-data"}, {"bucket": "acme-data-us"}],
                    "regionStatuses": {"eu-west-1": "SUCCEEDED", "us-east-1": "FAILED"},
                    "error": {"code": "NoSuchBucket", "message": "gone", "resource": "acme-data-us", "requestId": "R1"},
                },
            ],
            "multiRegionAccessPoints": [
                {
                    "name": "acme-ready",
                    "alias": "m1234567890ab.mrap",
                    "regions": [{"bucket": "acme-data"}, {"bucket": "acme-data-us"}],
                    "policy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "s3:Get*"}]},
                }
            ],
        },
        OTHER: {"regions": {"eu-west-1": {"instance": {"sharedWith": [ACCOUNT]}, "buckets": ["other-data"]}}},
        STRANGER: {"regions": {"eu-west-1": {"buckets": ["stranger-data"]}}},
    },
}


class RawReply(NamedTuple):
    """An HTTP reply before any SDK reads it."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    """Serve one emulator for the whole session."""
    with Emulator(SEED) as emulator:
        yield emulator


@pytest.fixture
def aws(running: Emulator) -> Emulator:
    """Return the emulator as it was at the start."""
    running.reset()
    return running


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Return a way to wait for what another thread is about to do; one that never does it fails the test."""

    def wait(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.005)

    return wait


@pytest.fixture
def connect(aws: Emulator) -> Iterator[Callable[..., Any]]:
    """Return a maker of boto3 clients, by service, Region and access key id."""
    clients = []

    def make(service: str = "s3control", region: str = "eu-west-1", key: str = "AKIAUNKNOWN", **config: Any) -> Any:
        config.setdefault("retries", {"total_max_attempts": 1})
        client = boto3.client(  # type: ignore[call-overload]  # the service is a variable
            service,
            region_name=region,
            endpoint_url=aws.url,
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            config=Config(**config),
        )
        clients.append(client)

        def to_emulator(request: Any, **_: Any) -> None:
            # s3control's endpoint rules put the account in front of 127.0.0.1, which is no name at all.
            request.url = request.url.replace(urlsplit(request.url).netloc, urlsplit(aws.url).netloc, 1)

        if service == "s3control":
            client.meta.events.register("request-created.s3-control", to_emulator)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def raw(aws: Emulator) -> Iterator[Callable[..., RawReply]]:
    """Return a sender of HTTP requests that no SDK has looked at."""
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=20)

    def send(
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | str = b"",
        *,
        region: str = "eu-west-1",
        key: str = "AKIAUNKNOWN",
    ) -> RawReply:
        credential = f"Credential={key}/20260101/{region}/s3/aws4_request"
        sent = {
            "x-amz-account-id": ACCOUNT,
            "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0",
            **(headers or {}),
        }
        connection.request(method, path, body=body, headers={name: text for name, text in sent.items() if text})
        answer = connection.getresponse()
        return RawReply(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())

    yield send
    connection.close()


@pytest.fixture
def control(raw: Callable[..., RawReply]) -> Callable[..., tuple[int, Any]]:
    """Return a sender to the emulator's own paths, by method and path."""

    def send(method: str, path: str, content: Any = None) -> tuple[int, Any]:
        reply = raw(method, f"/_grantgate/{path}", body=b"" if content is None else json.dumps(content))
        return reply.status, json.loads(reply.body)

    return send
