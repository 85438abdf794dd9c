"""Every account and Region of an organization: what has nothing, what could not be read, and what the report says."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
PROD, DEV, LOGS = "111122223333", "444455556666", "777788889999"
ACCOUNTS = {PROD: "prod", DEV: "dev", LOGS: "logs"}
REGIONS = ("eu-west-1", "us-east-1", "us-west-2")
EMPTY = "us-west-2"
READS = ("GetAccessGrantsInstance", "ListAccessGrantsLocations", "ListAccessGrants")
POLICY = "GetAccessGrantsInstanceResourcePolicy"
RULES = f"""
version: 1
organization:
  name: acme
  accounts: {json.dumps({account: {"name": name} for account, name in ACCOUNTS.items()})}
  regions: {json.dumps(REGIONS)}
"""
ESTATE: dict[str, Any] = {
    "rules": "rules.yaml",
    "assumeRole": "arn:{partition}:iam::{account.id}:role/gate-reader",
}


def place(account: str, region: str) -> dict[str, Any]:
    """Give an instance with one location that no rule complains about."""
    name = ACCOUNTS[account]
    bucket = f"acme-{name}-{region}-finance"
    location = {
        "id": f"{name}-{region}",
        "scope": f"s3://{bucket}/finance/*",
        "roleArn": f"arn:aws:iam::{account}:role/access-grants/finance-reader",
    }
    return {"instance": {}, "buckets": [bucket], "locations": [location]}


@pytest.fixture
def estate(project: Project) -> Project:
    """Give the root program in an organization of three accounts and Regions, of which one Region is empty."""
    shutil.copy(ROOT / "__main__.py", project.folder / "__main__.py")
    project.write_rules(RULES)
    regions = [region for region in REGIONS if region != EMPTY]
    accounts = {account: {"regions": {region: place(account, region) for region in regions}} for account in ACCOUNTS}
    project.aws.seed({"defaultAccount": PROD, "accounts": accounts})
    return project


def configure(project: Project, **keys: Any) -> None:
    """Write the stack's configuration; JSON is YAML."""
    config = {f"grantgate:{key}": value for key, value in keys.items()}
    (project.folder / "Pulumi.prod.yaml").write_text(json.dumps({"config": config}))


def gate(project: Project, *, format_: str = "json", rules: str | None = None) -> Any:
    """Run the gate as a user does."""
    named = ("--rules", rules) if rules else ()
    command = (sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(ROOT / "policies"))
    return project.run(*command, "--format", format_, *named, "--", "--stack", "prod")


def calls(project: Project) -> Counter[str]:
    return Counter(str(call["operation"]) for call in project.aws.journal())


def test_an_estate_that_can_be_read_is_green(estate: Project) -> None:
    """Each place is looked at once for each kind, each account with one role; an empty Region is an answer."""
    configure(estate, estate=ESTATE)

    done = gate(estate)

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert {item["name"] for item in report["lookups"]} == {
        f"{kind}-{account}-{region}"
        for kind in ("instance", "locations", "grants", "instance-policy")
        for account in ACCOUNTS
        for region in REGIONS
    }
    assert all(item["performed"] for item in report["lookups"])
    exists = {item["name"]: dict(item["values"])["instanceExists"] for item in report["lookups"]}
    assert {name for name, there in exists.items() if there == "false"} == {
        name for name in exists if name.endswith(EMPTY)
    }
    assert calls(estate) == {"AssumeRole": 3, **dict.fromkeys(READS, 9), POLICY: 9}


