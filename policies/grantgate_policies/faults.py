"""What is wrong with a rules file, where it is wrong, and in words that name the value before the limit."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Path: TypeAlias = "tuple[str | int, ...]"
"""Keys and list indexes from the top of the file down to a value."""

_LONGEST: Final = 80
_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_$-]+\Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One fault of a rules file.

    Shape: ``line`` and ``column`` are 1-based, both 0 when the file as a whole is at fault; ``message`` states the
           value, then the limit, without a full stop; ``hint`` is a whole sentence that says what to do, or empty.
    """

    path: Path
    line: int
    column: int
    message: str
    hint: str = ""

    @property
    def where(self) -> str:
        """
        Give the path as people write it.

        >>> Fault(("waivers", 0, "match", "a b"), 1, 1, "").where
        'waivers[0].match["a b"]'
        """
        text = ""
        for part in self.path:
            if isinstance(part, int):
                text += f"[{part}]"
            elif _PLAIN_KEY.match(part) and len(part) <= _LONGEST:
                text += f".{part}" if text else part
            else:
                text += f"[{json.dumps(_cut(part))}]"
        return text

    def text(self, name: str) -> str:
        """
        Give the fault as one line about the file ``name``, in the form that editors jump to.

        >>> Fault(("version",), 1, 10, "2 where 1 belongs", "Write 1.").text("rules.yaml")
        'rules.yaml:1:10: version: 2 where 1 belongs. Write 1.'
        """
        place = f"{name}:{self.line}:{self.column}" if self.line else name
        sentence = f"{self.message}. {self.hint}" if self.hint else self.message
        return ": ".join(filter(None, (place, self.where, sentence)))


class RulesFileError(Exception):
    """The rules file cannot be used; ``faults`` are all of its faults, sorted by position."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.name = name
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.column, fault.where, fault.message)))
        super().__init__(name, self.faults)

    def __str__(self) -> str:
        return "\n".join(fault.text(self.name) for fault in self.faults)


def shown(value: Any) -> str:
    """
    Write a value of the file into a message: texts quoted and cut, collections by their kind only.

    >>> shown("eu-west-1"), shown(True), shown([1])
    ("'eu-west-1'", 'true', 'a list')
    """
    if isinstance(value, str):
        return repr(_cut(value))
    if isinstance(value, dict):
        return "a map"
    return "a list" if isinstance(value, list) else _cut(json.dumps(value))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """
    Find the known word that somebody most likely meant.

    >>> nearest("on_unknown", ["level", "onUnknown"])
    'onUnknown'
    """
    spellings = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    found = difflib.get_close_matches(_cut(word).casefold(), sorted(spellings), n=1)
    return spellings[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """
    Make the hint that names the nearest known word, or say ``otherwise``.

    >>> did_you_mean("prd", ["prod", "dev"])
    'Did you mean prod?'
    """
    found = nearest(word, known)
    return f"Did you mean {found}?" if found else otherwise


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
