"""The errors faults stand for, each in the words of the service that is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import replies
from .arrivals import ANONYMOUS
from .errors import AwsError, denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from .arrivals import Arrival
    from .messages import Reply

# Source: S3's MaxAllowedSkewMilliseconds, and the minutes in the message of services that take forms.
_S3_SKEW_SECONDS = 900
_QUERY_SKEW_SECONDS = 300
_COMPACT = "%Y%m%dT%H%M%SZ"
_REDIRECT_CODES = {
    301: "PermanentRedirect",
    302: "Redirect",
    307: "TemporaryRedirect",
    308: "PermanentRedirect",
}


def reply_to(arrival: Arrival, spec: dict[str, Any]) -> Reply | None:
    """Return the reply an error fault makes; None when its kind makes none, or not for this request."""
    make = _MAKERS.get(spec["kind"])
    mistake = make(arrival, spec) if make is not None else None
    if mistake is None:
        return None
    if "message" in spec:
        mistake = replace(mistake, message=spec["message"])
    reply = replies.error(arrival.family, mistake, arrival.request_id, flat=spec.get("form") == "flat")
    if "url" in spec:
        reply.headers["Location"] = spec["url"]
    if "bucketRegion" in spec:
        reply.headers["x-amz-bucket-region"] = spec["bucketRegion"]
    return reply


def _is_s3(arrival: Arrival) -> bool:
    return arrival.family in {"s3control", "s3"}


def _principal(arrival: Arrival) -> str:
    return arrival.caller.session_arn if arrival.caller else ANONYMOUS


def _throttle(arrival: Arrival, _: dict[str, Any]) -> AwsError:
    if _is_s3(arrival):
        return AwsError("SlowDown", "Please reduce your request rate.")
    return AwsError("Throttling", "Rate exceeded", 400)


def _server_error(arrival: Arrival, _: dict[str, Any]) -> AwsError:
    message = "We encountered an internal error. Please try again."
    return AwsError("InternalError" if _is_s3(arrival) else "InternalFailure", message, 500)


def _access_denied(arrival: Arrival, _: dict[str, Any]) -> AwsError:
    why = f"because no identity-based policy allows the {arrival.action} action"
    return denied(_principal(arrival), arrival.action, arrival.resource, why)


def _region_deny(arrival: Arrival, _: dict[str, Any]) -> AwsError:
    why = "with an explicit deny in a service control policy"
    return denied(_principal(arrival), arrival.action, arrival.resource, why)


def _error(_: Arrival, spec: dict[str, Any]) -> AwsError:
    return AwsError(spec["code"], spec["code"], spec["status"])


def _redirect(_: Arrival, spec: dict[str, Any]) -> AwsError:
    status = spec.get("status", 301)
    message = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )
    return AwsError(_REDIRECT_CODES[status], message, status)


def _skew(arrival: Arrival, spec: dict[str, Any]) -> AwsError | None:
    """
    Return what a service whose clock is ``offset`` seconds ahead says to a request, None when it is near enough.

    A request without a moment of its own is taken for one sent now.
    """
    now = datetime.now(UTC)
    server = now + timedelta(seconds=spec["offset"])
    try:
        text = arrival.request.headers.get("x-amz-date", "")
        sent = datetime.strptime(text, _COMPACT).replace(tzinfo=UTC)
    except ValueError:
        sent = now
    if _is_s3(arrival):
        if abs(server - sent) <= timedelta(seconds=_S3_SKEW_SECONDS):
            return None
        fields = {
            "RequestTime": sent.strftime(_COMPACT),
            "ServerTime": server.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "MaxAllowedSkewMilliseconds": str(_S3_SKEW_SECONDS * 1000),
        }
        message = "The difference between the request time and the current time is too large."
        return AwsError("RequestTimeTooSkewed", message, 403, fields)
    limit = timedelta(seconds=_QUERY_SKEW_SECONDS)
    if abs(server - sent) <= limit:
        return None
    at, here = sent.strftime(_COMPACT), server.strftime(_COMPACT)
    if server > sent:
        message = f"Signature expired: {at} is now earlier than {(server - limit):{_COMPACT}} ({here} - 5 min.)"
    else:
        message = f"Signature not yet current: {at} is still later than {(server + limit):{_COMPACT}} ({here} + 5 min.)"
    return AwsError("SignatureDoesNotMatch", message, 403)


_MAKERS: dict[str, Callable[[Arrival, dict[str, Any]], AwsError | None]] = {
    "throttle": _throttle,
    "server-error": _server_error,
    "access-denied": _access_denied,
    "region-deny": _region_deny,
    "error": _error,
    "redirect": _redirect,
    "skew": _skew,
}
