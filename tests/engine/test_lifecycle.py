"""Lookups on the real engine: what a preview sees, drift, refresh, removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT = "111122223333"
GOOD = """
    from grantgate import AccessGrantsLocation
    import pulumi

    location = AccessGrantsLocation("finance", "good")
    pulumi.export("scope", location.location_scope)
    pulumi.export("role", location.iam_role_arn)
"""


def test_preview_of_a_stack_that_was_never_deployed_shows_live_values(project: Project) -> None:
    """Policies judge what AWS says before anything was ever deployed."""
    project.program(GOOD)

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    seen = ran.inputs("finance")
    assert seen["locationScope"] == "s3://acme-data-prod-finance/finance/*"
    assert seen["iamRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
    assert seen["createdAt"] == "2026-03-02T08:00:00Z"
    assert seen["accessGrantsLocationArn"] == f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/good"
    assert (seen["accountId"], seen["region"], seen["lookup"]) == (ACCOUNT, "eu-west-1", "performed")
    assert ran.outcome("AGL-03") == {"PASS"}
    assert ran.outcome("LKP-01") == {"PASS"}
    assert [line["event"] for line in ran.run] == ["start", "stack"]
    assert ran.run[1]["judged"] == [
        "urn:pulumi:prod::gated::pulumi-python:dynamic/grantgate:AccessGrantsLocation::finance"
    ]


def test_up_again_refresh_and_destroy(project: Project) -> None:
    """A second up changes nothing, refresh reads again, destroy calls AWS for nothing."""
    project.program(GOOD)

    first = project.pulumi("up")
    assert first.code == 0, first.text
    assert project.resources()["finance"]["id"] == f"{ACCOUNT}/eu-west-1/good"
    assert project.resources()["gated-prod"]["outputs"]["scope"] == "s3://acme-data-prod-finance/finance/*"

    second = project.pulumi("up")
    assert second.code == 0, second.text
    assert second.ops()["finance"] == "same"

    project.aws.clear_journal()
    refreshed = project.pulumi("refresh")
    assert refreshed.code == 0, refreshed.text
    assert [call["operation"] for call in project.aws.journal()] == ["GetAccessGrantsLocation"]

    project.aws.clear_journal()
    destroyed = project.pulumi("destroy")
    assert destroyed.code == 0, destroyed.text
    assert project.aws.journal() == []
    assert "finance" not in project.resources()


def test_a_swapped_role_shows_as_drift_and_fails_its_rule(project: Project) -> None:
    """A role that somebody swapped behind the code's back shows in the next preview, without a refresh."""
    project.program(GOOD)
    assert project.pulumi("up").code == 0

    swapped = f"arn:aws:iam::{ACCOUNT}:role/access-grants/hr-reader"
    project.aws.state.update_location_role(ACCOUNT, "eu-west-1", "good", swapped)
    ran = project.pulumi("preview", "--diff")

    assert ran.ops()["finance"] == "update"
    assert "~ iamRoleArn" in ran.text
    assert swapped in ran.text
    assert ran.outcome("AGL-11") == {"FAIL"}
    assert ran.code != 0


def test_a_location_that_is_gone_leaves_the_state_on_refresh_and_fails_the_preview(project: Project) -> None:
    """Refresh drops what AWS no longer has; a preview names it."""
    project.program(GOOD)
    assert project.pulumi("up").code == 0

    project.aws.reset()
    project.aws.seed({"accounts": {ACCOUNT: {"regions": {"eu-west-1": {"instance": {}}}}}})
    refreshed = project.pulumi("refresh")
    assert refreshed.code == 0, refreshed.text
    assert "finance" not in project.resources()

    ran = project.pulumi("preview")
    assert ran.code != 0
    assert "no such location is registered (NoSuchAccessGrantsLocationError, HTTP 404" in ran.text


def test_refresh_that_cannot_read_keeps_the_state(project: Project) -> None:
    """A denied refresh stops with its reason and without a stack of frames; nothing is lost."""
    project.program(GOOD)
    assert project.pulumi("up").code == 0
    before = project.resources()["finance"]

    project.aws.set_faults([{"operation": "GetAccessGrantsLocation", "kind": "access-denied"}])
    ran = project.pulumi("refresh")

    assert ran.code != 0
    assert "denied, which does not tell whether it exists" in ran.text
    assert 'File "' not in ran.text
    after = project.resources()["finance"]
    assert (after["id"], after["inputs"], after["outputs"]) == (before["id"], before["inputs"], before["outputs"])


def test_get_reads_without_declaring(project: Project) -> None:
    """`get` gives live values to the program; the engine shows such a read to no policy."""
    project.program(
        f"""
        from grantgate import AccessGrantsLocation
        import pulumi

        read = AccessGrantsLocation.get("read", "{ACCOUNT}/eu-west-1/bad")
        pulumi.export("scope", read.location_scope)
        """
    )

    ran = project.pulumi("up")

    assert ran.code == 0, ran.text
    assert project.resources()["gated-prod"]["outputs"]["scope"] == "s3://acme-data-prod-hr/people*"
    assert ran.findings == []


def test_import_declares_by_id(project: Project) -> None:
    """A lookup has nothing to adopt: the id says what to look up, and must fit the arguments."""
    project.program(
        f"""
        import pulumi
        from grantgate import AccessGrantsLocation

        adopt = pulumi.ResourceOptions(import_="{ACCOUNT}/eu-west-1/good")
        AccessGrantsLocation("finance", "good", opts=adopt)
        """
    )
    ran = project.pulumi("up")
    assert ran.code == 0, ran.text
    assert project.resources()["finance"]["id"] == f"{ACCOUNT}/eu-west-1/good"

    project.program((project.folder / "__main__.py").read_text().replace('"good", opts', '"bad", opts'))
    other = project.pulumi("preview")
    assert other.code != 0
    assert (
        f"import_: '{ACCOUNT}/eu-west-1/good' names access_grants_location_id 'good', the resource 'bad'" in other.text
    )
    assert "Traceback" not in other.text


def test_a_changed_id_replaces_the_lookup(project: Project) -> None:
    """Another location is another resource, and nothing is deleted in AWS."""
    project.program(GOOD)
    assert project.pulumi("up").code == 0
    project.program(GOOD.replace('"good"', '"bad"'))

    ran = project.pulumi("preview", pack=False)

    assert "++ pulumi-python:dynamic/grantgate:AccessGrantsLocation finance create replacement" in ran.text


def test_one_sts_call_serves_every_lookup(project: Project) -> None:
    """The caller's account is asked once per process, and not at all when every account is given."""
    project.program(
        """
        from grantgate import AccessGrantsLocation

        for index in range(3):
            AccessGrantsLocation(f"finance-{index}", "good")
        """
    )

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    calls = [call["operation"] for call in project.aws.journal()]
    assert calls.count("GetCallerIdentity") == 1
    assert calls.count("GetAccessGrantsLocation") == 1
    assert calls.count("ListAccessGrantsLocations") == 1
