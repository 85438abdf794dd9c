"""Rules judge what is looked up as they judge what is declared, and nothing of what was not heard."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from grantgate import facts as provided
from grantgate.facts import camel
from grantgate.kinds import (
    ACCESS_POINT,
    GRANTS,
    INSTANCE,
    INSTANCE_POLICY,
    LOCATION_ROLE,
    LOOKUP_TYPES,
)
from grantgate_policies.cases import examples
from grantgate_policies.core import UNKNOWN, Finding, Level, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.testing.declared import shown
from grantgate_policies.testing.judging import judged as judged_case
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from grantgate_policies.cases import Case

    Maker = Callable[..., dict[str, Any]]

ACCOUNT, OTHER = "111122223333", "444455556666"
CAREFUL = settings(deadline=None, derandomize=True, max_examples=250)
KINDS = pytest.mark.parametrize("kind", [pytest.param(one, id=one.rpartition(":")[2]) for one in LOOKUP_TYPES])
RULES_FILE: dict[str, Any] = {
    "location-scope-allowed": {"allow": ["s3://acme-*/{team}/*"]},
    "location-prefix-template": {"templates": ["{team}/"]},
    "location-role-allowed": {"allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"]},
    "location-role-not-denied": {"deny": ["arn:*:iam::{account.id}:role/admin"]},
    "location-tags-required": {"keys": ["owner"]},
    "location-role-trusted": {"requireDeclared": True},
    "instance-identity-center": {"arns": ["arn:aws:sso:::instance/ssoins-1234567890abcdef"], "mustHave": True},
    "grant-write-protected": {"protected": ["s3://acme-*/archive/*"]},
    "access-point-name-pattern": {"allow": ["acme-*"]},
}


def a_book(rules: Mapping[str, Any]) -> RuleBook:
    accounts = {ACCOUNT: {"name": "data-prod"}, OTHER: {"name": "data-dev"}}
    organization = {"name": "acme", "accounts": accounts, "regions": ["eu-west-1", "us-east-1"]}
    content = {"version": 1, "organization": organization, "rules": rules}
    return parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)


BOOK = a_book(RULES_FILE)
ELSEWHERE = ("AGI-03", "MRP-04")
"""Rules that judge what a lookup asks for: how many there are, and the name of an access point."""


def a(kind: str, props: Mapping[str, Any], **members: Any) -> Resource:
    return Resource(f"urn:pulumi:prod::data::{kind}::it", kind, "it", props, **members)


def judged(resource: Resource) -> list[Finding]:
    judge = Judge(BOOK, "prod", dt.date(2026, 11, 20))
    return [*judge.findings(resource), *judge.stack_findings([resource])]


def inputs_of(kind: str, looked_up: Maker) -> dict[str, Any]:
    live = {*LOOKUP_TYPES[kind].live, *LOOKUP_TYPES[kind].sometimes}
    return {name: value for name, value in looked_up(kind).items() if name not in live}


# --- what was not heard -----------------------------------------------------------------------------------------------


@KINDS
def test_a_lookup_that_failed(looked_up: Maker, kind: str) -> None:
    """It fails once, by lookup-performed; no other rule passes it, and none fails on what is not there."""
    found = judged(a(kind, {**inputs_of(kind, looked_up), "lookup": "failed"}))

    assert [one.outcome for one in found if one.rule.id == "LKP-01"] == [Outcome.FAIL]
    assert {one.outcome for one in found if one.rule.id not in ("LKP-01", *ELSEWHERE)} <= {Outcome.NOT_APPLICABLE}


@KINDS
def test_a_lookup_that_waits(looked_up: Maker, kind: str) -> None:
    """Nothing of what it will find passes or fails: the name that it asks for is the program's own."""
    known = LOOKUP_TYPES[kind]
    waiting = {
        **inputs_of(kind, looked_up),
        **dict.fromkeys(known.live + known.sometimes, UNKNOWN),
        "lookup": "pending",
    }
    found = judged(a(kind, waiting))

    assert [one.outcome for one in found if one.rule.id == "LKP-01"] == [Outcome.UNKNOWN]
    others = {one.outcome for one in found if one.rule.id not in ELSEWHERE}
    assert others <= {Outcome.UNKNOWN, Outcome.NOT_APPLICABLE}
    assert len(found) > 1


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(kind, name, id=f"{kind.rpartition(':')[2]}.{name}")
        for kind, one in LOOKUP_TYPES.items()
        for name in (*one.live, *one.sometimes)
        # A request that has failed and does not say where fails for that.
        if name not in ("failedRegions", "state", "requestStatus")
    ],
)
def test_what_a_lookup_lacks_breaks_nothing_else(looked_up: Maker, kind: str, name: str) -> None:
    """Of a lookup that lacks a value lookup-performed tells, and no other rule makes a second failure of it."""
    whole = {one.rule.id for one in judged(a(kind, looked_up(kind))) if one.outcome is Outcome.FAIL}
    found = {one.rule.id for one in judged(a(kind, looked_up(kind, **{name: None}))) if one.outcome is Outcome.FAIL}

    assert found - whole <= {"LKP-01"}


