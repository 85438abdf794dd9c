"""AGL-13: one role serves one location, bucket or class of data."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies.core import UNKNOWN, Broken, Context, Finding, Organization, Outcome, Resource, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.program import Program
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agl13_role_not_shared import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.schema import defaults
from grantgate_policies.scopes import Scope
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from grantgate_policies.subjects import facts_of as read
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACCOUNT, OTHER = "111122223333", "444455556666"
BASE = f"arn:aws:iam::{ACCOUNT}:role/"
ROLE_TYPE = "aws:iam/role:Role"
CLASSES = {"per": "class", "classes": ["s3://acme-{class}-*/*"]}


def urn(name: str, kind: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def shown(name: str, kind: str, props: Mapping[str, Any], **members: Any) -> Resource:
    plain = {key: value for key, value in props.items() if value is not None}
    return Resource(urn(name, kind), kind, name, plain, **members)


def location(name: str, scope: Any, role: Any = "x", *, kind: str = CLASSIC_LOCATION, **props: Any) -> Resource:
    made = {"iamRoleArn": (urn(props.pop("maker"), ROLE_TYPE),)} if "maker" in props else {}
    known = {"accountId": ACCOUNT, "region": "eu-west-1", "locationScope": scope}
    arn = BASE + role if isinstance(role, str) else role
    return shown(name, kind, {**known, "iamRoleArn": arn, **props}, made_from=made)


def lookup(name: str, scope: Any, role: Any = "x", **props: Any) -> Resource:
    return location(name, scope, role, kind=LOCATION.type, **props)


def judged(resources: Sequence[Resource], given: Mapping[str, Any] | None = None) -> dict[str, Finding]:
    accounts = {ACCOUNT: {"name": "prod", "environment": "prod"}, OTHER: {"name": "dev", "environment": "dev"}}
    content = {
        "version": 1,
        "organization": {"name": "acme", "accounts": accounts},
        "rules": {RULE.name: dict(given or {})},
    }
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    found = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).stack_findings(resources)
    return {one.resource.name: one for one in found}


def letters(resources: Sequence[Resource], given: Mapping[str, Any] | None = None) -> str:
    return "".join(one.outcome.value[0] for _, one in sorted(judged(resources, given).items()))


@pytest.mark.parametrize(
    ("one", "other", "given", "expected"),
    [
        pytest.param("s3://acme/a/*", "s3://acme/b/*", {}, "PP", id="one bucket"),
        pytest.param("s3://acme/*", "s3://acme-2/*", {}, "FF", id="two buckets"),
        pytest.param("s3://", "s3://acme/*", {}, "FF", id="every bucket and one"),
        pytest.param("S3://acme", "s3://acme/*", {}, "PP", id="one bucket in two spellings"),
        pytest.param("s3://acme/a/*", "s3://acme/b/*", {"per": "location"}, "FF", id="two locations"),
        pytest.param("s3://acme-fin-eu/*", "s3://acme-fin-us/*", CLASSES, "PP", id="one class"),
        pytest.param("s3://acme-fin-eu/*", "s3://acme-hr-us/*", CLASSES, "FF", id="two classes"),
        pytest.param("s3://acme-fin-eu/*", "s3://other/*", CLASSES, "FF", id="a class and none"),
        pytest.param("s3://elsewhere/*", "s3://other/*", CLASSES, "PP", id="none and none"),
        pytest.param(
            "s3://one/*",
            "s3://two/*",
            {"per": "class", "classes": ["s3://one/*", "s3://two/*"]},
            "FF",
            id="two patterns",
        ),
        pytest.param(
            "s3://one/*",
            "s3://one/x/*",
            {"per": "class", "classes": ["s3://one/x/*", "s3://one/*"]},
            "FF",
            id="the first counts",
        ),
        pytest.param("s3://one/*", "s3://two/*", {"per": "class"}, "UU", id="no classes"),
    ],
)
def test_pairs(one: str, other: str, given: dict[str, Any], expected: str) -> None:
    """Two locations of one role are told by location, bucket or class."""
    assert letters([location("a", one), location("b", other)], given) == expected
    assert letters([location("a", one), location("b", other, "y")], given) in {"PP", "UU"}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        pytest.param("fin", "FF", id="one spelling"),
        pytest.param("FIN", "FF", id="letter case"),
        pytest.param("path/Fin", "FF", id="a path"),
        pytest.param("fin-2", "PP", id="another name"),
        pytest.param("fin/other", "PP", id="the name for a path"),
    ],
)
def test_spellings_of_one_role(role: str, expected: str) -> None:
    """An account has one role of a name, whatever its letter case and path; messages show it as it is written."""
    found = judged([location("a", "s3://one", "fin"), location("b", "s3://two", role)])

    assert "".join(one.outcome.value[0] for one in found.values()) == expected
    if expected == "FF":
        assert found["b"].message == (
            f"role '{BASE}{role}' is that of 'a' (s3://one/*) too, and one role serves one bucket"
        )


def test_alone() -> None:
    """A location by itself shares nothing."""
    assert letters([location("a", "s3://acme")]) == "P"
    assert judged([]) == {}


def test_messages() -> None:
    """At most three others are named, in order."""
    found = judged([location(name, f"s3://bucket-{name}") for name in "edcba"])

    assert found["a"].message == (
        f"role '{BASE}x' is that of 'b' (s3://bucket-b/*), 'c' (s3://bucket-c/*), 'd' (s3://bucket-d/*) and "
        "others too, and one role serves one bucket"
    )
    assert (found["e"].outcome, found["e"].field, found["e"].blocks) == (Outcome.FAIL, "iamRoleArn", False)
    assert "'a' (s3://bucket-a/*), 'b' (s3://bucket-b/*), 'c' (s3://bucket-c/*) and others" in found["e"].message


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 9, 30])
def test_many(count: int) -> None:
    """However many share a role, each is told the first three others."""
    names = [f"l{number:02}" for number in range(count)]
    found = judged([location(name, f"s3://bucket-{name}") for name in names])

    for name in names:
        others = [other for other in names if other != name]
        shown_names = ", ".join(f"{one!r} (s3://bucket-{one}/*)" for one in others[:3])
        more = " and others" if len(others) > 3 else ""
        assert f"is that of {shown_names}{more} too" in found[name].message


def test_many_of_another_bucket() -> None:
    """Four others in one bucket are three and others."""
    found = judged([location("a", "s3://one"), *(location(f"b{n}", f"s3://two/{n}/*") for n in range(4))])

    assert "'b0' (s3://two/0/*), 'b1' (s3://two/1/*), 'b2' (s3://two/2/*) and others too" in found["a"].message
    assert found["b0"].message.startswith(f"role '{BASE}x' is that of 'a' (s3://one/*) too, ")


def test_classes_of_each_account() -> None:
    """A variable in a class is each account's own."""
    given = {"per": "class", "classes": ["s3://acme-{environment}-{class}/*"]}
    resources = [
        location(f"{environment}-{part}", f"s3://acme-{environment}-fin/{part}/*", accountId=account)
        for environment, account in (("prod", ACCOUNT), ("dev", OTHER))
        for part in "ab"
    ]

    assert letters(resources, given) == "PPPP"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(
            [
                location("a", "s3://acme", accessGrantsLocationId="1"),
                lookup("b", "s3://acme", accessGrantsLocationId="1"),
            ],
            "PP",
            id="a lookup and its declaration",
        ),
        pytest.param(
            [
                lookup("a", "s3://acme", accessGrantsLocationId="1"),
                lookup("b", "s3://acme", accessGrantsLocationId="2"),
            ],
            "FF",
            id="two live ones",
        ),
        pytest.param(
            [location("a", "s3://one"), location("b", "s3://two", region="us-east-1")], "FF", id="two Regions"
        ),
        pytest.param([location("a", "s3://one"), location("b", "s3://two", accountId=OTHER)], "PP", id="two accounts"),
        pytest.param(
            [location("a", "s3://one"), location("b", "s3://two", accountId=UNKNOWN)],
            "FF",
            id="an account that is not known is the role's",
        ),
        pytest.param(
            [location("a", "s3://one"), location("b", "s3://two", kind=NATIVE_LOCATION)], "FF", id="both providers"
        ),
        pytest.param(
            [
                location("a", "s3://one", "x", accessGrantsLocationId="1"),
                lookup("b", "s3://one", "y", accessGrantsLocationId="1"),
                location("c", "s3://two", "y"),
            ],
            "PFF",
            id="the live role counts as well",
        ),
    ],
)
def test_one_location(resources: list[Resource], expected: str) -> None:
    """Live and declared count once, and each of their roles counts."""
    assert letters(resources, {"per": "location"}) == expected


