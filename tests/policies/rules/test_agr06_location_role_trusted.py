"""AGR-06: S3 Access Grants can assume the role of every location whose role the stack declares."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies import iam
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules.agr06_location_role_trusted import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:role/finance"
CHINA_ARN = f"arn:aws-cn:iam::{ACCOUNT}:role/finance"
SERVICE = "access-grants.s3.amazonaws.com"
CHINA = f"{SERVICE}.cn"
DECLARED = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
NATIVE = "aws-native:s3:AccessGrantsLocation"
ROLE = "aws:iam/role:Role"
NATIVE_ROLE = "aws-native:iam:Role"
BOTH = ["sts:AssumeRole", "sts:SetSourceIdentity"]
NEITHER = f"role 'finance' does not let {SERVICE} sts:AssumeRole and sts:SetSourceIdentity"
NO_IDENTITY = f"role 'finance' does not let {SERVICE} sts:SetSourceIdentity"
OURS = {
    "StringEquals": {
        "aws:SourceAccount": ACCOUNT,
        "aws:SourceArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default",
    }
}


def a(kind: str, name: str, /, props: dict[str, Any], **members: Any) -> Resource:
    return Resource(f"urn:pulumi:prod::data::{kind}::{name}", kind, name, props, **members)


def statement(actions: Any = tuple(BOTH), service: Any = SERVICE, effect: Any = "Allow", **more: Any) -> dict[str, Any]:
    listed = list(actions) if isinstance(actions, tuple) else actions
    return {"Effect": effect, "Principal": {"Service": service}, "Action": listed, **more}


def trust(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def a_role(policy: Any, name: str = "finance", **props: Any) -> Resource:
    return a(ROLE, name, {"arn": ARN, "name": name, "assumeRolePolicy": policy, **props})


def a_location(arn: Any = ARN, kind: str = DECLARED, **members: Any) -> Resource:
    scope = "s3://acme-data/finance/*"
    return a(kind, "location", {"locationScope": scope, "iamRoleArn": arn, "accountId": ACCOUNT}, **members)


@lru_cache(maxsize=8)
def book_of(own: str) -> RuleBook:
    organization = {"name": "acme", "accounts": {ACCOUNT: {"name": "data-prod"}}}
    content = {"version": 1, "organization": organization, "rules": {RULE.name: json.loads(own)}}
    return parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)


def judged(*resources: Resource, **own: Any) -> Finding:
    judge = Judge(book_of(json.dumps(own)), "data-prod", dt.date(2026, 11, 20), rules=(RULE,))
    (finding,) = judge.stack_findings(resources)
    return finding


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(trust(statement(Condition=OURS)), id="AWS's documented trust policy"),
        pytest.param(json.dumps(trust(statement(Condition=OURS))), id="the same as text"),
        pytest.param(
            trust(statement((*BOTH, "sts:SetContext"), Condition=OURS), statement("sts:SetContext")),
            id="with Identity Center",
        ),
        pytest.param(trust(statement("sts:AssumeRole"), statement("sts:SetSourceIdentity")), id="one by one"),
        pytest.param(trust(statement("sts:*", [SERVICE, "lambda.amazonaws.com"])), id="more than it needs"),
        pytest.param(trust({"Effect": "Allow", "Principal": "*", "Action": "STS:*"}), id="everybody"),
        pytest.param(trust(statement(), statement("sts:TagSession", effect="Deny")), id="a Deny of something else"),
        pytest.param(trust(statement(), statement(effect="Deny", Condition=OURS)), id="a Deny with a condition"),
        pytest.param(
            trust(statement(), statement(effect="Deny", Condition={"Bool": {"aws:SecureTransport": UNKNOWN}})),
            id="a Deny with a condition whose value is not known",
        ),
        pytest.param(trust(statement(), statement(UNKNOWN)), id="more that is not known, all of it allowed"),
    ],
)
def test_roles_that_trust(policy: Any) -> None:
    """Both actions are allowed to the service, in one statement or several."""
    assert (judged(a_role(policy), a_location()).outcome, RULE.severity) == (Outcome.PASS, "critical")


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        pytest.param(trust(), NEITHER, id="nobody"),
        pytest.param(trust(statement(service="lambda.amazonaws.com")), NEITHER, id="another service"),
        pytest.param(trust(statement(service="s3.amazonaws.com")), NEITHER, id="S3 itself"),
        pytest.param(trust(statement(service=CHINA)), NEITHER, id="the service of another partition"),
        pytest.param(trust(statement("sts:AssumeRole")), NO_IDENTITY, id="only the action that every role needs"),
        pytest.param(
            trust(statement("sts:SetSourceIdentity")),
            f"role 'finance' does not let {SERVICE} sts:AssumeRole",
            id="only the other one",
        ),
        pytest.param(
            trust(statement(), statement("sts:Set*", effect="Deny")),
            f"role 'finance' denies {SERVICE} sts:SetSourceIdentity",
            id="taken away again",
        ),
        pytest.param(
            trust(statement(("sts:AssumeRole",)), statement(UNKNOWN, service="lambda.amazonaws.com")),
            NO_IDENTITY,
            id="what is not known is about others",
        ),
        pytest.param(None, "role 'finance' has no trust policy", id="nothing"),
        pytest.param("", "the trust policy of role 'finance' is a text that is empty", id="an empty text"),
        pytest.param("{", "the trust policy of role 'finance' is a text that is not JSON", id="no JSON"),
        pytest.param(7, "the trust policy of role 'finance' is a number", id="a number"),
    ],
)
def test_roles_that_do_not_trust(policy: Any, message: str) -> None:
    """Each lack is named with what is missing, and blocks."""
    finding = judged(a_role(policy), a_location())

    assert (finding.outcome, finding.blocks, finding.field) == (Outcome.FAIL, True, "iamRoleArn")
    assert finding.message == message
    assert finding.expected == f"a role that lets {SERVICE} do sts:AssumeRole and sts:SetSourceIdentity"
    assert policy is not None or finding.observed == "nothing"
    if message.startswith("role 'finance' d"):
        assert finding.edit == (
            f"In the trust policy of role 'finance', allow Service '{SERVICE}' the actions sts:AssumeRole and "
            "sts:SetSourceIdentity."
        )


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(UNKNOWN, id="the whole policy"),
        pytest.param(trust(UNKNOWN), id="a statement"),
        pytest.param(trust(statement(effect=UNKNOWN)), id="an effect"),
        pytest.param(trust(statement(service=UNKNOWN)), id="a principal"),
        pytest.param(trust(statement(["sts:AssumeRole", UNKNOWN])), id="an action"),
        pytest.param(trust(statement(), statement(UNKNOWN, effect="Deny")), id="what is denied"),
        pytest.param(trust(statement(), statement(effect="Deny", Condition=UNKNOWN)), id="whether it is denied"),
        pytest.param(trust(statement(), UNKNOWN), id="a statement that may deny"),
    ],
)
def test_trust_that_is_not_known(policy: Any) -> None:
    """The location counts, so an unknown stops the run."""
    finding = judged(a_role(policy), a_location())

    assert (finding.outcome, finding.blocks) == (Outcome.UNKNOWN, True)


@pytest.mark.parametrize(
    ("arn", "region", "service", "outcome"),
    [
        pytest.param(CHINA_ARN, "cn-north-1", CHINA, Outcome.PASS, id="China's name in China"),
        pytest.param(CHINA_ARN, "cn-north-1", SERVICE, Outcome.PASS, id="the usual name in China"),
        pytest.param(ARN, "eu-west-1", CHINA, Outcome.FAIL, id="China's name elsewhere"),
    ],
)
def test_partitions(arn: str, region: str, service: str, outcome: Outcome) -> None:
    """The service has a second name in China, and only there."""
    role = a_role(trust(statement(service=service)), arn=arn)

    assert judged(role, a(DECLARED, "l", {"iamRoleArn": arn, "region": region})).outcome is outcome


@pytest.mark.parametrize(
    ("arn", "own", "outcome", "message"),
    [
        pytest.param(f"{ARN}-2", {}, Outcome.NOT_APPLICABLE, "the role is declared elsewhere", id="elsewhere"),
        pytest.param(f"{ARN}-2", {"requireDeclared": True}, Outcome.UNKNOWN, "is not declared in this", id="required"),
        pytest.param(UNKNOWN, {}, Outcome.UNKNOWN, "comes from no role of this stack", id="not known"),
        pytest.param(None, {}, Outcome.FAIL, "iamRoleArn is not set", id="absent"),
        pytest.param("", {}, Outcome.FAIL, "'' has 1 of the 6 fields", id="empty"),
        pytest.param("finance", {}, Outcome.FAIL, "'finance' has 1 of the 6 fields", id="a name for an ARN"),
        pytest.param(7, {}, Outcome.FAIL, "iamRoleArn is a number, not text", id="a number"),
    ],
)
@pytest.mark.parametrize("kind", [pytest.param(DECLARED, id="classic"), pytest.param(NATIVE, id="native")])
def test_roles_that_the_stack_does_not_declare(
    kind: str, arn: Any, own: dict[str, Any], outcome: Outcome, message: str
) -> None:
    """What is declared elsewhere is not shown, and what is no role's ARN breaks the rule."""
    finding = judged(a_location(arn, kind), a_role(trust()), **own)

    assert finding.outcome is outcome
    assert message in finding.message


