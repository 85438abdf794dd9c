"""AGR-03: held to the own account and to its instance."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import (
    ABSENT,
    UNKNOWN,
    Broken,
    Context,
    Organization,
    Outcome,
    Passed,
    Resource,
    Skipped,
    Unsure,
)
from grantgate_policies.judge import Judge
from grantgate_policies.rules.agr03_trust_source import RULE
from grantgate_policies.subjects import Role, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT, OTHER = "111122223333", "444455556666"
SERVICE = "access-grants.s3.amazonaws.com"
CLASSIC, NATIVE = "aws:iam/role:Role", "aws-native:iam:Role"
FIELDS = {CLASSIC: "assumeRolePolicy", NATIVE: "assumeRolePolicyDocument"}


def resource(trust: Any, kind: str = CLASSIC, region: str = "eu-west-1", **props: Any) -> Resource:
    provider = {"allowedAccountIds": json.dumps([ACCOUNT]), "region": region}
    urn = f"urn:pulumi:prod::data::{kind}::reader"
    return Resource(urn, kind, "reader", {FIELDS[kind]: trust, **props}, provider_props=provider)


def role(*args: Any, **members: Any) -> Role:
    (fact,) = facts_of(resource(*args, **members))
    assert isinstance(fact, Role)
    return fact


def statement(principal: Any = None, **elements: Any) -> dict[str, Any]:
    condition = {
        "aws:SourceAccount": ACCOUNT,
        "aws:SourceArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default",
    }
    return {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE} if principal is None else principal,
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": condition},
        **elements,
    }


def trust(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ACCOUNT_KEY, ARN_KEY = "aws:SourceAccount", "aws:SourceArn"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
BOTH = f"{ACCOUNT_KEY} and {ARN_KEY}"
HELD = f"and the role must be held to {BOTH}"
OPEN = f"so S3 may use the role for any account, and it must be held to {BOTH}"


def judged(a_context: Callable[..., Context], condition: Any, settings: Any = None, **members: Any) -> Any:
    return RULE.judge(role(trust(statement(Condition=condition))), a_context(RULE, settings, **members))


def exact(account: Any = ACCOUNT, arn: Any = INSTANCE) -> dict[str, Any]:
    return {"StringEquals": {ACCOUNT_KEY: account, ARN_KEY: arn}}


def like(arn: Any) -> dict[str, Any]:
    return {"StringEquals": {ACCOUNT_KEY: ACCOUNT}, "ArnLike": {ARN_KEY: arn}}


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(exact(), id="as AWS documents it"),
        pytest.param(exact([ACCOUNT], [INSTANCE, INSTANCE.replace("eu-west-1", "us-east-1")]), id="two Regions"),
        pytest.param(
            {"stringequals": {"AWS:sourceaccount": ACCOUNT, "AWS:SourceArn": INSTANCE}}, id="letter case aside"
        ),
        pytest.param(like(INSTANCE), id="ArnLike"),
        pytest.param({"StringLike": {ACCOUNT_KEY: ACCOUNT}, "ArnEquals": {ARN_KEY: INSTANCE}}, id="other operators"),
        pytest.param({**exact(), "StringLike": {ARN_KEY: "arn:aws:s3:*"}}, id="something wider besides"),
        pytest.param({"StringEquals": {ACCOUNT_KEY: int(ACCOUNT), ARN_KEY: INSTANCE}}, id="a number"),
    ],
)
def test_held(a_context: Callable[..., Any], condition: Any) -> None:
    """Both keys are held to the role's own account and instance, in whatever spelling IAM takes."""
    assert judged(a_context, condition) == Passed()


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        pytest.param(
            {},
            f"it has no conditions, {OPEN}",
            id="none",
        ),
        pytest.param(
            {"Bool": {"aws:SecureTransport": "true"}},
            f"it has neither {ACCOUNT_KEY} nor {ARN_KEY}, {OPEN}",
            id="others only",
        ),
        pytest.param(
            {"StringEquals": {ACCOUNT_KEY: ACCOUNT}},
            f"it has {ACCOUNT_KEY} and no {ARN_KEY}, and it must be held to {BOTH}",
            id="the account only",
        ),
        pytest.param(
            {"StringEquals": {ARN_KEY: INSTANCE}},
            f"it has {ARN_KEY} and no {ACCOUNT_KEY}, and it must be held to {BOTH}",
            id="the ARN only",
        ),
        pytest.param(
            {"StringEqualsIfExists": {ACCOUNT_KEY: ACCOUNT, ARN_KEY: INSTANCE}},
            f"'StringEqualsIfExists' on '{ACCOUNT_KEY}' also holds where the key is absent, {HELD}",
            id="IfExists",
        ),
        pytest.param(
            {"ForAllValues:StringEquals": {ACCOUNT_KEY: ACCOUNT, ARN_KEY: INSTANCE}},
            f"'ForAllValues:StringEquals' on '{ACCOUNT_KEY}' also holds where the key is absent, {HELD}",
            id="ForAllValues",
        ),
        pytest.param(
            {"StringEquals": {"aws:SourceAcount": ACCOUNT, ARN_KEY: INSTANCE}},
            f"'aws:SourceAcount' is not the key '{ACCOUNT_KEY}', {HELD}",
            id="a misspelt account",
        ),
        pytest.param(
            {"StringEquals": {ACCOUNT_KEY: ACCOUNT, "SourceArn": INSTANCE}},
            f"'SourceArn' is not the key '{ARN_KEY}', {HELD}",
            id="a misspelt ARN",
        ),
        pytest.param(
            {"StringNotEquals": {ACCOUNT_KEY: "444455556666"}},
            f"'StringNotEquals' on '{ACCOUNT_KEY}' says what it is not, and not what it is, {HELD}",
            id="a negation",
        ),
        pytest.param(
            {"Null": {ACCOUNT_KEY: "false", ARN_KEY: "false"}},
            f"'Null' on '{ACCOUNT_KEY}' says whether it is there, not what it is, {HELD}",
            id="presence",
        ),
        pytest.param(
            {"StringMatches": {ACCOUNT_KEY: ACCOUNT}},
            f"'StringMatches' on '{ACCOUNT_KEY}' is no operator of IAM, {HELD}",
            id="no operator",
        ),
        pytest.param(
            exact("${aws:PrincipalAccount}"),
            f"'${{aws:PrincipalAccount}}' of '{ACCOUNT_KEY}' holds a policy variable, not a value, {HELD}",
            id="a policy variable",
        ),
        pytest.param(
            {"NumericEquals": {ACCOUNT_KEY: ACCOUNT}},
            f"'NumericEquals' on '{ACCOUNT_KEY}' does not compare texts, {HELD}",
            id="a number",
        ),
        pytest.param(
            exact([]),
            f"'StringEquals' on '{ACCOUNT_KEY}' has no value, {HELD}",
            id="empty",
        ),
        pytest.param(
            exact("444455556666"),
            f"{ACCOUNT_KEY} is '444455556666', and the role is of account '{ACCOUNT}'",
            id="another account",
        ),
        pytest.param(
            exact([ACCOUNT, "444455556666"]),
            f"{ACCOUNT_KEY} is '444455556666', and the role is of account '{ACCOUNT}'",
            id="another account besides",
        ),
        pytest.param(
            {"StringLike": {ACCOUNT_KEY: "*"}, "StringEquals": {ARN_KEY: INSTANCE}},
            f"{ACCOUNT_KEY} is '*', and it must be account '{ACCOUNT}', in 12 digits",
            id="any account",
        ),
        pytest.param(
            {**exact(), "ForAllValues:StringEquals": {ACCOUNT_KEY: "444455556666"}},
            f"its conditions on {ACCOUNT_KEY} contradict each other, and they must name account '{ACCOUNT}'",
            id="a contradiction",
        ),
    ],
)
def test_mistakes(a_context: Callable[..., Any], condition: Any, message: str) -> None:
    """Each mistake is named, and the statement written as it should be."""
    verdict = judged(a_context, condition)

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.message) == ("assumeRolePolicy", f"statement 1: {message}")
    written = json.loads(verdict.edit.removeprefix("Write statement 1 as "))
    assert written["Condition"]["StringEquals"] == exact()["StringEquals"]
    assert judged(a_context, written["Condition"]) == Passed()


