"""Many cases at once: each worker is a process with a machine of its own, and takes the next case when it is free."""

from __future__ import annotations

import multiprocessing
import queue
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import cases, running
from .machine import LONGEST_SECONDS, Machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .running import Result

_SILENT_SECONDS: Final = 12 * LONGEST_SECONDS
"""A case has at most six commands; when nothing comes for twice as long, a worker is stuck."""


class Stuck(Exception):
    """A worker ended before its work did, or does not answer any more."""


def results(seeds: Sequence[int], jobs: int, broken: str = "") -> Iterator[Result]:
    """
    Try the cases of ``seeds`` with a product that is ``broken`` in the way of that name; give results as they come.

    Errors: Stuck.
    """
    context = multiprocessing.get_context("spawn")
    todo, done = context.Queue(), context.Queue()
    for seed in seeds:
        todo.put(seed)
    workers = [context.Process(target=_work, args=(todo, done, broken), daemon=False) for _ in range(jobs)]
    for worker in workers:
        todo.put(None)
        worker.start()
    try:
        for _ in seeds:
            yield _next(done, workers)
    finally:
        while not _is_empty(todo):
            pass  # what nobody has begun is not begun any more
        for _ in workers:
            todo.put(None)
        for worker in workers:
            worker.join()


def _is_empty(todo: Any) -> bool:
    try:
        todo.get(timeout=0.1)
    except queue.Empty:
        return True
    return False


def _next(done: Any, workers: Sequence[Any]) -> Result:
    try:
        found = done.get(timeout=_SILENT_SECONDS)
    except queue.Empty:
        raise Stuck(f"nothing came for {_SILENT_SECONDS:.0f} s from {len(workers)} workers") from None
    if isinstance(found, str):
        raise Stuck(found)
    result: Result = found
    return result


def _work(todo: Any, done: Any, broken: str) -> None:
    """Try one case after the other until there is none."""
    try:
        with tempfile.TemporaryDirectory(prefix="grantgate-chaos-") as name, Machine.at(Path(name), broken) as machine:
            while (seed := todo.get()) is not None:
                done.put(running.tried(cases.draw(seed), machine))
    except Exception:  # noqa: BLE001 - it is told where somebody reads it
        done.put(traceback.format_exc())
