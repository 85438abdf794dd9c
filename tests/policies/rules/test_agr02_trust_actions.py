"""AGR-02: the actions that S3 needs, each by its name."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed, Resource, Skipped, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.rules.agr02_trust_actions import RULE
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


ASSUME, IDENTITY, CONTEXT = "sts:AssumeRole", "sts:SetSourceIdentity", "sts:SetContext"
LIMIT = f"'{ASSUME}', '{IDENTITY}', '{CONTEXT}'"
NEEDED = f"'{ASSUME}', '{IDENTITY}'"


@pytest.mark.parametrize(
    ("settings", "actions", "message"),
    [
        pytest.param({}, [ASSUME, IDENTITY], "", id="as AWS documents it"),
        pytest.param({}, [ASSUME, IDENTITY, CONTEXT], "", id="with Identity Center"),
        pytest.param({}, ["STS:assumerole", "sts:setsourceidentity"], "", id="letter case aside"),
        pytest.param(
            {}, ASSUME, f"no statement allows '{IDENTITY}' to '{SERVICE}', and S3 needs {NEEDED}", id="AssumeRole alone"
        ),
        pytest.param({}, [], f"no statement allows {NEEDED} to '{SERVICE}', and S3 needs {NEEDED}", id="nothing"),
        pytest.param(
            {}, "sts:*", f"statement 1 allows 'sts:*', and S3 needs {LIMIT} at most, each by its name", id="a wildcard"
        ),
        pytest.param(
            {}, "*", f"statement 1 allows '*', and S3 needs {LIMIT} at most, each by its name", id="everything"
        ),
        pytest.param(
            {},
            [ASSUME, "sts:Set*"],
            f"statement 1 allows 'sts:Set*', and S3 needs {LIMIT} at most, each by its name",
            id="a wildcard that happens to fit",
        ),
        pytest.param(
            {},
            [ASSUME, IDENTITY, "sts:TagSession"],
            f"statement 1 allows 'sts:TagSession', and S3 needs {LIMIT} at most",
            id="one too many",
        ),
        pytest.param({"actions": ["sts:tagSession"]}, [ASSUME, IDENTITY, "sts:TagSession"], "", id="one by setting"),
        pytest.param({"identityCenter": "required"}, [ASSUME, IDENTITY, CONTEXT], "", id="required"),
        pytest.param(
            {"identityCenter": "required"},
            [ASSUME, IDENTITY],
            f"no statement allows '{CONTEXT}' to '{SERVICE}', and S3 needs {LIMIT}",
            id="required and missing",
        ),
        pytest.param({"identityCenter": "forbidden"}, [ASSUME, IDENTITY], "", id="forbidden"),
        pytest.param(
            {"identityCenter": "forbidden"},
            [ASSUME, IDENTITY, CONTEXT],
            f"statement 1 allows '{CONTEXT}', which is for Identity Center, and identityCenter is 'forbidden'",
            id="forbidden and there",
        ),
        pytest.param(
            {"identityCenter": "forbidden"},
            "sts:Set*",
            f"statement 1 allows 'sts:Set*', and S3 needs {NEEDED} at most, each by its name",
            id="forbidden and there by a wildcard",
        ),
    ],
)
def test_actions(a_context: Callable[..., Any], settings: dict[str, Any], actions: Any, message: str) -> None:
    """Both actions are needed, SetContext by the setting, and no others."""
    verdict = RULE.judge(role(trust(statement(Action=actions))), a_context(RULE, settings))

    assert isinstance(verdict, Broken if message else Passed)
    assert not isinstance(verdict, Broken) or verdict.message == message


@pytest.mark.parametrize(
    ("settings", "statements", "actions"),
    [
        pytest.param({}, [{"Action": ASSUME}], [ASSUME, IDENTITY], id="one missing"),
        pytest.param({}, [{"Action": "sts:*"}], [ASSUME, IDENTITY, CONTEXT], id="a wildcard"),
        pytest.param({}, [{"Action": [ASSUME, "sts:Tag*"]}], [ASSUME, IDENTITY], id="a wildcard besides"),
        pytest.param({"identityCenter": "forbidden"}, [{"Action": "sts:Set*"}], IDENTITY, id="what is forbidden"),
        pytest.param({"identityCenter": "required"}, [{}], CONTEXT, id="what is required"),
        pytest.param({}, [{"Action": CONTEXT}], [ASSUME, IDENTITY], id="both missing"),
    ],
)
def test_edit(
    a_context: Callable[..., Any], settings: dict[str, Any], statements: list[dict[str, Any]], actions: Any
) -> None:
    """The statement is written out, with the conditions of the other rules."""
    given = trust(*(statement(**one) for one in statements))
    verdict = RULE.judge(role(given), a_context(RULE, settings))

    assert isinstance(verdict, Broken)
    written = json.loads(verdict.edit[verdict.edit.index("{") :])
    assert written["Action"] == actions
    assert written["Condition"]["StringEquals"] == statement()["Condition"]["StringEquals"]
    assert ("ForAllValues:ArnEquals" in written["Condition"]) is (CONTEXT in actions)


DENIED = {"Effect": "Deny", "Action": IDENTITY, "Condition": {}}


@pytest.mark.parametrize(
    ("settings", "statements", "observed", "expected", "edit"),
    [
        pytest.param(
            {}, [{"Action": None, "NotAction": "x:Y"}], "NotAction", LIMIT, "Write statement 1 as {", id="NotAction"
        ),
        pytest.param({}, [{"Action": "sts:*"}], "sts:*", LIMIT, "Write statement 1 as {", id="a wildcard"),
        pytest.param({}, [{"Action": "x:?"}], "x:?", LIMIT, "Write statement 1 as {", id="a question mark"),
        pytest.param({}, [{"Action": "x:Y"}], "x:Y", LIMIT, "Write statement 1 as {", id="one too many"),
        pytest.param(
            {"identityCenter": "forbidden"},
            [{"Action": "STS:setcontext"}],
            "STS:setcontext",
            NEEDED,
            "Write statement 1 as {",
            id="what is forbidden, in other letters",
        ),
        pytest.param(
            {},
            [{}, DENIED],
            f"{IDENTITY} denied",
            NEEDED,
            f"Leave {SERVICE} and {IDENTITY} out of the Deny.",
            id="denied",
        ),
        pytest.param({}, [{"Action": []}], f"not {ASSUME}, {IDENTITY}", NEEDED, "Add the statement {", id="nothing"),
        pytest.param(
            {}, [{"Action": ASSUME}], f"not {IDENTITY}", NEEDED, "Write statement 1 as {", id="one is missing"
        ),
        pytest.param(
            {"identityCenter": "required"}, [{}], f"not {CONTEXT}", LIMIT, "Add the statement {", id="the context"
        ),
    ],
)
def test_what_is_told(
    a_context: Callable[..., Any],
    settings: dict[str, Any],
    statements: list[dict[str, Any]],
    observed: str,
    expected: str,
    edit: str,
) -> None:
    """The verdict holds what was found, the actions that may be, and the change that is to be made."""
    verdict = RULE.judge(role(trust(*(statement(**one) for one in statements))), a_context(RULE, settings))

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed, verdict.expected) == ("assumeRolePolicy", observed, expected)
    assert verdict.edit.startswith(edit)
    assert verdict.edit.endswith("}" if "{" in edit else ".")


def test_two_statements(a_context: Callable[..., Any]) -> None:
    """Actions may be spread over statements, and those of others are not judged."""
    given = trust(
        statement(Action=ASSUME),
        statement(Action=[IDENTITY]),
        statement({"AWS": ACCOUNT}, Action="sts:*"),
        statement("*", Effect="Deny", Action="sts:TagSession"),
    )

    assert RULE.judge(role(given), a_context(RULE)) == Passed()


@pytest.mark.parametrize(
    ("elements", "broken"),
    [
        pytest.param({"Action": IDENTITY}, True, id="by name"),
        pytest.param({"Action": "sts:Set*"}, True, id="by a wildcard"),
        pytest.param({"Action": None, "NotAction": ASSUME}, True, id="by NotAction"),
        pytest.param({"Action": IDENTITY, "Principal": "*"}, True, id="for everyone"),
        pytest.param({"Action": IDENTITY, "Principal": {"AWS": ACCOUNT}}, False, id="for somebody else"),
        pytest.param(
            {"Action": IDENTITY, "Condition": {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}},
            False,
            id="for other accounts",
        ),
        pytest.param({"Action": CONTEXT}, False, id="what is not needed"),
    ],
)
def test_denied(a_context: Callable[..., Any], elements: dict[str, Any], *, broken: bool) -> None:
    """A Deny without conditions takes away what an Allow gives."""
    deny = statement(**{"Effect": "Deny", "Condition": {}, **elements})
    verdict = RULE.judge(role(trust(statement(), deny)), a_context(RULE))

    assert isinstance(verdict, Broken) is broken
    if isinstance(verdict, Broken):
        assert verdict.message == f"a Deny takes '{IDENTITY}' from '{SERVICE}', and S3 needs {NEEDED}"


@pytest.mark.parametrize(
    ("named", "broken"),
    [
        pytest.param([SERVICE], True, id="the one that is allowed"),
        pytest.param([f"{SERVICE}.cn"], False, id="the one that is not"),
        pytest.param([SERVICE, f"{SERVICE}.cn"], True, id="both"),
    ],
)
def test_denied_in_china(a_context: Callable[..., Any], named: list[str], *, broken: bool) -> None:
    """Where the service has two names, the one that is allowed must not be denied."""
    deny = statement({"Service": named}, Effect="Deny", Condition={})
    verdict = RULE.judge(role(trust(statement(), deny), region="cn-north-1"), a_context(RULE))

    assert isinstance(verdict, Broken) is broken


@pytest.mark.parametrize(
    ("statements", "name", "missing"),
    [
        pytest.param([(SERVICE, [ASSUME, IDENTITY])], "", "", id="both to the usual name"),
        pytest.param([(f"{SERVICE}.cn", [ASSUME, IDENTITY])], "", "", id="both to China's name"),
        pytest.param([(f"{SERVICE}.cn", [ASSUME]), (f"{SERVICE}.cn", [IDENTITY])], "", "", id="both in two statements"),
        pytest.param([(SERVICE, [ASSUME]), (f"{SERVICE}.cn", [IDENTITY])], SERVICE, IDENTITY, id="one to each"),
        pytest.param(
            [(SERVICE, [IDENTITY]), (f"{SERVICE}.cn", [ASSUME])], f"{SERVICE}.cn", IDENTITY, id="one to each, turned"
        ),
        pytest.param([(f"{SERVICE}.cn", [ASSUME])], f"{SERVICE}.cn", IDENTITY, id="one to China's name"),
    ],
)
@pytest.mark.parametrize("region", ["cn-north-1", UNKNOWN], ids=["China", "an unknown partition"])
def test_one_name_needs_all(
    a_context: Callable[..., Any], statements: list[tuple[str, list[str]]], name: str, missing: str, region: Any
) -> None:
    """Where the service has two names, what one of them may do is of no use to the other."""
    context = a_context(RULE, variables={"partition": None})
    given = trust(*(statement({"Service": service}, Action=actions) for service, actions in statements))
    verdict = RULE.judge(role(given, region=region), context)

    if not name:
        assert verdict == Passed()
        return
    assert isinstance(verdict, Broken)
    assert verdict.message == f"no statement allows '{missing}' to '{name}', and S3 needs {NEEDED}"
    number = next(n for n, (service, _) in enumerate(statements, 1) if service == name)
    assert verdict.edit.startswith(f"Write statement {number} as {{")
    written = json.loads(verdict.edit[verdict.edit.index("{") :])
    assert written["Principal"] == {"Service": name}
    assert RULE.judge(role(trust(written), region=region), context) == Passed()


def test_the_other_name_may_be_allowed_yet(a_context: Callable[..., Any]) -> None:
    """A Deny for one name decides nothing while the other one's actions are not known."""
    deny = statement({"Service": SERVICE}, Effect="Deny", Condition={})
    given = trust(statement(), deny, statement({"Service": f"{SERVICE}.cn"}, Action=[ASSUME, UNKNOWN]))

    assert isinstance(RULE.judge(role(given, region="cn-north-1"), a_context(RULE)), Unsure)
    assert isinstance(RULE.judge(role(given), a_context(RULE)), Broken)