@pytest.mark.parametrize(
    ("condition", "observed", "expected"),
    [
        pytest.param({}, "no conditions", BOTH, id="none"),
        pytest.param(
            {"Bool": {"aws:SecureTransport": "true"}}, f"neither {ACCOUNT_KEY} nor {ARN_KEY}", BOTH, id="others only"
        ),
        pytest.param({"StringEquals": {ACCOUNT_KEY: ACCOUNT}}, f"no {ARN_KEY}", BOTH, id="the account only"),
        pytest.param({"StringEquals": {ARN_KEY: INSTANCE}}, f"no {ACCOUNT_KEY}", BOTH, id="the ARN only"),
        pytest.param(
            {**exact(), "ForAllValues:StringEquals": {ACCOUNT_KEY: OTHER}},
            "no account",
            f"account '{ACCOUNT}'",
            id="a contradiction",
        ),
        pytest.param(exact(OTHER), OTHER, f"account '{ACCOUNT}'", id="another account"),
        pytest.param(exact("x"), "x", f"account '{ACCOUNT}'", id="no account"),
    ],
)
def test_what_is_told(a_context: Callable[..., Any], condition: Any, observed: str, expected: str) -> None:
    """The verdict holds what was found, and what the role must be held to."""
    verdict = judged(a_context, condition)

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed, verdict.expected) == ("assumeRolePolicy", observed, expected)


