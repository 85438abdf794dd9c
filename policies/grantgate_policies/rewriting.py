"""Writing a text as a pattern has it: its own words and its variables' values, what wildcards take as it was found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate_policies.globs import Wild
from grantgate_policies.segments import Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantgate_policies.segments import Segment

LONGEST: Final = 300
"""Characters of a segment that a text is written for."""


@dataclass(frozen=True, slots=True)
class Known:
    """What variables stand for here, and what they may stand for elsewhere, as regular expressions."""

    here: Mapping[str, str]
    elsewhere: Mapping[str, str]

    def expression(self, part: str | Wild | Variable) -> str:
        """Give a regular expression for what a part of a segment may be: a group where it is no plain text."""
        if isinstance(part, str):
            return re.escape(part)
        values = self.elsewhere.get(part.name) if isinstance(part, Variable) else ""
        return f"({values}|.+?)" if values else "(.+?)"

    def has(self, variable: str, text: str) -> bool:
        """Say whether a text is a value of the variable, here or elsewhere."""
        return text == self.here.get(variable) or bool(re.fullmatch(self.elsewhere.get(variable) or "(?!)", text))


def as_written(
    segments: Sequence[Segment], observed: Sequence[str], known: Known, bound: Mapping[str, str]
) -> list[str] | None:
    """Write each segment, with the wildcards as they are observed; None when some text is nowhere to be found."""
    written = []
    for place, segment in enumerate(segments):
        text = _segment(segment, observed[place] if place < len(observed) else "", known, bound)
        if not text:
            return None
        written.append(text)
    return written


def _segment(segment: Segment, observed: str, known: Known, bound: Mapping[str, str]) -> str:
    if len(observed) > LONGEST:
        return ""
    found = re.fullmatch("".join(map(known.expression, segment.parts)), observed)
    texts = iter(found.groups() if found else ())
    # Beside a star, a variable that took whatever was there leaves the star a text that nobody wrote for it.
    is_starred = Wild() in segment.parts
    written = []
    for part in segment.parts:
        here = "" if isinstance(part, str) else next(texts, observed if len(segment.parts) == 1 else "")
        if isinstance(part, str):
            written.append(part)
        elif isinstance(part, Variable):
            loose = is_starred and not known.has(part.name, here)
            written.append("" if loose else known.here.get(part.name, ""))
        elif isinstance(part, Wild):
            written.append(bound.get(part.name) or here)
        if not written[-1]:
            return ""
    return "".join(written)
