"""One comment: found again, updated where it stands, and never mistaken for somebody else's."""

from __future__ import annotations

import functools
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.commenting.errors import Unposted
from grantgate_policies.commenting.sticky import is_key, marker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    Stub = Send = Any

US, BOT, STRANGER = 100, 41898282, 666
MARK = "<!-- grantgate:comment key=default -->"
CHANGE = {"github": "PATCH", "gitlab": "PUT"}


def body(text: str, key: str = "default") -> str:
    return f"{marker(key)}\n{text}"


def test_green_red_green_stays_one_comment(stub: Stub, send: Send) -> None:
    """The first run writes the comment and each later one updates it, on green too."""
    done = [send(stub, text).how for text in ("PASSED", "BLOCKED", "PASSED")]

    assert done == ["created", "updated", "updated"]
    assert stub.bodies() == [body("PASSED")]
    assert stub.methods(writing=True) == ["POST", CHANGE[stub.service], CHANGE[stub.service]]


def test_nothing_is_written_twice(stub: Stub, send: Send) -> None:
    """A comment that says it already is left as it is, in whatever way the service ends its lines."""
    first = send(stub, "PASSED\nall")
    number = max(stub.comments)
    stub.comments[number]["body"] = body("PASSED\r\nall\r\n").replace("-->\n", "-->\r\n")

    assert (first.how, send(stub, "PASSED\nall").how) == ("created", "left as it is")
    assert stub.methods(writing=True) == ["POST"]


def test_the_mark_on_the_last_of_many_pages(stub: Stub, send: Send) -> None:
    """All pages are read: 300 comments of others hide nothing, and no second comment is made."""
    for number in range(300):
        stub.say(STRANGER, f"comment {number}")
    stub.page_size = 7
    mine = stub.say(US, body("old"))

    assert send(stub, "new").how == "updated"
    assert stub.comments[mine]["body"] == body("new")
    assert stub.methods().count("GET") == 43
    assert len(stub.comments) == 301


def test_each_key_has_its_comment(stub: Stub, send: Send) -> None:
    """Gates with keys of their own do not overwrite each other."""
    for key in ("prod", "prod-eu", "pro"):
        send(stub, key, key=key)
    send(stub, "again", key="prod")

    assert sorted(stub.bodies()) == sorted([body("again", "prod"), body("prod-eu", "prod-eu"), body("pro", "pro")])


@pytest.mark.parametrize(
    ("author", "said"),
    [
        pytest.param(STRANGER, body("PASSED"), id="somebody plants the mark"),
        pytest.param(US, f"see\n{MARK}\nx", id="the mark is quoted further down"),
        pytest.param(US, f" {MARK}\nx", id="a space before the mark"),
        pytest.param(US, f"{MARK} PASSED\nx", id="more on the mark's line"),
        pytest.param(US, f"> {MARK}\nx", id="the mark is quoted"),
        pytest.param(US, body("x", "other"), id="the key of another gate"),
        pytest.param(US, "", id="nothing at all"),
    ],
)
def test_what_is_not_ours_is_left_alone(stub: Stub, send: Send, author: int, said: str) -> None:
    """Only the mark as the first line, written by ourselves, makes a comment ours."""
    other = stub.say(author, said)

    posted = send(stub, "BLOCKED")

    assert (posted.how, posted.others) == ("created", ("mallory",) if author == STRANGER else ())
    assert stub.comments[other]["body"] == said
    assert len(stub.comments) == 2


def test_a_comment_without_an_author_is_nobodys(hub: Stub, send: Send) -> None:
    """An account that is gone leaves comments without a user."""
    hub.say(None, body("PASSED"))

    posted = send(hub, "BLOCKED")

    assert (posted.how, posted.others) == ("created", ("",))


def test_gitlabs_own_notes_are_not_ours(lab: Stub, send: Send) -> None:
    """What GitLab writes in our name about what happened cannot be changed, and is no comment."""
    lab.say(US, body("PASSED"), system=True)

    assert send(lab, "BLOCKED").how == "created"


