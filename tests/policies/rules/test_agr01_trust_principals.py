"""AGR-01: the service principal, and others only by exception."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed, Resource, Skipped, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.rules.agr01_trust_principals import RULE
from grantgate_policies.subjects import Role, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
SERVICE = "access-grants.s3.amazonaws.com"
OTHER = "arn:aws:iam::111122223333:role/service-role/studio"
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


RIGHT = json.dumps(statement(), separators=(",", ":"))


@pytest.mark.parametrize(
    ("region", "service"),
    [
        pytest.param("eu-west-1", SERVICE, id="commercial"),
        pytest.param("us-gov-west-1", SERVICE, id="GovCloud"),
        pytest.param("cn-north-1", SERVICE, id="China"),
        pytest.param("cn-north-1", f"{SERVICE}.cn", id="China, by its own suffix"),
        pytest.param(UNKNOWN, f"{SERVICE}.cn", id="an unknown partition"),
    ],
)
@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize("write", [json.dumps, dict], ids=["text", "object"])
def test_documented(
    a_context: Callable[..., Any], region: Any, service: str, kind: str, write: Callable[[Any], Any]
) -> None:
    """AWS's own policies pass, with and without Identity Center, in each partition and form."""
    usual = statement({"Service": service})
    center = statement({"Service": [service]}, Sid="Center", Action="sts:SetContext")
    for statements in (usual, [usual], [usual, center]):
        given = write({"Version": "2012-10-17", "Statement": statements})
        context = a_context(RULE, variables={"partition": None})
        assert RULE.judge(role(given, kind, region), context) == Passed()


@pytest.mark.parametrize(
    ("principal", "message"),
    [
        pytest.param(
            "*",
            f"statement 1 allows everyone, S3 Access Grants included, by '*', and must name '{SERVICE}'",
            id="everyone",
        ),
        pytest.param(
            {"Service": SERVICE, "AWS": "*"},
            f"statement 1 allows everyone, S3 Access Grants included, by '*', and must name '{SERVICE}'",
            id="everyone of AWS",
        ),
        pytest.param(
            {"Service": "access-grants.amazonaws.com"},
            f"statement 1 names 'access-grants.amazonaws.com', and S3 Access Grants is '{SERVICE}'",
            id="without s3",
        ),
        pytest.param(
            {"Service": "s3-access-grants.amazonaws.com"},
            f"statement 1 names 's3-access-grants.amazonaws.com', and S3 Access Grants is '{SERVICE}'",
            id="with a dash",
        ),
        pytest.param(
            {"Service": SERVICE.upper()},
            f"statement 1 names '{SERVICE.upper()}', and S3 Access Grants is '{SERVICE}'",
            id="capitals",
        ),
        pytest.param(
            {"Service": f"{SERVICE}.cn"},
            f"statement 1 names '{SERVICE}.cn', and S3 Access Grants is '{SERVICE}'",
            id="China's, elsewhere",
        ),
        pytest.param(
            {"AWS": SERVICE},
            f"statement 1 names '{SERVICE}' as an account or a provider, and it is a service, which stands under "
            "Service",
            id="as an account",
        ),
        pytest.param(
            {"Service": SERVICE, "AWS": OTHER},
            f"statement 1 also allows '{OTHER}', and only '{SERVICE}' may assume the role",
            id="a role besides",
        ),
        pytest.param(
            {"Service": [SERVICE, "ec2.amazonaws.com"]},
            f"statement 1 also allows 'ec2.amazonaws.com', and only '{SERVICE}' may assume the role",
            id="a service besides",
        ),
        pytest.param(
            {"Service": SERVICE, "Federated": "cognito-identity.amazonaws.com"},
            f"statement 1 also allows 'cognito-identity.amazonaws.com', and only '{SERVICE}' may assume the role",
            id="a provider besides",
        ),
        pytest.param(
            {"Service": SERVICE, "CanonicalUser": "79a5"},
            f"statement 1 also allows '79a5', and only '{SERVICE}' may assume the role",
            id="a canonical user besides",
        ),
        pytest.param(
            {"Service": SERVICE, "AWS": "arn:aws:iam::111122223333:role/*"},
            "statement 1 allows 'arn:aws:iam::111122223333:role/*', and a principal is named without wildcards",
            id="a wildcard",
        ),
    ],
)
def test_mistakes(a_context: Callable[..., Any], principal: Any, message: str) -> None:
    """Each mistake is named, and the statement written as it should be."""
    context = a_context(RULE, {"roles": ["arn:*:iam::*:role/*"]})
    verdict = RULE.judge(role(trust(statement(principal)), name="reader"), context)

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.message) == ("assumeRolePolicy", message)
    assert not verdict.edit or RIGHT in verdict.edit


