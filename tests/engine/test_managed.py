"""Managed locations of both AWS providers, judged on the real engine by the same rules as lookups."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT = "111122223333"
CLASSIC, NATIVE = "pulumi_aws.s3control", "pulumi_aws_native.s3"
PROGRAM = """
    from MODULE import AccessGrantsLocation as Location

    role = "arn:aws:iam::111122223333:role/access-grants/"
    known = dict(KNOWN)
    Location("good", location_scope="s3://acme-data-prod-finance/tax/*", iam_role_arn=role + "tax-reader", **known)
    Location("leaky", location_scope="s3://acme-data-prod-hr/people*", iam_role_arn=role + "people-reader", **known)
    made = Location("made", location_scope="s3://acme-data-prod-hr/hr/*", iam_role_arn=role + "hr-reader", **known)
    Location("later", location_scope="s3://acme-data-prod-hr/lab/*", iam_role_arn=made.COMPUTED, **known)
"""


@pytest.fixture
def stand_in(project: Project) -> None:
    """Put stand-ins for both provider plugins on PATH."""
    project.bin_path = os.pathsep.join((str(Path(__file__).parent / "standin" / "bin"), project.bin_path))


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("module", "known", "config", "account"),
    [
        pytest.param(CLASSIC, '{"account_id": "111122223333", "region": "eu-west-1"}', [], "PASS", id="aws"),
        pytest.param(NATIVE, "{}", [], "UNKNOWN", id="aws-native, whose account nobody says"),
        pytest.param(
            NATIVE,
            "{}",
            ['aws-native:allowedAccountIds=["111122223333"]', "aws-native:region=eu-west-1"],
            "PASS",
            id="aws-native, whose provider says its account",
        ),
    ],
)
def test_managed_locations_are_judged_in_a_preview(
    project: Project, module: str, known: str, config: list[str], account: str
) -> None:
    """The declaration is judged before it is created; what is computed is UNKNOWN and hides nothing."""
    # The computed role of "later" is the unknown output of another resource.
    program = PROGRAM.replace("MODULE", module).replace("KNOWN", known)
    project.program(program.replace("made.COMPUTED", "made.id.apply(lambda made: role + 'lab-' + made)"))

    ran = project.pulumi("preview", *(word for entry in config for word in ("--config", entry)))

    assert ran.code != 0
    assert ran.outcome("AGL-04", "leaky") == {"FAIL"}
    assert ran.outcome("AGL-04", "good") == {"PASS"}
    # These need the account; it is never guessed from the role that the author chose.
    assert ran.outcome("AGL-03", "good") == {account}
    assert ran.outcome("AGL-11", "good") == {account}
    assert ran.outcome("AGL-10", "later") == {"UNKNOWN"}
    assert ran.outcome("AGL-04", "later") == {"PASS"}
    assert ran.outcome("AGL-09", "good") == {account}
    assert {finding["ruleId"] for finding in ran.findings}.isdisjoint({"LKP-01", "ASY-01", "AGI-02"})


@pytest.mark.usefixtures("stand_in")
def test_a_computed_role_is_judged_on_up_before_the_location_is_made(project: Project) -> None:
    """What the preview could not know blocks the step that would create it."""
    project.write_rules(
        """
        version: 1
        organization: {name: acme, accounts: {"111122223333": {name: data-prod}}}
        rules:
          location-role-not-denied: {denyNames: ["lab-*"]}
        """
    )
    program = PROGRAM.replace("MODULE", CLASSIC).replace(
        "KNOWN", f'{{"account_id": "{ACCOUNT}", "region": "eu-west-1"}}'
    )
    program = program.replace("people*", "people/*")
    project.program(program.replace("made.COMPUTED", "made.id.apply(lambda made: role + 'lab-' + made)"))

    ran = project.pulumi("up")

    assert ran.code != 0
    assert ran.outcome("AGL-12", "later") == {"FAIL"}
    assert "good" in project.resources()
    assert "later" not in project.resources()