def test_lookups_are_judged_too() -> None:
    """The role that AWS names is what counts; a lookup without one is for another rule."""
    assert judged(a_location(kind=LOCATION.type), a_role(trust(statement("sts:AssumeRole")))).outcome is Outcome.FAIL
    assert judged(a_location(None, LOCATION.type)).outcome is Outcome.NOT_APPLICABLE


def test_a_preview_of_a_new_role() -> None:
    """The role behind the property is likely the one: what breaks breaks, and what is right does not pass."""
    good, bad = trust(statement()), trust()

    def found(*policies: Any) -> tuple[Outcome, str]:
        roles = [a_role(policy, f"role-{number}", arn=UNKNOWN) for number, policy in enumerate(policies)]
        behind = {"iamRoleArn": tuple(one.urn for one in roles)}
        finding = judged(a_location(UNKNOWN, made_from=behind), *roles)
        return finding.outcome, finding.message

    begin, both = "iamRoleArn is not known in this preview; it is made from 'role-0'", "'role-0', 'role-1'"
    breaks = "role 'role-0' does not let access-grants.s3.amazonaws.com sts:AssumeRole and sts:SetSourceIdentity"
    assert found(good) == (Outcome.UNKNOWN, f"{begin}, whose trust is right")
    assert found(bad) == (Outcome.FAIL, f"{breaks}; iamRoleArn is made from 'role-0'")
    assert found(UNKNOWN) == (
        Outcome.UNKNOWN,
        "the trust policy of role 'role-0' is not known in this preview; iamRoleArn is made from 'role-0'",
    )
    assert found(good, good) == (Outcome.UNKNOWN, f"{begin}, 'role-1', whose trust is right")
    assert found(bad, bad) == (Outcome.FAIL, f"{breaks}; iamRoleArn is made from {both}")
    for policies in ((good, bad), (bad, good), (bad, UNKNOWN), (UNKNOWN, good)):
        undecided = f"{begin}, 'role-1', and not all of their trust policies are right for certain"
        assert found(*policies) == (Outcome.UNKNOWN, undecided)