def test_the_program_shows_that_it_looked(estate: Project) -> None:
    """Its outputs count accounts, Regions, places and what is there; what is left out is told with its reason."""
    left_out = [{"account": LOGS, "regions": [EMPTY], "reason": "not enabled"}]
    configure(estate, estate={**ESTATE, "lookups": ["instance", "allLocations"], "except": left_out})

    ran = estate.pulumi("up")

    assert ran.code == 0, ran.text
    outputs = estate.run("pulumi", "stack", "output", "--json", "--stack", "prod")
    assert json.loads(outputs.stdout) == {
        "lookups": 16,
        "estate": {"accounts": 3, "regions": 3, "places": 8, "placesWithInstance": 6, "locations": 6},
    }
    assert f"grantgate does not look at account {LOGS} in Region {EMPTY}: not enabled" in ran.text
    again = estate.pulumi("preview")
    assert set(again.ops().values()) == {"same"}, again.ops()


DENIED_ROLE = {"operation": "AssumeRole", "kind": "access-denied", "match": DEV}
DENIED_LIST = {"operation": READS[1], "kind": "access-denied", "account": LOGS, "region": "us-east-1"}


@pytest.mark.parametrize(
    ("fault", "unread", "told"),
    [
        pytest.param(
            DENIED_ROLE,
            {f"{kind}-{DEV}-{region}" for kind in ("instance", "locations") for region in REGIONS},
            f"AssumeRole of 'arn:aws:iam::{DEV}:role/gate-reader': denied",
            id="an account whose role may not be assumed",
        ),
        pytest.param(
            DENIED_LIST,
            {f"locations-{LOGS}-us-east-1"},
            f"ListAccessGrantsLocations in account {LOGS}, Region us-east-1: denied",
            id="a Region where listing is denied",
        ),
    ],
)
def test_what_cannot_be_read_is_red_and_what_has_nothing_is_not(
    estate: Project, fault: dict[str, Any], unread: set[str], told: str
) -> None:
    """
    The place, the call and what to do are told, and no other place; a Region without an instance is none of them.

    The engine ends a preview at the first resource whose check failed: what comes after it was not looked at, and
    nothing says that it was.
    """
    configure(estate, estate={**ESTATE, "lookups": ["instance", "allLocations"]})
    estate.aws.set_faults([fault])

    done = gate(estate)

    assert done.returncode == 4, done.stdout + done.stderr
    report = json.loads(done.stdout)
    problems = {one["about"]: one for one in report["problems"] if one.get("about")}
    assert problems
    assert set(problems) <= unread
    for problem in problems.values():
        assert told in problem["what"]
        assert "leaves a place out under `except`" in problem["remedy"]
    judged = [one for one in report["findings"] if one["ruleId"] == "LKP-01"]
    assert {one["resource"]["name"] for one in judged if one["outcome"] == "FAIL"} == set(problems)
    passed = {one["resource"]["name"] for one in judged if one["outcome"] == "PASS"}
    performed = {item["name"] for item in report["lookups"] if item["performed"]}
    assert passed == performed
    assert performed.isdisjoint(unread)


def test_a_run_without_the_gate_tells_them_apart_as_well(estate: Project) -> None:
    """With plain `pulumi` the error stands at the resource, and what was read before it says what there is."""
    configure(estate, estate={**ESTATE, "lookups": ["allLocations"]})
    estate.aws.set_faults([{**DENIED_LIST, "region": "us-west-2"}])

    ran = estate.pulumi("preview", "--parallel", "1")

    assert ran.code != 0
    assert f"resource 'locations-{LOGS}-us-west-2': property accountId " in ran.error()
    assert ran.inputs(f"locations-{PROD}-{EMPTY}")["instanceExists"] is False
    assert ran.inputs(f"locations-{PROD}-eu-west-1")["instanceExists"] is True
    assert ran.outcome("LKP-01", f"locations-{LOGS}-us-west-2") == {"FAIL"}


