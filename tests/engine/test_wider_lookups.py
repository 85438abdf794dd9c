"""Lookups of a whole account and Region on the real engine: preview, drift, refresh, up, get, import, none, denied."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT, REGION, NONE = "111122223333", "eu-west-1", "ap-south-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
MADE = "2026-03-02T08:00:00Z"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "444455556666"},
            "Action": "s3:ListAccessGrants",
            "Resource": f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default",
        }
    ],
}
PLACE: dict[str, Any] = {
    "instance": {"resourcePolicy": POLICY, "organization": "o-abcdefghij", "createdAt": MADE},
    "buckets": ["acme-data-prod-finance"],
    "locations": [
        {
            "id": f"location-{index}",
            "scope": f"s3://acme-data-prod-finance/finance/{index}/*",
            "roleArn": ROLE,
            "createdAt": MADE,
        }
        for index in range(3)
    ],
    "grants": [
        {
            "id": "grant-1",
            "locationId": "location-1",
            "permission": "READ",
            "grantee": {"type": "IAM", "identifier": ROLE},
            "createdAt": MADE,
        }
    ],
}
PROGRAM = """
    import pulumi
    from grantgate import (
        AccessGrants, AccessGrantsInstance, AccessGrantsInstanceResourcePolicy, AccessGrantsLocations
    )

    locations = AccessGrantsLocations("locations")
    instance = AccessGrantsInstance("instance")
    grants = AccessGrants("grants")
    policy = AccessGrantsInstanceResourcePolicy("policy")
    pulumi.export("roles", locations.locations.apply(lambda found: [one["iam_role_arn"] for one in found]))
    pulumi.export("instance", instance.access_grants_instance_arn)
    pulumi.export("grantees", grants.grants.apply(lambda all_: [one["grantee"]["grantee_identifier"] for one in all_]))
    pulumi.export("organization", policy.organization)
    pulumi.export("read_at", locations.read_at)
"""
NAMES = ("locations", "instance", "grants", "policy")
CALLS = {
    "locations": "ListAccessGrantsLocations",
    "instance": "GetAccessGrantsInstance",
    "grants": "ListAccessGrants",
    "policy": "GetAccessGrantsInstanceResourcePolicy",
}


# Module and class names of providers lie in users' state: they are public API.
PICKLED = {
    "locations": b"grantgate.locations\x94\x8c\x0fLocationsLookup\x94\x93\x94)\x81\x94.",
    "instance": b"grantgate.access_grants_instance\x94\x8c\x0eInstanceLookup\x94\x93\x94)\x81\x94.",
    "grants": b"grantgate.grants\x94\x8c\x0cGrantsLookup\x94\x93\x94)\x81\x94.",
    "policy": b"grantgate.instance_policy\x94\x8c\x14InstancePolicyLookup\x94\x93\x94)\x81\x94.",
}


@pytest.fixture
def place(project: Project) -> Project:
    """Give a project whose account has one instance with everything, and a program that looks all of it up."""
    project.seed(ACCOUNT, {"regions": {REGION: PLACE}})
    project.program(PROGRAM)
    return project


def calls(project: Project) -> list[str]:
    return sorted(call["operation"] for call in project.aws.journal() if call["operation"] != "GetCallerIdentity")


def test_a_preview_shows_all_of_it(place: Project) -> None:
    """Before anything was deployed, every item is there, read in this very run, by one call of each kind."""
    ran = place.pulumi("preview")

    for name in NAMES:
        assert ran.outcome("LKP-01", name) == {"PASS"}
    seen = {name: ran.inputs(name) for name in NAMES}
    assert {name: one["lookup"] for name, one in seen.items()} == dict.fromkeys(NAMES, "performed")
    assert {(one["accountId"], one["region"]) for one in seen.values()} == {(ACCOUNT, REGION)}
    assert [one["accessGrantsLocationId"] for one in seen["locations"]["locations"]] == [
        "location-0",
        "location-1",
        "location-2",
    ]
    assert seen["grants"]["grants"][0]["grantScope"] == "s3://acme-data-prod-finance/finance/1/*"
    assert seen["policy"]["organization"] == "o-abcdefghij"
    assert seen["instance"]["createdAt"] == MADE
    for one in seen.values():
        read = datetime.strptime(one["readAt"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - read) < timedelta(minutes=10)
    assert calls(place) == sorted(CALLS.values())


def test_up_again_refresh_and_destroy(place: Project) -> None:
    """Programs get snake_case; a second up changes nothing though it was read later; refresh reads again."""
    first = place.pulumi("up", pack=False)
    assert first.code == 0, first.text
    exported = place.resources()["gated-prod"]["outputs"]
    assert exported["roles"] == [ROLE] * 3
    assert exported["grantees"] == [ROLE]
    assert exported["instance"] == f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default"
    assert exported["organization"] == "o-abcdefghij"
    ids = {place.resources()[name]["id"] for name in NAMES}
    assert ids == {f"{ACCOUNT}/{REGION}"}
    for name, reference in PICKLED.items():
        assert base64.b64decode(place.resources()[name]["inputs"]["__provider"]).count(reference) == 1

    second = place.pulumi("up", pack=False)
    assert second.code == 0, second.text
    assert {second.ops()[name] for name in NAMES} == {"same"}
    resource = place.resources()["locations"]
    assert resource["inputs"]["readAt"] >= resource["outputs"]["readAt"] == exported["read_at"]

    place.aws.clear_journal()
    refreshed = place.pulumi("refresh")
    assert refreshed.code == 0, refreshed.text
    assert calls(place) == sorted(CALLS.values())

    place.aws.clear_journal()
    destroyed = place.pulumi("destroy")
    assert destroyed.code == 0, destroyed.text
    assert place.aws.journal() == []


def test_drift_shows_in_the_next_preview(place: Project) -> None:
    """A role that was swapped, a grant and an instance's policy that are gone: each is an update, item by item."""
    assert place.pulumi("up", pack=False).code == 0
    swapped = ROLE.replace("finance-reader", "hr-reader")
    place.seed(
        ACCOUNT,
        {
            "regions": {
                REGION: {
                    **PLACE,
                    "instance": {"createdAt": MADE},
                    "locations": [{**PLACE["locations"][0], "roleArn": swapped}, *PLACE["locations"][1:]],
                    "grants": [],
                }
            }
        },
    )

    ran = place.pulumi("preview", "--diff", pack=False)

    assert ran.code == 0, ran.text
    assert {name: ran.ops()[name] for name in NAMES} == {
        "locations": "update",
        "instance": "same",
        "grants": "update",
        "policy": "update",
    }
    assert swapped in ran.text


