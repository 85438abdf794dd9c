"""AGR-05: a location's role can do no more than its scopes and its instance."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Any

import pytest
from grantgate_policies import iam
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules.agr05_permissions_within_scope import RULE, WIDE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st

ACCOUNT, OTHER = "111122223333", "444455556666"
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
BOTH = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}, "ArnEquals": {"s3:AccessGrantsInstanceArn": [INSTANCE]}}
TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "access-grants.s3.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        }
    ]
}


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def a(kind: str, name: str, /, props: dict[str, Any], **members: Any) -> Resource:
    return Resource(urn(kind, name), kind, name, props, **members)


def a_location(scope: Any = SCOPE, name: str = "finance", **props: Any) -> Resource:
    known = {"locationScope": scope, "iamRoleArn": ARN, "accountId": ACCOUNT, "region": "eu-west-1"}
    return a(LOCATION, name, {**known, **props})


def a_role(*statements: Any, **props: Any) -> Resource:
    inline = [{"name": "p", "policy": {"Version": "2012-10-17", "Statement": list(statements)}}]
    known = {"arn": ARN, "name": "finance", "inlinePolicies": inline, "assumeRolePolicy": TRUST}
    return a(ROLE, "finance", {**known, **props})


def allow(actions: Any = "s3:GetObject", resources: Any = FOLDER, condition: Any = BOTH, **more: Any) -> dict[str, Any]:
    members = {"Effect": "Allow", "Action": actions, "Resource": resources, "Condition": condition, **more}
    return {name: value for name, value in members.items() if value is not None}


@lru_cache(maxsize=64)
def book_of(text: str) -> RuleBook:
    return parse(text, name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)


def judged(*resources: Resource, own: dict[str, Any] | None = None, regions: Any = ("eu-west-1",)) -> Finding:
    organization = {"name": "acme", "accounts": {ACCOUNT: {"name": "data-prod"}}}
    content = {
        "version": 1,
        "organization": {**organization, **({"regions": list(regions)} if regions else {})},
        "rules": {RULE.name: own or {}},
    }
    (finding,) = Judge(book_of(json.dumps(content)), "data-prod", dt.date(2026, 11, 20), rules=(RULE,)).stack_findings(
        resources
    )
    return finding


def outcome_of(*statements: Any, own: dict[str, Any] | None = None) -> tuple[Outcome, str]:
    finding = judged(a_role(*statements), a_location(), own=own)
    return finding.outcome, finding.message.removeprefix("inline policy 'p', statement 1: ")


# --- one statement ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(allow(), id="one folder"),
        pytest.param(allow(resources=f"{BUCKET}/finance/eu/*"), id="a folder further down"),
        pytest.param(allow(["s3:GetObject", "s3:ListBucket"], [FOLDER, BUCKET]), id="objects and the bucket together"),
        pytest.param(allow("s3:Get*", [FOLDER, BUCKET]), id="a family of actions"),
        pytest.param(allow("S3:getobject"), id="letter case of actions"),
        pytest.param(allow("s3:PutBucketPolicy", FOLDER), id="an action on buckets that reaches none"),
        pytest.param(
            allow(["s3:GetObject", "kms:Decrypt"], [FOLDER, "arn:aws:kms:eu-west-1:1:key/x"]), id="with a key"
        ),
        pytest.param(
            allow(condition={**BOTH, "StringEquals": {"AWS:resourceaccount": [ACCOUNT]}}), id="letter case of keys"
        ),
        pytest.param(
            allow(condition={**BOTH, "StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
            id="the account of the role itself",
        ),
        pytest.param(
            allow(condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT, "s3:AccessGrantsInstanceArn": INSTANCE}}),
            id="one operator for both",
        ),
    ],
)
def test_what_stays_within(statement: dict[str, Any]) -> None:
    """Whatever keeps to scope, account and instance passes, however it is written."""
    assert outcome_of(statement) == (Outcome.PASS, "")


def held(condition: dict[str, Any]) -> dict[str, Any]:
    return allow(condition={name: value for name, value in {**BOTH, **condition}.items() if value})


NO_ACCOUNT = f"no condition holds 'aws:ResourceAccount' to account '{ACCOUNT}'"
NO_INSTANCE = f"no condition holds 's3:AccessGrantsInstanceArn' to instance '{INSTANCE}'"
OTHERS = f"not only instance '{INSTANCE}'"
LETS = "the condition on 's3:AccessGrantsInstanceArn' lets in"
BEYOND = f"reaches beyond the role's locations '{SCOPE}'"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param(
            allow("s3:*", "*"),
            "action 's3:*' allows everything in S3, and grants give reading and writing of objects",
            id="everything in S3",
        ),
        pytest.param(
            allow("*"), "action '*' allows everything in S3, and grants give reading and writing of objects", id="star"
        ),
        pytest.param(
            allow("s3:?*"),
            "action 's3:?*' allows everything in S3, and grants give reading and writing of objects",
            id="everything by another sign",
        ),
        pytest.param(
            allow(None, NotAction="s3:DeleteObject"),
            "NotAction allows everything but 's3:DeleteObject'",
            id="everything but one action",
        ),
        pytest.param(
            allow(resources=None, NotResource=FOLDER),
            f"NotResource allows every resource but those it lists, and the role's locations are '{SCOPE}'",
            id="everything but one resource",
        ),
        pytest.param(
            allow(resources=None), f"no Resource is given, and the role's locations are '{SCOPE}'", id="no resource"
        ),
        pytest.param(allow(resources="*"), f"resource '*' {BEYOND}", id="every resource"),
        pytest.param(
            allow(resources=f"{BUCKET}/finance*"),
            f"resource '{BUCKET}/finance*' {BEYOND}: it also covers 'acme-data/finance-other/'",
            id="a sibling prefix",
        ),
        pytest.param(allow(resources=f"{BUCKET}/*"), f"resource '{BUCKET}/*' {BEYOND}", id="the whole bucket"),
        pytest.param(
            allow(resources=[FOLDER, "arn:aws:s3:::other/finance/*"]),
            f"resource 'arn:aws:s3:::other/finance/*' {BEYOND}",
            id="another bucket",
        ),
        pytest.param(
            allow("s3:ListBucket", f"{BUCKET}*"), f"resource '{BUCKET}*' {BEYOND}", id="buckets that begin so"
        ),
        pytest.param(
            allow(["s3:ListBucket", "s3:PutBucketPolicy"], BUCKET),
            "action 's3:PutBucketPolicy' changes a bucket, and grants give reading and writing of objects",
            id="the bucket's own policy",
        ),
        pytest.param(
            allow("s3:*Bucket*", BUCKET),
            "action 's3:*Bucket*' changes a bucket, and grants give reading and writing of objects",
            id="a family with the bucket's own policy in it",
        ),
        pytest.param(
            allow("sns:Publish", "*"),
            "action 'sns:Publish' is of other services than S3, and otherActions does not list it",
            id="another service",
        ),
        pytest.param(
            allow("kms:*", "*"),
            "action 'kms:*' is of other services than S3, and otherActions does not list it",
            id="everything with keys",
        ),
        pytest.param(
            allow(condition=None),
            f"{NO_ACCOUNT}; also inline policy 'p', statement 1: no condition on s3:AccessGrantsInstanceArn",
            id="no conditions",
        ),
        pytest.param(held({"StringEquals": None}), NO_ACCOUNT, id="no account"),
        pytest.param(held({"ArnEquals": None}), NO_INSTANCE, id="no instance"),
        pytest.param(
            held({"StringEquals": {"aws:ResourceAccounts": ACCOUNT}}),
            f"{NO_ACCOUNT}: 'aws:ResourceAccounts' is not the key 'aws:ResourceAccount'",
            id="a misspelt account key",
        ),
        pytest.param(
            held({"ArnEquals": {"s3:AccessGrantInstanceArn": INSTANCE}}),
            f"{NO_INSTANCE}: 's3:AccessGrantInstanceArn' is not the key 's3:AccessGrantsInstanceArn'",
            id="a misspelt instance key",
        ),
        pytest.param(
            held({"StringEquals": None, "StringEqualsIfExists": {"aws:ResourceAccount": ACCOUNT}}),
            f"{NO_ACCOUNT}: 'StringEqualsIfExists' on 'aws:ResourceAccount' also holds where the key is absent",
            id="only if it is there",
        ),
        pytest.param(
            held({"StringEquals": None, "StringEqualsIfExists": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
            f"{NO_ACCOUNT}: 'StringEqualsIfExists' on 'aws:ResourceAccount' also holds where the key is absent",
            id="the account of the role itself, only if it is there",
        ),
        pytest.param(
            held({"StringEquals": {"aws:ResourceAccount": [ACCOUNT, OTHER]}}),
            f"the condition on 'aws:ResourceAccount' lets in '{OTHER}', not only account '{ACCOUNT}'",
            id="one account more",
        ),
        pytest.param(
            held({"ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE.replace("eu-west-1", "*")}}),
            f"{LETS} '{INSTANCE.replace('eu-west-1', '*')}', {OTHERS}",
            id="instances of every Region",
        ),
        pytest.param(
            held({"ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE.replace("eu-west-1", "us-east-1")}}),
            f"{LETS} '{INSTANCE.replace('eu-west-1', 'us-east-1')}', {OTHERS}",
            id="another Region's instance",
        ),
        pytest.param(
            held({"ArnEquals": {"s3:AccessGrantsInstanceArn": f"{INSTANCE}/location/x"}}),
            f"{LETS} '{INSTANCE}/location/x', {OTHERS}",
            id="a location for an instance",
        ),
        pytest.param(
            held({"ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE.replace(ACCOUNT, OTHER)}}),
            f"{LETS} '{INSTANCE.replace(ACCOUNT, OTHER)}', {OTHERS}",
            id="another account's instance",
        ),
    ],
)
def test_what_goes_beyond(statement: dict[str, Any], message: str) -> None:
    """Each mistake has its own message, blocks, and the statement that is offered instead passes."""
    finding = judged(a_role(statement), a_location())

    assert (finding.outcome, finding.blocks, finding.field) == (Outcome.FAIL, True, "inlinePolicies")
    assert finding.message == f"inline policy 'p', statement 1: {message}"
    if finding.edit not in ("", "Leave the statement out."):
        offered = json.loads(finding.edit.removeprefix("Write ").removesuffix("."))
        instead = offered if isinstance(offered, list) else [offered]
        assert judged(a_role(*instead), a_location()).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("statement", "edit"),
    [
        pytest.param(
            allow("s3:*", [FOLDER, BUCKET], Sid="All"),
            {
                **allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"], [FOLDER, BUCKET]),
                "Sid": "All",
            },
            id="a wide action",
        ),
        pytest.param(
            allow(["s3:GetObject", "kms:Decrypt"], "*"),
            [allow(["s3:GetObject"], [FOLDER]), allow(["kms:Decrypt"], "*", None)],
            id="keys in a statement of their own",
        ),
        pytest.param(
            held({"StringEquals": {"aws:ResourceAccounts": ACCOUNT, "aws:PrincipalOrgID": "o-1"}}),
            allow(
                ["s3:GetObject"],
                [FOLDER],
                {**BOTH, "StringEquals": {"aws:PrincipalOrgID": "o-1", "aws:ResourceAccount": ACCOUNT}},
            ),
            id="the author's other conditions",
        ),
        pytest.param(allow("s3:PutBucketPolicy", BUCKET), None, id="nothing is left"),
    ],
)
def test_the_statement_that_is_offered(statement: dict[str, Any], edit: Any) -> None:
    """It keeps what is right, and mends the rest."""
    finding = judged(a_role(statement), a_location())

    if edit is None:
        assert finding.edit == "Leave the statement out."
        return
    assert json.loads(finding.edit.removeprefix("Write ").removesuffix(".")) == edit


def test_deny_takes_away() -> None:
    """A Deny never breaks the rule, whatever it is about, and one by itself leaves nothing to judge."""
    deny = {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "*"}

    assert outcome_of(deny, allow()) == (Outcome.PASS, "")
    assert outcome_of(deny)[0] is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("own", "statement", "outcome"),
    [
        pytest.param({"wideActions": "allowed"}, allow("s3:*", [FOLDER, BUCKET]), Outcome.PASS, id="wide, allowed"),
        pytest.param({"wideActions": "allowed"}, allow("s3:*", "*"), Outcome.FAIL, id="wide, out of scope"),
        pytest.param({"wideActions": "allowed"}, allow("*"), Outcome.FAIL, id="wider than S3"),
        pytest.param({"conditions": "optional"}, allow(condition=None), Outcome.PASS, id="no conditions"),
        pytest.param({"conditions": "optional"}, allow(resources="*", condition=None), Outcome.FAIL, id="no scope"),
        pytest.param(
            {"otherActions": ["s3:ListAllMyBuckets"]},
            [allow("s3:listAllMyBuckets", "*", None), allow()],
            Outcome.PASS,
            id="another action",
        ),
        pytest.param({"otherActions": ["logs:*"]}, allow("logs:Put*", "*"), Outcome.NOT_APPLICABLE, id="nothing of S3"),
        pytest.param({"otherActions": ["kms:Describe*"]}, allow("kms:D*", "*"), Outcome.FAIL, id="more than that"),
    ],
)
def test_settings(own: dict[str, Any], statement: Any, outcome: Outcome) -> None:
    """Each setting allows what it says and no more."""
    statements = statement if isinstance(statement, list) else [statement]

    assert outcome_of(*statements, own=own)[0] is outcome


# --- roles, locations and policies ------------------------------------------------------------------------------------


def test_aws_policies_that_reach_everything() -> None:
    """They break the rule by name, even where every bucket is registered and somebody trusts them."""
    own = {"trustedPolicies": ["arn:aws:iam::*"]}
    for name in WIDE:
        attached = a(ATTACHMENT, "t", {"role": "finance", "policyArn": f"arn:aws:iam::aws:policy/{name}"})
        finding = judged(a_role(allow(resources="arn:aws:s3:::*")), a_location("s3://"), attached, own=own)
        assert finding.outcome is Outcome.FAIL
        assert finding.message == f"managed policy '{name}' allows more than 's3://' through the own instance"


@pytest.mark.parametrize(
    ("arn", "own", "outcome"),
    [
        pytest.param(f"arn:aws:iam::{ACCOUNT}:policy/x", {}, Outcome.UNKNOWN, id="not declared"),
        pytest.param(
            f"arn:aws:iam::{ACCOUNT}:policy/x", {"trustedPolicies": ["arn:*:policy/x"]}, Outcome.PASS, id="ok"
        ),
        pytest.param("arn:aws:iam::aws:policy/AmazonSQSFullAccess", {}, Outcome.UNKNOWN, id="another of AWS"),
        pytest.param("x", {"trustedPolicies": ["arn:*"]}, Outcome.FAIL, id="no ARN"),
        pytest.param(ARN, {"trustedPolicies": ["arn:*"]}, Outcome.FAIL, id="the ARN of a role"),
        pytest.param(UNKNOWN, {"trustedPolicies": ["arn:*"]}, Outcome.UNKNOWN, id="not known"),
    ],
)
def test_managed_policies_that_the_stack_does_not_declare(arn: Any, own: dict[str, Any], outcome: Outcome) -> None:
    """They were not read, so the rule is unsure unless the organization trusts them."""
    finding = judged(a_role(managedPolicyArns=[arn]), a_location(), own=own)

    assert (finding.outcome, finding.blocks) == (outcome, outcome is not Outcome.PASS)


def test_certain_breaks_come_first() -> None:
    """What is not known hides nothing that is wrong for certain, wherever it stands."""
    broken = a(ROLE_POLICY, "p", {"role": "finance", "policy": json.dumps({"Statement": [allow("s3:*")]})})
    role = a_role(UNKNOWN, managedPolicyArns=[UNKNOWN])

    assert judged(role, a_location()).outcome is Outcome.UNKNOWN
    finding = judged(role, a_location(), broken)
    assert (finding.outcome, finding.field) == (Outcome.FAIL, "policy")
    assert finding.message.startswith("the policy of resource 'p', statement 1: action 's3:*'")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        pytest.param(UNKNOWN, "its effect is not known in this preview", id="a statement"),
        pytest.param(allow(Effect=UNKNOWN), "its effect is not known in this preview", id="an effect"),
        pytest.param(allow(UNKNOWN), "an action is not known in this preview", id="an action"),
        pytest.param(allow(resources=[FOLDER, UNKNOWN]), "a resource is not known in this preview", id="a resource"),
        pytest.param(
            allow(condition=UNKNOWN), "the condition on 'aws:ResourceAccount' is not known in this preview", id="all"
        ),
        pytest.param(
            held({"ArnEquals": {"s3:AccessGrantsInstanceArn": UNKNOWN}}),
            "the condition on 's3:AccessGrantsInstanceArn' is not known in this preview",
            id="a condition's value",
        ),
    ],
)
def test_what_a_preview_does_not_know(statement: Any, reason: str) -> None:
    """An unknown member leaves the rule undecided, and the run stops."""
    assert outcome_of(statement) == (Outcome.UNKNOWN, reason)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        pytest.param("", "inline policy 'p' is a text that is empty, not a policy", id="empty"),
        pytest.param("{", "inline policy 'p' is a text that is not JSON, not a policy", id="no JSON"),
        pytest.param([], "inline policy 'p' is a list, not a policy", id="a list"),
        pytest.param({}, "inline policy 'p' is a document without a Statement, not a policy", id="no statement"),
        pytest.param(
            {"Statement": {"Effect": "allow", "Action": "s3:GetObject"}},
            "inline policy 'p' is a statement whose Effect is neither 'Allow' nor 'Deny', not a policy",
            id="no effect",
        ),
    ],
)
def test_policies_that_cannot_be_read(policy: Any, message: str) -> None:
    """What IAM would refuse breaks the rule."""
    finding = judged(a_role(inlinePolicies=[{"name": "p", "policy": policy}]), a_location())

    assert (finding.outcome, finding.message) == (Outcome.FAIL, message)


@pytest.mark.parametrize(
    ("resources", "outcome", "message"),
    [
        pytest.param([a_role(allow("s3:*"))], Outcome.NOT_APPLICABLE, "the role serves no location", id="no location"),
        pytest.param(
            [a_role(), a_location()], Outcome.NOT_APPLICABLE, "no policy of the role in this stack", id="no permission"
        ),
        pytest.param(
            [a_role(allow(resources=[FOLDER, f"{BUCKET}/hr/*"])), a_location(), a_location("s3://acme-data/hr/", "hr")],
            Outcome.PASS,
            "",
            id="two locations",
        ),
        pytest.param(
            [a_role(allow(resources="arn:aws:s3:::*")), a_location("s3://")], Outcome.PASS, "", id="every bucket"
        ),
        pytest.param([a_role(allow()), a_location(UNKNOWN)], Outcome.UNKNOWN, "in scope", id="scope not known"),
        pytest.param([a_role(allow("s3:*")), a_location(UNKNOWN)], Outcome.FAIL, "s3:*", id="wide in any scope"),
        pytest.param(
            [a_role(allow()), a_location(), a_location(UNKNOWN, "hr")], Outcome.PASS, "", id="within the known scope"
        ),
        pytest.param([a_role(allow()), a_location("acme")], Outcome.FAIL, "beyond", id="a scope that is none"),
        pytest.param([a_role(allow()), a_location(7)], Outcome.FAIL, "beyond", id="a number for a scope"),
        pytest.param(
            [a_role(allow()), a_location(iamRoleArn=UNKNOWN)],
            Outcome.UNKNOWN,
            "whether the role serves location 'finance'",
            id="a location of nobody knows which role",
        ),
        pytest.param(
            [
                a_role(allow(), assumeRolePolicy={"Statement": []}),
                a_location(iamRoleArn=UNKNOWN),
            ],
            Outcome.NOT_APPLICABLE,
            "serves no location",
            id="a role that S3 Access Grants cannot assume",
        ),
        pytest.param([a_role(allow()), a_location(region=None)], Outcome.PASS, "", id="a Region that nobody says"),
        pytest.param([a_role(allow()), a_location(region=UNKNOWN)], Outcome.UNKNOWN, "Region", id="a Region unknown"),
        pytest.param([a_role(allow()), a_location(region=7)], Outcome.UNKNOWN, "Region", id="a number for a Region"),
    ],
)
def test_roles_and_their_locations(resources: list[Resource], outcome: Outcome, message: str) -> None:
    """A role is held against the scopes of all of its locations; one without is none of this rule's business."""
    finding = judged(*resources)

    assert finding.outcome is outcome
    assert message in finding.message


