"""Roles, locations and policies find each other by value, and in a preview by where values come from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from grantgate_policies import iam
from grantgate_policies.bounds import Reach
from grantgate_policies.core import UNKNOWN, Resource
from grantgate_policies.permissions import Attached, Joins, Unclear, Written, join, may_serve
from grantgate_policies.program import Program
from grantgate_policies.scopes import Scope
from grantgate_policies.subjects import Location, Role, facts_of
from hypothesis import given, settings
from hypothesis import strategies as st

ACCOUNT, OTHER = "111122223333", "444455556666"
ARN = f"arn:aws:iam::{ACCOUNT}:role/access-grants/reader"
SERVICE = "access-grants.s3.amazonaws.com"
LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENTS = "aws:iam/policyAttachment:PolicyAttachment"
EXCLUSIVE = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
POLICY = "aws:iam/policy:Policy"
OURS = {"allowedAccountIds": [ACCOUNT]}
CAREFUL = settings(derandomize=True, deadline=None, max_examples=300)


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def a(kind: str, name: str, /, sources: dict[str, list[str]] | None = None, **props: Any) -> Resource:
    """Make a resource; ``sources`` are the URNs behind its properties, ``at`` the inputs of its provider."""
    at = props.pop("at", {})
    made_from = {one: tuple(urns) for one, urns in (sources or {}).items()}
    return Resource(urn(kind, name), kind, name, props, provider_props=at, made_from=made_from)


def joined(*resources: Resource) -> Joins:
    listed = sorted(resources, key=lambda one: one.urn)
    return join(Program(tuple(fact for one in listed for fact in facts_of(one))))


def role_of(joins: Joins, name: str = "reader") -> Role:
    return next(one for one in joins.program.of(Role) if one.resource.name == name)


def location_of(joins: Joins) -> Location:
    return joins.program.of(Location)[0]


# --- roles and locations ----------------------------------------------------------------------------------------------

NEW = {"name": "reader", "path": "/access-grants/", "arn": UNKNOWN}


@pytest.mark.parametrize(
    ("role", "location", "certain", "possible"),
    [
        pytest.param({"arn": ARN}, {"iamRoleArn": ARN}, True, False, id="the same ARN"),
        pytest.param({"arn": ARN}, {"iamRoleArn": f"{ARN}-2"}, False, False, id="another ARN"),
        pytest.param({**NEW, "at": OURS}, {"iamRoleArn": ARN}, True, False, id="the ARN that the role will have"),
        pytest.param(
            {**NEW, "at": {"allowedAccountIds": [OTHER]}}, {"iamRoleArn": ARN}, False, False, id="in another account"
        ),
        pytest.param({**NEW, "path": "/", "at": OURS}, {"iamRoleArn": ARN}, False, False, id="at another path"),
        pytest.param(NEW, {"iamRoleArn": ARN}, True, False, id="providers that are configured alike"),
        pytest.param(NEW, {"iamRoleArn": ARN, "at": OURS}, False, True, id="an account that nobody states"),
        pytest.param({**NEW, "name": UNKNOWN}, {"iamRoleArn": ARN}, False, True, id="a name not known yet"),
        pytest.param(
            {**NEW, "name": UNKNOWN, "path": "/", "at": OURS},
            {"iamRoleArn": ARN},
            False,
            False,
            id="at another path yet",
        ),
        pytest.param(
            {**NEW, "name": UNKNOWN, "at": {"allowedAccountIds": [OTHER]}},
            {"iamRoleArn": ARN},
            False,
            False,
            id="a name not known yet, in another account",
        ),
        pytest.param({**NEW, "path": UNKNOWN, "at": OURS}, {"iamRoleArn": ARN}, False, True, id="a path not known yet"),
        pytest.param({"arn": UNKNOWN}, {"iamRoleArn": ARN}, False, False, id="a name that the provider will choose"),
        pytest.param({"arn": ARN}, {"iamRoleArn": ARN.replace("reader", "Reader")}, False, True, id="letter case"),
        pytest.param({"arn": ARN}, {"iamRoleArn": "reader"}, False, False, id="no ARN"),
        pytest.param({"arn": ARN}, {"iamRoleArn": 7}, False, False, id="a number"),
        pytest.param({"arn": ARN}, {}, False, False, id="nothing"),
        pytest.param(NEW, {"iamRoleArn": UNKNOWN}, False, False, id="made from nothing that is told"),
    ],
)
def test_a_role_and_its_location(
    role: dict[str, Any], location: dict[str, Any], *, certain: bool, possible: bool
) -> None:
    """A role is found by the ARN that it has, or will have where account, path and name are known."""
    joins = joined(a(ROLE, "reader", None, **role), a(LOCATION, "finance", None, **location))
    servants = joins.servants(location_of(joins))

    assert (bool(servants.certain), bool(servants.possible)) == (certain, possible)
    assert servants.untold is (location.get("iamRoleArn") is UNKNOWN)
    served = joins.served(role_of(joins))
    assert bool(served.certain) is certain


def test_a_preview_tells_the_role_by_where_its_arn_comes_from() -> None:
    """One role behind the property is likely the role; of several it may be either; none is certain."""
    roles = [a(ROLE, name, name=name, arn=UNKNOWN) for name in ("one", "two")]
    for behind, likely, possible in ((["one"], ["one"], []), (["one", "two"], [], ["one", "two"])):
        sources = {"iamRoleArn": [urn(ROLE, name) for name in behind]}
        joins = joined(*roles, a(LOCATION, "finance", sources, iamRoleArn=UNKNOWN))
        servants = joins.servants(location_of(joins))

        assert not servants.certain
        assert [one.resource.name for one in servants.likely] == likely
        assert [one.resource.name for one in servants.possible] == possible
        assert not servants.untold
        served = [joins.served(role_of(joins, name)) for name in ("one", "two")]
        assert [bool(one.likely) for one in served] == ["one" in likely, "two" in likely]
        assert [bool(one.possible) for one in served] == ["one" in possible, "two" in possible]
        assert not any(one.certain for one in served)


@pytest.mark.parametrize(
    ("trust", "serves"),
    [
        pytest.param({"Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}, True, id="the service"),
        pytest.param({"Principal": {"Service": f"{SERVICE}.cn"}, "Action": "sts:*"}, True, id="the service in China"),
        pytest.param({"Principal": "*", "Action": "*"}, True, id="everybody"),
        pytest.param({"Principal": {"Service": UNKNOWN}, "Action": "sts:AssumeRole"}, True, id="not known yet"),
        pytest.param({"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}, False, id="other"),
    ],
)
def test_a_location_whose_role_is_not_told(trust: dict[str, Any], *, serves: bool) -> None:
    """It may be any role that S3 Access Grants can assume; a lookup that has not looked says nothing."""
    policy = {"Statement": [{"Effect": "Allow", **trust}]}
    role = a(ROLE, "reader", arn=UNKNOWN, assumeRolePolicy=policy)
    joins = joined(role, a(LOCATION, "finance", iamRoleArn=UNKNOWN))

    assert may_serve(role_of(joins)) is serves
    assert bool(joins.served(role_of(joins)).possible) is serves
    live = joined(role, a("pulumi-python:dynamic/grantgate:AccessGrantsLocation", "live", iamRoleArn=UNKNOWN))
    assert not live.served(role_of(live)).possible


@pytest.mark.parametrize("trust", [pytest.param(one, id=repr(one)) for one in (None, UNKNOWN, "nonsense", 7)])
def test_a_trust_policy_that_was_not_read_excludes_nothing(trust: Any) -> None:
    joins = joined(a(ROLE, "reader", assumeRolePolicy=trust))

    assert may_serve(role_of(joins))


# --- roles and policies -----------------------------------------------------------------------------------------------

DOCUMENT = json.dumps({"Statement": []})
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/listing"
READER = a(ROLE, "reader", arn=ARN, name="reader")
ARNS = "managedPolicyArns of resource 'reader'"


def told(joins: Joins, name: str = "reader") -> list[str]:
    """Write the policies of a role in words."""
    words = []
    for policy in joins.policies(role_of(joins, name)):
        kind = type(policy).__name__
        what = {Written: "label", Attached: "arn", Unclear: "reason"}[type(policy)]
        made_from = f": {policy.made_from}" if not isinstance(policy, Unclear) and policy.made_from else ""
        words.append(f"{kind}: {policy.field}: {getattr(policy, what)}{made_from}")
    return words


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param([READER], [], id="none"),
        pytest.param(
            [a(ROLE, "reader", inlinePolicies=[{"name": "x", "policy": DOCUMENT}, {}, {"name": "", "policy": ""}])],
            ["Written: inlinePolicies: inline policy 'x'"],
            id="inline, and the empty ones of the classic provider",
        ),
        pytest.param(
            [a("aws-native:iam:Role", "reader", policies=[{"policyName": UNKNOWN, "policyDocument": {}}])],
            ["Written: policies: inline policy"],
            id="inline, native",
        ),
        pytest.param(
            [a(ROLE, "reader", inlinePolicies="x")],
            ["Written: inlinePolicies: the value of inlinePolicies"],
            id="inline policies that are none",
        ),
        pytest.param(
            [a(ROLE, "reader", inlinePolicies=UNKNOWN)],
            ["Unclear: inlinePolicies: inlinePolicies is not known in this preview"],
            id="inline policies not known",
        ),
        pytest.param(
            [READER, a(ROLE_POLICY, "p", role="reader", name="x", policy=DOCUMENT)],
            ["Written: policy: policy 'x' of resource 'p'"],
            id="beside the role",
        ),
        pytest.param(
            [a(ROLE, "reader", arn=ARN), a(ROLE_POLICY, "p", role="reader", policy=DOCUMENT)],
            ["Written: policy: the policy of resource 'p'"],
            id="beside a role that only its ARN names",
        ),
        pytest.param([READER, a(ROLE_POLICY, "p", role="writer", policy=DOCUMENT)], [], id="beside another role"),
        pytest.param(
            [READER, a("aws-native:iam:RolePolicy", "p", roleName="reader", policyName="x", policyDocument={})],
            ["Written: policyDocument: policy 'x' of resource 'p'"],
            id="beside the role, native",
        ),
        pytest.param(
            [
                a(ROLE, "reader", name=UNKNOWN),
                a(ROLE_POLICY, "p", {"role": [urn(ROLE, "reader")]}, role=UNKNOWN, policy=UNKNOWN),
            ],
            [
                "Written: policy: the policy of resource 'p': role of resource 'p' is made from the role",
                "Unclear: role: it is not known which role resource 'p' is for; it is made from 'reader'",
            ],
            id="beside a role whose name is not known",
        ),
        pytest.param(
            [
                a(ROLE, "reader", name=UNKNOWN),
                a(ROLE_POLICY, "p", {"role": [urn(ROLE, "reader")]}, role="reader-1", policy=DOCUMENT),
            ],
            [
                "Written: policy: the policy of resource 'p': role of resource 'p' is made from the role",
                "Unclear: role: it is not known which role resource 'p' is for; it is made from 'reader'",
            ],
            id="beside a role whose name is not known, by a name that no role has",
        ),
        pytest.param(
            [
                READER,
                a(ROLE, "writer", name=UNKNOWN),
                a(ROLE_POLICY, "p", {"role": [urn(ROLE, "writer")]}, role=UNKNOWN, policy=DOCUMENT),
            ],
            [],
            id="likely beside another role",
        ),
        pytest.param(
            [
                READER,
                a(ROLE, "writer", name=UNKNOWN),
                a(ROLE_POLICY, "p", {"role": [urn(ROLE, "writer"), "urn:x"]}, role=UNKNOWN, policy=DOCUMENT),
            ],
            ["Unclear: role: it is not known which role resource 'p' is for; it is made from 'writer'"],
            id="made from another role and something else",
        ),
        pytest.param(
            [READER, a(ATTACHMENT, "t", role="READER", policyArn=MANAGED)],
            [f"Attached: policyArn: {MANAGED}"],
            id="letter case of names",
        ),
        pytest.param(
            [READER, a(EXCLUSIVE, "t", roleName="reader", policyArns=[MANAGED, UNKNOWN])],
            [
                f"Attached: policyArns: {MANAGED}",
                "Unclear: policyArns: policyArns of resource 't' is not known yet",
            ],
            id="attached to the exclusion of others",
        ),
        pytest.param(
            [READER, a(EXCLUSIVE, "t", roleName="reader", policyArns=UNKNOWN)],
            ["Unclear: policyArns: policyArns of resource 't' is not known yet"],
            id="attached to the exclusion of others, not known",
        ),
        pytest.param(
            [READER, a(EXCLUSIVE, "t", roleName="reader", policyArns=[7])],
            ["Unclear: policyArns: policyArns of resource 't' is not known yet"],
            id="attached to the exclusion of others, no texts",
        ),
        pytest.param(
            [READER, a(EXCLUSIVE, "t", roleName="reader")], [], id="nothing attached to the exclusion of others"
        ),
        pytest.param(
            [READER, a(EXCLUSIVE, "t", roleName=UNKNOWN, policyArns=[MANAGED])],
            ["Unclear: roleName: it is not known which role resource 't' is for"],
            id="attached to nobody knows whom",
        ),
        pytest.param(
            [READER, a(ROLE_POLICY, "p", role=UNKNOWN, policy=DOCUMENT)],
            ["Unclear: role: it is not known which role resource 'p' is for"],
            id="beside nobody knows which role",
        ),
        pytest.param(
            [READER, a(ROLE_POLICY, "p", role=7, policy=DOCUMENT)],
            ["Unclear: role: it is not known which role resource 'p' is for"],
            id="beside a number",
        ),
        pytest.param(
            [READER, a(ATTACHMENT, "t", role="reader", policyArn=MANAGED)],
            [f"Attached: policyArn: {MANAGED}"],
            id="attached, declared elsewhere",
        ),
        pytest.param(
            [
                READER,
                a(ATTACHMENT, "t", role="reader", policyArn=MANAGED),
                a(POLICY, "listing", arn=MANAGED, name="l", policy=DOCUMENT),
            ],
            ["Written: policy: managed policy 'l' of resource 'listing'"],
            id="attached by its ARN",
        ),
        pytest.param(
            [
                READER,
                a(ATTACHMENT, "t", {"policyArn": [urn(POLICY, "listing")]}, role="reader", policyArn=UNKNOWN),
                a(POLICY, "listing", arn=UNKNOWN, name="l", policy=DOCUMENT),
            ],
            [
                "Written: policy: managed policy 'l' of resource 'listing': policyArn of resource 't' is made from it",
                "Unclear: policyArn: policyArn of resource 't' is not known yet; it is made from 'listing'",
            ],
            id="attached by an ARN that is not known yet",
        ),
        pytest.param(
            [READER, a(ATTACHMENT, "t", role="reader", policyArn=UNKNOWN)],
            ["Unclear: policyArn: policyArn of resource 't' is not known yet"],
            id="attached, and nobody knows what",
        ),
        pytest.param(
            [READER, a(ATTACHMENTS, "t", roles=["writer", "reader"], policyArn=MANAGED)],
            [f"Attached: policyArn: {MANAGED}"],
            id="attached to many",
        ),
        pytest.param(
            [READER, a(ATTACHMENTS, "t", roles=["reader", UNKNOWN], policyArn=MANAGED)],
            [f"Attached: policyArn: {MANAGED}", "Unclear: roles: it is not known which role resource 't' is for"],
            id="attached to one more",
        ),
        pytest.param(
            [a(ROLE, "reader", managedPolicyArns=[MANAGED]), a(ATTACHMENT, "t", role="reader", policyArn=MANAGED)],
            [f"Attached: managedPolicyArns: {MANAGED}"],
            id="in the role",
        ),
        pytest.param(
            [
                a(ROLE, "reader", name="reader", managedPolicyArns=[MANAGED]),
                a(ATTACHMENT, "t", role="reader", policyArn=MANAGED),
            ],
            [f"Attached: managedPolicyArns: {MANAGED}"],
            id="in the role and beside it",
        ),
        pytest.param(
            [
                a(
                    ROLE,
                    "reader",
                    {"managedPolicyArns": [urn(POLICY, "listing")]},
                    managedPolicyArns=[MANAGED, UNKNOWN, UNKNOWN],
                ),
                a(POLICY, "listing", arn=UNKNOWN, policy=DOCUMENT),
            ],
            [
                f"Attached: managedPolicyArns: {MANAGED}",
                f"Written: policy: the managed policy of resource 'listing': {ARNS} is made from it",
                f"Unclear: managedPolicyArns: {ARNS} is not known yet; it is made from 'listing'",
            ],
            id="in the role, some not known",
        ),
        pytest.param(
            [a(ROLE, "reader", managedPolicyArns=[7])],
            ["Written: managedPolicyArns: the value of managedPolicyArns"],
            id="in the role, no text",
        ),
        pytest.param(
            [
                a("aws-native:iam:Role", "reader", roleName="reader"),
                a("aws-native:iam:ManagedPolicy", "listing", roles=["reader", "writer"], policyDocument={}),
            ],
            ["Written: policyDocument: the managed policy of resource 'listing'"],
            id="a policy that attaches itself",
        ),
        pytest.param(
            [READER, a("aws-native:iam:ManagedPolicy", "listing", roles=UNKNOWN, policyDocument={})],
            ["Unclear: roles: it is not known which role resource 'listing' is for"],
            id="a policy that attaches itself to nobody knows whom",
        ),
    ],
)
def test_a_role_and_its_policies(resources: list[Resource], expected: list[str]) -> None:
    """Every way to give a role a policy is followed, and what may be the role's is not lost."""
    assert told(joined(*resources)) == expected


