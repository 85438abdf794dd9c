"""Lines of text with colours, wrapped and aligned: what the text report and the other texts are made with."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate_policies.reports.look import Look, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

Part: TypeAlias = "str | tuple[str, str]"
"""A text, or a text and its style in rich's words."""

SYMBOLS: Final = {
    "pass": ("✔", "+"),
    "fail": ("✘", "x"),
    "warn": ("▲", "!"),
    "unknown": ("?", "?"),
    "waived": ("●", "o"),
    "none": ("·", "-"),
}
_WIDEST: Final = 44  # a column but the last pads no further; longer texts push their own line only


class Canvas:
    """
    Collects lines; ``text`` gives them all.

    Every text is plain: nothing of it is markup, and control characters are shown as escapes. Lines break at spaces
    only, so that ARNs and URLs stay in one piece.
    """

    def __init__(self, look: Look) -> None:
        # Only a run that prints a text pays for the import.
        from rich.console import Console  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        self.look = look
        self._file = io.StringIO()
        self._make_text = Text
        # No environment: what COLUMNS, NO_COLOR and their like mean is the look's decision alone.
        settings: dict[str, Any] = {"_environ": {}, "legacy_windows": False, "highlight": False, "emoji": False}
        self._console = Console(
            file=self._file,
            width=look.width,
            force_terminal=look.color,
            color_system="standard" if look.color else None,
            markup=False,
            soft_wrap=True,
            **settings,
        )

    def symbol(self, name: str) -> str:
        """Give a symbol of SYMBOLS, as ASCII where the reader's side has no other."""
        return SYMBOLS[name][0 if self.look.unicode else 1]

    def text(self) -> str:
        """Give everything so far."""
        return self._file.getvalue()

    def line(self, *parts: Part, indent: int = 0) -> None:
        """Add one line as it is, however long."""
        plain = " " * indent + shown("".join(part if isinstance(part, str) else part[0] for part in parts), self.look)
        guard = _guard(plain)
        if not self.look.color:
            # Without colours rich would only copy the text, and long reports have many lines.
            self._file.write(f"{guard}{plain}".rstrip() + "\n")
            return
        line = self._make_text(guard + " " * indent)
        for part in parts:
            content, style = (part, "") if isinstance(part, str) else part
            line.append(shown(content, self.look), style=style or None)
        self._console.print(line)

    def wrapped(self, text: str, *, indent: int = 0, label: str = "", style: str = "", label_style: str = "") -> None:
        """Add a paragraph; what follows its first line stands below its first word."""
        margin = indent + len(label)
        width = max(self.look.width - margin, 30)
        lines = textwrap.wrap(shown(text, self.look), width, break_long_words=False, break_on_hyphens=False)
        for number, one in enumerate(lines or [""]):
            head: Part = (label, label_style) if number == 0 else " " * len(label)
            self.line(head, (one, style), indent=indent)

    def heading(self, text: str) -> None:
        """Add a heading, after an empty line unless it is the first."""
        if self._file.tell():
            self.line()
        self.line((text, "bold"))

    def columns(self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int = 2) -> None:
        """Add rows side by side; a last cell of several lines goes on below itself, and none is cut."""
        from rich.cells import cell_len  # noqa: PLC0415

        clean = [[shown(cell, self.look) for cell in row[:-1]] for row in rows]
        widths = [
            min(max(cell_len(text) for text in (head, *(row[place] for row in clean))), _WIDEST)
            for place, head in enumerate(heads[:-1])
        ]

        def padded(cells: Sequence[str]) -> str:
            return "".join(
                f"{cell}{' ' * max(width - cell_len(cell), 0)}  " for cell, width in zip(cells, widths, strict=True)
            )

        self.line((padded(heads[:-1]) + heads[-1], "dim"), indent=indent)
        for row, cells in zip(rows, clean, strict=True):
            first, *others = row[-1].split("\n")
            self.line(padded(cells), first, indent=indent)
            for other in others:
                self.line(" " * len(padded([""] * len(widths))), other, indent=indent)


def _guard(line: str) -> str:
    """Keep a log line from being a command: CI runners obey lines that begin with ``::`` or ``##[``."""
    return "> " if line.lstrip().startswith(("::", "##[", "##vso[")) else ""
