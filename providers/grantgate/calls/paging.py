"""
Lists that come in pages: all of a list, or a failure that says why not, and never a part of it.

S3 Control's list calls have no paginator in botocore. Whatever answers in S3's place may name pages without end, the
same page again, or more than fits: each is bounded here, and each bound is told.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from grantgate.calls.described import no_answer
from grantgate.calls.errors import Call, Cause, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    T = TypeVar("T")
    AskPage = Callable[[Mapping[str, Any]], Mapping[str, Any]]

PAGE: Final = 1000
"""Items that one page is asked for, the most that S3 gives."""

MOST_SECONDS: Final = 300.0
"""The longest that a list takes, all of its pages together."""


@dataclass(frozen=True, slots=True)
class Paged:
    """
    One kind of list.

    Shape: ``member`` is the list in each answer, ``things`` what its items are called; ``most`` and ``most_pages`` are
           bounds of the whole list; ``less`` says how to ask for less.
    """

    member: str
    things: str
    most: int
    most_pages: int
    less: str


LOCATION_PAGES: Final = Paged(
    "AccessGrantsLocationsList", "locations", 10_000, 200, "ask for one scope with locationScope"
)
"""Ten times S3's quota of locations in an instance, which AWS raises on request."""

GRANT_PAGES: Final = Paged(
    "AccessGrantsList", "grants", 100_000, 1000, "ask for fewer by granteeType, granteeIdentifier or grantScope"
)
"""S3's quota of grants in an instance."""


def every_item(
    paged: Paged,
    call: Call,
    ask_page: AskPage,
    read: Callable[[Mapping[str, Any]], tuple[str, T]],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[T, ...]:
    """
    Give every item of a list, sorted by id.

    Shape:  ``ask_page`` makes one call with the parameters that it is given; ``read`` gives an item's id and what it
            is.
    Errors: whatever ``ask_page`` and ``read`` raise; Unread where a token or an id comes again, a page has no list, or
            a bound is passed.
    """
    found: dict[str, T] = {}
    tokens: set[str] = set()
    wanted: dict[str, Any] = {"MaxResults": PAGE}
    until = clock() + MOST_SECONDS
    for page in range(1, paged.most_pages + 1):
        reply = ask_page(wanted)
        _take(found, reply, paged, call, read, page)
        token = reply.get("NextToken")
        if not token:
            return tuple(found[one] for one in sorted(found))
        if token in tokens:
            raise no_answer(call, f"page {page} names a next page that was read before: the list has no end")
        if clock() >= until:
            so_far = f"{len(found):,} {paged.things} on {page} pages"
            what = f"{so_far} took longer than {MOST_SECONDS:.0f} s, which is the limit of one list"
            raise Unread(Cause.UNREACHABLE, f"{call}: {what}", f"run again later, or {paged.less}")
        tokens.add(token)
        wanted = {**wanted, "NextToken": token}
    what = f"the list goes on after {paged.most_pages} pages with {len(found):,} {paged.things}, which is the limit"
    raise no_answer(call, what)


def _take(
    found: dict[str, T],
    reply: Mapping[str, Any],
    paged: Paged,
    call: Call,
    read: Callable[[Mapping[str, Any]], tuple[str, T]],
    page: int,
) -> None:
    # S3 Control writes an empty list as an empty element; an answer that has none is about something else.
    items = reply.get(paged.member)
    if items is None:
        raise no_answer(call, f"page {page} lacks {paged.member}")
    for item in items:
        known, thing = read(item)
        if known in found:
            raise no_answer(call, f"{known!r} stands in the list twice, again on page {page}")
        if len(found) == paged.most:
            what = f"there are more than {paged.most:,} {paged.things}, which is the limit"
            raise Unread(Cause.REFUSED, f"{call}: {what}", paged.less)
        found[known] = thing
