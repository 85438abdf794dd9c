"""Names with stars, for stacks, URNs and resource names: ``*`` is any text, of any length, ``/`` and ``:`` included."""

from __future__ import annotations


def matches(starred: str, text: str) -> bool:
    """
    Say whether the whole of ``text`` matches, case and all, without backtracking.

    Given another starred name as ``text``, the answer is whether ``starred`` matches everything that it matches.

    >>> matches("*-dev", "app-dev"), matches("*-dev", "app-dev-2"), matches("a*a", "a"), matches("[ab]?", "a1")
    (True, False, False, False)
    >>> matches("app-*", "app-*-dev"), matches("app-*-dev", "app-*")
    (True, False)
    """
    first, *rest = starred.split("*")
    if not rest:
        return starred == text
    *middle, last = rest
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
