"""
One comment that is found again, and updated where it stands.

The comment is known by its first line, a mark that no reader sees, and by its author: anybody can write the mark, so
nobody else's comment is taken for ours, and whose else has it is told. Where there are several of ours (two jobs at
once), the oldest one stays and gets the text, for every job agrees on which that is; the others are deleted. What was
written last stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from grantgate_policies.commenting.errors import Doubtful, Gone, Unposted

if TYPE_CHECKING:
    from grantgate_policies.commenting.thread import Author, Comment, Thread

DEFAULT_KEY: Final = "default"

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Posted:
    """
    What was done.

    Shape: ``how`` is "created", "updated" or "left as it is"; ``removed`` counts deleted doubles; ``others`` are the
           logins of others whose comments have our mark: planted, or left by a token that was used before.
    """

    how: str
    url: str
    removed: int = 0
    others: tuple[str, ...] = ()


def is_key(text: str) -> bool:
    """
    Say whether a text can be the key of a comment.

    >>> is_key("prod-eu"), is_key("a --> b"), is_key("")
    (True, False, False)
    """
    return bool(_KEY.match(text))


def marker(key: str) -> str:
    """
    Give the first line of the comment with that key.

    >>> marker("default")
    '<!-- grantgate:comment key=default -->'
    """
    return f"<!-- grantgate:comment key={key} -->"


def post(thread: Thread, key: str, text: str) -> Posted:
    """
    Let the comment with that key say ``text``, whatever was there before.

    Errors: Unposted.
    """
    mark = marker(key)
    body = f"{mark}\n{text}"
    me = thread.me()
    made: dict[int, Comment] = {}
    trouble: Unposted | None = None
    for _ in range(_ROUNDS):
        # What was just written may not be in the list yet.
        marked = [comment for comment in thread.comments() if _is_marked(comment, mark)]
        ours = made | {comment.id: comment for comment in marked if _is_by(comment, me)}
        try:
            if not ours:
                comment = _checked(thread.create(body), mark)
                made[comment.id] = comment
                # Who wrote it is who we are, whatever we took ourselves for: older ones of the same author are ours.
                me = comment.author or me
                continue
            is_new = min(ours) in made or isinstance(trouble, Doubtful)
            posted = _settled(thread, ours, body, mark, is_new=is_new)
            others = {comment.author.login if comment.author else "" for comment in marked if comment.id not in ours}
            return replace(posted, others=tuple(sorted(others)))
        except Doubtful as doubt:
            trouble = doubt
            thread.pause()
        except Gone as gone:
            trouble = gone
            made.pop(min(ours), None)
    raise Unposted(f"{trouble or 'the comments keep changing'}; looked {_ROUNDS} times")


def _settled(thread: Thread, ours: dict[int, Comment], body: str, mark: str, *, is_new: bool) -> Posted:
    """Let the oldest of our comments have the text and be the only one."""
    kept, *doubles = (ours[number] for number in sorted(ours))
    how = "created" if is_new else "left as it is"
    if _plain(kept.body) != _plain(body):
        kept, how = _checked(thread.update(kept.id, body), mark, kept.id), "updated"
    for double in doubles:
        thread.delete(double.id)
    return Posted(how, kept.url, len(doubles))


def _is_by(comment: Comment, me: Author) -> bool:
    return comment.author is not None and comment.author.is_(me)


def _is_marked(comment: Comment, mark: str) -> bool:
    return comment.body.split("\n", 1)[0].rstrip() == mark


def _checked(comment: Comment, mark: str, number: int | None = None) -> Comment:
    """Give the comment that a service says it wrote, when it is one that the next run will find."""
    if not _is_marked(comment, mark) or number not in {None, comment.id}:
        raise Unposted("the service did not store the comment as it was sent, so the next run would not find it")
    return comment


def _plain(body: str) -> str:
    """Give a text without what services do to it: line ends, and space at the end."""
    return body.replace("\r\n", "\n").rstrip()
