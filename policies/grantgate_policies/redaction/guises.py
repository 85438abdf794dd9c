"""
The guises of a secret: as other programs write a text into theirs.

Error texts quote what they were given as JSON, as Python's repr, in a URL or in a header, and quotations are quoted.
"""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

_PERCENT: Final = ("", "/", "/:", "!'()*", "-._~!$&'()*+,;=:@", "-._~!$&'()*+,;=:@/?")
"""What URL writers leave as it is: everything, path, encodeURIComponent's, and RFC 3986's segments and queries."""
_SIX: Final = 6  # bits of a base64 digit
_EIGHT: Final = 8


def guises(secret: str) -> frozenset[str]:
    """
    Give every text that stands for ``secret``, itself among them.

    >>> sorted(guises("a+b"))
    ['ErY', 'YSti', 'a%2Bb', 'a%2bb', 'a+b', 'hK2']
    """
    quoted = {secret, *_quoted(secret)}
    encoded = (once for text in quoted for once in (*_encoded(text), *_base64(text)))
    return frozenset((*quoted, *encoded, *(twice for once in quoted for twice in _quoted(once))))


def _quoted(text: str) -> Iterator[str]:
    for written in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        yield written
        yield written.replace("/", "\\/")
        # Go's writer keeps these out of HTML.
        yield written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    yield repr(text)[1:-1]
    # Which quotation mark is escaped hangs on those of the whole text.
    yield repr(f"'\"{text}")[4:-1]
    yield repr(f"'{text}")[2:-1]
    yield text.encode("unicode_escape").decode()
    yield html.escape(text)
    yield html.escape(text, quote=False)
    yield html.escape(text).replace("&#x27;", "&#39;")
    yield " ".join(text.split())


def _encoded(text: str) -> Iterator[str]:
    raw = _bytes(text)
    for safe in _PERCENT:
        yield from _either_case(quote(raw, safe=safe))
    yield from _either_case(quote_plus(raw))


def _either_case(written: str) -> Iterator[str]:
    yield written
    parts = written.split("%")
    yield "%".join((parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])))


def _base64(text: str) -> Iterator[str]:
    """Give what of a text is the same in base64 wherever it begins: alone, or after a user's name and a colon."""
    raw = _bytes(text)
    yield from _both_alphabets(base64.b64encode(raw))
    for before in range(3):
        written = base64.b64encode(bytes(before) + raw)
        first = -(-before * _EIGHT // _SIX)
        yield from _both_alphabets(written[first : (before + len(raw)) * _EIGHT // _SIX])


def _both_alphabets(written: bytes) -> Iterator[str]:
    yield written.decode()
    yield written.decode().replace("+", "-").replace("/", "_")


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
