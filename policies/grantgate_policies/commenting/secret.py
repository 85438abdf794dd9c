"""A token that shows itself to nobody but the one header that needs it."""

from __future__ import annotations

import base64
from typing import Final
from urllib.parse import quote

HIDDEN: Final = "***"


class Secret:
    """
    A text that is not shown by ``str``, ``repr``, a log or a traceback.

    >>> Secret("s3cret"), str(Secret("s3cret")), Secret("s3cret").out_of("you sent s3cret")
    (***, '***', 'you sent ***')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return HIDDEN

    def reveal(self) -> str:
        """Give the text itself, for the header that needs it."""
        return self._value

    def out_of(self, text: str) -> str:
        """Take the text out of another one, in each of the spellings in which a server may echo it."""
        plain = self._value
        encoded = base64.b64encode(plain.encode()).decode()
        for spelling in sorted({plain, quote(plain, safe=""), encoded, encoded.rstrip("=")}, key=len, reverse=True):
            text = text.replace(spelling, HIDDEN)
        return text