def test_a_region_without_an_instance_is_green_and_one_that_is_denied_is_red(place: Project) -> None:
    """AWS said that there is none: that is an answer. That it would not say is a failure, by account and Region."""
    empty = PROGRAM
    for name in NAMES:
        empty = empty.replace(f'("{name}")', f'("{name}", region="{NONE}", must_exist=False)')
    place.program(empty)

    absent = place.pulumi("preview", pack=False)

    assert absent.code == 0, absent.text
    for name in NAMES:
        seen = absent.inputs(name)
        assert (seen["lookup"], seen["instanceExists"]) == ("performed", False)
    assert absent.inputs("locations")["locations"] == absent.inputs("grants")["grants"] == []

    place.program(PROGRAM)
    place.aws.set_faults([{"operation": operation, "kind": "access-denied"} for operation in CALLS.values()])
    denied = place.pulumi("preview")

    assert denied.code != 0
    assert f" in account {ACCOUNT}, Region {REGION}: denied, which does not tell whether it exists" in denied.text
    assert denied.outcome("LKP-01") == {"FAIL"}
    assert "Traceback" not in denied.text


@pytest.mark.parametrize("name", NAMES)
def test_an_instance_that_must_exist(place: Project, name: str) -> None:
    """Which is so unless the program says otherwise: a Region that is misspelt is no empty one."""
    place.program(PROGRAM.replace(f'("{name}")', f'("{name}", region="{NONE}")'))

    ran = place.pulumi("preview", pack=False)

    assert ran.code != 0
    assert "property accountId " in ran.text
    assert "the account has no S3 Access Grants instance in this Region (AccessGrantsInstanceNotExistsError" in ran.text


def test_an_instance_that_is_gone(place: Project) -> None:
    """A refresh drops the lookup of an instance that must exist, and keeps the others with what is so now."""
    others = PROGRAM
    for name in ("locations", "grants", "policy"):
        others = others.replace(f'("{name}")', f'("{name}", must_exist=False)')
    place.program(others)
    assert place.pulumi("up", pack=False).code == 0
    place.aws.seed({"defaultAccount": ACCOUNT, "accounts": {ACCOUNT: {"regions": {}}}})

    refreshed = place.pulumi("refresh")

    assert refreshed.code == 0, refreshed.text
    resources = place.resources()
    assert "instance" not in resources
    assert {resources[name]["outputs"]["instanceExists"] for name in ("locations", "grants", "policy")} == {False}


