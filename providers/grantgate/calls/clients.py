"""
Clients: credentials and connections as boto3 users expect them, made once per process.

The only importer of boto3. Nothing here is imported before a lookup really needs AWS, so that a program that only
declares lookups starts without it.
"""

from __future__ import annotations

import ipaddress
import os
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, overload
from urllib.parse import urlsplit, urlunsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials

from grantgate import inputs as accepts
from grantgate.arns import HOMES, Arn, partition_of
from grantgate.calls.answers import CALL_SECONDS, Refused, bound_session
from grantgate.calls.described import member, no_answer
from grantgate.calls.efforts import count, effort
from grantgate.calls.errors import Call, Cause, Unread, quoted
from grantgate.calls.flights import Flights
from grantgate.calls.meanings import meaning

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from botocore.awsrequest import AWSPreparedRequest, AWSRequest
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_sts import STSClient

    R = TypeVar("R")

__all__ = ["CLIENTS", "Clients", "Connection", "asked", "member"]

SESSION_NAME = "grantgate"
ATTEMPTS = 5
"""Attempts of one call, the first included, where neither AWS_MAX_ATTEMPTS nor the profile says otherwise."""

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 20.0
"""How long one attempt waits for the next piece of an answer."""
READ_VARIABLE: Final = "GRANTGATE_READ_SECONDS"
"""Environment variable that sets READ_SECONDS, for slow proxies and for who would rather hear soon of a hang."""
MOST_READ_SECONDS: Final = 60.0
READS_PER_CALL: Final = 6
"""How many times READ_SECONDS one call takes at most, all attempts together, and never more than CALL_SECONDS."""

Service = Literal["s3control", "iam", "sts"]
RetryMode = Literal["standard", "adaptive"]


@dataclass(frozen=True, slots=True)
class Connection:
    """
    Whose credentials, and where.

    Shape: ``profile`` and ``assume_role_arn`` are empty when not set; ``region`` may be empty only for STS and IAM.
    """

    region: str = ""
    profile: str = ""
    assume_role_arn: str = ""


@dataclass(frozen=True, slots=True)
class _Session:
    """One set of credentials; boto3's sessions are not thread-safe, its clients are."""

    session: boto3.Session
    region: str
    attempts: int
    retry_mode: RetryMode
    lock: threading.Lock = field(default_factory=threading.Lock)


class Clients:
    """
    Sessions and clients of this process, one per connection, each made once.

    Thread-safe: Pulumi's dynamic host calls from four threads. Each key is made by whoever asks first, and nobody waits
    for another key: ten accounts assume their roles at once.
    """

    def __init__(self) -> None:
        self._sessions: Flights[_Session] = Flights()
        self._clients: Flights[Any] = Flights()
        self._accounts: Flights[str] = Flights()
        self._made: list[Any] = []
        # Every session would read the service models anew: 0.1 s and 10 MB for each role that is assumed.
        self._loader: Any = None

    @overload
    def client(self, service: Literal["s3control"], connection: Connection) -> S3ControlClient: ...
    @overload
    def client(self, service: Literal["iam"], connection: Connection) -> IAMClient: ...
    @overload
    def client(self, service: Literal["sts"], connection: Connection) -> STSClient: ...
    def client(self, service: Service, connection: Connection) -> Any:
        """
        Give the client of a service and connection.

        Errors: Unread when there can be none.
        """
        return self._clients.get((service, connection), lambda: self._new_client(service, connection))

    def s3control(self, connection: Connection) -> S3ControlClient:
        """Give the S3 Control client of ``connection``; raise Unread when there can be none."""
        return self.client("s3control", connection)

    def region(self, connection: Connection) -> str:
        """
        Give the Region of the environment or profile; empty when none is set.

        AWS_REGION is what Pulumi's AWS providers and the newer SDKs read; boto3 knows only AWS_DEFAULT_REGION.
        """
        return os.environ.get("AWS_REGION") or self._session(Connection(profile=connection.profile)).region

    def caller_account(self, connection: Connection) -> str:
        """
        Give the account id behind the credentials: one STS call per process and profile.

        A role's account stands in its ARN, so an assumed role costs no call.
        """
        if connection.assume_role_arn:
            return Arn.parse(connection.assume_role_arn).account
        return self._accounts.get(connection.profile, lambda: self._caller(connection))

    def close(self) -> None:
        """Close the connections of every client that was made."""
        for client in self._made:
            client.close()

    def _known_account(self, connection: Connection) -> str:
        """Give the account behind the credentials where it is known already: it is worth no call to a message."""
        if connection.assume_role_arn:
            return Arn.parse(connection.assume_role_arn).account
        return self._accounts.landed(connection.profile) or ""

    def _caller(self, connection: Connection) -> str:
        call = Call("sts:GetCallerIdentity", "", connection.region, "")
        account = str(member(asked(call, self._sts(connection).get_caller_identity), "Account", call))
        if accepts.account_id(account):
            raise no_answer(call, f"the account is {quoted(account)!r}")
        return account

    def _sts(self, connection: Connection) -> STSClient:
        own = Connection(profile=connection.profile)
        region = connection.region or self._session(own).region or "us-east-1"
        return self.client("sts", Connection(region=region, profile=connection.profile))

    def _sts_region(self, connection: Connection) -> str:
        """
        Give the Region in which a role is assumed, the same for every place that is read with it.

        Not that of the place: one that is disabled for the caller would take all the others of the account with it.
        """
        own = self.region(connection)
        partition = Arn.parse(connection.assume_role_arn).partition
        return own if own and partition_of(own) == partition else HOMES.get(partition, own)

    def _new_client(self, service: Service, connection: Connection) -> Any:
        known = self._session(connection)
        seconds = _read_seconds()
        config = Config(
            connect_timeout=min(CONNECT_SECONDS, seconds),
            read_timeout=seconds,
            retries={"mode": known.retry_mode, "total_max_attempts": known.attempts},
            user_agent_extra="grantgate",
        )
        call = Call(f"{service.removesuffix('control')}:client", "", connection.region, service)

        def make() -> Any:
            # boto3's stubs know a client by the literal name of its service.
            session: Any = known.session
            try:
                return session.client(service, region_name=connection.region or None, config=config)
            except ValueError as error:  # botocore's word for an endpoint URL that is no address
                remedy = f"correct or unset {call.endpoint_variable} and AWS_ENDPOINT_URL"
                raise Unread(Cause.REFUSED, f"{call}: {quoted(error)}", remedy) from None

        with known.lock:
            client = asked(call, make)
        if service == "s3control":
            client.meta.events.register("request-created.s3-control", _keep_local_host)
        count(client, _call_seconds(), partial(self._known_account, connection))
        self._made.append(client)
        return client

    def _session(self, connection: Connection) -> _Session:
        key = Connection(profile=connection.profile, assume_role_arn=connection.assume_role_arn)
        action = "sts:AssumeRole" if key.assume_role_arn else "sts:credentials"
        call = Call(action, "", "", key.assume_role_arn)
        return self._sessions.get(key, lambda: asked(call, partial(self._new_session, connection)))

    def _new_session(self, connection: Connection) -> _Session:
        inner = botocore.session.Session(profile=connection.profile or None)
        if self._loader is None:
            self._loader = inner.get_component("data_loader")
        inner.register_component("data_loader", self._loader)
        bound_session(inner, seconds=_call_seconds())
        if connection.assume_role_arn:
            # botocore offers no public way to hand a session credentials that renew themselves; waiting for an
            # operation can outlast the hour that an assumed role's keys live.
            inner._credentials = self._assumed(connection)  # type: ignore[attr-defined]  # noqa: SLF001
        session = boto3.Session(botocore_session=inner)
        return _Session(session, session.region_name or "", _attempts(inner), _retry_mode(inner))

    def _assumed(self, connection: Connection) -> RefreshableCredentials:
        sts = self._sts(Connection(region=self._sts_region(connection), profile=connection.profile))
        call = Call("sts:AssumeRole", "", "", connection.assume_role_arn)

        def refresh() -> dict[str, Any]:
            ask = partial(sts.assume_role, RoleArn=connection.assume_role_arn, RoleSessionName=SESSION_NAME)
            role = member(asked(call, ask), "Credentials", call)
            return {
                "access_key": role["AccessKeyId"],
                "secret_key": role["SecretAccessKey"],
                "token": role["SessionToken"],
                "expiry_time": role["Expiration"].isoformat(),
            }

        return RefreshableCredentials.create_from_metadata(
            metadata=refresh(), refresh_using=refresh, method="sts-assume-role"
        )


