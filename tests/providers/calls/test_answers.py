"""Whatever an endpoint sends, a call ends: in time, in little memory, as Unread, and mostly after one request."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp
from grantgate.calls.answers import Refused, bound_session
from grantgate.calls.bodies import DEEPEST, MOST_ELEMENTS, xml_fault
from grantgate.calls.errors import Call, Cause
from hypothesis import example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import Self

ACCOUNT = "111122223333"
LIST = "ListAccessGrantsLocations"
GOOD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<ListAccessGrantsLocationsResult xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">'
    b"<AccessGrantsLocationsList><AccessGrantsLocation><AccessGrantsLocationId>one</AccessGrantsLocationId>"
    b"<CreatedAt>2026-03-02T08:00:00Z</CreatedAt></AccessGrantsLocation></AccessGrantsLocationsList>"
    b"</ListAccessGrantsLocationsResult>"
)
LIMIT = 200_000
DEADLINE = r"gave no whole answer in 0\.5 s"
BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<ListAccessGrantsLocationsResult>&b;</ListAccessGrantsLocationsResult>"
)


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Give an HTTP answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def root(inside: bytes) -> bytes:
    return b"<ListAccessGrantsLocationsResult>" + inside + b"</ListAccessGrantsLocationsResult>"


class Speaker:
    """A server that says to every request what it was told to say, byte for byte, and counts the requests."""

    def __init__(self, say: Callable[[threading.Event], Iterable[bytes]], tls: ssl.SSLContext | None = None) -> None:
        self._say = say
        self._tls = tls
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for wire in self._open:
            # A client keeps its connection for the next call, which does not come.
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._talk, peer)

    def _talk(self, peer: socket.socket) -> None:
        # A client that was refused hangs up in the middle: that is what most of these tests want of it.
        with peer:
            peer.settimeout(10)
            try:
                wire = self._tls.wrap_socket(peer, server_side=True) if self._tls else peer
                self._open.append(wire)
                with wire:
                    while request := self._request(wire):
                        self.requests.append(request)
                        for piece in self._say(self._over):
                            wire.sendall(piece)
            except OSError:
                return

    @staticmethod
    def _request(wire: socket.socket) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = wire.recv(65536)
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += wire.recv(65536)
        return head


def once(answer: bytes) -> Callable[[threading.Event], Iterable[bytes]]:
    return lambda _over: [answer]


def for_ever(start: bytes, piece: bytes, pause: float = 0.0) -> Callable[[threading.Event], Iterable[bytes]]:
    """Say ``start``, then ``piece`` again and again until the client hangs up or the test is over."""

    def say(over: threading.Event) -> Iterator[bytes]:
        yield start
        while not over.wait(pause):
            yield piece

    return say


@cache
def session(seconds: float) -> Any:
    """Give a session whose clients are bounded; making one takes longer than most tests here."""
    made = botocore.session.Session()
    made.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    bound_session(made, seconds=seconds, limit=LIMIT)
    return made


def client(endpoint: str, service: str = "s3control", *, seconds: float = 30.0, attempts: int = 4, **named: Any) -> Any:
    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=5, read_timeout=named.pop("patience", 5), retries=retries, **named)
    found = session(seconds).create_client(
        service, region_name="eu-west-1", endpoint_url=endpoint, config=config, verify=False
    )
    # S3 Control puts the account in front of any host, and an address has no such name.
    found.meta.events.register("request-created.s3-control", lambda request, **_: _without_account(request))
    return found


def _without_account(request: Any) -> None:
    request.url = request.url.replace(f"//{ACCOUNT}.", "//")


def listed(found: Any) -> Any:
    return found.list_access_grants_locations(AccountId=ACCOUNT)


@contextmanager
def speaking(say: Callable[[threading.Event], Iterable[bytes]], **named: Any) -> Iterator[tuple[Speaker, Any]]:
    with Speaker(say) as speaker:
        found = client(f"http://127.0.0.1:{speaker.port}", **named)
        yield speaker, found
        found.close()


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b" \r\n ", "is empty", id="blanks"),
        pytest.param(GOOD[:-20], "is not well-formed XML (", id="cut short"),
        pytest.param(b'{"AccessGrantsLocationsList": []}', "is not well-formed", id="JSON"),
        pytest.param(b"<!doctype html><html></html>", "is not well-formed", id="a page"),
        pytest.param(b"<!DOCTYPE html><html></html>", "declares a document type", id="a page of a proxy"),
        pytest.param(b"<html><body>Sign in</body></html>", "has the root 'html', and that", id="a page in XML"),
        pytest.param(
            b"<Error><Code>InternalError</Code></Error>", "has the root 'Error', and", id="an error that is OK"
        ),
        pytest.param(b"<GetAccessGrantsLocationResult/>", "has the root 'GetAccessGrantsL", id="another call's answer"),
        pytest.param(BOMB, "declares a document type", id="entities of entities"),
        pytest.param(
            b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x">' + GOOD[39:], "declares a document type", id="outer entities"
        ),
        pytest.param(BOMB.decode().encode("utf-16"), "is not text in UTF-8", id="entities in UTF-16"),
        pytest.param(GOOD.decode().encode("utf-16"), "is not text in UTF-8", id="UTF-16"),
        pytest.param(GOOD.decode().encode("utf-16-be"), "is not text in UTF-8", id="UTF-16 without a mark"),
        pytest.param(GOOD.decode().encode("utf-32"), "is not text in UTF-8", id="UTF-32"),
        pytest.param(GOOD.replace(b"UTF-8", b"latin-1"), "declares the encoding 'latin-1', and", id="declared Latin-1"),
        pytest.param(GOOD.replace(b"UTF-8", b"UTF-7"), "declares the encoding 'UTF-7', and", id="declared UTF-7"),
        pytest.param(GOOD.replace(b"one", b"on\xe9"), "is not text in UTF-8", id="a byte of Latin-1"),
        pytest.param(GOOD.replace(b"one", b"\xed\xa0\x80"), "is not text in UTF-8", id="a lone surrogate"),
        pytest.param(GOOD.replace(b"one", b"o\0e"), "is not text in UTF-8", id="a NUL"),
        pytest.param(GOOD.replace(b"one", b"&#0;"), "is not well-formed", id="a reference to NUL"),
        pytest.param(GOOD + GOOD, "is not well-formed", id="two answers"),
        pytest.param(gzip.compress(b"\0" * 30_000_000), "is not text in UTF-8", id="a compressed bomb"),
        pytest.param(root(b"<a>" * 60 + b"</a>" * 60), f"nests more than {DEEPEST} elements", id="deep"),
    ],
)
def test_a_body_that_is_not_aws_xml_is_refused_at_once(body: bytes, complaint: str) -> None:
    """An answer that AWS cannot have sent is no answer, costs one request, and is told with its host."""
    answer = http(body, "200 OK", "Content-Encoding: gzip", "Content-Type: text/html")
    with speaking(once(answer)) as (speaker, found), pytest.raises(Refused) as caught:
        listed(found)
    assert caught.value.cause is Cause.NOT_UNDERSTOOD
    assert caught.value.what.startswith(f"the answer of 127.0.0.1:{speaker.port} {complaint}")
    assert "(content type 'text/html')" in caught.value.what
    assert len(speaker.requests) == 1


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(
            for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"a" * 65536), id="with a length"
        ),
        pytest.param(for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536), id="without a length"),
        pytest.param(
            for_ever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n"),
            id="in chunks",
        ),
        pytest.param(
            for_ever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", b"a" * 65536),
            id="in one chunk",
        ),
        pytest.param(for_ever(b"HTTP/1.1 200 OK\r\n", b"a: " + b"b" * 60_000 + b"\r\n"), id="headers"),
        pytest.param(for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), id="provisional answers"),
        pytest.param(for_ever(b"HTTP/1.1 500 Oops\r\nContent-Length: 99999999\r\n\r\n", b"a" * 65536), id="an error"),
    ],
)
def test_an_answer_without_end_is_refused_at_the_limit(say: Callable[[threading.Event], Iterable[bytes]]) -> None:
    """Bytes beyond the limit end the call, whatever they pretend to be, and it is not tried again."""
    with speaking(say) as (speaker, found), pytest.raises(Refused) as caught:
        listed(found)
    assert caught.value.cause is Cause.NOT_UNDERSTOOD
    assert caught.value.what == (
        f"127.0.0.1:{speaker.port} sent more than {LIMIT} bytes, which is the limit of one call"
    )
    assert len(speaker.requests) == 1


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"<", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"a", id="header"),
        pytest.param(b"", b"H", id="status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0", id="length of a chunk"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="provisional answers"),
    ],
)
def test_an_answer_that_trickles_is_refused_at_the_deadline(start: bytes, piece: bytes) -> None:
    """A byte now and then never lets a read time out: the whole call has an end, and is not tried again."""
    with speaking(for_ever(start, piece, 0.02), seconds=0.5) as (speaker, found), pytest.raises(Refused) as caught:
        listed(found)
    assert caught.value.cause is Cause.UNREACHABLE
    assert caught.value.what == (
        f"127.0.0.1:{speaker.port} gave no whole answer in 0.5 s, which is the limit of one call"
    )
    assert len(speaker.requests) == 1


def test_an_endpoint_that_says_nothing_ends_at_the_deadline() -> None:
    """A read never waits beyond the call's end, although a read's own patience is longer."""
    silence = for_ever(b"", b"", 0.02)
    with speaking(silence, seconds=0.5, patience=60) as (speaker, found), pytest.raises(Refused, match=DEADLINE):
        listed(found)
    assert len(speaker.requests) == 1


def test_a_read_that_times_out_is_still_botocores() -> None:
    """Before the call's end a silent endpoint is a read timeout as ever, which botocore tries again."""
    silence = for_ever(b"", b"", 0.02)
    with speaking(silence, patience=0.1, attempts=2) as (speaker, found), pytest.raises(ReadTimeoutError):
        listed(found)
    assert len(speaker.requests) == 2


