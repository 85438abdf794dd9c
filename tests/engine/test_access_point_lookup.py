"""A Multi-Region Access Point on the real engine: previewed, judged, drifted, refreshed, read by its id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT, NAME = "111122223333", "acme-global"
ARN = f"arn:aws:s3::{ACCOUNT}:accesspoint/mglobal.mrap"
PUBLIC = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}]})
POINT: dict[str, Any] = {
    "name": NAME,
    "alias": "mglobal.mrap",
    "createdAt": "2026-03-02T08:00:00Z",
    "regions": [
        {"bucket": "acme-data-prod-finance", "region": "eu-west-1"},
        {"bucket": "acme-data-prod-backup", "region": "us-east-1", "trafficDialPercentage": 0},
    ],
}
RULES = f"""
    version: 1
    organization:
      name: acme
      accounts: {{"{ACCOUNT}": {{name: data-prod}}}}
      regions: [eu-west-1, us-east-1]
"""
PROGRAM = f"""
    import pulumi
    from grantgate import MultiRegionAccessPoint

    point = MultiRegionAccessPoint("global", "{NAME}")
    pulumi.export("status", point.status)
    pulumi.export("dials", point.routes.apply(lambda routes: [one["traffic_dial_percentage"] for one in routes]))
    pulumi.export("public", point.policy_is_public)
"""
READS = ["GetMultiRegionAccessPoint", "GetMultiRegionAccessPointPolicy", "GetMultiRegionAccessPointRoutes"]


@pytest.fixture
def point(project: Project) -> Project:
    """Give a project with an access point in its AWS, and a program that looks it up."""
    project.seed(ACCOUNT, {"multiRegionAccessPoints": [POINT]})
    project.write_rules(RULES)
    project.program(PROGRAM)
    return project


def operations(project: Project) -> list[str]:
    return [str(call["operation"]) for call in project.aws.journal()]


def test_a_preview_judges_what_s3_holds(point: Project) -> None:
    """Everything is there before anything was ever deployed, in us-west-2, and every rule about access points looks."""
    ran = point.pulumi("preview")

    assert ran.code == 0, ran.text
    seen = ran.inputs("global")
    assert (seen["arn"], seen["status"], seen["region"], seen["lookup"]) == (ARN, "READY", "us-west-2", "performed")
    assert [one["region"] for one in seen["regions"]] == ["eu-west-1", "us-east-1"]
    assert [one["trafficDialPercentage"] for one in seen["routes"]] == [100, 0]
    assert all(seen["publicAccessBlock"].values())
    for rule in ("LKP-01", "MRP-01", "MRP-02", "MRP-05", "MRP-07"):
        assert ran.outcome(rule) == {"PASS"}, rule
    assert operations(point) == ["GetCallerIdentity", *READS]


def test_drift_of_a_policy_and_a_route(point: Project) -> None:
    """What somebody changed in S3 is a difference in the next preview, and breaks its rule."""
    first = point.pulumi("up")
    assert first.code == 0, first.text
    held = point.resources()
    assert held["global"]["id"] == f"{ACCOUNT}/{NAME}"
    assert held["gated-prod"]["outputs"] == {"status": "READY", "dials": [100, 0]}
    assert set(point.pulumi("preview").ops().values()) == {"same"}

    changed = point.aws.state.access_points[ACCOUNT, NAME]
    changed.established_policy = PUBLIC
    changed.regions[1].dial = 100
    ran = point.pulumi("preview", "--diff")

    assert ran.code != 0
    assert ran.ops()["global"] == "update"
    assert "+ policyIsPublic" in ran.text
    assert ran.outcome("MRP-03") == {"FAIL"}


@pytest.mark.parametrize("operation", READS)
def test_what_cannot_be_read_is_red(point: Project, operation: str) -> None:
    """Each call that is denied is named with its action; a part of an access point is never judged as the whole."""
    point.aws.set_faults([{"operation": operation, "kind": "access-denied"}])

    ran = point.pulumi("preview")

    assert ran.code != 0
    assert f"{operation} of '{NAME}' in account {ACCOUNT}, Region us-west-2: denied" in ran.text
    assert f"s3:{operation}" in ran.text
    assert ran.outcome("LKP-01") == {"FAIL"}
    assert "PASS" not in {finding["outcome"] for finding in ran.findings}


def test_refresh_get_and_import(point: Project) -> None:
    """A refresh reads anew and forgets what is gone; an id says what to look up."""
    point.program(
        f"""
        import pulumi
        from grantgate import MultiRegionAccessPoint

        adopt = pulumi.ResourceOptions(import_="{ACCOUNT}/{NAME}")
        MultiRegionAccessPoint("global", "{NAME}", opts=adopt)
        read = MultiRegionAccessPoint.get("read", "{ACCOUNT}/{NAME}")
        pulumi.export("alias", read.alias)
        """
    )
    made = point.pulumi("up")
    assert made.code == 0, made.text
    assert point.resources()["gated-prod"]["outputs"]["alias"] == "mglobal.mrap"

    del point.aws.state.access_points[ACCOUNT, NAME]
    refreshed = point.pulumi("refresh")

    assert refreshed.code == 0, refreshed.text
    assert "global" not in point.resources()


def test_an_access_point_whose_name_is_not_known_yet(point: Project) -> None:
    """A preview that does not know the name asks nothing and passes nothing; the up that knows it does."""
    point.program(
        f"""
        import pulumi
        from grantgate import MultiRegionAccessPoint
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider

        class Naming(ResourceProvider):
            def create(self, props):
                return CreateResult("named", {{"name": "{NAME}"}})

        class Named(Resource):
            name: pulumi.Output[str]

        MultiRegionAccessPoint("global", Named(Naming(), "named", {{"name": None}}).name)
        """
    )

    planned = point.pulumi("preview")
    assert planned.inputs("global")["lookup"] == "pending"
    assert planned.outcome("LKP-01") == {"UNKNOWN"}
    assert operations(point) == []
    made = point.pulumi("up")
    assert made.code == 0, made.text
    assert made.outcome("LKP-01") == {"PASS"}
