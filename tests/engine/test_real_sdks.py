"""
Programs of the real pulumi_aws and pulumi_aws_native, judged by the real pack on the real engine.

The providers' binaries are on no package registry: standin/README.md says what serves the programs in their place, and
how true that is. A new rule is one line in each table below, and settings where it has none of its own.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    Emulator = Any
    Project = Any
    Ran = Any

pytestmark = pytest.mark.engine

HERE = Path(__file__).parent
ACCOUNT, REGION, CONTROL_REGION = "111122223333", "eu-west-1", "us-west-2"
OF_LOOKUPS = frozenset({"AGI-02", "ASY-01", "LKP-01", "MRP-07"})
"""Rules about lookups alone, which other tests of this folder are about."""

SETTINGS: dict[str, dict[str, Any]] = {
    "location-scope-allowed": {"allow": ["s3://acme-{account.name}-*/{team}/*"]},
    "location-prefix-template": {"templates": ["{team}/"], "level": "mandatory"},
    "location-role-allowed": {
        "allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"],
        "level": "mandatory",
    },
    "location-tags-required": {"keys": ["owner", "data-class"]},
    "instance-identity-center": {"arns": ["arn:aws:sso:::instance/ssoins-1234567890abcdef"]},
    "instance-quota-headroom": {"locations": 20, "headroom": 10},
    "grant-write-protected": {"protected": ["s3://acme-*/archive/*"]},
    "access-point-name-pattern": {"allow": ["acme-*"]},
}
"""What the rules file says of each rule, besides what every one of them gets."""


@dataclass(frozen=True)
class Sdk:
    """One of the two SDKs: how its programs' files begin, and the package whose configuration it reads."""

    name: str
    package: str

    def program(self, kind: str) -> str:
        """Give the text of one of the programs."""
        return (HERE / "programs" / f"{self.name}_{kind}.py").read_text()

    @property
    def config(self) -> list[str]:
        """Give the options that say Region and account once for the whole stack; the first command saves them."""
        account = json.dumps([ACCOUNT])
        return [
            "--config",
            f"{self.package}:region={REGION}",
            "--config",
            f"{self.package}:allowedAccountIds={account}",
        ]


CLASSIC, NATIVE = Sdk("classic", "aws"), Sdk("native", "aws-native")
BOTH = [pytest.param(CLASSIC, id="pulumi_aws"), pytest.param(NATIVE, id="pulumi_aws_native")]


@pytest.fixture
def estate(project: Project) -> Project:
    """Give a project that both SDKs work in, with an AWS that holds nothing."""
    project.bin_path = os.pathsep.join((str(HERE / "standin" / "bin"), project.bin_path))
    project.aws.seed({"defaultAccount": ACCOUNT, "accounts": {ACCOUNT: {"regions": {}}}})
    # What is made by the same program is not known in a preview. Here that warns, so that a preview of a good program
    # is green; `up` judges the real values before anything is made of them.
    rules = {rule.name: {"onUnknown": "warn", **SETTINGS.get(rule.name, {})} for rule in RULES}
    organization = {
        "name": "acme",
        "accounts": {ACCOUNT: {"name": "data-prod"}, "444455556666": {"name": "data-dev"}},
        "regions": [REGION, CONTROL_REGION],
    }
    project.write_rules(json.dumps({"version": 1, "organization": organization, "rules": rules}))
    return project


def found(ran: Ran, *outcomes: str) -> dict[str, str]:
    """Give by rule the names of the resources with one of these outcomes, as the tables have them."""
    names: dict[str, set[str]] = {}
    for finding in ran.findings:
        if finding["outcome"] in outcomes and finding["ruleId"] not in OF_LOOKUPS:
            names.setdefault(finding["ruleId"], set()).add(finding["resource"]["name"])
    return {rule: " ".join(sorted(names[rule])) for rule in sorted(names)}


# --- what AWS holds, asked by a client that is nobody's here ----------------------------------------------------------


def client(aws: Emulator, service: str, region: str = REGION) -> Any:
    """Give a client of the emulated AWS."""
    session: Any = boto3.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="secret")
    made = session.client(service, region_name=region, endpoint_url=aws.url)

    def to_emulator(request: Any, **_: Any) -> None:
        # S3 Control's endpoint rules put the account in front of 127.0.0.1, which is no name at all.
        request.url = request.url.replace(urlsplit(request.url).netloc, urlsplit(aws.url).netloc, 1)

    made.meta.events.register("request-created.s3-control", to_emulator)
    return made