@pytest.mark.parametrize(
    ("settings", "regions", "region"),
    [
        pytest.param({}, ("eu-west-1",), "eu-west-1", id="the one that there is"),
        pytest.param({}, ("eu-west-1", "us-east-1"), "REGION", id="one of two"),
        pytest.param({}, (), "REGION", id="any that there is"),
        pytest.param({"anyRegion": True}, ("eu-west-1",), "*", id="every one"),
    ],
)
@pytest.mark.parametrize(
    ("condition", "observed"),
    [
        pytest.param(exact(arn="x"), "x", id="another ARN"),
        pytest.param({**exact(), "ForAllValues:ArnEquals": {ARN_KEY: "x"}}, "no ARN", id="a contradiction"),
    ],
)
def test_the_arn_that_is_told(
    a_context: Callable[..., Any],
    settings: dict[str, Any],
    regions: tuple[str, ...],
    region: str,
    condition: Any,
    observed: str,
) -> None:
    """The instance's ARN is written with its Region where there is but one."""
    verdict = judged(a_context, condition, settings, organization=Organization("acme", {}, regions))

    assert isinstance(verdict, Broken)
    assert verdict.observed == observed
    assert verdict.expected == f"arn:aws:s3:{region}:{ACCOUNT}:access-grants/default"


ASSUME, IDENTITY, CONTEXT = "sts:AssumeRole", "sts:SetSourceIdentity", "sts:SetContext"