# --- what is told -----------------------------------------------------------------------------------------------------

LIVE_CASES = [
    pytest.param(case, id=f"{rule.id}: {case.name}")
    for rule in RULES
    for case in examples(rule).bad
    if any(one.type in LOOKUP_TYPES for one in case.input)
]
WIRE_NAMES = {
    camel(one.name)
    for kind in vars(provided).values()
    if isinstance(kind, type) and kind.__module__ == provided.__name__
    for one in fields(kind)
} | {"lookup", *(kind.subject for kind in LOOKUP_TYPES.values())}


def live_findings(case: Case) -> Iterable[Finding]:
    found = judged_case(case.book, (case.rule,), case.input, stack=case.stack, today=case.today)
    return (one for one in found.findings if one.resource.type in LOOKUP_TYPES and one.outcome is Outcome.FAIL)


@pytest.mark.parametrize("case", LIVE_CASES)
def test_fields_are_the_lookups_own(case: Case) -> None:
    """A failure is about a property that the lookup really has."""
    of_lookups = {"s3SubPrefix", "granteeType", "granteeIdentifier"}

    assert {one.field for one in live_findings(case)} <= WIRE_NAMES | of_lookups


def test_every_rule_has_a_live_example() -> None:
    """Each rule that may be about something looked up shows one; shares are never looked up."""
    seen = {
        rule.id
        for rule in RULES
        for case in (*examples(rule).good, *examples(rule).bad)
        if any(one.type in LOOKUP_TYPES for one in case.input)
    }

    assert {rule.id for rule in RULES} - seen <= {"AGP-02", "AGL-08"}


@pytest.mark.parametrize("case", LIVE_CASES)
def test_what_is_looked_up_is_never_put_right_on_paper(case: Case) -> None:
    """A remedy changes what a program asks for; what AWS holds would only be told to be otherwise."""
    levels = {case.rule.name: Level.REMEDIATE}
    judge = Judge(case.book, case.stack, dt.date(2026, 11, 20), rules=(case.rule,), levels=levels)

    for one in case.input:
        if one.type in LOOKUP_TYPES:
            assert list(judge.remedies(shown(one, case.input, case.stack, by_itself=True))) == []


# --- as it is declared ------------------------------------------------------------------------------------------------


def alike(live: Resource, declared: Resource, rules: str, renamed: Mapping[str, str]) -> None:
    """Hold what rules of a family say of a lookup against what they say of its declaration."""

    def told(resource: Resource) -> list[tuple[str, ...]]:
        found = []
        for one in judged(resource):
            if one.rule.id.startswith(rules) and one.rule.id != "MRP-07" and one.outcome is not Outcome.NOT_APPLICABLE:
                texts = (one.field, one.observed, one.message)
                for old, new in renamed.items():
                    texts = tuple(text.replace(old, new) for text in texts)
                found.append((one.rule.id, one.outcome.value, *texts))
        return sorted(found)

    assert told(live) == told(declared)


SERVICE = "access-grants.s3.amazonaws.com"
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Principal": st.sampled_from(["*", {"Service": SERVICE}, {"AWS": OTHER}, {"Service": "lambda.amazonaws.com"}]),
        "Action": st.sampled_from(
            ["sts:AssumeRole", ["sts:AssumeRole", "sts:SetSourceIdentity"], "sts:*", ["sts:SetContext"]]
        ),
    },
    optional={
        "Condition": st.sampled_from(
            [
                {
                    "StringEquals": {
                        "aws:SourceAccount": ACCOUNT,
                        "aws:SourceArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default",
                    }
                },
                {"StringEquals": {"aws:SourceAccount": OTHER}},
                {"ForAllValues:ArnEquals": {"sts:RequestContextProviders": "arn:aws:iam::aws:contextProvider/X"}},
            ]
        )
    },
)
TRUSTS = st.lists(STATEMENTS, max_size=3).map(lambda found: json.dumps({"Statement": found})) | st.sampled_from(
    ["", "x", "{}", 7, UNKNOWN]
)


