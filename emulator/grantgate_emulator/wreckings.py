"""Bodies no AWS service sends: each a way in which an answer can be wrong, or an attack on whoever reads it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .wire import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .messages import Reply

_LEAF = re.compile(rb"(?<=>)[^<>]+(?=</)")
_ROOT = re.compile(rb"<([A-Za-z][A-Za-z0-9]*)")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>\s*")
_XML = "application/xml"
_NESTING = 100_000
_GROWTHS = 9
_LOGIN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Sign in to continue</title></head>
<body><form action="/login" method="post"><input name="user"><input type="password" name="password"></form></body>
</html>
"""
_OTHER_DOCUMENT = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets></Buckets></ListAllMyBucketsResult>'
)


def spoil(reply: Reply, spec: dict[str, Any], own_address: str) -> None:
    """
    Replace a reply's body by what a fault says; the status stays, but for what only comes with 200.

    ``own_address`` is where the client found the emulator: an external entity names it, unless the fault names another
    address, so that the journal shows who has followed it.
    """
    wanted = spec["body"]
    if wanted in {"html", "empty"}:
        reply.status = 200
    reply.status = spec.get("status", reply.status)
    if wanted in _REPLACED:
        content_type, reply.body = _REPLACED[wanted]
    elif wanted == "external-entity":
        url = spec.get("url", f"http://{own_address}/external-entity")
        content_type, reply.body = _XML, _with_doctype(reply.body, b'<!ENTITY spoilt SYSTEM "%s">' % url.encode())
    elif wanted == "doctype":
        content_type, reply.body = _XML, _with_doctype(reply.body, _bomb())
    elif wanted == "deep":
        content_type, reply.body = _XML, b"<Deep>" * _NESTING + b"</Deep>" * _NESTING
    else:
        content_type, reply.body = _XML, _CHANGED[wanted](reply.body)
    label(reply, spec.get("contentType", content_type))


def label(reply: Reply, content_type: str) -> None:
    """Give a reply another content type."""
    reply.headers = {name: value for name, value in reply.headers.items() if name.lower() != "content-type"}
    reply.headers["Content-Type"] = content_type


def root_of(body: bytes) -> bytes:
    """
    Return the name of a document's root.

    >>> root_of(b'<?xml version="1.0"?><A xmlns="b"/>'), root_of(b"{}")
    (b'A', b'Answer')
    """
    found = _ROOT.search(body)
    return found[1] if found else b"Answer"


def _spoilt(body: bytes, value: bytes, *, instead: bool) -> bytes:
    """Put something into the last value of a document, or in place of it; one without values gets one."""
    leaves = list(_LEAF.finditer(body))
    if not leaves:
        root = root_of(body)
        return b"<%s><Value>%s</Value></%s>" % (root, value, root)
    start, end = leaves[-1].span()
    return body[: start if instead else start + 1] + value + body[end if instead else start + 1 :]


def _with_doctype(body: bytes, entities: bytes) -> bytes:
    spoilt = _DECLARATION.sub(b"", _spoilt(body, b"&spoilt;", instead=True))
    doctype = b"<!DOCTYPE %s [%s]>" % (root_of(spoilt), entities)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + doctype + spoilt


def _bomb() -> bytes:
    """Return entities of which each holds ten of the one before: under a kilobyte, a gigabyte when expanded."""
    names = [b"e%d" % number for number in range(_GROWTHS)] + [b"spoilt"]
    grown = b"".join(b'<!ENTITY %s "%s">' % (name, b"&%s;" % before * 10) for before, name in pairwise(names))
    return b'<!ENTITY e0 "spoilt">' + grown


def _unclosed(body: bytes) -> bytes:
    """Leave out what closes the root: all values are there, and nothing else is wrong."""
    at = body.rfind(b"</")
    return body[:at] if at >= 0 else b"<Unclosed>" + body


def _utf_16(body: bytes) -> bytes:
    bare = _DECLARATION.sub(b"", body).decode("utf-8", "replace")
    return ('<?xml version="1.0" encoding="UTF-16"?>\n' + bare).encode("utf-16")


def _latin_1(body: bytes) -> bytes:
    bare = _DECLARATION.sub(b"", body).decode("utf-8", "replace")
    return b'<?xml version="1.0" encoding="ISO-8859-1"?>\n' + bare.encode("latin-1", "xmlcharrefreplace")


_REPLACED: dict[str, tuple[str, bytes]] = {
    "html": ("text/html; charset=utf-8", _LOGIN_PAGE),
    "empty": (_XML, b""),
    "json": ("application/json", b'{"message": "OK", "items": []}'),
    "binary": ("application/octet-stream", bytes(range(256)) * 16),
    "wrong-root": (_XML, _OTHER_DOCUMENT),
}
_CHANGED: dict[str, Callable[[bytes], bytes]] = {
    "xml": _unclosed,
    "utf-16": _utf_16,
    "latin-1": _latin_1,
    "bad-utf-8": lambda body: _spoilt(body, b"\xc3\x28\xff", instead=False),
    "nul": lambda body: _spoilt(body, b"\x00", instead=False),
}


def around_padding(body: bytes) -> tuple[bytes, bytes]:
    """Return beginning and end of a document of this root that holds nothing of its content, only padding."""
    root = root_of(body)
    begin = b'<?xml version="1.0" encoding="UTF-8"?>\n<%s xmlns="%s"><Padding>' % (root, NAMESPACE.encode())
    return begin, b"</Padding></%s>" % root