# --- who we are -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("viewer", [pytest.param(True, id="GraphQL tells"), pytest.param(False, id="nothing tells")])
def test_a_workflows_token(hub: Stub, send: Send, viewer: bool) -> None:  # noqa: FBT001 - a table's column
    """GITHUB_TOKEN may not ask /user; what it writes is written by github-actions[bot]."""
    hub.me, hub.tells_user, hub.tells_viewer = BOT, False, viewer
    planted = hub.say(STRANGER, body("PASSED"))
    mine = hub.say(BOT, body("old"))

    assert send(hub, "BLOCKED").how == "updated"
    assert hub.comments[mine]["body"] == body("BLOCKED")
    assert hub.comments[planted]["body"] == body("PASSED")


def test_an_app_that_cannot_tell_who_it_is(hub: Stub, send: Send) -> None:
    """What the service says of the author of our new comment counts: the old comment does not stay green beside it."""
    hub.tells_user = hub.tells_viewer = False
    old = hub.say(US, body("PASSED"))

    posted = send(hub, "BLOCKED")

    assert (posted.how, posted.removed) == ("updated", 1)
    assert {number: one["body"] for number, one in hub.comments.items()} == {old: body("BLOCKED")}


@pytest.mark.parametrize(
    ("base", "graphql"),
    [
        pytest.param("", "/graphql", id="GitHub.com"),
        pytest.param("/api/v3", "/api/graphql", id="GitHub Enterprise Server"),
    ],
)
def test_where_graphql_is(hub: Stub, send: Send, base: str, graphql: str) -> None:
    """GraphQL is beside version 3 of the REST API, or below the API's host."""
    hub.me, hub.tells_user, hub.base = BOT, False, base

    assert send(hub, "new").how == "created"
    assert graphql in [one.path for one in hub.asked]


def test_a_person_called_like_the_bot_is_not_the_bot(hub: Stub, send: Send) -> None:
    """Where only a login is known, the account has to be a bot, too."""
    hub.me, hub.tells_user, hub.tells_viewer = BOT, False, False
    hub.user = lambda number: {"id": number, "login": "github-actions[bot]", "type": "Bot" if number == BOT else "User"}
    hub.say(STRANGER, body("PASSED"))

    assert send(hub, "BLOCKED").how == "created"
    assert hub.bodies(STRANGER) == [body("PASSED")]


# --- several of ours --------------------------------------------------------------------------------------------------


def test_doubles_are_removed(stub: Stub, send: Send) -> None:
    """The oldest of ours stays and gets the text; no older truth stands beside it."""
    oldest, *_ = [stub.say(US, body(text)) for text in ("one", "two", "three")]
    stub.say(STRANGER, body("theirs"))

    posted = send(stub, "BLOCKED")

    assert (posted.how, posted.removed) == ("updated", 2)
    assert stub.bodies() == [body("BLOCKED")]
    assert stub.comments[oldest]["body"] == body("BLOCKED")
    assert stub.bodies(STRANGER) == [body("theirs")]


def test_a_double_that_cannot_be_removed_is_an_error(stub: Stub, send: Send) -> None:
    """Two comments would be two truths, so that is said; the one that stays is right by then."""
    stub.say(US, body("one"))
    stub.say(US, body("two"))
    stub.fail("DELETE", status=403, body=b'{"message": "no"}', times=9)

    with pytest.raises(Unposted, match="status 403"):
        send(stub, "BLOCKED")
    assert stub.bodies()[0] == body("BLOCKED")


@pytest.mark.parametrize(
    "meet_at", [pytest.param(("GET",), id="both look"), pytest.param(("GET", "POST"), id="both write")]
)
def test_two_jobs_at_once_end_with_one_truth(stub: Stub, send: Send, meet_at: tuple[str, ...]) -> None:
    """Both find no comment and both write one; one comment is left, and it says what one of them says."""
    left: dict[str, threading.Barrier] = {}
    for one in meet_at:
        left[one] = threading.Barrier(2, action=functools.partial(left.pop, one))

    def meet(method: str, path: str) -> None:
        barrier = left.get(method)
        if barrier and path.startswith(("/api/v3/repos", "/api/v4/projects")):
            barrier.wait(timeout=30)

    stub.after = meet
    jobs = [threading.Thread(target=send, args=(stub, text)) for text in ("A", "B")]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(timeout=60)

    assert len(stub.bodies()) == 1
    assert stub.bodies()[0] in {body("A"), body("B")}
    assert stub.methods(writing=True).count("POST") == 2


