"""Anything at all in the properties of any resource: no rule raises, and none passes without what it needs."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from grantgate.kinds import LOOKUP_TYPES
from grantgate_policies.core import UNKNOWN, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import READERS, facts_of
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
SCOPE = "s3://acme-fin-eu/fin/*"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin-reader"
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.just(UNKNOWN)
    | st.sampled_from(
        ["performed", "s3://", SCOPE, ROLE, ACCOUNT, "SUCCEEDED", "FAILED", "arn:aws:s3:::x", "s3://a/*/b"]
    )
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = sorted(
    {"locationScope", "iamRoleArn", "accountId", "region", "lookup", "s3Prefix", "requestTokenArn", "name"}.union(
        *((*kind.live, *kind.sometimes) for kind in LOOKUP_TYPES.values())
    )
)
LISTS = ("locations", "grants", "regions", "routes", "inlinePolicies", "managedPolicies")
MEMBERS = (
    *("accessGrantsLocationId", "locationScope", "iamRoleArn", "accessGrantId", "accessGrantArn", "grantee"),
    *("permission", "grantScope", "bucket", "region", "trafficDialPercentage", "policyArn", "name", "policy"),
)
ENTRIES = st.lists(st.dictionaries(st.sampled_from(MEMBERS), ANYTHING, max_size=6) | ANYTHING, max_size=4)
PROPS = st.builds(
    lambda props, lists: {**props, **lists},
    st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=9),
    st.dictionaries(st.sampled_from(LISTS), ENTRIES, max_size=2),
)
FULL = {
    "location-scope-allowed": {"allow": ["s3://acme-*/{team}/*"]},
    "location-role-allowed": {"allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"]},
    "location-prefix-template": {"templates": ["{team}/"]},
    "location-role-not-denied": {"deny": ["arn:*:iam::{account.id}:role/x"]},
}
WAIVERS = [
    {"rule": rule, "match": match, "owner": "data", "reason": "moves", "expires": "2026-12-31"}
    for rule, match in (
        ("location-scope-allowed", {"scope": "s3://acme-*/*"}),
        ("operation-succeeded", {"urn": "urn:pulumi:main::*"}),
    )
]
BOOK = parse(
    json.dumps(
        {
            "version": 1,
            "organization": {"name": "acme", "accounts": {ACCOUNT: {"name": "data-prod"}}, "regions": ["eu-west-1"]},
            "rules": FULL,
            "waivers": WAIVERS,
        }
    ),
    name="rules.json",
    rules=RULES,
    pattern_checks=PATTERN_CHECKS,
)
JUDGE = Judge(BOOK, "main", dt.date(2026, 11, 30))


@given(
    kind=st.sampled_from([*READERS, "pulumi-python:dynamic/grantgate:Later"]),
    props=PROPS,
    provider=st.dictionaries(st.just("region"), ANYTHING),
    secrets=st.frozensets(st.sampled_from(NAMES), max_size=2),
)
@settings(deadline=None, derandomize=True, max_examples=1200)
def test_anything_is_judged(
    kind: str, props: dict[str, Any], provider: dict[str, Any], secrets: frozenset[str]
) -> None:
    """Whatever stands in the properties, no rule raises and none passes without the texts that it needs."""
    resource = Resource("urn", kind, "it", props, secrets, provider)
    facts = {rule.id: [one for one in facts_of(resource) if isinstance(one, rule.about)] for rule in RULES}
    own, others = JUDGE.findings(resource), JUDGE.stack_findings([resource])

    judged: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for finding in (*own, *others):
        judged[finding.rule.id] += finding.things
        passed[finding.rule.id] += finding.things if finding.outcome is Outcome.PASS else 0
        assert finding.outcome is not Outcome.ERROR, finding
        json.dumps(finding.to_json())
    assert judged == Counter({name: len(those) for name, those in facts.items() if those})
    assert all(finding.rule.gather is None for finding in own)
    assert all(finding.rule.gather for finding in others)
    for rule in RULES:
        needed = [[getattr(one, name) for name in rule.needs] for one in facts[rule.id]]
        readable = sum(all(isinstance(value, str) for value in values) for values in needed)
        assert passed[rule.id] <= readable, rule.id


@given(mark=ANYTHING, kind=st.sampled_from(list(LOOKUP_TYPES)))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_only_a_performed_lookup_passes(looked_up: Callable[..., dict[str, Any]], mark: Any, kind: str) -> None:
    """A lookup whose mark is anything else never passes lookup-performed."""
    resource = Resource("urn", kind, "it", looked_up(kind, lookup=mark))

    (found,) = (one for one in JUDGE.findings(resource) if one.rule.id == "LKP-01")

    assert (found.outcome is Outcome.PASS) is (mark == "performed")
    assert found.blocks is not (found.outcome is Outcome.PASS)
