"""AGR-05 in a preview: what is joined only by what values are made from breaks, and does not pass."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agr05_permissions_within_scope import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:role/finance"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/policy:Policy"
BUCKET = "arn:aws:s3:::acme-data"
FOLDER = f"{BUCKET}/finance/*"
SCOPE = "s3://acme-data/finance/*"
BOTH = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}, "ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE}}
BEYOND = f"reaches beyond the role's locations '{SCOPE}'"
BOOK = parse(
    json.dumps({"version": 1, "organization": {"name": "acme", "regions": ["eu-west-1"]}}),
    name="rules.json",
    rules=(RULE,),
    pattern_checks=PATTERN_CHECKS,
)


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def a(kind: str, name: str, /, props: dict[str, Any], made_from: Any = None) -> Resource:
    return Resource(urn(kind, name), kind, name, props, made_from=made_from or {})


def a_location(scope: str = SCOPE, name: str = "finance", **props: Any) -> Resource:
    known = {"locationScope": scope, "iamRoleArn": ARN, "accountId": ACCOUNT, "region": "eu-west-1"}
    return a(LOCATION, name, {**known, **props})


def a_role(*statements: Any) -> Resource:
    inline = [{"name": "p", "policy": {"Statement": list(statements)}}]
    return a(ROLE, "finance", {"arn": ARN, "name": "finance", "inlinePolicies": inline})


def allow(actions: Any = "s3:GetObject", resources: Any = FOLDER) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, "Condition": BOTH}


def found(*resources: Resource) -> dict[str, Finding]:
    judge = Judge(BOOK, "data-prod", dt.date(2026, 11, 20), rules=(RULE,))
    return {one.resource.name: one for one in judge.stack_findings(resources)}


@pytest.mark.parametrize(
    ("resources", "outcome", "message"),
    [
        pytest.param(
            [a_role(allow())],
            Outcome.UNKNOWN,
            "iamRoleArn of location 'later' is not known in this preview; it is made from the role, whose policies are "
            "right",
            id="within the scope of a location made from the role",
        ),
        pytest.param(
            [a_role(allow(resources=f"{BUCKET}/hr/*"))],
            Outcome.FAIL,
            f"{BEYOND}; iamRoleArn of location 'later' is made from the role",
            id="beyond it",
        ),
        pytest.param([a_role()], Outcome.NOT_APPLICABLE, "no policy of the role", id="without a policy"),
        pytest.param([a_role(allow()), a_location()], Outcome.PASS, "", id="within the scope of a certain one too"),
        pytest.param(
            [a_role(allow()), a_location("s3://acme-data/hr/*")],
            Outcome.UNKNOWN,
            "iamRoleArn of location 'later' is not known in this preview; it is made from the role",
            id="within its scope, and not that of a certain one",
        ),
        pytest.param(
            [a_role(allow(resources=f"{BUCKET}/x/*")), a_location("s3://acme-data/hr/*")],
            Outcome.FAIL,
            "reaches beyond the role's locations 's3://acme-data/finance/*', 's3://acme-data/hr/*'",
            id="beyond both",
        ),
    ],
)
def test_locations_that_are_only_made_from_the_role(resources: list[Resource], outcome: Outcome, message: str) -> None:
    """Another role's ARN may be made from this role's: its scope excuses nothing for certain, and forbids likely."""
    props = a_location(name="later", iamRoleArn=UNKNOWN).props
    made = a(LOCATION, "later", dict(props), {"iamRoleArn": (urn(ROLE, "finance"),)})

    finding = found(*resources, made)["finance"]

    assert finding.outcome is outcome
    assert message in finding.message


@pytest.mark.parametrize(
    ("kind", "props", "source", "outcome", "message"),
    [
        pytest.param(
            ROLE_POLICY,
            {"role": UNKNOWN, "policy": {"Statement": [allow()]}},
            {"role": ROLE},
            Outcome.UNKNOWN,
            "it is not known which role resource 'p' is for; it is made from 'finance'",
            id="a policy beside the role",
        ),
        pytest.param(
            ROLE_POLICY,
            {"role": UNKNOWN, "policy": {"Statement": [allow(resources="*")]}},
            {"role": ROLE},
            Outcome.FAIL,
            "; role of resource 'p' is made from the role",
            id="a policy beside the role that is too wide",
        ),
        pytest.param(
            ROLE_POLICY,
            {"role": UNKNOWN, "policy": {"Statement": [allow(resources="*")]}},
            {"role": "aws:iam/role:Other"},
            Outcome.UNKNOWN,
            "it is not known which role resource 'p' is for",
            id="a policy made from something else",
        ),
        pytest.param(
            ATTACHMENT,
            {"role": UNKNOWN, "policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
            {"role": ROLE},
            Outcome.FAIL,
            "; role of resource 'p' is made from the role",
            id="a wide policy of AWS",
        ),
        pytest.param(
            ATTACHMENT,
            {"role": "finance", "policyArn": UNKNOWN},
            {"policyArn": POLICY},
            Outcome.UNKNOWN,
            "policyArn of resource 'p' is not known yet; it is made from 'finance'",
            id="an attached policy",
        ),
    ],
)
def test_policies_that_are_only_made_from_the_role(
    kind: str, props: dict[str, Any], source: dict[str, str], outcome: Outcome, message: str
) -> None:
    """What a name or an ARN is made from may be another's: the policy breaks, and the role does not pass."""
    made = {name: (urn(of, "finance"),) for name, of in source.items()}
    listing = a(POLICY, "finance", {"arn": UNKNOWN, "policy": {"Statement": [allow("s3:ListBucket", BUCKET)]}})

    finding = found(a_role(allow()), a_location(), listing, a(kind, "p", props, made))["finance"]

    assert finding.outcome is outcome
    assert message in finding.message


