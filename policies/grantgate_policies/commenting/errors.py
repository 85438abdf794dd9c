"""What can keep a comment from being posted."""

from __future__ import annotations


class Unposted(Exception):
    """The service refused or cannot be reached; the message says what it said, and what to do."""


class Doubtful(Unposted):
    """A comment may have been written or not: the connection ended before the service said so."""


class Gone(Unposted):
    """The comment that was to be changed is not there any more."""