def held(aws: Emulator) -> dict[str, Any]:
    """Give what the account holds, by its names."""
    control, west = client(aws, "s3control"), client(aws, "s3control", CONTROL_REGION)
    iam, account = client(aws, "iam"), {"AccountId": ACCOUNT}
    instances = control.list_access_grants_instances(**account)["AccessGrantsInstancesList"]
    points = west.list_multi_region_access_points(**account)["AccessPoints"]
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    shares = client(aws, "ram").get_resource_shares(resourceOwner="SELF")["resourceShares"]
    return {
        "buckets": sorted(bucket["Name"] for bucket in client(aws, "s3").list_buckets()["Buckets"]),
        "instances": [one["IdentityCenterInstanceArn"] for one in instances],
        "locations": sorted(
            (one["LocationScope"], one["IAMRoleArn"])
            for one in (
                control.list_access_grants_locations(**account)["AccessGrantsLocationsList"] if instances else ()
            )
        ),
        "grants": sorted(
            (one["GrantScope"], one["Permission"])
            for one in (control.list_access_grants(**account)["AccessGrantsList"] if instances else ())
        ),
        "access points": [(one["Name"], sorted(region["Region"] for region in one["Regions"])) for one in points],
        "roles": {
            role: sorted(
                [
                    *iam.list_role_policies(RoleName=role)["PolicyNames"],
                    *(one["PolicyName"] for one in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]),
                ]
            )
            for role in roles
        },
        "shares": [share["name"] for share in shares if share["status"] == "ACTIVE"],
    }


