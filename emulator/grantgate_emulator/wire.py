"""REST-XML in both directions, driven by the service model: requests to parameters, results to documents."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

from . import constraints
from .errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from botocore.model import OperationModel, Shape

    from .model import Match

NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# S3 names 2018-08-20's account header; the SDKs also put the account into the host name.
ACCOUNT_HEADER = "x-amz-account-id"
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse(
    operation: OperationModel, match: Match, query: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """
    Turn a request into the operation's parameters, refusing everything the model forbids.

    Errors: AwsError, status 400. Unlike moto's parser this one also refuses repeated and unknown elements and
            booleans other than true and false, as the service does.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    arguments = parse_qs(query, keep_blank_values=True)
    document = _document(operation, body)
    parameters: dict[str, Any] = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location == "uri":
            parameters[name] = _scalar(member, match.labels[wire_name], name)
        elif location == "header":
            if (text := headers.get(wire_name)) is not None:
                parameters[name] = _scalar(member, text, name)
        elif location == "querystring":
            if wire_name in arguments:
                parameters[name] = _argument(member, arguments[wire_name], name)
        elif (found := _only_child(document, wire_name)) is not None:
            parameters[name] = _element(member, found, name)
    if document is not None:
        known = {member.serialization.get("name", name) for name, member in shape.members.items()}
        _refuse_unknown(document, known)
    constraints.check(shape, parameters)
    return parameters


def verify_digests(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a body that is not what its checksum headers say; a header that is absent checks nothing."""
    digest = headers.get("content-md5")
    if digest is not None and digest != base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode():
        raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
    checksum = headers.get("x-amz-checksum-crc32")
    if checksum is not None and checksum != base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode():
        raise AwsError("BadDigest", "The CRC32 you specified did not match the calculated checksum.")
    signed = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    if re.fullmatch("[0-9a-f]{64}", signed) and signed != hashlib.sha256(body).hexdigest():
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise AwsError("XAmzContentSHA256Mismatch", message)


def _document(operation: OperationModel, body: bytes) -> ET.Element | None:
    shape = operation.input_shape
    if not body.strip():
        return None
    expected = shape.serialization.get("name") if shape is not None else None
    if expected is None:  # The operation has no body; AWS ignores one.
        return None
    try:
        document = ET.fromstring(body)  # noqa: S314  # expat limits entity growth, and callers are on loopback
    except ET.ParseError as mistake:
        raise AwsError("MalformedXML", f"The XML you provided was not well-formed: {mistake}") from mistake
    if _tag(document) != expected:
        raise AwsError("MalformedXML", f"root element: {_tag(document)!r} must be {expected!r}")
    return document


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _only_child(parent: ET.Element | None, name: str) -> ET.Element | None:
    found = [child for child in parent if _tag(child) == name] if parent is not None else []
    if len(found) > 1:
        raise AwsError("MalformedXML", f"element {name!r}: {len(found)} given, must be at most 1")
    return found[0] if found else None


def _refuse_unknown(parent: ET.Element, known: set[str]) -> None:
    for child in parent:
        if _tag(child) not in known:
            raise AwsError("MalformedXML", f"element {_tag(child)!r} is not known in {_tag(parent)!r}")


def _element(shape: Shape, element: ET.Element, place: str) -> Any:
    if shape.type_name == "structure":
        members: dict[str, Shape] = shape.members  # type: ignore[attr-defined]  # a structure shape has members
        _refuse_unknown(element, {member.serialization.get("name", name) for name, member in members.items()})
        values = {}
        for name, member in members.items():
            child = _only_child(element, member.serialization.get("name", name))
            if child is not None:
                values[name] = _element(member, child, f"{place}.{name}")
        return values
    if shape.type_name == "list":
        member = shape.member  # type: ignore[attr-defined]  # a list shape has a member
        _refuse_unknown(element, {member.serialization.get("name", "member")})
        return [_element(member, child, f"{place}[{index}]") for index, child in enumerate(element)]
    if len(element):
        raise AwsError("MalformedXML", f"{place}: text expected, elements given")
    return _scalar(shape, element.text or "", place)


def _argument(shape: Shape, values: list[str], place: str) -> Any:
    if shape.type_name == "list":
        return values
    if len(values) > 1:
        raise AwsError("InvalidRequest", f"{place}: {len(values)} given, must be at most 1")
    return _scalar(shape, values[0], place)


def _scalar(shape: Shape, text: str, place: str) -> Any:
    if shape.type_name == "boolean":
        if text not in {"true", "false"}:
            raise AwsError("MalformedXML", f"{place}: {text!r} must be true or false")
        return text == "true"
    if shape.type_name in {"integer", "long"}:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise AwsError("InvalidRequest", f"{place}: {text!r} must be a whole number")
        return int(text)
    return text


def result_document(operation: OperationModel, result: Mapping[str, Any]) -> bytes:
    """Turn an operation's result into its document, members in the model's order; absent and None are left out."""
    shape = operation.output_shape
    if shape is None or not shape.members:
        return b""
    content = "".join(_render(name, member, result.get(name)) for name, member in shape.members.items())
    return f'{_DECLARATION}<{shape.name} xmlns="{NAMESPACE}">{content}</{shape.name}>'.encode()


def _render(name: str, shape: Shape, value: Any) -> str:
    if value is None:
        return ""
    tag = shape.serialization.get("name", name)
    kind = shape.type_name
    if kind == "structure":
        members: dict[str, Shape] = shape.members  # type: ignore[attr-defined]  # a structure shape has members
        content = "".join(_render(key, member, value.get(key)) for key, member in members.items())
    elif kind == "list":
        member = shape.member  # type: ignore[attr-defined]  # a list shape has a member
        item_tag = member.serialization.get("name", "member")
        content = "".join(_render(item_tag, member, item) for item in value)
    elif kind == "timestamp":
        content = iso(value)
    elif kind == "boolean":
        content = "true" if value else "false"
    else:
        # A reader turns a bare carriage return into a newline.
        content = escape(_CONTROL_CHARACTERS.sub("\ufffd", str(value)), quote=False).replace("\r", "&#13;")
    return f"<{tag}>{content}</{tag}>"


def iso(moment: datetime) -> str:
    """Write a UTC moment as S3 does: milliseconds only when there are any."""
    text = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return text.removesuffix(".000") + "Z"


def error_document(error: AwsError, request_id: str, host_id: str) -> bytes:
    """Write S3 Control's nested form of an error."""
    details = {"Code": error.code, "Message": error.message, **error.fields}
    inner = "".join(f"<{tag}>{escape(text, quote=False)}</{tag}>" for tag, text in details.items())
    outer = f"<Error>{inner}</Error><RequestId>{request_id}</RequestId><HostId>{host_id}</HostId>"
    return f"{_DECLARATION}<ErrorResponse>{outer}</ErrorResponse>".encode()


def flat_error_document(error: AwsError, request_id: str, host_id: str) -> bytes:
    """Write the flat form S3 itself uses; SDKs accept it from S3 Control too."""
    details = {"Code": error.code, "Message": error.message, **error.fields, "RequestId": request_id, "HostId": host_id}
    inner = "".join(f"<{tag}>{escape(text, quote=False)}</{tag}>" for tag, text in details.items())
    return f"{_DECLARATION}<Error>{inner}</Error>".encode()
