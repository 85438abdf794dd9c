"""Rules about the whole stack call each thing of a list by its name, and know one location wherever it stands."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import GRANTS, LOCATION, LOCATIONS
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.standing import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT = "111122223333"
X, Y = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in "xy")
HERE = {"accountId": ACCOUNT, "region": "eu-west-1"}
DECLARED, BUCKET = "aws:s3control/accessGrantsLocation:AccessGrantsLocation", "aws:s3/bucket:Bucket"
GRANT = "aws:s3control/accessGrant:AccessGrant"
OURS = {"grant-write-protected": {"protected": ["s3://acme/archive/*"]}}


def a(kind: str, name: str, /, props: Mapping[str, Any], **members: Any) -> Resource:
    return Resource(f"urn:pulumi:prod::data::{kind}::{name}", kind, name, {**HERE, **props}, **members)


def at(scope: Any, role: Any = X, number: str = "1") -> dict[str, Any]:
    return {"accessGrantsLocationId": number, "locationScope": scope, "iamRoleArn": role}


def listed(*entries: Mapping[str, Any], name: str = "all", **props: Any) -> Resource:
    return a(LOCATIONS.type, name, {"lookup": "performed", "locations": list(entries), **props})


def judged(rule_id: str, *resources: Resource, preview: bool = False) -> dict[str, Finding]:
    rules = tuple(rule for rule in RULES if rule.id == rule_id)
    accounts = {ACCOUNT: {"name": "prod"}}
    settings = {name: own for name, own in OURS.items() if name == rules[0].name}
    content = {"version": 1, "organization": {"name": "acme", "accounts": accounts}, "rules": settings}
    book = parse(json.dumps(content), name="rules.json", rules=rules, pattern_checks=PATTERN_CHECKS)
    judge = Judge(book, "prod", dt.date(2026, 11, 20), rules=rules, moment=Moment(preview=preview))
    return {one.name: one for one in judge.stack_findings(resources)}


@pytest.mark.parametrize(
    ("rule", "resources", "name", "message"),
    [
        pytest.param(
            "AGL-06",
            [listed(at("s3://acme/a/*"), at("s3://acme/a/", number="2"))],
            "all[1]",
            "scope 's3://acme/a/*' is that of 'all[2]' too",
            id="twins in one list",
        ),
        pytest.param(
            "AGL-06",
            [listed(at("s3://acme/a/*"), at("s3://acme/a/b/*", Y, "2"))],
            "all[2]",
            "lies inside 's3://acme/a/*' of 'all[1]', and the closest scope wins",
            id="one inside another",
        ),
        pytest.param(
            "AGL-06",
            [listed(at("s3://acme/a/*")), a(DECLARED, "b", at("s3://acme/a/b/*", Y, "2"))],
            "b",
            "lies inside 's3://acme/a/*' of 'all[1]', and the closest scope wins",
            id="a declaration inside one of a list",
        ),
        pytest.param(
            "AGL-13",
            [listed(at("s3://acme/*"), at("s3://other/*", number="2"))],
            "all[1]",
            f"role '{X}' is that of 'all[2]' (s3://other/*) too, and one role serves one bucket",
            id="one role in two buckets",
        ),
        pytest.param(
            "AGL-14",
            [listed(at("s3://acme/*", Y)), a(DECLARED, "d", at("s3://acme/*"))],
            "all[1]",
            f"the live role is '{Y}', and 'd' declares '{X}'",
            id="another role than the declared one",
        ),
        pytest.param(
            "AGL-14",
            [listed(at("s3://acme/*", Y)), a(DECLARED, "d", {**at("s3://acme/*"), "accessGrantsLocationId": UNKNOWN})],
            "all[1]",
            f"the live role is '{Y}', and 'd' declares '{X}'",
            id="a declaration that only its scope tells",
        ),
        pytest.param(
            "AGL-07",
            [listed(at("s3://acme/*")), a(BUCKET, "acme", {"bucket": "acme", "region": "us-east-1"})],
            "all[1]",
            "the location is in Region 'eu-west-1', and its bucket 'acme' is in 'us-east-1'",
            id="a bucket elsewhere",
        ),
        pytest.param(
            "AGG-02",
            [listed(at("s3://acme/archive/*")), a(GRANT, "g", {"accessGrantsLocationId": "1", "permission": "WRITE"})],
            "g",
            "WRITE on 's3://acme/archive/*' reaches keys of the protected 's3://acme/archive/*'",
            id="a grant on a location of a list",
        ),
    ],
)
def test_what_is_told(rule: str, resources: list[Resource], name: str, message: str) -> None:
    """A thing of a list is named with the list."""
    found = judged(rule, *resources)

    assert found[name].outcome is Outcome.FAIL
    assert message in found[name].message


@pytest.mark.parametrize("rule", ["AGL-06", "AGL-13", "AGL-14"])
def test_one_location_in_three_resources(rule: str) -> None:
    """What is declared, looked up and listed is one location, and breaks nothing by being three resources."""
    entry = at("s3://acme/a/*")
    resources = [
        a(DECLARED, "d", entry),
        a(LOCATION.type, "l", {"lookup": "performed", **entry}),
        listed(entry),
        listed(entry, name="some", locationScope="s3://acme/a/*"),
    ]
    found = judged(rule, *resources)

    assert {one.outcome for one in found.values()} <= {Outcome.PASS, Outcome.NOT_APPLICABLE}


def test_a_preview_waits_for_what_changes_a_role() -> None:
    """Where the inputs before the update are not known, a list shows no drift for certain."""
    resources = [listed(at("s3://acme/*", Y)), a(DECLARED, "d", at("s3://acme/*"))]

    assert judged("AGL-14", *resources, preview=True)["all[1]"].outcome is Outcome.UNKNOWN
    planned = a(DECLARED, "d", at("s3://acme/*"), previous={**HERE, **at("s3://acme/*", Y)})
    assert judged("AGL-14", resources[0], planned, preview=True)["all[1]"].outcome is Outcome.PASS


def test_a_list_that_may_hold_what_is_declared() -> None:
    """A declaration whose list is not known yet has not been held against it."""
    waiting = listed(locations=UNKNOWN)

    found = judged("AGL-14", waiting, a(DECLARED, "d", at("s3://acme/*")))["all"]
    assert (found.outcome, found.field) == (Outcome.UNKNOWN, "locations")
    assert judged("AGL-14", waiting)["all"].outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("entries", "outcome", "message"),
    [
        pytest.param(
            [at("s3://acme/archive/*"), at("s3://acme/b/*", number="2")],
            Outcome.UNKNOWN,
            "it is made from 'all[1]', 'all[2]', and 's3://acme/archive/*' is protected",
            id="one of two",
        ),
        pytest.param(
            [at(f"s3://acme/{n}/*", number=f"{n}") for n in range(9)],
            Outcome.UNKNOWN,
            "it is made from 'all[0]', 'all[1]', 'all[2]' and 6 more, and",
            id="one of many",
        ),
        pytest.param(
            [at("s3://acme/archive/*")], Outcome.FAIL, "; accessGrantsLocationId is made from 'all[1]'", id="one"
        ),
    ],
)  # fmt: skip
def test_a_grant_that_is_made_from_a_list(entries: list[dict[str, Any]], outcome: Outcome, message: str) -> None:
    """Which location of several an id will be is not known: none of them breaks the grant."""
    source = listed(*entries)
    props = {"accessGrantsLocationId": UNKNOWN, "permission": "WRITE"}
    grant = a(GRANT, "g", props, made_from={"accessGrantsLocationId": (source.urn,)})
    found = judged("AGG-02", source, grant)["g"]

    assert found.outcome is outcome
    assert message in found.message


@pytest.mark.parametrize(
    ("region", "outcome"),
    [
        pytest.param("eu-west-1", Outcome.FAIL, id="here"),
        pytest.param("us-east-1", Outcome.UNKNOWN, id="elsewhere"),
        pytest.param(UNKNOWN, Outcome.FAIL, id="a Region that is not known"),
    ],
)
def test_a_grant_and_its_location_lie_in_one_place(region: Any, outcome: Outcome) -> None:
    """An id of another Region's list is another location's."""
    source = listed(at("s3://acme/archive/*"), region=region)
    grant = a(GRANT, "g", {"accessGrantsLocationId": "1", "permission": "WRITE"})

    assert judged("AGG-02", source, grant)["g"].outcome is outcome


def test_grants_of_a_list() -> None:
    """A grant that S3 holds is judged by the scope that S3 gave it."""
    entries = [
        {"accessGrantId": "g1", "permission": "READ", "grantScope": "s3://acme/archive/*"},
        {"accessGrantId": "g2", "permission": "WRITE", "grantScope": "s3://acme/archive/*"},
        {"accessGrantId": "g3", "permission": "WRITE", "grantScope": "s3://acme/b/*"},
        {"accessGrantId": "g4", "permission": "WRITE", "accessGrantsLocationId": "default"},
    ]
    found = judged("AGG-02", a(GRANTS.type, "granted", {"lookup": "performed", "grants": entries}))

    assert {name: one.outcome.value for name, one in found.items()} == {
        "granted": "PASS",
        "granted[g2]": "FAIL",
        "granted[g4]": "NOT_APPLICABLE",
    }