NOTHING: dict[str, Any] = {
    "buckets": [],
    "instances": [],
    "locations": [],
    "grants": [],
    "access points": [],
    "roles": {},
    "shares": [],
}
CLEAN = {
    "buckets": ["acme-data-prod-finance", "acme-data-prod-west"],
    "instances": ["arn:aws:sso:::instance/ssoins-1234567890abcdef"],
    "locations": [
        ("s3://acme-data-prod-finance/finance/*", f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader")
    ],
    "grants": [("s3://acme-data-prod-finance/finance/eu/*", "READ")],
    "access points": [("acme-finance", [REGION, CONTROL_REGION])],
}
CLEAN_BY_SDK = {
    CLASSIC: {**CLEAN, "roles": {"finance-reader": ["finance-list", "objects"]}, "shares": ["access-grants"]},
    NATIVE: {**CLEAN, "roles": {"finance-reader": ["finance-list", "objects", "versions"]}, "shares": []},
}
DRIFTED = {"AGL-14": "live"}
"""By rule, the lookup that shows what somebody changed at AWS behind the program's back."""


@pytest.mark.parametrize("sdk", BOTH)
def test_a_clean_estate_is_made_kept_changed_and_removed(estate: Project, sdk: Sdk) -> None:
    """Everything that a good program declares goes through the gate, exists at AWS, and stays as it is."""
    estate.program(sdk.program("clean"))

    planned = estate.pulumi("preview", *sdk.config)
    assert planned.code == 0, planned.text
    assert found(planned, "FAIL", "ERROR") == {}

    made = estate.pulumi("up")
    assert made.code == 0, made.text
    assert found(made, "FAIL", "UNKNOWN", "ERROR") == {}
    assert held(estate.aws) == CLEAN_BY_SDK[sdk]
    opened = client(estate.aws, "s3control", CONTROL_REGION).get_multi_region_access_point_policy_status(
        AccountId=ACCOUNT, Name="acme-finance"
    )
    assert opened["Established"] == {"IsPublic": False}

    again = estate.pulumi("preview", "--refresh", "--expect-no-changes")
    assert again.code == 0, again.text
    assert found(again, "FAIL", "UNKNOWN", "ERROR") == {}

    control = client(estate.aws, "s3control")
    location = control.list_access_grants_locations(AccountId=ACCOUNT)["AccessGrantsLocationsList"][0]
    control.update_access_grants_location(
        AccountId=ACCOUNT,
        AccessGrantsLocationId=location["AccessGrantsLocationId"],
        IAMRoleArn=location["IAMRoleArn"].replace("finance-reader", "finance-writer"),
    )
    # Only `up` can tell: policies see nothing of the last time, so in a preview it may be a change that is planned.
    assert found(estate.pulumi("up"), "FAIL", "ERROR") == DRIFTED

    other = sdk.program("clean").replace(
        '"s3://acme-data-prod-finance/finance/*"', '"s3://acme-data-prod-finance/tax/*"'
    )
    estate.program(other.replace("ssoins-1234567890abcdef", "ssoins-fedcba0987654321"))
    ops = estate.pulumi("preview").ops()
    # A scope cannot be changed, and a grant not be moved; what an instance is tied to can. The lookup is of another id.
    assert {name for name, op in ops.items() if "replace" in op} == {"location", "grant", "live"}
    assert ops["instance"] == "update"

    removed = estate.pulumi("destroy")
    assert removed.code == 0, removed.text
    assert held(estate.aws) == NOTHING


# --- every rule broken once -------------------------------------------------------------------------------------------

BROKEN = {
    "AGG-01": "to-a-user",
    "AGG-02": "writing",
    "AGI-01": "instance",
    "AGI-03": "instance",
    "AGL-01": "everything",
    "AGL-02": "unreadable",
    "AGL-03": "everything foreign leaky stranger",
    "AGL-04": "leaky",
    "AGL-05": "everything leaky",
    "AGL-06": "overlapping",
    "AGL-07": "elsewhere",
    "AGL-08": "untagged",
    "AGL-09": "stranger user",
    "AGL-10": "user",
    "AGL-11": "other-team stranger unreadable user",
    "AGL-12": "admin user",
    "AGL-13": "shared sharing user",
    "AGR-01": "open",
    "AGR-02": "mute",
    "AGR-03": "open unbound",
    "AGR-04": "misspelt",
    "AGR-05": "wide",
    "AGR-06": "unheard user",
    "MRP-01": "unblocked",
    "MRP-02": "borrowed",
    "MRP-03": "public",
    "MRP-04": "misnamed",
    "MRP-06": "crowded",
}
"""By rule, the resources of the `broken` programs that break it; one resource may well break several."""
BROKEN_IN_CLASSIC = {
    **BROKEN,
    # The native provider has no types for these.
    "AGP-01": "opened",
    "AGP-02": "share shared-with-stranger",
    "MRP-05": "all-passive",
}
BROKEN_BY_SDK = {CLASSIC: BROKEN_IN_CLASSIC, NATIVE: BROKEN}


@pytest.mark.parametrize("sdk", BOTH)
def test_every_rule_finds_what_breaks_it_and_nothing_else(estate: Project, sdk: Sdk) -> None:
    """In one preview each fault is found where it is, by the rules that are about it and by no other."""
    estate.program(sdk.program("broken"))

    ran = estate.pulumi("preview", *sdk.config)

    assert ran.code != 0
    assert found(ran, "FAIL") == BROKEN_BY_SDK[sdk]
    assert found(ran, "ERROR") == {}


# --- everything computed ----------------------------------------------------------------------------------------------

COMPUTED = {
    "AGG-01": "grant",
    "AGG-02": "grant",
    "AGI-01": "instance",
    "AGL-01": "location",
    "AGL-02": "location",
    "AGL-03": "location",
    "AGL-04": "location",
    "AGL-05": "location",
    "AGL-06": "location",
    # The engine says which buckets a property is made of, and the program which Regions those are in: what is made of
    # them may name others all the same.
    "AGL-07": "location",
    "AGL-08": "instance location",
    "AGL-09": "location",
    "AGL-10": "location",
    "AGL-11": "location",
    "AGL-12": "location",
    "AGL-13": "location",
    "AGR-01": "reader",
    "AGR-02": "reader",
    "AGR-03": "reader",
    "AGR-04": "reader",
    "AGR-05": "reader",
    "AGR-06": "location",
    "MRP-01": "point",
    "MRP-02": "point",
    "MRP-03": "point-policy",
    "MRP-04": "point",
    "MRP-06": "point",
}
"""By rule, the resources of the `computed` programs that a preview cannot judge and `up` finds good."""
COMPUTED_BY_SDK = {
    CLASSIC: {
        **COMPUTED,
        "AGP-01": "opened",
        "AGP-02": "share shared-with-dev",
        "MRP-05": "point-routes",
    },
    NATIVE: COMPUTED,
}
KNOWN = {"AGI-03": "grant instance location"}
"""By rule, what a preview can tell all the same: how many locations and grants there are, whatever they say."""
STOPPED = {
    "AGL-03": "broken",
    "AGL-04": "broken",
    "AGL-05": "broken",
    "AGL-11": "broken",
    "AGL-12": "broken",
}
"""By rule, the location that only `up` can find wrong."""


@pytest.mark.parametrize("sdk", BOTH)
def test_what_a_preview_cannot_know_passes_nothing_and_is_judged_before_it_is_made(estate: Project, sdk: Sdk) -> None:
    """A preview calls unknown what it cannot know; `up` judges the values and makes nothing that is wrong."""
    estate.program(sdk.program("computed"))

    planned = estate.pulumi("preview", *sdk.config)
    assert planned.code == 0, planned.text
    assert found(planned, "UNKNOWN") == COMPUTED_BY_SDK[sdk]
    assert found(planned, "PASS") == KNOWN
    assert found(planned, "FAIL", "ERROR") == {}

    made = estate.pulumi("up")
    assert made.code == 0, made.text
    assert found(made, "PASS") == {**COMPUTED_BY_SDK[sdk], **KNOWN}
    assert found(made, "FAIL", "UNKNOWN", "ERROR") == {}

    stopped = estate.pulumi("up", "--config", "broken=true")
    assert stopped.code != 0
    assert found(stopped, "FAIL") == STOPPED
    assert "broken" not in estate.resources()
    assert [scope for scope, _ in held(estate.aws)["locations"]] == ["s3://acme-data-prod-people/people/*"]


def test_every_rule_is_in_the_tables() -> None:
    """No rule is without a real program that breaks it and one that it cannot know, but those about lookups alone."""
    rules = {rule.id for rule in RULES} - OF_LOOKUPS
    assert rules == BROKEN_IN_CLASSIC.keys() | DRIFTED.keys()
    assert rules == COMPUTED_BY_SDK[CLASSIC].keys() | KNOWN.keys() | DRIFTED.keys()
