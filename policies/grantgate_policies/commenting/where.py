"""
Where the comment goes: the service, the pull request and the token, as a pipeline's environment tells them.

Source: GitHub, "Variables reference: default environment variables" and "Events that trigger workflows"; GitLab,
"Predefined CI/CD variables reference" and "CI/CD job token".
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from grantgate_policies.commenting.secret import Secret
from grantgate_policies.faults import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

GITHUB: Final = "github"
GITLAB: Final = "gitlab"
SERVICES: Final = (GITHUB, GITLAB)
LONGEST: Final = {GITHUB: 65_536, GITLAB: 1_000_000}
"""Characters that a comment may have."""

_GITHUB_API: Final = "https://api.github.com"
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9-]{1,100}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}\Z")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}\Z")
_GITHUB_REF: Final = re.compile(r"refs/pull/([1-9][0-9]{0,17})/(?:merge|head)\Z")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+\Z")
_LARGEST_EVENT: Final = 64 * 1024 * 1024
_TRIGGERED_BY_RUN: Final = "workflow_run"


class Unaddressed(Exception):
    """It cannot be said where the comment goes, or with which token; the message says what is missing."""


class NoPullRequest(Exception):
    """The run belongs to no pull request: there is nothing to comment on, and nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Address:
    """
    One pull request of one service.

    Shape: ``service`` is one of SERVICES; ``api`` the URL of its API without a slash at the end; ``project`` is
           OWNER/NAME on GitHub and the project's id on GitLab.
    """

    service: str
    api: str
    project: str
    number: int

    def __str__(self) -> str:
        noun = "pull request" if self.service == GITHUB else "merge request"
        return f"{noun} {self.number} of {self.project} ({self.api})"


def service_of(environment: Mapping[str, str], asked: str | None = None) -> str:
    """
    Say which service the run belongs to: the one that is asked for, else the one that runs it.

    Errors: Unaddressed.

    >>> service_of({"GITLAB_CI": "true"})
    'gitlab'
    """
    if asked:
        return asked
    running = [
        service
        for service, name in ((GITHUB, "GITHUB_ACTIONS"), (GITLAB, "GITLAB_CI"))
        if environment.get(name) == "true"
    ]
    if len(running) != 1:
        what = "both GITHUB_ACTIONS and GITLAB_CI are" if running else "neither GITHUB_ACTIONS nor GITLAB_CI is"
        raise Unaddressed(f"{what} 'true', so the service is not known; name it with --on")
    return running[0]


def address(environment: Mapping[str, str], service: str, number: int | None = None) -> Address:
    """
    Find the pull request: the one with that number, else the one that the run is of.

    Errors: Unaddressed; NoPullRequest.
    """
    return _on_github(environment, number) if service == GITHUB else _on_gitlab(environment, number)


def token(environment: Mapping[str, str], service: str) -> Secret:
    """
    Give the token for a service.

    Errors: Unaddressed; no message has anything of the token in it.
    """
    names = ("GITHUB_TOKEN", "GH_TOKEN") if service == GITHUB else ("GRANTGATE_GITLAB_TOKEN", "GITLAB_TOKEN")
    name = next((name for name in names if environment.get(name, "").strip()), None)
    if name is None:
        job = (
            "; CI_JOB_TOKEN may not write comments, so make a project access token with the scope 'api'"
            if service == GITLAB
            else "; in a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}` and `permissions: pull-requests: write`"
        )
        raise Unaddressed(f"neither {names[0]} nor {names[1]} holds a token{job}")
    value = environment[name].strip()
    if not _TOKEN.match(value):
        raise Unaddressed(f"{name} holds characters that no token has (spaces, line ends or other than ASCII)")
    if service == GITLAB and value == environment.get("CI_JOB_TOKEN", "").strip():
        raise Unaddressed(
            f"{name} holds CI_JOB_TOKEN, which may not write comments; use an access token of scope 'api'"
        )
    return Secret(value)


def _on_github(environment: Mapping[str, str], number: int | None) -> Address:
    api = _api(environment.get("GITHUB_API_URL") or _GITHUB_API, "GITHUB_API_URL")
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.match(repository):
        raise Unaddressed(f"GITHUB_REPOSITORY is {shown(repository)} where OWNER/NAME belongs")
    return Address(GITHUB, api, repository, number or _github_number(environment))