@pytest.mark.parametrize(
    ("elements", "observed"),
    [
        pytest.param({"Principal": None}, "no Principal", id="no principal"),
        pytest.param({"Principal": None, "NotPrincipal": {"Service": SERVICE}}, "NotPrincipal", id="NotPrincipal"),
        pytest.param({"Principal": "*"}, "*", id="everyone"),
        pytest.param({"Principal": {"Service": "s3-access-grants.amazonaws.com"}}, None, id="a misspelt service"),
        pytest.param({"Principal": {"Service": [SERVICE, "ec2.amazonaws.com"]}}, "ec2.amazonaws.com", id="besides"),
        pytest.param({"Effect": "Deny"}, "no such statement", id="denied"),
    ],
)
def test_what_is_told(a_context: Callable[..., Any], elements: dict[str, Any], observed: str | None) -> None:
    """The verdict holds what was found, the service that must be, and the statement as it should be."""
    context = a_context(RULE, {"roles": ["arn:*:iam::*:role/*"]})
    verdict = RULE.judge(role(trust(statement(**elements)), name="reader"), context)

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed) == ("assumeRolePolicy", observed or "s3-access-grants.amazonaws.com")
    assert verdict.expected == SERVICE
    assert RIGHT in verdict.edit


@pytest.mark.parametrize(
    ("principal", "expected", "edit"),
    [
        pytest.param(f"arn:aws:iam::{ACCOUNT}:role/*", "one principal", "", id="a wildcard"),
        pytest.param(
            OTHER,
            "sts:ExternalId held to a value",
            'Add "Condition":{"StringEquals":{"sts:ExternalId":"VALUE"}} to statement 2.',
            id="no external id",
        ),
    ],
)
def test_what_is_told_of_others(a_context: Callable[..., Any], principal: str, expected: str, edit: str) -> None:
    """The verdict holds the principal, and what it lacks."""
    other = statement({"AWS": principal}, Condition={})
    verdict = RULE.judge(role(trust(statement(), other)), a_context(RULE, {"principals": [OTHER]}))

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed, verdict.expected) == ("assumeRolePolicy", principal, expected)
    assert verdict.edit == edit


def test_the_edit_keeps_what_is_right(a_context: Callable[..., Any]) -> None:
    """Sid, actions and other conditions stay as they are."""
    given = statement(
        {"Service": "access-grants.amazonaws.com"},
        Sid="Grants",
        Condition={
            "stringequals": {"aws:SourceOrgID": "o-1", "AWS:sourceArn": "x"},
            "Bool": {"aws:ViaAWSService": True},
        },
    )
    verdict = RULE.judge(role(trust(given)), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.message.startswith("statement 'Grants' names ")
    assert json.loads(verdict.edit.removeprefix("Write statement 'Grants' as ")) == {
        **statement(Sid="Grants"),
        "Condition": {
            "StringEquals": {**statement()["Condition"]["StringEquals"], "aws:SourceOrgID": "o-1"},
            "Bool": {"aws:ViaAWSService": "true"},
        },
    }


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        pytest.param(
            {"Principal": None, "NotPrincipal": {"Service": SERVICE}},
            f"statement 1 allows everyone but those it names, by NotPrincipal, and must name '{SERVICE}'",
            id="NotPrincipal",
        ),
        pytest.param({"Principal": None}, "statement 1 has no Principal, and must name one", id="no principal"),
        pytest.param(
            {"Effect": "Deny"},
            f"no statement allows '{SERVICE}' anything, and it must be the one that assumes the role",
            id="denied",
        ),
    ],
)
def test_whom_a_statement_names(a_context: Callable[..., Any], elements: dict[str, Any], message: str) -> None:
    """A statement must name whom it allows."""
    context = a_context(RULE, {"roles": ["arn:*:iam::*:role/*"]})
    verdict = RULE.judge(role(trust(statement(**elements)), name="reader"), context)

    assert isinstance(verdict, Broken)
    assert verdict.message == message


