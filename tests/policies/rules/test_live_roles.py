"""AGR-05 and AGR-06 on roles that are looked up, declared, or both: what is, and what will be."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION, LOCATION_ROLE, LOCATIONS
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules import agr05_permissions_within_scope, agr06_location_role_trusted
from grantgate_policies.rulesfile import PATTERN_CHECKS

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT, OTHER = "111122223333", "444455556666"
ARN = f"arn:aws:iam::{ACCOUNT}:role/finance"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
SERVICE = "access-grants.s3.amazonaws.com"
DECLARED, ROLE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation", "aws:iam/role:Role"
ROLE_POLICY, ATTACHMENT = "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/listing"
FULL = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
FOLDER = "arn:aws:s3:::acme-data/finance/*"
BOTH = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}, "ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE}}
RULES = (agr05_permissions_within_scope.RULE, agr06_location_role_trusted.RULE)
PERMISSIONS, TRUST = (rule.id for rule in RULES)


def a(kind: str, name: str, /, props: Mapping[str, Any], **members: Any) -> Resource:
    shown = {key: value for key, value in props.items() if value is not None}
    return Resource(f"urn:pulumi:prod::data::{kind}::{name}", kind, name, shown, **members)


def a_policy(*resources: str) -> str:
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [*resources], "Condition": BOTH}
    return json.dumps({"Statement": [allowed] if resources else []})


def a_trust(service: str = SERVICE) -> str:
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    return json.dumps({"Statement": {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}})


GOOD, BAD = a_trust(), a_trust("lambda.amazonaws.com")
WITHIN, BEYOND = a_policy(FOLDER), a_policy("arn:aws:s3:::acme-data/hr/*")


def live(name: str = "live", /, **props: Any) -> Resource:
    known = {
        "lookup": "performed",
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "iamRoleArn": ARN,
        "arn": ARN,
        "roleName": "finance",
        "path": "/",
        "assumeRolePolicy": GOOD,
        "inlinePolicies": [],
        "managedPolicies": [],
    }
    return a(LOCATION_ROLE.type, name, {**known, **props})


def declared(name: str = "declared", /, **props: Any) -> Resource:
    return a(ROLE, name, {"arn": ARN, "name": "finance", "assumeRolePolicy": GOOD, **props})


def inline(policy: Any) -> dict[str, Any]:
    return {"inlinePolicies": [{"name": "reading", "policy": policy}]}


def managed(policy: Any, arn: str = MANAGED) -> dict[str, Any]:
    return {"managedPolicies": [{"policyArn": arn, "name": "listing", "policy": policy}]}


PLACE: dict[str, Any] = {
    "accountId": ACCOUNT,
    "region": "eu-west-1",
    "locationScope": "s3://acme-data/finance/*",
    "iamRoleArn": ARN,
}
LOCATED = a(DECLARED, "finance", PLACE)


def judged(*resources: Resource, **own: Any) -> dict[tuple[str, str], Finding]:
    accounts = {ACCOUNT: {"name": "prod"}, OTHER: {"name": "dev"}}
    organization = {"name": "acme", "accounts": accounts, "regions": ["eu-west-1"]}
    content = {"version": 1, "organization": organization, "rules": {RULES[0].name: own}}
    book = parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)
    found = Judge(book, "prod", dt.date(2026, 11, 20), rules=RULES).stack_findings(resources)
    return {(one.rule.id, one.name): one for one in found}


# --- trust ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "outcome", "message"),
    [
        pytest.param([live()], Outcome.PASS, "", id="right as it is"),
        pytest.param(
            [live(assumeRolePolicy=BAD)], Outcome.FAIL, f"role 'live' does not let {SERVICE}", id="wrong as it is"
        ),
        pytest.param([live(), declared()], Outcome.PASS, "", id="right as it is and will be"),
        pytest.param(
            [live(assumeRolePolicy=BAD), declared()],
            Outcome.FAIL,
            f"role 'live' does not let {SERVICE}",
            id="wrong as it is, right as it will be",
        ),
        pytest.param(
            [live(), declared(assumeRolePolicy=BAD)],
            Outcome.FAIL,
            f"role 'declared' does not let {SERVICE}",
            id="right as it is, wrong as it will be",
        ),
        pytest.param(
            [live(), declared(assumeRolePolicy=UNKNOWN)],
            Outcome.UNKNOWN,
            "the trust policy of role 'declared' is not known in this preview",
            id="right as it is, not known as it will be",
        ),
        pytest.param(
            [live(assumeRolePolicy=BAD), declared(assumeRolePolicy=UNKNOWN)],
            Outcome.FAIL,
            f"role 'live' does not let {SERVICE}",
            id="wrong as it is, not known as it will be",
        ),
        pytest.param(
            [live(lookup="pending", arn=UNKNOWN, assumeRolePolicy=UNKNOWN), declared()],
            Outcome.UNKNOWN,
            "the trust policy of role 'live' is not known in this preview",
            id="not known as it is",
        ),
        pytest.param(
            [live(lookup="pending", arn=UNKNOWN, iamRoleArn=UNKNOWN, assumeRolePolicy=UNKNOWN), declared()],
            Outcome.PASS,
            "",
            id="a lookup that may be of any role",
        ),
        pytest.param(
            [live(lookup="failed", arn=None, assumeRolePolicy=None, inlinePolicies=None, managedPolicies=None)],
            Outcome.NOT_APPLICABLE,
            "the role is declared elsewhere",
            id="a lookup that failed",
        ),
        pytest.param(
            [live(assumeRolePolicy=None)],
            Outcome.UNKNOWN,
            "role 'live' is a lookup that holds no trust policy",
            id="a lookup without the trust policy",
        ),
        pytest.param([live(), live("again")], Outcome.PASS, "", id="looked up twice"),
        pytest.param(
            [live(), live("changed", assumeRolePolicy=BAD)],
            Outcome.FAIL,
            f"role 'changed' does not let {SERVICE}",
            id="looked up twice, and changed meanwhile",
        ),
        pytest.param(
            [live(), declared(arn=UNKNOWN, name=UNKNOWN)],
            Outcome.PASS,
            "",
            id="right as it is, and as what may be its declaration will leave it",
        ),
        pytest.param(
            [live(), declared(arn=UNKNOWN, name=UNKNOWN, assumeRolePolicy=BAD)],
            Outcome.UNKNOWN,
            "it is not known in this preview whether the location's role is declared as 'declared'; as it was looked "
            "up, its trust is right",
            id="right as it is, and what may be its declaration is wrong",
        ),
        pytest.param(
            [live(assumeRolePolicy=BAD), declared(arn=UNKNOWN, name=UNKNOWN)],
            Outcome.FAIL,
            f"role 'live' does not let {SERVICE}",
            id="wrong as it is, whatever it may be",
        ),
        pytest.param(
            [live(), *(declared(f"d{n}", arn=UNKNOWN, name=UNKNOWN) for n in range(9))],
            Outcome.UNKNOWN,
            "declared as 'd0', 'd1', 'd2'; as it was looked up",
            id="very many that may be its declaration",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["declared", "looked up", "listed"])
def test_trust(kind: str, roles: list[Resource], outcome: Outcome, message: str) -> None:
    """A location's role must be right as it is and as this update will leave it; what is not known does not pass."""
    location = {
        "declared": LOCATED,
        "looked up": a(LOCATION.type, "finance", PLACE),
        "listed": a(LOCATIONS.type, "all", {**PLACE, "locations": [{**PLACE, "accessGrantsLocationId": "1"}]}),
    }[kind]
    name = "all[1]" if kind == "listed" else "finance"

    found = judged(location, *roles)[TRUST, name]

    assert found.outcome is outcome
    assert message in found.message
    assert judged(*reversed([location, *roles]))[TRUST, name].outcome is outcome


