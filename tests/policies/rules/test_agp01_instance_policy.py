"""AGP-01: an instance's policy that opens it to the organization alone."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies import iam
from grantgate_policies.core import ABSENT, PASSED, UNKNOWN, Broken, Finding, Malformed, Outcome, Resource, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agp01_instance_policy import ACTIONS, RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import InstancePolicy
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
OURS = f"'{ACCOUNT}', '{OTHER}'"
TYPE = "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
ORGANIZATION = "o-a1b2c3d4e5"
HELD = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}


def a_statement(**elements: Any) -> dict[str, Any]:
    known = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": ["s3:GetDataAccess", "s3:ListCallerAccessGrants"],
        "Resource": INSTANCE,
    }
    return {key: value for key, value in {**known, **elements}.items() if value is not None}


def a_policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def an_instance(policy: Any, **fields: Any) -> InstancePolicy:
    known = {"account_id": ACCOUNT, "region": "eu-west-1", **fields}
    return InstancePolicy(Resource("urn", TYPE, "it", {}), policy, **known)


def run(props: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Finding:
    accounts = {one: {"name": f"data-{one}", "environment": "prod"} for one in (ACCOUNT, OTHER)}
    content = {
        "version": 1,
        "organization": {"name": "acme", "accounts": accounts},
        "rules": {RULE.name: settings or {}},
    }
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    (finding,) = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(Resource("urn", TYPE, "it", props))
    return finding


def told(verdict: Any) -> str:
    return verdict.message if isinstance(verdict, Broken) else verdict.reason if isinstance(verdict, Unsure) else ""


@pytest.mark.parametrize(
    ("principal", "message"),
    [
        pytest.param({"AWS": OTHER}, "", id="an account"),
        pytest.param({"AWS": [f"arn:aws:iam::{OTHER}:role/a/b", ACCOUNT]}, "", id="a role and an account"),
        pytest.param({"AWS": []}, "", id="nobody"),
        pytest.param("*", "Principal '*' opens the instance to every AWS account", id="everyone"),
        pytest.param({"AWS": "*"}, "Principal '*' opens the instance to every AWS account", id="everyone in AWS"),
        pytest.param({"AWS": [OTHER, "*"]}, "Principal '*' opens the instance to every AWS account", id="and everyone"),
        pytest.param({"Service": "*"}, "Principal '*' opens the instance to every AWS account", id="every service"),
        pytest.param(
            {"AWS": FOREIGN},
            f"principal '{FOREIGN}' is of account '{FOREIGN}', not one of {OURS}",
            id="a foreign account",
        ),
        pytest.param(
            {"AWS": [OTHER, f"arn:aws:iam::{FOREIGN}:role/x"]},
            f"principal 'arn:aws:iam::{FOREIGN}:role/x' is of account '{FOREIGN}', not one of {OURS}",
            id="a foreign role among ours",
        ),
        pytest.param(
            {"AWS": "AROAEXAMPLE1234567890"},
            "principal 'AROAEXAMPLE1234567890' names no account, so whose it is cannot be told",
            id="the id of a deleted role",
        ),
        pytest.param(
            {"AWS": ""}, "principal '' names no account, so whose it is cannot be told", id="an empty principal"
        ),
        pytest.param(
            {"Service": "ec2.amazonaws.com"},
            "principal 'ec2.amazonaws.com' is no AWS account, role or user of the organization",
            id="a service",
        ),
        pytest.param(
            {"Federated": "cognito-identity.amazonaws.com"},
            "principal 'cognito-identity.amazonaws.com' is no AWS account, role or user of the organization",
            id="a web identity",
        ),
        pytest.param(None, "it has no Principal, and the policy of a resource says whom it is for", id="no principal"),
    ],
)
def test_principals(a_context: Callable[..., Any], principal: Any, message: str) -> None:
    """Accounts of the organization are let in, with their roles and users, and nobody else."""
    verdict = RULE.judge(an_instance(a_policy(a_statement(Principal=principal))), a_context(RULE))

    assert told(verdict) == (f"statement 1: {message}" if message else "")


@pytest.mark.parametrize(
    ("elements", "observed"),
    [
        pytest.param({"Principal": None}, "no Principal", id="no principal"),
        pytest.param({"Principal": None, "NotPrincipal": {"AWS": FOREIGN}}, "NotPrincipal", id="everybody but one"),
        pytest.param({"Principal": "*"}, "*", id="everyone"),
        pytest.param({"Principal": {"Service": "ec2.amazonaws.com"}}, "ec2.amazonaws.com", id="a service"),
        pytest.param({"Principal": {"AWS": "AROAEXAMPLE1234567890"}}, "AROAEXAMPLE1234567890", id="a deleted role"),
        pytest.param({"Principal": {"AWS": FOREIGN}}, FOREIGN, id="a foreign account"),
        pytest.param({"Action": "s3:CreateAccessGrant"}, "s3:CreateAccessGrant", id="another action"),
        pytest.param({"Action": None, "NotAction": "s3:CreateAccessGrant"}, "NotAction", id="every action but one"),
        pytest.param({"Resource": None}, "no Resource", id="no resource"),
        pytest.param({"Resource": None, "NotResource": INSTANCE}, "NotResource", id="every resource but one"),
    ],
)
def test_what_is_told(a_context: Callable[..., Any], elements: dict[str, Any], observed: str) -> None:
    """The verdict holds what was found; where no single value would pass, no edit is told."""
    verdict = RULE.judge(an_instance(a_policy(a_statement(**elements))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed, verdict.edit) == ("policy", observed, "")
    assert verdict.expected == "accounts of the organization, reading actions, the instance's own ARN"


def test_everybody_but_some(a_context: Callable[..., Any]) -> None:
    """NotPrincipal, NotAction and NotResource open what nobody listed."""
    elements = {
        "Principal": None,
        "NotPrincipal": {"AWS": FOREIGN},
        "Action": None,
        "NotAction": "s3:DeleteAccessGrant",
    }
    elements |= {"Resource": None, "NotResource": INSTANCE}

    verdict = RULE.judge(an_instance(a_policy(a_statement(Sid="Rest", **elements))), a_context(RULE))

    assert told(verdict) == (
        "statement 'Rest': NotPrincipal with Allow opens the instance to everyone else; "
        "NotAction with Allow opens every other action; NotResource with Allow opens every other resource"
    )
    assert verdict.edit == ""


def test_an_account_besides(a_context: Callable[..., Any]) -> None:
    """A partner's account is let in by setting."""
    policy = a_policy(a_statement(Principal={"AWS": FOREIGN}))

    assert RULE.judge(an_instance(policy), a_context(RULE, {"accounts": [FOREIGN]})) == PASSED


