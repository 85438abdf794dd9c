"""Everything in which a read file differs from the schema, in our own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator

from grantgate_policies.faults import Fault, Path, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from grantgate_policies.positions import Document

_KINDS: Final = {
    "string": "a text",
    "object": "a map",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}
_MANY: Final = 8
_LIMITS: Final = {
    "minimum": "less than {limit}",
    "maximum": "more than {limit}",
    "exclusiveMinimum": "not more than {limit}",
    "exclusiveMaximum": "not less than {limit}",
    "multipleOf": "not a multiple of {limit}",
    "minLength": "shorter than {limit} characters",
    "maxLength": "longer than {limit} characters",
    "minItems": "shorter than {limit} items",
    "maxItems": "longer than {limit} items",
    "minProperties": "smaller than {limit} keys",
    "maxProperties": "larger than {limit} keys",
}


def validate(document: Document, schema: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault per value that the schema does not admit, per unknown key and per missing one."""
    validator = Draft202012Validator(_for_python(schema))
    errors = list(validator.iter_errors(document.data))
    wrong_kind = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    for error in errors:
        if error.validator == "type" or tuple(error.absolute_path) not in wrong_kind:
            yield from _faults(error, document)


def _for_python(schema: Any) -> Any:
    r"""
    Rewrite patterns so that Python reads them as ECMA-262 does: ``$`` only ends the text, ``\d`` is ASCII.

    >>> _for_python({"pattern": "^a$"})
    {'pattern': '(?a)^a\\Z'}
    """
    if isinstance(schema, list):
        return [_for_python(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rewritten = {key: _for_python(value) for key, value in schema.items()}
    if isinstance(pattern := schema.get("pattern"), str):
        rewritten["pattern"] = _pattern_for_python(pattern)
    if isinstance(patterns := rewritten.get("patternProperties"), dict):
        rewritten["patternProperties"] = {_pattern_for_python(pattern): value for pattern, value in patterns.items()}
    return rewritten


def _pattern_for_python(pattern: str) -> str:
    ends = pattern.endswith("$") and not pattern.endswith(r"\$")
    return "(?a)" + (pattern[:-1] + r"\Z" if ends else pattern)


def _faults(error: ValidationError, document: Document) -> Iterator[Fault]:
    path: Path = tuple(error.absolute_path)
    keyword = str(error.validator)
    instance: Any = error.instance
    limit: Any = error.validator_value
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    if keyword == "additionalProperties":
        yield from _unknown_keys(path, instance, schema, document)
        return
    if keyword == "required":
        # jsonschema yields one error per missing key, and names the key only in its sentence.
        for key in limit:
            if error.message == f"{key!r} is a required property":
                yield Fault((*path, key), *document.position((*path, key)), "missing, a required key")
        return
    if keyword == "uniqueItems":
        yield from _repeated_items(path, instance, document)
        return
    message, hint = _sentence(keyword, error, schema, document.written(path))
    yield Fault(path, *document.position(path), message, hint)


def _unknown_keys(
    path: Path, instance: Mapping[str, Any], schema: Mapping[str, Any], document: Document
) -> Iterator[Fault]:
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key in instance:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        message = f"not {schema['x-keys']}" if "x-keys" in schema else "unknown key"
        hint = did_you_mean(key, known, _known(known))
        if key == "<<":
            hint = "Merge keys are not read: write the keys out."
        elif not path and key in schema["properties"].get("rules", {}).get("properties", {}):
            hint = "It belongs under rules."
        yield Fault((*path, key), *document.position((*path, key), of_key=True), message, hint)


def _known(words: Mapping[str, Any]) -> str:
    listed = [*sorted(words)[:_MANY], *(["…"] if len(words) > _MANY else [])]
    return f"Known keys: {', '.join(listed)}." if words else ""


def _repeated_items(path: Path, instance: list[Any], document: Document) -> Iterator[Fault]:
    for index, item in enumerate(instance):
        if item in instance[:index]:
            line, _ = document.position((*path, instance.index(item)))
            message = f"{shown(item)} again, first on line {line}"
            yield Fault((*path, index), *document.position((*path, index)), message, "Keep one of them.")


def _sentence(keyword: str, error: ValidationError, schema: Mapping[str, Any], written: str | None) -> tuple[str, str]:
    value: Any = error.instance
    limit: Any = error.validator_value
    of_text = isinstance(value, str) or written is None
    spelled = "nothing" if value is None and not written else shown(value) if of_text else written
    example = f"For example {schema['examples'][0]}." if schema.get("examples") else ""
    if keyword == "type":
        return f"{spelled} where {_kind(limit)} belongs", _retyped(value, limit, written)
    if keyword == "const":
        return f"{spelled} where {limit} belongs", ""
    if keyword == "enum":
        choices = [str(choice) for choice in limit]
        wanted = f"not {schema['x-is']}" if "x-is" in schema else f"none of {', '.join(choices)}"
        return f"{spelled} is {wanted}", did_you_mean(value, choices) if isinstance(value, str) else ""
    if keyword == "pattern":
        return f"{spelled} is not {schema.get('x-is', f'of the form {limit}')}", example
    if keyword in _LIMITS:
        size = "empty" if value in ({}, [], "") else f"{spelled} is {_LIMITS[keyword].format(limit=limit)}"
        return size if size != "empty" else f"empty, at least {limit} required", example
    return " ".join(error.message.split())[:200].rstrip("."), ""


def _kind(limit: str | list[str]) -> str:
    return " or ".join(_KINDS.get(kind, kind) for kind in ([limit] if isinstance(limit, str) else limit))


def _retyped(value: Any, limit: str | list[str], written: str | None) -> str:
    """Say how the same value would be written as the kind that belongs there."""
    if value is None and limit == "object":
        return "Write {} to take every default."
    if limit == "array" and isinstance(value, str):
        return f"Write it as a list: [{shown(value)}]."
    if limit == "string" and written:
        return f'Quote it: "{written}".'
    return ""