EXTERNAL = {"StringEquals": {"sts:ExternalId": "domain-1"}}


@pytest.mark.parametrize(
    ("settings", "principal", "condition", "message"),
    [
        pytest.param({"principals": [OTHER]}, {"AWS": OTHER}, EXTERNAL, "", id="with an external id"),
        pytest.param(
            {"principals": ["arn:aws:iam::*:role/service-role/*"]}, {"AWS": OTHER}, EXTERNAL, "", id="a pattern"
        ),
        pytest.param(
            {"principals": [OTHER]}, {"AWS": OTHER}, {}, "without holding sts:ExternalId to a value", id="without one"
        ),
        pytest.param(
            {"principals": [OTHER]},
            {"AWS": OTHER},
            {"StringLike": {"sts:ExternalId": "*"}},
            "without holding sts:ExternalId to a value",
            id="with any",
        ),
        pytest.param(
            {"principals": [OTHER]},
            {"AWS": OTHER},
            {"StringEqualsIfExists": {"sts:ExternalId": "domain-1"}},
            "without holding sts:ExternalId to a value",
            id="with one if it likes",
        ),
        pytest.param(
            {"principals": [OTHER], "requireExternalId": False}, {"AWS": OTHER}, {}, "", id="where none is needed"
        ),
        pytest.param({"principals": ["444455556666"]}, {"AWS": OTHER}, EXTERNAL, "also allows", id="another account"),
        pytest.param(
            {"principals": [ACCOUNT]}, {"AWS": OTHER}, EXTERNAL, "also allows", id="an account is not its roles"
        ),
        pytest.param(
            {"principals": [ACCOUNT]}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, EXTERNAL, "", id="an account's root"
        ),
        pytest.param(
            {"principals": [f"arn:aws:iam::{ACCOUNT}:root"]}, {"AWS": ACCOUNT}, EXTERNAL, "", id="a root's account"
        ),
        pytest.param({"principals": ["x.amazonaws.com"]}, {"Service": "x.amazonaws.com"}, {}, "", id="a service"),
        pytest.param({"principals": ["*"]}, "*", {}, "allows everyone", id="everyone is no exception"),
        pytest.param(
            {"principals": [OTHER]},
            {"AWS": OTHER},
            {"StringEquals": {"sts:ExternalId": UNKNOWN}},
            "?the condition of statement 2 on sts:ExternalId is not known in this preview",
            id="with an unknown one",
        ),
    ],
)
def test_exceptions(
    a_context: Callable[..., Any], settings: dict[str, Any], principal: Any, condition: Any, message: str
) -> None:
    """Others are allowed by name, and AWS principals only with an external id unless the setting says otherwise."""
    other = statement(principal, Action=["sts:AssumeRole", "sts:TagSession"], Condition=condition)
    verdict = RULE.judge(role(trust(statement(), other)), a_context(RULE, settings))

    if message.startswith("?"):
        assert verdict == Unsure("assumeRolePolicy", message[1:])
    elif message:
        assert isinstance(verdict, Broken)
        assert message in verdict.message
    else:
        assert verdict == Passed()