def test_not_action(a_context: Callable[..., Any]) -> None:
    """NotAction allows what AWS has yet to invent."""
    verdict = RULE.judge(role(trust(statement(Action=None, NotAction="sts:TagSession"))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.message == (
        f"statement 1 allows every action but those it names, by NotAction, and S3 needs {LIMIT} at most"
    )


def test_a_misspelt_service_is_allowed_nothing(a_context: Callable[..., Any]) -> None:
    """The service itself gets nothing from a statement that names another."""
    verdict = RULE.judge(role(trust(statement({"Service": "access-grants.amazonaws.com"}))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.message.startswith(f"no statement allows {NEEDED} to '{SERVICE}'")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param(trust(statement(Action=[ASSUME, UNKNOWN])), "what statement 1 allows", id="an action"),
        pytest.param(trust(statement(Action=[ASSUME, IDENTITY, UNKNOWN])), "what statement 1 allows", id="one more"),
        pytest.param(trust(statement(Effect=UNKNOWN)), "what statement 1 allows", id="an effect"),
        pytest.param(
            trust(statement(Action=ASSUME), statement({"Service": UNKNOWN})),
            "whether sts:SetSourceIdentity is allowed",
            id="a principal",
        ),
        pytest.param(
            trust(statement(), statement({"Service": UNKNOWN}, Action="sts:*")),
            "a principal of statement 2",
            id="a principal that may be allowed too much",
        ),
        pytest.param(
            trust(statement(), statement("*", Effect="Deny", Condition=UNKNOWN)), "what statement 2 denies", id="a Deny"
        ),
        pytest.param(
            trust(statement(), statement("*", Effect="Deny", Action=UNKNOWN, Condition={})),
            "what statement 2 denies",
            id="what a Deny denies",
        ),
    ],
)
def test_unknown(a_context: Callable[..., Any], given: Any, reason: str) -> None:
    """What is not known yet may be missing or too much."""
    verdict = RULE.judge(role(given), a_context(RULE))

    assert isinstance(verdict, Unsure)
    assert verdict.field == "assumeRolePolicy"
    assert reason in verdict.reason


def test_conditions_that_are_not_known(a_context: Callable[..., Any]) -> None:
    """The conditions of an Allow are not judged here, known or not."""
    assert RULE.judge(role(trust(statement(Condition=UNKNOWN))), a_context(RULE)) == Passed()


def test_what_is_wrong_waits_for_nothing(a_context: Callable[..., Any]) -> None:
    """A wildcard is too wide whatever else is allowed."""
    given = trust(statement(Action=[UNKNOWN, "sts:*"]), UNKNOWN)

    assert isinstance(RULE.judge(role(given), a_context(RULE)), Broken)


def test_roles(a_context: Callable[..., Any]) -> None:
    """A role that is listed must be allowed to S3, others need not."""
    given = role(trust(statement({"Service": "lambda.amazonaws.com"})), name="reader")

    assert isinstance(RULE.judge(given, a_context(RULE, {"roles": ["arn:*:iam::*:role/reader"]})), Broken)
    assert isinstance(RULE.judge(given, a_context(RULE)), Skipped)


@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize(
    ("given", "outcome", "blocks"),
    [
        pytest.param(trust(statement()), Outcome.PASS, False, id="right"),
        pytest.param(trust(statement(Action="sts:*")), Outcome.FAIL, True, id="wrong"),
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
