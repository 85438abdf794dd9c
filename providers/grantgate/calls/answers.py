"""
Bounded answers: whatever an endpoint sends, a call ends in bounded time and memory, and only AWS's own XML is parsed.

botocore reads an answer to its end, however long it is and however slowly it comes, and takes any well-formed XML for
the answer to any call: a list that is missing from it is an empty list. So every client of a session is given
connections that count what comes in against one allowance for the whole call, all its attempts together, and a body is
looked at before botocore's parser sees it. A refusal is raised where botocore takes it for no fault of the network,
and is not tried again.
"""

from __future__ import annotations

import io
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, Final

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSResponse,
)
from botocore.exceptions import HTTPClientError
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp

from grantgate.calls.bodies import xml_fault
from grantgate.calls.errors import LOOK_BETWEEN, Call, Cause, Unread
from grantgate.calls.hosts import host_fault, host_of
from grantgate.inputs import shown

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.client import BaseClient
    from botocore.session import Session

CALL_BYTES: Final = 16 * 1024 * 1024
"""Bytes that all attempts of one call may bring, headers too: 1,000 locations are 500 KB, or 5 MB at their longest."""

CALL_SECONDS: Final = 120.0
"""Seconds of one call, from its first attempt to the last byte of its last answer."""

LONGEST_TIME: Final = 64
"""Characters of a time; reading a long one costs the square of its length."""

_USUAL_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z"
)
"""A time as AWS writes it in XML."""

XML_PROTOCOLS: Final = frozenset({"rest-xml", "query"})
OK: Final = range(200, 300)


class Refused(Unread):
    """An answer, or an address, that is not even tried; ``what`` does not name the call yet."""

    def of(self, call: Call) -> Unread:
        """Say which call it was."""
        return Unread(self.cause, f"{call}: {self.what}", self.remedy)


@dataclass(slots=True)
class Allowance:
    """What is left to one call: a moment on the monotonic clock, and bytes."""

    host: str
    seconds: float
    limit: int
    until: float
    left: int

    def seconds_left(self) -> float:
        """Give what is left of the time; raise Refused when nothing is."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise Refused(
                Cause.UNREACHABLE,
                f"{self.host} gave no whole answer in {self.seconds:g} s, which is the limit of one call",
                "check what stands between here and AWS (proxy, endpoint URL), then run again",
            )
        return left

    def take(self, count: int) -> None:
        """Take ``count`` bytes off; raise Refused when there are not so many left."""
        self.left -= count
        if self.left < 0:
            raise _not_an_answer(f"{self.host} sent more than {self.limit} bytes, which is the limit of one call")


# --- what every client is given ---------------------------------------------------------------------------------------


def bound_session(session: Session, *, seconds: float = CALL_SECONDS, limit: int = CALL_BYTES) -> None:
    """
    Bound every client that ``session`` makes from now on, those that botocore makes to find credentials among them.

    Source: botocore's event ``creating-client-class`` and its component ``response_parser_factory``.
    """

    class Bounded:
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            client: Any = self
            bound(client, seconds=seconds, limit=limit)

    def bind(**named: Any) -> None:
        named["base_classes"].insert(0, Bounded)

    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    session.register("creating-client-class", bind)


def bound(client: BaseClient, *, seconds: float = CALL_SECONDS, limit: int = CALL_BYTES) -> None:
    """
    Bound one client: its answers, their parsing, and the hosts that it asks.

    Errors: AttributeError when botocore keeps a client's connections elsewhere than in the releases known here.
    """
    # botocore offers no public way to the connections of a client; where the names are gone, nothing is asked at all.
    http = client._endpoint.http_session  # type: ignore[attr-defined]  # noqa: SLF001
    http.close()
    http._manager.pool_classes_by_scheme = http._pool_classes_by_scheme = {  # noqa: SLF001
        "http": _Pool,
        "https": _SecurePool,
    }
    sender = _Sender(client, http, seconds, limit)
    name = client.meta.service_model.service_id.hyphenize()
    events: Any = client.meta.events  # the stubs know no handler that answers
    events.register(f"before-call.{name}", sender.begin)
    events.register(f"before-send.{name}", sender.send)


class _Sender:
    """Sends the requests of one client; each thread has its own call, and its own allowance."""

    def __init__(self, client: BaseClient, http: Any, seconds: float, limit: int) -> None:
        self._meta = client.meta
        self._http = http
        self._seconds = seconds
        self._limit = limit
        self._calls = threading.local()
        self._xml = client.meta.service_model.resolved_protocol in XML_PROTOCOLS

    def begin(self, **_: Any) -> None:
        """Start a call: its allowance is for all of its attempts."""
        host = host_of(self._meta.endpoint_url)
        until = time.monotonic() + self._seconds
        self._calls.allowance = Allowance(host, self._seconds, self._limit, until, self._limit)

    def send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        """
        Send one attempt, and read its whole answer.

        Errors: Refused for an address or an answer that is not to be trusted, which botocore does not try again;
                everything that botocore itself raises.
        """
        fault = self._address_fault(request)
        if fault:
            raise Refused(Cause.REFUSED, fault, "correct the account and the Region, or the endpoint URL")
        allowance: Allowance = self._calls.allowance
        allowance.host = host_of(request.url)
        allowance.seconds_left()
        _SENDING.allowance = allowance
        try:
            response: AWSResponse = self._http.send(request)
        except HTTPClientError as error:
            # botocore wraps what the connection raises, and would try again.
            cause = error.kwargs.get("error")
            raise cause if isinstance(cause, Refused) else error from None
        finally:
            _SENDING.allowance = None
        return self._looked_at(response, event_name.rpartition(".")[2]) if self._xml else response

    def _address_fault(self, request: AWSPreparedRequest) -> str | None:
        account: Any = request.headers.get("x-amz-account-id", "")  # prepared headers are bytes
        return host_fault(
            request.url,
            service=self._meta.service_model.service_name,
            region=self._meta.region_name or "",
            account=account.decode("latin-1") if isinstance(account, bytes) else account,
            endpoint=self._meta.endpoint_url,
        )

    def _looked_at(self, response: AWSResponse, operation: str) -> AWSResponse:
        if response.status_code in OK:
            fault = xml_fault(response.content, operation)
            if fault:
                kind = shown(str(response.headers.get("Content-Type", "none")))
                raise _not_an_answer(f"the answer of {host_of(response.url)} {fault} (content type {kind})")
            return response
        if not xml_fault(response.content):
            return response
        # The page of a proxy or a load balancer: its status is told, and a server's error tried again.
        headers: Any = response.headers
        empty: Any = _Nothing()
        return AWSResponse(response.url, response.status_code, headers, empty)


class _Nothing:
    """An answer's body that has no bytes."""

    def stream(self) -> tuple[bytes, ...]:
        return ()


