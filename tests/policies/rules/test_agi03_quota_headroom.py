"""AGI-03: the quotas of an instance leave headroom."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import GRANTS, LOCATION, LOCATIONS
from grantgate_policies.core import UNKNOWN, Context, Finding, Organization, Outcome, Resource, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.program import Program
from grantgate_policies.rulebook import RulesFileError, parse
from grantgate_policies.rules.agi03_quota_headroom import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.schema import defaults
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from grantgate_policies.subjects import facts_of as read
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantgate.kinds import LookupType

ACCOUNT, OTHER = "111122223333", "444455556666"
INSTANCE = "aws:s3control/accessGrantsInstance:AccessGrantsInstance"
GRANT = "aws:s3control/accessGrant:AccessGrant"
SMALL = {"locations": 4, "grants": 3, "headroom": 1}
HERE: dict[str, Any] = {"accountId": ACCOUNT, "region": "eu-west-1"}


def urn(name: str, kind: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def shown(name: str, kind: str, **props: Any) -> Resource:
    provider = props.pop("provider", {})
    plain = {key: value for key, value in {**HERE, **props}.items() if value is not None}
    return Resource(urn(name, kind), kind, name, plain, provider_props=provider)


def locations(count: int, first: int = 0, kind: str = CLASSIC_LOCATION, **props: Any) -> list[Resource]:
    return [
        shown(f"l{number:03}", kind, locationScope=f"s3://acme/{number}/*", accessGrantsLocationId=f"{number}", **props)
        for number in range(first, first + count)
    ]


def grants(count: int, **props: Any) -> list[Resource]:
    return [shown(f"g{number}", GRANT, **props) for number in range(count)]


def listed(kind: LookupType, *entries: Mapping[str, Any], name: str = "all", **props: Any) -> Resource:
    known = {"lookup": "performed", "instanceExists": True, kind.items: list(entries)}
    return shown(name, kind.type, **{**known, **props})


def place(number: int, scope: str = "") -> dict[str, str]:
    return {"accessGrantsLocationId": f"{number}", "locationScope": scope or f"s3://acme/{number}/*"}


def granted(number: int, **changes: Any) -> dict[str, Any]:
    known = {
        "accessGrantId": f"g{number}",
        "accessGrantArn": f"arn:{number}",
        "accessGrantsLocationId": "1",
        "permission": "READ",
        "grantee": {"granteeType": "IAM", "granteeIdentifier": f"role-{number}"},
        "grantScope": "s3://acme/1/*",
    }
    return {**known, **changes}


def judged(resources: Sequence[Resource], given: Mapping[str, Any] = SMALL) -> dict[str, Finding]:
    content = {"version": 1, "organization": {"name": "acme"}, "rules": {RULE.name: dict(given)}}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    found = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).stack_findings(resources)
    assert not any(one.blocks for one in found)
    # Of a list all that passes is told once, beside the one that tells.
    return {one.resource.name: one for one in sorted(found, key=lambda one: one.outcome is not Outcome.PASS)}


def outcomes(resources: Sequence[Resource], given: Mapping[str, Any] = SMALL) -> dict[str, str]:
    """Give what is not simply a PASS."""
    return {
        name: one.outcome.value for name, one in judged(resources, given).items() if one.outcome is not Outcome.PASS
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param([], {}, id="empty"),
        pytest.param(locations(3), {}, id="at the limit"),
        pytest.param(locations(4), {"l000": "FAIL"}, id="one over it, told of the first"),
        pytest.param([*locations(4), shown("i", INSTANCE)], {"i": "FAIL"}, id="told of the instance"),
        pytest.param(
            [*locations(4), shown("i", INSTANCE, region="us-east-1")], {"l000": "FAIL"}, id="another instance"
        ),
        pytest.param([*locations(3), *locations(3, 3, accountId=OTHER)], {}, id="two accounts"),
        pytest.param([*locations(3), *locations(3, 3, region="us-east-1")], {}, id="two Regions"),
        pytest.param(
            [*locations(4), *locations(4, 4, accountId=OTHER)], {"l000": "FAIL", "l004": "FAIL"}, id="two instances"
        ),
        pytest.param(
            [*locations(3), *(shown(f"m{n}", LOCATION.type, accessGrantsLocationId=f"{n}") for n in range(3))],
            {},
            id="lookups of the same locations",
        ),
        pytest.param(
            [*locations(3), shown("m", LOCATION.type, accessGrantsLocationId="9", locationScope="s3://other")],
            {"l000": "FAIL"},
            id="a lookup of another one",
        ),
        pytest.param([*locations(2), *locations(2, 2, NATIVE_LOCATION)], {"l002": "FAIL"}, id="both providers"),
        pytest.param([*grants(2), shown("i", INSTANCE)], {}, id="grants at the limit"),
        pytest.param([*grants(3), shown("i", INSTANCE)], {"i": "FAIL"}, id="too many grants"),
        pytest.param([*grants(3), *locations(1)], {"l000": "FAIL"}, id="too many grants, told of a location"),
        pytest.param([*grants(3, accountId=OTHER), *locations(1)], {"g0": "FAIL"}, id="another account's grants"),
        pytest.param(grants(3), {"g0": "FAIL"}, id="too many grants, told of the first"),
        pytest.param(
            [*locations(3), *locations(1, 3, accountId=UNKNOWN)],
            {"l000": "UNKNOWN", "l003": "UNKNOWN"},
            id="one that may count",
        ),
        pytest.param(
            [*locations(4), *locations(1, 4, accountId=UNKNOWN)],
            {"l000": "FAIL", "l004": "UNKNOWN"},
            id="over it anyway",
        ),
        pytest.param([*locations(3), *locations(1, 3, region=7, accountId=OTHER)], {}, id="one that cannot count"),
        pytest.param(locations(4, accountId=UNKNOWN), {"l000": "UNKNOWN"}, id="nothing certain"),
        pytest.param(locations(4, accountId="acme"), {"l000": "UNKNOWN"}, id="an account that is none"),
        pytest.param(locations(4, accountId=None, provider={"profile": "a"}), {"l000": "FAIL"}, id="one provider's"),
        pytest.param(
            [
                *locations(2, accountId=None, provider={"profile": "a"}),
                *locations(2, 2, accountId=None, provider={"profile": "b"}),
            ],
            {"l000": "UNKNOWN", "l002": "UNKNOWN"},
            id="two providers'",
        ),
        pytest.param(
            [*locations(1), *grants(2), *(shown("h", GRANT, accountId=UNKNOWN),)],
            {"l000": "UNKNOWN", "h": "UNKNOWN"},
            id="grants that may count",
        ),
        pytest.param(
            [shown(f"l{n}", CLASSIC_LOCATION, accountId=f"{n:012}", region=None) for n in range(9)],
            {},
            id="many accounts without a Region",
        ),
        pytest.param(
            [
                *locations(2, accountId=None),
                *locations(1, 2, region=None),
                *locations(1, 3),
                *locations(1, 4, accountId=OTHER, region=None),
            ],
            {"l000": "UNKNOWN", "l002": "UNKNOWN", "l003": "UNKNOWN"},
            id="an account here, a Region there",
        ),
    ],
)
def test_counts(resources: list[Resource], expected: dict[str, str]) -> None:
    """Each location and grant counts once, and one resource of each account and Region tells."""
    assert outcomes(resources) == expected


def test_messages() -> None:
    """What there is stands before what there may be."""
    found = judged(locations(4))["l000"]
    unsure = judged(locations(4, accountId=UNKNOWN))["l000"]

    assert found.message == (
        f"the stack has 4 locations in account {ACCOUNT}, Region eu-west-1, which leaves 0 of the quota of 4, and 1 "
        "must stay free"
    )
    assert (found.observed, found.expected, found.field) == ("4 locations", "at most 3 locations", "accountId")
    assert unsure.message == (
        "0 locations are certainly of this account and Region and 4 may be, more than the 3 that leave 1 free of the "
        "quota of 4"
    )
    assert unsure.field == "accountId"


@pytest.mark.parametrize(
    ("props", "where"),
    [
        pytest.param({}, f"account {ACCOUNT}, Region eu-west-1", id="both are written"),
        pytest.param({"accountId": None}, "account of the provider, Region eu-west-1", id="no account"),
        pytest.param({"region": None}, f"account {ACCOUNT}, Region of the provider", id="no Region"),
        pytest.param(
            {"accountId": None, "region": None}, "account of the provider, Region of the provider", id="neither"
        ),
    ],
)
def test_where(props: dict[str, Any], where: str) -> None:
    """What a resource does not write of its place is its provider's."""
    found = judged(locations(4, provider={"profile": "a"}, **props))["l000"]

    assert found.message == (
        f"the stack has 4 locations in {where}, which leaves 0 of the quota of 4, and 1 must stay free"
    )


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        pytest.param(
            [*locations(4, accountId=UNKNOWN), *grants(3)],
            f"the stack has 3 grants in account {ACCOUNT}, Region eu-west-1, which leaves 0 of the quota of 3",
            id="grants that are too many and locations that may be",
        ),
        pytest.param(
            [*locations(4, accountId=UNKNOWN), *grants(3, accountId=UNKNOWN)],
            "0 locations are certainly of this account and Region and 4 may be",
            id="locations come first where both may be too many",
        ),
    ],
)
def test_both_quotas(resources: list[Resource], message: str) -> None:
    """One finding tells of one quota."""
    assert judged([shown("i", INSTANCE), *resources])["i"].message.startswith(message)


