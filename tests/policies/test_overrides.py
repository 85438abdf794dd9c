"""`--policy-pack-config`: what it sets counts, and what it names in vain is an error."""

from __future__ import annotations

from typing import Any

import pytest
from grantgate_policies.core import Level
from grantgate_policies.overrides import Overrides, OverridesError
from grantgate_policies.rules import RULES

PUBLISHED = {rule.name: rule.level for rule in RULES}
GIVEN: dict[str, tuple[Level | None, dict[str, Any]]] = {name: (level, {}) for name, level in PUBLISHED.items()}


def test_nothing_was_set() -> None:
    """The engine sends every policy at its own level: that overrides nothing."""
    assert Overrides.checked(GIVEN, PUBLISHED) == Overrides({}, {})
    assert Overrides.checked({}, {}) == Overrides({}, {})


@pytest.mark.parametrize(
    ("name", "level", "properties", "expected"),
    [
        pytest.param(
            "location-role-allowed",
            Level.MANDATORY,
            {},
            Overrides({"location-role-allowed": Level.MANDATORY}),
            id="a level",
        ),
        pytest.param(
            "location-scope-valid",
            Level.DISABLED,
            {},
            Overrides({"location-scope-valid": Level.DISABLED}),
            id="switched off",
        ),
        pytest.param(
            "location-scope-allowed",
            Level.MANDATORY,
            {"allow": ["s3://acme-*/{team}/*"], "deny": []},
            Overrides({}, {"location-scope-allowed": {"allow": ["s3://acme-*/{team}/*"], "deny": []}}),
            id="settings",
        ),
        pytest.param(
            "instance-owner-allowed",
            Level.ADVISORY,
            {"owners": ["111122223333"]},
            Overrides(
                {"instance-owner-allowed": Level.ADVISORY}, {"instance-owner-allowed": {"owners": ["111122223333"]}}
            ),
            id="both",
        ),
    ],
)
def test_what_differs_is_kept(name: str, level: Level, properties: dict[str, Any], expected: Overrides) -> None:
    """Levels that differ from the published ones, and settings."""
    assert Overrides.checked({**GIVEN, name: (level, properties)}, PUBLISHED) == expected


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        pytest.param(
            {"location-scope-alowed": (Level.MANDATORY, {})},
            "'location-scope-alowed' is no policy of this pack (did you mean 'location-scope-allowed'?)",
            id="a misspelt policy",
        ),
        pytest.param({"all-of-them": (None, {})}, "'all-of-them' is no policy of this pack", id="a policy of nowhere"),
        pytest.param({"": (Level.MANDATORY, {})}, "'' is no policy of this pack", id="an empty name"),
        pytest.param(
            {"location-scope-allowed": (Level.MANDATORY, {"alow": ["s3://x/*"]})},
            "location-scope-allowed: 'alow' is none of its settings (did you mean 'allow'?)",
            id="a misspelt setting",
        ),
        pytest.param(
            {"location-scope-valid": (Level.MANDATORY, {"allow": []})},
            "location-scope-valid: 'allow' is none of its settings",
            id="a setting of another rule",
        ),
        pytest.param(
            {"location-scope-allowed": (Level.MANDATORY, {"onUnknown": "pass"})},
            "location-scope-allowed: 'onUnknown' is none of its settings",
            id="a key of the rules file",
        ),
        pytest.param(
            {"location-scope-allowed": (Level.MANDATORY, {"allow": []})},
            "location-scope-allowed.allow: [] should be non-empty",
            id="an empty list",
        ),
        pytest.param(
            {"location-scope-allowed": (Level.MANDATORY, {"allow": "s3://x/*"})},
            "location-scope-allowed.allow: 's3://x/*' is not of type 'array'",
            id="text for a list",
        ),
        pytest.param(
            {"location-scope-allowed": (Level.MANDATORY, {"allow": ["s3://x/fin"]})},
            "location-scope-allowed.allow: 's3://x/fin' does not end in '/' or '/*', and a scope that begins so may go "
            "on; write 's3://x/fin/*'",
            id="a pattern that is none",
        ),
        pytest.param(
            {"location-not-default": (Level.MANDATORY, {"allowStacks": [7]})},
            "location-not-default.allowStacks: 7 is not of type 'string'",
            id="a number in a list",
        ),
        pytest.param(
            {"location-scope-valid": (None, {})},
            "location-scope-valid: its level is none of remediate, mandatory, advisory and disabled",
            id="no level",
        ),
        pytest.param(
            {"location-scope-valid": (Level.REMEDIATE, {})},
            "location-scope-valid: it knows no one value to put right, so it cannot be at the level 'remediate'",
            id="remediate, where there is no remedy",
        ),
        pytest.param(
            {"lookup-performed": (Level.ADVISORY, {})},
            "lookup-performed: its level cannot be changed; the rule is locked",
            id="the locked rule made advisory",
        ),
        pytest.param(
            {"lookup-performed": (Level.DISABLED, {})},
            "lookup-performed: its level cannot be changed; the rule is locked",
            id="the locked rule switched off",
        ),
    ],
)
def test_what_means_nothing_is_an_error(given: dict[str, Any], fault: str) -> None:
    """Silence here would switch a gate off."""
    with pytest.raises(OverridesError) as caught:
        Overrides.checked({**GIVEN, **given}, PUBLISHED)

    assert str(caught.value) == f"--policy-pack-config: {fault}"


def test_every_fault_at_once() -> None:
    """In the order of the names."""
    given = {"x": (Level.MANDATORY, {}), "location-scope-valid": (None, {"y": 1})}

    with pytest.raises(OverridesError) as caught:
        Overrides.checked({**GIVEN, **given}, PUBLISHED)

    assert str(caught.value).count("; ") == 2
    assert str(caught.value).startswith("--policy-pack-config: location-scope-valid: 'y' is none of its settings; ")
    assert str(caught.value).endswith("; 'x' is no policy of this pack")