def test_a_region_that_nobody_says_is_one_of_the_organizations() -> None:
    """Without a Region of the location, the organization's are the limit; without those there is none."""
    location = a_location(region=None)

    assert judged(a_role(allow()), location, regions=("us-east-1",)).outcome is Outcome.FAIL
    assert judged(a_role(allow()), location, regions=()).outcome is Outcome.PASS


def test_a_preview_of_a_new_stack() -> None:
    """What values are made from likely belongs together: it breaks, and does not pass."""
    ours = {"allowedAccountIds": [ACCOUNT]}
    late = {"arn": UNKNOWN, "inlinePolicies": UNKNOWN, "managedPolicyArns": UNKNOWN}
    sources = {"role": (urn(ROLE, "finance"),), "policyArn": (urn(POLICY, "listing"),)}
    statement = allow("s3:ListBucket", BUCKET)

    def stack(listing: Any) -> list[Resource]:
        unknown = {"locationScope": SCOPE, "iamRoleArn": UNKNOWN, "accountId": UNKNOWN, "region": "eu-west-1"}
        behind = {"iamRoleArn": (urn(ROLE, "finance"),)}
        return [
            a(ROLE, "finance", {"name": "finance", **late}, provider_props=ours),
            a(LOCATION, "finance", unknown, made_from=behind, provider_props=ours),
            a(POLICY, "listing", {"arn": UNKNOWN, "policy": listing}),
            a(ATTACHMENT, "t", {"role": "finance", "policyArn": UNKNOWN}, made_from=sources),
        ]

    assert judged(*stack({"Statement": [statement]})).outcome is Outcome.UNKNOWN
    wrong = judged(*stack({"Statement": [allow("s3:*")]}))
    assert wrong.outcome is Outcome.FAIL
    assert wrong.message.endswith(
        "; policyArn of resource 't' is made from it; iamRoleArn of location 'finance' is made from the role"
    )
    assert judged(*stack(UNKNOWN)).outcome is Outcome.UNKNOWN


