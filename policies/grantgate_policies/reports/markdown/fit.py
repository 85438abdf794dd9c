"""A comment of bounded length: sections that are cut between their items, and say how many they leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grantgate_policies.reports.markdown.text import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Section:
    """
    One part of a comment.

    Shape: ``opening`` and ``closing`` stand around the items, whatever becomes of those; ``items`` gives them anew each
           time, ``total`` of them, and ``noun`` is what one is called.
    Units: ``floor`` is the room in UTF-16 code units that earlier sections leave to this one, if it needs as much.
    """

    opening: str
    items: Callable[[], Iterable[str]]
    total: int
    noun: str
    floor: int
    closing: str = ""


def folded(opening: str, section: Section) -> Section:
    """Fold a section below one line; ``opening`` is our own text, since Markdown means nothing there."""
    return Section(
        # The empty lines end the HTML: between them Markdown is Markdown again.
        f"\n<details><summary>{opening}</summary>\n\n{section.opening}",
        section.items,
        section.total,
        section.noun,
        section.floor,
        f"{section.closing}\n</details>\n",
    )


def compose(sections: Sequence[Section], room: int) -> Iterator[str]:
    """Give the sections in their order; earlier ones get what they need, short of what later ones are sure of."""
    sure = [size(fit(section, section.floor)) for section in sections]
    for place, section in enumerate(sections):
        text = fit(section, room - sum(sure[place + 1 :]))
        room -= size(text)
        yield text


def fit(section: Section, room: int) -> str:
    """Give as many of a section's items, from the first on, as there is room for, and the number of the others."""
    room -= size(section.opening) + size(section.closing)
    note = size(_more(section, section.total))
    taken: list[str] = []
    for item in section.items():
        is_last = len(taken) + 1 == section.total
        length = size(item)
        if length + (0 if is_last else note) > room:
            break
        room -= length
        taken.append(item)
    left = section.total - len(taken)
    return "".join((section.opening, *taken, _more(section, left) if left else "", section.closing))


def _more(section: Section, left: int) -> str:
    # The empty line ends a table: without it this would be a row.
    return f"\n*{left:,} more {section.noun}{'' if left == 1 else 's'} not shown here.*\n"