def test_a_value_of_the_role_that_is_not_known() -> None:
    """What a provider will fill is left out before rules see it: an unknown is the program's own, whoever made it."""
    late: dict[str, Any] = {"inlinePolicies": UNKNOWN, "managedPolicyArns": UNKNOWN}
    beside = a(ROLE_POLICY, "p", {"role": [urn(ROLE, "reader")]}, role="reader", policy=DOCUMENT)

    for others in ([beside], []):
        found = told(joined(a(ROLE, "reader", None, name="reader", **late), *others))
        assert sum(one.startswith("Unclear") for one in found) == 2


def test_a_crowd_of_one_name() -> None:
    """Of very many roles that the program gives one name and one ARN, nobody can say whose something is."""
    crowd = [a(ROLE, f"r{number}", arn=ARN, name="reader") for number in range(9)]
    policies = [a(ROLE_POLICY, f"p{number}", role="reader", policy=DOCUMENT) for number in range(9)]
    locations = [a(LOCATION, f"l{number}", iamRoleArn=ARN) for number in range(9)]
    joins = joined(*crowd, *policies, *locations)

    assert told(joins, "r8") == ["Unclear: role: it is not known which of 9 roles of one name resource 'p0' is for"]
    served = joins.served(role_of(joins, "r8"))
    assert (list(served.certain), len(served.possible)) == ([], 3)
    assert len(joined(*crowd[:8], *locations).servants(location_of(joins)).certain) == 8