def test_an_account_that_nobody_says() -> None:
    """It leaves the conditions undecided, and says how to have them decided."""
    role = a(
        ROLE, "finance", {"name": "finance", "arn": UNKNOWN, "inlinePolicies": a_role(allow()).props["inlinePolicies"]}
    )
    behind = {"iamRoleArn": (role.urn,)}
    location = a(
        LOCATION, "l", {"locationScope": SCOPE, "iamRoleArn": UNKNOWN, "region": "eu-west-1"}, made_from=behind
    )
    finding = judged(role, location)

    assert finding.outcome is Outcome.UNKNOWN
    assert "nothing says the role's account; allowedAccountIds on its provider would" in finding.message


def test_aws_in_china() -> None:
    """Partition and Region go together."""
    arn = ARN.replace(":aws:", ":aws-cn:")
    instance = f"arn:aws-cn:s3:cn-north-1:{ACCOUNT}:access-grants/default"
    statement = allow(
        resources="arn:aws-cn:s3:::acme-data/finance/*",
        condition={**BOTH, "ArnEquals": {"s3:AccessGrantsInstanceArn": instance}},
    )

    def found(one: dict[str, Any]) -> Finding:
        return judged(a_role(one, arn=arn), a_location(iamRoleArn=arn, region="cn-north-1"))

    assert found(statement).outcome is Outcome.PASS
    wrong = found(allow(resources="arn:aws-cn:s3:::acme-data/*"))
    assert '"Resource":["arn:aws-cn:s3:::acme-data/finance/*"]' in wrong.edit
    assert instance in wrong.edit