def test_a_location_that_breaks_a_rule_is_found_anywhere(estate: Project) -> None:
    """Each item of a list is judged by the rules, in the account and Region where it is."""
    content = place(DEV, "us-east-1")
    content["locations"][0]["roleArn"] = f"arn:aws:iam::{DEV}:role/DataAdmin"
    accounts = {account: {"regions": {"us-east-1": place(account, "us-east-1")}} for account in ACCOUNTS}
    accounts[DEV] = {"regions": {"us-east-1": content}}
    estate.aws.seed({"defaultAccount": PROD, "accounts": accounts})
    configure(estate, estate={**ESTATE, "lookups": ["allLocations"]})

    done = gate(estate)

    assert done.returncode == 1, done.stdout + done.stderr
    failed = [
        one for one in json.loads(done.stdout)["findings"] if one["outcome"] == "FAIL" and one["ruleId"] == "AGL-12"
    ]
    assert [(one["resource"]["name"], one["resource"]["item"]) for one in failed] == [
        (f"locations-{DEV}-us-east-1", "dev-us-east-1")
    ]


def test_a_list_of_what_to_look_up(estate: Project) -> None:
    """Every kind can stand in the list beside the matrix; names say what, where and by which filter."""
    reader = f"arn:aws:iam::{PROD}:role/gate-reader"
    trust = {"Version": "2012-10-17", "Statement": []}
    point = {"name": "acme-global", "regions": [{"bucket": "acme-x", "region": "eu-west-1"}]}
    content = {
        "regions": {"eu-west-1": place(PROD, "eu-west-1"), "us-east-1": {"instance": {}}},
        "roles": [{"name": "finance-reader", "path": "/access-grants/", "trust": trust}],
        "multiRegionAccessPoints": [point],
    }
    estate.aws.seed({"defaultAccount": PROD, "accounts": {PROD: content}})
    site = {
        "account": PROD,
        "region": "eu-west-1",
        "instance": True,
        "allLocations": True,
        "grants": {"permission": "READ", "granteeType": "IAM"},
        "instancePolicy": True,
        "locations": ["prod-eu-west-1"],
        "accessPoints": ["acme-global"],
        "roles": [f"arn:aws:iam::{PROD}:role/access-grants/finance-reader"],
    }
    configure(estate, lookups=[site, {"account": PROD, "region": "us-east-1", "assumeRoleArn": reader, "grants": True}])

    ran = estate.pulumi("preview", pack=False)

    assert ran.code == 0, ran.text
    where = f"{PROD}-eu-west-1"
    names = {
        f"instance-{where}": {"instanceExists": True},
        f"locations-{where}": {"instanceExists": True},
        f"grants-{where}-granteeType=IAM,permission=READ": {"granteeType": "IAM", "permission": "READ", "grants": []},
        f"instance-policy-{where}": {"policyExists": False},
        f"location-{where}-prod-eu-west-1": {"accessGrantsLocationId": "prod-eu-west-1"},
        f"access-point-{PROD}-acme-global": {"status": "READY", "region": "us-west-2"},
        f"role-{PROD}-access-grants/finance-reader": {"roleName": "finance-reader"},
        f"grants-{PROD}-us-east-1": {"instanceExists": True, "assumeRoleArn": reader},
    }
    for name, values in names.items():
        seen = ran.inputs(name)
        assert seen["lookup"] == "performed", name
        assert {key: seen[key] for key in values} == values, name
    assert len(ran.ops()) == len(names) + 2  # the stack and the provider


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("instance", "GetAccessGrantsInstance"),
        ("allLocations", "ListAccessGrantsLocations"),
        ("grants", "ListAccessGrants"),
        ("instancePolicy", "GetAccessGrantsInstanceResourcePolicy"),
    ],
)
def test_a_place_that_is_asked_for_by_name_must_have_an_instance(estate: Project, key: str, call: str) -> None:
    """In the matrix no instance is an answer; in the list it is a failure, for somebody said that there is one."""
    configure(estate, lookups=[{"account": PROD, "region": EMPTY, key: True}])

    ran = estate.pulumi("preview", pack=False)

    assert ran.code != 0
    assert f"{call} in account {PROD}, Region {EMPTY}: the account has no S3 Access Grants" in ran.text


