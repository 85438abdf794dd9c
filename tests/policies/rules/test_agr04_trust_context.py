"""AGR-04: no context but Identity Center's."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed, Resource, Skipped, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.rules.agr04_trust_context import RULE, remedy
from grantgate_policies.subjects import Role, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
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


KEY, CENTER = "sts:RequestContextProviders", "arn:aws:iam::aws:contextProvider/IdentityCenter"
WRONG_KEY, WRONG_ARN = "aws:RequestContextProvider", "arn:aws:iam:::contextProvider/IdentityCenter"
SOURCE = statement()["Condition"]


def center(condition: Any, **elements: Any) -> dict[str, Any]:
    held = {**SOURCE, **condition} if isinstance(condition, dict) else condition
    return statement(Sid="Center", Action="sts:SetContext", Condition=held, **elements)


DOCUMENTED = {"ForAllValues:ArnEquals": {KEY: CENTER}}
GUARD = {"Null": {KEY: "false"}}


@pytest.mark.parametrize(
    ("condition", "guarded"),
    [
        pytest.param(DOCUMENTED, False, id="as AWS documents it"),
        pytest.param({"forallvalues:arnequals": {KEY.upper(): [CENTER]}}, False, id="letter case aside"),
        pytest.param({"ForAllValues:StringEquals": {KEY: CENTER}}, False, id="another operator"),
        pytest.param({**DOCUMENTED, "ForAllValues:StringLike": {KEY: "*"}}, False, id="something wider besides"),
        pytest.param({**DOCUMENTED, **GUARD}, True, id="with a guard"),
        pytest.param(
            {**DOCUMENTED, "ForAnyValue:StringLike": {KEY: "*"}}, True, id="with a guard that is a ForAnyValue"
        ),
        pytest.param(
            {
                "ForAllValues:ArnEquals": {KEY: [CENTER, "x"]},
                "ForAllValues:StringLike": {KEY: [CENTER, "y"]},
                **GUARD,
            },
            True,
            id="what two operators share",
        ),
    ],
)
def test_held(a_context: Callable[..., Any], condition: Any, *, guarded: bool) -> None:
    """The key is held to Identity Center; without the key only where the setting allows it."""
    given = role(trust(statement(), center(condition)))

    assert RULE.judge(given, a_context(RULE)) == Passed()
    assert isinstance(RULE.judge(given, a_context(RULE, {"requireNull": True})), Passed if guarded else Broken)
    assert remedy(given, a_context(RULE)) is None


HELD = f"and sts:SetContext must be held to '{CENTER}'"


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        pytest.param(
            {},
            f"sts:SetContext has no condition on {KEY}, so S3 may set any context, and it must be '{CENTER}'",
            id="none",
        ),
        pytest.param(
            {"ForAnyValue:StringEquals": {WRONG_KEY: WRONG_ARN}},
            f"'{WRONG_KEY}' is not the key '{KEY}', {HELD}",
            id="a misspelt key",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {KEY: WRONG_ARN}},
            f"{KEY} is '{WRONG_ARN}', and it must be '{CENTER}'",
            id="an ARN",
        ),
        pytest.param(
            {"ForAnyValue:ArnEquals": {KEY: [CENTER, "x"]}}, f"{KEY} is 'x', and it must be '{CENTER}'", id="one of two"
        ),
        pytest.param(
            {"ForAnyValue:ArnEquals": {KEY: CENTER}},
            f"'ForAnyValue:ArnEquals' on '{KEY}' asks for one such value and excludes no other, {HELD}",
            id="ForAnyValue",
        ),
        pytest.param(
            {"ForAnyValue:ArnEquals": {KEY: CENTER}, **GUARD},
            f"'ForAnyValue:ArnEquals' on '{KEY}' asks for one such value and excludes no other, {HELD}",
            id="ForAnyValue with a guard",
        ),
        pytest.param(
            {"ForAnyValue:ArnEquals": {KEY: CENTER}, "ForAllValues:ArnEquals": {KEY: [CENTER, "x"]}},
            f"'ForAnyValue:ArnEquals' on '{KEY}' asks for one such value and excludes no other, {HELD}",
            id="ForAnyValue beside what is wider",
        ),
        pytest.param(
            {"StringEquals": {**SOURCE["StringEquals"], KEY: CENTER}},
            f"'StringEquals' on '{KEY}' asks for one such value and excludes no other, {HELD}",
            id="no quantifier",
        ),
        pytest.param(
            {"ForAllValues:ArnLike": {KEY: "arn:aws:iam::aws:contextProvider/*"}},
            f"{KEY} is 'arn:aws:iam::aws:contextProvider/*', and it must be '{CENTER}'",
            id="any provider",
        ),
        pytest.param(
            {"ArnEqualsIfExists": {KEY: CENTER}},
            f"'ArnEqualsIfExists' on '{KEY}' also holds where the key is absent, {HELD}",
            id="IfExists",
        ),
        pytest.param(
            {"ForAllValues:ArnEqualsIfExists": {KEY: CENTER}},
            f"'ForAllValues:ArnEqualsIfExists' on '{KEY}' also holds where the key is absent, {HELD}",
            id="IfExists with a quantifier",
        ),
        pytest.param(
            GUARD,
            f"'Null' on '{KEY}' says whether it is there, not what it is, {HELD}",
            id="presence",
        ),
        pytest.param(
            {"ForAllValues:ArnNotEquals": {KEY: "x"}},
            f"'ForAllValues:ArnNotEquals' on '{KEY}' says what it is not, and not what it is, {HELD}",
            id="a negation",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {KEY: []}},
            f"'ForAllValues:ArnEquals' on '{KEY}' also holds where the key is absent, {HELD}",
            id="empty",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {KEY: CENTER.replace("aws:iam", "aws-cn:iam")}},
            f"{KEY} is 'arn:aws-cn:iam::aws:contextProvider/IdentityCenter', and it must be '{CENTER}'",
            id="another partition",
        ),
        pytest.param(
            {"ForAnyValue:StringEquals": {KEY: "x"}, "ForAllValues:StringLike": {KEY: "y"}},
            f"its conditions on {KEY} contradict each other, and must name '{CENTER}'",
            id="a contradiction",
        ),
    ],
)
def test_mistakes(a_context: Callable[..., Any], condition: Any, message: str) -> None:
    """Each mistake is named, and the statement written as it should be."""
    verdict = RULE.judge(role(trust(statement(), center(condition))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.message) == ("assumeRolePolicy", f"statement 'Center': {message}")
    written = json.loads(verdict.edit.removeprefix("Write statement 'Center' as "))
    assert written == center(DOCUMENTED)


@pytest.mark.parametrize(
    ("condition", "observed"),
    [
        pytest.param({}, f"no {KEY}", id="none"),
        pytest.param({"ForAnyValue:ArnEquals": {KEY: [CENTER, "x"]}}, "x", id="one of two"),
        pytest.param(
            {"ForAnyValue:StringEquals": {KEY: "x"}, "ForAllValues:StringLike": {KEY: "y"}},
            "no value",
            id="a contradiction",
        ),
    ],
)
def test_what_is_told(a_context: Callable[..., Any], condition: Any, observed: str) -> None:
    """The verdict holds what was found, and the provider that must be."""
    verdict = RULE.judge(role(trust(statement(), center(condition))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed) == ("assumeRolePolicy", observed)
    assert verdict.expected == f"{KEY} held to {CENTER}"


def test_the_guard(a_context: Callable[..., Any]) -> None:
    """With requireNull, ForAllValues needs a condition that asks for the key."""
    verdict = RULE.judge(role(trust(statement(), center(DOCUMENTED))), a_context(RULE, {"requireNull": True}))

    assert isinstance(verdict, Broken)
    assert verdict.message == (
        f"statement 'Center': 'ForAllValues:ArnEquals' on '{KEY}' also holds where the key is absent, {HELD}"
    )
    written = json.loads(verdict.edit.removeprefix("Write statement 'Center' as "))
    assert written == center({**DOCUMENTED, **GUARD})
    again = role(trust(statement(), written))
    assert RULE.judge(again, a_context(RULE, {"requireNull": True})) == Passed()


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize("write", [json.dumps, dict], ids=["text", "object"])
def test_documented(
    a_context: Callable[..., Any], region: str, partition: str, kind: str, write: Callable[[Any], Any]
) -> None:
    """AWS's own policies pass, with and without Identity Center, in each partition and form."""
    own = {"ForAllValues:ArnEquals": {KEY: f"arn:{partition}:iam::aws:contextProvider/IdentityCenter"}}
    for statements in (statement(), [statement(), center(own)]):
        given = write({"Version": "2012-10-17", "Statement": statements})
        assert RULE.judge(role(given, kind, region), a_context(RULE)) == Passed()


