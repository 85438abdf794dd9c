"""A list of things says of each what a lookup of its own would say: same rules, same outcomes, same words."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import GRANTS, LOCATION, LOCATION_ROLE, LOCATIONS, LOOKUP_TYPES
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import Grant, Location, facts_of, items_of
from grantgate_policies.subjects.items import LISTING, is_unlisted, items_in
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ACCOUNT, OTHER = "111122223333", "444455556666"
DECLARED = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
NATIVE = "aws-native:s3:AccessGrantsLocation"
DECLARED_GRANT = "aws:s3control/accessGrant:AccessGrant"
ROLE, BUCKET = "aws:iam/role:Role", "aws:s3/bucket:Bucket"
INSTANCE = "aws:s3control/accessGrantsInstance:AccessGrantsInstance"
HERE = {"accountId": ACCOUNT, "region": "eu-west-1"}
SETTINGS: dict[str, Any] = {
    "location-scope-allowed": {"allow": ["s3://acme-*/{team}/*"], "deny": ["s3://acme-secrets/*"]},
    "location-prefix-template": {"templates": ["{team}/"]},
    "location-role-allowed": {
        "level": "mandatory",
        "allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"],
    },
    "location-role-not-denied": {"deny": ["arn:*:iam::{account.id}:role/admin"]},
    "location-tags-required": {"keys": ["owner"]},
    "location-role-trusted": {"requireDeclared": True},
    "instance-identity-center": {"arns": ["arn:aws:sso:::instance/ssoins-1234567890abcdef"]},
    "instance-quota-headroom": {"locations": 4, "grants": 3, "headroom": 1},
    "grant-write-protected": {"protected": ["s3://acme-*/archive/*"]},
    "access-point-name-pattern": {"allow": ["acme-*"]},
}
WAIVER = {
    "rule": "location-scope-allowed",
    "match": {"scope": "s3://acme-old/*"},
    "owner": "data",
    "reason": "moves",
    "expires": "2026-12-31",
}
MANY = 10_000


def a_book() -> RuleBook:
    accounts = {ACCOUNT: {"name": "data-prod"}, OTHER: {"name": "data-dev"}}
    organization = {"name": "acme", "accounts": accounts, "regions": ["eu-west-1"]}
    content = {"version": 1, "organization": organization, "rules": SETTINGS, "waivers": [WAIVER]}
    return parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)


BOOK = a_book()


def a(kind: str, name: str, /, props: Mapping[str, Any], **members: Any) -> Resource:
    return Resource(f"urn:pulumi:prod::data::{kind}::{name}", kind, name, props, **members)


def judged(*resources: Resource) -> list[Finding]:
    judge = Judge(BOOK, "prod", dt.date(2026, 11, 20))
    own = [finding for one in resources for finding in judge.findings(one)]
    return [*own, *judge.stack_findings(resources)]


def told(findings: Iterable[Finding]) -> Counter[tuple[Any, ...]]:
    """Count what is found by everything that it says, whether it is found of an item or of a resource."""
    counted: Counter[tuple[Any, ...]] = Counter()
    for one in findings:
        if one.rule.id == "LKP-01":
            continue
        # What is passed is told once, without a name.
        name = one.name if one.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE) else ""
        said = (one.field, one.observed, one.expected, one.message, one.edit, one.waiver)
        key = (one.rule.id, one.outcome.value, one.level.value, one.blocks, name, one.basis, *said)
        counted[key] += one.things
    return counted


def listed(kind: str, entries: Sequence[Mapping[str, Any]], name: str = "all", **props: Any) -> Resource:
    list_name = LOOKUP_TYPES[kind].items
    known = {"lookup": "performed", "instanceExists": True, **HERE}
    return a(kind, name, {**known, list_name: [dict(one) for one in entries], **props})


def one_by_one(entries: Sequence[Mapping[str, Any]], name: str = "all") -> list[Resource]:
    """Look each location up by itself, under the name that it has in a list."""
    return [
        a(LOCATION.type, f"{name}[{one['accessGrantsLocationId']}]", {"lookup": "performed", **HERE, **one})
        for one in entries
    ]


def alone(kind: str, entries: Sequence[Mapping[str, Any]], name: str = "all") -> list[Resource]:
    """List each thing by itself, in a lookup of its own."""
    found = []
    for entry in entries:
        one = listed(kind, [entry])
        urn = f"{one.urn}{entry[LOOKUP_TYPES[kind].item_id]}"
        found.append(Resource(urn, kind, name, one.props))
    return found


# --- a list and lookups of its own ------------------------------------------------------------------------------------

SCOPES = st.sampled_from(
    [
        *(
            "s3://acme-data/fin/*",
            "s3://acme-data/fin/eu/*",
            "s3://acme-data/hr/*",
            "s3://acme-data",
            "S3://acme-data/",
        ),
        *("s3://", "s3://acme-secrets/x/*", "s3://acme-old/a/*", "s3://acme-data/fin*", "arn:x", "", 7, None, UNKNOWN),
    ]
)
ROLES = st.sampled_from(
    [
        *(f"arn:aws:iam::{ACCOUNT}:role/access-grants/{name}" for name in ("fin-reader", "Fin-Reader", "hr-reader")),
        *(f"arn:aws:iam::{ACCOUNT}:role/admin", f"arn:aws:iam::{OTHER}:role/access-grants/fin-reader"),
        *("arn:aws:iam::1:user/x", "", ["x"], None, UNKNOWN),
    ]
)
IDS = st.lists(st.sampled_from(["1a", "2b", "3c", "4d", "5e", "default"]), max_size=5, unique=True).map(sorted)


def entries_of(ids: Sequence[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    each = [
        st.fixed_dictionaries({"accessGrantsLocationId": st.just(one), "locationScope": SCOPES, "iamRoleArn": ROLES})
        for one in ids
    ]
    return st.tuples(*each).map(list)


TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "access-grants.s3.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        }
    ]
}
READING = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-data/fin/*"}}


def a_live_role(name: str, trust: Any = TRUST, policy: Any = READING) -> Resource:
    arn = f"arn:aws:iam::{ACCOUNT}:role/access-grants/{name}"
    props = {
        **HERE,
        "lookup": "performed",
        "iamRoleArn": arn,
        "arn": arn,
        "roleName": name,
        "path": "/access-grants/",
        "assumeRolePolicy": json.dumps(trust),
        "inlinePolicies": [{"name": "reading", "policy": json.dumps(policy)}],
        "managedPolicies": [],
    }
    return a(LOCATION_ROLE.type, f"live-{name}", props)


BESIDE = (
    a(BUCKET, "data", {"bucket": "acme-data", "region": "eu-west-1"}),
    a(BUCKET, "secrets", {"bucket": "acme-secrets", "region": "us-east-1"}),
    a(BUCKET, "nameless", {"bucket": UNKNOWN, "region": "us-east-1"}),
    a(INSTANCE, "instance", {**HERE}),
    a(DECLARED, "fin", {**HERE, "locationScope": "s3://acme-data/fin/*", "accessGrantsLocationId": "1a"}),
    a(DECLARED, "hr", {"region": "eu-west-1", "locationScope": "s3://acme-data/hr/*", "iamRoleArn": UNKNOWN}),
    a(NATIVE, "everything", {**HERE, "locationScope": "s3://", "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}),
    a(DECLARED, "waiting", {**HERE, "locationScope": UNKNOWN, "iamRoleArn": UNKNOWN}),
    a(ROLE, "reader", {"name": "fin-reader", "path": "/access-grants/", "assumeRolePolicy": TRUST}),
    a(ROLE, "hr", {"arn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/hr-reader", "assumeRolePolicy": {}}),
    a_live_role("fin-reader"),
    a_live_role("hr-reader", {"Statement": []}),
    a(DECLARED_GRANT, "writer", {**HERE, "accessGrantsLocationId": "2b", "permission": "WRITE"}),
)


@given(
    entries=IDS.flatmap(entries_of),
    beside=st.lists(st.sampled_from(BESIDE), unique_by=lambda one: one.urn, max_size=5),
)
@settings(deadline=None, derandomize=True, max_examples=500)
def test_a_list_of_locations_is_that_many_lookups(entries: list[dict[str, Any]], beside: list[Resource]) -> None:
    """Every rule says of every item, and of everything beside it, what it says of lookups one by one."""
    together = judged(listed(LOCATIONS.type, entries), *beside)
    apart = judged(*one_by_one(entries), *beside)

    assert told(together) == told(apart)
    assert not [one.message for one in together if one.outcome is Outcome.ERROR]


GRANT = {
    "accessGrantArn": "arn",
    "accessGrantsLocationId": "1a",
    "grantee": {"granteeType": "IAM", "granteeIdentifier": f"arn:aws:iam::{ACCOUNT}:role/reader"},
    "permission": "READ",
    "grantScope": "s3://acme-data/fin/*",
}
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "accessGrantsLocationId": st.sampled_from(["default", "2b", "nowhere", "Default", None, UNKNOWN]),
        "permission": st.sampled_from(["WRITE", "READWRITE", "ALL", 7, None, UNKNOWN]),
        "grantScope": st.sampled_from(["s3://acme-data/archive/*", "s3://*", "s3://acme/x.csv", "x", None, UNKNOWN]),
        "grantee": st.sampled_from(
            [{"granteeType": "IAM", "granteeIdentifier": "x"}, {"granteeType": "DIRECTORY_USER"}, {}, 7, None, UNKNOWN]
        ),
        "accessGrantsLocationConfiguration": st.sampled_from(
            [{"s3SubPrefix": "x/*"}, {"s3SubPrefix": "x"}, {"s3SubPrefix": ""}, {}, UNKNOWN]
        ),
        "applicationArn": st.sampled_from([f"arn:aws:sso::{ACCOUNT}:application/a/b", "x", UNKNOWN]),
    },
)


def granted(changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make entries of a list; a member that is None is left out."""
    entries = [
        {**GRANT, **one, "accessGrantId": f"g{index}", "accessGrantArn": f"arn{index}"}
        for index, one in enumerate(changes)
    ]
    return [{name: value for name, value in one.items() if value is not None} for one in entries]


