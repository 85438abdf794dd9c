"""JSON that a person can read in a diff and a CI runner can print: one member of a list on a line, no commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def written(value: Any) -> str:
    r"""
    Write a value on one line, ASCII only.

    A CI runner obeys ``##[`` anywhere in a line of a log, and somebody may print the report: the same JSON without.

    >>> print(written({"said": "##[error]x"}))
    {"said": "#\u0023[error]x"}
    """
    return json.dumps(value, allow_nan=False).replace("##", "#\\u0023")


def listed(items: Iterable[Any]) -> Iterator[str]:
    r"""
    Write a list in pieces, each of its members on a line of its own.

    >>> "".join(listed([1, "a"])), "".join(listed([]))
    ('[\n1,\n"a"\n]', '[]')
    """
    yield "["
    end = "]"
    # json's own indent is written in Python and three times slower on a long report.
    for item in items:
        yield f"{'' if end == ']' else ','}\n{written(item)}"
        end = "\n]"
    yield end
