"""What the emulated accounts hold, kept apart by (account, Region)."""

from __future__ import annotations

import itertools
import secrets
import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import no_instance, no_location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

DEFAULT_ACCOUNT = "111122223333"


@dataclass(slots=True)
class ResourcePolicy:
    """The policy of an instance, as text, with the organization it was put for."""

    document: str
    organization: str | None
    created_at: datetime


@dataclass(slots=True)
class Location:
    """A registered location; ``number`` orders lists and survives deletions between two pages."""

    id: str
    arn: str
    scope: str
    role_arn: str
    created_at: datetime
    number: int
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Grant:
    """A grant; ``scope`` is the location's scope and the sub-prefix joined."""

    id: str
    arn: str
    location_id: str
    sub_prefix: str | None
    prefix_type: str | None
    scope: str
    permission: str
    grantee_type: str
    grantee_identifier: str
    application_arn: str | None
    created_at: datetime
    number: int
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Instance:
    """The one Access Grants instance of an account in a Region; ``shared_with`` are accounts reached by RAM."""

    arn: str
    created_at: datetime
    identity_center_arn: str | None = None
    identity_center_application_arn: str | None = None
    resource_policy: ResourcePolicy | None = None
    shared_with: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)


@dataclass(slots=True)
class AccessPointRegion:
    """One bucket behind a Multi-Region Access Point; ``dial`` is 0 or 100."""

    bucket: str
    region: str
    bucket_account: str
    dial: int = 100


@dataclass(slots=True)
class AccessPoint:
    """A Multi-Region Access Point; ``request`` is the token of the asynchronous request still changing it."""

    name: str
    alias: str
    status: str
    created_at: datetime
    public_access_block: dict[str, bool]
    regions: list[AccessPointRegion]
    established_policy: str | None = None
    proposed_policy: str | None = None
    request: str | None = None


@dataclass(slots=True)
class AsyncRequest:
    """
    An asynchronous request and the script of its life.

    Shape:  each poll shows the next entry of ``timeline``, the last one stays; ``error`` has the members of
            AsyncErrorDetails. ``expires_after_polls`` polls are answered, then the token is unknown.
    """

    token_arn: str
    operation: str
    details: dict[str, Any]
    created_at: datetime
    timeline: tuple[str, ...]
    region_statuses: dict[str, str] = field(default_factory=dict)
    error: dict[str, str] | None = None
    polls: int = 0
    expires_after_polls: int | None = None
    expired: bool = False

    @property
    def status(self) -> str:
        """Return the status the latest poll has shown, or will show first."""
        return self.timeline[min(max(self.polls - 1, 0), len(self.timeline) - 1)]


@dataclass(slots=True)
class Bucket:
    """Who owns a bucket, and in which Region it is."""

    name: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What an access key id stands for."""

    account: str
    arn: str | None = None
    directory_user: str | None = None
    directory_groups: tuple[str, ...] = ()


class State:
    """
    Everything the emulator remembers about AWS resources, except what moto keeps.

    Handlers run one at a time under ``lock``; tests that change things directly go through the methods below,
    which take the lock themselves.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.page_key = secrets.token_bytes(32)
        # Where to look for buckets nobody has seeded; the application puts moto's S3 here.
        self.find_bucket: Callable[[str], Bucket | None] = lambda _: None
        self.clear()

    def clear(self) -> None:
        """Forget every account."""
        with self.lock:
            self.default_account = DEFAULT_ACCOUNT
            self.credentials: dict[str, Credential] = {}
            self.instances: dict[tuple[str, str], Instance] = {}
            self.buckets: dict[str, Bucket] = {}
            self.access_points: dict[tuple[str, str], AccessPoint] = {}
            self.requests: dict[str, AsyncRequest] = {}
            self.client_tokens: dict[tuple[str, str, str], tuple[dict[str, Any], str]] = {}
            self._numbers = itertools.count(1)

    def adopt(self, other: State) -> None:
        """Take over everything another state holds, in one step."""
        with self.lock:
            self.default_account, self.credentials = other.default_account, other.credentials
            self.instances, self.buckets = other.instances, other.buckets
            self.access_points, self.requests = other.access_points, other.requests
            self.client_tokens, self._numbers = other.client_tokens, other._numbers

    def next_number(self) -> int:
        """Return a number larger than any before it."""
        return next(self._numbers)

    def bucket(self, name: str) -> Bucket | None:
        """Return a bucket that was seeded or made through S3, None when nobody is known to own it."""
        return self.buckets.get(name) or self.find_bucket(name)

    def instance(self, account: str, region: str) -> Instance:
        """Return an instance, or raise AccessGrantsInstanceNotExistsError."""
        try:
            return self.instances[account, region]
        except KeyError:
            raise no_instance() from None

    def location(self, account: str, region: str, location_id: str) -> Location:
        """Return a location, or raise the error AWS answers with when it or its instance is missing."""
        try:
            return self.instance(account, region).locations[location_id]
        except KeyError:
            raise no_location() from None

    def update_location_role(self, account: str, region: str, location_id: str, role_arn: str) -> None:
        """Change a location's role behind everyone's back, as drift does."""
        with self.lock:
            self.location(account, region, location_id).role_arn = role_arn

    def remove_location(self, account: str, region: str, location_id: str) -> None:
        """Take a location away, with its grants."""
        with self.lock:
            self.location(account, region, location_id)
            instance = self.instance(account, region)
            del instance.locations[location_id]
            for grant_id in [key for key, grant in instance.grants.items() if grant.location_id == location_id]:
                del instance.grants[grant_id]

    def remove_instance(self, account: str, region: str) -> None:
        """Take an instance away, with everything in it."""
        with self.lock:
            self.instance(account, region)
            del self.instances[account, region]

    def set_timeline(self, token_arn: str, timeline: list[str], error: Mapping[str, str] | None = None) -> None:
        """Give an asynchronous request another future: the next poll shows the timeline's first entry."""
        with self.lock:
            request = self.requests[token_arn]
            request.timeline, request.polls = tuple(timeline), 0
            request.error = dict(error) if error is not None else None

    def expire_request(self, token_arn: str) -> None:
        """Let AWS forget an asynchronous request."""
        with self.lock:
            self.requests[token_arn].expired = True


def new_id() -> str:
    """Return an id of the form S3 gives to locations and grants."""
    return str(uuid.uuid4())


def steady_id(*about: str) -> str:
    """Return the same id for the same words: a seed without ids stays the same from run to run."""
    # A seed may hold half a surrogate pair, which is no text to UTF-8.
    text = "/".join(about).encode("utf-8", "backslashreplace").decode()
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))
