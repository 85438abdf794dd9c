"""Clients, sessions and roles are made once each, at the same time for different keys, and efforts are bounded."""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.calls import clients, efforts
from grantgate.calls.clients import Connection, asked
from grantgate.calls.errors import Call, Cause, Unread
from grantgate.location import LocationLookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from grantgate_emulator.server import Emulator

ACCOUNT, OTHER = "111122223333", "444455556666"
REGION = "eu-west-1"
READER = f"arn:aws:iam::{OTHER}:role/gate-reader"
SEED: dict[str, Any] = {
    "defaultAccount": ACCOUNT,
    "accounts": {
        account: {
            "regions": {
                REGION: {
                    "instance": {},
                    "locations": [
                        {"id": "good", "scope": "s3://acme/x/*", "roleArn": f"arn:aws:iam::{account}:role/x"}
                    ],
                }
            }
        }
        for account in (ACCOUNT, OTHER)
    },
}
CALL = Call("s3:GetAccessGrantsLocation", ACCOUNT, REGION, "good")
HERE = Connection(REGION)


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    """Give what the AWS of this file holds."""
    return SEED


def reason(**news: Any) -> str:
    """Look a location up, and give why that failed."""
    result = LocationLookup().check({}, {"accessGrantsLocationId": "good", **news})
    ((failure),) = result.failures
    return str(failure.reason)


def get(connection: Connection = HERE, account: str = ACCOUNT) -> Any:
    client = clients.CLIENTS.s3control(connection)
    return asked(CALL, lambda: client.get_access_grants_location(AccountId=account, AccessGrantsLocationId="good"))


def counted(emulator: Emulator) -> Counter[str]:
    return Counter(str(call["operation"]) for call in emulator.journal())


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run ``work`` in threads that begin at once."""
    start = threading.Barrier(count)

    def begin(index: int) -> None:
        start.wait()
        work(index)

    threads = [threading.Thread(target=begin, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- made once --------------------------------------------------------------------------------------------------------


def test_a_client_is_made_once(cloud: Emulator) -> None:
    """Four threads and two ways to ask get the same one; another Region or service is another."""
    made: list[Any] = []
    in_threads(4, lambda _: made.append(clients.CLIENTS.s3control(HERE)))

    assert len({id(one) for one in (*made, clients.CLIENTS.client("s3control", HERE))}) == 1
    assert clients.CLIENTS.s3control(Connection("us-east-1")) is not made[0]
    assert clients.CLIENTS.client("iam", HERE).meta.service_model.service_name == "iam"
    assert counted(cloud) == {}


def test_only_the_clients_that_are_needed(cloud: Emulator) -> None:
    """A lookup that names its account asks for no caller, and makes no client for it."""
    assert not LocationLookup().check({}, {"accessGrantsLocationId": "good", "accountId": ACCOUNT}).failures

    assert counted(cloud) == {"GetAccessGrantsLocation": 1}
    assert [one.meta.service_model.service_name for one in clients.CLIENTS._made] == ["s3control"]  # noqa: SLF001 - counted


def test_one_role_is_assumed_once(cloud: Emulator) -> None:
    """Whichever Regions and threads want it; its sessions share what botocore knows of the services."""
    regions = [REGION, "us-east-1", "eu-central-1", REGION]
    connections = [Connection(region, assume_role_arn=READER) for region in regions]

    made: list[Any] = []
    in_threads(4, lambda index: made.append(clients.CLIENTS.s3control(connections[index])))
    get(connections[0], OTHER)

    assert counted(cloud) == {"AssumeRole": 1, "GetAccessGrantsLocation": 1}


def test_a_role_that_cannot_be_assumed_is_asked_for_once(cloud: Emulator) -> None:
    """A thousand lookups that need it are told the same."""
    cloud.set_faults([{"operation": "AssumeRole", "kind": "access-denied"}])
    told: list[str] = []
    in_threads(4, lambda _: told.append(reason(assumeRoleArn=READER)))

    assert len(set(told)) == 1
    assert f"AssumeRole of '{READER}': denied, which does not tell whether it exists (" in told[0]
    assert "name the caller in the role's trust policy" in told[0]
    assert counted(cloud) == {"AssumeRole": 1}


def test_the_caller_is_asked_for_once(cloud: Emulator) -> None:
    """One GetCallerIdentity for every lookup without an account; a role's account stands in its ARN."""
    found: list[str] = []
    in_threads(4, lambda _: found.append(clients.CLIENTS.caller_account(HERE)))

    assert found == [ACCOUNT] * 4
    assert clients.CLIENTS.caller_account(Connection(REGION, assume_role_arn=READER)) == OTHER
    assert counted(cloud) == {"GetCallerIdentity": 1}