GRANT_ENTRIES = st.lists(CHANGES, max_size=4).map(granted)


@given(entries=GRANT_ENTRIES, locations=IDS.flatmap(entries_of))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_a_list_of_grants_is_that_many_lists(entries: list[dict[str, Any]], locations: list[dict[str, Any]]) -> None:
    """Grants that one lookup lists are judged as those that several list."""
    beside = (listed(LOCATIONS.type, locations, "places"), *BESIDE)
    together = judged(listed(GRANTS.type, entries), *beside)
    apart = judged(*alone(GRANTS.type, entries), *beside)

    assert told(together) == told(apart)
    assert not [one.message for one in together if one.outcome is Outcome.ERROR]


@pytest.mark.parametrize("kind", [GRANTS, LOCATIONS], ids=lambda kind: kind.items)
@pytest.mark.parametrize("marks", [{"lookup": "pending"}, {"lookup": "performed"}], ids=lambda marks: marks["lookup"])
def test_a_list_that_is_not_known(kind: Any, marks: dict[str, str]) -> None:
    """It may hold anything: nothing about its things passes, and a rule about the whole stack waits for it."""
    waiting = a(kind.type, "all", {**HERE, "instanceExists": UNKNOWN, kind.items: UNKNOWN, **marks})
    fact = Location if kind is LOCATIONS else Grant
    (alike,) = [one for one in facts_of(waiting) if isinstance(one, fact)]
    found = [one for one in judged(waiting) if fact in one.rule.about]

    assert is_unlisted(alike)
    assert {one.outcome for one in found} <= {Outcome.UNKNOWN, Outcome.NOT_APPLICABLE}
    assert {one.rule.id for one in found if one.outcome is Outcome.UNKNOWN} >= (
        {"AGL-03", "AGL-06", "AGL-07", "AGL-09", "AGL-13", "AGI-03", "AGR-06"}
        if kind is LOCATIONS
        else {"AGG-01", "AGG-02", "AGI-03"}
    )


