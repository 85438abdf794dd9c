"""AGL-08: locations and instances carry the tags that the organization requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Value,
)
from grantgate_policies.matching import quoted, told
from grantgate_policies.patterns import name_pattern
from grantgate_policies.subjects import Instance, Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grantgate_policies.core import Verdict

FIELD: Final = "tags"


def judge(fact: Location | Instance, context: Context) -> Verdict:
    """Break on a key that is missing or says nothing, and on a value that is none of those allowed."""
    if fact.live:
        return Skipped("a lookup reads no tags")
    required: Sequence[str] = context.settings["keys"]
    allowed: Mapping[str, Sequence[str]] = context.settings["values"]
    if fact.tags is UNKNOWN:
        return Unsure(FIELD, f"{FIELD} is not known in this preview")
    if isinstance(fact.tags, Malformed):
        return Broken(FIELD, fact.tags.kind, "tags by their keys", f"{FIELD} is a {fact.tags.kind}, not tags by key")
    tags: Mapping[str, Value] = {} if fact.tags is ABSENT else fact.tags
    missing = sorted({key for key in required if tags.get(key, ABSENT) is ABSENT})
    if missing:
        return _lacking(missing, tags)
    unsure: Unsure | None = None
    for key in sorted({*required, *allowed}):
        verdict = _valued(key, tags.get(key, ABSENT), allowed.get(key, ()))
        if isinstance(verdict, Broken):
            return verdict
        unsure = unsure or verdict
    return unsure or PASSED


def _lacking(missing: Sequence[str], tags: Mapping[str, Value]) -> Broken:
    present = sorted(key for key, value in tags.items() if value is not ABSENT)
    like = [key for key in present if key.casefold() in {one.casefold() for one in missing}]
    near = f"; {quoted(like)} differs in letter case, and S3 tells the two apart" if like else ""
    have = f"tags are {_listed(present)}" if present else "there are no tags"
    return Broken(
        FIELD,
        _listed(present) if present else "no tags",
        f"tags {quoted(missing)}",
        f"{have}, and {quoted(missing)} must be among them{near}",
        f"add the tags {quoted(missing)}",
    )


def _listed(keys: Sequence[str]) -> str:
    shown = 10
    return ", ".join(told(key) for key in keys[:shown]) + (f" and {len(keys) - shown} more" if keys[shown:] else "")


def _valued(key: str, value: Value, allowed: Iterable[str]) -> Broken | Unsure | None:
    if value is ABSENT:
        return None
    patterns = tuple(allowed)
    if isinstance(value, Malformed):
        return Broken(FIELD, value.kind, "text", f"tag {key!r} is a {value.kind}, not text")
    if value is UNKNOWN:
        # Whether it is allowed, or says anything, is not known; that the tag is there is not enough.
        return Unsure(FIELD, f"the value of tag {key!r} is not known in this preview")
    text = str(value)
    if not text.strip():
        return Broken(FIELD, text, "a value", f"tag {key!r} is {text!r}, and it must have a value")
    if patterns and not any(name_pattern(one).matches(text) for one in patterns):
        limit = quoted(patterns)
        return Broken(FIELD, text, limit, f"tag {key!r} is {told(text)}, not one of {limit}")
    return None


RULE = Rule(
    id="AGL-08",
    name="location-tags-required",
    about=(Location, Instance),
    severity=Severity.LOW,
    level=Level.ADVISORY,
    summary="Locations and instances carry the required tags",
    why=(
        "Tags say who answers for a location and what kind of data it opens; access and costs are divided by them. A "
        "provider's default tags count."
    ),
    fix=(
        "Add the tags, or put them into the provider's default tags. With aws-native the tags of a location are "
        "create-only: a change of them replaces it."
    ),
    source="S3 API reference, CreateAccessGrantsLocation: Tags",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessGrantsLocation.html",
    judge=judge,
    settings={
        "keys": {
            "type": "array",
            "description": "Keys that must be among the tags; letter case counts.",
            "items": {"type": "string", "minLength": 1, "maxLength": 128},
            "minItems": 1,
            "examples": [["owner", "data-class"]],
        },
        "values": {
            "type": "object",
            "description": "Values that a tag may have, as patterns such as 'team-*', by the tag's key.",
            "additionalProperties": {
                "type": "array",
                "description": "Allowed values; one pattern must match.",
                "items": {"type": "string", "x-pattern": "name"},
                "minItems": 1,
            },
            "default": {},
            "examples": [{"data-class": ["internal", "restricted"]}],
        },
    },
    required=("keys",),
)
