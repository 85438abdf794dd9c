"""Several jobs write the same comment: in whatever order their requests are served, one comment is left."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grantgate_policies.commenting.errors import Doubtful, Gone
from grantgate_policies.commenting.sticky import marker, post
from grantgate_policies.commenting.thread import Author, Comment
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

US = Author(100, "gate-keeper")


@dataclass
class Service:
    """A service's comments: each request is served whole, one after the other."""

    comments: dict[int, str] = field(default_factory=dict)
    last: int = 0

    def add(self, body: str) -> int:
        """Store a comment."""
        self.last += 1
        self.comments[self.last] = body
        return self.last


@dataclass
class Job:
    """A job's side of the service: each request waits until it is its turn, so that any order can be played."""

    service: Service
    text: str
    loses: set[int] = field(default_factory=set)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    creates: int = 0
    failed: BaseException | None = None
    is_over: bool = False

    def run(self) -> None:
        """Post, and keep what goes wrong."""
        try:
            post(self, "default", self.text)
        except BaseException as error:  # noqa: BLE001 - told by the test, not by a thread that nobody watches
            self.failed = error
        self.is_over = True
        self.arrived.release()

    def wait(self) -> None:
        """Wait for the turn."""
        self.arrived.release()
        self.turn.acquire()

    def me(self) -> Author:
        """Say who we are; every job is the same account."""
        return US

    def comments(self) -> Iterator[Comment]:
        """Read page by page, as services count them: what is deleted meanwhile moves all that follows."""
        place = 0
        while True:
            self.wait()
            numbers = sorted(self.service.comments)
            if place >= len(numbers):
                return
            yield self.shape(numbers[place])
            place += 1

    def create(self, body: str) -> Comment:
        """Write; the answer is lost where the test wants it to be."""
        self.wait()
        number = self.service.add(body)
        self.creates += 1
        if self.creates in self.loses:
            raise Doubtful("lost")
        return self.shape(number)

    def update(self, number: int, body: str) -> Comment:
        """Replace a text."""
        self.wait()
        if number not in self.service.comments:
            raise Gone("gone")
        self.service.comments[number] = body
        return self.shape(number)

    def delete(self, number: int) -> None:
        """Delete."""
        self.wait()
        self.service.comments.pop(number, None)

    def pause(self) -> None:
        """Let others go first."""
        self.wait()

    def close(self) -> None:
        """Have nothing to close."""

    def shape(self, number: int) -> Comment:
        """Give a comment."""
        return Comment(number, US, self.service.comments[number])


def play(jobs: Sequence[Job], order: Sequence[int]) -> None:
    """Serve the jobs' requests one at a time, in an order; when it ends, in turn."""
    threads = [threading.Thread(target=job.run) for job in jobs]
    for thread, job in zip(threads, jobs, strict=True):
        thread.start()
        job.arrived.acquire()
    step = 0
    while waiting := [job for job in jobs if not job.is_over]:
        chosen = waiting[(order[step] if step < len(order) else step) % len(waiting)]
        chosen.turn.release()
        chosen.arrived.acquire()
        step += 1
    for thread in threads:
        thread.join()


@given(
    order=st.lists(st.integers(0, 2), max_size=40),
    count=st.integers(2, 3),
    old=st.integers(0, 3),
    lost=st.booleans(),
)
@settings(max_examples=150)
def test_one_comment_is_left(order: list[int], count: int, old: int, lost: bool) -> None:  # noqa: FBT001 - drawn
    """Whoever is served when, with old doubles and with answers that are lost: one comment, of one of the jobs."""
    service = Service()
    for number in range(old):
        service.add(f"{marker('default')}\nold {number}")
    jobs = [Job(service, name, loses={1} if lost and name == "A" else set()) for name in "ABC"[:count]]

    play(jobs, order)

    assert [job.failed for job in jobs] == [None] * count
    assert len(service.comments) == 1
    assert set(service.comments.values()) <= {f"{marker('default')}\n{job.text}" for job in jobs}