# --- permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resources", "outcome", "message"),
    [
        pytest.param([live(**inline(WITHIN))], Outcome.PASS, "", id="an inline policy within"),
        pytest.param(
            [live(**inline(BEYOND))],
            Outcome.FAIL,
            "inline policy 'reading', statement 1: resource 'arn:aws:s3:::acme-data/hr/*' reaches beyond",
            id="an inline policy beyond",
        ),
        pytest.param([live(**managed(WITHIN))], Outcome.PASS, "", id="a managed policy within"),
        pytest.param(
            [live(**managed(BEYOND))],
            Outcome.FAIL,
            "managed policy 'listing', statement 1: resource 'arn:aws:s3:::acme-data/hr/*' reaches beyond",
            id="a managed policy beyond",
        ),
        pytest.param(
            [live(**managed(WITHIN, FULL))],
            Outcome.FAIL,
            "managed policy 'AmazonS3FullAccess' allows more than",
            id="a wide policy of AWS, whatever was read",
        ),
        pytest.param(
            [live()], Outcome.NOT_APPLICABLE, "no policy of the role in this stack", id="no policy, and nothing to hold"
        ),
        pytest.param(
            [live(inlinePolicies=UNKNOWN)], Outcome.UNKNOWN, "inlinePolicies is not known in this preview", id="unknown"
        ),
        pytest.param(
            [live(inlinePolicies=None)], Outcome.UNKNOWN, "the lookup holds no inlinePolicies", id="nothing heard"
        ),
        pytest.param(
            [live(managedPolicies="x")],
            Outcome.FAIL,
            "the value of managedPolicies is a text, not a policy",
            id="policies that are text",
        ),
        pytest.param([live(arn=7, iamRoleArn=7)], Outcome.FAIL, "arn is a number, not text", id="an ARN that is none"),
        pytest.param(
            [live(arn=UNKNOWN, iamRoleArn=UNKNOWN)], Outcome.UNKNOWN, "arn is not known in this preview", id="no ARN"
        ),
        pytest.param(
            [live(**inline(WITHIN)), a(ROLE_POLICY, "wide", {"role": "finance", "policy": BEYOND})],
            Outcome.FAIL,
            "the policy of resource 'wide', statement 1",
            id="a policy that this update adds to it",
        ),
        pytest.param(
            [live(**inline(WITHIN)), declared(), a(ROLE_POLICY, "wide", {"role": "finance", "policy": BEYOND})],
            Outcome.PASS,
            "",
            id="a policy that this update adds to its declaration",
        ),
    ],
)  # fmt: skip
def test_permissions_as_they_are(resources: list[Resource], outcome: Outcome, message: str) -> None:
    """A role that is looked up is held to its locations by its own policies, and by those that will be added."""
    found = judged(LOCATED, *resources)[PERMISSIONS, "live"]

    assert found.outcome is outcome
    assert message in found.message
    assert outcome is not Outcome.FAIL or found.field in {"inlinePolicies", "managedPolicies", "policy", "arn"}


