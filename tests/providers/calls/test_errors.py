"""The words of a failed read: its call, and texts from elsewhere without keys and without what moves a cursor."""

from __future__ import annotations

import pytest
from grantgate.calls.errors import LONGEST, Call, Cause, Unread, quoted, without_keys

CALL = Call("s3:GetAccessGrantsLocation", "111122223333", "eu-west-1", "loc-1")
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        pytest.param("key AKIAIOSFODNN7EXAMPLE here", "key [key] here", id="an access key"),
        pytest.param("key ASIAIOSFODNN7EXAMPLE", "key [key]", id="a temporary access key"),
        pytest.param(SECRET, "[key]", id="a secret key"),
        pytest.param("token=" + "aB3/" * 50 + "==.", "[key].", id="a session token"),
        pytest.param(
            "Invalid endpoint: https://user:pass@host/x", "Invalid endpoint: https://[key]@host/x", id="a URL"
        ),
        pytest.param("https://host/a@b", "https://host/a@b", id="a URL without a user"),
        pytest.param("arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x", id="a role"),
        pytest.param("x" * 39, "x" * 39, id="39 characters"),
        pytest.param("x" * 40, "[key]", id="40 characters"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_without_keys(text: str, cut: str) -> None:
    """What looks like key material goes, the rest stays."""
    assert without_keys(text) == cut


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("User x\n is \t not\r\nauthorized", "User x is not authorized", id="lines"),
        pytest.param("\n::error::green", "::error::green", id="never at the start of a line of its own"),
        pytest.param("a\x1b[2Jb", "a\\x1b[2Jb", id="a terminal's command"),
        pytest.param("a\u202eb\u2066", "a\\u202eb\\u2066", id="letters that turn the line round"),
        pytest.param("a\x00b", "a\\x00b", id="no character at all"),
        pytest.param("a\ud800b", "a\\ud800b", id="half a character"),
        pytest.param("Zürich 東京", "Zürich 東京", id="letters of the world"),
        pytest.param("word " * 100, ("word " * 100)[:LONGEST], id="too long"),
        pytest.param("word " * 58 + SECRET, "word " * 58 + "[key]", id="a key at the cut: keys go first"),
        pytest.param(None, "None", id="nothing"),
        pytest.param(12, "12", id="a number"),
    ],
)
def test_quoted(text: object, shown: str) -> None:
    """One line, harmless for a terminal and a log."""
    assert quoted(text) == shown
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        pytest.param(
            CALL, "GetAccessGrantsLocation of 'loc-1' in account 111122223333, Region eu-west-1", id="all of it"
        ),
        pytest.param(Call("sts:GetCallerIdentity", "", "", ""), "GetCallerIdentity", id="the call alone"),
        pytest.param(Call("s3:X", "", "eu-west-1", ""), "X, Region eu-west-1", id="no account"),
        pytest.param(Call("s3:X", "", "", "a\x1bb"), "X of 'a\\x1bb'", id="a target that would move the cursor"),
    ],
)
def test_calls(call: Call, text: str) -> None:
    """What is not known is left out."""
    assert str(call) == text


def test_what_and_what_to_do() -> None:
    """The remedy stands apart."""
    assert str(Unread(Cause.DENIED, "denied", "allow it")) == "denied. To do: allow it"