@pytest.mark.parametrize(
    ("count", "given", "expected"),
    [
        pytest.param(900, {}, {}, id="nine hundred"),
        pytest.param(901, {}, {"l000": "FAIL"}, id="one more"),
        pytest.param(901, {"headroom": 0}, {}, id="no headroom"),
        pytest.param(901, {"locations": 2000}, {}, id="a raised quota"),
        pytest.param(1, {"locations": 1, "headroom": 5}, {"l000": "FAIL"}, id="more headroom than quota"),
    ],
)
def test_settings(count: int, given: dict[str, Any], expected: dict[str, str]) -> None:
    """AWS's quotas are the defaults."""
    assert outcomes(locations(count), given) == expected


def test_more_headroom_than_quota() -> None:
    """A limit is never below none at all."""
    assert judged(locations(1), {"locations": 1, "headroom": 5})["l000"].expected == "at most 0 locations"


@pytest.mark.parametrize("given", [{"locations": 0}, {"headroom": -1}, {"grants": "many"}])
def test_settings_that_make_no_sense(given: dict[str, Any]) -> None:
    """The rules file is refused."""
    with pytest.raises(RulesFileError):
        judged([], given)


@pytest.mark.parametrize(
    ("declared", "kind", "unsure"),
    [
        pytest.param(
            locations(3),
            NATIVE_LOCATION,
            "3 locations are certainly of this account and Region and 4 may be, more than the 3 that leave 1 free of "
            "the quota of 4",
            id="a location",
        ),
        pytest.param(
            [*locations(1), *grants(2)],
            GRANT,
            "2 grants are certainly of this account and Region and 3 may be, more than the 2 that leave 1 free of the "
            "quota of 3",
            id="a grant",
        ),
    ],
)
def test_what_could_not_be_read(declared: list[Resource], kind: str, unsure: str) -> None:
    """A location or grant that could not be read may count."""
    facts = tuple(fact for one in declared for fact in read(one))
    context = Context({**defaults(RULE), **SMALL}, Organization("acme", {}))
    assert RULE.gather
    quotas = RULE.gather(Program(facts, (urn("gone", kind),)))

    assert RULE.judge(facts[0], context, quotas) == Unsure("accountId", unsure)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "locationScope": st.sampled_from(["s3://", "s3://acme/a/*", "s3://acme/b/*"]),
    "accountId": st.sampled_from([ACCOUNT, OTHER]),
    "region": st.just("eu-west-1"),
    "accessGrantsLocationId": st.sampled_from(["1", "2", "default"]),
    "grantee": ODD,
    "accessGrantsLocationConfiguration": ODD,
    "accessGrantsInstanceArn": ODD,
    "tags": ODD,
}
PROPS = st.fixed_dictionaries({}, optional={name: good | ODD for name, good in GOOD.items()})
PROVIDERS = st.dictionaries(st.sampled_from(["region", "allowedAccountIds", "assumeRole", "defaultTags"]), ODD)
TYPES = [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION, INSTANCE, "aws-native:s3:AccessGrantsInstance", GRANT]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(TYPES), PROPS, PROVIDERS), max_size=7))
def test_anything(stack: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    """Nothing raises, and where all pass no account can be over its quota."""
    resources = [
        Resource(urn(f"r{number}", kind), kind, f"r{number}", props, provider_props=provider)
        for number, (kind, props, provider) in enumerate(stack)
    ]

    found = judged(resources, {"locations": 2, "grants": 9, "headroom": 0})

    assert all(one.outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN} for one in found.values())
    placed = [
        props["locationScope"]
        for kind, props, _ in stack
        if kind in TYPES[1:3] and props.get("accountId") == ACCOUNT and props.get("region") == "eu-west-1"
        if isinstance(props.get("locationScope"), str)
    ]
    if len(placed) > 2:
        assert any(one.outcome is Outcome.FAIL for one in found.values())