@pytest.mark.parametrize(
    ("keys", "rules", "told"),
    [
        pytest.param(
            {"estate": {**ESTATE, "rules": "other.yaml"}},
            None,
            "grantgate:estate.rules: 'other.yaml' is another file than GRANTGATE_RULES names, ",
            id="another rules file than the pack's",
        ),
        pytest.param(
            {
                "estate": {**ESTATE, "assumeRole": "arn:aws:iam::{account}:role/x"},
                "lookups": [{"locatons": ["default"]}],
            },
            None,
            "grantgate:estate.assumeRole: {account} stands for nothing here (did you mean 'account.id'?)\n"
            "grantgate:lookups[0].locatons: no such key (did you mean 'locations'?)",
            id="both keys",
        ),
        pytest.param(
            {"estate": ESTATE, "lookups": [{"account": PROD, "region": "eu-west-1", "allLocations": True}]},
            None,
            "grantgate:lookups[0].allLocations: is looked up already by grantgate:estate",
            id="the same twice",
        ),
        pytest.param(
            {"estate": ESTATE},
            RULES.replace(f"regions: {json.dumps(REGIONS)}", ""),
            "organization.regions: not given; without a list of Regions nobody can say where to look",
            id="no Regions",
        ),
    ],
)
def test_a_configuration_that_cannot_be_used(
    estate: Project, keys: dict[str, Any], rules: str | None, told: str
) -> None:
    """Every fault is told in a line of its own, nothing is asked, and the exit code is that of a wrong usage."""
    (estate.folder / "other.yaml").write_text(RULES)
    if rules:
        estate.write_rules(rules)
    configure(estate, **keys)

    done = gate(estate)

    assert done.returncode == 2, done.stdout + done.stderr
    whats = [one["what"] for one in json.loads(done.stdout)["problems"]]
    for line in told.splitlines():
        assert any(line in what for what in whats), whats
    assert "Traceback" not in done.stdout + done.stderr
    assert calls(estate) == {}


def test_the_rules_of_the_command_line_are_the_estate_s(estate: Project) -> None:
    """`--rules` says where the pack reads, and so which organization is looked at; configuration need not repeat it."""
    estate.environment["GRANTGATE_RULES"] = ""
    other = estate.folder / "other.yaml"
    other.write_text(RULES.replace(json.dumps(REGIONS), '["us-west-2"]'))
    configure(
        estate, estate={key: value for key, value in ESTATE.items() if key != "rules"} | {"lookups": ["instance"]}
    )

    done = gate(estate, rules=str(other))

    assert done.returncode == 0, done.stdout + done.stderr
    assert {item["name"] for item in json.loads(done.stdout)["lookups"]} == {
        f"instance-{account}-us-west-2" for account in ACCOUNTS
    }


def test_an_estate_of_nothing_says_so(estate: Project) -> None:
    """No place has an instance: that is green, for it may be so, and it is told, for the places may be wrong."""
    estate.aws.seed({"defaultAccount": PROD, "accounts": {account: {"regions": {}} for account in ACCOUNTS}})
    configure(estate, estate={**ESTATE, "lookups": ["instance", "grants"]})

    done = gate(estate)

    assert done.returncode == 0, done.stdout + done.stderr
    told = "nothing of S3 Access Grants was found at 9 places, none of which has an instance: "
    named = ", ".join(f"{account} in {region}" for account in (PROD, DEV) for region in REGIONS)
    assert f"{told}{named}, and 3 more" in json.loads(done.stdout)["notices"]


def test_a_filter_that_finds_nothing_says_so(estate: Project) -> None:
    """Rules had nothing to judge, which is green, and may be a slip of the pen."""
    where = {"account": PROD, "region": "eu-west-1"}
    configure(estate, lookups=[{**where, "grants": {"permission": "WRITE"}, "allLocations": True}])

    done = gate(estate)

    assert done.returncode == 0, done.stdout + done.stderr
    assert [one for one in json.loads(done.stdout)["notices"] if one.startswith("nothing of")] == [
        f"nothing of AccessGrants with permission 'WRITE' was found at 1 place: {PROD} in eu-west-1"
    ]