def _not_an_answer(what: str) -> Refused:
    return Refused(Cause.NOT_UNDERSTOOD, what, LOOK_BETWEEN)


def _moment(value: Any) -> datetime:
    """
    Read a time as botocore does; what is none is an answer that is none, not an error of the program.

    botocore tries every form that a time has ever had, which takes longer than all else about a long list.
    """
    usual = _USUAL_TIME.fullmatch(value) if isinstance(value, str) else None
    if usual:
        with suppress(ValueError):  # such as the 30th of February, of which botocore may have its say
            return datetime.fromisoformat(f"{usual[1]}.{(usual[2] or '')[:6]:0<6}+00:00")
    if len(str(value)) > LONGEST_TIME:
        raise ResponseParserError(f"a time of {len(str(value))} characters; the limit is {LONGEST_TIME}")
    try:
        return parse_timestamp(value)
    except (ValueError, OverflowError, RuntimeError, TypeError) as error:
        raise ResponseParserError(f"{shown(value)} is no time") from error


# --- bytes as they come in --------------------------------------------------------------------------------------------

_SENDING: Final = threading.local()
"""The allowance of the attempt that this thread is sending."""


class _Wire(io.RawIOBase):
    """What a socket brings, counted; a read never waits beyond the call's end, however little comes at a time."""

    def __init__(self, raw: Any, sock: Any, allowance: Allowance) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._allowance.seconds_left()
        patience = self._sock.gettimeout()
        self._sock.settimeout(left if patience is None else min(left, patience))
        try:
            count: int | None = self._raw.readinto(buffer)
        except TimeoutError:
            self._allowance.seconds_left()
            raise
        finally:
            self._sock.settimeout(patience)
        self._allowance.take(count or 0)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _CountedResponse(HTTPResponse):
    """An HTTP answer that is read through an allowance, from its first byte on: status, headers, chunks and body."""

    def __init__(self, sock: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Wire(raw, sock, _SENDING.allowance))


class _Connection(AWSHTTPConnection):
    response_class: Any = _CountedResponse  # urllib3's too, and that of a proxy's answer to CONNECT


class _SecureConnection(AWSHTTPSConnection):
    response_class: Any = _CountedResponse


class _Pool(AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(AWSHTTPSConnectionPool):
    ConnectionCls = _SecureConnection