def test_roles_of_one_name() -> None:
    """Of two roles of one name the policy is the one's of the same provider, else of both."""
    there = {"allowedAccountIds": [OTHER]}
    roles = [a(ROLE, "here", name="reader", at=OURS), a(ROLE, "there", name="reader", at=there)]
    ours = joined(*roles, a(ROLE_POLICY, "p", role="reader", policy=DOCUMENT, at=OURS))
    both = joined(*roles, a(ROLE_POLICY, "p", role="reader", policy=DOCUMENT))

    assert [len(told(ours, name)) for name in ("here", "there")] == [1, 0]
    assert [len(told(both, name)) for name in ("here", "there")] == [1, 1]


# --- roles that are looked up -----------------------------------------------------------------------------------------

LOOKUP = "pulumi-python:dynamic/grantgate:AccessGrantsLocationRole"
OTHER_DOCUMENT = json.dumps({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})


def looked_up(name: str = "live", arn: Any = ARN, **props: Any) -> Resource:
    known = {
        "accountId": ACCOUNT,
        "iamRoleArn": arn,
        "arn": arn,
        "roleName": "reader",
        "path": "/access-grants/",
        "assumeRolePolicy": json.dumps({"Statement": []}),
        "inlinePolicies": [],
        "managedPolicies": [],
    }
    return a(LOOKUP, name, **{**known, **props})


