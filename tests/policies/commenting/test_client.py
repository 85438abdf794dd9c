"""What services do to their clients: limits, errors, endless lists; and what is made of it."""

from __future__ import annotations

import socket
from contextlib import closing
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.commenting.errors import Unposted
from grantgate_policies.commenting.secret import Secret
from grantgate_policies.commenting.services import thread_of
from grantgate_policies.commenting.sticky import marker, post
from grantgate_policies.commenting.where import Address

if TYPE_CHECKING:
    Stub = Send = Clock = Any

NOW = 1_700_000_000.0
US, STRANGER = 100, 666
OURS = marker("default")
CHANGE = {"github": "PATCH", "gitlab": "PUT"}
COMMENTS = "comments|notes"


# --- asking again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "change"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 500}, id="an error of its own"),
        pytest.param({"status": 502, "body": b"<html>bad gateway</html>"}, id="a gateway's error"),
        pytest.param({"how": "drop"}, id="a connection that ends"),
        pytest.param({"status": 200, "body": b'[{"id": '}, id="half of an answer"),
        pytest.param({"status": 429}, id="a rate limit"),
    ],
)
def test_what_passes_is_waited_out(stub: Stub, send: Send, clock: Clock, method: str, fault: dict[str, Any]) -> None:
    """Twice in trouble, then well: the comment is updated, and each wait is longer than the one before."""
    stub.say(US, f"{OURS}\nold")
    stub.fail(CHANGE[stub.service] if method == "change" else method, times=2, path=COMMENTS, **fault)

    assert send(stub, "new").how == "updated"
    assert clock.slept == [1, 2]


def test_what_does_not_pass_is_told(stub: Stub, send: Send, clock: Clock) -> None:
    """There is an end to asking, and the message says how often and for how long."""
    stub.fail("GET", status=503, body=b'{"message": "maintenance"}', times=99)

    with pytest.raises(Unposted, match=r"status 503: maintenance; asked 6 times, and a run asks at most 6 times and"):
        send(stub, "new")
    assert clock.slept == [1, 2, 4, 8, 16]


