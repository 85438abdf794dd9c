"""The four rules about trust on policies made of right and wrong pieces."""

from __future__ import annotations

import json
from typing import Any

from grantgate_policies.core import (
    UNKNOWN,
    Account,
    Broken,
    Context,
    Organization,
    Passed,
    Resource,
    Rule,
    Skipped,
    Unsure,
)
from grantgate_policies.rules import (
    agr01_trust_principals,
    agr02_trust_actions,
    agr03_trust_source,
    agr04_trust_context,
)
from grantgate_policies.schema import defaults
from grantgate_policies.subjects import facts_of
from grantgate_policies.trust import OUTSIDE, ROLES
from hypothesis import given, settings
from hypothesis import strategies as st

CAREFUL = settings(derandomize=True, deadline=None, max_examples=150)

ACCOUNT, OTHER = "111122223333", "444455556666"
SERVICE = "access-grants.s3.amazonaws.com"
ASSUME, IDENTITY, CONTEXT = "sts:AssumeRole", "sts:SetSourceIdentity", "sts:SetContext"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
CENTER = "arn:aws:iam::aws:contextProvider/IdentityCenter"
RULES = [one.RULE for one in (agr01_trust_principals, agr02_trust_actions, agr03_trust_source, agr04_trust_context)]


def verdict(rule: Rule, trust: Any, more: dict[str, Any] | None = None) -> Any:
    provider = {"allowedAccountIds": [ACCOUNT], "region": "eu-west-1"}
    props = {"assumeRolePolicy": trust, "name": "reader"}
    (fact,) = facts_of(Resource("urn", "aws:iam/role:Role", "reader", props, provider_props=provider))
    context = Context(
        settings={**defaults(rule), **(more or {})},
        organization=Organization("acme", {ACCOUNT: Account(ACCOUNT, "data-prod")}, ("eu-west-1", "us-east-1")),
    )
    return rule.judge(fact, context)


def some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values) | st.lists(st.sampled_from(values), max_size=3)


