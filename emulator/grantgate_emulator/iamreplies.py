"""What moto's IAM answers otherwise than AWS: documents that are not URL-encoded, a list that has no pages."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from . import documents

if TYPE_CHECKING:
    from .messages import Reply

_MOST_PER_PAGE = 100
_DOCUMENT = re.compile(rb"(?<=<Document>)[^<]*(?=</Document>)")


def amend(reply: Reply, operation: str, form: bytes) -> None:
    """Make a reply of moto's IAM the one AWS gives, and note what it lists."""
    if operation in {"GetPolicyVersion", "ListPolicyVersions"}:
        reply.body = _DOCUMENT.sub(lambda found: quote(unescape(found[0].decode())).encode(), reply.body)
    elif operation == "ListRolePolicies":
        asked = {name: values[0] for name, values in parse_qs(form.decode("utf-8", "replace")).items()}
        size, start = asked.get("MaxItems", str(_MOST_PER_PAGE)), asked.get("Marker", "0")
        if size.isdecimal() and start.isdecimal():
            documents.cut(reply, int(start), int(start) + int(size))
    if operation.startswith("List"):
        documents.note(reply)
