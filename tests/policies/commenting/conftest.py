"""GitHub's and GitLab's comments over real HTTP, with all of their troubles, and a time that only we move."""

from __future__ import annotations

import json
import re
import threading
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from grantgate_policies.commenting.patience import Patience
from grantgate_policies.commenting.secret import Secret
from grantgate_policies.commenting.services import thread_of
from grantgate_policies.commenting.sticky import Posted, post
from grantgate_policies.commenting.where import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CANARY = "canary-t0ken+/with=signs"
REPOSITORY = "acme/data"
PROJECT = "4711"
NUMBER = 12
NOW = 1_700_000_000.0
US, BOT, STRANGER = 100, 41898282, 666
LOGINS = {US: "gate-keeper", BOT: "github-actions[bot]", STRANGER: "mallory"}
BASES = {"github": "/api/v3", "gitlab": "/api/v4"}
LISTS = {
    "github": f"/api/v3/repos/{REPOSITORY}/issues/{NUMBER}/comments",
    "gitlab": f"/api/v4/projects/{PROJECT}/merge_requests/{NUMBER}/notes",
}
ONES = {"github": f"/api/v3/repos/{REPOSITORY}/issues/comments/", "gitlab": LISTS["gitlab"] + "/"}


class Asked(NamedTuple):
    """One request as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Fault:
    """
    What happens to the next requests of a method instead of, or after, what they ask for.

    Shape: ``how`` is "answer", "drop" (the connection ends), "stored and dropped" or "hang"; ``path`` is a pattern.
    """

    method: str
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "oops"}'
    times: int = 1
    how: str = "answer"
    path: str = ""


def _nothing(_method: str, _path: str) -> None:
    """Happen before or after a request, until a test wants something else to."""


@dataclass
class Stub:
    """One service's comments on one pull request."""

    service: str
    url: str = ""
    base: str | None = None
    me: int = US
    tells_user: bool = True
    tells_viewer: bool = True
    page_size: int = 100
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    next_link: Callable[[str], str] = str
    before: Callable[[str, str], None] = _nothing
    after: Callable[[str, str], None] = _nothing
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    last: int = 1000

    @property
    def api(self) -> str:
        """Give the URL of the API."""
        return self.url + (BASES[self.service] if self.base is None else self.base)

    @property
    def address(self) -> Address:
        """Give the address of the pull request."""
        return Address(self.service, self.api, REPOSITORY if self.service == "github" else PROJECT, NUMBER)

    def say(self, author: int | None, body: str, **more: Any) -> int:
        """Write a comment as somebody; give its id."""
        with self.lock:
            self.last += 1
            self.comments[self.last] = {"author": author, "body": body, **more}
            return self.last

    def bodies(self, author: int | None = None) -> list[str]:
        """Give what somebody, or we ourselves, have written."""
        wanted = self.me if author is None else author
        return [one["body"] for one in self.comments.values() if one["author"] == wanted]

    def fail(self, method: str, **members: Any) -> None:
        """Let something happen to the next requests of a method."""
        self.faults.append(Fault(method, **members))

    def methods(self, *, writing: bool = False) -> list[str]:
        """Give the methods of the requests for comments, in order."""
        paths = (LISTS[self.service], ONES[self.service])
        found = [one.method for one in self.asked if one.path.startswith(paths)]
        return [method for method in found if method != "GET"] if writing else found

    # --- what a handler asks ------------------------------------------------------------------------------------------

    def fault(self, method: str, path: str) -> Fault | None:
        """Give what happens to this request, if anything does."""
        with self.lock:
            for one in self.faults:
                if one.method == method and one.times and re.search(one.path, path):
                    one.times -= 1
                    return one
        return None

    def shape(self, number: int) -> dict[str, Any]:
        """Give a comment as the service shows it."""
        one = self.comments[number]
        who = one["author"]
        if self.service == "github":
            user = None if who is None else self.user(who)
            return {"id": number, "body": one["body"], "user": user, "html_url": f"{self.url}/pull/{NUMBER}#{number}"}
        return {"id": number, "body": one["body"], "author": self.user(who), "system": one.get("system", False)}

    def user(self, number: int) -> dict[str, Any]:
        """Give an account as the service shows it."""
        if self.service == "gitlab":
            return {"id": number, "username": LOGINS[number]}
        return {"id": number, "login": LOGINS[number], "type": "Bot" if number == BOT else "User"}

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Do what is asked for, as the service does it."""
        if self.base == "":
            target = "/api/graphql" if target == "/graphql" else BASES[self.service] + target
        path = urlsplit(target).path
        given = json.loads(body) if body else {}
        headers = {"Content-Type": "application/json; charset=utf-8"}
        with self.lock:
            status, data = self._done(method, path, given)
            if method == "GET" and path == LISTS[self.service]:
                data, links = self._page(target, data)
                headers |= links
        return status, headers, b"" if data is None else json.dumps(data).encode()

    def _done(self, method: str, path: str, given: Any) -> tuple[int, Any]:
        if (method, path) == ("GET", BASES[self.service] + "/user"):
            denied = {"message": "Resource not accessible by integration"}
            return (200, self.user(self.me)) if self.tells_user else (403, denied)
        if (method, path) == ("POST", "/api/graphql") and self.service == "github":
            viewer = {"login": LOGINS[self.me], "databaseId": self.me}
            return 200, {"data": {"viewer": viewer}} if self.tells_viewer else {"errors": [{"message": "no"}]}
        if path == LISTS[self.service]:
            if method == "GET":
                return 200, [self.shape(number) for number in sorted(self.comments)]
            if method == "POST":
                return 201, self.shape(self.say(self.me, given["body"]))
        if path.startswith(ONES[self.service]):
            number = int(path.rpartition("/")[2])
            if number not in self.comments:
                return 404, {"message": "Not Found"}
            if method == {"github": "PATCH", "gitlab": "PUT"}[self.service]:
                self.comments[number]["body"] = given["body"]
                return 200, self.shape(number)
            if method == "DELETE":
                del self.comments[number]
                return 204, None
        return 404, {"message": f"{method} {path} is nothing that this server knows"}

    def _page(self, target: str, everything: list[Any]) -> tuple[list[Any], Mapping[str, str]]:
        query = parse_qs(urlsplit(target).query)
        size = min(int(query.get("per_page", ["30"])[0]), self.page_size)
        page = int(query.get("page", ["1"])[0])
        first = (page - 1) * size
        if first + size >= len(everything):
            return everything[first:], {}
        path = urlsplit(target).path
        following = self.next_link(f"{self.url}{path}?per_page={size}&page={page + 1}")
        link = f'<{self.url}{path}?per_page={size}&page=1>; rel="first", <{following}>; rel="next"'
        return everything[first : first + size], {"Link": link}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client may hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together, or each answer waits for an acknowledgement
    stub: Stub

    def serve(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        stub, method = self.stub, self.command
        stub.asked.append(Asked(method, self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        stub.before(method, self.path)
        fault = stub.fault(method, self.path)
        if fault and fault.how == "hang":
            stub.over.wait()
        if fault and fault.how != "answer":
            if fault.how == "stored and dropped":
                stub.answer(method, self.path, body)
            self.close_connection = True
            return
        if fault:
            self._send(fault.status, {"Content-Type": "application/json", **fault.headers}, fault.body)
            return
        answer = stub.answer(method, self.path, body)
        stub.after(method, self.path)
        self._send(*answer)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Clock:
    """A time that passes only while somebody sleeps."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.at += seconds

    def patience(self, **limits: Any) -> Patience:
        """Give limits that are measured by this clock."""
        return Patience(sleep=self.sleep, clock=lambda: self.at, now=lambda: NOW + self.at, **limits)


def served(service: str) -> Iterator[Stub]:
    stub = Stub(service)
    does = {f"do_{method}": _Handler.serve for method in ("GET", "POST", "PATCH", "PUT", "DELETE", "CONNECT")}
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"stub": stub, **does}))
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        stub.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget how the machine that runs the tests gets to the network."""
    names = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")
    for name in (*names, *map(str.upper, names)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["github", "gitlab"])
def stub(request: pytest.FixtureRequest) -> Iterator[Stub]:
    """Serve each of both services in turn."""
    yield from served(request.param)


@pytest.fixture
def hub() -> Iterator[Stub]:
    """Serve GitHub."""
    yield from served("github")


@pytest.fixture
def lab() -> Iterator[Stub]:
    """Serve GitLab."""
    yield from served("gitlab")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def send(clock: Clock) -> Callable[..., Posted]:
    """Post a text on a service, with a time that takes none."""

    def posting(stub: Stub, text: str, key: str = "default", **limits: Any) -> Posted:
        with closing(thread_of(stub.address, Secret(CANARY), clock.patience(**limits))) as thread:
            return post(thread, key, text)

    return posting
