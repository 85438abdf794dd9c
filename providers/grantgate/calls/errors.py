"""
What a lookup says when AWS gave no usable answer: the words that every message is made of.

Texts of AWS and of what stands before it are shown without key material, without control characters and cut short.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 300
"""Characters of a text that came from elsewhere, in a message."""

LOOK_BETWEEN: Final = "check what stands between here and AWS (proxy, endpoint URL), then run again"
"""What to do about an answer that AWS does not give."""


NO_MEMORY: Final = "not enough memory in the process that makes the lookups"
ASK_FOR_LESS: Final = "give the run more memory, or ask for less at once (by a filter, or with fewer lookups)"
"""What a process says that is at the end of its memory, and what to do."""


class Cause(StrEnum):
    """Why a read failed."""

    NOT_FOUND = "not found"
    DENIED = "denied"
    THROTTLED = "throttled"
    CREDENTIALS = "credentials"
    UNREACHABLE = "unreachable"
    WRONG_REGION = "wrong Region"
    REFUSED = "refused"
    SERVICE = "service error"
    NOT_UNDERSTOOD = "not understood"


# Access key ids, the user's part of a URL, and anything as long and as random as a secret key or a session token.
_KEY_MATERIAL: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}\b|(?<=://)[^/\s@]+(?=@)|[A-Za-z0-9/+=]{40,}")


@dataclass(eq=False)
class Unread(Exception):
    """
    AWS did not give a usable answer.

    Shape: ``what`` says in one line what happened, with call, account, Region, AWS's code and request id;
           ``remedy`` says what to do.
    """

    cause: Cause
    what: str
    remedy: str
    code: str = ""

    def __str__(self) -> str:
        return f"{self.what}. To do: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Call:
    """Which call was made, for messages; ``action`` is the IAM action, ``target`` what it was asked about."""

    action: str
    account: str
    region: str
    target: str

    @property
    def operation(self) -> str:
        """The API operation's name."""
        return self.action.partition(":")[2]

    @property
    def endpoint_variable(self) -> str:
        """The environment variable that leads calls of this service elsewhere. Source: AWS SDKs reference guide."""
        service = self.action.partition(":")[0]
        return f"AWS_ENDPOINT_URL_{'S3_CONTROL' if service == 's3' else service.upper()}"

    def __str__(self) -> str:
        account = f" in account {self.account}" if self.account else ""
        region = f", Region {self.region}" if self.region else ""
        target = f" of {self.target!r}" if self.target else ""
        return f"{self.operation}{target}{account}{region}"


def without_keys(text: str) -> str:
    """
    Cut key material out of a text that came from elsewhere.

    >>> without_keys("The key AKIAIOSFODNN7EXAMPLE is unknown")
    'The key [key] is unknown'
    """
    return _KEY_MATERIAL.sub("[key]", text)


def quoted(text: object) -> str:
    r"""
    Give a text that came from elsewhere on one line: no keys, nothing that moves a cursor, and not too long.

    >>> quoted("User x\n is \x1b[31mnot authorized")
    'User x is \\x1b[31mnot authorized'
    """
    line = without_keys(" ".join(str(text).split()))[:LONGEST]
    return line if line.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)
