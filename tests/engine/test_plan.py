"""What needs the plan or changes it: drift told from planned changes, and values that the pack puts right."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
WRITER = ROLE.replace("reader", "writer")
AUDITOR = ROLE.replace("reader", "auditor")
PROGRAM = """
    from grantgate import AccessGrantsLocation as Lookup
    from pulumi_aws.s3control import AccessGrantsLocation

    declared = AccessGrantsLocation(
        "declared", account_id="111122223333", location_scope="s3://acme-data-prod-finance/tax/*", iam_role_arn="ROLE"
    )
    Lookup("live", declared.access_grants_location_id)
"""
RULES = """
    version: 1
    organization: {name: acme, accounts: {"111122223333": {name: data-prod}}}
    rules: {DRIFT}
"""
OPEN = "location-not-drifted: {onUnknown: warn}"


@pytest.fixture
def managed(project: Project) -> Project:
    """Give a project whose managed locations a stand-in for the provider makes."""
    project.bin_path = os.pathsep.join((str(Path(__file__).parent / "standin" / "bin"), project.bin_path))
    project.write_rules(RULES.replace("DRIFT", OPEN))
    return project


def gated(project: Project, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run `grantgate preview`, and give its exit code and report."""
    done = project.run(
        sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(ROOT / "policies"),
        "--format", "json", *arguments,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def drift(report: dict[str, Any]) -> tuple[str, str]:
    (found,) = (one for one in report["findings"] if one["ruleId"] == "AGL-14" and one["resource"]["name"] == "live")
    return found["outcome"], found["message"]


def swap(project: Project, role: str) -> None:
    """Change the role of the program's location at AWS, past the program."""
    state = project.aws.state
    location = project.resources()["declared"]["outputs"]["accessGrantsLocationId"]
    state.update_location_role(ACCOUNT, "eu-west-1", location, role)


def test_drift_is_told_from_a_planned_change(managed: Project) -> None:
    """The same difference passes when this update makes it, and blocks when somebody else did."""
    managed.program(PROGRAM.replace("ROLE", ROLE))
    assert managed.pulumi("up").code == 0

    code, report = gated(managed)
    assert (code, drift(report)[0]) == (0, "PASS")

    managed.program(PROGRAM.replace("ROLE", WRITER))
    code, report = gated(managed)
    assert (code, drift(report)[0]) == (0, "PASS"), drift(report)

    swap(managed, AUDITOR)
    code, report = gated(managed)
    assert (code, drift(report)[0]) == (1, "FAIL")
    assert AUDITOR in drift(report)[1]

    managed.program(PROGRAM.replace("ROLE", ROLE))
    code, report = gated(managed)
    assert (code, drift(report)[0]) == (1, "FAIL")

    # A level from outside counts for what is settled as it does for everything else.
    config = managed.folder / "config.json"
    config.write_text(json.dumps({"location-not-drifted": "advisory"}))
    code, report = gated(managed, "--policy-pack-config", str(config))
    assert (code, drift(report)[0]) == (0, "FAIL")

    # Where an open difference blocks the engine's own run, the plan still settles it.
    managed.write_rules(RULES.replace("DRIFT", OPEN.replace("warn", "fail")))
    swap(managed, ROLE)
    managed.program(PROGRAM.replace("ROLE", WRITER))
    assert managed.pulumi("preview").code != 0
    code, report = gated(managed)
    assert (code, drift(report)[0]) == (0, "PASS")


FIXED = """
    import pulumi
    from pulumi_aws.s3control import AccessGrantsLocation, MultiRegionAccessPoint

    AccessGrantsLocation(
        "leaky",
        account_id="111122223333",
        location_scope="s3://acme-data-prod-finance/tax*",
        iam_role_arn="arn:aws:iam::111122223333:role/access-grants/tax-reader",
    )
    MultiRegionAccessPoint(
        "open",
        account_id="111122223333",
        details={
            "name": "acme-tax",
            "regions": [{"bucket": "acme-data-prod-finance"}, {"bucket": "acme-data-west"}],
            "public_access_block": {"block_public_policy": False},
        },
    )
"""
REMEDIES = "location-prefix-delimited: {level: remediate}, access-point-blocks-public-access: {level: remediate}"


def test_a_remedy_is_made_before_the_resource_is(managed: Project) -> None:
    """At the level remediate the engine gets the right value, in the preview and in the update; the rule passes."""
    managed.program(FIXED)
    refused = managed.pulumi("preview")
    assert refused.code != 0
    assert refused.outcome("AGL-04", "leaky") == refused.outcome("MRP-01", "open") == {"FAIL"}

    managed.write_rules(RULES.replace("DRIFT", REMEDIES))
    planned = managed.pulumi("preview")

    assert planned.outcome("AGL-04", "leaky") == planned.outcome("MRP-01", "open") == {"PASS"}, planned.text
    assert planned.inputs("leaky")["locationScope"] == "s3://acme-data-prod-finance/tax/*"
    flags = planned.inputs("open")["details"]["publicAccessBlock"]
    assert {value for name, value in flags.items() if not name.startswith("__")} == {True}
    told = {
        event["policyRemediationEvent"]["policyName"] for event in planned.events if "policyRemediationEvent" in event
    }
    assert told == {"location-prefix-delimited", "access-point-blocks-public-access"}
    assert planned.code == 0, planned.text

    code, report = gated(managed)
    assert code == 0
    was, now = "s3://acme-data-prod-finance/tax*", "s3://acme-data-prod-finance/tax/*"
    rule = "AGL-04 location-prefix-delimited"
    assert f"leaky: locationScope is put right by {rule}: {was} becomes {now}" in report["notices"]


def test_a_secret_that_is_put_right_stays_one(managed: Project) -> None:
    """The new value is as secret as the one it stands for."""
    secret = FIXED.replace('location_scope="s3', 'location_scope=pulumi.Output.secret("s3').replace('tax*"', 'tax*")')
    managed.program(secret)
    managed.write_rules(RULES.replace("DRIFT", REMEDIES))

    planned = managed.pulumi("preview")

    assert planned.outcome("AGL-04", "leaky") == {"PASS"}, planned.text
    assert "finance/tax" not in json.dumps(planned.findings)
    scope = planned.inputs("leaky")["locationScope"]
    assert "finance/tax" not in json.dumps(scope), scope
