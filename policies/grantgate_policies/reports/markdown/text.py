"""
Texts of others as Markdown: each reads as it is, and nothing of it is markup, a link, a mention or a command.

What is no plain word stands in a code span, and so does a value in the quotes that Python's repr gives it: the span
takes their place, so that who copies the value has the value. Code spans need no escapes, and nothing inside one is
looked for: GitHub and GitLab turn `@name`, `#1`, `:tada:`, hashes and addresses into links and pictures everywhere
else, escaped or not.
Source: GitHub Flavored Markdown 0.29, sections 4.10 (tables), 6.3 (code spans) and 6.9 (autolinks).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING, Final

from grantgate_policies.reports.look import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grantgate_policies.reports.look import Look

NAME: Final = 160
VALUE: Final = 300
SENTENCE: Final = 700
"""Characters that a name, a value and a sentence are cut to: more than people write, less than fills a comment."""

SYMBOLS: Final = {
    "pass": "\N{WHITE HEAVY CHECK MARK}",
    "fail": "\N{NO ENTRY}",
    "unknown": "\N{BLACK QUESTION MARK ORNAMENT}",
    "warn": "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}",
    "error": "\N{POLICE CARS REVOLVING LIGHT}",
    "waiting": "\N{HOURGLASS WITH FLOWING SAND}",
    "dot": "\N{MIDDLE DOT}",
}

# Words, perhaps with a short number at their end (S3), numbers, dates.
_WORD: Final = re.compile(
    r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*|[^\W\d_]+[0-9]{1,2}(?:['\u2019]s)?"
    r"|[0-9]{1,4}|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_LIST: Final = re.compile(r"[0-9]+[.)]")
# Commits are linked by seven digits of their hash, and www is a link in itself.
_LINKED: Final = re.compile(r"^www|\b[0-9a-f]{7,}\b", re.IGNORECASE)
_TOKEN: Final = re.compile(r"(?P<before>[(\"']*)(?P<core>.*?)(?P<after>[)\"',.;?]*:?)")
# What has quotes inside keeps those at its ends: they belong together.
_TOKEN_WITH_QUOTES: Final = re.compile(r"(?P<before>\(*)(?P<core>.*?)(?P<after>[),.;?]*:?)")
# Marks between words; at the beginning of a line some of them would make a list or a heading.
_MARK: Final = re.compile(r"[=:;,/+\u2192\u00b7\u2013\u2014-]|==|\.{1,3}|\u2026[),.;]*:?")
# Only marks of a sentence may follow: two code spans side by side would be one.
_END: Final = r"(?=\u2026?[),.;]*:?(?:\s|$))"
# repr writes double quotes only around what holds a single one, so that the words of others keep theirs.
_VALUE: Final = rf"""(?<![^\s(])(?:'(?P<single>(?:[^'\\]|\\.)+)'|"(?P<double>(?=[^"]*')(?:[^"\\]|\\.)+)"){_END}"""
_QUOTED: Final = rf"(?<![^\s(])\"(?P<quoted>[^\"]+)\"{_END}"
_TICKED: Final = rf"(?<![^\s(])`(?P<ticked>[^`]+)`{_END}"
_UNITS: Final = re.compile(rf"\s+|\(+(?=['\"])|{_VALUE}|{_QUOTED}|\S+")
_UNITS_WITH_TICKS: Final = re.compile(rf"\s+|\(+(?=['\"`])|{_TICKED}|{_VALUE}|{_QUOTED}|\S+")
_PAGE: Final = re.compile(
    r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9._~:/?#@!$&'*+,;=%()-]*)?"
)
_LONGEST_PAGE: Final = 500
_COMMENT: Final = re.compile("(?<=<!)(?=--)")


def size(text: str) -> int:
    r"""
    Give the length of a text in UTF-16 code units, of which it never has fewer than characters.

    >>> size("a\N{POLICE CARS REVOLVING LIGHT}")
    3
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Kind(Enum):
    """What a piece of a sentence is: plain words, a value that somebody marked as one, or what is neither."""

    PLAIN = auto()
    VALUE = auto()
    BARE = auto()


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes texts of others for one look."""

    look: Look

    def symbol(self, name: str) -> str:
        """Give a symbol of SYMBOLS, as a character reference where the reader's side has no other."""
        symbol = SYMBOLS[name]
        return symbol if self.look.unicode else symbol.encode("ascii", "xmlcharrefreplace").decode()

    def code(self, text: str, most: int = VALUE) -> str:
        """Write a value as a code span; an empty one is said to be so."""
        return _code(self._cut(text, most)) if text else "*(empty)*"

    def prose(self, text: str, most: int = SENTENCE, *, ticks: bool = False) -> str:
        """
        Write a sentence: plain words stay so, everything else stands in code spans, quoted values without their quotes.

        With ``ticks``, for what this house and its rules' authors write, backticks mark code already.

        >>> from grantgate_policies.reports.look import Look
        >>> Pen(Look()).prose("scope 's3://a b/*' has {team} = 'hr', as @acme, <b>bold</b> <i> say")
        'scope `s3://a b/*` has `{team}` = `hr`, as `@acme`, `<b>bold</b> <i>` say'
        """
        units = _UNITS_WITH_TICKS if ticks else _UNITS
        return "".join(_written(_units(self._cut(text, most).strip(), units)))

    def _cut(self, text: str, most: int) -> str:
        """Cut the middle out of a text: what tells two long ones apart stands at either end."""
        if len(text) > 2 * most:
            # Nothing of the rest would be kept, and a text can be megabytes.
            text = text[:most] + text[-most:]
        text = shown(text, self.look)
        if len(text) <= most:
            return text
        gap = "\N{HORIZONTAL ELLIPSIS}" if self.look.unicode else "..."
        tail = most // 3
        return f"{text[: most - tail - len(gap)]}{gap}{text[-tail:]}"


def link(label: str, address: str) -> str:
    """
    Link a label, which is Markdown already, to a page; an address that is not plain https is left out.

    >>> link("`A`", "https://example.com/a_(b)?c&d"), link("`A`", "javascript:alert(1)")
    ('[`A`](https://example.com/a_%28b%29?c&amp;d)', '`A`')
    """
    if len(address) > _LONGEST_PAGE or not _PAGE.fullmatch(address):
        return label
    escaped = address.replace("&", "&amp;").replace("(", "%28").replace(")", "%29")
    return f"[{label}]({escaped})"


def row(*cells: str) -> str:
    r"""
    Give a row of a table; bars are escaped in code spans, too, as tables want it.

    >>> row("`a|b`", "c")
    '| `a\\|b` | c |\n'
    """
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def header(heads: Sequence[str], *, right: bool = False) -> str:
    """Give the first two lines of a table; numbers stand ``right``."""
    return row(*heads) + row(*("---:" if right else "---" for _ in heads))


def _code(text: str) -> str:
    # Other tools know their comments by a hidden mark: a text must not plant one here. The seam does not show.
    return "<!---->".join(_span(part) for part in _COMMENT.split(text))


def _span(text: str) -> str:
    runs = {len(run) for run in re.findall("`+", text)}
    fence = "`" * next(length for length in count(1) if length not in runs)
    # A space at both ends is taken off again, unless there is nothing else.
    edged = text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " " and text.strip())
    return f"{fence} {text} {fence}" if edged else f"{fence}{text}{fence}"


