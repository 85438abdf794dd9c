"""The published schema describes every key, admits nothing else, and is made from the catalogue alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies import schema
from grantgate_policies.core import Context, Fact, Level, OnUnknown, Passed, Rule, Severity, Verdict
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCOPES: Mapping[str, Any] = {"type": "array", "items": {"type": "string", "x-pattern": "scope"}, "minItems": 1}


def judge(_fact: Fact, _context: Context) -> Verdict:
    return Passed()


def a_rule(name: str, **changes: Any) -> Rule:
    return Rule(
        **{
            "id": "AGL-03",
            "name": name,
            "about": (Fact,),
            "severity": Severity.HIGH,
            "level": Level.MANDATORY,
            "summary": "Scopes stay inside",
            "why": "",
            "fix": "",
            "source": "",
            "url": "",
            "judge": judge,
            **changes,
        }
    )


RULES = (
    a_rule(
        "scope-allowed",
        settings={"allow": SCOPES, "deny": {**SCOPES, "minItems": 0, "default": []}},
        required=("allow",),
    ),
    a_rule("lookup-performed", locked=True),
    a_rule("days", severity=Severity.LOW, settings={"days": {"type": "integer", "minimum": 1, "default": 7}}),
)


def maps_in(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield path, node
        for key, value in node.items():
            yield from maps_in(value, f"{path}/{key}")


def test_is_a_draft_2020_12_schema() -> None:
    """The schema obeys its own draft, whose address it names."""
    made = schema.schema(RULES)

    Draft202012Validator.check_schema(made)
    assert made["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert made["$id"] == schema.ID


def test_every_map_is_closed_and_every_key_described() -> None:
    """No map takes an unknown key; each key says what it is for."""
    for path, node in maps_in(schema.schema(RULES)):
        assert node["additionalProperties"] is False, path
        for key, value in node.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, f"{path}/{key}"


def test_examples_and_defaults_are_valid() -> None:
    """What an editor offers is itself admitted."""
    made = schema.schema(RULES)
    root = Draft202012Validator(made)
    for path, node in maps_in(made):
        for key, value in node.get("properties", {}).items():
            offered = [*value.get("examples", []), *([value["default"]] if "default" in value else [])]
            for example in offered:
                assert root.evolve(schema=value).is_valid(example), f"{path}/{key}: {example}"


@pytest.mark.parametrize(
    ("section", "valid"),
    [
        pytest.param({"scope-allowed": {"allow": ["s3://a"]}}, True, id="its required setting"),
        pytest.param({"scope-allowed": {}}, False, id="without it"),
        pytest.param({"scope-allowed": {"allow": []}}, False, id="the setting's own schema"),
        pytest.param({"lookup-performed": {"onUnknown": "warn"}}, True, id="a locked rule's onUnknown"),
        pytest.param({"lookup-performed": {"onUnknown": "fail"}}, True, id="its other onUnknown"),
        pytest.param({"lookup-performed": {"onUnknown": "pass"}}, False, id="a locked rule never lets pass"),
        pytest.param({"days": {"onUnknown": "pass"}}, True, id="another rule may"),
        pytest.param({"lookup-performed": {"level": "disabled"}}, False, id="a locked rule's level"),
        pytest.param({"lookup-performed": {"waivable": True}}, False, id="a locked rule's waivers"),
        pytest.param({"days": {"level": "disabled", "severity": "low", "waivable": False, "days": 1}}, True, id="all"),
        pytest.param({"days": {"level": "remediate"}}, False, id="a level without meaning here"),
        pytest.param({"nights": {}}, False, id="no such rule"),
    ],
)
def test_rules_section(section: dict[str, Any], *, valid: bool) -> None:
    """A rule's entry takes the keys of every rule and its own settings."""
    data = {"version": 1, "organization": {"name": "acme"}, "rules": section}

    assert Draft202012Validator(schema.schema(RULES)).is_valid(data) is valid


def overlay_is_valid(section: dict[str, Any]) -> bool:
    overlay = {"prod": {"match": {"stacks": ["prod"]}, "rules": section}}
    data = {"version": 1, "organization": {"name": "acme"}, "environments": overlay}
    return Draft202012Validator(schema.schema(RULES)).is_valid(data)


def test_overlays_require_nothing() -> None:
    """An environment may change one key of a rule and leave the rest."""
    assert overlay_is_valid({"scope-allowed": {"level": "advisory"}})


def test_overlays_keep_locked_rules() -> None:
    """An environment may not let pass what a locked rule does not know."""
    assert overlay_is_valid({"lookup-performed": {"onUnknown": "warn"}})
    assert not overlay_is_valid({"lookup-performed": {"onUnknown": "pass"}})


def test_waivers_name_rules_that_are_not_locked() -> None:
    """An editor offers only rules that can be waived."""
    waiver = schema.schema(RULES)["properties"]["waivers"]["items"]

    assert waiver["properties"]["rule"]["enum"] == ["days", "scope-allowed"]


def test_text_is_the_schema() -> None:
    """The published text is stable, ends in a newline and does not depend on the catalogue's order."""
    text = schema.text(RULES)

    assert json.loads(text) == schema.schema(RULES)
    assert text == schema.text(RULES[::-1])
    assert text.endswith("}\n")


def test_defaults() -> None:
    """Only settings with a default have one."""
    assert [schema.defaults(rule) for rule in RULES] == [{"deny": []}, {}, {"days": 7}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"settings": {"level": {}}}, "rule x: settings level are keys of every rule", id="a taken name"),
        pytest.param({"required": ("allow",)}, "rule x: required allow without a settings fragment", id="no fragment"),
        pytest.param(
            {"locked": True, "on_unknown": OnUnknown.PASS},
            "rule x: locked, and what is unknown passes",
            id="a lock that is open",
        ),
    ],
)
def test_catalogue_at_fault(changes: dict[str, Any], message: str) -> None:
    """A rule whose settings contradict themselves is a mistake in the code, not in a file."""
    with pytest.raises(ValueError, match=message):
        schema.schema([a_rule("x", **changes)])