def test_the_native_provider_has_objects() -> None:
    """A role of the native provider is found by its ARN, and its trust is an object."""
    role = a(NATIVE_ROLE, "finance", {"arn": ARN, "roleName": "x", "assumeRolePolicyDocument": trust(statement())})

    assert judged(role, a_location(kind=NATIVE)).outcome is Outcome.PASS


def test_a_role_whose_account_nobody_states() -> None:
    """It may be the one that is meant, or one of the same name in another account: that is not decided."""
    role = a_role(trust(statement()), arn=UNKNOWN)
    location = a_location(provider_props={"allowedAccountIds": [ACCOUNT]})

    finding = judged(role, location)
    assert finding.outcome is Outcome.UNKNOWN
    assert "whether the location's role is 'finance'" in finding.message


def test_china_has_two_names_and_each_needs_both_actions() -> None:
    """An action under one name and the other under the second are no trust; what may complete one is not decided."""

    def found(*statements: Any) -> tuple[Outcome, str]:
        finding = judged(a_role(trust(*statements), arn=CHINA_ARN), a_location(CHINA_ARN))
        return finding.outcome, finding.message

    assume, identity = (statement(one, service=name) for one, name in zip(BOTH, (SERVICE, CHINA), strict=True))
    assert found(assume, identity) == (Outcome.FAIL, NO_IDENTITY)
    assert found(assume, statement(service=CHINA))[0] is Outcome.PASS
    assert found(assume, identity, statement(UNKNOWN))[0] is Outcome.UNKNOWN


