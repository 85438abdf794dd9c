"""The seed: a file or mapping that says what the emulated accounts hold at the start."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.protocols import Validator

_SHOWN_CHARACTERS = 80


class SeedError(ValueError):
    """A seed that cannot be meant: the message names the place, the value and the limit."""


def load_seed(path: str | Path) -> dict[str, Any]:
    """
    Read and check a seed file, YAML or JSON.

    Errors: SeedError, with the file's name in front; a file that cannot be read is an OSError.
    """
    try:
        return parse_seed(Path(path).read_text(encoding="utf-8"))
    except (SeedError, UnicodeDecodeError) as mistake:
        raise SeedError(f"{path}: {mistake}") from mistake


def parse_seed(text: str) -> dict[str, Any]:
    """Turn the text of a seed (YAML, of which JSON is a part) into a checked mapping."""
    try:
        # A thousand locations take a YAML reader two seconds, and a JSON reader none.
        content = json.loads(text, object_pairs_hook=_once)
    except ValueError:
        content = _from_yaml(text)
    return check_seed({} if content is None else content)


def _from_yaml(text: str) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415  # 60 ms, and only needed for text that is no JSON
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as mistake:
        raise SeedError(f"not YAML: {' '.join(str(mistake).split())}") from mistake


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's content; with a key given twice it is left to YAML's reader, which says where."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError
    return content


def check_seed(content: Any) -> dict[str, Any]:
    """Return a seed whose moments are text, or raise SeedError for the first thing it may not say."""
    plain = _plain(content)
    if (mistake := first_mistake(_schema(), plain)) is not None:
        raise SeedError(mistake)
    checked: dict[str, Any] = plain
    _check_references(checked)
    return checked


def first_mistake(schema: Mapping[str, Any], content: Any) -> str | None:
    """Say in one line how ``content`` breaks a schema, or None when it does not: place, value, limit."""
    from jsonschema.exceptions import best_match  # noqa: PLC0415  # 50 ms, and only needed for seeds and faults

    mistake = best_match(_validator(json.dumps(schema)).iter_errors(content))
    if mistake is None:
        return None
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in mistake.absolute_path)
    shown = json.dumps(mistake.instance, default=str)
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[: _SHOWN_CHARACTERS - 3] + "..."
    return f"{place.lstrip('.') or '(top)'}: {shown} {_limit(mistake.validator, mistake.validator_value, mistake)}"


def _limit(keyword: str, limit: Any, mistake: Any) -> str:
    if keyword == "type":
        kinds = limit if isinstance(limit, list) else [limit]
        hint = ": put it in quotes" if isinstance(mistake.instance, int) and "string" in kinds else ""
        return f"must be {' or '.join(kinds)}{hint}"
    if keyword == "pattern":
        return f"must match {limit}"
    if keyword == "enum":
        return f"must be one of {', '.join(map(str, limit))}"
    if keyword == "additionalProperties" and isinstance(mistake.instance, dict):
        known = sorted(mistake.schema.get("properties", {}))
        unknown = sorted(set(mistake.instance) - set(known))
        return f"has the unknown key {unknown[0]!r}; known keys are {', '.join(known)}"
    if keyword == "required":
        missing = [name for name in limit if name not in mistake.instance]
        return f"needs the key {missing[0]!r}"
    return f"breaks {keyword} {limit}"


@lru_cache(maxsize=4)
def _validator(schema_text: str) -> Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # as above

    return Draft202012Validator(json.loads(schema_text))


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    text = Path(__file__).with_name("seed.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _plain(value: Any, place: str = "") -> Any:
    """Return YAML's content as JSON would give it: moments as text, and every key a text."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise SeedError(f"{place.lstrip('.') or '(top)'}: the key {key!r} must be text: put it in quotes")
        return {key: _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat()
    if isinstance(value, date):
        raise SeedError(f"{place.lstrip('.')}: {value} must be a moment such as 2026-01-15T09:30:00Z")
    return value


def _check_references(seed: Mapping[str, Any]) -> None:
    """Refuse what the schema cannot see: strangers' ids, contents without an instance, buckets with two owners."""
    owners: dict[str, str] = {}
    for account, content in seed.get("accounts", {}).items():
        for region, held in (content.get("regions") or {}).items():
            place = f"accounts.{account}.regions.{region}"
            held = held or {}  # noqa: PLW2901  # an empty Region is written as nothing at all
            for index, bucket in enumerate(held.get("buckets", [])):
                if bucket in owners:
                    raise SeedError(f"{place}.buckets[{index}]: {bucket!r} is already in {owners[bucket]}")
                owners[bucket] = place
            for kind in ("locations", "grants"):
                if held.get(kind) and "instance" not in held:
                    raise SeedError(f"{place}: {kind} need an instance: add the key 'instance: {{}}'")
            for index, location in enumerate(held.get("locations", [])):
                if location["scope"] == "s3://" and location.get("id", "default") != "default":
                    raise SeedError(f"{place}.locations[{index}].id: {location['id']!r} must be default for s3://")