def test_a_policy_that_is_made_from_another_role() -> None:
    """It is the other role's, as good as always: only that one waits for its name."""
    other = a(ROLE, "other", {"arn": f"{ARN}-2", "name": "other", "assumeRolePolicy": {"Statement": []}})
    beside = {"role": UNKNOWN, "policy": {"Statement": [allow()]}}
    stack = [a_role(allow()), a_location(), other, a(ROLE_POLICY, "p", beside, {"role": (other.urn,)})]

    findings = found(*stack, a_location(name="second", iamRoleArn=f"{ARN}-2"))

    assert findings["finance"].outcome is Outcome.PASS
    assert (findings["other"].outcome, findings["other"].message) == (
        Outcome.UNKNOWN,
        "it is not known which role resource 'p' is for; it is made from 'other'",
    )


def a_policy(name: str, *statements: Any) -> Resource:
    return a(ROLE_POLICY, name, {"role": "finance", "policy": {"Statement": list(statements)}})


def test_all_faults_are_told() -> None:
    """A fault that comes later changes what is told, so that nothing accepted hides it."""
    one = found(a_role(allow(resources="*")), a_location())["finance"]
    two = found(a_role(allow(resources="*")), a_location(), a_policy("q", allow("s3:*")))["finance"]
    many = found(a_role(*[allow(resources=f"{BUCKET}/{number}/*") for number in range(8)]), a_location())["finance"]

    assert one.message == f"inline policy 'p', statement 1: resource '*' {BEYOND}"
    assert two.message == f"{one.message}; also the policy of resource 'q', statement 1: s3:*"
    assert (one.observed, two.observed, two.edit) == ("*", "*, s3:*", one.edit)
    assert many.message.startswith(f"inline policy 'p', statement 1: resource '{BUCKET}/0/*' {BEYOND}; also inline")
    assert many.message.endswith(f"; inline policy 'p', statement 6: {BUCKET}/5/*, and 2 more")
    assert many.observed.count(BUCKET) == 6


def test_a_fault_is_told_once() -> None:
    """A managed policy that is attached twice is wrong once, and long values are cut only in what comes second."""
    arn, long = f"arn:aws:iam::{ACCOUNT}:policy/x", f"{BUCKET}/hr/{'x' * 60}"
    policy = a(POLICY, "x", {"arn": arn, "policy": {"Statement": [allow(resources=["*", long])]}})
    attached = [a(ATTACHMENT, name, {"role": "finance", "policyArn": arn}) for name in ("s", "t")]

    finding = found(a_role(allow()), a_location(), policy, *attached)["finance"]

    where = "the managed policy of resource 'x', statement 1"
    assert finding.message == f"{where}: resource '*' {BEYOND}; also {where}: {long[:60]}…"
    assert finding.observed == f"*, {long}"


def test_policies_attached_to_the_exclusion_of_others() -> None:
    """A resource that holds all the policies of a role attaches them too."""
    props = {"roleName": "finance", "policyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
    exclusive = a("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "e", props)

    finding = found(a_role(allow()), a_location(), exclusive)["finance"]

    assert (finding.outcome, finding.field) == (Outcome.FAIL, "policyArns")


def test_a_role_of_which_not_even_the_name_is_known() -> None:
    """It may be the role that a location names."""
    role = a(ROLE, "finance", {"name": UNKNOWN, "inlinePolicies": a_role(allow("s3:*")).props["inlinePolicies"]})

    assert found(role, a_location())["finance"].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("region", "account", "outcome"),
    [
        pytest.param("us-east-1", ACCOUNT, Outcome.PASS, id="the organization's"),
        pytest.param("ap-south-1", ACCOUNT, Outcome.FAIL, id="another"),
        pytest.param("us-east-1", "444455556666", Outcome.FAIL, id="of another account"),
        pytest.param("cn-north-1", ACCOUNT, Outcome.FAIL, id="of another partition"),
    ],
)
def test_a_role_that_serves_two_regions(region: str, account: str, outcome: Outcome) -> None:
    """Its other locations may lie in another stack, in a Region of the organization."""
    other = f"arn:aws:s3:{region}:{account}:access-grants/default"
    both = {**BOTH, "ArnEquals": {"s3:AccessGrantsInstanceArn": [INSTANCE, other]}}
    organization = {"name": "acme", "regions": ["eu-west-1", "us-east-1", "cn-north-1"]}
    book = json.dumps({"version": 1, "organization": organization})
    parsed = parse(book, name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    judge = Judge(parsed, "data-prod", dt.date(2026, 11, 20), rules=(RULE,))

    (finding,) = judge.stack_findings([a_role({**allow(), "Condition": both}), a_location()])

    assert finding.outcome is outcome


@pytest.mark.parametrize("actions", [pytest.param(one, id=one) for one in ("s3:Put*", "s3:*")])
def test_no_edit_that_grants_nothing(actions: str) -> None:
    """Actions on objects do nothing on a bucket's own ARN, so they are not offered there."""
    finding = found(a_role(allow(actions, BUCKET)), a_location())["finance"]

    assert (finding.outcome, finding.edit) == (Outcome.FAIL, "")
