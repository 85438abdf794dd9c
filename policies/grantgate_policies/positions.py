"""
A rules file's text becomes plain data plus the line and column of every key and value.

YAML 1.2, so ``no`` and ``on`` stay texts, and of it only what a rules file needs: one document, texts as keys, no tags
(they are faults, nothing is ever constructed from one), no merge keys (``<<`` is an unknown key). Aliases are read,
as long as all of them together stand for at most 10,000 values. Dates stay texts, and so does every "number" that
JSON cannot write (``.nan``, ``.inf``). A file named ``*.json`` must be JSON; it is then read by the same reader.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from grantgate_policies.faults import Fault, Path, RulesFileError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 1024 * 1024
"""Bytes that a rules file may have."""
_DEEPEST: Final = 50
_MOST_ALIASED: Final = 10_000
_LONGEST_NUMBER: Final = 300

_PARSER_SLIPS: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What ruamel.yaml lets out besides its own errors on odd input, such as an escape beyond U+10FFFF."""

_TOP: Final = "A rules file is one map that begins with version: 1."
_BYTE_ORDER_MARKS: Final = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+\Z")
_OTHER_BASE: Final = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(slots=True)
class Node:
    """One value: what it is, how it was written, where it stands, and the same for what it holds."""

    value: Any
    line: int
    column: int
    written: str | None = None
    below: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str | int, tuple[int, int]] = field(default_factory=dict)
    size: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """A file that could be read; ``faults`` are those that reading found but that did not end it."""

    root: Node
    faults: tuple[Fault, ...]

    @property
    def data(self) -> Any:
        """Give the file as plain data; of a repeated key, the first value."""
        return self.root.value

    def position(self, path: Path, *, of_key: bool = False) -> tuple[int, int]:
        r"""
        Give line and column, 1-based, of the value at ``path``, or of its key.

        A path that is not in the file has the place of the nearest key above it.

        >>> document = read("rules:\n  a: {level: high}\n", "rules.yaml")
        >>> document.position(("rules", "a", "level")), document.position(("rules", "a", "level"), of_key=True)
        ((2, 14), (2, 7))
        >>> document.position(("rules", "a", "allow"))
        (2, 3)
        """
        node = self.root
        place = node.line, node.column
        for part in path:
            below = node.below.get(part)
            if below is None:
                return place
            place = node.keys.get(part, (below.line, below.column))
            node = below
        return place if of_key else (node.line, node.column)

    def written(self, path: Path) -> str | None:
        """Give a scalar as the file spells it (``007`` for the number 7), None for maps, lists and missing paths."""
        node: Node | None = self.root
        for part in path:
            node = node.below.get(part) if node else None
        return node.written if node else None