OPEN = "statement 1: Principal '*' opens the instance to every AWS account"


@pytest.mark.parametrize(
    ("ours", "condition", "message"),
    [
        pytest.param(ORGANIZATION, HELD, "", id="held to ours"),
        pytest.param(ORGANIZATION, {"StringLike": {"AWS:principalorgid": [ORGANIZATION]}}, "", id="another spelling"),
        pytest.param(ORGANIZATION, {"ForAnyValue:StringEquals": HELD["StringEquals"]}, "", id="for any value"),
        pytest.param(ORGANIZATION, None, OPEN, id="no condition"),
        pytest.param(
            "",
            HELD,
            f"{OPEN}: aws:PrincipalOrgID is held to '{ORGANIZATION}', and organizationId does not say which one is "
            "ours",
            id="no setting",
        ),
        pytest.param(
            "o-another1234",
            HELD,
            f"{OPEN}: aws:PrincipalOrgID is held to '{ORGANIZATION}', not 'o-another1234'",
            id="another organization",
        ),
        pytest.param(
            ORGANIZATION,
            {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
            f"{OPEN}: aws:PrincipalOrgID is held to 'o-*', not '{ORGANIZATION}'",
            id="any organization",
        ),
        pytest.param(
            ORGANIZATION,
            {"StringEquals": {"aws:PrincipalOrgID": [ORGANIZATION, "o-another1234"]}},
            f"{OPEN}: aws:PrincipalOrgID is held to 'o-another1234' too, not to '{ORGANIZATION}' alone",
            id="another organization beside ours",
        ),
        pytest.param(
            ORGANIZATION,
            {"StringEqualsIfExists": HELD["StringEquals"]},
            f"{OPEN}: StringEqualsIfExists on 'aws:PrincipalOrgID' does not hold aws:PrincipalOrgID to one "
            "organization",
            id="if it exists",
        ),
        pytest.param(
            ORGANIZATION,
            {"StringEquals": {"aws:PrincipalOrgsID": ORGANIZATION}},
            f"{OPEN}: StringEquals on 'aws:PrincipalOrgsID' does not hold aws:PrincipalOrgID to one organization",
            id="a misspelt key",
        ),
        pytest.param(ORGANIZATION, {"StringEquals": {"aws:SourceVpc": "vpc-1"}}, OPEN, id="another key"),
        pytest.param(
            ORGANIZATION,
            {"StringEquals": {"aws:PrincipalOrgID": UNKNOWN}},
            "statement 1 is not wholly known in this preview",
            id="an unknown organization",
        ),
        pytest.param(ORGANIZATION, UNKNOWN, "statement 1 is not wholly known in this preview", id="unknown conditions"),
    ],
)
def test_everyone_of_the_organization(a_context: Callable[..., Any], ours: str, condition: Any, message: str) -> None:
    """Everyone is let in where a condition keeps all others out."""
    policy = a_policy(a_statement(Principal="*", Condition=condition))

    assert told(RULE.judge(an_instance(policy), a_context(RULE, {"organizationId": ours}))) == message


@pytest.mark.parametrize(
    ("action", "message", "edit"),
    [
        pytest.param(list(ACTIONS), "", "", id="everything that is needed"),
        pytest.param("S3:getdataaccess", "", "", id="letter case aside"),
        pytest.param([], "", "", id="nothing"),
        pytest.param(
            "s3:CreateAccessGrant",
            f"action 's3:CreateAccessGrant' is not one of {', '.join(map(repr, ACTIONS))}",
            "",
            id="making grants",
        ),
        pytest.param(
            "s3:*",
            "action 's3:*' opens s3:PutAccessGrantsInstanceResourcePolicy, s3:CreateAccessGrant, "
            "s3:CreateAccessGrantsLocation and 16 more",
            f"Write {', '.join(ACTIONS)} for 's3:*'.",
            id="all of S3",
        ),
        pytest.param(
            ["s3:GetDataAccess", "s3:Get*"],
            "action 's3:Get*' opens s3:GetAccessGrant, s3:GetAccessGrantsInstance, "
            "s3:GetAccessGrantsInstanceResourcePolicy and 1 more",
            "Write s3:GetAccessGrantsInstanceForPrefix, s3:GetDataAccess for 's3:Get*'.",
            id="all that reads",
        ),
        pytest.param(
            ["S3:gET*"],
            "action 'S3:gET*' opens s3:GetAccessGrant, s3:GetAccessGrantsInstance, "
            "s3:GetAccessGrantsInstanceResourcePolicy and 1 more",
            "Write s3:GetAccessGrantsInstanceForPrefix, s3:GetDataAccess for 'S3:gET*'.",
            id="all that reads, in other letters",
        ),
        pytest.param(
            ["s3:CreateAccessGrant", "s3:GetDataAcces?"],
            f"action 's3:CreateAccessGrant' is not one of {', '.join(map(repr, ACTIONS))}; "
            "action 's3:GetDataAcces?' is a pattern that may open what AWS adds",
            "",
            id="two that open something",
        ),
        pytest.param(
            "s3:GetDataAcces?",
            "action 's3:GetDataAcces?' is a pattern that may open what AWS adds",
            "Write s3:GetDataAccess for 's3:GetDataAcces?'.",
            id="a pattern that opens nothing yet",
        ),
        pytest.param(
            "*",
            "action '*' opens s3:PutAccessGrantsInstanceResourcePolicy, s3:CreateAccessGrant, "
            "s3:CreateAccessGrantsLocation and 16 more",
            f"Write {', '.join(ACTIONS)} for '*'.",
            id="everything",
        ),
        pytest.param("", f"action '' is not one of {', '.join(map(repr, ACTIONS))}", "", id="an empty action"),
    ],
)
def test_actions(a_context: Callable[..., Any], action: Any, message: str, edit: str) -> None:
    """What lets an account find grants and ask for data passes; a pattern tells what it would open."""
    verdict = RULE.judge(an_instance(a_policy(a_statement(Action=action))), a_context(RULE))

    assert told(verdict) == (f"statement 1: {message}" if message else "")
    assert not message or verdict.edit == edit


@pytest.mark.parametrize(
    ("actions", "action", "passes"),
    [
        pytest.param(["s3:GetAccessGrant"], "s3:getAccessGrant", True, id="another action"),
        pytest.param(["s3:GetAccessGrant"], "s3:GetAccessGrantsInstance", False, id="a longer one"),
        pytest.param(["s3:Get*"], "s3:GetAccess*", True, id="a pattern within"),
        pytest.param(["s3:GetAccess*"], "s3:Get*", False, id="a pattern beyond"),
    ],
)
def test_more_actions(a_context: Callable[..., Any], actions: list[str], action: str, *, passes: bool) -> None:
    """A setting adds actions, as patterns too."""
    verdict = RULE.judge(an_instance(a_policy(a_statement(Action=action))), a_context(RULE, {"actions": actions}))

    assert (verdict == PASSED) is passes


ANY = "'arn:aws:s3:REGION:ACCOUNT:access-grants/default'"


@pytest.mark.parametrize(
    ("fields", "resource", "message"),
    [
        pytest.param({}, [INSTANCE, f"{INSTANCE}/*"], "", id="the instance and what is below"),
        pytest.param({}, f"{INSTANCE}/grant/abc", "", id="one grant"),
        pytest.param({}, "*", f"resource '*' is not within the own instance '{INSTANCE}'", id="everything"),
        pytest.param(
            {},
            f"{INSTANCE}*",
            f"resource '{INSTANCE}*' is not within the own instance '{INSTANCE}'",
            id="a star behind",
        ),
        pytest.param(
            {},
            INSTANCE.replace("eu-west-1", "us-east-1"),
            f"resource '{INSTANCE.replace('eu-west-1', 'us-east-1')}' is not within the own instance '{INSTANCE}'",
            id="another Region's",
        ),
        pytest.param(
            {},
            INSTANCE.replace(ACCOUNT, OTHER),
            f"resource '{INSTANCE.replace(ACCOUNT, OTHER)}' is not within the own instance '{INSTANCE}'",
            id="another account's",
        ),
        pytest.param(
            {},
            "arn:aws:s3:::acme-data/*",
            f"resource 'arn:aws:s3:::acme-data/*' is not within the own instance '{INSTANCE}'",
            id="a bucket",
        ),
        pytest.param({}, None, "it has no Resource, and the instance's own ARN belongs there", id="no resource"),
        pytest.param(
            {"region": "cn-north-1"},
            f"arn:aws-cn:s3:cn-north-1:{ACCOUNT}:access-grants/default",
            "",
            id="another partition",
        ),
        pytest.param({"account_id": ABSENT}, INSTANCE, "", id="nobody says the account"),
        pytest.param({"region": ABSENT}, INSTANCE, "", id="nobody says the Region"),
        pytest.param(
            {"region": UNKNOWN},
            INSTANCE.replace(ACCOUNT, OTHER),
            f"resource '{INSTANCE.replace(ACCOUNT, OTHER)}' is not within the instance's account '{ACCOUNT}'",
            id="another account's, in an unknown Region",
        ),
        pytest.param(
            {"account_id": UNKNOWN},
            INSTANCE.replace("eu-west-1", "us-east-1"),
            f"resource '{INSTANCE.replace('eu-west-1', 'us-east-1')}' is not within the instance's Region 'eu-west-1'",
            id="another Region's, in an unknown account",
        ),
        pytest.param(
            {"account_id": UNKNOWN},
            INSTANCE.replace("arn:aws:", "arn:aws-cn:"),
            f"resource '{INSTANCE.replace('arn:aws:', 'arn:aws-cn:')}' is not within the instance's Region 'eu-west-1'",
            id="another partition's, in an unknown account",
        ),
        pytest.param(
            {"account_id": UNKNOWN},
            "*",
            f"resource '*' is not the ARN of one instance, such as {ANY}",
            id="everything, in an unknown account",
        ),
        pytest.param(
            {"account_id": ABSENT},
            INSTANCE.replace(ACCOUNT, "*"),
            f"resource '{INSTANCE.replace(ACCOUNT, '*')}' is not the ARN of one instance, such as {ANY}",
            id="every account's, in an unknown one",
        ),
        pytest.param(
            {"account_id": ABSENT},
            INSTANCE.replace(ACCOUNT, FOREIGN),
            f"resource '{INSTANCE.replace(ACCOUNT, FOREIGN)}' is of account '{FOREIGN}', not one of the organization's",
            id="a foreign account's",
        ),
    ],
)
def test_resources(a_context: Callable[..., Any], fields: Any, resource: Any, message: str) -> None:
    """The instance's own ARN and what lies below pass; without its place, the ARN of one instance of ours."""
    verdict = RULE.judge(an_instance(a_policy(a_statement(Resource=resource)), **fields), a_context(RULE))

    assert told(verdict) == (f"statement 1: {message}" if message else "")


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        pytest.param({"region": UNKNOWN}, "region", "region is not known in this preview", id="the Region"),
        pytest.param({"account_id": UNKNOWN}, "accountId", "accountId is not known in this preview", id="the account"),
        pytest.param(
            {"account_id": UNKNOWN, "region": UNKNOWN}, "accountId", "accountId is not known in this preview", id="both"
        ),
        pytest.param(
            {"account_id": UNKNOWN, "region": ABSENT},
            "accountId",
            "accountId is not known in this preview",
            id="the account, and nobody says the Region",
        ),
        pytest.param(
            {"account_id": UNKNOWN, "region": Malformed("number")},
            "region",
            "region is a number, not text",
            id="a number for a Region",
        ),
    ],
)
def test_an_instance_of_which_the_place_is_not_known(
    a_context: Callable[..., Any], fields: Any, field: str, message: str
) -> None:
    """Whether an ARN is the instance's own cannot be told without its place; a policy that only denies needs none."""
    verdict = RULE.judge(an_instance(a_policy(a_statement()), **fields), a_context(RULE))
    denied = RULE.judge(an_instance(a_policy(a_statement(Effect="Deny")), **fields), a_context(RULE))

    assert (verdict.field, told(verdict)) == (field, message)
    assert isinstance(verdict, Unsure) is ("number" not in message)
    assert denied == PASSED


