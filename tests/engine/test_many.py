"""Many lookups share one list call, and none of them is less sure for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
PROGRAM = """
    from grantgate import AccessGrantsLocation

    for index in range(COUNT):
        AccessGrantsLocation(f"finance-{index:02}", f"location-{index:02}")
"""


def many(project: Project, count: int, *, declared: int = 0) -> None:
    locations = [
        {"id": f"location-{index:02}", "scope": f"s3://acme-data-prod-finance/finance/{index:02}/*", "roleArn": ROLE}
        for index in range(count)
    ]
    project.seed(ACCOUNT, {"regions": {"eu-west-1": {"instance": {}, "locations": locations}}})
    project.program(PROGRAM.replace("COUNT", str(declared or count)))


def calls(project: Project) -> Counter[str]:
    return Counter(call["operation"] for call in project.aws.journal())


def test_forty_lookups_cost_one_list(project: Project) -> None:
    """After the first few, one list answers every lookup, with the same values as a call of its own."""
    many(project, 40)

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    assert calls(project) == {"GetCallerIdentity": 1, "GetAccessGrantsLocation": 3, "ListAccessGrantsLocations": 1}
    for index in range(40):
        seen = ran.inputs(f"finance-{index:02}")
        assert seen["locationScope"] == f"s3://acme-data-prod-finance/finance/{index:02}/*"
        assert (seen["iamRoleArn"], seen["lookup"]) == (ROLE, "performed")
    assert ran.outcome("LKP-01") == {"PASS"}


@pytest.mark.parametrize("kind", ["access-denied", "throttle", "truncate", "reset"])
def test_where_the_list_cannot_be_read_each_is_read_by_itself(project: Project, kind: str) -> None:
    """Listing needs a permission of its own; without it the gate sees no less."""
    many(project, 8)
    project.aws.set_faults([{"operation": "ListAccessGrantsLocations", "kind": kind}])

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    assert calls(project)["GetAccessGrantsLocation"] == 8
    assert ran.outcome("LKP-01") == {"PASS"}


def test_a_location_that_is_not_on_the_list_is_red(project: Project) -> None:
    """The list never says that a location does not exist; the call that does is made."""
    many(project, 8, declared=9)

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "GetAccessGrantsLocation of 'location-08'" in ran.text
    assert "NoSuchAccessGrantsLocationError" in ran.text


def test_what_this_very_up_may_change_is_read_directly(project: Project) -> None:
    """A lookup that depends on another resource never gets a shared answer: a role swapped during `up` shows."""
    many(project, 8)
    swapped = ROLE.replace("finance-reader", "finance-writer")
    (project.folder / "swap.py").write_text(
        "import os, boto3\n"
        "from pulumi.dynamic import CreateResult, Resource, ResourceProvider\n"
        "class Swap(ResourceProvider):\n"
        "    def create(self, props):\n"
        "        client = boto3.client('s3control', region_name='eu-west-1')\n"
        "        from grantgate.aws import _keep_local_host\n"
        "        client.meta.events.register('request-created.s3-control', _keep_local_host)\n"
        f"        client.update_access_grants_location(AccountId='{ACCOUNT}', AccessGrantsLocationId='location-07',\n"
        f"            IAMRoleArn='{swapped}')\n"
        "        return CreateResult('swapped', {'location': 'location-07'})\n"
    )
    project.program(
        PROGRAM.replace("COUNT", "7")
        + """
    import pulumi
    from swap import Resource, Swap

    class Swapped(Resource):
        location: pulumi.Output[str]

    swap = Swapped(Swap(), "swap", {"location": None})
    AccessGrantsLocation("by-output", swap.location)
    AccessGrantsLocation("by-depends-on", "location-07", opts=pulumi.ResourceOptions(depends_on=[swap]))
    """
    )

    ran = project.pulumi("up", PYTHONPATH=str(project.folder))

    assert ran.code == 0, ran.text
    assert calls(project)["ListAccessGrantsLocations"] == 1
    for name in ("by-output", "by-depends-on"):
        outputs = project.resources()[name]["outputs"]
        assert (outputs["iamRoleArn"], outputs["direct"]) == (swapped, True)
