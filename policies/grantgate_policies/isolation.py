"""What keeps one rule's trouble from being anybody else's: calls that may raise, and verdicts that may be none."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from grantgate_policies.core import Broken, Passed, Skipped, Unsure

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_policies.core import Verdict

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Raised:
    """What a call raised instead of giving a value."""

    error: BaseException


class NotAVerdict(TypeError):
    """A rule gave something else than one of the four verdicts, or a verdict whose texts are none; says what."""


def guarded(call: Callable[..., T], *arguments: Any) -> T | Raised:
    """Call, and give what was raised as a value: a rule that exits must not end the gate, green or hanging."""
    try:
        return call(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit among them
        return Raised(error)


def checked(verdict: Verdict) -> Verdict:
    """Give the verdict that a rule gave; NotAVerdict for anything else."""
    given: Any = verdict
    if type(given) is Passed:  # nearly always
        return verdict
    if isinstance(given, Broken):
        texts: tuple[Any, ...] = (given.field, given.observed, given.expected, given.message, given.edit, given.seen)
    elif isinstance(given, Unsure):
        texts = (given.field, given.reason, given.seen)
    elif isinstance(given, Skipped):
        texts = (given.reason,)
    elif isinstance(given, Passed):
        texts = ()
    else:
        raise NotAVerdict(f"judge gave a {type(given).__name__}, and no verdict")
    strange = next((text for text in texts if not isinstance(text, str)), None)
    if strange is not None or None in texts:
        raise NotAVerdict(f"a {type(strange).__name__} where the {type(given).__name__} holds a text")
    return verdict


def told(error: BaseException) -> str:
    """
    Say what was raised, and where in the rule's own code.

    The exception's text may hold any value of the resource; its type, the file's name and the line cannot.
    """
    if isinstance(error, NotAVerdict):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} in {Path(frames[-1].filename).name}:{frames[-1].lineno}"
