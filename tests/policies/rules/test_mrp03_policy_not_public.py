"""MRP-03: a policy lets in nobody but fixed principals, or everyone under fixed conditions."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.mrp03_policy_not_public import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st

CLASSIC = "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy"
NATIVE = "aws-native:s3:MultiRegionAccessPointPolicy"
FORMS = pytest.mark.parametrize("form", ["classic text", "native object", "native text"])
ROOT = "arn:aws:iam::111122223333:root"
EVERYONE = "statement 1 allows everyone and no condition holds it to fixed values"


def judged(kind: str, props: dict[str, Any]) -> Finding:
    content = {"version": 1, "organization": {"name": "acme"}}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource(urn=f"urn:pulumi:prod::data::{kind}::it", type=kind, name="it", props=props)
    (finding,) = Judge(book, "data-prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)
    return finding


def given_as(form: str, document: Any) -> tuple[str, dict[str, Any]]:
    policy = document if form == "native object" else json.dumps(document)
    if form == "classic text":
        return CLASSIC, {"details": {"name": "acme-global", "policy": policy}}
    return NATIVE, {"mrapName": "acme-global", "policy": policy}


def allow(principal: Any, condition: Any = None, **elements: Any) -> dict[str, Any]:
    conditions = {} if condition is None else {"Condition": condition}
    known = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", **conditions}
    return {**known, **elements}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@FORMS
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param(allow({"AWS": ROOT}), "", id="an account"),
        pytest.param(allow({"AWS": [ROOT, "444455556666"]}), "", id="two accounts"),
        pytest.param(allow({"Service": "logging.s3.amazonaws.com"}), "", id="a service"),
        pytest.param(allow({"CanonicalUser": "79a59df900b949e5"}), "", id="a canonical user"),
        pytest.param(
            allow({"Federated": "arn:aws:iam::111122223333:saml-provider/acme"}), "", id="a provider of one account"
        ),
        pytest.param(allow({"AWS": []}), "", id="nobody"),
        pytest.param({**allow("*"), "Effect": "Deny"}, "", id="nobody is let in by a Deny"),
        pytest.param(allow("*"), EVERYONE, id="everyone"),
        pytest.param(allow({"AWS": "*"}), EVERYONE, id="every AWS principal"),
        pytest.param(allow({"AWS": [ROOT, "*"]}), EVERYONE, id="everyone beside an account"),
        pytest.param(allow("*", Sid="Read"), EVERYONE.replace("1", "1 ('Read')"), id="by its Sid"),
        pytest.param(
            allow({"AWS": "arn:aws:iam::*:root"}),
            "statement 1 allows 'arn:aws:iam::*:root', which is no fixed principal, and no condition holds it to fixed "
            "values",
            id="a star in an ARN",
        ),
        pytest.param(
            allow({"AWS": [ROOT, "arn:aws:iam::11112222333?:root"]}),
            "statement 1 allows 'arn:aws:iam::11112222333?:root', which is no fixed principal, and no condition holds "
            "it to fixed values",
            id="a question mark in an ARN",
        ),
        pytest.param(
            allow({"Federated": "accounts.google.com"}),
            "statement 1 allows 'accounts.google.com', which is no fixed principal, and no condition holds it to fixed "
            "values",
            id="anybody's web identity",
        ),
        pytest.param(
            {"Effect": "Allow", "NotPrincipal": {"AWS": ROOT}, "Action": "s3:*", "Resource": "*"},
            "statement 1 allows everyone but its NotPrincipal",
            id="everyone but one",
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            "statement 1 has no Principal, and S3 takes no such policy",
            id="no principal",
        ),
    ],
)
def test_principals(form: str, statement: Any, message: str) -> None:
    """Only fixed principals are let in; what is public stops the run."""
    finding = judged(*given_as(form, policy(statement)))

    assert (finding.outcome, finding.message) == (Outcome.FAIL if message else Outcome.PASS, message)
    assert finding.blocks is bool(message)


@FORMS
@pytest.mark.parametrize(
    ("condition", "why"),
    [
        pytest.param({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, None, id="the organization"),
        pytest.param({"StringEquals": {"AWS:principalorgid": ["o-abcdefghij"]}}, None, id="letter case aside"),
        pytest.param({"StringLike": {"aws:PrincipalAccount": "111122223333"}}, None, id="an account"),
        pytest.param({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/x"}}, None, id="a role"),
        pytest.param({"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}, None, id="VPC endpoints"),
        pytest.param({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, None, id="a VPC"),
        pytest.param({"StringEquals": {"aws:SourceAccount": "111122223333"}}, None, id="a source account"),
        pytest.param({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme"}}, None, id="a source"),
        pytest.param({"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}, None, id="a user's id"),
        pytest.param({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, None, id="a network"),
        pytest.param({"IpAddress": {"aws:SourceIp": ["11.0.0.0/8", "2001:db8::/32"]}}, None, id="the widest networks"),
        pytest.param(
            {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
            None,
            id="the organization, among others",
        ),
        pytest.param({"ForAnyValue:IpAddress": {"aws:SourceIp": "203.0.113.7"}}, None, id="one address"),
        pytest.param({}, "", id="no condition"),
        pytest.param({"Bool": {"aws:SecureTransport": "true"}}, "", id="encrypted is not known"),
        pytest.param({"StringEquals": {"s3:prefix": "x/"}}, "", id="a prefix"),
        pytest.param(
            {"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}},
            ": s3:DataAccessPointAccount is the same for everyone who comes through the access point",
            id="the access point's own account",
        ),
        pytest.param(
            {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3::111122223333:accesspoint/*"}},
            ": s3:DataAccessPointArn is the same for everyone who comes through the access point",
            id="the access point itself",
        ),
        pytest.param(
            {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
            ": aws:PrincipalOrgID has 'o-*', which has a wildcard",
            id="any organization",
        ),
        pytest.param(
            {"StringLike": {"aws:PrincipalOrgID": ["o-*", "o-abcdefghij"]}},
            ": aws:PrincipalOrgID has 'o-*', which has a wildcard",
            id="any organization, beside one",
        ),
        pytest.param(
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}},
            ": aws:PrincipalArn has 'arn:aws:iam::111122223333:role/*', which has a wildcard",
            id="any role of an account",
        ),
        pytest.param(
            {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}},
            ": StringEqualsIfExists on 'aws:PrincipalOrgID' proves nothing about aws:PrincipalOrgID",
            id="the anonymous are of none",
        ),
        pytest.param(
            {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}},
            ": StringNotEquals on 'aws:PrincipalAccount' proves nothing about aws:PrincipalAccount",
            id="everyone but an account",
        ),
        pytest.param(
            {"StringEquals": {"aws:PrincipalOrgsID": "o-abcdefghij"}},
            ": StringEquals on 'aws:PrincipalOrgsID' proves nothing about aws:PrincipalOrgID",
            id="a misspelt key",
        ),
        pytest.param(
            {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
            ": StringEquals on 'aws:PrincipalAccount' proves nothing about aws:PrincipalAccount",
            id="a policy variable",
        ),
        pytest.param(
            {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
            ": ForAllValues:StringEquals on 'aws:PrincipalOrgID' proves nothing about aws:PrincipalOrgID",
            id="for all values, of which there may be none",
        ),
        pytest.param(
            {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}},
            ": IpAddress on aws:SourceIp leaves networks that S3 calls public",
            id="half of all addresses",
        ),
        pytest.param(
            {"IpAddress": {"aws:SourceIp": "2001::/31"}},
            ": IpAddress on aws:SourceIp leaves networks that S3 calls public",
            id="too wide a network",
        ),
        pytest.param(
            {"IpAddress": {"aws:SourceIp": "anywhere"}},
            ": IpAddress on aws:SourceIp leaves networks that S3 calls public",
            id="no network",
        ),
        pytest.param(
            {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
            ": NotIpAddress on aws:SourceIp leaves networks that S3 calls public",
            id="every other network",
        ),
        pytest.param(
            {"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}},
            ": IpAddressIfExists on aws:SourceIp leaves networks that S3 calls public",
            id="a network, if there is one",
        ),
        pytest.param(
            {"ForAllValues:IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
            ": ForAllValues:IpAddress on aws:SourceIp leaves networks that S3 calls public",
            id="all networks, of which there may be none",
        ),
        pytest.param(
            {"IpAddress": {"aws:SourceIp": []}},
            ": IpAddress on aws:SourceIp leaves networks that S3 calls public",
            id="a condition without a network",
        ),
    ],
)
def test_conditions(form: str, condition: Any, why: str | None) -> None:
    """Everyone may be let in under fixed values that say who asks or from where, as S3 means it."""
    finding = judged(*given_as(form, policy(allow("*", condition))))

    assert finding.outcome is (Outcome.PASS if why is None else Outcome.FAIL)
    assert finding.message == ("" if why is None else f"{EVERYONE}{why}")


@pytest.mark.parametrize(
    ("document", "outcome", "message"),
    [
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "the policy is not known in this preview", id="the policy"),
        pytest.param(policy(UNKNOWN), Outcome.UNKNOWN, "statement 1 is not known as a whole in this preview", id="one"),
        pytest.param(
            policy(allow({"AWS": UNKNOWN})),
            Outcome.UNKNOWN,
            "statement 1 is not known as a whole in this preview",
            id="a principal",
        ),
        pytest.param(
            policy(allow("*", {"StringEquals": {"aws:PrincipalOrgID": UNKNOWN}})),
            Outcome.UNKNOWN,
            "statement 1 is not known as a whole in this preview",
            id="a value that may bind",
        ),
        pytest.param(
            policy(allow("*", {"IpAddress": {"aws:SourceIp": [UNKNOWN]}})),
            Outcome.UNKNOWN,
            "statement 1 is not known as a whole in this preview",
            id="a network that may bind",
        ),
        pytest.param(
            policy(allow("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", UNKNOWN]}})),
            Outcome.UNKNOWN,
            "statement 1 is not known as a whole in this preview",
            id="a network beside one that is not known",
        ),
        pytest.param(
            policy(allow("*", UNKNOWN)),
            Outcome.UNKNOWN,
            "statement 1 is not known as a whole in this preview",
            id="all conditions",
        ),
        pytest.param(
            policy(allow("*", Effect=UNKNOWN)),
            Outcome.UNKNOWN,
            "statement 1 is not known as a whole in this preview",
            id="an effect",
        ),
        pytest.param(policy(allow({"AWS": ROOT}, Resource=UNKNOWN)), Outcome.PASS, "", id="a resource matters not"),
        pytest.param(
            policy(allow({"AWS": UNKNOWN}, {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}})),
            Outcome.PASS,
            "",
            id="a principal of the organization, whoever it is",
        ),
        pytest.param(
            policy(allow("*", {"StringEquals": {"s3:prefix": UNKNOWN}})),
            Outcome.FAIL,
            EVERYONE,
            id="a prefix binds none",
        ),
        pytest.param(
            policy(UNKNOWN, allow("*")), Outcome.FAIL, EVERYONE.replace("1", "2"), id="what is public does not wait"
        ),
    ],
)
def test_unknown(document: Any, outcome: Outcome, message: str) -> None:
    """What only `pulumi up` will know warns: the engine shows it before the policy is set."""
    finding = judged(NATIVE, {"policy": document})

    assert (finding.outcome, finding.message) == (outcome, message)
    assert finding.blocks is (outcome is Outcome.FAIL)


@pytest.mark.parametrize(
    ("kind", "props", "message"),
    [
        pytest.param(CLASSIC, {}, "the policy is not set", id="no details"),
        pytest.param(CLASSIC, {"details": {}}, "the policy is not set", id="no policy"),
        pytest.param(NATIVE, {"policy": None}, "the policy is not set", id="null"),
        pytest.param(CLASSIC, {"details": []}, "the policy is a list", id="a list for details"),
        pytest.param(CLASSIC, {"details": {"policy": "{"}}, "the policy is a text that is not JSON", id="no JSON"),
        pytest.param(CLASSIC, {"details": {"policy": ""}}, "the policy is a text that is empty", id="empty"),
        pytest.param(NATIVE, {"policy": 7}, "the policy is a number", id="a number"),
        pytest.param(NATIVE, {"policy": {}}, "the policy is a document without a Statement", id="an empty object"),
        pytest.param(
            NATIVE,
            {"policy": policy({**allow("*"), "Effect": "allow"})},
            "the policy is a statement whose Effect is neither 'Allow' nor 'Deny'",
            id="a word that IAM does not know",
        ),
        pytest.param(
            NATIVE,
            {"policy": policy(allow({"AWS": ROOT})), "policyStatus": {"isPublic": "true"}},
            "S3 itself calls the policy public",
            id="S3 knows better",
        ),
        pytest.param(
            NATIVE,
            {"policy": policy(allow({"AWS": ROOT})), "policyStatus": {"isPublic": 1}},
            "isPublic holds a number, not true or false",
            id="a status that cannot be read",
        ),
        pytest.param(
            NATIVE,
            {"policy": policy(allow({"AWS": ROOT})), "policyStatus": "public"},
            "isPublic holds a text, not true or false",
            id="a status that is no map",
        ),
    ],
)
def test_broken(kind: str, props: dict[str, Any], message: str) -> None:
    """What cannot be read is broken, and so is what S3 says is public."""
    finding = judged(kind, props)

    assert (finding.outcome, finding.message) == (Outcome.FAIL, message)


FIXED = "fixed principals, or a condition that holds everyone to fixed values"


@pytest.mark.parametrize(
    ("props", "field", "observed", "expected"),
    [
        pytest.param(
            {"policyStatus": {"isPublic": True}},
            "policyStatus",
            "isPublic = true",
            "isPublic = false",
            id="S3 says public",
        ),
        pytest.param(
            {"policyStatus": {"isPublic": 1}}, "policyStatus", "number", "true or false", id="a number for a status"
        ),
        pytest.param({"policy": 7}, "policy", "number", "a policy", id="a number"),
        pytest.param({"policy": None}, "policy", "nothing", "a policy", id="nothing"),
        pytest.param({"policy": policy(allow(None))}, "policy", "no Principal", FIXED, id="no principal"),
        pytest.param(
            {"policy": policy({"Effect": "Allow", "NotPrincipal": "*", "Action": "*", "Resource": "*"})},
            "policy",
            "NotPrincipal",
            FIXED,
            id="NotPrincipal",
        ),
        pytest.param({"policy": policy(allow("*"))}, "policy", "*", FIXED, id="everyone"),
        pytest.param(
            {"policy": policy(allow({"Federated": ["www.amazon.com", "accounts.google.com"]}))},
            "policy",
            "accounts.google.com",
            FIXED,
            id="anybody's web identities",
        ),
    ],
)
def test_what_is_told(props: dict[str, Any], field: str, observed: str, expected: str) -> None:
    """The finding names the property, what it holds and what it must."""
    finding = judged(NATIVE, {"policy": policy(allow({"AWS": ROOT})), **props})

    assert (finding.outcome, finding.field) == (Outcome.FAIL, field)
    assert (finding.observed, finding.expected) == (observed, expected)


@FORMS
def test_the_property_of_each_type(form: str) -> None:
    """Findings are about the property that holds the policy."""
    for document in (policy(allow("*")), policy(allow({"AWS": "*"}, Sid="x"))):
        kind, props = given_as(form, document)
        assert judged(kind, props).field == ("details" if kind == CLASSIC else "policy")
    assert judged(NATIVE, {"policy": UNKNOWN}).field == "policy"
    assert judged(NATIVE, {"policy": policy(UNKNOWN)}).field == "policy"


@pytest.mark.parametrize("status", [{}, {"isPublic": "false"}, {"isPublic": UNKNOWN}, UNKNOWN, None])
def test_a_status_that_says_no_more(status: Any) -> None:
    """Without S3's judgement, or where it says no, the policy is judged by itself."""
    for principal, outcome in (({"AWS": ROOT}, Outcome.PASS), ("*", Outcome.FAIL)):
        assert judged(NATIVE, {"policy": policy(allow(principal)), "policyStatus": status}).outcome is outcome


