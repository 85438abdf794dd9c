"""What a fault may say: its kinds, the parameters of each, and the schema they make."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

_LOOPBACK = r"^http://(127(\.[0-9]{1,3}){3}|localhost|\[::1\])(:[0-9]{1,5})?(/[!-~]*)?$"
_LOCATION = (
    r"^([a-zA-Z0-9-]{1,64}|arn:[^:]+:s3:[a-z0-9-]+:[0-9]{12}:access-grants/default/location/[a-zA-Z0-9-]{1,64})$"
)
_OPTIONAL_TEXT: Final = {"type": ["string", "null"], "minLength": 1}
MALFORMED_BODIES: Final = (
    "xml",
    "html",
    "empty",
    "json",
    "binary",
    "wrong-root",
    "doctype",
    "external-entity",
    "utf-16",
    "latin-1",
    "bad-utf-8",
    "nul",
    "deep",
)
PAGE_STYLES: Final = ("same", "cycle", "endless", "repeat")

# Which requests a fault is for, and when it happens: every kind has these.
_COMMON: Final[dict[str, dict[str, Any]]] = {
    "operation": {"type": "string", "pattern": r"^(\*|[A-Z][A-Za-z0-9]*)$"},
    "account": {"type": ["string", "null"], "pattern": r"^[0-9]{12}$"},
    "region": _OPTIONAL_TEXT,
    "match": _OPTIONAL_TEXT,
    "kind": {},
    "after": {"type": "integer", "minimum": 0},
    "times": {"type": ["integer", "null"], "minimum": 1},
    "probability": {"type": "number", "minimum": 0, "maximum": 1},
    "seed": {"type": "integer"},
}
_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "seconds": {"type": "number", "minimum": 0, "maximum": 600},
    "offset": {"type": "number", "minimum": -1e9, "maximum": 1e9},
    "bytes": {"type": "integer", "minimum": 1, "maximum": 65536},
    "megabytes": {"type": "integer", "minimum": 1, "maximum": 4096},
    "chunked": {"type": "boolean"},
    "compressed": {"type": "boolean"},
    "code": {"type": "string", "pattern": "^[A-Za-z0-9.]+$"},
    "status": {"type": "integer", "minimum": 200, "maximum": 599},
    "message": {"type": "string"},
    "form": {"enum": ["nested", "flat"]},
    "body": {"enum": list(MALFORMED_BODIES)},
    "contentType": {"type": "string", "pattern": "^[ -~]+$"},
    "style": {"enum": list(PAGE_STYLES)},
    "location": {"type": "string", "pattern": _LOCATION},
    "roleArn": {"type": "string", "pattern": "^arn:[^:]+:iam::[0-9]{12}:role/.+$"},
    # Nothing here sends a client to another machine.
    "url": {"type": "string", "pattern": _LOOPBACK},
    "bucketRegion": {"type": "string", "pattern": "^[a-z0-9-]+$"},
}


@dataclass(frozen=True, slots=True)
class _Kind:
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    narrower: dict[str, dict[str, Any]] = field(default_factory=dict)


_ERROR_TEXTS: Final = ("message", "form")
_KINDS: Final[dict[str, _Kind]] = {
    "throttle": _Kind(may_have=_ERROR_TEXTS),
    "server-error": _Kind(may_have=_ERROR_TEXTS),
    "latency": _Kind(("seconds",)),
    "access-denied": _Kind(may_have=_ERROR_TEXTS),
    "truncate": _Kind(),
    "reset": _Kind(),
    "error": _Kind(("code", "status"), _ERROR_TEXTS, {"status": {"minimum": 300}}),
    "hang": _Kind(may_have=("seconds",)),
    "trickle": _Kind(may_have=("bytes", "seconds")),
    "malformed": _Kind(("body",), ("contentType", "status", "url")),
    "content-type": _Kind(("contentType",)),
    "huge": _Kind(("megabytes",), ("chunked", "compressed", "contentType")),
    "page-loop": _Kind(("style",)),
    "gone": _Kind(("location",)),
    "delete-after": _Kind(("location",)),
    "change-after": _Kind(("location", "roleArn")),
    "redirect": _Kind((), ("status", "url", "bucketRegion", "message"), {"status": {"enum": [301, 302, 307, 308]}}),
    "skew": _Kind(("offset",)),
    "region-deny": _Kind(("region",), _ERROR_TEXTS, {"region": {"type": "string"}}),
}

# What happens besides the reply: the search for a fault goes on behind these.
BESIDES: Final = frozenset({"latency", "delete-after", "change-after"})
# What leaves a reply true: it is late, has another label, or is about a location that AWS does not show yet, or still.
HARMLESS: Final = BESIDES | {"content-type", "gone"}


def _conditions() -> list[dict[str, Any]]:
    return [
        {
            "if": {"required": ["kind"], "properties": {"kind": {"const": name}}},
            "then": {"required": list(kind.needs), "properties": kind.narrower},
        }
        for name, kind in _KINDS.items()
        if kind.needs or kind.narrower
    ]


SCHEMA: Final[dict[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["operation", "kind"],
        "additionalProperties": False,
        "properties": _COMMON | {"kind": {"enum": list(_KINDS)}} | _PARAMETERS,
        "allOf": _conditions(),
    },
}


def mismatch(spec: dict[str, Any]) -> str | None:
    """
    Say which of a fault's parameters do not go together, with their place in it, or None when all do.

    >>> mismatch({"operation": "*", "kind": "reset", "seconds": 1})
    ': "seconds" is no key of reset; its keys are account, after, kind, match, operation, probability, region, seed, \
times'
    >>> mismatch({"operation": "GetAccessGrantsLocation", "kind": "page-loop", "style": "same"})
    '.operation: "GetAccessGrantsLocation" must be a list call, or *, for page-loop'
    >>> mismatch({"operation": "*", "kind": "malformed", "body": "nul", "url": "http://127.0.0.1:1/"})
    '.url: only a body of external-entity names one'
    """
    name, operation = spec["kind"], spec["operation"]
    kind = _KINDS[name]
    known = sorted({*_COMMON, *kind.needs, *kind.may_have})
    if strange := sorted(set(spec) - set(known)):
        return f": {json.dumps(strange[0])} is no key of {name}; its keys are {', '.join(known)}"
    if "seed" in spec and "probability" not in spec:
        return ".seed: without a probability there is nothing to draw"
    if name == "malformed" and "url" in spec and spec["body"] != "external-entity":
        return ".url: only a body of external-entity names one"
    if name == "page-loop" and not re.match(r"\*|List", operation):
        return f".operation: {json.dumps(operation)} must be a list call, or *, for page-loop"
    if name == "gone" and operation not in {"*", "GetAccessGrantsLocation", "ListAccessGrantsLocations"}:
        limit = "must be GetAccessGrantsLocation, ListAccessGrantsLocations, or *, for gone"
        return f".operation: {json.dumps(operation)} {limit}"
    return None