@pytest.mark.parametrize(
    ("declared", "live", "expected"),
    [
        pytest.param(UNKNOWN, "s3://one", "UP", id="only the lookup knows"),
        pytest.param("s3://one", UNKNOWN, "PU", id="only the declaration knows"),
    ],
)
def test_one_scope_that_is_not_known(declared: Any, live: Any, expected: str) -> None:
    """A location is no other than itself, whatever its other resource does not know."""
    same = {"accessGrantsLocationId": "1"}

    assert letters([location("a", declared, **same), lookup("b", live, **same)]) == expected


# --- what is not known ------------------------------------------------------------------------------------------------


def role(name: str, shown_name: Any = None) -> Resource:
    return shown(name, ROLE_TYPE, {"arn": UNKNOWN, "name": shown_name})


@pytest.mark.parametrize(
    ("resources", "outcome", "message"),
    [
        pytest.param([location("b", "s3://two", "y")], "PASS", "", id="all is known"),
        pytest.param(
            [location("b", "s3://two", UNKNOWN)],
            "UNKNOWN",
            "the role of 'b' (s3://two/*) is not known in this preview, and may be the same",
            id="a role that is not known",
        ),
        pytest.param([location("b", "s3://one/x/*", UNKNOWN)], "PASS", "", id="in the same bucket"),
        pytest.param([location("b", "s3://two", UNKNOWN, accountId=OTHER)], "PASS", "", id="in another account"),
        pytest.param(
            [location("b", UNKNOWN)],
            "UNKNOWN",
            "'b' (its scope is not known) has the same role, and may be of another bucket",
            id="a scope that is not known",
        ),
        pytest.param([location("b", UNKNOWN, "y")], "PASS", "", id="a scope of another role"),
        pytest.param(
            [location("b", "s3://two", UNKNOWN, maker="r"), role("r", "y")], "PASS", "", id="another role's name"
        ),
        pytest.param(
            [location("b", "s3://two", UNKNOWN, maker="r"), role("r", "X")],
            "UNKNOWN",
            "the role of 'b' (s3://two/*) is not known in this preview, and may be the same",
            id="the role's own name",
        ),
        pytest.param(
            [location("b", "s3://two", UNKNOWN, maker="r"), role("r")],
            "UNKNOWN",
            "the role of 'b' (s3://two/*) is not known in this preview, and may be the same",
            id="a role without a name yet",
        ),
    ],
)
def test_others_that_are_not_known(resources: list[Resource], outcome: str, message: str) -> None:
    """What may turn out to be shared is not called good."""
    found = judged([location("a", "s3://one"), *resources])["a"]

    assert (found.outcome.value, found.message) == (outcome, message)
    assert found.field == ("" if outcome == "PASS" else "locationScope" if "scope" in message else "iamRoleArn")


