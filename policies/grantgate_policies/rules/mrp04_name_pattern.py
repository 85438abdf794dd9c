"""MRP-04: a Multi-Region Access Point has a name that the organization gives."""

from __future__ import annotations

import re
from typing import Final

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.matching import quoted, told
from grantgate_policies.patterns import name_pattern
from grantgate_policies.subjects import MultiRegionAccessPoint
from grantgate_policies.subjects.lookups import unheard

_NAME: Final = re.compile(r"[a-z0-9][-a-z0-9]{1,48}[a-z0-9]")
_FORM: Final = "3 to 50 characters a-z, 0-9 and '-', with a letter or digit at both ends"


def judge(point: MultiRegionAccessPoint, context: Context) -> Verdict:
    """Break on a name that S3 does not take, and on one that no pattern matches."""
    name, field = point.name, point.name_field
    if isinstance(name, Malformed):
        return Broken(field, name.kind, "text", f"name is a {name.kind}, not text")
    if name is ABSENT:
        # The native provider would make one up, and nobody could tell the access point by it.
        return unheard(point, name=name) or Broken(field, "nothing", "text", "name is not set")
    if isinstance(name, Missing):
        return Unsure(field, "name is not known in this preview")
    if not _NAME.fullmatch(name):
        return Broken(field, name, _FORM, f"name {told(name)} is not of the form that S3 takes: {_FORM}")
    allowed = context.settings["allow"]
    if any(name_pattern(text).matches(name) for text in allowed):
        return PASSED
    limit = quoted(allowed)
    return Broken(field, name, f"a name like {limit}", f"name {name!r} is not like {limit}")


RULE = Rule(
    id="MRP-04",
    name="access-point-name-pattern",
    about=(MultiRegionAccessPoint,),
    severity=Severity.LOW,
    level=Level.ADVISORY,
    summary="The Multi-Region Access Point's name is of S3's form and like an allowed pattern",
    why=(
        "The name is all by which requests, policies and people tell one access point from another, and it cannot be "
        "changed. S3 refuses a name of another form only minutes later, in the asynchronous request."
    ),
    fix="Give the access point another name (a name cannot be changed: it is replaced), or add a pattern to allow.",
    source="S3 API reference, CreateMultiRegionAccessPoint: MultiRegionAccessPointName",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateMultiRegionAccessPointInput.html",
    judge=judge,
    settings={
        "allow": {
            "type": "array",
            "description": "Names that an access point may have, as patterns; letter case counts.",
            "items": {"type": "string", "x-pattern": "name"},
            "minItems": 1,
            "examples": [["acme-*"]],
        },
    },
    required=("allow",),
)