@pytest.mark.parametrize(
    ("elements", "breaks"),
    [
        pytest.param({"Action": ["sts:AssumeRole", "STS:setcontext"]}, True, id="among others"),
        pytest.param({"Action": "sts:*"}, True, id="by a wildcard"),
        pytest.param({"Action": None, "NotAction": "sts:AssumeRole"}, True, id="by NotAction"),
        pytest.param({"Action": "sts:SetContext", "Principal": "*"}, True, id="for everyone"),
        pytest.param({"Action": "sts:SetContext", "Principal": {"AWS": ACCOUNT}}, False, id="for somebody else"),
        pytest.param({"Action": "sts:SetContext", "Effect": "Deny"}, False, id="denied"),
        pytest.param({"Action": "sts:SetSourceIdentity"}, False, id="another action"),
    ],
)
def test_which_statements(a_context: Callable[..., Any], elements: dict[str, Any], *, breaks: bool) -> None:
    """Judged are the statements that allow the service to set a context."""
    verdict = RULE.judge(role(trust(statement(), statement(**elements))), a_context(RULE))

    assert isinstance(verdict, Broken if breaks else Passed)


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        pytest.param(center(UNKNOWN), Unsure, id="the conditions"),
        pytest.param(center({"ForAllValues:ArnEquals": {KEY: UNKNOWN}}), Unsure, id="the documented value"),
        pytest.param(center({"ForAnyValue:ArnEquals": {KEY: UNKNOWN}}), Broken, id="one value among others"),
        pytest.param(
            center({"ForAllValues:ArnEquals": {KEY: ["x", UNKNOWN]}, "ForAnyValue:ArnEquals": {KEY: CENTER}}),
            Unsure,
            id="the documented value beside another",
        ),
        pytest.param(statement(Action=UNKNOWN), Unsure, id="the action"),
        pytest.param(statement(Effect=UNKNOWN), Unsure, id="the effect"),
        pytest.param(statement({"Service": UNKNOWN}, Action="sts:SetContext"), Unsure, id="the service"),
        pytest.param(UNKNOWN, Unsure, id="the statement"),
        pytest.param(center({WRONG_KEY: UNKNOWN}), Unsure, id="an operator's keys"),
        pytest.param(center({"ArnEqualsIfExists": {KEY: UNKNOWN}}), Broken, id="a value that proves nothing"),
        pytest.param(center({"ForAllValues:ArnEquals": {WRONG_KEY: UNKNOWN}}), Broken, id="a misspelt key's value"),
        pytest.param(center(DOCUMENTED, Resource=UNKNOWN), Passed, id="what does not matter"),
    ],
)
def test_unknown(a_context: Callable[..., Any], other: Any, outcome: type) -> None:
    """What is not known yet is waited for where it decides, and is not put right."""
    given = role(trust(statement(), other))

    assert isinstance(RULE.judge(given, a_context(RULE)), outcome)
    assert remedy(given, a_context(RULE)) is None