def test_the_partition_where_nobody_says_a_region() -> None:
    """The role's ARN tells the partition then; without one it is the commercial one."""
    arn = ARN.replace(":aws:", ":aws-cn:")
    wide = allow(resources=f"{BUCKET}/*")
    told = judged(a_role(wide, arn=arn), a_location(iamRoleArn=arn, region=None), regions=())

    assert '"Resource":["arn:aws-cn:s3:::acme-data/finance/*"]' in told.edit

    late = a_location(iamRoleArn=UNKNOWN, region=None)
    behind = a(LOCATION, "finance", dict(late.props), made_from={"iamRoleArn": (urn(ROLE, "finance"),)})
    untold = judged(a_role(wide, arn=UNKNOWN), behind, regions=())

    assert '"Resource":["arn:aws:s3:::acme-data/finance/*"]' in untold.edit


# --- whatever comes ---------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([UNKNOWN, "*", "s3:*", ARN, SCOPE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Condition", "name", "policy"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PLACES = {
    ROLE: ["arn", "name", "path", "assumeRolePolicy", "inlinePolicies", "managedPolicyArns"],
    LOCATION: ["locationScope", "iamRoleArn", "accountId", "region"],
    ROLE_POLICY: ["role", "policy", "name"],
    ATTACHMENT: ["role", "policyArn"],
    "aws:iam/policyAttachment:PolicyAttachment": ["roles", "policyArn"],
    POLICY: ["arn", "policy", "name"],
    "aws-native:iam:ManagedPolicy": ["policyArn", "policyDocument", "roles"],
    "aws-native:iam:RolePolicy": ["roleName", "policyDocument"],
}