class _Sts(BaseHTTPRequestHandler):
    """Answers AssumeRole when as many requests are there as were waited for, and not before."""

    together: threading.Barrier

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.together.wait(10)
            status = 200
        except threading.BrokenBarrierError:
            status = 503
        body = (
            b"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s"
            b"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>"
            b"</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def slow_sts(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve an STS that answers four requests at once or none."""
    assert cloud
    _Sts.together = threading.Barrier(4)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sts) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_address[1]}")
        yield 4
        server.shutdown()
        serving.join()


def test_roles_are_assumed_at_the_same_time(slow_sts: int) -> None:
    """No account waits for another: here nobody is answered before all have asked."""
    made: list[Any] = []
    roles = [f"arn:aws:iam::{index:012}:role/reader" for index in range(slow_sts)]

    in_threads(
        slow_sts, lambda index: made.append(clients.CLIENTS.s3control(Connection(REGION, assume_role_arn=roles[index])))
    )

    assert len({id(one) for one in made}) == slow_sts


def test_a_role_that_is_renewed_in_the_middle_of_a_call(cloud: Emulator) -> None:
    """A failure to renew it is told as that, with its own attempts."""
    connection = Connection(REGION, assume_role_arn=READER)
    get(connection, OTHER)
    # Nobody can wait an hour for the keys to expire.
    credentials: Any = clients.CLIENTS.s3control(connection)._request_signer._credentials  # type: ignore[attr-defined]  # noqa: SLF001
    credentials._expiry_time = datetime(2026, 1, 1, tzinfo=UTC)  # noqa: SLF001
    get(connection, OTHER)
    assert counted(cloud) == {"AssumeRole": 2, "GetAccessGrantsLocation": 2}

    credentials._expiry_time = datetime(2026, 1, 1, tzinfo=UTC)  # noqa: SLF001
    cloud.set_faults([{"operation": "AssumeRole", "kind": "reset"}])
    with pytest.raises(Unread) as caught:
        get(connection, OTHER)

    assert caught.value.what.startswith(f"AssumeRole of '{READER}': no answer at 127.0.0.1:")
    assert " in 1 attempt and " in caught.value.what


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param({"kind": "reset"}, " in 2 attempts and ", id="no answer"),
        pytest.param(
            {"kind": "throttle"}, "AWS throttled all 2 attempts (SlowDown, HTTP 503, request ", id="throttled"
        ),
    ],
)
def test_attempts_are_counted(
    cloud: Emulator, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any], told: str
) -> None:
    """Also where there is no answer that would tell them."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    cloud.set_faults([{"operation": "*", **fault}])

    assert told in reason(accountId=ACCOUNT)
    assert counted(cloud) == {"GetAccessGrantsLocation": 2}


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        pytest.param("reset", Cause.UNREACHABLE, id="no answer"),
        pytest.param("throttle", Cause.THROTTLED, id="throttled"),
        pytest.param("server-error", Cause.SERVICE, id="AWS fails"),
    ],
)
def test_no_attempt_begins_too_late(cloud: Emulator, monkeypatch: pytest.MonkeyPatch, kind: str, cause: Cause) -> None:
    """After so long a time, what failed last is the failure, however many attempts are left."""
    monkeypatch.setattr(clients, "ATTEMPTS", 5)
    monkeypatch.setattr(efforts, "LAST_FAILURE", 0.0)
    cloud.set_faults([{"operation": "*", "kind": kind}])

    with pytest.raises(Unread) as caught:
        get()

    assert caught.value.cause is cause
    assert "1 attempt" in caught.value.what
    assert counted(cloud) == {"GetAccessGrantsLocation": 1}


def test_an_answer_is_an_answer_however_late(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is for failures."""
    monkeypatch.setattr(efforts, "LAST_FAILURE", 0.0)

    assert get()["AccessGrantsLocationId"] == "good"
    assert counted(cloud) == {"GetAccessGrantsLocation": 1}