@pytest.mark.parametrize(
    ("fault", "slept"),
    [
        pytest.param({"status": 429, "headers": {"Retry-After": "0"}}, 0, id="at once"),
        pytest.param({"status": 429, "headers": {"Retry-After": "7"}}, 7, id="seconds"),
        pytest.param({"status": 429, "headers": {"Retry-After": formatdate(NOW + 5, usegmt=True)}}, 5, id="a date"),
        pytest.param({"status": 429, "headers": {"Retry-After": formatdate(NOW - 5)}}, 0, id="a date that is over"),
        pytest.param({"status": 429, "headers": {"Retry-After": "-1"}}, 1, id="less than nothing"),
        pytest.param({"status": 429, "headers": {"Retry-After": "soon"}}, 1, id="a word"),
        pytest.param({"status": 429, "headers": {"Retry-After": "9" * 400}}, 1, id="no number"),
        pytest.param(
            {"status": 429, "headers": {"Retry-After": "Fri, 31 Dec 9999 99:59:59 GMT"}}, 1, id="no date that is"
        ),
        pytest.param({"status": 429, "headers": {"Retry-After": "Mon, 01 Jan 0001 00:00:00 +2359"}}, 0, id="long ago"),
        pytest.param({"status": 403, "headers": {"Retry-After": "3"}}, 3, id="a secondary limit"),
        pytest.param(
            {"status": 403, "body": b'{"message": "You have exceeded a secondary rate limit."}'}, 60, id="without hint"
        ),
        pytest.param(
            {
                "status": 403,
                "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 33)},
                "body": b'{"message": "API rate limit exceeded"}',
            },
            33,
            id="the hour's limit",
        ),
        pytest.param(
            {"status": 429, "headers": {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(NOW) + 4)}},
            4,
            id="GitLab's limit",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rate_limits_are_honoured(
    stub: Stub, send: Send, clock: Clock, method: str, fault: dict[str, Any], slept: float
) -> None:
    """As long as the service says, for reading and for writing; what it turned down was not written."""
    stub.fail(method, path=COMMENTS, **fault)

    assert send(stub, "new").how == "created"
    assert clock.slept == [slept]
    assert len(stub.comments) == 1


def test_an_error_can_ask_to_wait(stub: Stub, send: Send, clock: Clock) -> None:
    """Retry-After counts for a service that is down, too."""
    stub.fail("GET", status=503, headers={"Retry-After": "9"})

    send(stub, "new")

    assert clock.slept == [9]


def test_a_limit_on_who_we_are_is_a_limit(hub: Stub, send: Send, clock: Clock) -> None:
    """A 403 for /user that is a rate limit does not make us github-actions[bot]."""
    mine = hub.say(US, f"{OURS}\nold")
    hub.fail("GET", status=403, headers={"Retry-After": "2"}, path="/user$")

    send(hub, "new")

    assert clock.slept == [2]
    assert hub.comments[mine]["body"] == f"{OURS}\nnew"


def test_a_wait_that_is_too_long(stub: Stub, send: Send, clock: Clock) -> None:
    """Nobody sits through an hour in a pipeline: that ends at once, and says what was asked."""
    stub.fail("GET", status=429, headers={"Retry-After": "3600"}, times=9)

    with pytest.raises(Unposted, match=r"asks to wait 3,600 s; asked 1 times.* waits at most 180 s in all"):
        send(stub, "new")
    assert clock.slept == []


def test_one_deadline_for_everything(stub: Stub, send: Send, clock: Clock) -> None:
    """Many waits that are each short enough end at the same deadline."""
    stub.fail("GET", status=429, headers={"Retry-After": "50"}, times=99)

    with pytest.raises(Unposted, match="asked 4 times"):
        send(stub, "new")
    assert sum(clock.slept) <= 180


def test_an_answer_that_never_ends(stub: Stub, send: Send, clock: Clock) -> None:
    """An answer that still goes on at the deadline is none."""

    def stall(_method: str, _path: str) -> None:
        clock.at += 500

    stub.before = stall

    with pytest.raises(Unposted, match=r"still goes on after 180 s"):
        send(stub, "new")


def test_no_time_is_left(stub: Stub, send: Send) -> None:
    """After the deadline nothing is asked any more."""
    with pytest.raises(Unposted, match="no answer within 0 s, the most that a run takes"):
        send(stub, "new", seconds=0.0)
    assert stub.asked == []


def test_a_service_that_hangs(stub: Stub, send: Send, clock: Clock) -> None:
    """A request without an answer is given up, and made again."""
    stub.fail("GET", how="hang")

    assert send(stub, "new", read=0.3).how == "created"
    assert clock.slept == [1]


def test_nobody_listens(clock: Clock) -> None:
    """An API that cannot be reached is asked as often as any other, and named."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer there
        address = Address("github", f"http://127.0.0.1:{taken.getsockname()[1]}", "acme/data", 1)
        with (
            closing(thread_of(address, Secret("x" * 20), clock.patience())) as thread,
            pytest.raises(Unposted, match=r"^GitHub: cannot be reached \(ConnectError: .*asked 6 times"),
        ):
            post(thread, "default", "new")


# --- a create is not repeated blindly ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["drop", "stored and dropped", "hang", "answer"])
def test_a_create_that_may_have_been_done(stub: Stub, send: Send, how: str) -> None:
    """Before it is tried again we look whether it is there: one comment, whatever became of the first request."""
    stub.fail("POST", how=how, path=COMMENTS)

    assert send(stub, "new", read=0.3).how == "created"
    assert stub.bodies() == [f"{OURS}\nnew"]
    assert stub.methods(writing=True).count("POST") == (1 if how == "stored and dropped" else 2)
    assert stub.methods()[:3] == ["GET", "POST", "GET"]


def test_a_create_that_never_works(stub: Stub, send: Send) -> None:
    """There is an end to looking, too."""
    stub.fail("POST", status=500, times=99, path=COMMENTS)

    with pytest.raises(Unposted, match=r"status 500: oops; looked 5 times"):
        send(stub, "new")


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "hub_says", "lab_says"),
    [
        pytest.param(400, "status 400: oops", "does not take this text", id="400"),
        pytest.param(401, "not valid", "CI_JOB_TOKEN may not write comments", id="401"),
        pytest.param(403, r"fork .*post from a workflow_run workflow with --pull-request", "scope 'api'", id="403"),
        pytest.param(404, "no such pull request", "no such merge request", id="404"),
        pytest.param(422, "does not take this text", "status 422: oops", id="422"),
    ],
)
def test_refusals(stub: Stub, send: Send, clock: Clock, status: int, hub_says: str, lab_says: str) -> None:
    """A refusal is final, and the message says what it most often means."""
    stub.fail("POST", status=status, path=COMMENTS)

    with pytest.raises(Unposted, match=hub_says if stub.service == "github" else lab_says) as raised:
        send(stub, "new")
    assert f"status {status}: oops" in str(raised.value)
    assert clock.slept == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_redirect_is_followed(hub: Stub, lab: Stub, send: Send, method: str, status: int) -> None:
    """Where a redirect leads the token does not go."""
    hub.fail(method, status=status, headers={"Location": f"{lab.url}/x"}, path=COMMENTS)

    with pytest.raises(Unposted, match=f"status {status}, a redirect"):
        send(hub, "new")
    assert lab.asked == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param(b"", "status 418", id="nothing"),
        pytest.param(b'{"message": {"body": ["is too long"]}}', 'status 418: {"body": ["is too long"]}', id="nested"),
        pytest.param(b'{"error": "a", "errors": [1]}', "status 418: a; [1]", id="several"),
        pytest.param(b"[1]", "status 418: [1]", id="a list"),
        pytest.param(b"\xff\x00\x1b[31m\n::error::x", r"status 418: \xff\x00\x1b[31m ::error::x", id="bytes"),
        pytest.param(b"[" * 100_000, "status 418: [[[", id="deep"),
        pytest.param(b"x" * 9_999, "status 418: " + "x" * 299 + "…", id="long"),
    ],
)
def test_error_bodies_are_shown_harmless_and_short(hub: Stub, send: Send, said: bytes, told: str) -> None:
    """What a service says about its errors is on one line, printable and not long."""
    hub.fail("POST", status=418, body=said, path=COMMENTS)

    with pytest.raises(Unposted) as raised:
        send(hub, "new")
    assert str(raised.value).startswith(f"GitHub: {told}")
    assert len(str(raised.value)) < 340


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(b'{"message": "hi"}', "is no list of objects", id="an object"),
        pytest.param(b"[1]", "is no list of objects", id="a list of numbers"),
        pytest.param(b'[{"body": "x"}]', "without an id", id="no id"),
        pytest.param(b"<html>", "text/html where JSON belongs", id="a page"),
        pytest.param(b"[" * 3_999, "where JSON belongs", id="deep"),
        pytest.param(b"[]" + b" " * 5_000, "more than 4,000 bytes", id="huge"),
    ],
)
def test_lists_that_are_none(stub: Stub, send: Send, answer: bytes, told: str) -> None:
    """A list that cannot be read is not a list without our comment."""
    stub.fail("GET", status=200, headers={"Content-Type": "text/html"}, body=answer, times=99, path=COMMENTS)

    with pytest.raises(Unposted, match=told):
        send(stub, "new", page_bytes=4_000)
    assert stub.methods(writing=True) == []


@pytest.mark.parametrize("who", [b"[]", b"{}", b'{"id": "7", "login": "a", "username": "a"}', b"null", b""])
def test_an_account_that_is_none(stub: Stub, send: Send, who: bytes) -> None:
    """Who does not know as whom it writes writes nothing."""
    stub.fail("GET", status=200, body=who, path="/user$")

    with pytest.raises(Unposted, match="/user names nobody"):
        send(stub, "new")


# --- pages ------------------------------------------------------------------------------------------------------------


def filled(stub: Stub, comments: int = 6) -> None:
    stub.page_size = 2
    for number in range(comments):
        stub.say(STRANGER, str(number))


@pytest.mark.parametrize(
    ("elsewhere", "told"),
    [
        pytest.param("{other}/api/v3/user?page=2", "token would leave it", id="another port"),
        pytest.param("http://example.test/api/v3/x", "token would leave it", id="another host"),
        pytest.param("//example.test/api/v3/x", "token would leave it", id="another host, the same scheme"),
        pytest.param("https://127.0.0.1/api/v3/x", "token would leave it", id="another scheme"),
        pytest.param("{here}/elsewhere?page=2", "token would leave it", id="another path"),
        pytest.param("{here}/api/v33/x", "token would leave it", id="a path that only begins like it"),
        pytest.param("{here}/api/v3/../../x", "token would leave it", id="a way out of the path"),
        pytest.param("{here}/api/v3/%2e%2e/%2e%2e/x", "token would leave it", id="a hidden way out of the path"),
        pytest.param("http://a:b@{host}/api/v3/x", "token would leave it", id="a password"),
        pytest.param("http://[", "token would leave it", id="half a host"),
        pytest.param("{here}/api/v3/\x07", "is no URL", id="a control character"),
    ],
)
def test_the_next_page_is_where_the_first_one_is(hub: Stub, lab: Stub, send: Send, elsewhere: str, told: str) -> None:
    """A next page elsewhere is not asked for: the token would go along."""
    filled(hub)
    there = elsewhere.format(other=lab.url, here=hub.url, host=hub.url.removeprefix("http://"))
    hub.next_link = lambda _: there

    with pytest.raises(Unposted, match=told):
        send(hub, "new")
    assert lab.asked == []
    assert hub.methods() == ["GET"]


def test_a_next_page_by_id(hub: Stub, send: Send) -> None:
    """GitHub's own next pages name the repository by id; a relative link is one as well."""
    filled(hub)
    mine = hub.say(US, f"{OURS}\nold")
    hub.next_link = lambda link: link.removeprefix(hub.url)

    assert send(hub, "new").how == "updated"
    assert hub.comments[mine]["body"] == f"{OURS}\nnew"


def test_pages_in_a_circle(stub: Stub, send: Send) -> None:
    """A list that begins again is not read forever, nor taken for one without our comment."""
    filled(stub)
    stub.next_link = lambda link: link.replace("page=3", "page=2")

    with pytest.raises(Unposted, match="lead in a circle"):
        send(stub, "new")


def test_too_many_pages(stub: Stub, send: Send) -> None:
    """A list without end has one for us."""
    filled(stub, comments=30)

    with pytest.raises(Unposted, match="more than 9 pages of comments, the most that are read"):
        send(stub, "new", pages=9)
    assert stub.methods(writing=True) == []
