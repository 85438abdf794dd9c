"""One flight per key: who comes later waits or takes what is there, and no key waits for another."""

from __future__ import annotations

import threading

import pytest
from grantgate.calls.flights import Flights


class Work:
    """Makes a value when it is let, and counts."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let = threading.Event()
        self.count = 0

    def __call__(self) -> str:
        """Make the value."""
        self.count += 1
        self.begun.release()
        assert self.let.wait(30)
        return f"made {self.count}"


def together(*jobs: threading.Thread) -> None:
    for job in jobs:
        job.join(30)
        assert not job.is_alive()


def test_who_comes_later_waits() -> None:
    """Four threads, one flight."""
    flights: Flights[str] = Flights()
    work, found = Work(), list[str]()
    threads = [threading.Thread(target=lambda: found.append(flights.get("key", work))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert work.begun.acquire(timeout=30)
    work.let.set()
    together(*threads)

    assert (found, work.count) == (["made 1"] * 4, 1)
    assert flights.get("key", work) == "made 1"


def test_keys_do_not_wait_for_each_other() -> None:
    """Both are under way at once: neither is let before both have begun."""
    flights: Flights[str] = Flights()
    works = [Work(), Work()]
    threads = [threading.Thread(target=flights.get, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for work in works:
        assert work.begun.acquire(timeout=30)
    for work in works:
        work.let.set()
    together(*threads)

    assert [work.count for work in works] == [1, 1]


def test_a_failure_is_told_to_everybody() -> None:
    """It is made once, too."""
    flights: Flights[str] = Flights()
    made = []

    def fail() -> str:
        made.append(1)
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            flights.get("key", fail)
    assert len(made) == 1
    assert flights.landed("key") is None


def test_an_end_of_the_process_is_told_to_nobody_later() -> None:
    """Ctrl-C in one flight is not the answer for those who come after."""
    flights: Flights[str] = Flights()

    def end() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flights.get("key", end)
    assert flights.get("key", lambda: "made") == "made"


def test_what_has_landed_is_looked_at_without_waiting() -> None:
    """What is not there, or under way, is not waited for."""
    flights: Flights[str] = Flights()
    assert flights.landed("key") is None
    work = Work()
    thread = threading.Thread(target=flights.get, args=("key", work))
    thread.start()
    assert work.begun.acquire(timeout=30)
    assert flights.landed("key") is None
    work.let.set()
    together(thread)

    assert flights.landed("key") == "made 1"
