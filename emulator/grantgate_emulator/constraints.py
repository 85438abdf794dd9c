"""What the service model allows in a request: required members, lengths, ranges, patterns, enumerations."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape

_TAG_TEXT = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"
_AUDIT_TEXT = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"

# Members whose violations have a code of their own; everything else is an InvalidRequest.
_CODE_OF_MEMBER = {
    "LocationScope": "InvalidAccessGrantsLocation",
    "IAMRoleArn": "InvalidIamRole",
    "IdentityCenterArn": "InvalidIdentityCenterInstance",
    "Tags": "InvalidTag",
    "TagKeys": "InvalidTag",
}


def check(shape: Shape, value: Any, place: str = "") -> None:
    """
    Refuse a value its shape forbids.

    Errors: AwsError with status 400; the message names the place, the value and the limit. The first violation
            in the model's order of members is reported.
    """
    kind = shape.type_name
    if kind == "structure":
        _check_structure(shape, value, place)
    elif kind == "list":
        _check_size(shape, len(value), "items", place, value)
        for index, item in enumerate(value):
            check(shape.member, item, f"{place}[{index}]")  # type: ignore[attr-defined]  # a list shape has a member
    elif kind in {"integer", "long"}:
        _check_size(shape, value, "", place, value)
    elif kind == "string":
        _check_size(shape, len(value), "characters", place, value)
        allowed = getattr(shape, "enum", None)
        if allowed and value not in allowed:
            raise _violation(place, value, f"must be one of {', '.join(allowed)}")
        pattern = shape.metadata.get("pattern")
        if pattern and not matcher(shape.name, pattern)(value):
            raise _violation(place, value, f"must match {pattern}")


def _check_structure(shape: Shape, value: dict[str, Any], place: str) -> None:
    prefix = f"{place}." if place else ""
    for name in shape.metadata.get("required", []):
        if value.get(name) is None:
            raise AwsError(_code_at(prefix + name), f"{prefix}{name} is required")
    members = shape.members  # type: ignore[attr-defined]  # a structure shape has members
    for name, item in value.items():
        check(members[name], item, prefix + name)


def _check_size(shape: Shape, size: int, unit: str, place: str, value: Any) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if most is not None and size > most:
        limit = f"must be at most {most} {unit}".rstrip()
        if place == "Tags":
            raise AwsError("TooManyTags", f"Tags: {size} given, {limit}")
        raise _violation(place, value, limit)
    if least is not None and size < least:
        raise _violation(place, value, f"must be at least {least} {unit}".rstrip())


def _violation(place: str, value: Any, limit: str) -> AwsError:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."  # noqa: PLR2004  # one line of a terminal
    return AwsError(_code_at(place), f"{place}: {shown} {limit}")


def _code_at(place: str) -> str:
    member = re.split(r"[.\[]", place, maxsplit=1)[0]
    return _CODE_OF_MEMBER.get(member, "InvalidRequest")


@lru_cache(maxsize=256)
def matcher(shape_name: str, pattern: str) -> Callable[[str], bool]:
    r"""
    Return a test for one of the model's patterns, over the whole value.

    The model writes Java patterns: ``\p{L}`` and surrogate pairs mean nothing to ``re``, so the two patterns that
    use them are spelled out here. A route call's Mrap is an ARN in every SDK example, which holds a "/" the
    model's own pattern leaves out: enforcing it would refuse what AWS accepts.
    """
    if pattern == _TAG_TEXT:
        return _is_tag_text
    if pattern == _AUDIT_TEXT:
        return re.compile(r"[\t\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]*").fullmatch  # type: ignore[return-value]  # a match is truthy
    if shape_name == "MultiRegionAccessPointId":
        pattern = r"[a-zA-Z0-9:./-]{3,200}"
    return re.compile(pattern.removeprefix("^").removesuffix("$"), re.ASCII).fullmatch  # type: ignore[return-value]  # a match is truthy


def _is_tag_text(value: str) -> bool:
    return all(character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN" for character in value)