def test_the_resource_that_would_pass(a_context: Callable[..., Any]) -> None:
    """One wrong value has its edit, two have none."""
    one = RULE.judge(an_instance(a_policy(a_statement(Resource="*"))), a_context(RULE))
    two = RULE.judge(an_instance(a_policy(a_statement(Resource="*", Action="s3:*"))), a_context(RULE))

    assert one.edit == f"Write '{INSTANCE}' for '*'."
    assert two.edit == ""


def test_many_faults(a_context: Callable[..., Any]) -> None:
    """A message tells three faults of the first statement that has any, and counts the rest."""
    deny = a_statement(Effect="Deny", Principal="*", Action="*", Resource="*")

    strangers = {"AWS": [FOREIGN, "1", "2", "3", "4"]}
    verdict = RULE.judge(an_instance(a_policy(deny, a_statement(Principal=strangers))), a_context(RULE))

    assert told(verdict).startswith(f"statement 2: principal '{FOREIGN}' is of account")
    assert told(verdict).endswith("; and 2 more")


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        pytest.param([], "", id="no statement"),
        pytest.param([a_statement(Effect="Deny", Principal="*", Action="*", Resource="*")], "", id="a Deny"),
        pytest.param([a_statement(Effect="Deny", Principal=UNKNOWN)], "", id="a Deny for somebody unknown"),
        pytest.param([UNKNOWN], "statement 1 is not wholly known in this preview", id="an unknown statement"),
        pytest.param(
            [a_statement(Sid="A", Effect=UNKNOWN, Principal="*")],
            "statement 'A' is not wholly known in this preview",
            id="an unknown effect",
        ),
        pytest.param(
            [a_statement(Principal={"AWS": UNKNOWN})],
            "statement 1 is not wholly known in this preview",
            id="an unknown principal",
        ),
        pytest.param(
            [a_statement(Principal={"AWS": [UNKNOWN, FOREIGN]})],
            f"statement 1: principal '{FOREIGN}' is of account '{FOREIGN}', not one of {OURS}",
            id="an unknown principal hides no foreign one",
        ),
        pytest.param(
            [UNKNOWN, a_statement(Action=["s3:*", UNKNOWN])],
            "statement 2: action 's3:*' opens s3:PutAccessGrantsInstanceResourcePolicy, s3:CreateAccessGrant, "
            "s3:CreateAccessGrantsLocation and 16 more",
            id="an unknown statement hides no other one",
        ),
        pytest.param(
            [a_statement(Resource=[INSTANCE, UNKNOWN])],
            "statement 1 is not wholly known in this preview",
            id="an unknown resource",
        ),
    ],
)
def test_what_is_not_known(a_context: Callable[..., Any], statements: list[Any], message: str) -> None:
    """What is opened for certain is told before what is not known; Deny only takes away."""
    assert told(RULE.judge(an_instance(a_policy(*statements)), a_context(RULE))) == message


