"""What is known about a request before anyone answers it: service, operation, account, Region and caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from . import callers, model, replies, wire
from .calls import partition_of
from .faults import Asked
from .messages import account_in_host, region_in_host

if TYPE_CHECKING:
    from .calls import Caller
    from .messages import Request
    from .replies import Family
    from .state import State

ANONYMOUS = "anonymous"
_SUBJECTS = ("PolicyArn", "PolicyName", "RoleArn", "RoleName", "VersionId")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request and what it means; ``match`` is None for a service that moto answers."""

    request: Request
    request_id: str
    service: str
    family: Family
    operation: str
    match: model.Match | None
    account: str
    region: str
    caller: Caller | None

    @property
    def asked(self) -> Asked:
        """Return what faults look at."""
        request = self.request
        return Asked(self.operation, self.account, self.region, request.path, request.query, self._form)

    @property
    def _form(self) -> str:
        """Return the body of a service that takes forms: it says what is asked about."""
        return self.request.body.decode("utf-8", "replace") if self.family == "query" else ""

    @property
    def subject(self) -> dict[str, str]:
        """Return what a form asks about; of all else in a form nobody knows whether it is a secret."""
        given = parse_qs(self._form) if self._form else {}
        return {name: given[name][0] for name in _SUBJECTS if name in given}

    @property
    def action(self) -> str:
        """Name the IAM action."""
        return f"{'s3' if self.family in {'s3control', 's3'} else self.service}:{self.operation}"

    @property
    def resource(self) -> str:
        """Name what the request is about, as a refusal does."""
        labels = self.match.labels if self.match else {}
        if "request_token" in labels:
            return labels["request_token"]
        instance = f"arn:{partition_of(self.region)}:s3:{self.region}:{self.account}:access-grants/default"
        if "AccessGrant" in self.operation or self.operation == "GetDataAccess":
            kind = "location" if "/location/" in self.request.path else "grant"
            return f"{instance}/{kind}/{labels['id']}" if "id" in labels else instance
        return "*"

    @property
    def page(self) -> str | None:
        """Return the token of the page that is asked for, None for the first."""
        text = f"{self.request.query}&{self._form}"
        if "nextToken=" not in text and "Marker=" not in text:
            return None
        values = parse_qs(text)
        found = values.get("nextToken") or values.get("Marker")
        return found[0] if found else None


def look_at(request: Request, state: State, known: model.Model) -> Arrival:
    """Find out what a request means."""
    scope = callers.scope_of(request.headers, request.query)
    region = (scope.region if scope else None) or region_in_host(request.host) or "us-east-1"
    caller = callers.caller_of(state, scope.access_key_id, region) if scope else None
    own = caller.account if caller else state.default_account
    request_id = replies.new_request_id()
    if request.path.startswith(model.PATH_PREFIX):
        match = known.match(request.method, request.path)
        account = request.headers.get(wire.ACCOUNT_HEADER) or account_in_host(request.host) or own
        name = match.operation if match else ""
        return Arrival(request, request_id, "s3control", "s3control", name, match, account, region, caller)
    family, name = _foreign_operation(request)
    service = scope.service if scope else _unsigned_service(name)
    if service == "s3":
        family = "s3"
    return Arrival(request, request_id, service, family, name, None, own, region, caller)


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