@pytest.mark.parametrize(
    ("makers", "expected"),
    [pytest.param("rr", "FFP", id="one role"), pytest.param("rs", "UUP", id="two roles")],
)
def test_roles_of_this_program(makers: str, expected: str) -> None:
    """In a preview of a new stack the resource tells which role is likely: it breaks, and does not pass."""
    named = {"r": "reader", "s": "writer"}
    resources = [
        *(
            location(name, f"s3://bucket-{name}", UNKNOWN, maker=maker)
            for name, maker in zip("ab", makers, strict=True)
        ),
        location("c", "s3://bucket-c", "other"),
        *(role(name, known) for name, known in named.items()),
    ]

    found = judged(resources)

    assert "".join(found[name].outcome.value[0] for name in "abc") == expected
    assert found["a"].field == "iamRoleArn"
    if expected[0] == "F":
        assert found["a"].observed == "the role of 'r'"
        assert (
            found["a"].message == "the role of 'r' is that of 'b' (s3://bucket-b/*) too, and one role serves one "
            "bucket; iamRoleArn of each is made from 'r'"
        )
    else:
        assert (
            found["a"].message == "iamRoleArn is not known in this preview; it is made from 'r', whose role no other "
            "bucket has"
        )
    without_name = judged([location("a", "s3://one", UNKNOWN, maker="r"), location("c", "s3://two"), role("r")])
    assert [without_name[name].outcome for name in "ac"] == [Outcome.UNKNOWN] * 2
    assert without_name["a"].message == (
        "the role of 'c' (s3://two/*) is not known in this preview, and may be the same"
    )