def managed(arn: str = MANAGED, document: Any = DOCUMENT) -> dict[str, Any]:
    return {"policyArn": arn, "name": "listing", "policy": document}


@pytest.mark.parametrize(
    ("roles", "arn", "certain", "possible"),
    [
        pytest.param([looked_up()], ARN, ["live"], [], id="looked up"),
        pytest.param([looked_up()], ARN.replace("reader", "READER"), ["live"], [], id="letter case"),
        pytest.param([looked_up()], f"{ARN}-2", [], [], id="another"),
        pytest.param([looked_up(), a(ROLE, "reader", arn=ARN)], ARN, ["reader", "live"], [], id="declared too"),
        pytest.param(
            [looked_up(), a(ROLE, "reader", **NEW, at=OURS)], ARN, ["reader", "live"], [], id="declared without its ARN"
        ),
        pytest.param(
            [looked_up(), a(ROLE, "reader", **{**NEW, "name": UNKNOWN}, at=OURS)],
            ARN,
            ["live"],
            ["reader"],
            id="perhaps declared",
        ),
        pytest.param([looked_up(), looked_up("again")], ARN, ["again"], [], id="looked up twice"),
        pytest.param(
            [looked_up(), looked_up("again", assumeRolePolicy="{}")], ARN, ["again", "live"], [], id="two answers"
        ),
        pytest.param(
            [looked_up(arn=UNKNOWN, roleName=UNKNOWN)], ARN, [], [], id="a lookup that has not looked, of nobody knows"
        ),
        pytest.param(
            [looked_up(assumeRolePolicy=UNKNOWN, arn=UNKNOWN, iamRoleArn=ARN)],
            ARN,
            ["live"],
            [],
            id="a lookup that has not looked, by the ARN that it asks for",
        ),
    ],
)
def test_a_location_and_roles_that_are_looked_up(
    roles: list[Resource], arn: str, certain: list[str], possible: list[str]
) -> None:
    """A declaration and a lookup of one role are no two roles: both are the location's."""
    joins = joined(*roles, a(LOCATION, "finance", iamRoleArn=arn))
    servants = joins.servants(location_of(joins))

    assert [one.resource.name for one in servants.certain] == certain
    assert [one.resource.name for one in servants.possible] == possible
    for role in joins.program.of(Role):
        served = joins.served(role)
        assert bool(served.certain) is (role.resource.name in certain or joins.first(role) is not role)


