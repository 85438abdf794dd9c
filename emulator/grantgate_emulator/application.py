"""The emulated AWS: from a request to a reply, with faults in between and a journal of everything."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from . import access, callers, model, mrap, replies, tags, wire
from .calls import Call, partition_of
from .errors import AwsError, denied
from .faults import Faults
from .messages import Reply, Request, account_in_host, region_in_host
from .motobridge import Moto
from .operations import HANDLERS
from .state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .calls import Caller
    from .faults import Fault
    from .replies import Family

MOST_JOURNAL_ENTRIES = 100_000
_CODE = re.compile(rb"<Code>([^<]+)</Code>|\"__type\":\s*\"(?:[^\"#]*#)?([^\"]+)\"")
_SECRET = re.compile("(?i)(Signature|Security-Token)=[^&]*")
_ID_HEADERS = ("x-amz-request-id", "x-amzn-requestid", "x-amzn-RequestId")
_ANONYMOUS = "anonymous"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Arrival:
    """What is known about a request before anyone answers it."""

    request: Request
    request_id: str
    service: str
    family: Family
    operation: str
    match: model.Match | None
    account: str
    region: str
    caller: Caller | None


class Application:
    """Answers AWS requests from any number of threads."""

    def __init__(self) -> None:
        self.state = State()
        self.faults = Faults()
        self.moto = Moto()
        self.state.find_bucket = self.moto.bucket
        self._model = model.load()
        self._journal: deque[dict[str, Any]] = deque(maxlen=MOST_JOURNAL_ENTRIES)
        self._journal_lock = threading.Lock()

    def journal(self) -> list[dict[str, Any]]:
        """Return what was served, oldest first."""
        with self._journal_lock:
            return [dict(entry) for entry in self._journal]

    def clear_journal(self) -> None:
        """Forget what was served."""
        with self._journal_lock:
            self._journal.clear()

    def answer(self, request: Request) -> Reply:
        """Answer one AWS request and write it down."""
        arrival = self._look_at(request)
        taken = self.faults.take(arrival.operation, arrival.account, arrival.region, request.target)
        for wait in taken:
            if wait.kind == "latency":
                time.sleep(wait.spec["seconds"])
        fault = taken[-1] if taken and taken[-1].kind != "latency" else None
        if fault is not None and fault.kind in {"throttle", "server-error", "access-denied", "error"}:
            is_flat = fault.spec.get("form") == "flat"
            reply = replies.error(arrival.family, _mistake(fault, arrival), arrival.request_id, flat=is_flat)
        elif fault is not None and fault.kind == "reset":
            reply = Reply(0, wreck="reset")
        else:
            reply = self._served(arrival)
            if fault is not None:
                reply.wreck = "truncate"
        self._write_down(arrival, reply, taken)
        return reply

    def _look_at(self, request: Request) -> _Arrival:
        scope = callers.scope_of(request.headers, request.query)
        region = (scope.region if scope else None) or region_in_host(request.host) or "us-east-1"
        caller = callers.caller_of(self.state, scope.access_key_id, region) if scope else None
        own = caller.account if caller else self.state.default_account
        if request.path.startswith(model.PATH_PREFIX):
            match = self._model.match(request.method, request.path)
            account = request.headers.get(wire.ACCOUNT_HEADER) or account_in_host(request.host) or own
            name = match.operation if match else ""
            return _Arrival(
                request, replies.new_request_id(), "s3control", "s3control", name, match, account, region, caller
            )
        family, name = _foreign_operation(request)
        service = scope.service if scope else _unsigned_service(name)
        if service == "s3":
            family = "s3"
        return _Arrival(request, replies.new_request_id(), service, family, name, None, own, region, caller)

    def _served(self, arrival: _Arrival) -> Reply:
        try:
            return self._control(arrival) if arrival.service == "s3control" else self._foreign(arrival)
        except AwsError as mistake:
            reply = replies.error(arrival.family, mistake, arrival.request_id)
            if mistake.code == "PermanentRedirect":
                reply.headers["x-amz-bucket-region"] = mrap.CONTROL_REGION
            return reply
        except Exception as mistake:  # noqa: BLE001  # clients parse AWS errors only, also when the mistake is ours
            _log.exception("%s %s", arrival.request.method, arrival.request.target)
            message = f"The emulator itself failed: {type(mistake).__name__}: {mistake}"
            return replies.error(arrival.family, AwsError("InternalError", message), arrival.request_id)

    def _foreign(self, arrival: _Arrival) -> Reply:
        caller = arrival.caller
        if not arrival.service:
            raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        # moto knows better who its own roles and users are; for other keys it invents an ARN no AWS has.
        if arrival.operation == "GetCallerIdentity" and caller is not None and not callers.is_from_moto(caller):
            return replies.caller_identity(caller, arrival.request_id)
        return self.moto.answer(arrival.request, arrival.service, arrival.account)

    def _control(self, arrival: _Arrival) -> Reply:
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
        now = datetime.now(timezone.utc)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        call = Call(match.operation, parameters, arrival.account, arrival.region, caller, self.state, now)
        with self.state.lock:
            access.check_account(call, _resource(arrival))
            result = HANDLERS[match.operation](call)
            document = wire.result_document(operation, result)
        return replies.result(operation.http.get("responseCode", 200), document, arrival.request_id)

    def _from_moto(self, arrival: _Arrival, match: model.Match) -> Reply:
        if not self.moto.has_control_operation(match.operation):
            message = f"The emulator does not implement the S3 Control operation {match.operation}"
            raise AwsError("NotImplemented", message)
        # moto reads the account from the header only.
        headers = {**arrival.request.headers, wire.ACCOUNT_HEADER: arrival.account}
        return self.moto.answer(replace(arrival.request, headers=headers), arrival.service, arrival.account)

    def _write_down(self, arrival: _Arrival, reply: Reply, taken: list[Fault]) -> None:
        found = _CODE.search(reply.body) if reply.status >= 300 else None  # noqa: PLR2004  # HTTP's own boundary
        entry = {
            "service": arrival.service,
            "operation": arrival.operation,
            "method": arrival.request.method,
            "host": arrival.request.host,
            "path": arrival.request.path,
            "query": _SECRET.sub(r"\1=...", arrival.request.query),
            "account": arrival.account,
            "region": arrival.region,
            "caller": arrival.caller.arn if arrival.caller else _ANONYMOUS,
            "accessKeyId": arrival.caller.access_key_id if arrival.caller else None,
            "status": reply.status,
            "code": (found[1] or found[2]).decode() if found else None,
            # moto makes up ids of its own.
            "requestId": next((reply.headers[name] for name in _ID_HEADERS if name in reply.headers), None),
            "faults": [fault.kind for fault in taken],
        }
        with self._journal_lock:
            self._journal.append(entry)


def _no_operation(known: model.Model, request: Request) -> AwsError:
    methods = known.methods_of(request.path)
    if methods:
        return AwsError("MethodNotAllowed", f"{request.method} is not allowed here; {', '.join(methods)} would be")
    return AwsError("InvalidURI", f"Couldn't parse the specified URI: S3 Control has no operation at {request.path}")


def _unsigned_service(operation: str) -> str:
    """Name the service of an unsigned request, "" for none: STS has two such calls, and S3 has anonymous ones."""
    if operation in {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}:
        return "sts"
    return "s3" if operation.isupper() else ""


def _foreign_operation(request: Request) -> tuple[Family, str]:
    """Name the operation of a service moto answers; S3's REST calls go by their method alone."""
    target = request.headers.get("x-amz-target")
    if target is not None:
        return "json", target.rpartition(".")[2]
    text = request.query
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        text += "&" + request.body.decode("utf-8", "replace")
    if "Action=" in text:
        return "query", parse_qs(text).get("Action", [""])[0]
    return "json", request.method