@pytest.mark.parametrize(
    ("policy", "outcome", "message"),
    [
        pytest.param(json.dumps(a_policy(a_statement())), Outcome.PASS, "", id="AWS's documented policy"),
        pytest.param(
            json.dumps(a_policy(a_statement(Principal="*"))),
            Outcome.FAIL,
            "statement 1: Principal '*' opens the instance to every AWS account",
            id="everyone",
        ),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "policy is not known in this preview", id="unknown"),
        pytest.param(None, Outcome.FAIL, "policy is not set", id="none"),
        pytest.param("", Outcome.FAIL, "policy is a text that is empty", id="empty"),
        pytest.param("{", Outcome.FAIL, "policy is a text that is not JSON", id="half of one"),
        pytest.param(7, Outcome.FAIL, "policy is a number", id="a number"),
        pytest.param(
            json.dumps(a_policy(a_statement(Effect="allow"))),
            Outcome.FAIL,
            "policy is a statement whose Effect is neither 'Allow' nor 'Deny'",
            id="an effect that IAM does not know",
        ),
    ],
)
def test_policies(policy: Any, outcome: Outcome, message: str) -> None:
    """Critical and mandatory: only what reads as a policy can pass."""
    finding = run({"policy": policy, "accountId": ACCOUNT, "region": "eu-west-1"})

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, outcome is not Outcome.PASS)