@pytest.mark.parametrize(
    ("resources", "name", "expected"),
    [
        pytest.param([looked_up()], "live", [], id="none"),
        pytest.param(
            [looked_up(inlinePolicies=[{"name": "x", "policy": DOCUMENT}], managedPolicies=[managed()])],
            "live",
            ["Written: inlinePolicies: inline policy 'x'", "Written: managedPolicies: managed policy 'listing'"],
            id="its own",
        ),
        pytest.param(
            [looked_up(inlinePolicies=[{"name": "x"}], managedPolicies=[{"policyArn": MANAGED}])],
            "live",
            [
                "Unclear: inlinePolicies: the lookup holds no document of inline policy 'x'",
                "Unclear: managedPolicies: the lookup holds no document of managed policy",
            ],
            id="without documents",
        ),
        pytest.param(
            [looked_up(inlinePolicies=UNKNOWN, managedPolicies=UNKNOWN)],
            "live",
            [
                "Unclear: inlinePolicies: inlinePolicies is not known in this preview",
                "Unclear: managedPolicies: managedPolicies is not known in this preview",
            ],
            id="not known",
        ),
        pytest.param(
            [looked_up(inlinePolicies=None, managedPolicies=None)],
            "live",
            [
                "Unclear: inlinePolicies: the lookup holds no inlinePolicies",
                "Unclear: managedPolicies: the lookup holds no managedPolicies",
            ],
            id="not heard",
        ),
        pytest.param(
            [looked_up(inlinePolicies="x", managedPolicies=[7])],
            "live",
            [
                "Written: inlinePolicies: the value of inlinePolicies",
                "Written: managedPolicies: the value of managedPolicies",
            ],
            id="no lists",
        ),
        pytest.param(
            [looked_up(), a(ROLE_POLICY, "p", role="reader", name="x", policy=DOCUMENT)],
            "live",
            ["Written: policy: policy 'x' of resource 'p'"],
            id="what is declared beside a role that is only looked up",
        ),
        pytest.param(
            [looked_up(), a(ROLE_POLICY, "p", role="reader", policy=DOCUMENT, at={"allowedAccountIds": [OTHER]})],
            "live",
            [],
            id="what is declared beside a role of another account",
        ),
        pytest.param(
            [looked_up(), READER, a(ROLE_POLICY, "p", role="reader", name="x", policy=DOCUMENT)],
            "live",
            [],
            id="what is declared beside a declared role is that one's",
        ),
        pytest.param(
            [looked_up(), READER, a(ROLE_POLICY, "p", role="reader", name="x", policy=DOCUMENT)],
            "reader",
            ["Written: policy: policy 'x' of resource 'p'"],
            id="and there it is",
        ),
        pytest.param(
            [looked_up(managedPolicies=[managed()]), a(ATTACHMENT, "t", role="reader", policyArn=MANAGED)],
            "live",
            ["Written: managedPolicies: managed policy 'listing'"],
            id="what is attached, and declared to be",
        ),
        pytest.param(
            [a(ROLE, "reader", managedPolicyArns=[MANAGED]), looked_up(managedPolicies=[managed()])],
            "reader",
            ["Written: managedPolicyArns: managed policy 'listing' of resource 'live'"],
            id="a declaration whose managed policy a lookup has read",
        ),
        pytest.param(
            [
                a(ROLE, "reader", managedPolicyArns=[MANAGED]),
                looked_up(managedPolicies=[managed()]),
                a(POLICY, "listing", arn=MANAGED, name="l", policy=DOCUMENT),
            ],
            "reader",
            ["Written: policy: managed policy 'l' of resource 'listing'"],
            id="a managed policy that is declared is what it will be",
        ),
        pytest.param(
            [
                a(ROLE, "reader", managedPolicyArns=[MANAGED]),
                *(looked_up(f"l{n}", f"{ARN}-{n}", managedPolicies=[managed()]) for n in range(3)),
            ],
            "reader",
            ["Written: managedPolicyArns: managed policy 'listing' of resource 'l0'"],
            id="a managed policy that many lookups have read",
        ),
    ],
)
def test_roles_that_are_looked_up_and_their_policies(resources: list[Resource], name: str, expected: list[str]) -> None:
    """A lookup has its own policies, in words that name its properties."""
    assert told(joined(*resources), name) == expected