@pytest.mark.parametrize(
    ("actions", "written"),
    [
        pytest.param(ASSUME, [ASSUME, IDENTITY], id="AssumeRole alone"),
        pytest.param(["STS:assumerole", CONTEXT], ["STS:assumerole", IDENTITY, CONTEXT], id="without the identity"),
        pytest.param([IDENTITY, ASSUME], [IDENTITY, ASSUME], id="both, turned"),
        pytest.param([ASSUME, "sts:TagSession"], [ASSUME, IDENTITY], id="with another action"),
        pytest.param("sts:TagSession", [ASSUME, IDENTITY], id="another action alone"),
        pytest.param("sts:*", [ASSUME, IDENTITY], id="a wildcard"),
        pytest.param(IDENTITY, IDENTITY, id="the identity alone"),
        pytest.param(CONTEXT, CONTEXT, id="the context alone"),
    ],
)
def test_the_actions_that_are_written(a_context: Callable[..., Any], actions: Any, written: Any) -> None:
    """Who may assume the role may set the source identity in the corrected statement, whatever stood there."""
    verdict = RULE.judge(role(trust(statement(Action=actions, Condition={}))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert json.loads(verdict.edit.removeprefix("Write statement 1 as "))["Action"] == written


def test_more_patterns_than_are_compared(a_context: Callable[..., Any]) -> None:
    """Patterns by the hundred hold nothing that could be told, and a policy of them is read like another."""
    some = [f"arn*{one}*a*b*{other}" for one in range(400) for other in range(2)]
    condition = {
        "StringEquals": {ACCOUNT_KEY: ACCOUNT},
        "StringLike": {ARN_KEY: some},
        "ForAllValues:StringLike": {ARN_KEY: [f"*x{one}*a*c*" for one in range(400)]},
    }
    verdict = judged(a_context, condition)

    assert isinstance(verdict, Broken)
    assert verdict.observed == min(some)


LOCATION = f"{INSTANCE}/location/a1b2"


@pytest.mark.parametrize(
    ("condition", "settings", "complaint"),
    [
        pytest.param(
            exact(arn=LOCATION),
            {},
            "a location's, as some copies of the AWS documentation show, and S3 sends the instance's",
            id="a location",
        ),
        pytest.param(
            exact(arn=f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/location/a1b2"),
            {},
            "a location's, as some copies of the AWS documentation show, and S3 sends the instance's",
            id="a location, in the other form",
        ),
        pytest.param(exact(arn=LOCATION), {"allowLocationArn": True}, "", id="a location where it may be"),
        pytest.param(like(f"{INSTANCE}/location/*"), {"allowLocationArn": True}, "", id="every location"),
        pytest.param(
            like("arn:aws:s3:*:*:access-grants/default"),
            {"anyRegion": True},
            f"which is not held to account '{ACCOUNT}'",
            id="any account",
        ),
        pytest.param(
            like("arn:aws:s3:eu-west-1:444455556666:access-grants/default"),
            {},
            f"which is not held to account '{ACCOUNT}'",
            id="another account",
        ),
        pytest.param(
            like(f"arn:aws:s3:*:{ACCOUNT}:access-grants/default"),
            {},
            "which is every Region, and anyRegion does not allow that",
            id="any Region",
        ),
        pytest.param(
            like(f"arn:aws:s3:*:{ACCOUNT}:access-grants/default"), {"anyRegion": True}, "", id="any Region may be"
        ),
        pytest.param(
            exact(arn=f"arn:aws:s3:*:{ACCOUNT}:access-grants/default"),
            {"anyRegion": True},
            "where its operator takes a wildcard for a character of its own",
            id="a star that StringEquals takes literally",
        ),
        pytest.param(
            exact(arn=INSTANCE.replace("eu-west-1", "eu-central-1")),
            {},
            "and its Region is not one of the organization's 'eu-west-1', 'us-east-1'",
            id="another Region",
        ),
        pytest.param(exact(arn=INSTANCE.replace("eu-west-1", "")), {}, "and an instance has a Region", id="no Region"),
        pytest.param(
            like(f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/*"),
            {},
            "which is wider than the instance 'access-grants/default'",
            id="everything of Access Grants",
        ),
        pytest.param(
            like(f"{INSTANCE}*"),
            {"allowLocationArn": True},
            "which is wider than the instance 'access-grants/default'",
            id="what begins so",
        ),
        pytest.param(
            exact(arn=f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants"),
            {},
            "and the instance is 'access-grants/default'",
            id="no instance",
        ),
        pytest.param(exact(arn=INSTANCE.replace("aws", "aws-cn")), {}, "and the partition must be 'aws'", id="China's"),
        pytest.param(like(INSTANCE.replace("aws", "*")), {}, "and the partition must be 'aws'", id="any partition"),
        pytest.param(like(INSTANCE.replace("s3", "*")), {}, "and the service must be 's3'", id="any service"),
        pytest.param(like("*"), {}, "which is no ARN of an Access Grants instance", id="anything"),
        pytest.param(
            exact(arn="arn:aws:s3:::acme-data"), {}, f"which is not held to account '{ACCOUNT}'", id="a bucket"
        ),
        pytest.param(
            {**exact(), "ForAllValues:ArnEquals": {ARN_KEY: "x"}},
            {},
            "and they must name 'arn:aws:s3:REGION:111122223333:access-grants/default'",
            id="a contradiction",
        ),
        pytest.param(exact(arn=""), {}, "which is no ARN of an Access Grants instance", id="empty"),
        pytest.param(exact(arn=[INSTANCE, "x"]), {}, "which is no ARN of an Access Grants instance", id="one of two"),
    ],
)
def test_arn(a_context: Callable[..., Any], condition: Any, settings: dict[str, Any], complaint: str) -> None:
    """Each value of aws:SourceArn is the instance's ARN, and wider ones only by the settings."""
    verdict = judged(a_context, condition, settings)

    assert isinstance(verdict, Broken if complaint else Passed)
    assert not isinstance(verdict, Broken) or verdict.message.endswith(f", {complaint}")


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-north-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize("write", [json.dumps, dict], ids=["text", "object"])
def test_documented(
    a_context: Callable[..., Any], region: str, partition: str, kind: str, write: Callable[[Any], Any]
) -> None:
    """AWS's own policies pass, with and without Identity Center, in each partition and form."""
    condition = exact(arn=f"arn:{partition}:s3:{region}:{ACCOUNT}:access-grants/default")
    center = {
        **condition,
        "ForAllValues:ArnEquals": {
            "sts:RequestContextProviders": f"arn:{partition}:iam::aws:contextProvider/IdentityCenter"
        },
    }
    usual = statement(Condition=condition)
    context = a_context(RULE, organization=Organization("acme", {}))
    for statements in (usual, [usual, statement(Action="sts:SetContext", Condition=center)]):
        given = write({"Version": "2012-10-17", "Statement": statements})
        assert RULE.judge(role(given, kind, region), context) == Passed()
    wrong = write(
        trust(statement(Condition=exact(arn=condition["StringEquals"][ARN_KEY].replace(region, "me-south-1"))))
    )
    assert isinstance(RULE.judge(role(wrong, kind, region), context), Passed if partition == "aws" else Broken)


def test_every_statement_is_judged(a_context: Callable[..., Any]) -> None:
    """One statement without conditions is enough, also one for everyone or with a misspelt name."""
    for principal in (None, "*", {"Service": "access-grants.amazonaws.com"}):
        given = trust(statement(), statement(principal, Sid="Open", Condition={}))
        verdict = RULE.judge(role(given), a_context(RULE))
        assert isinstance(verdict, Broken)
        assert verdict.message.startswith("statement 'Open': it has no conditions")
        assert verdict.edit.startswith("Write statement 'Open' as {")
    others = trust(statement(), statement({"AWS": ACCOUNT}, Condition={}), statement("*", Effect="Deny", Condition={}))
    assert RULE.judge(role(others), a_context(RULE)) == Passed()


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        pytest.param(UNKNOWN, f"statement 1: the condition on {ACCOUNT_KEY} is not known in this preview", id="all"),
        pytest.param(
            exact(arn=UNKNOWN), f"statement 1: the condition on {ARN_KEY} is not known in this preview", id="the ARN"
        ),
        pytest.param(
            exact(UNKNOWN),
            f"statement 1: the condition on {ACCOUNT_KEY} is not known in this preview",
            id="the account",
        ),
    ],
)
def test_unknown(a_context: Callable[..., Any], condition: Any, reason: str) -> None:
    """Conditions that are not known yet are waited for."""
    assert judged(a_context, condition) == Unsure("assumeRolePolicy", reason)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"StringEquals": {ACCOUNT_KEY: UNKNOWN}}, id="one key is missing"),
        pytest.param(exact(UNKNOWN, LOCATION), id="the other one is wrong"),
        pytest.param({"StringEqualsIfExists": {ACCOUNT_KEY: UNKNOWN, ARN_KEY: UNKNOWN}}, id="the operator is wrong"),
    ],
)
def test_the_unknown_hides_no_mistake(a_context: Callable[..., Any], condition: Any) -> None:
    """What is wrong whatever the value is told at once."""
    assert isinstance(judged(a_context, condition), Broken)


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        pytest.param(exact(), Unsure, id="both agree"),
        pytest.param(exact(UNKNOWN), Unsure, id="nothing to compare"),
        pytest.param(exact("444455556666"), Broken, id="they differ"),
        pytest.param(exact([ACCOUNT, "444455556666"]), Broken, id="two accounts"),
        pytest.param(like(INSTANCE.replace(ACCOUNT, "*")), Broken, id="a wildcard"),
        pytest.param(
            {"StringEquals": {ACCOUNT_KEY: UNKNOWN}, "ArnLike": {ARN_KEY: INSTANCE.replace(ACCOUNT, "*")}},
            Broken,
            id="a wildcard beside an unknown account",
        ),
        pytest.param({}, Broken, id="nothing"),
    ],
)
@pytest.mark.parametrize("account", [UNKNOWN, ABSENT])
def test_an_unknown_account(a_context: Callable[..., Any], condition: Any, outcome: type, account: Any) -> None:
    """Without the role's account nothing passes, and what differs from itself is wrong anyway."""
    provider = {"region": "eu-west-1"} | ({"allowedAccountIds": UNKNOWN} if account is UNKNOWN else {})
    props = {"assumeRolePolicy": trust(statement(Condition=condition))}
    (fact,) = facts_of(Resource("urn", CLASSIC, "reader", props, provider_props=provider))

    verdict = RULE.judge(fact, a_context(RULE))

    assert isinstance(verdict, outcome)
    if isinstance(verdict, Broken):
        assert "ACCOUNT" in verdict.edit
    elif condition == exact():
        reason = "neither the role's ARN nor its provider says the account; set allowedAccountIds on the provider"
        assert verdict == Unsure("assumeRolePolicy", reason)


def test_two_accounts_where_the_own_is_not_known(a_context: Callable[..., Any]) -> None:
    """Whatever the role's account is, one of the two is another."""
    props = {"assumeRolePolicy": trust(statement(Condition=exact([ACCOUNT, OTHER])))}
    (fact,) = facts_of(Resource("urn", CLASSIC, "reader", props, provider_props={"region": "eu-west-1"}))

    verdict = RULE.judge(fact, a_context(RULE))

    assert isinstance(verdict, Broken)
    assert (verdict.observed, verdict.expected) == (f"{ACCOUNT}, {OTHER}", "one account")


def test_an_unknown_region_is_written_in_capitals(a_context: Callable[..., Any]) -> None:
    """What the edit cannot know, it asks for; an unknown partition is any that there is."""
    given = trust(statement(Condition={}))
    verdict = RULE.judge(role(given, region=UNKNOWN), a_context(RULE, variables={}))

    assert isinstance(verdict, Broken)
    assert f"arn:aws:s3:REGION:{ACCOUNT}:access-grants/default" in verdict.edit
    assert RULE.judge(role(trust(statement()), region=UNKNOWN), a_context(RULE, variables={})) == Passed()
    wild = trust(statement(Condition=like(INSTANCE.replace("aws", "*"))))
    assert isinstance(RULE.judge(role(wild, region=UNKNOWN), a_context(RULE, variables={})), Broken)


def test_roles(a_context: Callable[..., Any]) -> None:
    """A listed role without a statement for S3 has nothing to hold."""
    given = role(trust(statement({"Service": "lambda.amazonaws.com"})), name="reader")

    verdict = RULE.judge(given, a_context(RULE, {"roles": ["arn:*:iam::*:role/reader"]}))

    assert verdict == Skipped("no statement of the trust policy is about S3 Access Grants")


@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize(
    ("given", "outcome", "blocks"),
    [
        pytest.param(trust(statement()), Outcome.PASS, False, id="right"),
        pytest.param(trust(statement(Condition={})), Outcome.FAIL, True, id="wrong"),
        pytest.param("[", Outcome.FAIL, True, id="not JSON"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, False, id="unknown"),
        pytest.param(
            trust(statement({"Service": "lambda.amazonaws.com"})), Outcome.NOT_APPLICABLE, False, id="another"
        ),
    ],
)
def test_in_a_run(a_rulebook: Callable[..., Any], kind: str, given: Any, outcome: Outcome, *, blocks: bool) -> None:
    """Failures block, and what is not known yet warns."""
    judge = Judge(a_rulebook({}), "data-prod", dt.date(2026, 11, 20), rules=(RULE,))
    (finding,) = judge.findings(resource(given, kind))

    assert (finding.outcome, finding.blocks) == (outcome, blocks)