def test_a_hang(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who never answers is given up after the time that is set."""
    monkeypatch.setenv(clients.READ_VARIABLE, "1")
    monkeypatch.setattr(clients, "ATTEMPTS", 2)
    monkeypatch.setattr(efforts, "LAST_FAILURE", 0.1)
    cloud.set_faults([{"operation": "*", "kind": "hang", "seconds": 20}])

    told = reason(accountId=ACCOUNT)

    assert ": no answer at 127.0.0.1:" in told
    assert re.search(r" in 1 attempt and [1-9][0-9]* s \(ReadTimeoutError\)\. To do: ", told)


def test_an_answer_that_trickles(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """No read of it takes long, and all of them together too long: the time of a call goes by that of a read."""
    monkeypatch.setenv(clients.READ_VARIABLE, "1")
    monkeypatch.setattr(clients, "READS_PER_CALL", 1)
    cloud.set_faults([{"operation": "*", "kind": "trickle", "bytes": 1, "seconds": 0.2}])

    told = reason(accountId=ACCOUNT)

    assert " gave no whole answer in 1 s, which is the limit of one call, 1 attempt and " in told
    assert counted(cloud) == {"GetAccessGrantsLocation": 1}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("", 120.0, id="as it is"),
        pytest.param("1", 6.0, id="short"),
        pytest.param("2.5", 15.0, id="a fraction"),
        pytest.param("60", 120.0, id="never longer"),
    ],
)
def test_the_time_of_a_call(monkeypatch: pytest.MonkeyPatch, value: str, seconds: float) -> None:
    """About two minutes at the very most, whatever is set."""
    monkeypatch.setenv(clients.READ_VARIABLE, value)

    assert clients._call_seconds() == seconds  # noqa: SLF001 - the bound that everything hangs on


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param("0", "GRANTGATE_READ_SECONDS is '0'; 1 to 60 seconds are possible", id="none"),
        pytest.param("61", "GRANTGATE_READ_SECONDS is '61'; 1 to 60", id="too many"),
        pytest.param("soon", "GRANTGATE_READ_SECONDS is 'soon'; 1 to 60", id="no number"),
        pytest.param("nan", "GRANTGATE_READ_SECONDS is 'nan'; 1 to 60", id="not a number"),
    ],
)
def test_read_seconds(cloud: Emulator, monkeypatch: pytest.MonkeyPatch, value: str, told: str) -> None:
    """A time that cannot be meant is a failure, and AWS is not asked."""
    monkeypatch.setenv(clients.READ_VARIABLE, value)

    assert told in reason(accountId=ACCOUNT)
    assert counted(cloud) == {}


@pytest.mark.parametrize(
    ("environment", "profile", "attempts", "mode"),
    [
        pytest.param({}, "", clients.ATTEMPTS, "standard", id="nothing is set"),
        pytest.param({"AWS_MAX_ATTEMPTS": "9"}, "", 9, "standard", id="attempts"),
        pytest.param({"AWS_RETRY_MODE": "adaptive"}, "", clients.ATTEMPTS, "adaptive", id="the adaptive mode"),
        pytest.param(
            {"AWS_RETRY_MODE": "legacy"}, "", clients.ATTEMPTS, "standard", id="never the mode without limits"
        ),
        pytest.param({}, "max_attempts = 3\nretry_mode = adaptive", 3, "adaptive", id="in the profile"),
    ],
)
def test_retries(
    cloud: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    environment: dict[str, str],
    profile: str,
    attempts: int,
    mode: str,
) -> None:
    """What botocore itself reads is heeded where it is bounded."""
    assert cloud
    monkeypatch.setattr(clients, "ATTEMPTS", attempts)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config").write_text(f"[profile ci]\n{profile}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    client: Any = clients.CLIENTS.s3control(Connection(REGION, profile="ci"))

    assert client.meta.config.retries == {"mode": mode, "total_max_attempts": attempts}


@pytest.mark.parametrize("value", ["many", "0", "-1"])
def test_attempts_that_cannot_be_meant(cloud: Emulator, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A failure with a remedy, and AWS is not asked."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", value)

    assert "ttempts" in reason(accountId=ACCOUNT)
    assert "the lookup itself failed" not in reason(accountId=ACCOUNT)
    assert counted(cloud) == {}


# --- what is told of whom ---------------------------------------------------------------------------------------------


def test_a_denied_call_to_another_account(cloud: Emulator) -> None:
    """Whose credentials these are was learnt by an earlier call; the remedy is a role over there."""
    assert clients.CLIENTS.caller_account(HERE) == ACCOUNT
    cloud.set_faults([{"operation": "GetAccessGrantsLocation", "kind": "access-denied", "message": "Access Denied"}])

    assert f"the credentials are of account {ACCOUNT}: give assumeRoleArn of a role in account {OTHER} that may" in (
        reason(accountId=OTHER)
    )
    assert "service control policies" in reason(accountId=ACCOUNT)
    assert counted(cloud)["GetCallerIdentity"] == 1


def test_a_caller_that_is_none(cloud: Emulator, slow_sts: int) -> None:
    """An answer that names no account is not an answer: an account becomes a part of a host name."""
    assert slow_sts
    _Sts.together = threading.Barrier(1)

    told = reason()

    assert told.startswith("GetCallerIdentity, Region eu-west-1: ")
    assert "GetCallerIdentity" in told
    assert counted(cloud) == {}
