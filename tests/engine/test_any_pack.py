"""Live values are the engine's own: any policy pack sees them, resource and stack policies alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy


def told(props):
    return f"{props['locationScope']} {props['iamRoleArn'].rpartition('/')[2]} {props['lookup']}"


def one(args, report):
    if args.resource_type.endswith(":AccessGrantsLocation"):
        report("resource policy sees " + told(args.props))


def whole(args, report):
    for resource in args.resources:
        if resource.resource_type.endswith(":AccessGrantsLocation"):
            report("stack policy sees " + told(resource.props), resource.urn)


PolicyPack(
    "other",
    [
        ResourceValidationPolicy("one", "one", one, EnforcementLevel.ADVISORY),
        StackValidationPolicy("whole", "whole", whole, EnforcementLevel.ADVISORY),
    ],
)
"""


@pytest.mark.parametrize("command", ["preview", "up"])
def test_resource_and_stack_policies_of_any_pack_see_live_values(project: Project, command: str) -> None:
    """In a preview of a stack that was never deployed, and in up, a pack of the SDK's own sees what AWS says."""
    folder = project.folder / "other"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    (folder / "__main__.py").write_text(PACK)
    project.program('from grantgate import AccessGrantsLocation\nAccessGrantsLocation("finance", "good")\n')

    ran = project.pulumi(command, "--policy-pack", str(folder), pack=False)

    assert ran.code == 0, ran.text
    seen = "s3://acme-data-prod-finance/finance/* finance-reader performed"
    assert f"resource policy sees {seen}" in ran.text
    assert f"stack policy sees {seen}" in ran.text


def test_up_of_a_bad_estate_records_nothing(project: Project) -> None:
    """A mandatory failure stops the step before it is taken: the bad lookup does not get into the state."""
    project.program(
        """
        from grantgate import AccessGrantsLocation
        good = AccessGrantsLocation("good", "good")
        AccessGrantsLocation("bad", "bad")
        """
    )

    ran = project.pulumi("up")

    assert ran.code != 0
    assert ran.outcome("AGL-12", "bad") == {"FAIL"}
    assert "bad" not in project.resources()