def test_what_a_list_that_is_not_known_leaves_open() -> None:
    """A declaration beside it neither overlaps for certain nor passes."""
    role = f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin-reader"
    declared = a(DECLARED, "fin", {**HERE, "locationScope": "s3://acme-data/fin/*", "iamRoleArn": role})
    waiting = a(LOCATIONS.type, "all", {**HERE, "lookup": "pending", "locations": UNKNOWN})
    messages = {one.rule.id: one.message for one in judged(declared, waiting) if one.resource is declared}

    assert messages["AGL-06"] == "what 'all' lists is not known in this preview, and it may overlap"
    assert messages["AGL-13"] == (
        "the role of 'all' (its scope is not known) is not known in this preview, and may be the same"
    )
    quota = {one.resource.name: one.message for one in judged(declared, waiting) if one.rule.id == "AGI-03"}
    assert quota["fin"] == "how many locations 'all' lists is not known in this preview"


@pytest.mark.parametrize(
    "list_of",
    [
        pytest.param({}, id="not there"),
        pytest.param({"locations": None}, id="null"),
        pytest.param({"locations": "x"}, id="text"),
        pytest.param({"locations": {"1": {}}}, id="a map"),
        pytest.param({"locations": []}, id="empty"),
        pytest.param({"locations": [], "instanceExists": False}, id="no instance"),
    ],
)
def test_lists_without_items(list_of: dict[str, Any]) -> None:
    """Nothing is judged of them but whether the lookup looked."""
    found = judged(a(LOCATIONS.type, "all", {**HERE, "lookup": "failed", **list_of}))

    assert [one.rule.id for one in found] == ["LKP-01"]
    assert found[0].blocks