def test_the_second_statement() -> None:
    """Each statement is judged, and the first that is public is told."""
    finding = judged(*given_as("classic text", policy(allow({"AWS": ROOT}), allow("*", Sid="All"))))

    assert finding.message == EVERYONE.replace("1", "2 ('All')")


LEAVES = st.sampled_from(
    [None, True, 1, UNKNOWN, float("nan"), "*", "", "Allow", "Deny", ROOT, "o-abcdefghij", "o-*", "203.0.113.0/24", "{"]
)
ELEMENTS = (
    "Effect Principal NotPrincipal Action Resource Condition AWS Service Statement Version StringEquals IpAddress"
)
KEYS = st.sampled_from([*ELEMENTS.split(), "aws:PrincipalOrgID", "aws:SourceIp", "policy", "isPublic"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "StringEquals": st.fixed_dictionaries({}, optional={"aws:PrincipalOrgID": VALUES, "s3:prefix": LEAVES}),
        "IpAddress": st.fixed_dictionaries({}, optional={"aws:SourceIp": VALUES}),
        "StringLikeIfExists": st.fixed_dictionaries({}, optional={"aws:PrincipalArn": LEAVES}),
    },
)
PRINCIPALS = st.sampled_from(["*", UNKNOWN, {"AWS": ROOT}, {"AWS": "*"}, {"AWS": [ROOT, UNKNOWN]}, {"Service": "*"}])
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Allow", "Deny", UNKNOWN]), "Action": st.just("s3:*")},
    optional={"Principal": PRINCIPALS | VALUES, "Condition": CONDITIONS | VALUES, "Resource": LEAVES},
)


