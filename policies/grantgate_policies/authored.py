"""What is wrong with one rule that an organization wrote itself, in words that name the value before the limit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from grantgate_policies import subjects
from grantgate_policies.core import Fact, Level, OnUnknown, Rule, Severity
from grantgate_policies.faults import shown
from grantgate_policies.schema import check_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

FAMILIES: Final = ("AGG", "AGI", "AGL", "AGP", "AGR", "ASY", "LKP", "MRP")
"""Families of ids that are kept for built-in rules, those to come included."""

KINDS: Final[Mapping[str, type[Fact]]] = {
    name: kind
    for name, kind in sorted(vars(subjects).items())
    if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
}
"""Every kind of fact that resources are read as; no other kind would ever reach a rule."""

_ID: Final = re.compile(r"[A-Z]{2,8}-[0-9]{2,3}\Z")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_SETTING: Final = re.compile(r"[a-z][A-Za-z0-9]*\Z")
_EVERY: Final = "all"  # Pulumi's word for every policy of a pack
_CHOICES: Final[Mapping[str, type]] = {"severity": Severity, "level": Level, "on_unknown": OnUnknown}
_TEXTS: Final = ("summary", "why", "fix", "source", "url")
_NEEDED_TEXTS: Final = frozenset({"summary", "fix"})
_REFERENCES: Final = frozenset({"$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema"})
_LONGEST: Final = 200


def objections(rule: Rule, pattern_kinds: Collection[str] | None = None) -> Iterator[str]:
    """
    Yield one sentence for everything that would keep the rule from being judged, configured or told.

    Shape: ``pattern_kinds`` are the words that ``x-pattern`` may have; None leaves them unchecked.
    """
    # Annotations bind nobody: each part takes the rule as whatever its author made of it.
    yield from _identity(rule)
    yield from _texts(rule)
    for name, kind in _CHOICES.items():
        if not isinstance(getattr(rule, name), kind):
            yield f"{name} is {_told(getattr(rule, name))}, not one of {kind.__name__}'s members"
    if rule.level is Level.REMEDIATE and rule.remedy is None:
        yield "level is remediate, and the rule has no remedy"
    for name, required in (("judge", True), ("names", True), ("gather", False), ("remedy", False)):
        value = getattr(rule, name)
        if not callable(value) and (required or value is not None):
            yield f"{name} is {_told(value)}, not a function"
    yield from _subjects(rule)
    yield from _settings(rule, pattern_kinds)


def _identity(rule: Any) -> Iterator[str]:
    if not isinstance(rule.id, str) or not _ID.match(rule.id):
        yield f"id {_told(rule.id)} is not of the form ACME-01: 2 to 8 capital letters, a hyphen, 2 or 3 digits"
    elif rule.id.partition("-")[0] in FAMILIES:
        yield f"id {rule.id!r} is of a built-in family, which are {', '.join(FAMILIES)}"
    if not isinstance(rule.name, str) or not _NAME.match(rule.name):
        yield f"name {_told(rule.name)} is not of the form acme-bucket-named: small letters, digits and hyphens"
    elif rule.name == _EVERY:
        yield f"name {rule.name!r} is Pulumi's word for every policy"


def _texts(rule: Any) -> Iterator[str]:
    for name in _TEXTS:
        value = getattr(rule, name)
        if not isinstance(value, str):
            yield f"{name} is {_told(value)}, not a text"
        elif name in _NEEDED_TEXTS and not value.strip():
            yield f"{name} is empty, every report tells it"
        elif not value.isprintable():
            yield f"{name} is more than one printable line"
    if isinstance(rule.url, str) and rule.url and not rule.url.startswith(("https://", "http://")):
        yield f"url {_told(rule.url)} does not begin with https://"
    if not isinstance(rule.locked, bool):
        yield f"locked is {_told(rule.locked)}, not True or False"


def _subjects(rule: Any) -> Iterator[str]:
    if not isinstance(rule.about, tuple) or not rule.about:
        yield f"about is {_told(rule.about)}, not a tuple of at least one kind of fact"
        return
    strange = [kind for kind in rule.about if kind not in KINDS.values()]
    for kind in strange:
        named = kind.__name__ if isinstance(kind, type) else _told(kind)
        yield f"about names {named}, and facts are {', '.join(KINDS)}"
    if not _are_texts(rule.needs):
        yield f"needs is {_told(rule.needs)}, not a tuple of field names"
    elif not strange:
        for kind in rule.about:
            known = {one.name for one in fields(kind)} - {"resource"}
            for name in sorted(set(rule.needs) - known):
                yield f"needs {name!r}, and {kind.__name__} has {', '.join(sorted(known))}"


def _settings(rule: Any, pattern_kinds: Collection[str] | None) -> Iterator[str]:
    if not isinstance(rule.settings, Mapping) or not _are_texts(rule.required):
        yield "settings is not a map, or required is not a tuple of their names"
        return
    sound = True
    for name, fragment in rule.settings.items():
        if not isinstance(name, str) or not _SETTING.match(name):
            yield f"setting {_told(name)} is not of the form maxDays: letters and digits, the first one small"
            sound = False
            continue
        for complaint in _fragment(fragment, pattern_kinds):
            yield f"setting {name!r}: {complaint}"
    if sound and isinstance(rule.name, str) and isinstance(rule.on_unknown, OnUnknown):
        try:
            check_settings(rule)
        except ValueError as error:
            yield str(error).removeprefix(f"rule {rule.name}: ")


def _fragment(fragment: Any, pattern_kinds: Collection[str] | None) -> Iterator[str]:
    if not isinstance(fragment, dict):
        yield f"{_told(fragment)} where a JSON Schema belongs, as a dict"
        return
    try:
        json.dumps(fragment, allow_nan=False)
        Draft202012Validator.check_schema(fragment)
    except SchemaError as error:
        yield f"no JSON Schema: {_cut(error.message)}"
        return
    except (TypeError, ValueError, RecursionError) as error:
        yield f"not writable as JSON: {_cut(str(error))}"
        return
    complaints = list(_keywords(fragment, pattern_kinds))
    yield from complaints
    if "default" in fragment and not complaints:
        wrong = next(Draft202012Validator(fragment).iter_errors(fragment["default"]), None)
        if wrong is not None:
            yield f"its default breaks it: {_cut(wrong.message)}"


def _keywords(fragment: Any, pattern_kinds: Collection[str] | None) -> Iterator[str]:
    """Refuse what is JSON Schema and what the rules file's schema, its editors or its checks cannot take."""
    for part in _maps(fragment):
        for key in sorted(_REFERENCES & part.keys()):
            yield f"{key} points elsewhere, a setting's schema stands by itself"
        for key in ("items", "propertyNames"):
            if isinstance(part.get(key), bool):
                yield f"{key} is {str(part[key]).lower()}, not a map"
        if "x-pattern" in part and pattern_kinds is not None and part["x-pattern"] not in tuple(pattern_kinds):
            yield f"x-pattern {_told(part['x-pattern'])} is none of {', '.join(sorted(pattern_kinds))}"


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _maps(item)


def _are_texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, str) for one in value)


def _told(value: Any) -> str:
    """Write any Python value into a sentence without trusting how it shows itself."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    return shown(value) if isinstance(value, str) else "empty" if value == () else a_kind(value)


def a_kind(value: Any) -> str:
    """
    Name the type of a value with its article.

    >>> a_kind(1), a_kind([])
    ('an int', 'a list')
    """
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