@given(trust=TRUSTS)
@CAREFUL
def test_roles(looked_up: Maker, trust: Any) -> None:
    """Trust is judged by the same words, under the same name of the property."""
    props = looked_up(LOCATION_ROLE.type, assumeRolePolicy=trust)
    declared = {"arn": props["arn"], "name": props["roleName"], "path": props["path"], "assumeRolePolicy": trust}
    live = a(LOCATION_ROLE.type, props)

    alike(live, a("aws:iam/role:Role", declared, provider_props={"region": "eu-west-1"}), "AGR-0", {})


POLICIES = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Principal": st.sampled_from(["*", {"AWS": f"arn:aws:iam::{OTHER}:root"}, {"AWS": "999988887777"}]),
            "Action": st.sampled_from(["s3:GetDataAccess", "s3:*", "s3:GetObject"]),
            "Resource": st.sampled_from([f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default", "*"]),
        }
    ),
    max_size=3,
).map(lambda found: json.dumps({"Statement": found})) | st.sampled_from(["", "x", 7, UNKNOWN])


@given(policy=POLICIES)
@CAREFUL
def test_policies_of_instances(looked_up: Maker, policy: Any) -> None:
    """The policy of an instance is judged by the same words."""
    live = a(INSTANCE_POLICY.type, looked_up(INSTANCE_POLICY.type, policy=policy))
    kind = "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy"

    alike(live, a(kind, {"accountId": ACCOUNT, "region": "eu-west-1", "policy": policy}), "AGP-01", {})


@pytest.mark.parametrize(
    ("organization", "settings", "outcome"),
    [
        pytest.param(None, {"organizationId": "o-a1b2c3d4e5"}, Outcome.PASS, id="S3 names none"),
        pytest.param("o-a1b2c3d4e5", {"organizationId": "o-a1b2c3d4e5"}, Outcome.PASS, id="ours"),
        pytest.param("o-zzzzzzzzzz", {"organizationId": "o-a1b2c3d4e5"}, Outcome.FAIL, id="another"),
        pytest.param("o-zzzzzzzzzz", {}, Outcome.PASS, id="nobody says which is ours"),
        pytest.param(UNKNOWN, {"organizationId": "o-a1b2c3d4e5"}, Outcome.UNKNOWN, id="not known yet"),
        pytest.param(7, {"organizationId": "o-a1b2c3d4e5"}, Outcome.FAIL, id="a number"),
    ],
)
def test_whose_policy_it_is(looked_up: Maker, organization: Any, settings: dict[str, Any], outcome: Outcome) -> None:
    """What S3 says of the policy's organization is held against our own."""
    judge = Judge(a_book({"instance-policy-internal": settings}), "prod", dt.date(2026, 11, 20))
    props = looked_up(INSTANCE_POLICY.type, organization=organization)
    (found,) = [one for one in judge.findings(a(INSTANCE_POLICY.type, props)) if one.rule.id == "AGP-01"]

    assert found.outcome is outcome
    assert outcome is not Outcome.FAIL or found.field == "organization"


@given(center=st.sampled_from(["arn:aws:sso:::instance/ssoins-1234567890abcdef", "x", 7, None, UNKNOWN]))
@CAREFUL
def test_instances(looked_up: Maker, center: Any) -> None:
    """An instance is judged by the same words, where there is one."""
    live = a(INSTANCE.type, looked_up(INSTANCE.type, identityCenterArn=center))
    declared = {} if center is None else {"identityCenterArn": center}

    alike(live, a("aws-native:s3:AccessGrantsInstance", declared), "AGI-01", {})


@pytest.mark.parametrize("exists", [False, None, "true", 7])
def test_a_region_without_an_instance(looked_up: Maker, exists: Any) -> None:
    """Where there is no instance, or nobody says, none is judged."""
    found = judged(a(INSTANCE.type, looked_up(INSTANCE.type, instanceExists=exists)))

    assert [one.rule.id for one in found] == ["LKP-01"]


