"""How a text is meant to look, and texts of others made harmless for a terminal."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate_policies.core import Rule

LOG_WIDTH: Final = 120
"""Columns where no terminal says how wide it is: the same log every time."""
_NARROWEST: Final = 40
# A CI runner looks for ``##[command]`` anywhere in a line, and may see nothing between two signs that are not next to
# each other.
_COMMAND: Final = re.compile(r"#(?=[^\x20-\x7e]*#)")
_SYMBOLS: Final = "✔✘▲●→·…"


@dataclass(frozen=True, slots=True)
class Look:
    """
    What the reader's side can show; the default suits files and logs.

    Shape: ``rule_pages`` is where the rules' pages are, with ``{id}`` in it; empty: each rule's own URL is linked.
    """

    width: int = LOG_WIDTH
    color: bool = False
    unicode: bool = True
    rule_pages: str = ""

    def page(self, rule: Rule) -> str:
        """Give the address of what there is to read about a rule; empty when there is none."""
        return self.rule_pages.replace("{id}", rule.id) if self.rule_pages else rule.url


def look_of(stream: TextIO, environment: Mapping[str, str]) -> Look:
    """
    Tell the look of a stream: colours on a terminal only, unless NO_COLOR or FORCE_COLOR (in this order) say else.

    >>> import io
    >>> look_of(io.TextIOWrapper(io.BytesIO(), encoding="ascii"), {})
    Look(width=120, color=False, unicode=False, rule_pages='')
    """
    is_terminal = stream.isatty()
    forced = environment.get("FORCE_COLOR", "") not in {"", "0", "false"}
    color = (forced or (is_terminal and environment.get("TERM") != "dumb")) and not environment.get("NO_COLOR")
    width = max(shutil.get_terminal_size((LOG_WIDTH, 24)).columns, _NARROWEST) if is_terminal else LOG_WIDTH
    return Look(width, color, _takes_symbols(stream.encoding or "ascii"))


def shown(text: str, look: Look | None = None) -> str:
    r"""
    Make a text of somebody else's harmless: what is not printable, or begins a CI runner's command, is an escape.

    >>> print(shown("a\x1b[31mb\nc\u202ed"))
    a\x1b[31mb\nc\u202ed
    """
    if not text.isprintable():
        text = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    if "##" in text or not text.isascii():
        text = _COMMAND.sub(r"\\x23", text)
    if look and not look.unicode:
        return text.encode("ascii", "backslashreplace").decode()
    return text


def _takes_symbols(encoding: str) -> bool:
    try:
        _SYMBOLS.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