@pytest.mark.parametrize(
    ("listed", "principal"),
    [
        pytest.param(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, id="an account by its root"),
        pytest.param(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", id="a root by its account"),
    ],
)
def test_exceptions_in_an_unknown_partition(a_context: Callable[..., Any], listed: str, principal: str) -> None:
    """Where nothing tells the partition, an account's root is the commercial partition's."""
    context = a_context(RULE, {"principals": [listed]}, variables={"partition": None})
    other = statement({"AWS": principal}, Condition=EXTERNAL)

    assert RULE.judge(role(trust(statement(), other), region=UNKNOWN), context) == Passed()


def test_another_statement_is_to_be_deleted(a_context: Callable[..., Any]) -> None:
    """A statement that is not about the service has no corrected form."""
    verdict = RULE.judge(role(trust(statement(), statement({"AWS": OTHER}))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.edit == "Delete statement 2, or list the principal in principals."


def test_another_principal_beside_the_service(a_context: Callable[..., Any]) -> None:
    """The statement is written without the other principal, and nothing stands behind it."""
    verdict = RULE.judge(role(trust(statement({"Service": SERVICE, "AWS": OTHER}))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.edit == f"List the principal in principals, or write statement 1 as {RIGHT}"


OTHERS = {"AWS": "arn:aws:iam::444455556666:root"}


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        pytest.param({"Principal": "*"}, "allows everyone, S3 Access Grants included, by '*'", id="everyone"),
        pytest.param(
            {"Principal": {"AWS": "*"}}, "allows everyone, S3 Access Grants included, by '*'", id="everyone of AWS"
        ),
        pytest.param(
            {"Principal": {"AWS": ["*"]}, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
            "allows everyone, S3 Access Grants included, by '*'",
            id="everyone under a condition",
        ),
        pytest.param(
            {"Principal": {"Service": "*"}, "Action": "sts:*"},
            "allows everyone, S3 Access Grants included, by '*'",
            id="every service",
        ),
        pytest.param(
            {"Principal": None, "NotPrincipal": OTHERS, "Action": "sts:*"},
            "allows everyone but those it names, S3 Access Grants included, by NotPrincipal",
            id="everyone but others",
        ),
        pytest.param(
            {"Principal": None, "NotPrincipal": {"Service": SERVICE}},
            "allows everyone but those it names, by NotPrincipal",
            id="everyone but the service",
        ),
    ],
)
@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
def test_a_role_open_to_everyone_is_judged(
    a_context: Callable[..., Any], elements: dict[str, Any], message: str, kind: str
) -> None:
    """Who lets everyone in lets S3 Access Grants in, named or not, and that comes before all else."""
    lambdas = statement({"Service": "lambda.amazonaws.com"})
    for given, name in ((trust(statement(**elements)), 1), (trust(lambdas, statement(**elements)), 2)):
        verdict = RULE.judge(role(given, kind), a_context(RULE))
        assert isinstance(verdict, Broken)
        assert verdict.message == f"statement {name} {message}, and must name '{SERVICE}'"
        edit, _, written = verdict.edit.partition("{")
        assert edit == f"Name those who may assume the role; for S3 Access Grants write statement {name} as "
        assert RULE.judge(role(trust(json.loads("{" + written)), kind), a_context(RULE)) == Passed()


def test_a_pattern_of_services_is_judged(a_context: Callable[..., Any]) -> None:
    """A pattern that the service's name matches may be meant for it, and names nobody."""
    verdict = RULE.judge(role(trust(statement({"Service": "*.amazonaws.com"}))), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.message == "statement 1 allows '*.amazonaws.com', and a principal is named without wildcards"


@pytest.mark.parametrize(
    ("elements", "outcome"),
    [
        pytest.param({"Effect": "Deny", "Principal": "*"}, Skipped, id="a Deny for everyone"),
        pytest.param({"Effect": "Deny", "Principal": None, "NotPrincipal": OTHERS}, Skipped, id="a Deny for others"),
        pytest.param({"Principal": None, "NotPrincipal": "*"}, Skipped, id="everyone but everyone"),
        pytest.param({"Principal": OTHERS}, Skipped, id="somebody"),
        pytest.param({"Principal": {"Service": "*.lambda.amazonaws.com"}}, Skipped, id="another service's pattern"),
        pytest.param({"Effect": UNKNOWN, "Principal": "*"}, Unsure, id="an unknown effect"),
        pytest.param({"Effect": UNKNOWN, "Principal": None, "NotPrincipal": OTHERS}, Unsure, id="its opposite"),
        pytest.param({"Principal": None, "NotPrincipal": {"AWS": UNKNOWN}}, Unsure, id="all but an unknown one"),
        pytest.param(
            {"Effect": "Deny", "Principal": None, "NotPrincipal": {"AWS": UNKNOWN}},
            Skipped,
            id="a Deny for all but one",
        ),
    ],
)
def test_which_roles_are_open(a_context: Callable[..., Any], elements: dict[str, Any], outcome: type) -> None:
    """A role is open by what it allows, and what may turn out so is waited for."""
    given = trust(statement({"Service": "lambda.amazonaws.com"}), statement(**elements))

    assert isinstance(RULE.judge(role(given), a_context(RULE)), outcome)


DENY = {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {"Null": {"aws:SourceArn": "true"}}}


def test_a_deny_names_whom_it_likes(a_context: Callable[..., Any]) -> None:
    """Who is denied something gets nothing by it."""
    assert RULE.judge(role(trust(statement(), DENY)), a_context(RULE)) == Passed()


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        pytest.param(UNKNOWN, Unsure("assumeRolePolicy", "assumeRolePolicy is not known in this preview"), id="all"),
        pytest.param(
            {"Statement": UNKNOWN},
            Unsure("assumeRolePolicy", "a principal of the trust policy is not known in this preview"),
            id="the statements",
        ),
        pytest.param(
            trust(statement({"Service": UNKNOWN})),
            Unsure("assumeRolePolicy", "a principal of the trust policy is not known in this preview"),
            id="the service",
        ),
        pytest.param(
            trust(statement({"Service": SERVICE, "AWS": [UNKNOWN]})),
            Unsure("assumeRolePolicy", "whom statement 1 allows is not known in this preview"),
            id="a principal besides",
        ),
        pytest.param(
            trust(statement(), UNKNOWN),
            Unsure("assumeRolePolicy", "whom statement 2 allows is not known in this preview"),
            id="a statement besides",
        ),
        pytest.param(
            trust(statement(), statement({"AWS": OTHER}, Effect=UNKNOWN)),
            Unsure("assumeRolePolicy", "whom statement 2 allows is not known in this preview"),
            id="an effect",
        ),
        pytest.param(
            trust(statement({"Federated": UNKNOWN})),
            Skipped("the role does not serve S3 Access Grants"),
            id="a provider is no service",
        ),
        pytest.param(trust(statement(Condition=UNKNOWN)), Passed(), id="conditions are not judged here"),
    ],
)
def test_unknown(a_context: Callable[..., Any], given: Any, verdict: Any) -> None:
    """What is not known yet is never passed, and hides no mistake."""
    assert RULE.judge(role(given), a_context(RULE)) == verdict

    if not isinstance(given, dict) or given["Statement"] is UNKNOWN:
        return
    worse = {"Statement": [*given["Statement"], statement({"Service": "access-grants.amazonaws.com"})]}
    assert isinstance(RULE.judge(role(worse), a_context(RULE)), Broken)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param("{", "assumeRolePolicy is a text that is not JSON, not a policy of IAM", id="no JSON"),
        pytest.param("", "assumeRolePolicy is a text that is empty, not a policy of IAM", id="empty"),
        pytest.param(7, "assumeRolePolicy is a number, not a policy of IAM", id="a number"),
        pytest.param({}, "assumeRolePolicy is a document without a Statement, not a policy of IAM", id="nothing in it"),
        pytest.param(None, "assumeRolePolicy is not set", id="absent"),
    ],
)
def test_malformed(a_context: Callable[..., Any], given: Any, message: str) -> None:
    """A policy that cannot be read breaks the rule for whatever role."""
    verdict = RULE.judge(role(given), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.message == message


LAMBDA = trust(statement({"Service": "lambda.amazonaws.com"}))
LISTED = ["arn:aws:iam::111122223333:role/access-grants/*", "arn:*:iam::*:role/{account.name}-reader-*"]


@pytest.mark.parametrize(
    ("props", "listed"),
    [
        pytest.param({"name": "reader", "path": "/access-grants/"}, True, id="a path"),
        pytest.param({"name": "reader", "path": "/access-grants/x/"}, True, id="below a path"),
        pytest.param({"path": "/access-grants/"}, True, id="whatever the name"),
        pytest.param({"name": UNKNOWN, "path": "/access-grants/"}, True, id="an unknown name"),
        pytest.param({"name": "data-prod-reader-1"}, True, id="a name"),
        pytest.param({"name": "data-dev-reader-1"}, False, id="another name"),
        pytest.param({"name": "reader", "path": "/access-grants-2/"}, False, id="another path"),
        pytest.param({"name": UNKNOWN}, None, id="a name that may come"),
        pytest.param({"name": UNKNOWN, "path": "/other/"}, False, id="a path that does not"),
        pytest.param({"name": "reader", "path": UNKNOWN}, None, id="an unknown path"),
        pytest.param({"arn": "arn:aws:iam::111122223333:role/access-grants/x"}, True, id="an ARN"),
        pytest.param({"arn": "arn:aws:iam::111122223333:role/x"}, False, id="another ARN"),
        pytest.param({"arn": "x", "name": "data-prod-reader-1"}, True, id="no ARN, so the name"),
    ],
)
def test_roles(a_context: Callable[..., Any], props: dict[str, Any], *, listed: bool | None) -> None:
    """Roles that the setting lists are judged whatever they trust; others are not."""
    verdict = RULE.judge(role(LAMBDA, **props), a_context(RULE, {"roles": LISTED}))

    assert isinstance(verdict, Broken if listed else Unsure if listed is None else Skipped)
    assert isinstance(RULE.judge(role(LAMBDA, **props), a_context(RULE)), Skipped)


def test_an_unknown_account_is_any(a_context: Callable[..., Any]) -> None:
    """Without a provider that says it, the role may be of each account of the organization."""
    (fact,) = facts_of(
        Resource("urn", CLASSIC, "x", {"assumeRolePolicy": LAMBDA, "name": "x", "path": "/access-grants/"})
    )

    assert isinstance(RULE.judge(fact, a_context(RULE, {"roles": LISTED[:1]})), Broken)


@pytest.mark.parametrize("kind", [CLASSIC, NATIVE], ids=["classic", "native"])
@pytest.mark.parametrize(
    ("given", "outcome", "blocks"),
    [
        pytest.param(trust(statement()), Outcome.PASS, False, id="right"),
        pytest.param(trust(statement("*"), statement()), Outcome.FAIL, True, id="wrong"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, False, id="unknown"),
        pytest.param(LAMBDA, Outcome.NOT_APPLICABLE, False, id="another role"),
    ],
)
def test_in_a_run(a_rulebook: Callable[..., Any], kind: str, given: Any, outcome: Outcome, *, blocks: bool) -> None:
    """Failures block, and what is not known yet warns."""
    judge = Judge(a_rulebook({}), "data-prod", dt.date(2026, 11, 20), rules=(RULE,))
    (finding,) = judge.findings(resource(given, kind))

    assert (finding.outcome, finding.blocks) == (outcome, blocks)