def _github_number(environment: Mapping[str, str]) -> int:
    """Find the number in the event that triggered the run, else in the ref that it checks out."""
    if path := environment.get("GITHUB_EVENT_PATH"):
        found = _number_of(_event(path))
        if found:
            return found
    if at := _GITHUB_REF.match(environment.get("GITHUB_REF", "")):
        return int(at.group(1))
    trigger = environment.get("GITHUB_EVENT_NAME", "")
    if trigger == _TRIGGERED_BY_RUN:
        raise Unaddressed("a workflow_run event does not say whose pull request it is about; name it: --pull-request N")
    if trigger.startswith("pull_request"):
        raise Unaddressed(f"the event {shown(trigger)} names no pull request; name it: --pull-request N")
    raise NoPullRequest(f"the event {shown(trigger)} is of no pull request")


def _event(path: str) -> Any:
    try:
        with Path(path).open("rb") as file:
            written = file.read(_LARGEST_EVENT + 1)
        if len(written) > _LARGEST_EVENT:
            raise Unaddressed(f"GITHUB_EVENT_PATH: {shown(path)} is larger than {_LARGEST_EVENT:,} bytes")
        return json.loads(written)
    except OSError as error:
        raise Unaddressed(f"GITHUB_EVENT_PATH: {shown(path)} cannot be read: {error.strerror or 'no file'}") from None
    except (ValueError, RecursionError):
        raise Unaddressed(f"GITHUB_EVENT_PATH: {shown(path)} is not JSON that can be read") from None


def _number_of(event: Any) -> int | None:
    """Give the number of the pull request that an event is about; an issue's number counts when it is one."""
    if not isinstance(event, dict):
        return None
    about = event.get("pull_request")
    if not isinstance(about, dict):
        about = event.get("issue")
        if not isinstance(about, dict) or not isinstance(about.get("pull_request"), dict):
            return None
    found = about.get("number")
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _on_gitlab(environment: Mapping[str, str], number: int | None) -> Address:
    written = environment.get("CI_API_V4_URL", "")
    if not written:
        raise Unaddressed("CI_API_V4_URL is not set; it holds the URL of GitLab's API, as GitLab sets it in a pipeline")
    api = _api(written, "CI_API_V4_URL")
    iid = environment.get("CI_MERGE_REQUEST_IID", "")
    if number is None:
        if not iid:
            raise NoPullRequest("CI_MERGE_REQUEST_IID is not set, so this is no merge request's pipeline")
        if not _NUMBER.match(iid):
            raise Unaddressed(f"CI_MERGE_REQUEST_IID is {shown(iid)} where a number belongs")
        number = int(iid)
    # In a fork's pipeline CI_PROJECT_ID is the fork, and the merge request belongs to the project it goes to.
    name = next((name for name in ("CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID") if environment.get(name)), None)
    project = environment[name] if name else ""
    if not _NUMBER.match(project):
        raise Unaddressed(f"{name or 'CI_PROJECT_ID'} is {shown(project)} where a project's number belongs")
    return Address(GITLAB, api, project, number)


def _api(written: str, name: str) -> str:
    """
    Read the URL of an API: https, or http on this machine alone, for the token goes there.

    Errors: Unaddressed.
    """
    fault = _fault(written)
    if fault:
        # The URL itself stays unsaid where it may hold a password.
        raise Unaddressed(f"{name}: {fault}")
    return written.rstrip("/")


def _fault(written: str) -> str:
    if not written.isascii() or not written.isprintable() or " " in written or "\\" in written:
        return f"{shown(written)} is no URL" if "@" not in written else "it is no URL"
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is no URL"
    if "@" in parts.netloc:
        return "a user or a password in the URL; the token goes into its own variable"
    if not host or parts.scheme not in {"http", "https"}:
        return f"{shown(written)} is no http(s) URL"
    if parts.query or parts.fragment or ".." in parts.path.split("/"):
        return f"{shown(written)} has more than a host and a path"
    if parts.scheme == "http" and not is_loopback(host):
        return f"{shown(written)} is not encrypted, and the token would be readable on the way; use https"
    return ""


def is_loopback(host: str) -> bool:
    """
    Say whether a host is this machine itself.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost.example.com")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
