"""The pack on the real engine: broken rules files, unknown names in its configuration, levels, waivers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

BAD = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("bad", "bad")
"""
RULES = """
    version: 1
    organization:
      name: acme
      accounts: {"111122223333": {name: data-prod, environment: prod}}
    rules:
      location-prefix-delimited: {level: LEVEL}
      location-role-not-denied: {level: LEVEL}
"""


def test_a_broken_rules_file_stops_the_pack(project: Project) -> None:
    """A gate that cannot read its rules lets nothing through, and says line and column."""
    project.write_rules(
        """
        version: 1
        organization: {name: acme}
        rules:
          location-scope-alowed: {allow: []}
        """
    )
    project.program(BAD)

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "the rules file cannot be used, so nothing is let through" in ran.text
    assert "rules.yaml:5:" in ran.text
    assert "location-scope-allowed" in ran.text
    assert "Traceback" not in ran.text


def test_a_missing_rules_file_stops_the_pack(project: Project) -> None:
    """No rules is not the same as nothing forbidden."""
    project.rules = project.folder / "nowhere.yaml"
    project.program(BAD)

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "nowhere.yaml" in ran.text


def test_levels_follow_the_rules_file(project: Project) -> None:
    """A mandatory rule blocks, an advisory one warns, with Pulumi's own words."""
    project.program(BAD)
    project.write_rules(RULES.replace("LEVEL", "mandatory"))
    blocked = project.pulumi("preview")
    assert blocked.code != 0
    assert ("location-prefix-delimited", "mandatory") in blocked.policies()
    assert "[severity: critical]  location-role-not-denied" in blocked.text

    project.write_rules(RULES.replace("LEVEL", "advisory"))
    warned = project.pulumi("preview")
    assert warned.code == 0, warned.text
    assert ("location-prefix-delimited", "advisory") in warned.policies()


def test_an_environment_chosen_by_account_changes_the_level_of_one_resource(project: Project) -> None:
    """Two resources of one rule can have two levels in the same run."""
    role = "arn:aws:iam::444455556666:role/lab"
    location = {"id": "dev", "scope": "s3://acme-dev/lab*", "roleArn": role}
    project.seed("444455556666", {"regions": {"eu-west-1": {"instance": {}, "locations": [location]}}})
    project.program(
        """
        from grantgate import AccessGrantsLocation
        AccessGrantsLocation("dev", "dev", assume_role_arn="arn:aws:iam::444455556666:role/gate-reader")
        AccessGrantsLocation("bad", "bad")
        """
    )
    project.write_rules(
        """
        version: 1
        organization:
          name: acme
          accounts:
            "111122223333": {name: data-prod, environment: prod}
            "444455556666": {name: data-dev, environment: dev}
        environments:
          dev: {rules: {location-prefix-delimited: {level: advisory}}}
        """
    )

    ran = project.pulumi("preview")

    found = {finding["resource"]["name"]: finding["level"] for finding in ran.findings if finding["ruleId"] == "AGL-04"}
    assert found == {"dev": "advisory", "bad": "mandatory"}
    assert ("location-prefix-delimited", "advisory") in ran.policies()
    assert ("location-prefix-delimited", "mandatory") in ran.policies()


def test_settings_of_the_rules_file_reach_the_rules(project: Project) -> None:
    """The engine fills a policy's configuration with its schema's defaults; they must not beat the rules file."""
    project.program(BAD)
    project.write_rules(
        """
        version: 1
        organization: {name: acme, accounts: {"111122223333": {name: data-prod}}}
        rules:
          location-prefix-delimited: {level: disabled}
          location-role-not-denied: {denyNames: ["Data*"]}
        """
    )

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "role name 'DataAdmin' is denied by 'Data*'" in ran.text


def configured(project: Project, config: dict[str, Any]) -> Any:
    file = project.folder / "config.json"
    file.write_text(json.dumps(config))
    return project.pulumi("preview", "--policy-pack-config", str(file))


def test_levels_can_be_set_from_outside(project: Project) -> None:
    """`--policy-pack-config` beats the rules file, as in every pack."""
    project.program(BAD)
    project.write_rules(RULES.replace("LEVEL", "mandatory"))

    ran = configured(
        project,
        {"location-prefix-delimited": "advisory", "location-role-not-denied": {"enforcementLevel": "disabled"}},
    )

    assert ran.code == 0, ran.text
    assert ran.policies() == [("location-prefix-delimited", "advisory")]


def test_settings_can_be_set_from_outside(project: Project) -> None:
    """A rule's settings are its policy's configuration."""
    project.program(BAD)
    project.write_rules(RULES.replace("LEVEL", "advisory"))

    ran = configured(project, {"location-role-not-denied": {"enforcementLevel": "mandatory", "denyNames": ["Data*"]}})

    assert ran.code != 0
    assert "role name 'DataAdmin' is denied by 'Data*'" in ran.text


@pytest.mark.parametrize(
    ("config", "told"),
    [
        pytest.param(
            {"location-scope-alowed": "disabled"},
            "'location-scope-alowed' is no policy of this pack (did you mean 'location-scope-allowed'?)",
            id="unknown policy",
        ),
        pytest.param(
            {"location-role-not-denied": {"denyName": ["x"]}},
            "'denyName' is none of its settings (did you mean 'denyNames'?)",
            id="unknown setting",
        ),
        pytest.param(
            {"location-scope-allowed": {"allow": ["s3://b/finance"]}},
            "location-scope-allowed.allow",
            id="bad pattern",
        ),
        pytest.param(
            {"lookup-performed": "disabled"},
            "lookup-performed: its level cannot be changed",
            id="locked rule",
        ),
    ],
)
def test_configuration_that_means_nothing_is_an_error(project: Project, config: dict[str, Any], told: str) -> None:
    """The engine would take it in silence; the pack refuses to run."""
    project.program(BAD)

    ran = configured(project, config)

    assert ran.code != 0
    assert told in ran.text
    assert ran.findings == []