# --- putting it right -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "righted"),
    [
        pytest.param(
            {"ForAnyValue:StringEquals": {WRONG_KEY: WRONG_ARN}}, DOCUMENTED, id="the key, the ARN and the operator"
        ),
        pytest.param({"ForAnyValue:ArnLike": {KEY: [CENTER]}}, {"ForAllValues:ArnEquals": {KEY: [CENTER]}}, id="one"),
        pytest.param({"StringEquals": {**SOURCE["StringEquals"], KEY: CENTER}}, DOCUMENTED, id="no quantifier"),
        pytest.param(
            {"ForAnyValue:ArnEquals": {KEY: CENTER}, "forallvalues:arnequals": {"aws:CalledVia": "x"}},
            {"forallvalues:arnequals": {KEY: CENTER, "aws:CalledVia": "x"}},
            id="an operator that is there",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {WRONG_KEY: [CENTER]}}, {"ForAllValues:ArnEquals": {KEY: [CENTER]}}, id="the key"
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {KEY.lower(): [WRONG_ARN]}},
            {"ForAllValues:ArnEquals": {KEY.lower(): [CENTER]}},
            id="the ARN",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {KEY: CENTER.replace("IdentityCenter", "Identitycenter")}},
            DOCUMENTED,
            id="the provider's name",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {WRONG_KEY: "x", KEY: WRONG_ARN}},
            {"ForAllValues:ArnEquals": {WRONG_KEY: "x", KEY: CENTER}},
            id="the ARN beside a misspelt key",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {WRONG_KEY: CENTER, f"{WRONG_KEY}s": "x"}},
            {"ForAllValues:ArnEquals": {KEY: CENTER, f"{WRONG_KEY}s": "x"}},
            id="the first of two misspelt keys",
        ),
    ],
)
@pytest.mark.parametrize("single", [True, False], ids=["one statement", "a list"])
@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize("write", [json.dumps, dict], ids=["text", "object"])
def test_remedy(
    a_context: Callable[..., Any], condition: Any, righted: Any, kind: str, write: Callable[[Any], Any], *, single: bool
) -> None:
    """Only what is misspelt changes, and text stays text."""
    others = (
        ()
        if single
        else (statement(), statement("*", Effect="Deny", Condition={"Bool": {"aws:ViaAWSService": "true"}}))
    )

    def whole(inner: Any) -> Any:
        return write({"Version": "2012-10-17", "Statement": inner if single else [*others, inner]})

    given = role(whole(center(condition)), kind)

    assert isinstance(RULE.judge(given, a_context(RULE)), Broken)
    assert remedy(given, a_context(RULE)) == {FIELDS[kind]: whole(center(righted))}
    assert RULE.remedy is remedy