REGIONS = st.lists(
    st.fixed_dictionaries(
        {"bucket": st.sampled_from(["acme-euw1", "acme-use1", "X", 7, UNKNOWN])},
        optional={
            "region": st.sampled_from(["eu-west-1", "us-east-1", "ap-south-1", "x y", 7, UNKNOWN]),
            "bucketAccountId": st.sampled_from([ACCOUNT, OTHER, "999988887777", "12", 7, UNKNOWN]),
        },
    ),
    max_size=3,
) | st.sampled_from(["x", UNKNOWN])
FLAG = st.sampled_from([True, True, True, False, "false", 7, UNKNOWN])
BLOCKS = st.fixed_dictionaries(
    dict.fromkeys(("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"), FLAG)
) | st.sampled_from(["x", UNKNOWN])


@given(regions=REGIONS, block=BLOCKS, name=st.sampled_from(["acme-data", "other", "X_", 7, UNKNOWN]))
@CAREFUL
def test_access_points(looked_up: Maker, regions: Any, block: Any, name: Any) -> None:
    """An access point is judged by the same words, under the lookup's names of its properties."""
    live = looked_up(ACCESS_POINT.type, regions=regions, publicAccessBlock=block, name=name, routes=None)
    declared = {"name": name, "regions": regions, "publicAccessBlockConfiguration": block}
    names = {"publicAccessBlockConfiguration": "publicAccessBlock"}
    provider = {"allowedAccountIds": json.dumps([ACCOUNT])}

    alike(
        a(ACCESS_POINT.type, live),
        a("aws-native:s3:MultiRegionAccessPoint", declared, provider_props=provider),
        "MRP-0",
        names,
    )


@given(
    routes=st.lists(
        st.fixed_dictionaries(
            {
                "bucket": st.sampled_from(["acme-euw1", "acme-use1", ""]),
                "region": st.sampled_from(["eu-west-1", "us-east-1", "ap-south-1", UNKNOWN]),
                "trafficDialPercentage": st.sampled_from([0, 100, 100.0, 50, "100", UNKNOWN]),
            }
        ),
        max_size=3,
    )
    | st.sampled_from(["x", UNKNOWN])
)
@CAREFUL
def test_routes(looked_up: Maker, routes: Any) -> None:
    """Routes are judged by the same words."""
    live = a(ACCESS_POINT.type, looked_up(ACCESS_POINT.type, routes=routes))
    declared = a("aws:s3control/multiRegionAccessPointRoutes:MultiRegionAccessPointRoutes", {"routes": routes})

    alike(live, declared, "MRP-05", {})


