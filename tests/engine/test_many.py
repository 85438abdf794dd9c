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
SWAPPED = ROLE.replace("finance-reader", "finance-writer")
PROGRAM = """
    import pulumi
    from grantgate import AccessGrantsLocation, AccessGrantsLocations

    finance = [AccessGrantsLocation(f"finance-{index:02}", f"location-{index:02}") for index in range(COUNT)]
"""
SWAP = f"""
import boto3
from grantgate.calls.clients import _keep_local_host
from pulumi.dynamic import CreateResult, ResourceProvider


class Swap(ResourceProvider):
    def create(self, props):
        client = boto3.client("s3control", region_name="eu-west-1")
        client.meta.events.register("request-created.s3-control", _keep_local_host)
        client.update_access_grants_location(
            AccountId="{ACCOUNT}", AccessGrantsLocationId="location-07", IAMRoleArn="{SWAPPED}"
        )
        return CreateResult("swapped", {{"location": "location-07"}})
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
    """After the first, one list answers every lookup, with the same values as a call of its own."""
    many(project, 40)

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    assert calls(project) == {"GetCallerIdentity": 1, "GetAccessGrantsLocation": 1, "ListAccessGrantsLocations": 1}
    for index in range(40):
        seen = ran.inputs(f"finance-{index:02}")
        assert seen["locationScope"] == f"s3://acme-data-prod-finance/finance/{index:02}/*"
        assert (seen["iamRoleArn"], seen["lookup"]) == (ROLE, "performed")
    assert ran.outcome("LKP-01") == {"PASS"}


def test_forty_lookups_in_a_component_cost_one_list(project: Project) -> None:
    """A parent that waits for nothing keeps nobody from sharing."""
    many(project, 40)
    project.program(
        """
        import pulumi
        from grantgate import AccessGrantsLocation

        holder = pulumi.ComponentResource("test:index:Holder", "holder")
        for index in range(40):
            opts = pulumi.ResourceOptions(parent=holder)
            AccessGrantsLocation(f"finance-{index:02}", f"location-{index:02}", opts=opts)
        """
    )

    ran = project.pulumi("preview", pack=False)

    assert ran.code == 0, ran.text
    assert calls(project) == {"GetCallerIdentity": 1, "GetAccessGrantsLocation": 1, "ListAccessGrantsLocations": 1}


@pytest.mark.parametrize("kind", ["access-denied", "throttle", "truncate", "reset"])
def test_where_the_list_cannot_be_read_each_is_read_by_itself(project: Project, kind: str) -> None:
    """Listing needs a permission of its own; without it the gate sees no less."""
    many(project, 8)
    project.aws.set_faults([{"operation": "ListAccessGrantsLocations", "kind": kind}])

    ran = project.pulumi("preview", AWS_MAX_ATTEMPTS="1")

    assert ran.code == 0, ran.text
    assert calls(project) == {"GetCallerIdentity": 1, "GetAccessGrantsLocation": 8, "ListAccessGrantsLocations": 1}
    assert ran.outcome("LKP-01") == {"PASS"}


def test_a_location_that_is_not_on_the_list_is_red(project: Project) -> None:
    """The list never says that a location does not exist; the call that does is made."""
    many(project, 8, declared=9)

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "GetAccessGrantsLocation of 'location-08'" in ran.text
    assert "NoSuchAccessGrantsLocationError" in ran.text


def test_what_this_very_up_may_change_is_read_anew(project: Project) -> None:
    """However a lookup comes to wait for another resource, no answer from before is its: a swapped role shows."""
    many(project, 8)
    (project.folder / "swap.py").write_text(SWAP)
    project.program(
        PROGRAM.replace("COUNT", "7")
        + """
    from pulumi.dynamic import Resource
    from swap import Swap

    class Swapped(Resource):
        location: pulumi.Output[str]

    everything = AccessGrantsLocations("everything")
    # The shared list has been read when the role is swapped.
    before = pulumi.ResourceOptions(depends_on=[*finance, everything])
    swap = Swapped(Swap(), "swap", {"location": None}, before)

    def after(**named):
        return pulumi.ResourceOptions(**named)

    AccessGrantsLocation("by-output", swap.location)
    AccessGrantsLocation("by-apply", swap.location.apply(lambda one: one))
    AccessGrantsLocation("by-depends-on", "location-07", opts=after(depends_on=[swap]))
    AccessGrantsLocation("by-one-dependency", "location-07", opts=after(depends_on=swap))
    swaps = swap.id.apply(lambda _: [swap])
    AccessGrantsLocation("by-an-output-of-resources", "location-07", opts=after(depends_on=swaps))
    def waiting(args):
        return pulumi.ResourceTransformationResult(args.props, after(**{**vars(args.opts), "depends_on": [swap]}))

    AccessGrantsLocation("by-transformation", "location-07", opts=after(transformations=[waiting]))
    AccessGrantsLocation("by-deleted-with", "location-07", opts=after(deleted_with=swap))
    AccessGrantsLocation("by-trigger", "location-07", opts=after(replacement_trigger=swap.location))
    alias = swap.location.apply(lambda one: pulumi.Alias(name=one))
    AccessGrantsLocation("by-alias", "location-07", opts=after(aliases=[alias]))
    swap.location.apply(lambda _: AccessGrantsLocation("in-apply", "location-07"))
    holder = pulumi.ComponentResource("test:index:Holder", "holder", None, after(depends_on=[swap]))
    AccessGrantsLocation("in-component", "location-07", opts=after(parent=holder))
    room = pulumi.ComponentResource("test:index:Holder", "room", None, after(parent=holder))
    AccessGrantsLocation("in-a-component-of-it", "location-07", opts=after(parent=room))
    AccessGrantsLocations("all-by-depends-on", opts=after(depends_on=[swap]))
    AccessGrantsLocations("all-in-component", opts=after(parent=holder))
    swap.location.apply(lambda _: AccessGrantsLocations("all-in-apply"))
    """
    )

    ran = project.pulumi("up", pack=False, PYTHONPATH=str(project.folder))

    assert ran.code == 0, ran.text
    outputs = {name: resource.get("outputs", {}) for name, resource in project.resources().items()}
    direct = (
        "by-output",
        "by-apply",
        "by-depends-on",
        "by-one-dependency",
        "by-an-output-of-resources",
        "by-transformation",
        "by-deleted-with",
        "by-trigger",
        "by-alias",
    )
    for name in (*direct, "in-apply", "in-component", "in-a-component-of-it"):
        assert outputs[name]["iamRoleArn"] == SWAPPED, name
        assert (outputs[name].get("direct") is True) == (name in direct)
    for name in ("all-by-depends-on", "all-in-component", "all-in-apply"):
        assert outputs[name]["locations"][7]["iamRoleArn"] == SWAPPED, name
    assert outputs["everything"]["locations"][7]["iamRoleArn"] == ROLE
