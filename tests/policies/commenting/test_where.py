"""Where the comment goes, as the environment of a pipeline tells it; a doubt is an error, not a guess."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.commenting.where import Address, NoPullRequest, Unaddressed, address, service_of, token

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HUB = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/data", "GITHUB_EVENT_NAME": "push"}
LAB = {"GITLAB_CI": "true", "CI_API_V4_URL": "https://gitlab.example.test/api/v4", "CI_PROJECT_ID": "7"}
CANARY = "canary-t0ken"


@pytest.mark.parametrize(
    ("environment", "asked", "service"),
    [
        pytest.param(HUB, None, "github", id="a workflow"),
        pytest.param(LAB, None, "gitlab", id="a pipeline"),
        pytest.param(LAB, "github", "github", id="asked for"),
        pytest.param({}, "gitlab", "gitlab", id="nowhere, and asked for"),
    ],
)
def test_service(environment: Mapping[str, str], asked: str | None, service: str) -> None:
    """What is asked for counts, else who runs it."""
    assert service_of(environment, asked) == service


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param({}, "neither GITHUB_ACTIONS nor GITLAB_CI is 'true'", id="nowhere"),
        pytest.param(HUB | LAB, "both GITHUB_ACTIONS and GITLAB_CI are 'true'", id="both"),
        pytest.param({"GITHUB_ACTIONS": "1"}, "--on", id="not its own word"),
    ],
)
def test_no_service(environment: Mapping[str, str], told: str) -> None:
    """Without a service, or with two, there is no guess."""
    with pytest.raises(Unaddressed, match=told):
        service_of(environment)


# --- GitHub -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "more", "number"),
    [
        pytest.param({"pull_request": {"number": 5}}, {}, 5, id="pull_request"),
        pytest.param({"issue": {"number": 6, "pull_request": {"url": "x"}}}, {}, 6, id="a comment on a pull request"),
        pytest.param({"pull_request": {"number": 5}}, {"GITHUB_REF": "refs/pull/9/merge"}, 5, id="the event first"),
        pytest.param({}, {"GITHUB_REF": "refs/pull/9/merge"}, 9, id="the ref"),
        pytest.param(None, {"GITHUB_REF": "refs/pull/9/head"}, 9, id="the ref alone"),
        pytest.param({"pull_request": {"number": True}}, {"GITHUB_REF": "refs/pull/9/merge"}, 9, id="no number"),
        pytest.param([], {"GITHUB_REF": "refs/pull/9/merge"}, 9, id="no object"),
    ],
)
def test_github(tmp_path: Path, event: Any, more: Mapping[str, str], number: int) -> None:
    """The event names the pull request, else the ref that it checks out."""
    environment = HUB | more
    if event is not None:
        environment["GITHUB_EVENT_PATH"] = str(tmp_path / "event.json")
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")

    assert address(environment, "github") == Address("github", "https://api.github.com", "acme/data", number)
    assert address(environment, "github", 77).number == 77


@pytest.mark.parametrize(
    ("event", "more"),
    [
        pytest.param({"ref": "refs/heads/main"}, {"GITHUB_REF": "refs/heads/main"}, id="a push"),
        pytest.param({"issue": {"number": 6}}, {"GITHUB_EVENT_NAME": "issue_comment"}, id="a comment on an issue"),
        pytest.param({}, {"GITHUB_EVENT_NAME": "schedule"}, id="a schedule"),
        pytest.param({}, {"GITHUB_REF": "refs/tags/refs/pull/9/merge"}, id="a tag like a pull request"),
        pytest.param({}, {"GITHUB_REF": "refs/pull/9/merge\n"}, id="a ref with a line end"),
    ],
)
def test_github_without_a_pull_request(tmp_path: Path, event: Any, more: Mapping[str, str]) -> None:
    """A run of no pull request is told apart from one whose pull request is not known."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    with pytest.raises(NoPullRequest):
        address(HUB | more | {"GITHUB_EVENT_PATH": str(path)}, "github")


@pytest.mark.parametrize(
    ("content", "more", "told"),
    [
        pytest.param(b"{}", {"GITHUB_EVENT_NAME": "workflow_run"}, "--pull-request N", id="workflow_run"),
        pytest.param(b"{}", {"GITHUB_EVENT_NAME": "pull_request_target"}, "names no pull request", id="no number"),
        pytest.param(b"{", {}, "is not JSON", id="half an event"),
        pytest.param(b"\xff", {}, "is not JSON", id="bytes"),
        pytest.param(b"[" * 100_000, {}, "is not JSON", id="deep"),
        pytest.param(None, {}, "cannot be read: No such file", id="no event"),
        pytest.param(b"{}", {"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY is ''", id="no repository"),
        pytest.param(b"{}", {"GITHUB_REPOSITORY": "a/../b"}, "where OWNER/NAME belongs", id="a path"),
        pytest.param(b"{}", {"GITHUB_REPOSITORY": "a/.."}, "where OWNER/NAME belongs", id="a way up"),
        pytest.param(b"{}", {"GITHUB_REPOSITORY": "a/b\n"}, "where OWNER/NAME belongs", id="a line end"),
    ],
)
def test_github_in_doubt(tmp_path: Path, content: bytes | None, more: Mapping[str, str], told: str) -> None:
    """What should name the pull request and does not is an error."""
    path = tmp_path / "event.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unaddressed, match=told):
        address(HUB | {"GITHUB_EVENT_PATH": str(path)} | more, "github")


def test_an_event_that_is_too_large(tmp_path: Path) -> None:
    """What an event may have is bounded, far above what GitHub sends."""
    path = tmp_path / "event.json"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(Unaddressed, match="is larger than 67,108,864 bytes"):
        address(HUB | {"GITHUB_EVENT_PATH": str(path)}, "github")


# --- GitLab -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "number", "expected"),
    [
        pytest.param({"CI_MERGE_REQUEST_IID": "3"}, None, ("7", 3), id="a merge request's pipeline"),
        pytest.param(
            {"CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_PROJECT_ID": "70"}, None, ("70", 3), id="of a fork"
        ),
        pytest.param({}, 4, ("7", 4), id="named"),
    ],
)
def test_gitlab(more: Mapping[str, str], number: int | None, expected: tuple[str, int]) -> None:
    """The merge request belongs to the project that it goes to."""
    assert address(LAB | more, "gitlab", number) == Address("gitlab", LAB["CI_API_V4_URL"], *expected)