def decode(content: bytes, name: str) -> str:
    """Give the text of a file, or raise RulesFileError."""
    if len(content) > LARGEST:
        _refuse(name, f"larger than {LARGEST} bytes, the most that a rules file may have")
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            _refuse(name, f"begins with a {encoding} byte order mark", "Save it as UTF-8 without a byte order mark.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        _refuse(name, message, "Save the file as UTF-8.", _place(before, len(before)))


def read(text: str, name: str) -> Document:
    """
    Read the text of the file ``name``.

    Errors: RulesFileError with one fault when the text cannot be read to its end; faults that leave the rest readable
            (repeated keys, keys that are no texts, tags) are in the document instead.
    """
    if len(text) > LARGEST:
        _refuse(name, f"larger than {LARGEST} bytes, the most that a rules file may have")
    if text.startswith("\ufeff"):
        _refuse(name, "begins with a byte order mark", "Save it as UTF-8 without a byte order mark.")
    if name.endswith(".json"):
        text = _checked_json(text, name)
    return _Reader(text, name).document()


def _checked_json(text: str, name: str) -> str:
    """Refuse what is not JSON; give the rest with spaces for tabs, which YAML does not take everywhere."""
    try:
        json.loads(text, parse_int=str, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        _refuse(name, f"not JSON: {error.msg}", "", (error.lineno, error.colno))
    except ValueError as error:
        _refuse(name, f"not JSON: {error}")
    except RecursionError:
        _refuse(name, f"nested deeper than {_DEEPEST} levels")
    return text.replace("\t", " ")


def _no_number(written: str) -> NoReturn:
    raise ValueError(f"{written} is no number")


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _refuse(name: str, message: str, hint: str = "", place: tuple[int, int] = (0, 0)) -> NoReturn:
    raise RulesFileError(name, [Fault((), *place, message, hint)])


class _Reader:
    """Builds nodes from the parser's events; nothing but texts, numbers, truth values, null, lists and maps."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._faults: list[Fault] = []
        self._anchors: dict[str, Node | None] = {}
        self._aliased = 0
        self._place = (1, 1)
        self._events = self._parsed()

    def document(self) -> Document:
        """Read the only document."""
        next(self._events)  # the stream's start
        start = next(self._events)
        if isinstance(start, StreamEndEvent):
            _refuse(self._name, "empty", _TOP)
        version = start.version
        if isinstance(start, DocumentStartEvent) and version and tuple(version) != (1, 2):
            self._stop(f"YAML {version[0]}.{version[1]} where YAML 1.2 belongs", "Delete the %YAML line.")
        root = self._node(next(self._events), ())
        next(self._events)  # the document's end
        if not isinstance(next(self._events), StreamEndEvent):
            self._stop("a second document, a rules file is one", "Delete the '---' line, or split the file.")
        if root.written == "":
            _refuse(self._name, "empty", _TOP)
        if not isinstance(root.value, dict):
            _refuse(self._name, f"{shown(root.value)} where a map belongs", _TOP, (root.line, root.column))
        return Document(root, tuple(self._faults))

    def _parsed(self) -> Iterator[Any]:
        try:
            for event in YAML(typ="safe", pure=True).parse(self._text):
                self._place = event.start_mark.line + 1, event.start_mark.column + 1
                yield event
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if mark is not None:
                self._place = mark.line + 1, mark.column + 1
            if "'\\t'" in str(error.problem):
                self._stop("a tab where YAML takes only spaces", "Indent with spaces.")
            context = f"{error.context}: " if error.context else ""
            self._stop(f"not readable as YAML: {context}{error.problem}")
        except ReaderError as error:
            self._place = _place(self._text, error.position)
            self._stop(f"character U+{ord(self._text[error.position]):04X} where printable text belongs")
        except (YAMLError, *_PARSER_SLIPS) as error:
            self._stop(f"not readable as YAML: {' '.join(str(error).split())}")

    def _stop(self, message: str, hint: str = "") -> NoReturn:
        fault = Fault((), *self._place, message, hint)
        raise RulesFileError(self._name, [*self._faults, fault])

    def _note(self, path: Path, message: str, hint: str = "") -> None:
        self._faults.append(Fault(path, *self._place, message, hint))

    def _node(self, event: Any, path: Path) -> Node:
        if len(path) > _DEEPEST:
            self._stop(f"nested deeper than {_DEEPEST} levels")
        if isinstance(event, AliasEvent):
            return self._alias(event.anchor)
        if event.ctag is not None:
            self._note(path, f"tag {shown(str(event.ctag))}, tags are not read", "Delete the tag.")
        node = Node(None, *self._place)
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # an alias in there would hold itself
        if isinstance(event, ScalarEvent):
            self._scalar(node, event, path)
        elif isinstance(event, SequenceStartEvent):
            self._list(node, path)
        else:
            self._map(node, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, anchor: str) -> Node:
        node = self._anchors.get(anchor)
        if node is None:
            known = "stands inside its own anchor" if anchor in self._anchors else "has no anchor above it"
            self._stop(f"alias *{anchor} {known}")
        self._aliased += node.size
        if self._aliased > _MOST_ALIASED:
            self._stop(f"aliases stand for more than {_MOST_ALIASED} values")
        line, column = self._place
        return replace(node, line=line, column=column)

    def _scalar(self, node: Node, event: ScalarEvent, path: Path) -> None:
        text = event.value
        if _SURROGATE.search(text):  # JSON writes what lies beyond U+FFFF as two escapes
            try:
                text = text.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError:
                self._note(path, f"{shown(text)} holds half a surrogate pair")
        node.written = text
        node.value = plain(text) if event.style is None else text

    def _list(self, node: Node, path: Path) -> None:
        node.value = []
        for index, event in enumerate(self._events):
            if isinstance(event, SequenceEndEvent):
                return
            item = self._node(event, (*path, index))
            node.value.append(item.value)
            node.below[index] = item
            node.size += item.size

    def _map(self, node: Node, path: Path) -> None:
        node.value = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                return
            place = self._place
            key = self._key(event, path)
            value = self._node(next(self._events), (*path, key))
            node.size += value.size
            if value.value is None and not value.written:
                value.line, value.column = place  # the parser puts a value that is not there before the next token
            if key in node.below:
                first = node.keys[key]
                message = f"given again, first given on line {first[0]}"
                self._faults.append(Fault((*path, key), *place, message, "Keep one of them."))
                continue
            node.value[key] = value.value
            node.below[key] = value
            node.keys[key] = place

    def _key(self, event: Any, path: Path) -> str:
        place = self._place
        node = self._node(event, path)
        if node.written is None:
            self._place = place
            self._stop(f"{shown(node.value)} as a key, keys are texts")
        if not isinstance(node.value, str):
            kind = "null" if node.value is None else "a truth value" if isinstance(node.value, bool) else "a number"
            message = f"{node.written or 'nothing'} as a key is {kind}, keys are texts"
            self._faults.append(Fault(path, *place, message, f'Quote it: "{node.written}".'))
        return node.written


def plain(text: str) -> str | float | bool | None:
    """
    Give the value of an unquoted scalar, by YAML 1.2's core schema without numbers that JSON cannot write.

    >>> plain("no"), plain("true"), plain("1"), plain("2027-01-31"), plain(".inf")
    ('no', True, 1, '2027-01-31', '.inf')
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.match(text):
        return int(text)
    if _OTHER_BASE.match(text):
        return int(text, 0)
    if _FLOAT.match(text) and math.isfinite(number := float(text)):
        return number
    return text
