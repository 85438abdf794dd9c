"""Canaries: no secret, credential or pickled provider leaves the place where it belongs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"


def test_credentials_and_the_provider_stay_out_of_state_findings_and_output(project: Project) -> None:
    """Keys, session tokens, config secrets and the passphrase never reach what people or files see."""
    done = project.run("pulumi", "config", "set", "--secret", "token", "canary-config-secret", "--stack", "prod")
    assert done.returncode == 0, done.stderr
    role = f"arn:aws:iam::{ACCOUNT}:role/gate-reader"
    project.program(
        f"""
        import pulumi
        from grantgate import AccessGrantsLocation

        pulumi.export("token", pulumi.Config().require_secret("token"))
        AccessGrantsLocation("good", "good")
        AccessGrantsLocation("bad", "bad", assume_role_arn="{role}")
        """
    )
    secrets = ["canary+secret/access+key", "canary-config-secret", "canary-passphrase"]
    preview = project.pulumi("preview", "--diff")
    up = project.pulumi("up", pack=False)
    assert up.code == 0, up.text
    used = {call["accessKeyId"] for call in project.aws.journal()}
    assert len(used) == 3, "the user's key, and one for each of the two runs' assumed role"

    shown = {
        "preview": preview.text,
        "findings": json.dumps([preview.findings, preview.run]),
        "policy events": json.dumps([event for event in preview.events if "policyEvent" in event]),
        "up": up.text,
        "state": json.dumps(project.state()),
    }
    for place, text in shown.items():
        for secret in (*secrets, *used):
            assert secret not in text, f"{secret} in {place}"
        if place != "state":
            assert "__provider" not in text, place
            assert "gASV" not in text, place


def test_a_secret_scope_is_judged_and_not_printed(project: Project) -> None:
    """A value that the program marked as secret fails its rule without being shown."""
    project.program(
        """
        import pulumi
        from grantgate import AccessGrantsInstanceForPrefix

        AccessGrantsInstanceForPrefix("prefix", pulumi.Output.secret("s3://acme-data-prod-hr/canary-prefix/"))
        """
    )
    project.write_rules(
        """
        version: 1
        organization: {name: acme, accounts: {"999988887777": {name: other}}}
        """
    )

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert ran.outcome("AGI-02") == {"FAIL"}
    assert "canary-prefix" not in ran.text
    assert "canary-prefix" not in json.dumps([ran.findings, ran.run])


@pytest.mark.parametrize("format_", ["text", "json"])
def test_the_gate_and_check_show_no_secret_input(project: Project, format_: str) -> None:
    """A secret of the configuration that becomes a lookup's input is in no report, live or from an export."""
    canary = "s3://acme-data-prod-hr/canary-prefix/"
    done = project.run("pulumi", "config", "set", "--secret", "prefix", canary, "--stack", "prod")
    assert done.returncode == 0, done.stderr
    project.write_rules(
        """
        version: 1
        organization: {name: acme, accounts: {"999988887777": {name: other}}}
        """
    )
    project.program(
        """
        import pulumi
        from grantgate import AccessGrantsInstanceForPrefix

        AccessGrantsInstanceForPrefix("prefix", pulumi.Config().require_secret("prefix"))
        """
    )
    program = [sys.executable, "-m", "grantgate_policies"]
    preview = project.run(
        *program, "preview", "--policy-pack", str(ROOT / "policies"), "--format", format_, "--", "--stack", "prod"
    )
    assert preview.returncode == 1, preview.stdout + preview.stderr

    assert project.pulumi("up", pack=False).code == 0
    for flags in ([], ["--show-secrets"]):
        export = project.run("pulumi", "stack", "export", "--stack", "prod", *flags)
        (project.folder / "export.json").write_text(export.stdout)
        check = project.run(*program, "check", "export.json", "--format", format_)
        assert check.returncode == 1, check.stdout + check.stderr
        assert "canary-prefix" not in check.stdout + check.stderr
    assert "canary-prefix" not in preview.stdout + preview.stderr


def test_the_provider_is_pickled_by_reference(project: Project) -> None:
    """What lies in users' state is a module and a class name, as it was in every release."""
    project.program(
        """
        from grantgate import AccessGrantsLocation
        AccessGrantsLocation("good", "good")
        """
    )
    assert project.pulumi("up", pack=False).code == 0

    pickled = project.resources()["good"]["inputs"]["__provider"]

    assert pickled == "gASVLAAAAAAAAACMEmdyYW50Z2F0ZS5sb2NhdGlvbpSMDkxvY2F0aW9uTG9va3VwlJOUKYGULg=="