def test_a_connection_that_breaks_is_still_botocores() -> None:
    """An answer that never begins is a closed connection as ever."""
    with speaking(for_ever(b"nonsense\r\n", b""), attempts=1) as (_, found), pytest.raises(ConnectionClosedError):
        listed(found)


def test_attempts_share_one_allowance() -> None:
    """An endpoint that fails and fails cannot send the limit with every attempt."""
    page = http(b"x" * (LIMIT * 6 // 10), "503 Service Unavailable")
    with speaking(once(page)) as (speaker, found), pytest.raises(Refused, match=f"sent more than {LIMIT} bytes"):
        listed(found)
    assert len(speaker.requests) == 2


def test_calls_do_not_share_an_allowance() -> None:
    """Each call starts with the whole limit, and connections are kept between calls."""
    page = http(GOOD.replace(b"one", b"x" * (LIMIT * 6 // 10)))
    with speaking(once(page)) as (speaker, found):
        for _ in range(3):
            assert len(listed(found)["AccessGrantsLocationsList"]) == 1
    assert len(speaker.requests) == 3
    assert speaker.connections == 1


def test_threads_do_not_share_an_allowance() -> None:
    """Four workers that ask at once have a limit each."""
    page = http(GOOD.replace(b"one", b"x" * (LIMIT * 6 // 10)))
    told: list[int] = []
    with speaking(once(page)) as (_, found):
        threads = [
            threading.Thread(target=lambda: told.append(len(listed(found)["AccessGrantsLocationsList"])))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told == [1, 1, 1, 1]


# --- what is not refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(GOOD, id="as AWS writes it"),
        pytest.param(GOOD[39:], id="without a declaration"),
        pytest.param(b"\xef\xbb\xbf" + GOOD, id="a mark of UTF-8"),
        pytest.param(GOOD.replace(b"UTF-8", b"utf-8"), id="declared in small letters"),
        pytest.param(
            GOOD.replace(b"<List", b"<s:List").replace(b"</List", b"</s:List").replace(b"xmlns=", b"xmlns:s="),
            id="a prefix",
        ),
        pytest.param(GOOD + b"<!-- <!DOCTYPE a> -->\n", id="a comment"),
    ],
)
def test_xml_as_aws_may_write_it_is_read(body: bytes) -> None:
    """The look at a body refuses no form that an S3 answer may have."""
    assert xml_fault(body, LIST) is None


def test_a_wrong_content_type_with_the_right_body_is_read() -> None:
    """What an answer is, its body says; botocore does not heed the content type, and neither do we."""
    with speaking(once(http(GOOD, "200 OK", "Content-Type: text/html"))) as (_, found):
        assert listed(found)["AccessGrantsLocationsList"][0]["AccessGrantsLocationId"] == "one"


@pytest.mark.parametrize(
    ("status", "body", "code", "requests"),
    [
        pytest.param("403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>", "AccessDenied", 1, id="denied"),
        pytest.param("403 Forbidden", b"<!DOCTYPE html><html></html>", "403", 1, id="a proxy's page"),
        pytest.param("403 Forbidden", BOMB, "403", 1, id="entities"),
        pytest.param("503 Slow Down", b"<Error><Code>SlowDown</Code></Error>", "SlowDown", 2, id="throttled"),
        pytest.param("503 Service Unavailable", b"<!DOCTYPE html><html></html>", "503", 2, id="a balancer's page"),
        pytest.param("502 Bad Gateway", root(b"<a>" * 9000 + b"</a>" * 9000), "502", 2, id="a deep error"),
        pytest.param("500 Oops", b"", "500", 2, id="nothing"),
    ],
)
def test_an_error_is_told_and_tried_again_as_ever(status: str, body: bytes, code: str, requests: int) -> None:
    """An error's status speaks where its body is no AWS XML, and what botocore tries again it tries again."""
    with speaking(once(http(body, status)), attempts=2) as (speaker, found), pytest.raises(ClientError) as caught:
        listed(found)
    assert caught.value.response["Error"]["Code"] == code
    assert len(speaker.requests) == requests


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_followed_by_nobody(status: str) -> None:
    """Where an answer says to go instead is not where the request goes."""
    with Speaker(once(http(GOOD))) as other:
        away = f"Location: http://127.0.0.1:{other.port}/"
        answer = http(b"", status, away, "x-amz-bucket-region: us-east-1")
        with speaking(once(answer)) as (speaker, found), pytest.raises(ClientError):
            listed(found)
        assert (len(speaker.requests), other.connections) == (1, 0)


# --- times, other services, other ways there --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(b"1." * 50_000, id="long"),
        pytest.param(b"yesterday", id="no time"),
        pytest.param(b"9" * 40, id="beyond the calendar"),
        pytest.param(b"nan", id="not a number"),
        pytest.param(b"2026-13-45T99:00:00Z", id="no such day"),
    ],
)
def test_a_time_that_is_none_is_an_answer_that_is_none(moment: bytes) -> None:
    """The SDK's reader of times may raise anything, or read for minutes; here it is a parser's error, at once."""
    answer = http(GOOD.replace(b"2026-03-02T08:00:00Z", moment))
    with speaking(once(answer)) as (_, found), pytest.raises(ResponseParserError):
        listed(found)


TIMES = st.builds(
    "{}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}".format,
    st.sampled_from(["0000", "0001", "1969", "2026", "9999", "10000"]),
    st.integers(0, 13),
    st.integers(0, 32),
    st.integers(0, 24),
    st.sampled_from([0, 59, 60]),
    st.sampled_from([0, 59, 60]),
    st.one_of(st.just(""), st.text("0123456789", max_size=10).map(lambda digits: f".{digits}")),
    st.sampled_from(["Z", "Z", "Z", "", "z", "+00:00", "+02:00"]),
)
"""Times as AWS writes them, and what is nearly so: days that are none, leap seconds, other zones."""


@given(TIMES)
@example("2026-03-02T08:00:00Z")
@example("2026-03-02T08:00:00.000Z")
@example("2026-02-30T08:00:00Z")
@example("2026-03-02T24:00:00Z")
@example("2016-12-31T23:59:60Z")
@example("\u0662\u0660\u0662\u0666-03-02T08:00:00Z")
@settings(deadline=None, derandomize=True, max_examples=500)
def test_a_time_is_read_as_the_sdk_reads_it(written: str) -> None:
    """The usual form goes a shorter way, to the same moment; what the SDK refuses is refused."""
    session = botocore.session.Session()
    bound_session(session)
    read = session.get_component("response_parser_factory").create_parser("rest-xml")._timestamp_parser  # noqa: SLF001 - botocore shows what it was given nowhere else
    try:
        expected = parse_timestamp(written)
    except ValueError:
        with pytest.raises(ResponseParserError):
            read(written)
    else:
        found = read(written)
        assert (found, found.utcoffset()) == (expected, expected.utcoffset())


@pytest.mark.parametrize(
    ("service", "ask"),
    [
        pytest.param("sts", lambda found: found.get_caller_identity(), id="STS"),
        pytest.param("iam", lambda found: found.get_role(RoleName="reader"), id="IAM"),
    ],
)
@pytest.mark.parametrize("body", [pytest.param(b"<html/>", id="a page"), pytest.param(BOMB, id="entities")])
def test_sts_and_iam_are_bounded_too(service: str, ask: Callable[[Any], Any], body: bytes) -> None:
    """Every client of the session is bounded, not S3 Control's alone."""
    with speaking(once(http(body)), service=service) as (speaker, found), pytest.raises(Refused):
        ask(found)
    assert len(speaker.requests) == 1


def test_the_clients_that_find_credentials_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that assumes a role asks STS by a client of botocore's own making, which is bounded like ours."""
    with Speaker(once(http(b"<html/>"))) as speaker:
        settings = tmp_path / "config"
        settings.write_text(
            "[profile gate]\nrole_arn = arn:aws:iam::111122223333:role/gate\nsource_profile = base\n"
            f"region = eu-west-1\nendpoint_url = http://127.0.0.1:{speaker.port}\n"
            "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
        )
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
        made = botocore.session.Session(profile="gate")
        bound_session(made)
        with pytest.raises(Refused, match="has the root 'html', and that of an answer begins with 'AssumeRole'"):
            made.get_credentials().get_frozen_credentials()
        assert len(speaker.requests) == 1


@pytest.fixture(scope="module")
def tls(unsigned: tuple[Path, Path]) -> ssl.SSLContext:
    """Give a server's side of TLS with a certificate that nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*unsigned)
    return context


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_connections_by_tls_are_bounded(tls: ssl.SSLContext) -> None:
    """What is encrypted on the way trickles no longer than what is not."""
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with Speaker(for_ever(start, b"<", 0.02), tls) as speaker:
        with pytest.raises(Refused, match=DEADLINE):
            listed(client(f"https://127.0.0.1:{speaker.port}", seconds=0.5))
        assert len(speaker.requests) == 1


def test_a_proxy_is_bounded() -> None:
    """A proxy that never ends its answer to CONNECT is refused like an endpoint."""
    with Speaker(for_ever(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 1000)) as speaker:
        proxies = {"https": f"http://127.0.0.1:{speaker.port}"}
        with pytest.raises(Exception, match=f"sent more than {LIMIT} bytes|got more than 100 headers"):
            listed(client("https://127.0.0.1:9", attempts=1, proxies=proxies))


def test_a_refusal_names_its_call() -> None:
    """What was refused is told with account, Region and call, as every failed read."""
    refused = Refused(Cause.NOT_UNDERSTOOD, "the answer of host is empty", "run again")
    call = Call("s3:GetAccessGrantsLocation", ACCOUNT, "eu-west-1", "one")
    assert str(refused.of(call)) == (
        "GetAccessGrantsLocation of 'one' in account 111122223333, Region eu-west-1: the answer of host is empty. "
        "To do: run again"
    )


def test_an_answer_of_too_many_elements_is_refused() -> None:
    """Elements cost the parser more memory than their bytes."""
    assert xml_fault(root(b"<a/>" * MOST_ELEMENTS), LIST) == f"has more than {MOST_ELEMENTS} elements"
    assert xml_fault(root(b"<a/>" * (MOST_ELEMENTS - 1)), LIST) is None


def test_what_a_page_calls_itself_is_shown_harmlessly() -> None:
    """A root's name is somebody's text: it is quoted and cut."""
    fault = xml_fault(("<" + "é" * 500 + "/>").encode(), LIST)
    assert fault is not None
    assert len(fault) < 250
