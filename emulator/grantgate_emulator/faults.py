"""Faults on demand: throttling, server errors, waiting, refusals, cut bodies and closed connections."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import unquote

from botocore.loaders import Loader

from . import model

Kind = Literal["throttle", "server-error", "latency", "access-denied", "truncate", "reset", "error"]

_OPTIONAL_TEXT = {"type": ["string", "null"], "minLength": 1}
SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["operation", "kind"],
        "additionalProperties": False,
        "properties": {
            "operation": {"type": "string", "pattern": r"^(\*|[A-Z][A-Za-z0-9]*)$"},
            "account": {"type": ["string", "null"], "pattern": r"^[0-9]{12}$"},
            "region": _OPTIONAL_TEXT,
            "match": _OPTIONAL_TEXT,
            "kind": {"enum": ["throttle", "server-error", "latency", "access-denied", "truncate", "reset", "error"]},
            "times": {"type": ["integer", "null"], "minimum": 1},
            "seconds": {"type": "number", "minimum": 0, "maximum": 600},
            "code": {"type": "string", "pattern": "^[A-Za-z0-9.]+$"},
            "status": {"type": "integer", "minimum": 300, "maximum": 599},
            "message": {"type": "string"},
            "form": {"enum": ["nested", "flat"]},
        },
        "allOf": [
            {
                "if": {"required": ["kind"], "properties": {"kind": {"const": "latency"}}},
                "then": {"required": ["seconds"]},
            },
            {
                "if": {"required": ["kind"], "properties": {"kind": {"const": "error"}}},
                "then": {"required": ["code", "status"]},
            },
        ],
    },
}


class FaultError(ValueError):
    """A fault that cannot be meant: the message names the place, the value and the limit."""


@dataclass(slots=True)
class Fault:
    """One fault and how often it still happens; ``left`` None is for ever."""

    spec: dict[str, Any]
    left: int | None

    @property
    def kind(self) -> Kind:
        """Say what happens."""
        kind: Kind = self.spec["kind"]
        return kind

    def matches(self, operation: str, account: str | None, region: str | None, target: str) -> bool:
        """Tell whether a request is one this fault is for; ``target`` is path and query, as sent or decoded."""
        spec = self.spec
        return (
            self.left != 0
            and spec["operation"] in {"*", operation}
            and spec.get("account") in {None, account}
            and spec.get("region") in {None, region}
            and ((spec.get("match") or "") in target or spec["match"] in unquote(target))
        )


class Faults:
    """The faults that are switched on, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def replace(self, specs: Any) -> None:
        """
        Put a whole new list in place.

        Errors: FaultError leaves the old list as it was.
        """
        from .seed import first_mistake  # noqa: PLC0415  # jsonschema takes 50 ms to import

        if (mistake := first_mistake(SCHEMA, specs)) is not None:
            raise FaultError(mistake)
        for index, spec in enumerate(specs):
            if (mistake := _never_asked(spec["operation"])) is not None:
                raise FaultError(f"[{index}].operation: {mistake}")
        with self._lock:
            self._faults = [Fault(dict(spec), spec.get("times")) for spec in specs]

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults as they were given, ``times`` being what is left of them."""
        with self._lock:
            return [fault.spec if fault.left is None else {**fault.spec, "times": fault.left} for fault in self._faults]

    def take(self, operation: str, account: str | None, region: str | None, target: str) -> list[Fault]:
        """Use up and return what happens to a request: any waiting first, then at most one other fault."""
        if not self._faults:
            return []
        taken: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if not fault.matches(operation, account, region, target):
                    continue
                if fault.left is not None:
                    fault.left -= 1
                taken.append(fault)
                if fault.kind != "latency":
                    break
        return taken


def _never_asked(operation: str) -> str | None:
    """
    Say why no request has this operation's name, or None when one can.

    Source: botocore's service models; each is read only when the ones before it lack the name.

    >>> _never_asked("GetAccessGrantsLocation")
    >>> _never_asked("GetAccessGrantsLocaton")  # doctest: +NORMALIZE_WHITESPACE
    '"GetAccessGrantsLocaton" must be an operation of s3control, sts or iam, an HTTP method for s3, or *
    (did you mean "GetAccessGrantsLocation"?)'
    >>> _never_asked("GetObject")
    '"GetObject" must be an HTTP method, by which requests to s3 go here (did you mean "GET"?)'
    """
    if operation == "*" or operation in model.load().operation_names:
        return None
    if any(operation in _methods(service) for service in ("sts", "iam")):
        return None
    # application.py names S3's own REST calls by their method alone: under another name a fault would never happen.
    of_s3 = _methods("s3")
    if operation in of_s3.values():
        return None
    shown = json.dumps(operation)
    if operation in of_s3:
        limit = "an HTTP method, by which requests to s3 go here"
        return f"{shown} must be {limit} (did you mean {json.dumps(of_s3[operation])}?)"
    known = {*model.load().operation_names, *_methods("sts"), *_methods("iam"), *of_s3.values()}
    close = get_close_matches(operation, sorted(known), n=1)
    meant = f" (did you mean {json.dumps(close[0])}?)" if close else ""
    return f"{shown} must be an operation of s3control, sts or iam, an HTTP method for s3, or *{meant}"


@lru_cache(maxsize=3)
def _methods(service: str) -> dict[str, str]:
    """Return the HTTP method of each of a service's operations; reading them takes up to 0.1 s."""
    operations = Loader().load_service_model(service, "service-2")["operations"]
    return {name: description["http"]["method"] for name, description in operations.items()}
