"""What the engine's runs come down to, in words: how many resources it makes, changes, replaces and deletes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grantgate_policies.report import Run

_WORDS: Final = {
    "create": ("to create", "created"),
    "update": ("to update", "updated"),
    "replace": ("to replace", "replaced"),
    "delete": ("to delete", "deleted"),
    "import": ("to import", "imported"),
    "read": ("to read", "read"),
    "refresh": ("to refresh", "refreshed"),
}
"""The operations in the order in which a reader cares, each as a preview and as an update tells it."""
# The halves of a replacement: what comes, and what goes.
_MADE: Final = "-replacement"
_GONE: Final = "-replaced"


def planned(runs: Sequence[Run]) -> str:
    """
    Count what runs do or did, but for what stays the same; empty when that is all.

    Shape: the words of this house, and names of operations that it does not know as the engine has them.

    >>> from grantgate_policies.report import Run
    >>> planned([Run("prod", "preview", 0, changes={"delete": 1, "create": 2, "same": 9, "delete-replaced": 1})])
    '2 to create, 1 to replace, 1 to delete'
    """
    counts: Counter[str] = Counter()
    for run in runs:
        is_done = run.command == "up"
        for name, number in _operations(run.changes):
            counts[_WORDS[name][is_done] if name in _WORDS else name] += number
    known = [word for words in _WORDS.values() for word in words]
    others = sorted(counts.keys() - set(known))
    return ", ".join(f"{counts[word]:,} {word or 'of no name'}" for word in (*known, *others) if counts[word])


def _operations(changes: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Give each operation once: a replacement may be counted as a whole and by its halves."""
    made = gone = 0
    for name, number in changes.items():
        if name.endswith(_MADE):
            made += number
        elif name.endswith(_GONE):
            gone += number
        elif name not in {"same", "replace"}:
            yield name, number
    yield "replace", max(changes.get("replace", 0), made, gone)