def lets_everyone_in(statement: Any) -> bool:
    """Say what is public beyond doubt, by the raw statement."""
    everyone = statement.get("Principal") in ("*", {"AWS": "*"}, {"Service": "*"})
    conditions = json.dumps(statement.get("Condition") or {}, default=str)
    binding = ("o-abcdefghij", "203.0.113.0/24")
    return statement["Effect"] == "Allow" and everyone and not any(value in conditions for value in binding)


@given(VALUES | st.lists(STATEMENTS | VALUES, max_size=3), VALUES, st.sampled_from(["classic", "native"]))
@settings(deadline=None, derandomize=True, max_examples=600)
def test_anything(statements: Any, other: Any, form: str) -> None:
    """Whatever stands in the properties, the rule decides, and never passes a statement that is public."""
    document = {"Version": "2012-10-17", "Statement": statements}
    kind, props = (CLASSIC, {"details": {"policy": document}}) if form == "classic" else (NATIVE, {"policy": document})

    for one in (
        judged(kind, props),
        judged(kind, {"details": other, "policy": other, "policyStatus": other, "mrapName": other}),
    ):
        assert one.outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN}
    if judged(kind, props).outcome is Outcome.PASS:
        listed = statements if isinstance(statements, list) else [statements]
        nobody = {"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": []}}
        assert not any(lets_everyone_in({**nobody, **one}) for one in listed)
