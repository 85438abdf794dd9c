"""The emulated AWS: from a request to a reply, with faults in between and a journal of everything."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from . import (
    access,
    arrivals,
    callers,
    changes,
    documents,
    iamreplies,
    mistakes,
    model,
    mrap,
    replies,
    tags,
    wire,
    wreckings,
)
from .calls import Call
from .errors import AwsError, no_location
from .faultkinds import BESIDES, HARMLESS
from .faults import Faults, placed
from .journal import Journal
from .messages import Reply, Wreck, account_in_host
from .motobridge import Moto
from .operations import HANDLERS
from .state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .arrivals import Arrival
    from .faults import Fault
    from .journal import Mark
    from .messages import Request

_CODE = re.compile(rb"<Code>([^<]+)</Code>|\"__type\":\s*\"(?:[^\"#]*#)?([^\"]+)\"")
_SECRET = re.compile("(?i)(Signature|Security-Token)=[^&]*")
_ID_HEADERS = ("x-amz-request-id", "x-amzn-requestid", "x-amzn-RequestId")
_MEGABYTE = 1024 * 1024
_HANG_SECONDS = 600
_ERRORS = 300  # statuses from here on
_log = logging.getLogger(__name__)


class Application:
    """Answers AWS requests from any number of threads."""

    def __init__(self) -> None:
        self.state = State()
        self.faults = Faults()
        self.journal = Journal()
        self.moto = Moto()
        self.state.find_bucket = self.moto.bucket
        self._model = model.load()

    def answer(self, request: Request, pause: Callable[[float], None] = time.sleep) -> Reply:
        """Answer one AWS request and write it down; ``pause`` is how its connection waits."""
        mark = self.journal.mark()
        arrival = arrivals.look_at(request, self.state, self._model)
        taken = self.faults.take(arrival.asked)
        for fault in taken:
            if fault.kind == "latency":
                pause(fault.spec["seconds"])
        struck = taken[-1] if taken and taken[-1].kind not in BESIDES else None
        reply, is_true = (self._served(arrival), True) if struck is None else self._struck(arrival, struck)
        for fault in taken:
            changes.make(self.state, fault, arrival.asked)
        self._write_down(mark, arrival, reply, taken, is_true=is_true)
        return reply

    def _struck(self, arrival: Arrival, fault: Fault) -> tuple[Reply, bool]:
        """Return the reply a fault makes of a request, and whether it is what the state says, whole and readable."""
        kind, spec = fault.kind, fault.spec
        if kind == "reset":
            return Reply(0, wreck=Wreck("reset")), False
        if kind == "hang":
            return Reply(0, wreck=Wreck("hang", seconds=spec.get("seconds", _HANG_SECONDS))), False
        mistaken = mistakes.reply_to(arrival, spec)
        if mistaken is not None:
            mistaken.clock_offset = spec.get("offset", 0)
            return mistaken, False
        if kind == "page-loop":
            return self._looped(arrival, spec["style"])
        if kind == "gone":
            return self._without(arrival, spec["location"]), True
        reply = self._served(arrival)
        reply.clock_offset = spec.get("offset", 0)
        if kind == "malformed":
            wreckings.spoil(reply, spec, arrival.request.headers.get("host", ""))
        elif kind in {"content-type", "huge"} and "contentType" in spec:
            wreckings.label(reply, spec["contentType"])
        reply.wreck = _wreck(spec)
        if spec.get("compressed"):
            reply.headers["Content-Encoding"] = "gzip"
        if kind not in HARMLESS | {"skew", "trickle"}:
            reply.items = reply.next_page = None
        # A trickle may still go out whole; its connection says so when it has.
        return reply, kind in HARMLESS or kind == "skew"

    def _looped(self, arrival: Arrival, style: str) -> tuple[Reply, bool]:
        reply = self._served(replace(arrival, request=documents.without_token(arrival.request)))
        if reply.status >= _ERRORS:
            return reply, True  # an error has no pages
        documents.looped(reply, style, arrival.page)
        return reply, False

    def _without(self, arrival: Arrival, location: str) -> Reply:
        if arrival.operation == "GetAccessGrantsLocation":
            return replies.error(arrival.family, no_location(), arrival.request_id)
        reply = self._served(arrival)
        documents.without_location(reply, placed(location, arrival.account, arrival.region)[2])
        return reply

    def _served(self, arrival: Arrival) -> Reply:
        try:
            reply = self._control(arrival) if arrival.service == "s3control" else self._foreign(arrival)
        except AwsError as mistake:
            reply = replies.error(arrival.family, mistake, arrival.request_id)
            if mistake.code == "PermanentRedirect":
                reply.headers["x-amz-bucket-region"] = mrap.CONTROL_REGION
        except Exception as mistake:  # noqa: BLE001  # clients parse AWS errors only, also when the mistake is ours
            _log.exception("%s %s", arrival.request.method, arrival.request.target)
            message = f"The emulator itself failed: {type(mistake).__name__}: {mistake}"
            reply = replies.error(arrival.family, AwsError("InternalError", message), arrival.request_id)
        return reply

    def _foreign(self, arrival: Arrival) -> Reply:
        caller = arrival.caller
        if not arrival.service:
            raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        # moto knows better who its own roles and users are; for other keys it invents an ARN no AWS has.
        if arrival.operation == "GetCallerIdentity" and caller is not None and not callers.is_from_moto(caller):
            return replies.caller_identity(caller, arrival.request_id)
        reply = self.moto.answer(arrival.request, arrival.service, arrival.account)
        if arrival.service == "iam":
            iamreplies.amend(reply, arrival.operation, arrival.request.body)
        return reply

    def _control(self, arrival: Arrival) -> Reply:
        request, match, caller = arrival.request, arrival.match, arrival.caller
        if match is None:
            raise _no_operation(self._model, request)
        if caller is None:
            raise AwsError("AccessDenied", "Anonymous access is forbidden for this operation")
        in_host, in_header = account_in_host(request.host), request.headers.get(wire.ACCOUNT_HEADER)
        if in_host and in_header and in_host != in_header:
            raise AwsError("InvalidRequest", f"AccountId: {in_header!r} must be the account in the host, {in_host}")
        if match.operation not in HANDLERS:
            return self._from_moto(arrival, match)
        mrap.check_region(match.operation, arrival.region)
        wire.verify_digests(request.headers, request.body)
        headers: Mapping[str, str] = request.headers
        if in_header is None and in_host is not None:
            headers = {**request.headers, wire.ACCOUNT_HEADER: in_host}
        operation = self._model.operation(match.operation)
        parameters = wire.parse(operation, match, request.query, headers, request.body)
        if match.operation in tags.OPERATIONS and not tags.is_ours(parameters["ResourceArn"]):
            return self._from_moto(arrival, match)
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        call = Call(match.operation, parameters, arrival.account, arrival.region, caller, self.state, now)
        with self.state.lock:
            access.check_account(call, arrival.resource)
            result = HANDLERS[match.operation](call)
            document = wire.result_document(operation, result)
        reply = replies.result(operation.http.get("responseCode", 200), document, arrival.request_id)
        if match.operation.startswith("List"):
            reply.items = next((len(value) for value in result.values() if isinstance(value, list)), None)
            reply.next_page = result.get("NextToken")
        return reply

    def _from_moto(self, arrival: Arrival, match: model.Match) -> Reply:
        if not self.moto.has_control_operation(match.operation):
            message = f"The emulator does not implement the S3 Control operation {match.operation}"
            raise AwsError("NotImplemented", message)
        # moto reads the account from the header only.
        headers = {**arrival.request.headers, wire.ACCOUNT_HEADER: arrival.account}
        return self.moto.answer(replace(arrival.request, headers=headers), arrival.service, arrival.account)

    def _write_down(self, mark: Mark, arrival: Arrival, reply: Reply, taken: list[Fault], *, is_true: bool) -> None:
        found = _CODE.search(reply.body) if reply.status >= 300 else None  # noqa: PLR2004  # HTTP's own boundary
        content: dict[str, Any] = {
            "service": arrival.service,
            "operation": arrival.operation,
            "method": arrival.request.method,
            "host": arrival.request.host,
            "path": arrival.request.path,
            "query": _SECRET.sub(r"\1=...", arrival.request.query),
            "subject": arrival.subject,
            "account": arrival.account,
            "region": arrival.region,
            "caller": arrival.caller.arn if arrival.caller else arrivals.ANONYMOUS,
            "accessKeyId": arrival.caller.access_key_id if arrival.caller else None,
            "page": arrival.page,
            "status": reply.status,
            "code": (found[1] or found[2]).decode("utf-8", "replace") if found else None,
            "items": reply.items,
            "nextPage": reply.next_page,
            # moto makes up ids of its own.
            "requestId": next((reply.headers[name] for name in _ID_HEADERS if name in reply.headers), None),
            "faults": [fault.kind for fault in taken],
        }
        entry = self.journal.add(mark, content, intact=is_true)
        reply.ended = partial(self.journal.end, mark, entry)


def _wreck(spec: dict[str, Any]) -> Wreck | None:
    if spec["kind"] == "truncate":
        return Wreck("truncate")
    if spec["kind"] == "trickle":
        return Wreck("trickle", seconds=spec.get("seconds", 1), size=spec.get("bytes", 1))
    if spec["kind"] == "huge":
        compressed = spec.get("compressed", False)
        # How long it is compressed shows only at its end.
        chunked = compressed or spec.get("chunked", False)
        return Wreck("huge", size=spec["megabytes"] * _MEGABYTE, chunked=chunked, compressed=compressed)
    return None


def _no_operation(known: model.Model, request: Request) -> AwsError:
    methods = known.methods_of(request.path)
    if methods:
        return AwsError("MethodNotAllowed", f"{request.method} is not allowed here; {', '.join(methods)} would be")
    return AwsError("InvalidURI", f"Couldn't parse the specified URI: S3 Control has no operation at {request.path}")
