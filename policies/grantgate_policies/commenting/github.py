"""
Comments of a GitHub pull request.

A pull request's own comments are those of its issue. An installation token (GITHUB_TOKEN, a GitHub App) may not ask
``/user`` who it is; GraphQL's ``viewer`` tells it, and where that is not to be had, what GITHUB_TOKEN writes is
written by github-actions[bot].

Source: GitHub REST API, "Issue comments", "Users: get the authenticated user" and "Using pagination in the REST API";
GitHub, "Use GITHUB_TOKEN for authentication in workflows".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from grantgate_policies.commenting.client import Access, Api
from grantgate_policies.commenting.errors import Gone
from grantgate_policies.commenting.thread import Author, Comment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantgate_policies.commenting.patience import Patience
    from grantgate_policies.commenting.secret import Secret
    from grantgate_policies.commenting.where import Address

_WORKFLOWS: Final = Author(0, "github-actions[bot]", bot=True)
_REMEDIES: Final = {
    401: "the token is not valid, or not any more",
    403: "the token may not write here: give the job `permissions: pull-requests: write`; in a pull request from a "
    "fork the token can only read, so post from a workflow_run workflow with --pull-request",
    404: "there is no such pull request, or the token may not see it: check GITHUB_REPOSITORY and the number",
    410: "the comment's place is gone",
    422: "GitHub does not take this text",
}
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = 403
_VIEWER: Final = "query { viewer { login databaseId } }"


class GitHub:
    """The comments of one pull request."""

    def __init__(self, address: Address, token: Secret, patience: Patience) -> None:
        self._api = Api(
            Access(
                service="GitHub",
                base=address.api,
                headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
                token_header="Authorization",  # noqa: S106 - the header's name
                token_prefix="Bearer ",  # noqa: S106 - the word before the token
                token=token,
                remedies=_REMEDIES,
            ),
            patience,
        )
        # GitHub Enterprise Server has GraphQL beside version 3 of the REST API, GitHub.com below it.
        self._graphql = urlsplit(address.api).path.removesuffix("/v3") + "/graphql"
        self._repository = f"/repos/{quote(address.project)}"
        self._comments = f"{self._repository}/issues/{address.number}/comments"

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def me(self) -> Author:
        """Say as whom we write."""
        found = self._api.get("/user", accept={_FORBIDDEN, _NOT_FOUND})
        if found.status not in {_FORBIDDEN, _NOT_FOUND}:
            return self._author(found.data) or self._api.refuse("/user names nobody")
        return self._viewer() or _WORKFLOWS

    def comments(self) -> Iterator[Comment]:
        """Read every comment, to the last page."""
        return (self._comment(item) for item in self._api.items(self._comments))

    def create(self, body: str) -> Comment:
        """Write a comment."""
        return self._comment(self._api.create(self._comments, {"body": body}).data)

    def update(self, number: int, body: str) -> Comment:
        """Replace a comment's text."""
        path = f"{self._repository}/issues/comments/{number}"
        answer = self._api.change("PATCH", path, {"body": body}, accept={_NOT_FOUND})
        if answer.status == _NOT_FOUND:
            raise Gone(f"GitHub: there is no comment {number}, or the token may not change it")
        return self._comment(answer.data)

    def delete(self, number: int) -> None:
        """Delete a comment; one that is gone already is deleted."""
        self._api.change("DELETE", f"{self._repository}/issues/comments/{number}", accept={_NOT_FOUND})

    def pause(self) -> None:
        """Wait until what was written can be seen."""
        self._api.patience.sleep(2)

    def _viewer(self) -> Author | None:
        """Ask GraphQL who we are; None where it does not tell."""
        answer = self._api.query(self._graphql, {"query": _VIEWER}, accept={_FORBIDDEN, _NOT_FOUND})
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        viewer = data.get("viewer") if isinstance(data, dict) else None
        if not isinstance(viewer, dict):
            return None
        number, login = viewer.get("databaseId"), viewer.get("login")
        if isinstance(number, bool) or not isinstance(number, int) or number <= 0 or not isinstance(login, str):
            return None
        return Author(number, login)

    def _comment(self, item: Any) -> Comment:
        if not isinstance(item, dict):
            self._api.refuse("a comment that is no object")
        number, body, url = item.get("id"), item.get("body"), item.get("html_url")
        if isinstance(number, bool) or not isinstance(number, int):
            self._api.refuse("a comment without an id")
        return Comment(
            number,
            self._author(item.get("user")),
            body if isinstance(body, str) else "",
            self._api.said(url) if isinstance(url, str) else "",
        )

    def _author(self, user: Any) -> Author | None:
        if not isinstance(user, dict):
            return None
        number, login = user.get("id"), user.get("login")
        if isinstance(number, bool) or not isinstance(number, int) or not isinstance(login, str):
            return None
        return Author(number, login, bot=user.get("type") == "Bot")
