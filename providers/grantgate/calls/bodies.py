"""
What the body of an answer may be: XML as AWS writes it.

Standard library only. Nothing is kept of a document here; botocore's parser reads it again, once it is known to be
small, flat, in UTF-8 and free of entities.
"""

from __future__ import annotations

from typing import Any, Final
from xml.parsers import expat

from grantgate.inputs import shown

MOST_ELEMENTS: Final = 200_000
"""Elements of one answer; a page of 1,000 grants has 13,000. Each costs the parser more memory than its bytes."""

DEEPEST: Final = 50
"""Levels of elements; AWS's answers have fewer than ten."""


class _Fault(Exception):
    """Why a body is refused."""


def xml_fault(body: bytes, operation: str = "") -> str | None:
    """
    Complain unless ``body`` is XML as AWS writes it: UTF-8, no document type, not too deep, not too many elements.

    Shape: ``operation`` is the call that was made; its answer's root begins with that name. Empty asks for no root.

    >>> xml_fault(b"<GetRoleResponse/>", "GetRole")
    >>> xml_fault(b"<html/>", "GetRole")
    "has the root 'html', and that of an answer begins with 'GetRole'"
    """
    if not body.strip():
        return "is empty"
    # expat reads UTF-16 too, by its first two bytes, whatever it is told: without a NUL there is none.
    if b"\0" in body or not _is_utf8(body):
        return "is not text in UTF-8"
    reader = _Reader(operation)
    try:
        reader.parser.Parse(body, True)  # noqa: FBT003 - expat takes no names: these are all the bytes there are
    except _Fault as fault:
        return str(fault)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
            raise MemoryError from None  # which says nothing about the answer
        return f"is not well-formed XML ({expat.ErrorString(error.code)}, line {error.lineno})"
    return None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Reader:
    """Goes through a document and keeps nothing of it."""

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._depth = 0
        self._elements = 0
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() != "UTF-8":
            raise _Fault(f"declares the encoding {shown(encoding)}, and AWS's is UTF-8")

    def _document_type(self, *_: Any) -> None:
        raise _Fault("declares a document type, and AWS declares none")

    def _start(self, name: str, _attributes: Any) -> None:
        root = name.rpartition(":")[2]
        if self._elements == 0 and not root.startswith(self._operation):
            raise _Fault(f"has the root {shown(root)}, and that of an answer begins with {self._operation!r}")
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST:
            raise _Fault(f"nests more than {DEEPEST} elements")
        if self._elements > MOST_ELEMENTS:
            raise _Fault(f"has more than {MOST_ELEMENTS} elements")

    def _end(self, _name: str) -> None:
        self._depth -= 1