@pytest.mark.parametrize(
    ("props", "outcome", "message"),
    [
        pytest.param({"iamRoleArn": UNKNOWN}, "UNKNOWN", "iamRoleArn is not known in this preview", id="unknown role"),
        pytest.param({"iamRoleArn": 7}, "FAIL", "iamRoleArn is a number, not text", id="a number"),
        pytest.param({"iamRoleArn": None}, "FAIL", "iamRoleArn is not set", id="no role"),
        pytest.param(
            {"iamRoleArn": "x"},
            "FAIL",
            "'x' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            id="no ARN",
        ),
        pytest.param({"locationScope": "x"}, "FAIL", "'x' does not begin with 's3://'", id="no scope"),
        pytest.param(
            {"locationScope": UNKNOWN}, "UNKNOWN", "locationScope is not known in this preview", id="unknown scope"
        ),
    ],
)
def test_malformed(props: dict[str, Any], outcome: str, message: str) -> None:
    """What cannot be read never passes."""
    found = judged([location("a", "s3://one", **props)])["a"]

    assert (found.outcome.value, found.message) == (outcome, message)
    assert [found.field] == [*props]


@pytest.mark.parametrize(
    ("role", "observed", "expected"),
    [
        pytest.param(7, "number", "text", id="a number"),
        pytest.param(None, "nothing", "text", id="no role"),
        pytest.param("x", f"{BASE}x", "a role that no other bucket has", id="a role that is shared"),
    ],
)
def test_both_sides(role: Any, observed: str, expected: str) -> None:
    """A failure shows what is there and what must be."""
    found = judged([location("a", "s3://one", role), location("b", "s3://two")])["a"]

    assert (found.observed, found.expected, found.field) == (observed, expected, "iamRoleArn")


@pytest.mark.parametrize(
    ("per", "kind"),
    [
        pytest.param("location", "location", id="location"),
        pytest.param("bucket", "bucket", id="bucket"),
        pytest.param("class", "class of data", id="class"),
    ],
)
def test_what_a_role_serves(per: str, kind: str) -> None:
    """Messages say by what the rules file divides."""
    found = judged([location("a", "s3://acme-fin-eu"), location("b", "s3://acme-hr-eu")], {**CLASSES, "per": per})["a"]

    assert found.message.endswith(f" too, and one role serves one {kind}")
    assert found.expected == f"a role that no other {kind} has"


def test_no_classes() -> None:
    """Without classes nothing can be divided by them, and that is said."""
    found = judged([location("a", "s3://one")], {"per": "class"})["a"]

    assert (found.outcome, found.field) == (Outcome.UNKNOWN, "locationScope")
    assert found.message == "per is 'class', and the rules file gives no classes"


def test_a_lookup_that_failed() -> None:
    """A lookup without a role is lookup-performed's."""
    found = judged([lookup("a", "s3://one", None)])["a"]

    assert (found.outcome, found.message) == (
        Outcome.NOT_APPLICABLE,
        "the lookup holds no iamRoleArn; lookup-performed says why",
    )


@pytest.mark.parametrize(
    ("props", "message"),
    [
        pytest.param({"region": UNKNOWN}, "{region} in the patterns is not known in this preview", id="own Region"),
        pytest.param(
            {"region": "nowhere"},
            "which class of data the scope is of cannot be told without its account and Region",
            id="a Region that is none",
        ),
    ],
)
def test_classes_by_region(props: dict[str, Any], message: str) -> None:
    """A class that depends on the Region waits for the Region."""
    given = {"per": "class", "classes": ["s3://acme-{region}-{class}/*"]}
    found = judged([location("a", "s3://acme-eu-west-1-fin", **props)], given)["a"]

    assert (found.outcome, found.message, found.field) == (Outcome.UNKNOWN, message, "locationScope")
    here, there = location("a", "s3://acme-eu-west-1-fin"), location("b", "s3://acme-us-east-1-fin", region="us-east-1")
    assert letters([here, there], given) == "PP"
    assert letters([here, location("b", "s3://acme-us-east-1-hr", region="us-east-1")], given) == "FF"


