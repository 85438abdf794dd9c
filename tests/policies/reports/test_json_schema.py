"""The published schema describes the JSON report as it is written: every key, and no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import SCHEMA as FINDING
from grantgate_policies.core import Finding, Level, Outcome, Severity
from grantgate_policies.report import Exit, Report
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.as_json import SCHEMA, SCHEMA_FILE
from grantgate_policies.reports.look import Look
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISHED: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(PUBLISHED)


def written(report: Report) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(FORMATS["json"].text(report, Look()))
    return made


def faults(data: Any) -> list[str]:
    return sorted(f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(data))


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Give what a reference stands for; of a choice, the one that is an object."""
    if "oneOf" in schema:
        return resolved(schema["oneOf"][-1])
    if "$ref" in schema:
        found: dict[str, Any] = PUBLISHED["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return found
    return schema


def objects(schema: dict[str, Any], name: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every object's schema with the way to it."""
    schema = resolved(schema)
    if schema.get("type") == "object":
        yield name, schema
        for key, inner in schema.get("properties", {}).items():
            yield from objects(inner, f"{name}.{key}")
    elif schema.get("type") == "array":
        yield from objects(schema["items"], f"{name}[]")


OBJECTS = dict(objects(PUBLISHED))


def values(data: Any, name: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every object of a report with the same names."""
    if isinstance(data, dict):
        yield name, data
        for key, inner in data.items():
            yield from values(inner, f"{name}.{key}")
    elif isinstance(data, list):
        for inner in data:
            yield from values(inner, f"{name}[]")


def test_is_a_schema() -> None:
    """It is one of draft 2020-12, and names what it describes."""
    Draft202012Validator.check_schema(PUBLISHED)

    assert PUBLISHED["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert PUBLISHED["properties"]["schema"]["const"] == SCHEMA
    assert PUBLISHED["$defs"]["finding"]["properties"]["schema"]["const"] == FINDING


def test_ends_with_a_line() -> None:
    """It is printed as it is."""
    text = SCHEMA_FILE.read_text(encoding="utf-8")

    assert text == json.dumps(PUBLISHED, indent=2, ensure_ascii=False) + "\n"


def test_every_report_is_valid(sample: Report) -> None:
    """Rich, empty, hostile or made of an error alone, a report is as published."""
    assert faults(written(sample)) == []


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_every_key_is_described(name: str) -> None:
    """An object says what it is, each key of it too, and no other key may be there."""
    schema = OBJECTS[name]
    properties = schema.get("properties", {})

    assert schema["description"].endswith(".")
    if not properties:  # a map of free keys
        assert schema["additionalProperties"]["type"] in {"integer", "string"}
        return
    assert schema["additionalProperties"] is False
    assert [key for key, one in properties.items() if not resolved(one).get("description")] == []
    assert set(properties) - set(schema["required"]) <= {"known", "position", "item", "count"}


def test_every_key_is_written(samples: dict[str, Report]) -> None:
    """What the schema describes is written, and what is written is described."""
    seen: dict[str, set[str]] = {}
    for report in samples.values():
        for name, data in values(written(report)):
            seen.setdefault(name, set()).update(data)

    assert set(seen) == set(OBJECTS)
    for name, keys in seen.items():
        if described := set(OBJECTS[name].get("properties", {})):
            assert keys == described, name


def test_order_is_that_of_the_file(samples: dict[str, Report]) -> None:
    """Keys are explained in the order in which they are written."""
    rich = written(samples["rich"])

    assert list(PUBLISHED["properties"]) == list(rich)
    for name, data in values(rich):
        described = [key for key in OBJECTS[name].get("properties", {}) if key in data]
        assert not described or described == list(data), name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("outcome", [one.value for one in Outcome], id="outcomes"),
        pytest.param("level", [one.value for one in Level], id="levels"),
        pytest.param("severity", [one.value for one in Severity], id="severities"),
    ],
)
def test_words(name: str, words: list[str]) -> None:
    """A finding's words are all there are."""
    assert sorted(PUBLISHED["$defs"]["finding"]["properties"][name]["enum"]) == sorted(words)


def test_exit_codes() -> None:
    """Every exit code is described."""
    assert PUBLISHED["properties"]["exitCode"]["enum"] == [int(code) for code in Exit]


def test_a_finding_is_as_published(rich: Report, items: Report) -> None:
    """A finding by itself has the same shape, without what only a report knows; most have no item and no count."""
    keys = {key for one in rich.findings for key in Finding.to_json(one)}
    more = {key for one in items.findings for key in Finding.to_json(one)}

    assert more == keys | {"count"}
    assert set(PUBLISHED["$defs"]["finding"]["properties"]) == more | {"known", "position"}
    assert set(PUBLISHED["$defs"]["finding"]["required"]) == keys


def test_order_is_that_of_items_too(items: Report) -> None:
    """Keys that only some findings have stand where the schema explains them."""
    for name, data in values(written(items)):
        described = [key for key in OBJECTS[name].get("properties", {}) if key in data]
        assert not described or described == list(data), name


@pytest.mark.parametrize("key", sorted(set(PUBLISHED["properties"])))
def test_nothing_may_be_missing(key: str, rich: Report) -> None:
    """A report without one of its members is none."""
    data = written(rich)
    del data[key]

    assert faults(data) == [f"$: {key!r} is a required property"]


@pytest.mark.parametrize("name", sorted(name for name, one in OBJECTS.items() if one.get("properties")))
def test_nothing_may_be_added(name: str, rich: Report) -> None:
    """A misspelt key is a fault wherever it stands."""
    data = written(rich)
    found = next(one for place, one in values(data) if place == name)
    found["extra"] = 1

    assert any("extra" in fault for fault in faults(data))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("verdict", "GREEN", id="a word of no verdict"),
        pytest.param("exitCode", 5, id="a code of no meaning"),
        pytest.param("at", "yesterday", id="no time"),
        pytest.param("resources", -1, id="a negative count"),
        pytest.param("judged", None, id="not counted"),
        pytest.param("baseline", {}, id="a baseline without a file"),
        pytest.param("notices", [1], id="no text"),
        pytest.param("schema", "grantgate.report/2", id="another version"),
    ],
)
def test_refused(key: str, value: Any, rich: Report) -> None:
    """The schema tells what is no report."""
    data = {**written(rich), key: value}

    assert len(faults(data)) == 1