@pytest.mark.parametrize(
    ("own", "outcome"),
    [
        pytest.param({"trustedPolicies": [f"arn:aws:iam::{ACCOUNT}:policy/*"]}, Outcome.PASS, id="trusted"),
        pytest.param({"trustedPolicies": [f"arn:aws:iam::{OTHER}:policy/*"]}, Outcome.FAIL, id="another is trusted"),
        pytest.param({}, Outcome.FAIL, id="none is trusted"),
    ],
)
def test_policies_that_are_trusted(own: dict[str, Any], outcome: Outcome) -> None:
    """A policy that the rules file trusts is not read, whether a lookup shows it or not."""
    assert judged(LOCATED, live(**managed(BEYOND)), **own)[PERMISSIONS, "live"].outcome is outcome
    attached = a(ATTACHMENT, "t", {"role": "finance", "policyArn": MANAGED})
    found = judged(LOCATED, declared(), attached, live("other", arn=f"{ARN}-2", **managed(BEYOND)), **own)
    assert found[PERMISSIONS, "declared"].outcome is outcome


def test_each_is_judged_by_what_it_has() -> None:
    """What somebody added by hand breaks the lookup, and the declaration passes by what it will be."""
    found = judged(LOCATED, live(**inline(BEYOND)), declared(**inline(WITHIN)))

    assert found[PERMISSIONS, "live"].outcome is Outcome.FAIL
    assert found[PERMISSIONS, "declared"].outcome is Outcome.PASS


def test_many_lookups_of_one_role() -> None:
    """Each has the outcome of the first, with every scope that the role serves."""
    other = a(LOCATIONS.type, "all", {**PLACE, "locations": [{**PLACE, "locationScope": "s3://acme-data/hr/*"}]})
    found = judged(LOCATED, other, *(live(f"live-{n}", **inline(BEYOND)) for n in range(12)))
    alone = judged(LOCATED, *(live(f"live-{n}", **inline(BEYOND)) for n in range(12)))

    assert {found[PERMISSIONS, f"live-{n}"].outcome for n in range(12)} == {Outcome.PASS}
    assert {alone[PERMISSIONS, f"live-{n}"].outcome for n in range(12)} == {Outcome.FAIL}
    assert found[TRUST, "finance"].outcome is Outcome.PASS


def test_what_waits_for_a_lookup_is_named() -> None:
    """A role that serves nothing for certain is undecided beside a list that is not known."""
    waiting = a(LOCATIONS.type, "all", {"lookup": "pending", "locations": UNKNOWN})
    other = a(LOCATION.type, "one", {"lookup": "pending", "iamRoleArn": UNKNOWN})
    found = judged(live(), waiting, other, declared())

    assert found[PERMISSIONS, "live"].message == (
        "it is not known in this preview whether the role serves what 'one', 'all' looks up"
    )
    assert found[PERMISSIONS, "declared"].outcome is Outcome.NOT_APPLICABLE
    assert judged(live(assumeRolePolicy=BAD), waiting)[PERMISSIONS, "live"].outcome is Outcome.NOT_APPLICABLE


def test_locations_of_a_list_are_named() -> None:
    """Messages name the entry, not the list."""
    listed = [{**PLACE, "accessGrantsLocationId": "1", "locationScope": UNKNOWN}]
    found = judged(a(LOCATIONS.type, "all", {**PLACE, "locations": listed}), live(**inline(BEYOND)))

    assert "the scope of location 'all[1]' is not known in this preview" in found[PERMISSIONS, "live"].message