def test_what_could_not_be_read() -> None:
    """A location that could not be read may have the role."""
    (fact,) = read(location("a", "s3://one"))
    assert RULE.gather
    gathered = RULE.gather(Program((fact,), (urn("gone", NATIVE_LOCATION), urn("x", ROLE_TYPE))))

    assert RULE.judge(fact, Context(defaults(RULE), Organization("acme", {})), gathered) == Unsure(
        "iamRoleArn", "'gone' could not be read, and may have the same role"
    )


def test_what_was_divided_is_kept() -> None:
    """The locations of a role are divided once, and not for each of them anew."""
    facts = tuple(fact for name in "abc" for fact in read(location(name, f"s3://bucket-{name}")))
    context = Context(defaults(RULE), Organization("acme", {}))
    assert RULE.gather
    gathered: Any = RULE.gather(Program(facts))

    first = RULE.judge(facts[0], context, gathered)
    kept = dict(gathered.divided)
    second = RULE.judge(facts[1], context, gathered)

    assert isinstance(first, Broken)
    assert isinstance(second, Broken)
    assert kept
    assert all(gathered.divided[key] is one for key, one in kept.items())


# --- against pairs, and anything --------------------------------------------------------------------------------------

BUCKETS = ["s3://", "s3://acme-fin-eu/*", "s3://acme-fin-us/a/*", "s3://acme-hr-eu/*", "s3://other/*"]
KINDS = {"s3://": "all", "s3://acme-fin-eu/*": "fin", "s3://acme-fin-us/a/*": "fin", "s3://acme-hr-eu/*": "hr"}
DRAWN = st.lists(
    st.tuples(st.sampled_from(BUCKETS), st.sampled_from("xy"), st.sampled_from([ACCOUNT, OTHER])), max_size=12
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(DRAWN, st.sampled_from(["location", "bucket", "class"]))
def test_every_pair(drawn: list[tuple[str, str, str]], per: str) -> None:
    """A location breaks the rule when one other of its role and account is of another group."""
    resources = [
        location(f"l{number:02}", scope, role, accountId=account) for number, (scope, role, account) in enumerate(drawn)
    ]
    found = judged(resources, {**CLASSES, "per": per})

    for number, (scope, role, account) in enumerate(drawn):
        groups = {
            "location": lambda index, _: index,
            "bucket": lambda _, text: Scope.parse(text).bucket,
            "class": lambda _, text: KINDS.get(text, "none") if text != "s3://" else "none",
        }
        group = groups[per]
        expected = any(
            (other_role, other_account) == (role, account) and group(index, other) != group(number, scope)
            for index, (other, other_role, other_account) in enumerate(drawn)
        )
        assert (found[f"l{number:02}"].outcome is Outcome.FAIL) is expected
    messages = [one.message for one in found.values() if one.outcome is Outcome.FAIL]
    named = [[part for part in message.split("'") if part.startswith("l")] for message in messages]
    assert all(first < second for names in named for first, second in pairwise(names))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "locationScope": st.sampled_from(BUCKETS),
    "iamRoleArn": st.sampled_from([f"{BASE}x", f"{BASE}y"]),
    "accountId": st.sampled_from([ACCOUNT, OTHER]),
    "region": st.sampled_from(["eu-west-1", "us-east-1"]),
    "accessGrantsLocationId": st.sampled_from(["1", "2", "default"]),
    "arn": ODD,
    "name": ODD,
}
TYPES = [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION, ROLE_TYPE, "aws-native:iam:Role"]
PROPS = st.fixed_dictionaries({}, optional={name: good | ODD for name, good in GOOD.items()})
STACKS = st.lists(st.tuples(st.sampled_from(TYPES), PROPS, st.integers(0, 6)), max_size=6)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(STACKS, st.sampled_from(["location", "bucket", "class"]))
def test_anything(stack: list[tuple[str, dict[str, Any], int]], per: str) -> None:
    """Nothing raises, and what passes has a scope and a role that are understood."""
    urns = [urn(f"r{number}", kind) for number, (kind, *_) in enumerate(stack)]
    resources = [
        shown(f"r{number}", kind, props, made_from={"iamRoleArn": tuple(urns[maker:][:1])})
        for number, (kind, props, maker) in enumerate(stack)
    ]

    for one in judged(resources, {**CLASSES, "per": per}).values():
        assert one.outcome is not Outcome.ERROR
        if one.outcome is Outcome.PASS:
            assert Scope.parse(one.resource.props["locationScope"])
            assert one.resource.props["iamRoleArn"] is UNKNOWN or one.resource.props["iamRoleArn"].startswith(BASE)