# --- what is listed ---------------------------------------------------------------------------------------------------

DECLARED = {"grantee": {"granteeType": "IAM", "granteeIdentifier": "role-1"}, "permission": "READ"}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param([listed(LOCATIONS, place(0), place(1), place(2))], {}, id="locations at the limit"),
        pytest.param([listed(LOCATIONS, *map(place, range(4)))], {"all": "FAIL"}, id="too many locations"),
        pytest.param(
            [listed(LOCATIONS, place(0), place(1), place(2)), *locations(3)], {}, id="listed and declared are one"
        ),
        pytest.param(
            [listed(LOCATIONS, place(0), place(1), place(2)), *locations(3, kind=LOCATION.type), *locations(2)],
            {},
            id="listed, looked up and declared are one",
        ),
        pytest.param(
            [listed(LOCATIONS, place(0), place(1), place(2)), *locations(1, 3)],
            {"l003": "FAIL"},
            id="a new one beside the list",
        ),
        pytest.param(
            [
                listed(LOCATIONS, place(0), place(1), place(2)),
                shown("new", CLASSIC_LOCATION, locationScope="s3://acme/2/*", accessGrantsLocationId=UNKNOWN),
            ],
            {},
            id="a declaration whose id is not known, of a scope that is listed",
        ),
        pytest.param(
            [
                listed(LOCATIONS, place(0), place(1)),
                listed(LOCATIONS, place(1), place(2), name="some", locationScope="s3://acme/1/*"),
            ],
            {},
            id="two lists that share one",
        ),
        pytest.param(
            [
                listed(LOCATIONS, place(0), place(1)),
                listed(LOCATIONS, place(2), place(3), name="there", region="us-east-1"),
            ],
            {},
            id="two Regions",
        ),
        pytest.param([listed(GRANTS, granted(1), granted(2))], {}, id="grants at the limit"),
        pytest.param([listed(GRANTS, *map(granted, range(3)))], {"all": "FAIL"}, id="too many grants"),
        pytest.param(
            [listed(GRANTS, granted(1), granted(2)), shown("g", GRANT, accessGrantArn="arn:1")],
            {},
            id="a grant that is listed and declared",
        ),
        pytest.param(
            [listed(GRANTS, granted(1), granted(2)), shown("g", GRANT, accessGrantsLocationId="1", **DECLARED)],
            {},
            id="a grant that says what a listed one says",
        ),
        pytest.param(
            [
                listed(GRANTS, granted(1), granted(2)),
                *(shown(f"g{n}", GRANT, accessGrantsLocationId="1", **DECLARED) for n in range(2)),
            ],
            {"g0": "FAIL"},
            id="two grants that say what one listed one says",
        ),
        pytest.param(
            [
                listed(GRANTS, granted(1), granted(2)),
                shown("g", GRANT, accessGrantArn="arn:9", accessGrantsLocationId="1", **DECLARED),
            ],
            {"g": "FAIL"},
            id="a grant with an ARN of its own",
        ),
        pytest.param(
            [listed(GRANTS, granted(1), granted(2)), listed(GRANTS, granted(2), name="some", permission="READ")],
            {},
            id="two lists of grants that share one",
        ),
        pytest.param(
            [
                listed(GRANTS, granted(1), granted(2, accessGrantArn=None)),
                listed(GRANTS, name="none", instanceExists=False),
            ],
            {},
            id="a grant without an ARN",
        ),
        pytest.param(
            [listed(LOCATIONS, locations=UNKNOWN), shown("i", INSTANCE)],
            {"i": "UNKNOWN"},
            id="locations that are not known",
        ),
        pytest.param(
            [listed(GRANTS, grants=UNKNOWN), shown("i", INSTANCE)], {"i": "UNKNOWN"}, id="grants that are not known"
        ),
        pytest.param(
            [listed(GRANTS, grants=UNKNOWN, accountId=OTHER), shown("i", INSTANCE)],
            {"all": "UNKNOWN"},
            id="grants of another account that are not known",
        ),
        pytest.param(
            [listed(GRANTS, grants=UNKNOWN), *locations(4)],
            {"l000": "FAIL"},
            id="over it, whatever is not known",
        ),
    ],
)
def test_lists(resources: list[Resource], expected: dict[str, str]) -> None:
    """What a list holds counts once, with what is declared or looked up of it."""
    assert outcomes(resources) == expected
    assert outcomes(resources[::-1]) == expected


def test_a_list_that_is_not_known_is_named() -> None:
    """The instance says which list it waits for."""
    found = judged([listed(GRANTS, grants=UNKNOWN), shown("i", INSTANCE)])["i"]

    assert found.message == "how many grants 'all' lists is not known in this preview"