KINDS = {
    "Service": some(SERVICE, SERVICE, "access-grants.amazonaws.com", f"{SERVICE}.cn", "lambda.amazonaws.com"),
    "AWS": some(OTHER, "*", SERVICE, f"arn:aws:iam::{OTHER}:role/x"),
    "Federated": some("cognito-identity.amazonaws.com"),
}
PRINCIPALS = st.just("*") | st.fixed_dictionaries({}, optional=KINDS).filter(bool) | st.just({"Service": SERVICE})
VALUES = {
    "aws:SourceAccount": some(ACCOUNT, ACCOUNT, OTHER, "*"),
    "AWS:SourceArn": some(
        INSTANCE, INSTANCE, f"{INSTANCE}/location/x", f"arn:aws:s3:*:{ACCOUNT}:access-grants/default"
    ),
    "sts:RequestContextProviders": some(CENTER, CENTER, "arn:aws:iam:::contextProvider/IdentityCenter"),
    "aws:RequestContextProvider": some(CENTER),
    "sts:ExternalId": some("domain-1", "*"),
}
OPERATORS = [
    "StringEquals",
    "ArnLike",
    "StringEqualsIfExists",
    "ForAllValues:ArnEquals",
    "StringNotLike",
    "StringMatches",
]
CONDITIONS = st.dictionaries(
    st.sampled_from(["StringEquals", *OPERATORS]), st.fixed_dictionaries({}, optional=VALUES), max_size=3
)
RIGHT = st.just({"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": INSTANCE}})
ACTIONS = some(ASSUME, IDENTITY, CONTEXT, "sts:*", "sts:TagSession") | st.just([ASSUME, IDENTITY])
STATEMENTS = st.builds(
    lambda effect, principal, action, condition, turned: {
        "Effect": effect,
        "NotPrincipal" if turned else "Principal": principal,
        "Action": action,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    PRINCIPALS,
    ACTIONS,
    RIGHT | CONDITIONS,
    st.sampled_from([False, False, False, True]),
)
TRUSTS = st.lists(STATEMENTS, max_size=3).map(lambda statements: {"Version": "2012-10-17", "Statement": statements})
SETTINGS = st.sampled_from([{}, {"roles": ["arn:*:iam::*:role/reader"]}])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the path to every value that a preview may not know."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, one in members for place in places(one, (*path, key))]


def hidden(value: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return UNKNOWN
    key, *rest = path
    changed = hidden(value[key], tuple(rest))
    if isinstance(value, list):
        return [changed if index == key else one for index, one in enumerate(value)]
    return {**value, key: changed}


@CAREFUL
@given(trust=TRUSTS, more=SETTINGS, data=st.data())
def test_what_is_decided_does_not_hang_on_the_unknown(
    trust: dict[str, Any], more: dict[str, Any], data: st.DataObject
) -> None:
    """With one value hidden, a rule that still decides decides as it does when the value is there."""
    path = data.draw(st.sampled_from(places(trust)))
    unknown = hidden(trust, path)
    for rule in RULES:
        known, found = verdict(rule, trust, more), verdict(rule, unknown, more)

        assert not isinstance(known, Unsure)
        # A role that trusts only accounts and providers that are not known yet is taken to be somebody else's.
        somebody = isinstance(found, Skipped) and {"AWS", "Federated"} & set(path)
        assert somebody or isinstance(found, Unsure | type(known)), (rule.id, found, known)


@CAREFUL
@given(trust=TRUSTS)
def test_text_and_object_are_one(trust: dict[str, Any]) -> None:
    """A policy means the same as text and as an object, and so does one statement without its list."""
    statements = trust["Statement"]
    alone = {"Statement": statements[0]} if len(statements) == 1 else trust
    for rule in RULES:
        assert verdict(rule, json.dumps(trust)) == verdict(rule, trust) == verdict(rule, alone)


@CAREFUL
@given(trust=TRUSTS, more=SETTINGS)
def test_an_edit_puts_right_what_it_is_about(trust: dict[str, Any], more: dict[str, Any]) -> None:
    """The statement that a failure writes out, alone, satisfies the rule."""
    for rule in RULES:
        found = verdict(rule, trust, more)
        if not isinstance(found, Broken) or "{" not in found.edit:
            continue
        written = found.edit[found.edit.index("{") : found.edit.rindex("}") + 1]
        corrected = {"Statement": json.loads(written)}
        again = verdict(rule, corrected, more)

        # An action by itself is only part of what AGR-02 wants; its own complaint must be gone.
        assert not isinstance(again, Broken) or (rule.id == "AGR-02" and again.message != found.message), (found, again)
        if ASSUME in corrected["Statement"].get("Action", ()):
            assert not any(isinstance(verdict(other, corrected, more), Broken) for other in RULES), found
        assert found.edit.endswith("}"), found.edit
        assert "\n" not in found.edit


@CAREFUL
@given(trust=TRUSTS)
def test_which_roles_are_judged(trust: dict[str, Any]) -> None:
    """Judged are roles with a statement that names the service or misspells it, or that lets everyone in."""
    words = json.dumps([one.get("Principal", one.get("NotPrincipal")) for one in trust["Statement"]])
    allowing = [one for one in trust["Statement"] if one["Effect"] == "Allow"]
    everyone = any('"*"' in json.dumps(one.get("Principal")) for one in allowing)
    but_some = any('"*"' not in json.dumps(one["NotPrincipal"]) for one in allowing if "NotPrincipal" in one)
    judged = "access-grants" in words or everyone or but_some
    for rule in RULES:
        found = verdict(rule, trust)

        assert (isinstance(found, Skipped) and found.reason == OUTSIDE) is not judged


def test_the_setting_is_the_same_everywhere() -> None:
    """The four rules find their roles alike."""
    assert all(rule.settings["roles"] is ROLES for rule in RULES)


def test_pass_is_possible() -> None:
    """The pieces above can be put together rightly."""
    trust = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": SERVICE},
            "Action": [ASSUME, IDENTITY],
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": INSTANCE}},
        }
    }
    assert [verdict(rule, trust) for rule in RULES] == [Passed()] * len(RULES)


def test_the_region_of_a_lookup_says_nothing_about_a_role() -> None:
    """IAM is asked in one Region for all: what a corrected statement says of the instance's Region is not that one."""
    props = {
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "arn": f"arn:aws:iam::{ACCOUNT}:role/reader",
        "assumeRolePolicy": json.dumps(
            {"Statement": {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": ASSUME}}
        ),
    }
    role, *_ = facts_of(Resource("urn", "pulumi-python:dynamic/grantgate:AccessGrantsLocationRole", "live", props))
    rule = agr03_trust_source.RULE
    context = Context(settings=defaults(rule), organization=Organization("acme", {}, ("eu-west-1", "us-east-1")))
    found = rule.judge(role, context)

    assert isinstance(found, Broken)
    assert f"arn:aws:s3:REGION:{ACCOUNT}:access-grants/default" in found.edit