def policy_of(principal: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    return json.dumps({"Statement": [statement]})


OURS, EVERYONE = policy_of({"AWS": ACCOUNT}), policy_of("*")


@pytest.mark.parametrize(
    ("props", "outcomes"),
    [
        pytest.param({}, {}, id="no policy"),
        pytest.param({"policy": OURS, "policyIsPublic": False}, {"": "PASS"}, id="in force"),
        pytest.param({"policy": EVERYONE, "policyIsPublic": False}, {"": "FAIL"}, id="everyone, whatever S3 says"),
        pytest.param({"policy": OURS, "policyIsPublic": True}, {"": "FAIL"}, id="public, whatever it says"),
        pytest.param({"policy": OURS, "policyIsPublic": "yes"}, {"": "FAIL"}, id="a judgement that is none"),
        pytest.param({"policy": OURS, "policyIsPublic": UNKNOWN}, {"": "UNKNOWN"}, id="not judged yet"),
        pytest.param({"policy": OURS}, {"": "UNKNOWN"}, id="not judged"),
        pytest.param({"policy": UNKNOWN, "policyIsPublic": UNKNOWN}, {"": "UNKNOWN"}, id="not known yet"),
        pytest.param({"proposedPolicy": EVERYONE}, {"proposed": "FAIL"}, id="proposed"),
        pytest.param({"proposedPolicy": OURS}, {"proposed": "PASS"}, id="proposed, and right"),
        pytest.param(
            {"policy": OURS, "policyIsPublic": False, "proposedPolicy": EVERYONE},
            {"": "PASS", "proposed": "FAIL"},
            id="another one proposed",
        ),
        pytest.param(
            {"policy": EVERYONE, "policyIsPublic": True, "proposedPolicy": EVERYONE},
            {"": "FAIL"},
            id="what is in force was proposed",
        ),
        pytest.param(
            {"policy": OURS, "policyIsPublic": False, "proposedPolicy": UNKNOWN},
            {"": "PASS", "proposed": "UNKNOWN"},
            id="a proposal that is not known",
        ),
    ],
)
def test_policies_of_access_points(looked_up: Maker, props: dict[str, Any], outcomes: dict[str, str]) -> None:
    """The policy in force and the proposed one are judged each, and told apart by the finding's item."""
    found = [
        one for one in judged(a(ACCESS_POINT.type, looked_up(ACCESS_POINT.type, **props))) if one.rule.id == "MRP-03"
    ]

    assert {one.item: one.outcome.value for one in found} == outcomes
    fields_of = {"": {"policy", "policyIsPublic", ""}, "proposed": {"proposedPolicy", ""}}
    assert all(one.field in fields_of[one.item] for one in found)


def test_flags_that_s3_does_not_tell(looked_up: Maker) -> None:
    """AWS sets what a program leaves out, and tells all that it set: a lookup without a flag is not whole."""
    props = looked_up(ACCESS_POINT.type, publicAccessBlock={"blockPublicAcls": True})
    (found,) = [one for one in judged(a(ACCESS_POINT.type, props)) if one.rule.id == "MRP-01"]

    assert (found.outcome, found.message) == (
        Outcome.UNKNOWN,
        "the lookup holds no ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets",
    )


@pytest.mark.parametrize(
    ("changes", "outcome", "message"),
    [
        pytest.param({}, Outcome.PASS, "", id="a folder"),
        pytest.param(
            {"grantScope": "s3://acme/fin/eu.csv", "accessGrantsLocationConfiguration": {"s3SubPrefix": "eu.csv"}},
            Outcome.PASS,
            "",
            id="one object, which S3 does not say",
        ),
        pytest.param(
            {"grantScope": "s3://acme/fin/eu*", "accessGrantsLocationConfiguration": {"s3SubPrefix": "eu*"}},
            Outcome.FAIL,
            "s3SubPrefix 'eu*' ends inside a path segment and also covers siblings such as 'eu-other/'",
            id="a prefix that ends inside a name",
        ),
        pytest.param(
            {"grantScope": "s3://acme/fin/eu*", "accessGrantsLocationConfiguration": {"s3SubPrefix": "eu"}},
            Outcome.FAIL,
            "s3SubPrefix 'eu' ends inside a path segment and also covers siblings such as 'eu-other/'",
            id="a prefix that S3 ended in a star",
        ),
        pytest.param(
            {"grantScope": UNKNOWN, "accessGrantsLocationConfiguration": {"s3SubPrefix": "eu"}},
            Outcome.UNKNOWN,
            "grantScope is not known in this preview, and with it s3SubPrefix may be too wide",
            id="a scope that is not known",
        ),
        pytest.param(
            {"grantee": {"granteeType": "DIRECTORY_USER", "granteeIdentifier": "x"}},
            Outcome.FAIL,
            "grantee type 'DIRECTORY_USER' is not one of 'IAM', 'DIRECTORY_GROUP'",
            id="a person",
        ),
        pytest.param(
            {"grantee": {}},
            Outcome.NOT_APPLICABLE,
            "the lookup holds no grantee; lookup-performed says why",
            id="nobody is named",
        ),
        pytest.param({"grantee": 7}, Outcome.FAIL, "granteeType is a number, not text", id="a number"),
        pytest.param(
            {"accessGrantsLocationId": "default", "accessGrantsLocationConfiguration": None},
            Outcome.FAIL,
            "s3SubPrefix is not set, and the default location covers every bucket",
            id="every bucket",
        ),
    ],
)
def test_grants(looked_up: Maker, changes: dict[str, Any], outcome: Outcome, message: str) -> None:
    """A grant that S3 lists is judged by what it is for: its type of prefix stands in its scope alone."""
    props = looked_up(GRANTS.type)
    entry = {name: value for name, value in {**props["grants"][0], **changes}.items() if value is not None}
    (found,) = [one for one in judged(a(GRANTS.type, {**props, "grants": [entry]})) if one.rule.id == "AGG-01"]

    assert (found.outcome, found.message, found.name) == (outcome, message, "it[g1]")