def test_gitlab_without_a_merge_request() -> None:
    """A branch's pipeline is of no merge request."""
    with pytest.raises(NoPullRequest):
        address(LAB, "gitlab")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param({"CI_MERGE_REQUEST_IID": "3/../4"}, "where a number belongs", id="no number"),
        pytest.param({"CI_MERGE_REQUEST_IID": "0"}, "where a number belongs", id="nought"),
        pytest.param({"CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_ID": ""}, "CI_PROJECT_ID is ''", id="no project"),
        pytest.param(
            {"CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_ID": "a/b"}, "a project's number", id="a project's path"
        ),
        pytest.param({"CI_MERGE_REQUEST_IID": "3", "CI_API_V4_URL": ""}, "CI_API_V4_URL is not set", id="no API"),
    ],
)
def test_gitlab_in_doubt(more: Mapping[str, str], told: str) -> None:
    """What should name the merge request and does not is an error."""
    with pytest.raises(Unaddressed, match=told):
        address(LAB | more, "gitlab")


# --- the API's URL ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://github.example.test/api/v3",
        "https://github.example.test/api/v3/",
        "https://github.example.test:8443",
        "http://127.0.0.1:8080/api/v3",
        "http://localhost:8080",
        "http://[::1]:8080",
    ],
)
def test_an_api(url: str) -> None:
    """Encrypted, or on this machine."""
    found = address(HUB | {"GITHUB_API_URL": url}, "github", 1)
    assert found.api == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("http://github.example.test", "is not encrypted", id="not encrypted"),
        pytest.param("http://127.0.0.1.example.test", "is not encrypted", id="not this machine"),
        pytest.param("http://localhost.example.test", "is not encrypted", id="not this machine either"),
        pytest.param("https://me:passw0rd@example.test", "a user or a password", id="a password"),
        pytest.param("https://me@example.test", "a user or a password", id="a user"),
        pytest.param("ftp://example.test", "is no http", id="another scheme"),
        pytest.param("example.test/api", "is no http", id="no scheme"),
        pytest.param("https://", "is no http", id="no host"),
        pytest.param("https://example.test:port", "it is no URL", id="no port"),
        pytest.param("https://[::1", "it is no URL", id="half an address"),
        pytest.param("https://example.test/?a=b", "more than a host and a path", id="a query"),
        pytest.param("https://example.test/a#b", "more than a host and a path", id="a fragment"),
        pytest.param("https://example.test/a/../b", "more than a host and a path", id="a way up"),
        pytest.param("https://example.test\n.example.test", "is no URL", id="a line end"),
        pytest.param("https://example.test\\@passw0rd.test", "it is no URL", id="a backslash"),
        pytest.param("https://exämple.test", "is no URL", id="not ASCII"),
    ],
)
def test_no_api(url: str, told: str) -> None:
    """The token would be sent there, so it has to be a plain address, and no password is repeated."""
    with pytest.raises(Unaddressed, match=told) as raised:
        address(HUB | {"GITHUB_API_URL": url}, "github", 1)
    assert "passw0rd" not in str(raised.value)


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "service", "value"),
    [
        pytest.param({"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}, "github", "a", id="GITHUB_TOKEN first"),
        pytest.param({"GITHUB_TOKEN": " ", "GH_TOKEN": "b\n"}, "github", "b", id="GH_TOKEN"),
        pytest.param({"GITLAB_TOKEN": "a", "GRANTGATE_GITLAB_TOKEN": "b"}, "gitlab", "b", id="our own first"),
        pytest.param({"GITLAB_TOKEN": "a"}, "gitlab", "a", id="GITLAB_TOKEN"),
    ],
)
def test_token(environment: Mapping[str, str], service: str, value: str) -> None:
    """Space around a token, as files leave it, is none of it."""
    assert token(environment, service).reveal() == value


@pytest.mark.parametrize(
    ("environment", "service", "told"),
    [
        pytest.param({}, "github", "GITHUB_TOKEN nor GH_TOKEN.*pull-requests: write", id="none on GitHub"),
        pytest.param({"CI_JOB_TOKEN": CANARY}, "gitlab", "CI_JOB_TOKEN may not write comments", id="the job's"),
        pytest.param(
            {"CI_JOB_TOKEN": CANARY, "GITLAB_TOKEN": CANARY},
            "gitlab",
            "GITLAB_TOKEN holds CI_JOB_TOKEN",
            id="passed on",
        ),
        pytest.param({"GITHUB_TOKEN": f"{CANARY}\nX-Evil: 1"}, "github", "no token has", id="a line end inside"),
        pytest.param({"GITHUB_TOKEN": f"{CANARY}ü"}, "github", "no token has", id="not ASCII"),
    ],
)
def test_no_token(environment: Mapping[str, str], service: str, told: str) -> None:
    """What cannot be a token is not sent, and not shown."""
    with pytest.raises(Unaddressed, match=told) as raised:
        token(environment, service)
    assert CANARY not in str(raised.value)
