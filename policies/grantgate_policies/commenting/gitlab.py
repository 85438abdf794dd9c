"""
Notes of a GitLab merge request.

Source: GitLab REST API, "Notes: merge requests", "Users: get the current user" and "REST API: pagination".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.commenting.client import Access, Api
from grantgate_policies.commenting.errors import Gone
from grantgate_policies.commenting.thread import Author, Comment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantgate_policies.commenting.patience import Patience
    from grantgate_policies.commenting.secret import Secret
    from grantgate_policies.commenting.where import Address

_REMEDIES: Final = {
    401: "the token is not valid, or not any more; CI_JOB_TOKEN may not write comments",
    403: "the token may not write here: it needs the scope 'api' and at least the role Reporter",
    404: "there is no such merge request, or the token may not see it: check CI_PROJECT_ID and the number",
    400: "GitLab does not take this text",
}
_NOT_FOUND: Final = 404


class GitLab:
    """The notes of one merge request."""

    def __init__(self, address: Address, token: Secret, patience: Patience) -> None:
        self._api = Api(
            Access(
                service="GitLab",
                base=address.api,
                headers={"Accept": "application/json"},
                token_header="PRIVATE-TOKEN",  # noqa: S106 - the header's name
                token_prefix="",
                token=token,
                remedies=_REMEDIES,
            ),
            patience,
        )
        self._notes = f"/projects/{address.project}/merge_requests/{address.number}/notes"

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def me(self) -> Author:
        """Say as whom we write."""
        return self._author(self._api.get("/user").data) or self._api.refuse("/user names nobody")

    def comments(self) -> Iterator[Comment]:
        """Read every note that somebody wrote, to the last page; GitLab's own say what happened, and are none."""
        return (self._comment(item) for item in self._api.items(self._notes) if item.get("system") is not True)

    def create(self, body: str) -> Comment:
        """Write a note."""
        return self._comment(self._api.create(self._notes, {"body": body}).data)

    def update(self, number: int, body: str) -> Comment:
        """Replace a note's text."""
        answer = self._api.change("PUT", f"{self._notes}/{number}", {"body": body}, accept={_NOT_FOUND})
        if answer.status == _NOT_FOUND:
            raise Gone(f"GitLab: there is no note {number}, or the token may not change it")
        return self._comment(answer.data)

    def delete(self, number: int) -> None:
        """Delete a note; one that is gone already is deleted."""
        self._api.change("DELETE", f"{self._notes}/{number}", accept={_NOT_FOUND})

    def pause(self) -> None:
        """Wait until what was written can be seen."""
        self._api.patience.sleep(2)

    def _comment(self, item: Any) -> Comment:
        if not isinstance(item, dict):
            self._api.refuse("a note that is no object")
        number, body = item.get("id"), item.get("body")
        if isinstance(number, bool) or not isinstance(number, int):
            self._api.refuse("a note without an id")
        return Comment(number, self._author(item.get("author")), body if isinstance(body, str) else "")

    def _author(self, user: Any) -> Author | None:
        if not isinstance(user, dict):
            return None
        number, login = user.get("id"), user.get("username")
        if isinstance(number, bool) or not isinstance(number, int) or not isinstance(login, str):
            return None
        return Author(number, login)