CLIENTS = Clients()
"""The clients of this process."""


def asked(call: Call, ask: Callable[[], R]) -> R:
    """Make one call; raise Unread with its meaning when AWS gives no usable answer."""
    with effort() as made:
        try:
            return ask()
        except Refused as refused:
            told = refused.of(call)
            late = refused.cause is Cause.UNREACHABLE and made.attempts
            raise Unread(told.cause, f"{told.what}, {made}" if late else told.what, told.remedy) from None
        except Unread:
            raise
        except Exception as error:  # noqa: BLE001 - whatever an answer makes the SDK raise, the lookup has not read
            raise meaning(error, call, made) or _unreadable(error, call) from None


def _unreadable(error: Exception, call: Call) -> Unread:
    """Give the failure for what a parser raises over values that AWS does not send."""
    name = type(error).__name__
    return no_answer(call, f"the SDK failed ({name}: {quoted(error)})")


def _attempts(session: Any) -> int:
    """Give what AWS_MAX_ATTEMPTS or the profile's max_attempts says: CALL_SECONDS bounds any number of them."""
    name = "AWS_MAX_ATTEMPTS (max_attempts in the profile)"
    try:
        given = session.get_config_variable("max_attempts")
    except ValueError as error:
        raise Unread(Cause.REFUSED, f"{name}: {quoted(error)}", "set it to a whole number, or unset it") from None
    if given is not None and given < 1:
        raise Unread(Cause.REFUSED, f"{name} is {given}, and 1 is the least", "correct or unset it")
    return ATTEMPTS if given is None else int(given)


def _retry_mode(session: Any) -> RetryMode:
    """
    Give botocore's standard mode, unless AWS_RETRY_MODE or the profile asks for the adaptive one.

    Four threads at a service that takes 5 calls a second: both modes end after the same time and lose no call; the
    adaptive one sends a fifth fewer. Where only a few calls are throttled, it takes three to five times as long, since
    it starts again at one call in two seconds. Lists make many calls rare here, so the standard mode serves better. The
    legacy mode's pauses have no limit, and it is never taken.
    """
    return "adaptive" if session.get_config_variable("retry_mode") == "adaptive" else "standard"


def _call_seconds() -> float:
    return min(CALL_SECONDS, READS_PER_CALL * _read_seconds())


def _read_seconds() -> float:
    text = os.environ.get(READ_VARIABLE, "")
    try:
        seconds = float(text) if text else READ_SECONDS
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= MOST_READ_SECONDS:  # what is not a number is not between them either
        limit = f"1 to {MOST_READ_SECONDS:.0f} seconds are possible"
        raise Unread(Cause.REFUSED, f"{READ_VARIABLE} is {text[:40]!r}; {limit}", f"correct or unset {READ_VARIABLE}")
    return seconds


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
