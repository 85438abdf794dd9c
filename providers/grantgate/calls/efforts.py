"""
How long one call is tried, and what was tried: counted where botocore sends, bounded where it tries again.

botocore tells attempts only with an answer. Where none came, a hang or a broken connection, nobody would know how often
and for how long it was asked; and its own limits are for one attempt, not for all of them together.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LAST_FAILURE: Final = 0.8
"""
The part of a call's time after which a failure is the last, and nothing is tried again.

Five reads of 20 s and the pauses between them end just before the 120 s that one call has: what is told is then what
happened, a hang or a throttling, and not only that time ran out.
"""

ERROR_STATUS: Final = 300


@dataclass(slots=True)
class Effort:
    """
    One call under way: how often it was sent, and since when.

    Shape: ``caller`` is the account of the credentials that it was sent with; empty where nobody has said it yet.
    """

    clock: Callable[[], float] = time.monotonic
    attempts: int = 0
    caller: str = ""
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def seconds(self) -> float:
        """Give how long it has been tried."""
        return self.clock() - self.began

    def __str__(self) -> str:
        """Say it for a message; what was never sent has nothing to say."""
        many = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        return f"{many} and {self.seconds:.0f} s" if self.attempts else ""


class _Stack(threading.local):
    """The calls under way in one thread: an assumed role is renewed in the middle of the call that needs it."""

    def __init__(self) -> None:
        self.calls: list[Effort] = []


_UNDER_WAY: Final = _Stack()


@contextmanager
def effort() -> Iterator[Effort]:
    """Count what this thread sends while the block runs."""
    made = Effort()
    _UNDER_WAY.calls.append(made)
    try:
        yield made
    finally:
        _UNDER_WAY.calls.pop()


def count(client: Any, seconds: float, caller: Callable[[], str]) -> None:
    """
    Count what ``client`` sends, and let it try no more after LAST_FAILURE of ``seconds``, which one call has.

    Shape: ``caller`` gives the account of the client's credentials without asking for it.
    """
    service = client.meta.service_model.service_id.hyphenize()

    def sending(**_: Any) -> None:
        if _UNDER_WAY.calls:
            _UNDER_WAY.calls[-1].attempts += 1
            _UNDER_WAY.calls[-1].caller = caller()

    def ended(response: Any, operation: Any, caught_exception: Exception | None, **_: Any) -> None:
        if not _UNDER_WAY.calls or _UNDER_WAY.calls[-1].seconds < seconds * LAST_FAILURE:
            return
        # A handler of this event can ask for another attempt, but not forbid one, except by raising what has happened.
        if caught_exception is not None:
            raise caught_exception
        http, parsed = response
        if http.status_code >= ERROR_STATUS:
            raise ClientError(parsed, operation.name)

    client.meta.events.register_first(f"before-send.{service}", sending)
    client.meta.events.register_first(f"needs-retry.{service}", ended)