LEAVES = st.sampled_from(
    [UNKNOWN, "Allow", "Deny", "*", OTHER, FOREIGN, "s3:GetDataAccess", "s3:*", INSTANCE, ORGANIZATION]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["AWS", "Service", "StringEquals"]) | st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
ELEMENTS = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
STATEMENTS = st.dictionaries(st.sampled_from(ELEMENTS), VALUES, max_size=3).map(lambda some: a_statement(**some))
POLICIES = st.lists(STATEMENTS | VALUES, max_size=2).map(lambda some: a_policy(*some)) | VALUES


@given(policy=POLICIES, strange=st.dictionaries(st.sampled_from(["accountId", "region"]), VALUES, max_size=2))
def test_whatever_stands_there(policy: Any, strange: dict[str, Any]) -> None:
    """Nothing raises, and a policy that passes was read, is known, and lets in whom it may."""
    outcome = run({"policy": policy, "accountId": ACCOUNT, "region": "eu-west-1", **strange}).outcome

    assert outcome is not Outcome.ERROR
    if outcome is Outcome.PASS:
        document = iam.read(policy)
        assert isinstance(document, iam.Document)
        for statement in document.statements:
            if statement.effect != "Deny":
                assert statement.settled
                assert set(statement.principals.aws) <= {ACCOUNT, OTHER, f"arn:aws:iam::{OTHER}:root"}
                assert not statement.principals.everyone | statement.principals.negated
                assert set(statement.actions.texts) <= set(ACTIONS)
                assert set(statement.resources.texts) <= {INSTANCE}