def test_a_role_whose_name_is_not_known() -> None:
    """It may be the one that the location names, so nothing says that the role is declared elsewhere."""
    role = a(ROLE, "finance", {"name": UNKNOWN, "assumeRolePolicy": trust()})

    finding = judged(role, a_location())

    assert finding.outcome is Outcome.UNKNOWN
    assert "whether the location's role is 'finance'" in finding.message


def test_one_arn_declared_twice() -> None:
    """Of two declarations of one role, the one that is wrong counts."""
    roles = [a_role(trust(statement()), "one"), a_role(trust(), "two")]

    assert judged(a_location(), *roles).outcome is Outcome.FAIL


# --- whatever comes ---------------------------------------------------------------------------------------------------

MEMBERS = ["Statement", "Effect", "Principal", "Service", "Action", "Condition", "NotAction"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([UNKNOWN, "Allow", "Deny", SERVICE, ARN, *BOTH, "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, JSON, JSON, JSON)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_nothing_raises_and_nothing_passes_unread(policy: Any, arn: Any, name: Any, path: Any) -> None:
    """Whatever stands in the properties, the rule concludes, and passes only what allows both actions."""
    strange = a(ROLE, "finance", {**a_role(policy).props, "arn": arn, "name": name, "path": path})
    for role in (a_role(policy), strange):
        for location in (a_location(), a_location(arn), a_location(arn, LOCATION.type)):
            finding = judged(role, location)
            document = iam.read(policy)
            allows = isinstance(document, iam.Document) and all(
                iam.allowing(document, action, service=SERVICE) for action in BOTH
            )
            assert finding.outcome is not Outcome.ERROR
            assert allows or finding.outcome is not Outcome.PASS


STATEMENTS = st.builds(
    statement,
    st.sampled_from([*BOTH, "sts:*", "sts:Set*", UNKNOWN, tuple(BOTH)]),
    st.sampled_from([SERVICE, "lambda.amazonaws.com", UNKNOWN]),
    st.sampled_from(["Allow", "Deny", UNKNOWN]),
)


@given(st.lists(STATEMENTS, max_size=4))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_what_is_not_known_changes_no_conclusion(statements: list[dict[str, Any]]) -> None:
    """However the unknown members turn out, a PASS stays a PASS and a FAIL a FAIL."""
    now = judged(a_role(trust(*statements)), a_location()).outcome
    if now is Outcome.UNKNOWN:
        return
    for effect in ("Allow", "Deny"):
        for service in (SERVICE, "lambda.amazonaws.com"):
            for action in ("sts:*", "sts:SetSourceIdentity", "sts:TagSession"):
                later = [
                    {
                        "Effect": effect if one["Effect"] is UNKNOWN else one["Effect"],
                        "Principal": {"Service": service if one["Principal"]["Service"] is UNKNOWN else SERVICE}
                        if one["Principal"]["Service"] in (UNKNOWN, SERVICE)
                        else one["Principal"],
                        "Action": action if one["Action"] is UNKNOWN else one["Action"],
                    }
                    for one in statements
                ]
                assert judged(a_role(trust(*later)), a_location()).outcome is now