def test_without_the_variable_nobody_knows_whether_the_files_are_one(estate: Project) -> None:
    """With plain `pulumi` the pack reads the rules file beside it, and the program says that it cannot compare."""
    configure(estate, estate={**ESTATE, "lookups": ["instance"]})
    told = "grantgate looks at the accounts and Regions of 'rules.yaml'; GRANTGATE_RULES is not set, so nothing says"

    unset = estate.pulumi("preview", GRANTGATE_RULES="")
    named = estate.pulumi("preview")

    assert (unset.code, named.code) == (0, 0), unset.text + named.text
    assert told in unset.text
    assert told not in named.text


def test_what_is_left_out_stands_in_the_report(estate: Project) -> None:
    """Whoever reviews the pull request sees what the gate does not look at, and why."""
    left_out = [{"account": LOGS, "reason": "closed"}]
    configure(estate, estate={**ESTATE, "lookups": ["instance"], "except": left_out})

    done = gate(estate)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"grantgate does not look at account {LOGS}: closed" in json.loads(done.stdout)["notices"]


def test_a_location_of_two_lists_counts_once(estate: Project) -> None:
    """A list of one scope beside the list of all, and a list that is declared twice, hold the same locations."""
    estate.program(
        f"""
        import pulumi
        from grantgate import AccessGrantsLocation, AccessGrantsLocations
        from grantgate.estate import counts

        place = {{"account_id": "{PROD}", "region": "eu-west-1"}}
        lookups = [
            AccessGrantsLocations("all", **place),
            AccessGrantsLocations("finance", location_scope="s3://acme-prod-eu-west-1-finance/finance/*", **place),
            AccessGrantsLocations("again", **place),
            AccessGrantsLocations("elsewhere", account_id="{PROD}", region="us-east-1"),
            AccessGrantsLocation("one", "prod-eu-west-1", **place),
        ]
        pulumi.export("estate", counts(lookups))
        """
    )

    ran = estate.pulumi("up", pack=False)

    assert ran.code == 0, ran.text
    outputs = json.loads(estate.run("pulumi", "stack", "output", "--json", "--stack", "prod").stdout)
    assert outputs["estate"] == {"accounts": 1, "regions": 2, "places": 2, "placesWithInstance": 2, "locations": 2}


def test_a_program_may_declare_the_matrix_itself(estate: Project) -> None:
    """The helper takes the same arguments as configuration, and tells faults as configuration does."""
    estate.program(
        """
        import pulumi
        from grantgate.estate import counts, matrix

        lookups = matrix(
            assume_role="arn:aws:iam::{account.id}:role/gate-reader",
            lookups=["instance"],
            exceptions=[{"account": "LOGS", "reason": "archived"}, {"account": "PROD", "assumeRole": "caller"}],
        )
        pulumi.export("estate", counts(lookups))
        """.replace("LOGS", LOGS).replace("PROD", PROD)
    )

    ran = estate.pulumi("preview")

    assert ran.code == 0, ran.text
    places = {f"instance-{account}-{region}" for account in (PROD, DEV) for region in REGIONS}
    assert {name for name in ran.ops() if name.startswith("instance-")} == places
    assert calls(estate) == {"AssumeRole": 1, READS[0]: 6}
    wrong = estate.folder / "__main__.py"
    wrong.write_text(wrong.read_text().replace('["instance"]', '["instances"]'))
    refused = estate.pulumi("preview")
    assert refused.code != 0
    assert "matrix.lookups[0]: 'instances' is none of instance, allLocations, grants, instancePolicy" in refused.text
    assert "Traceback" not in refused.text
