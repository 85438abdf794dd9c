"""
Clients: credentials and connections as boto3 users expect them, made once per process.

The only importer of boto3. Nothing here is imported before a lookup really needs AWS, so that a program that only
declares lookups starts without it.
"""

from __future__ import annotations

import ipaddress
import os
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials

from grantgate.arns import Arn
from grantgate.errors import Call, Cause, Unread, meaning

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from botocore.awsrequest import AWSPreparedRequest, AWSRequest
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_sts import STSClient

    R = TypeVar("R")

SESSION_NAME = "grantgate"
ATTEMPTS = 5
"""Attempts of one call, the first included; botocore's standard mode backs off up to 20 s in between."""
CONNECT_SECONDS = 5
READ_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Connection:
    """
    Whose credentials, and where.

    Shape: ``profile`` and ``assume_role_arn`` are empty when not set; ``region`` may be empty only for STS.
    """

    region: str = ""
    profile: str = ""
    assume_role_arn: str = ""


class Clients:
    """
    Sessions and clients of this process, one per connection.

    Thread-safe: Pulumi's dynamic host calls from four threads; boto3's sessions are not thread-safe, its clients are.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sessions: dict[tuple[str, str], boto3.Session] = {}
        self._s3control: dict[Connection, S3ControlClient] = {}
        self._accounts: dict[tuple[str, str], str] = {}

    def s3control(self, connection: Connection) -> S3ControlClient:
        """Give the S3 Control client of ``connection``; raise Unread when there can be none."""
        with self._lock:
            client = self._s3control.get(connection)
            if client is None:
                session = self._session(connection)
                client = session.client("s3control", region_name=connection.region, config=_config())
                client.meta.events.register("request-created.s3-control", _keep_local_host)
                self._s3control[connection] = client
            return client

    def region(self, connection: Connection) -> str:
        """
        Give the Region of the environment or profile; empty when none is set.

        AWS_REGION is what Pulumi's AWS providers and the newer SDKs read; boto3 knows only AWS_DEFAULT_REGION.
        """
        session = self._session(Connection(profile=connection.profile))
        return os.environ.get("AWS_REGION") or session.region_name or ""

    def caller_account(self, connection: Connection) -> str:
        """
        Give the account id behind the credentials: one STS call per process and profile.

        A role's account stands in its ARN, so an assumed role costs no call.
        """
        if connection.assume_role_arn:
            return Arn.parse(connection.assume_role_arn).account
        key = (connection.profile, "")
        with self._lock:
            if key not in self._accounts:
                call = Call("sts:GetCallerIdentity", "", connection.region, "")
                sts = self._sts(connection)
                self._accounts[key] = str(asked(call, sts.get_caller_identity)["Account"])
            return self._accounts[key]

    def _sts(self, connection: Connection) -> STSClient:
        session = self._session(Connection(profile=connection.profile))
        region = connection.region or session.region_name or "us-east-1"
        return session.client("sts", region_name=region, config=_config())

    def _session(self, connection: Connection) -> boto3.Session:
        key = (connection.profile, connection.assume_role_arn)
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                call = Call("sts:AssumeRole" if connection.assume_role_arn else "sts:credentials", "", "", key[1])
                session = asked(call, partial(self._new_session, connection))
                self._sessions[key] = session
            return session

    def _new_session(self, connection: Connection) -> boto3.Session:
        if not connection.assume_role_arn:
            return boto3.Session(profile_name=connection.profile or None)
        sts = self._sts(connection)

        def refresh() -> dict[str, Any]:
            role = sts.assume_role(RoleArn=connection.assume_role_arn, RoleSessionName=SESSION_NAME)["Credentials"]
            return {
                "access_key": role["AccessKeyId"],
                "secret_key": role["SecretAccessKey"],
                "token": role["SessionToken"],
                "expiry_time": role["Expiration"].isoformat(),
            }

        inner = botocore.session.get_session()
        # botocore offers no public way to hand a session credentials that renew themselves; waiting for an operation
        # can outlast the hour that an assumed role's keys live.
        inner._credentials = RefreshableCredentials.create_from_metadata(  # type: ignore[attr-defined]  # noqa: SLF001
            metadata=refresh(), refresh_using=refresh, method="sts-assume-role"
        )
        return boto3.Session(botocore_session=inner)


CLIENTS = Clients()
"""The clients of this process."""


def asked(call: Call, ask: Callable[[], R]) -> R:
    """Make one call; raise Unread with its meaning when AWS gives no usable answer."""
    try:
        return ask()
    except Unread:
        raise
    except Exception as error:
        unread = meaning(error, call)
        if unread is None:
            raise
        raise unread from None


def member(reply: Any, name: str, call: Call) -> Any:
    """Give a member that S3 documents as always there; an answer without it is not an answer."""
    value = reply.get(name)
    if value is None or value == "":
        raise Unread(
            Cause.NOT_UNDERSTOOD,
            f"{call}: the answer lacks {name}",
            "check what stands between here and S3 (proxy, endpoint URL), then run again",
        )
    return value


def _config() -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        user_agent_extra="grantgate",
    )


def _keep_local_host(request: AWSRequest | AWSPreparedRequest, **_: Any) -> None:
    """
    Take the account prefix off the host where it cannot resolve: IP addresses and localhost.

    S3 Control's endpoint rules put the account in front of any host, even that of a custom endpoint URL, and
    ``inject_host_prefix=False`` does not stop them. The hook runs before the request is signed.
    """
    parts = urlsplit(str(request.url))
    account, dot, host = (parts.hostname or "").partition(".")
    if dot and account.isdigit() and _is_local(host):
        netloc = f"{host}:{parts.port}" if parts.port else host
        request.url = urlunsplit(parts._replace(netloc=netloc))


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