def test_get_reads_without_declaring(place: Project) -> None:
    """By account and Region, and the filters where there are any."""
    place.program(
        f"""
        import pulumi
        from grantgate import AccessGrants, AccessGrantsInstance, AccessGrantsInstanceResourcePolicy
        from grantgate import AccessGrantsLocations

        here = "{ACCOUNT}/{REGION}"
        scope = "s3://acme-data-prod-finance/finance/1/*"
        one = AccessGrantsLocations.get("one", f"{{here}}/locationScope={{scope}}")
        pulumi.export("ids", one.locations.apply(lambda found: [each["access_grants_location_id"] for each in found]))
        instance = AccessGrantsInstance.get("instance", here)
        pulumi.export("instance", instance.instance_exists)
        pulumi.export("grants", AccessGrants.get("grants", f"{{here}}/permission=WRITE").grants)
        policy = AccessGrantsInstanceResourcePolicy.get("policy", here)
        pulumi.export("policy", policy.instance_exists)
        """
    )

    ran = place.pulumi("up")

    assert ran.code == 0, ran.text
    outputs = place.resources()["gated-prod"]["outputs"]
    assert outputs == {"ids": ["location-1"], "instance": True, "grants": [], "policy": True}
    assert ran.findings == []


def test_import_declares_by_id(place: Project) -> None:
    """The id says what to look up, filters too."""
    place.program(
        f"""
        import pulumi
        from grantgate import AccessGrants

        adopt = pulumi.ResourceOptions(import_="{ACCOUNT}/{REGION}/granteeType=IAM")
        AccessGrants("grants", opts=adopt)
        """
    )
    ran = place.pulumi("up", pack=False)
    assert ran.code == 0, ran.text
    resource = place.resources()["grants"]
    assert (resource["id"], resource["inputs"]["granteeType"]) == (f"{ACCOUNT}/{REGION}/granteeType=IAM", "IAM")


def test_another_filter_is_another_lookup(place: Project) -> None:
    """It replaces the one before; with the filter gone, all of them are looked up again, by a refresh too."""
    scoped = PROGRAM.replace('("locations")', '("locations", location_scope="s3://acme-data-prod-finance/finance/1/*")')
    place.program(scoped)
    assert place.pulumi("up", pack=False).code == 0
    assert len(place.resources()["locations"]["outputs"]["locations"]) == 1

    place.program(PROGRAM)
    ran = place.pulumi("up", pack=False)
    assert ran.code == 0, ran.text
    assert place.pulumi("refresh").code == 0

    resource = place.resources()["locations"]
    assert resource["id"] == f"{ACCOUNT}/{REGION}"
    assert len(resource["outputs"]["locations"]) == 3


def test_an_input_that_is_not_known_yet(place: Project) -> None:
    """AWS is not asked in the preview, and is in the up."""
    place.program(
        """
        import pulumi
        from pulumi.dynamic import Resource
        from late import Late
        from grantgate import AccessGrantsLocations

        class Place(Resource):
            region: pulumi.Output[str]

        late = Place(Late(), "late", {"region": None})
        found = AccessGrantsLocations("locations", region=late.region)
        pulumi.export("count", found.locations.apply(len))
        """
    )
    (place.folder / "late.py").write_text(
        "from pulumi.dynamic import CreateResult, ResourceProvider\n"
        "class Late(ResourceProvider):\n"
        "    def create(self, props):\n"
        f"        return CreateResult('late', {{'region': '{REGION}'}})\n"
    )

    preview = place.pulumi("preview", pack=False, PYTHONPATH=str(place.folder))

    assert preview.code == 0, preview.text
    assert preview.inputs("locations")["lookup"] == "pending"
    assert calls(place) == []
    up = place.pulumi("up", pack=False, PYTHONPATH=str(place.folder))
    assert up.code == 0, up.text
    assert place.resources()["gated-prod"]["outputs"]["count"] == 3
    assert place.resources()["locations"]["inputs"]["direct"] is True


def test_a_state_of_a_release_that_kept_no_time(place: Project) -> None:
    """What an older release left shows no difference, and nothing has to be told twice."""
    place.program("from grantgate import AccessGrantsLocation\nAccessGrantsLocation('finance', 'location-1')\n")
    assert place.pulumi("up", pack=False).code == 0
    state = place.state()
    for resource in state["deployment"]["resources"]:
        for props in (resource.get("inputs", {}), resource.get("outputs", {})):
            props.pop("readAt", None)
            props.pop("notBefore", None)
    (place.folder / "older.json").write_text(json.dumps(state))
    assert place.run("pulumi", "stack", "import", "--stack", "prod", "--file", "older.json").returncode == 0

    ran = place.pulumi("preview", "--expect-no-changes", pack=False)
    assert ran.code == 0, ran.text
    assert ran.ops()["finance"] == "same"
    up = place.pulumi("up", pack=False)
    assert up.code == 0, up.text
    assert place.resources()["finance"]["inputs"]["readAt"]
