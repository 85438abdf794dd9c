"""A pull request's comments, whichever service has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote something, or who we are: ``id`` is 0 where it is not known, and then the login and the kind count."""

    id: int
    login: str
    bot: bool = False

    def is_(self, other: Author) -> bool:
        """Say whether both are the same: by id, which nobody can choose, where it is known."""
        if self.id and other.id:
            return self.id == other.id
        return bool(self.login) and self.login == other.login and self.bot and other.bot


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; ids grow with time. ``author`` is None for an account that is gone."""

    id: int
    author: Author | None
    body: str
    url: str = ""


class Thread(Protocol):
    """What has to be known about a service to keep one comment there. Errors, of each: Unposted."""

    def me(self) -> Author:
        """Say as whom we write."""
        ...

    def comments(self) -> Iterator[Comment]:
        """Read every comment, to the last page."""
        ...

    def create(self, body: str) -> Comment:
        """Write a comment. Errors: Doubtful, when it may have been written."""
        ...

    def update(self, number: int, body: str) -> Comment:
        """Replace a comment's text. Errors: Gone."""
        ...

    def delete(self, number: int) -> None:
        """Delete a comment; one that is gone already is deleted."""
        ...

    def pause(self) -> None:
        """Wait until what was written can be seen."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
