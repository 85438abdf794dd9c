"""What a rule concludes from a field that holds no known text."""

from __future__ import annotations

from grantgate_policies.core import ABSENT, UNKNOWN, Broken, Malformed, Unsure, Value


def unread(value: Value, field: str) -> Broken | Unsure | None:
    """
    Break on what is no text or not there, be unsure of what is not known; nothing for text.

    For fields that cannot stand in a rule's ``needs``, because what others break for certain is told first.

    >>> unread(Malformed("number"), "permission").message
    'permission is a number, not text'
    >>> unread("READ", "permission")
    """
    if isinstance(value, Malformed):
        return Broken(field, value.kind, "text", f"{field} is a {value.kind}, not text")
    if value is ABSENT:
        return Broken(field, "nothing", "text", f"{field} is not set")
    if value is UNKNOWN:
        return Unsure(field, f"{field} is not known in this preview")
    return None
