"""Lists as documents: what one holds, a page of it, pages that never end, a list that lacks a location."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from .messages import Reply, Request

_TOKEN = "grantgate-loop-"  # noqa: S105  # a page's token, no secret
_NO_LIST = frozenset({"NextToken", "Marker", "IsTruncated", "ResponseMetadata"})
_FORM = "application/x-www-form-urlencoded"


def note(reply: Reply) -> None:
    """
    Note how many items a list's reply holds, and the token of the page behind it.

    >>> from grantgate_emulator.messages import Reply
    >>> reply = Reply(200, body=b"<R><NextToken>t</NextToken><Locations><L/><L/></Locations></R>")
    >>> note(reply)
    >>> reply.items, reply.next_page
    (2, 't')
    """
    root = _read(reply.body)
    found = None if root is None else _list_in(_result(root))
    if root is not None and found is not None:
        reply.items = len(found)
        result = _result(root)
        reply.next_page = result.findtext("{*}NextToken") or result.findtext("{*}Marker")


def without_token(request: Request) -> Request:
    """Return a request for the first page when it asks for one that only a fault has promised."""
    if _TOKEN not in request.query and _TOKEN.encode() not in request.body:
        return request
    body = request.body
    if request.headers.get("content-type", "").startswith(_FORM):
        body = _kept(body.decode("utf-8", "replace")).encode()
    return replace(request, query=_kept(request.query), body=body)


def looped(reply: Reply, style: str, page: str | None) -> None:
    """
    Give a list's reply a token for one more page, whatever page was asked for.

    Shape: ``same`` is one token for ever, ``cycle`` two in turn; ``endless`` pages are empty and ``repeat`` pages hold
           the first page's items, each with a token nobody has seen.
    """
    root = _read(reply.body)
    found = None if root is None else _list_in(_result(root))
    if root is None or found is None:
        return
    before = page.removeprefix(_TOKEN) if page and page.startswith(_TOKEN) else ""
    if style == "same":
        token = _TOKEN + "same"
    elif style == "cycle":
        token = _TOKEN + ("B" if before == "A" else "A")
    else:
        token = _TOKEN + str(int(before) + 1 if before.isdecimal() else 1)
    if style == "endless":
        for item in list(found):
            found.remove(item)
    _finish(reply, root, found, token)


def cut(reply: Reply, start: int, end: int) -> None:
    """Leave only a page of a list of IAM's, whose marker for the next page is where that begins."""
    root = _read(reply.body)
    found = None if root is None else _list_in(_result(root))
    if root is None or found is None:
        return
    everything = list(found)
    for item in everything[:start] + everything[end:]:
        found.remove(item)
    if end < len(everything):
        _finish(reply, root, found, str(end))
    else:
        reply.body = _written(root)


def without_location(reply: Reply, location_id: str) -> None:
    """Leave a location out of a list of locations."""
    root = _read(reply.body)
    found = None if root is None else _list_in(_result(root))
    if root is None or found is None:
        return
    for item in list(found):
        if item.findtext("{*}AccessGrantsLocationId") == location_id:
            found.remove(item)
    reply.body, reply.items = _written(root), len(found)


def _finish(reply: Reply, root: ET.Element, found: ET.Element, token: str) -> None:
    """Write a list back with a token for the page behind it."""
    result = _result(root)
    tag = "Marker" if result is not root else "NextToken"
    for name in (tag, "IsTruncated"):
        for old in result.findall(f"{{*}}{name}"):
            result.remove(old)
    namespace = _namespace(root)
    _child(result, namespace, tag, token)
    if tag == "Marker":
        _child(result, namespace, "IsTruncated", "true")
    reply.body, reply.items, reply.next_page = _written(root), len(found), token


def _read(body: bytes) -> ET.Element | None:
    try:
        return ET.fromstring(body)  # noqa: S314  # the emulator's own documents
    except ET.ParseError:
        return None


def _written(root: ET.Element) -> bytes:
    written: bytes = ET.tostring(root, "utf-8", xml_declaration=True, default_namespace=_namespace(root) or None)
    return written


def _namespace(element: ET.Element) -> str:
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def _child(parent: ET.Element, namespace: str, name: str, text: str) -> None:
    child = ET.SubElement(parent, f"{{{namespace}}}{name}" if namespace else name)
    child.text = text


def _result(root: ET.Element) -> ET.Element:
    """Return the element with the answer: services that take forms have one more around it."""
    inner = root.tag.rpartition("}")[2].replace("Response", "Result")
    found = root.find(f"{{*}}{inner}")
    return root if found is None else found


def _list_in(result: ET.Element) -> ET.Element | None:
    return next((child for child in result if child.tag.rpartition("}")[2] not in _NO_LIST), None)


def _kept(text: str) -> str:
    """Return a query or form without tokens of ours; the rest stays as it was written."""
    pieces = [piece for piece in text.split("&") if not re.match(rf"(?:nextToken|Marker)={_TOKEN}", piece)]
    return "&".join(pieces)
