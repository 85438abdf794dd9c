"""The engine's own words: its operations, its error texts, and what a person needs of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.report import Exit, Problem
from grantgate_policies.wire import MASKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

GONE: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"})
"""Operations after which a resource is no more."""

_CHECK_FAILED: Final = re.compile(
    r"resource '(?P<name>.*?)': property (?P<property>\S+)(?: value \{(?P<value>.*?)\})? has a problem: (?P<reason>.*)",
    re.DOTALL,
)
_REMEDY: Final = ". To do: "
_BROKEN_OFF: Final = re.compile(
    r"error reading from server: |transport: Error while dialing|transport is closing|connection reset by peer"
    r"|Failed to serialize proto"
)
"""What the engine and Pulumi's host say when a process that they talk to has ended, or cannot hold its answer."""
_BREATHE: Final = "see whether the machine ran out of memory, or who ended that process, then run again"
_OUR_HOST: Final = "::pulumi-python:dynamic/grantgate:"
_FRAMES: Final = "Traceback (most recent call last):"
NOISE: Final = re.compile(r"^(preview|update) failed\s*$|^mandatory policy violation", re.IGNORECASE)
"""Errors that only say that there were errors."""


ENDED: Final = re.compile(r"^an unhandled error occurred: program exited with non-zero exit code")
_CONFIGURATION: Final = "stack configuration cannot be used:"


def steps(events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give what the event log says of each step before it is taken: its operation, the old state and the new one."""
    return ((event.get("resourcePreEvent") or {}).get("metadata") or {} for event in events)


def problems_of(message: str, urn: str) -> list[Problem]:
    """Turn an error diagnostic into problems: each fault of the stack's configuration is one of its own."""
    first, *faults = message.splitlines() or [""]
    if first.strip() == _CONFIGURATION and faults:
        return [Problem(fault.strip(), exit=Exit.USAGE) for fault in faults if fault.strip()]
    return [problem(message, urn)]


def problem(message: str, urn: str) -> Problem:
    """Turn an error diagnostic into a problem: a failed lookup by its resource, anything else in the engine's words."""
    failed = _CHECK_FAILED.search(message)
    if failed:
        what, _, remedy = _without_secret(failed["reason"].strip(), failed["value"] or "").partition(_REMEDY)
        return Problem(f"{failed['property']}: {what}", failed["name"], remedy)
    what, _, remedy = _without_frames(message, urn).partition(_REMEDY)
    if not remedy and _BROKEN_OFF.search(what):
        remedy = _BREATHE
    return Problem(what, name_of(urn) if urn else "", remedy)


def _without_frames(message: str, urn: str) -> str:
    """Give the last words of a traceback about a lookup: its frames are those of Pulumi's host, and no program's."""
    if _OUR_HOST not in urn or not message.startswith(_FRAMES):
        return message
    return message.rstrip().splitlines()[-1]


def _without_secret(reason: str, value: str) -> str:
    """Take a secret input out of the reason; the engine writes one as Go prints a pointer to it: ``&{{text}}``."""
    secret = value.removeprefix("&{{").removesuffix("}}")
    if not secret or value != f"&{{{{{secret}}}}}":
        return reason
    return reason.replace(repr(secret)[1:-1], MASKED).replace(secret, MASKED)


def without_colours(text: str) -> str:
    """Take out the engine's own colour marks and terminal sequences."""
    return re.sub(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m", "", text)


def name_of(urn: str) -> str:
    """Give the name in a URN."""
    return urn.rpartition("::")[2]