def test_two_answers_about_one_managed_policy() -> None:
    """Where two lookups read a managed policy otherwise, both readings count."""
    reader = a(ROLE, "reader", managedPolicyArns=[MANAGED])
    joins = joined(
        reader,
        looked_up("one", f"{ARN}-1", managedPolicies=[managed()]),
        looked_up("two", f"{ARN}-2", managedPolicies=[managed(document=OTHER_DOCUMENT)]),
    )

    documents = [one.document for one in joins.policies(role_of(joins)) if isinstance(one, Written)]
    assert sorted(documents) == sorted([DOCUMENT, OTHER_DOCUMENT])


# --- scopes as resources ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "resource", "held"),
    [
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b/fin/*", True, id="the scope itself"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b/fin/eu/?.csv", True, id="inside"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b/fin*", False, id="a sibling"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b/fi?/x", False, id="a character of the prefix left open"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b/${aws:username}/*", False, id="a variable before the prefix"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b/fin/${aws:username}/*", True, id="a variable after it"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b", True, id="the bucket"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::b?", False, id="more than the bucket"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:::c/fin/*", False, id="another bucket"),
        pytest.param(["s3://b/fin/*"], "arn:*:s3:::b/fin/*", False, id="a wildcard that may stand for colons"),
        pytest.param(["s3://b/fin/*"], "arn:aws:s3:eu-west-1:111122223333:accesspoint/x", False, id="an access point"),
        pytest.param(["s3://b/fin/*"], "*", False, id="everything"),
        pytest.param(["s3://b/fin/*", "s3://b/fin/eu/*", "s3://b/hr/*"], "arn:aws:s3:::b/fin/us/*", True, id="nested"),
        pytest.param(["s3://b"], "arn:aws-cn:s3:::b/*", True, id="a whole bucket"),
        pytest.param(["s3://", "s3://b/x/*"], "arn:aws:s3:::*", True, id="every bucket"),
        pytest.param(["s3://"], "*", False, id="more than every bucket"),
        pytest.param(["s3://b/f?n/*"], "arn:aws:s3:::b/f?n/*", False, id="a sign of the scope that is a wildcard here"),
        pytest.param([], "arn:aws:s3:::b", False, id="no scope"),
        pytest.param(["s3://b"], "", False, id="no resource"),
    ],
)
def test_resources_within_scopes(scopes: list[str], resource: str, *, held: bool) -> None:
    """A resource is held when all that it matches begins with one scope."""
    assert Reach.of([Scope.parse(text) for text in scopes]).holds(resource) is held


PREFIXES = st.lists(st.text("ab/", max_size=4), max_size=4)


@given(PREFIXES, st.text("ab/*?", max_size=6))
@CAREFUL
def test_the_index_agrees_with_containment(prefixes: list[str], key: str) -> None:
    """What the sorted prefixes say is what IAM's wildcards say of each prefix."""
    reach = Reach.of([Scope("b", prefix) for prefix in prefixes])
    resource = f"arn:aws:s3:::b/{key}"

    one_by_one = any(iam.contains(f"arn:aws:s3:::b/{prefix}*", resource) for prefix in prefixes)
    assert reach.holds(resource) is one_by_one
    limits, _ = reach.resources("aws")
    assert one_by_one is iam.Words((resource,), given=True).within(limits)
