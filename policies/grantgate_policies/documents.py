"""
JSON documents, read strictly: what JSON would silently take is refused, and every complaint names its place.

A message shows numbers and words as they are, and anything that may hold a secret by its kind only.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LARGEST: Final = 512 * 1024 * 1024
"""Bytes that an input may have; read, they take several times as much memory."""

_LONGEST: Final = 80
_KINDS: Final = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}

Place: TypeAlias = "tuple[str | int, ...]"
"""Keys and indexes from the top of a JSON value down to a member."""


class InputError(Exception):
    """An input cannot be judged; the message names the file, the place, the value and the limit."""


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice."""

    key: str = ""


class _NoNumber(str):
    """What JSON has no number for, as it was written."""

    __slots__ = ()


@dataclass
class _Hooks:
    """Notes what json would silently take; that it is there is cheap to notice, where it is is looked for only then."""

    strange: bool = False

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Note a key that stands twice."""
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        self.strange = True
        keys = [key for key, _ in pairs]
        repeated = _Repeated(members)
        repeated.key = next(key for place, key in enumerate(keys) if key in keys[:place])
        return repeated

    def constant(self, written: str) -> Any:
        """Note NaN and its like."""
        self.strange = True
        return _NoNumber(written)

    def number(self, written: str) -> Any:
        """Note a number without an end."""
        value = float(written)
        return value if math.isfinite(value) else self.constant(written)


def content(source: str) -> bytes:
    """
    Give the content of the file ``source``, and one byte more than it may have of one that is too large.

    Errors: InputError.
    """
    try:
        with Path(source).open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputError(f"{source}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{source}: a folder where a file belongs") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def loaded(content: bytes, name: str, wanted: str) -> Any:
    """Read a document; ``wanted`` says what belongs there, for an empty one. Errors: InputError."""
    if len(content) > LARGEST:
        refuse(name, (), f"larger than {LARGEST:,} bytes, the most that an input may have")
    if not content.strip():
        refuse(name, (), f"empty, and {wanted}")
    hooks = _Hooks()
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        refuse(name, (), f"byte {error.start + 1} (0x{content[error.start]:02x}) is not {error.encoding.upper()}")
    try:
        data = json.loads(
            text, object_pairs_hook=hooks.members, parse_constant=hooks.constant, parse_float=hooks.number
        )
    except json.JSONDecodeError as error:
        raise InputError(f"{name}:{error.lineno}:{error.colno}: {_not_json(error)}") from None
    except ValueError as error:
        refuse(name, (), f"not JSON that can be read: {error}")
    if hooks.strange:
        for place, value in _walk(data):
            if isinstance(value, _Repeated):
                refuse(name, place, f"the key {cut(value.key)!r} stands twice, and only one can be meant")
            if isinstance(value, _NoNumber):
                refuse(name, place, f"{cut(value)} is no number that JSON knows")
    return data


def _not_json(error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        hint = "unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW, and give each input its own file"
        return f"not JSON: more follows after the first value; {hint}"
    return f"not JSON: {error.msg}"


def _walk(data: Any) -> Iterator[tuple[Place, Any]]:
    """Give every value with its place, in the file's order, however deep."""
    waiting: list[tuple[Place, Any]] = [((), data)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        members: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, dict):
            members = value.items()
        elif isinstance(value, list):
            members = enumerate(value)
        waiting.extend(((*place, key), member) for key, member in reversed(list(members)))


@dataclass
class Members:
    """Reads members by what they must be; ``name`` is the document's, for messages."""

    name: str

    def text(self, owner: Mapping[str, Any], key: str, place: Place) -> str:
        """Read a text that says something."""
        value = owner.get(key)
        if not isinstance(value, str):
            what = told(value) if key in owner else "nothing"
            self.refuse((*place, key), f"{what} where a text belongs")
        if not value and key != "message":
            self.refuse((*place, key), "an empty text, and one that says something belongs here")
        return value

    def said(self, owner: Mapping[str, Any], key: str, place: Place) -> str:
        """Read a text that may be empty."""
        value = owner.get(key)
        if not isinstance(value, str):
            self.refuse((*place, key), f"{told(value) if key in owner else 'nothing'} where a text belongs")
        return value

    def flag(self, owner: Mapping[str, Any], key: str, place: Place) -> bool:
        """Read true or false; missing is false."""
        value = owner.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse((*place, key), f"{told(value)} where true or false belongs")
        return value is True

    def object_(self, owner: Mapping[str, Any], key: str, place: Place) -> dict[str, Any]:
        """Read an object that must be there."""
        value = owner.get(key)
        if not isinstance(value, dict):
            what = told(value) if key in owner else "nothing"
            self.refuse((*place, key), f"{what} where an object belongs")
        return value

    def member(self, owner: Mapping[str, Any], key: str, place: Place) -> dict[str, Any]:
        """Read an object that may be missing or null."""
        return {} if owner.get(key) is None else self.object_(owner, key, place)

    def objects(self, value: Any, place: Place) -> list[dict[str, Any]]:
        """Read a list of objects that may be missing or null."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(place, f"{told(value)} where a list belongs")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.refuse((*place, index), f"{told(item)} where an object belongs")
        return value

    def refuse(self, place: Place, message: str) -> NoReturn:
        """Raise InputError for a place in this document."""
        refuse(self.name, place, message)


def refuse(name: str, place: Place, message: str) -> NoReturn:
    """Raise InputError for a place in the document ``name``."""
    where = f"{_path(place)}: " if place else ""
    raise InputError(f"{name}: {where}{message}")


def _path(place: Place) -> str:
    """
    Write a place as a JSON path.

    >>> _path(("deployment", "resources", 3, "odd key"))
    '$.deployment.resources[3]["odd key"]'
    """
    text = "$"
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part.isidentifier() and len(part) <= _LONGEST
            text += f".{part}" if plain else f"[{json.dumps(cut(part))}]"
    return text


def told(value: Any) -> str:
    """Name a value in a message: a number or word as it is, anything that may hold a secret by its kind only."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return cut(str(value))
    return _KINDS.get(type(value), "a value")


def cut(text: str) -> str:
    """Cut a text that is longer than a message can use."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