# --- what items are called --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed_ids", "items"),
    [
        pytest.param(["a", "b"], ["a", "b"], id="their ids"),
        pytest.param(["a", "a"], ["a", "#1"], id="one id twice"),
        pytest.param(
            ["", "x" * 65, "a b", "a\nb", "::error::", "<b>", "\ud800"], [f"#{n}" for n in range(7)], id="odd"
        ),
        pytest.param([None, 7, ["a"]], ["#0", "#1", "#2"], id="no texts"),
    ],
)
def test_what_items_are_called(listed_ids: list[Any], items: list[str]) -> None:
    """An id of S3's form, and once; everything else by its place."""
    resource = listed(LOCATIONS.type, [{"accessGrantsLocationId": one} for one in listed_ids])

    assert [item for item, _ in items_in(resource, LOCATIONS)] == items
    assert [one.called for one in facts_of(resource) if isinstance(one, Location)] == [f"all[{one}]" for one in items]


def test_secret_ids_are_not_told() -> None:
    """A list that is a secret names none of its things."""
    plain = listed(LOCATIONS.type, [{"accessGrantsLocationId": "canary"}])
    secret = Resource(plain.urn, plain.type, plain.name, plain.props, secret_props=frozenset({"locations"}))

    assert [item for item, _ in items_in(secret, LOCATIONS)] == ["#0"]
    assert "canary" not in json.dumps([one.to_json() for one in judged(secret)])


def test_entries_that_are_none() -> None:
    """They are read as things of which everything is missing, or not known."""
    resource = a(LOCATIONS.type, "all", {**HERE, "locations": [7, None, UNKNOWN]})
    found = [(one.outcome, one.name) for one in judged(resource) if one.rule.id == "AGL-03"]

    assert found == [(Outcome.UNKNOWN, "all[#2]"), (Outcome.NOT_APPLICABLE, "all")]