@st.composite
def estates(draw: st.DrawFn) -> list[Resource]:
    drawn = [
        a(kind, "finance", {name: draw(JSON) for name in names if draw(st.booleans())})
        for kind, names in PLACES.items()
    ]
    return [one for one in drawn if one.type != ROLE] + [
        Resource(one.urn, one.type, one.name, {**a_role(allow()).props, **one.props})
        for one in drawn
        if one.type == ROLE
    ]


@given(estates())
@settings(derandomize=True, deadline=None, max_examples=300)
def test_nothing_raises(estate: list[Resource]) -> None:
    """Whatever stands in any property, the rule concludes."""
    assert judged(*estate, a_location(name="other")).outcome is not Outcome.ERROR


@given(JSON)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_nothing_passes_that_was_not_understood(value: Any) -> None:
    """Beside a good policy, one that was not read is never passed over."""
    beside = a(ROLE_POLICY, "p", {"role": "finance", "policy": value})
    finding = judged(a_role(allow()), a_location(), beside)

    document = iam.read(value)
    understood = isinstance(document, iam.Document) and all(one.effect == "Deny" for one in document.statements)
    assert understood or finding.outcome is not Outcome.PASS


OBJECTS = ["acme-data/finance/x", "acme-data/finance-2/x", "acme-data/hr", "other/finance/x"]
REQUESTS = [(f"s3:{verb}Object", f"arn:aws:s3:::{key}") for verb in ("Get", "Put") for key in OBJECTS] + [
    (f"s3:{verb}", f"arn:aws:s3:::{bucket}")
    for verb in ("ListBucket", "PutBucketPolicy", "DeleteBucket")
    for bucket in ("acme-data", "acme-data-2", "other")
]
WITHIN = {
    ("s3:GetObject", "arn:aws:s3:::acme-data/finance/x"),
    ("s3:PutObject", "arn:aws:s3:::acme-data/finance/x"),
    ("s3:ListBucket", "arn:aws:s3:::acme-data"),
}
ACTIONS = [
    "s3:GetObject",
    "s3:*Object",
    "s3:Get*",
    "s3:P*",
    "s3:?*",
    "s3:L*",
    "s3:D*",
    "*",
    "s*",
    "ec2:*",
    "kms:Decrypt",
]
RESOURCES = [
    "*",
    "arn:aws:s3:::*",
    BUCKET,
    f"{BUCKET}*",
    f"{BUCKET}/fin*",
    FOLDER,
    f"{BUCKET}/*/x",
    f"{BUCKET}/finance/?",
]
PATTERNS = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3)


@given(PATTERNS, st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=3))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_what_passes_allows_nothing_beyond(actions: list[str], resources: list[str]) -> None:
    """Request by request, a statement that passes allows only what lies in scope."""
    allowed = {
        (action, resource)
        for action, resource in REQUESTS
        if any(iam.matches(one, action, ignore_case=True) for one in actions)
        and any(iam.matches(one, resource) for one in resources)
    }

    assert judged(a_role(allow(actions, resources)), a_location()).outcome is not Outcome.PASS or allowed <= WITHIN