def _mistake(fault: Fault, arrival: _Arrival) -> AwsError:
    """Return the error a fault stands for, in the words of the service that is asked."""
    kind, spec = fault.kind, fault.spec
    is_s3 = arrival.family in {"s3control", "s3"}
    if kind == "throttle":
        if is_s3:
            return AwsError("SlowDown", spec.get("message", "Please reduce your request rate."))
        return AwsError("Throttling", spec.get("message", "Rate exceeded"), 400)
    if kind == "server-error":
        message = spec.get("message", "We encountered an internal error. Please try again.")
        return AwsError("InternalError" if is_s3 else "InternalFailure", message, 500)
    if kind == "access-denied":
        action = f"{'s3' if is_s3 else arrival.service}:{arrival.operation}"
        principal = arrival.caller.session_arn if arrival.caller else _ANONYMOUS
        because = f"no identity-based policy allows the {action} action"
        mistake = denied(principal, action, _resource(arrival), because)
        return replace(mistake, message=spec["message"]) if "message" in spec else mistake
    return AwsError(spec["code"], spec.get("message", spec["code"]), spec["status"])


def _resource(arrival: _Arrival) -> str:
    labels = arrival.match.labels if arrival.match else {}
    if "request_token" in labels:
        return labels["request_token"]
    partition = partition_of(arrival.region)
    instance = f"arn:{partition}:s3:{arrival.region}:{arrival.account}:access-grants/default"
    if "AccessGrant" in arrival.operation or arrival.operation == "GetDataAccess":
        kind = "location" if "/location/" in arrival.request.path else "grant"
        return f"{instance}/{kind}/{labels['id']}" if "id" in labels else instance
    return "*"