def test_a_comment_that_is_deleted_meanwhile(stub: Stub, send: Send) -> None:
    """Somebody deletes the comment between our looking and our writing: it is written anew."""
    mine = stub.say(US, body("old"))
    change = CHANGE[stub.service]

    def delete(method: str, _path: str) -> None:
        if method == change:
            stub.comments.pop(mine, None)

    stub.before = delete

    assert send(stub, "new").how == "created"
    assert stub.bodies() == [body("new")]


def test_a_comment_that_may_never_be_changed(stub: Stub, send: Send) -> None:
    """A comment that is listed and cannot be changed is no endless loop."""
    stub.say(US, body("old"))
    stub.fail(CHANGE[stub.service], status=404, body=b'{"message": "Not Found"}', times=99)

    with pytest.raises(Unposted, match="may not change it; looked 5 times"):
        send(stub, "new")


def test_a_list_that_lags_behind(stub: Stub, send: Send) -> None:
    """What was just written counts although the list does not show it yet."""
    stub.fail("GET", status=200, body=b"[]", times=2, path="comments|notes")

    assert send(stub, "new").how == "created"
    assert stub.bodies() == [body("new")]
    assert stub.methods(writing=True) == ["POST"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b'{"id": 7, "body": "something else"}', id="without the mark"),
        pytest.param(b'{"body": "x"}', id="without an id"),
        pytest.param(b'{"id": true, "body": "x"}', id="an id that is none"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_an_answer_that_is_no_comment(stub: Stub, send: Send, answer: bytes) -> None:
    """A service (or what stands before it) that says yes to everything has stored nothing that we would find."""
    stub.fail("POST", status=201, body=answer, times=9, path="comments|notes")

    with pytest.raises(Unposted):
        send(stub, "new")


def test_an_update_of_another_comment(stub: Stub, send: Send) -> None:
    """An answer about another comment than the one that was changed is none."""
    stub.say(US, body("old"))
    stub.fail(CHANGE[stub.service], status=200, body=json.dumps({"id": 7, "body": body("x")}).encode())

    with pytest.raises(Unposted, match="not store the comment as it was sent"):
        send(stub, "new")


# --- whatever others write --------------------------------------------------------------------------------------------

_LINES = st.sampled_from([MARK, f"{MARK}\r", f" {MARK}", marker("other"), "PASSED", "", "> " + MARK]) | st.text(
    max_size=8
)
_BODIES = st.lists(_LINES, max_size=3).map("\n".join)
_COMMENTS = st.lists(st.tuples(st.sampled_from([US, BOT, STRANGER]), _BODIES), max_size=12)


@given(comments=_COMMENTS, size=st.integers(1, 5), text=st.sampled_from(["PASSED", "BLOCKED"]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_ours_is_touched(stub: Stub, send: Send, comments: list[tuple[int, str]], size: int, text: str) -> None:
    """Whatever others comment: afterwards one comment of ours says it, and everything else is as it was."""
    stub.comments.clear()
    stub.page_size = size
    for author, said in comments:
        stub.say(author, said)

    def is_ours(one: dict[str, Any]) -> bool:
        return one["author"] == US and one["body"].split("\n")[0].rstrip() == MARK

    others = {number: dict(one) for number, one in stub.comments.items() if not is_ours(one)}
    ours = [number for number, one in stub.comments.items() if is_ours(one)]

    send(stub, text)

    left = {number: one for number, one in stub.comments.items() if number not in others}
    assert {number: stub.comments[number] for number in others} == others
    assert [one["body"].replace("\r", "").rstrip() for one in left.values()] == [body(text)]
    assert not ours or list(left) == [min(ours)]


@pytest.mark.parametrize("key", ["", "a b", "-->", "a--> b", "ü", "a\n", ".a", "-a", "a" * 65, "a/b", "a=b"])
def test_what_is_no_key(key: str) -> None:
    """A key stands inside a comment of HTML, and ends nowhere else."""
    assert not is_key(key)
    assert is_key("prod.eu-west-1_B")