@pytest.mark.parametrize(
    ("condition", "settings"),
    [
        pytest.param({}, {}, id="no condition"),
        pytest.param({"ForAllValues:ArnEquals": {KEY: "arn:aws:iam::aws:contextProvider/*"}}, {}, id="a wildcard"),
        pytest.param(
            {"ForAllValues:ArnEquals": {KEY: "arn:aws:iam::aws:contextProvider/Other"}}, {}, id="another provider"
        ),
        pytest.param({"ForAllValues:ArnLike": {KEY: f"{CENTER[:-1]}*"}}, {}, id="a star for a letter"),
        pytest.param({"ForAllValues:ArnLike": {KEY: f"{CENTER[:-1]}?"}}, {}, id="a question mark for a letter"),
        pytest.param({"ForAllValues:ArnLike": {KEY: f"{CENTER[:-5]}${{x}}"}}, {}, id="a policy variable"),
        pytest.param({"ArnEqualsIfExists": {WRONG_KEY: CENTER}}, {}, id="another operator too"),
        pytest.param({"ForAllValues:ArnEquals": {WRONG_KEY: CENTER}}, {"requireNull": True}, id="a guard too"),
        pytest.param({"ForAllValues:ArnEquals": {"aws:PrincipalArn": CENTER}}, {}, id="another key"),
    ],
)
def test_no_remedy(a_context: Callable[..., Any], condition: Any, settings: dict[str, Any]) -> None:
    """Where more than a spelling is wrong, nothing is put right."""
    given = role(trust(statement(), center(condition)))

    assert isinstance(RULE.judge(given, a_context(RULE, settings)), Broken)
    assert remedy(given, a_context(RULE, settings)) is None


@pytest.mark.parametrize(
    "given", [UNKNOWN, "{", None, 7, trust(statement({"Service": "lambda.amazonaws.com"}))], ids=str
)
def test_no_remedy_for_what_is_not_judged(a_context: Callable[..., Any], given: Any) -> None:
    """Nothing is put right that was not read."""
    assert remedy(role(given), a_context(RULE)) is None


def test_an_unknown_partition(a_context: Callable[..., Any]) -> None:
    """Where nothing tells the partition, the ARN itself must, and the remedy follows it."""
    context = a_context(RULE, variables={})
    for partition in ("aws", "aws-cn"):
        right = f"arn:{partition}:iam::aws:contextProvider/IdentityCenter"
        wrong = trust(center({"ForAllValues:ArnEquals": {KEY: right.replace("aws:con", ":con")}}))
        assert (
            RULE.judge(role(trust(center({"ForAllValues:ArnEquals": {KEY: right}})), region=UNKNOWN), context)
            == Passed()
        )
        assert isinstance(RULE.judge(role(wrong, region=UNKNOWN), context), Broken)
        assert remedy(role(wrong, region=UNKNOWN), context) == {
            "assumeRolePolicy": trust(center({"ForAllValues:ArnEquals": {KEY: right}}))
        }


def test_roles(a_context: Callable[..., Any]) -> None:
    """A role that is not for S3 Access Grants may set what it likes."""
    given = role(trust(statement({"Service": "lambda.amazonaws.com"}, Action="sts:SetContext")), name="reader")

    assert isinstance(RULE.judge(given, a_context(RULE)), Skipped)
    assert RULE.judge(given, a_context(RULE, {"roles": ["arn:*:iam::*:role/reader"]})) == Passed()


@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize(
    ("given", "outcome", "blocks"),
    [
        pytest.param(trust(statement()), Outcome.PASS, False, id="right"),
        pytest.param(trust(center({})), Outcome.FAIL, True, id="wrong"),
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