def test_kinds_that_list() -> None:
    """What the engine is given can be counted, by the type of the resource."""
    props = listed(LOCATIONS.type, [{}, {}]).props

    assert {GRANTS.type, LOCATIONS.type} == LISTING
    assert items_of(LOCATIONS.type, props) == (Location, 2)
    assert items_of(GRANTS.type, {"grants": [1]}) == (Grant, 1)
    assert items_of(GRANTS.type, {"grants": "x"}) is None
    assert items_of(LOCATION.type, props) is None
    assert items_of(LOCATIONS.type, None) is None


# --- many -------------------------------------------------------------------------------------------------------------


def an_estate(count: int) -> tuple[Resource, ...]:
    """
    Make a list of locations, with a role for every tenth of which every other one is looked up, and declarations.

    All lie in one account and Region; every fifth lies inside another, every hundredth shares a role with all others.
    """
    roles = [f"arn:aws:iam::{ACCOUNT}:role/access-grants/team{n}-reader" for n in range(count // 10 + 1)]
    entries = [
        {
            "accessGrantsLocationId": f"{n:06}",
            "accessGrantsLocationArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/{n:06}",
            "locationScope": f"s3://acme-data{n // 40}/team{n - n % 5 // 4}{'/set' * (n % 5 // 4)}/*",
            "iamRoleArn": roles[0] if n % 100 == 99 else roles[n // 10],
            "createdAt": "2026-01-15T09:30:00Z",
        }
        for n in range(count)
    ]
    grants = [
        {**GRANT, "accessGrantId": f"g{n:06}", "accessGrantArn": f"arn{n}", "accessGrantsLocationId": f"{n:06}"}
        for n in range(count)
    ]
    declared = [
        a(DECLARED, f"d{n}", {**HERE, **{k: v for k, v in entries[n].items() if k != "createdAt"}})
        for n in range(0, count, 7)
    ]
    live = [a_live_role(f"team{n}-reader") for n in range(0, len(roles), 2)]
    return (listed(LOCATIONS.type, entries), listed(GRANTS.type, grants), *one_by_one(entries[::9]), *declared, *live)


def steps(resources: Sequence[Resource]) -> int:
    """Judge the resources; give how many calls that took."""
    calls = 0

    def count_call(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        judged(*resources)
    finally:
        sys.setprofile(before)
    return calls


def test_the_work_grows_with_the_list() -> None:
    """Twice as many things take about twice as many steps, whatever they have to do with each other."""
    judged(*an_estate(100))  # fills the caches

    assert steps(an_estate(2000)) < 2.5 * steps(an_estate(1000))


def test_ten_thousand_items() -> None:
    """All of them are judged by every rule about them."""
    found = [one for one in judged(*an_estate(MANY)) if one.resource.name == "all"]
    judged_by: Counter[tuple[str, str]] = Counter()
    for one in found:
        judged_by[one.resource.type, one.rule.id] += one.things

    assert Outcome.ERROR not in {one.outcome for one in found}
    for rule in RULES:
        for kind, fact in ((LOCATIONS.type, Location), (GRANTS.type, Grant)):
            assert judged_by[kind, rule.id] == (MANY if fact in rule.about else rule.id == "LKP-01")
    assert {one.name for one in found if one.rule.id == "AGL-06" and one.outcome is Outcome.FAIL} <= {
        f"all[{n:06}]" for n in range(MANY)
    }


def test_one_role_that_all_look_up(looked_up: Callable[..., dict[str, Any]]) -> None:
    """A lookup of one role for each of many locations takes as many steps as there are locations."""

    def estate(count: int) -> tuple[Resource, ...]:
        role = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
        entries = [
            {"accessGrantsLocationId": f"{n}", "locationScope": f"s3://acme-data/{n}/*", "iamRoleArn": role}
            for n in range(count)
        ]
        roles = [a(LOCATION_ROLE.type, f"role-{n}", looked_up(LOCATION_ROLE.type)) for n in range(count)]
        return (listed(LOCATIONS.type, entries), *roles)

    judged(*estate(20))  # fills the caches

    assert steps(estate(400)) < 2.5 * steps(estate(200))
