"""Inputs that a preview does not know: no call, an explicit mark, and each rule's onUnknown decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

PROGRAM = """
    import pulumi
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider
    from grantgate import AccessGrantsLocation

    class Maker(ResourceProvider):
        def create(self, props):
            return CreateResult("made", {"made": "good"})

    class Made(Resource):
        made: pulumi.Output[str]

    made = Made(Maker(), "made", {"made": None})
    AccessGrantsLocation("later", made.made)
    AccessGrantsLocation("now", "NOW")
"""
RULES = """
    version: 1
    organization:
      name: acme
      accounts: {{"111122223333": {{name: data-prod, environment: prod}}}}
    rules:
      {rules}
"""
NAMES = (
    "location-not-default",
    "location-scope-valid",
    "location-prefix-delimited",
    "location-overlap",
    "location-bucket-region",
    "location-account-allowed",
    "location-role-valid",
    "location-role-not-denied",
    "location-role-not-shared",
    "location-not-drifted",
    "location-role-trusted",
    "instance-quota-headroom",
    "lookup-performed",
)


def rules(on_unknown: str) -> str:
    # A lookup that was not made is never passed in silence: lookup-performed warns at least.
    chosen = dict.fromkeys(NAMES, on_unknown) | {"lookup-performed": "fail" if on_unknown == "fail" else "warn"}
    return RULES.format(rules="\n      ".join(f"{name}: {{onUnknown: {word}}}" for name, word in chosen.items()))


def program(other: str) -> str:
    return PROGRAM.replace('"NOW"', f'"{other}"')


@pytest.mark.parametrize(
    ("on_unknown", "codes", "told"),
    [
        pytest.param("fail", {1, 255}, "mandatory", id="fail blocks"),
        pytest.param("warn", {0}, "advisory", id="warn tells and lets pass"),
        pytest.param("pass", {0}, "advisory", id="pass says only that the lookup was not made"),
    ],
)
def test_an_unknown_input_is_decided_by_on_unknown(
    project: Project, on_unknown: str, codes: set[int], told: str
) -> None:
    """The lookup is not made, is marked so, and its rules are UNKNOWN."""
    project.write_rules(rules(on_unknown))
    project.program(program("good"))

    ran = project.pulumi("preview")

    assert ran.code in codes, ran.text
    assert ran.inputs("later")["lookup"] == "pending"
    assert ran.outcome("LKP-01", "later") == {"UNKNOWN"}
    assert ran.outcome("AGL-02", "later") == {"UNKNOWN"}
    assert ran.outcome("AGL-02", "now") == {"PASS"}
    assert [call["operation"] for call in project.aws.journal()].count("GetAccessGrantsLocation") == 1
    assert dict(ran.policies()).get("lookup-performed") == told
    assert ("location-scope-valid" in dict(ran.policies())) is (on_unknown != "pass")


def test_one_unknown_never_hides_another_failure(project: Project) -> None:
    """A known-bad location fails although another is unknown and unknowns may pass."""
    project.write_rules(rules("pass"))
    project.program(program("bad"))

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert ran.outcome("AGL-12", "now") == {"FAIL"}
    assert ran.outcome("AGL-12", "later") == {"UNKNOWN"}


def test_up_looks_once_the_input_is_known_and_blocks_what_fails(project: Project) -> None:
    """What the preview could not know is judged during up, before the lookup is recorded."""
    project.write_rules(rules("pass"))
    project.program(program("good"))
    ran = project.pulumi("up")
    assert ran.code == 0, ran.text
    assert ran.outcome("AGL-02", "later") == {"PASS"}
    assert project.resources()["later"]["outputs"]["locationScope"] == "s3://acme-data-prod-finance/finance/*"

    project.program(program("good").replace('"made": "good"', '"made": "bad"').replace('"made", {', '"made2", {'))
    blocked = project.pulumi("up")
    assert blocked.code != 0
    assert blocked.outcome("AGL-12", "later") == {"FAIL"}