def _units(text: str, units: re.Pattern[str]) -> Iterator[tuple[_Kind, str]]:
    for unit in units.finditer(text):
        found = unit.groupdict()
        if value := found.get("ticked") or found["single"] or found["double"]:
            yield _Kind.VALUE, value
        elif quoted := found["quoted"]:
            plain = all(_is_plain(word) for word in quoted.split(" "))
            yield _Kind.PLAIN if plain else _Kind.BARE, unit[0]
        elif unit.start() == 0 and (_LIST.match(unit[0]) or _MARK.fullmatch(unit[0])):
            # At the beginning of a line, 1. begins a list.
            yield _Kind.BARE, unit[0]
        else:
            yield from _token(unit[0])


def _token(token: str) -> Iterator[tuple[_Kind, str]]:
    parts = _TOKEN.fullmatch(token)
    before, core, after = parts.groups() if parts else ("", token, "")
    if not core or core.isspace() or _is_plain(core) or _MARK.fullmatch(token):
        yield _Kind.PLAIN, token
        return
    if "'" in core or '"' in core:
        parts = _TOKEN_WITH_QUOTES.fullmatch(token)
        before, core, after = parts.groups() if parts else ("", token, "")
    for kind, text in ((_Kind.PLAIN, before), (_Kind.BARE, core), (_Kind.PLAIN, after)):
        if text:
            yield kind, text


def _written(pieces: Iterable[tuple[_Kind, str]]) -> Iterator[str]:
    """Write pieces as Markdown; what is no value and only spaces part from the like stands in one span with it."""
    bare = gap = ""
    for kind, text in pieces:
        if kind is _Kind.BARE:
            bare, gap = f"{bare}{gap}{text}", ""
        elif bare and text.isspace() and kind is _Kind.PLAIN:
            gap = text
        else:
            if bare:
                yield f"{_code(bare)}{gap}"
                bare = gap = ""
            yield _code(text) if kind is _Kind.VALUE else text
    if bare:
        yield f"{_code(bare)}{gap}"


def _is_plain(word: str) -> bool:
    return bool(_WORD.fullmatch(word)) and not _LINKED.search(word)
