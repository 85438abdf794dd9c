"""Replies in the form each kind of AWS service uses."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape

from . import wire
from .messages import Reply

if TYPE_CHECKING:
    from .calls import Caller
    from .errors import AwsError

Family = Literal["s3control", "s3", "query", "json"]
XML = "application/xml"


def new_request_id() -> str:
    """Return a request id of the form S3 gives."""
    return secrets.token_hex(8).upper()


def _ids(request_id: str) -> dict[str, str]:
    return {"x-amz-request-id": request_id, "x-amz-id-2": secrets.token_urlsafe(48)}


def result(status: int, document: bytes, request_id: str) -> Reply:
    """Return S3 Control's reply to a call that worked."""
    headers = _ids(request_id)
    if document:
        headers["Content-Type"] = XML
    return Reply(status, headers, document)


def error(family: Family, mistake: AwsError, request_id: str, *, flat: bool = False) -> Reply:
    """Return an error in the form the client of this kind of service parses."""
    headers = _ids(request_id)
    if family == "json":
        headers |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-requestid": request_id}
        headers["x-amzn-errortype"] = mistake.code
        body = json.dumps({"__type": mistake.code, "message": mistake.message}).encode()
        return Reply(mistake.status, headers, body)
    headers["Content-Type"] = XML
    if family == "query":
        headers["x-amzn-requestid"] = request_id
        kind = "Sender" if mistake.status < 500 else "Receiver"  # noqa: PLR2004  # HTTP's own boundary
        details = f"<Type>{kind}</Type><Code>{mistake.code}</Code><Message>{escape(mistake.message)}</Message>"
        body = f"<ErrorResponse><Error>{details}</Error><RequestId>{request_id}</RequestId></ErrorResponse>".encode()
        return Reply(mistake.status, headers, body)
    write = wire.flat_error_document if flat or family == "s3" else wire.error_document
    return Reply(mistake.status, headers, write(mistake, request_id, headers["x-amz-id-2"]))


def caller_identity(caller: Caller, request_id: str) -> Reply:
    """Return STS's reply to GetCallerIdentity."""
    # An access key id starts with the kind of its owner; STS shows the owner's own id, which has another start.
    is_role = caller.session_arn != caller.arn
    user_id = ("AROA{}:grantgate" if is_role else "AIDA{}").format(caller.access_key_id[4:].upper())
    fields = (
        f"<Arn>{escape(caller.session_arn)}</Arn><UserId>{escape(user_id)}</UserId><Account>{caller.account}</Account>"
    )
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult>{fields}</GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    ).encode()
    return Reply(200, {"Content-Type": "text/xml", "x-amzn-requestid": request_id}, body)
