"""Stack configuration into lookups: every fault at once, each with its place."""

from __future__ import annotations

from typing import Any

import pytest
from grantgate.estate import EstateError, SiteLookups, sites
from grantgate.sites import Request, wide_identity
from hypothesis import given, settings
from hypothesis import strategies as st

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/gate-reader"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/T"
NAME = "grantgate:lookups"
NONE = (
    ": none of locations, prefixes, operations, instance, allLocations, grants, instancePolicy, accessPoints, roles "
    "is given"
)
WANTED = ("locations", "prefixes", "operations", "instance", "allLocations", "grants", "instancePolicy")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param([{"locations": ["default"]}], (SiteLookups(locations=("default",)),), id="the least"),
        pytest.param(
            [
                {
                    "account": ACCOUNT,
                    "region": "eu-west-1",
                    "assumeRoleArn": ROLE,
                    "locations": ["default", "x-1"],
                    "prefixes": ["s3://b/x/"],
                    "operations": [TOKEN],
                }
            ],
            (SiteLookups(ACCOUNT, "eu-west-1", ROLE, ("default", "x-1"), ("s3://b/x/",), (Request(TOKEN),)),),
            id="the most",
        ),
        pytest.param(
            [
                {
                    "operations": [
                        {"token": TOKEN},
                        {"token": f"{TOKEN}2", "maxAgeSeconds": 86400, "wait": True},
                        {"token": f"{TOKEN}3", "maxAgeSeconds": 60.0, "wait": False},
                        {"token": f"{TOKEN}4", "maxAgeSeconds": None, "wait": None},
                        f"{TOKEN}5",
                    ]
                }
            ],
            (
                SiteLookups(
                    operations=(
                        Request(TOKEN),
                        Request(f"{TOKEN}2", max_age_seconds=86400, wait=True),
                        Request(f"{TOKEN}3", max_age_seconds=60, wait=False),
                        Request(f"{TOKEN}4"),
                        Request(f"{TOKEN}5"),
                    )
                ),
            ),
            id="requests with an age and a wait",
        ),
        pytest.param(
            [{"account": None, "region": None, "locations": None, "prefixes": ["s3://b"], "operations": None}],
            (SiteLookups(prefixes=("s3://b",)),),
            id="keys without a value are not given",
        ),
        pytest.param(
            [{"locations": ["default"], "prefixes": []}], (SiteLookups(locations=("default",)),), id="one list is empty"
        ),
        pytest.param(
            [
                {"account": ACCOUNT, "locations": ["default"]},
                {"account": OTHER, "locations": ["default"]},
                {"account": ACCOUNT, "region": "eu-west-1", "locations": ["default"]},
            ],
            (
                SiteLookups(ACCOUNT, locations=("default",)),
                SiteLookups(OTHER, locations=("default",)),
                SiteLookups(ACCOUNT, "eu-west-1", locations=("default",)),
            ),
            id="the same id in three places",
        ),
        pytest.param(
            [{"account": ACCOUNT, "instance": True, "allLocations": True, "grants": True, "instancePolicy": True}],
            (SiteLookups(ACCOUNT, instance=True, all_locations=True, grants=(), instance_policy=True),),
            id="a whole place",
        ),
        pytest.param(
            [{"grants": {"permission": "READWRITE", "granteeType": "IAM"}, "instance": False}],
            (SiteLookups(grants=(("granteeType", "IAM"), ("permission", "READWRITE"))),),
            id="some grants",
        ),
        pytest.param(
            [{"account": ACCOUNT, "accessPoints": ["acme-global"], "roles": [ROLE]}],
            (SiteLookups(ACCOUNT, access_points=("acme-global",), roles=(ROLE,)),),
            id="what has no Region",
        ),
        pytest.param(
            [
                {"account": ACCOUNT, "grants": True},
                {"account": ACCOUNT, "grants": {"permission": "WRITE"}},
                {"account": ACCOUNT, "region": "eu-west-1", "grants": True},
                {"account": OTHER, "grants": True, "accessPoints": ["acme-global"]},
                {"account": ACCOUNT, "accessPoints": ["acme-global"]},
            ],
            (
                SiteLookups(ACCOUNT, grants=()),
                SiteLookups(ACCOUNT, grants=(("permission", "WRITE"),)),
                SiteLookups(ACCOUNT, "eu-west-1", grants=()),
                SiteLookups(OTHER, grants=(), access_points=("acme-global",)),
                SiteLookups(ACCOUNT, access_points=("acme-global",)),
            ),
            id="grants and access points of several places",
        ),
    ],
)
def test_sites(value: Any, expected: tuple[SiteLookups, ...]) -> None:
    """In the order of the configuration."""
    assert sites(value) == expected


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        pytest.param(None, ["not set; a list of accounts with what to look up is needed"], id="not set"),
        pytest.param({}, ["a map; a list of accounts with what to look up is needed"], id="a map"),
        pytest.param("x", ["text; a list of accounts with what to look up is needed"], id="a text"),
        pytest.param([], ["an empty list looks nothing up"], id="an empty list"),
    ],
)
def test_no_list(value: Any, faults: list[str]) -> None:
    """Nothing to look up is a fault: such a gate would be green without having looked."""
    with pytest.raises(EstateError) as caught:
        sites(value)

    assert caught.value.faults == tuple(f"{NAME}: {fault}" for fault in faults)


@pytest.mark.parametrize(
    ("entry", "faults"),
    [
        pytest.param({}, [NONE], id="an empty map"),
        pytest.param({"instance": False, "grants": False}, [NONE], id="nothing is wanted"),
        pytest.param(
            {"account": ACCOUNT, "locations": []},
            [NONE],
            id="an empty list",
        ),
        pytest.param("default", [": 'default' is text, not a map of account, region and what to look up"], id="a text"),
        pytest.param(None, [": None is nothing, not a map of account, region and what to look up"], id="nothing"),
        pytest.param(
            {"account": 111122223333, "locations": ["default"]},
            [".account: 111122223333 is a number, not text; quote it"],
            id="an account without quotes",
        ),
        pytest.param(
            {"region": "Ireland", "locations": ["default"]},
            [".region: 'Ireland' is not a Region name such as 'eu-west-1'"],
            id="no Region",
        ),
        pytest.param(
            {"account": "", "locations": ["default"]},
            [".account: '' is not an AWS account id of 12 digits"],
            id="an empty account",
        ),
        pytest.param({"locations": "default"}, [".locations: 'default' is text, not a list"], id="a text for a list"),
        pytest.param(
            {"locations": ["default", None, 7]},
            [".locations[1]: None is nothing, not text", ".locations[2]: 7 is a number, not text"],
            id="no ids",
        ),
        pytest.param(
            {"prefixes": ["b/x"], "operations": ["token"]},
            [
                ".prefixes[0]: 'b/x' is not an S3 URI such as 's3://bucket/prefix/'",
                ".operations[0]: 'token' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            ],
            id="a fault in each list",
        ),
        pytest.param(
            {
                "operations": [
                    {"maxAgeSeconds": 60},
                    {"token": None},
                    {"token": "T", "maxAge": 60, "wait": "yes"},
                    {"token": TOKEN, "maxAgeSeconds": 0, 7: 1},
                    {"token": f"{TOKEN}2", "maxAgeSeconds": "60"},
                    {"token": [TOKEN], "maxAgeSeconds": 1.5},
                    [TOKEN],
                    {},
                    None,
                    7,
                ]
            },
            [
                ".operations[0].token: not given; the request's token is needed",
                ".operations[1].token: not given; the request's token is needed",
                ".operations[2].maxAge: no such key (did you mean 'maxAgeSeconds'?)",
                ".operations[2].token: 'T' has 1 of the 6 fields of arn:partition:service:region:account:resource",
                ".operations[2].wait: 'yes' is not true or false",
                ".operations[3].7: no such key",
                ".operations[3].maxAgeSeconds: 0 seconds is outside 1 to 315360000",
                ".operations[4].maxAgeSeconds: '60' is not a whole number of seconds",
                f".operations[5].token: [{TOKEN!r}] is a list, not text",
                ".operations[5].maxAgeSeconds: 1.5 is not a whole number of seconds",
                f".operations[6]: [{TOKEN!r}] is a list, not text",
                ".operations[7].token: not given; the request's token is needed",
                ".operations[8]: None is nothing, not text",
                ".operations[9]: 7 is a number, not text",
            ],
            id="requests that cannot be read",
        ),
        pytest.param(
            {"operations": [TOKEN, {"token": TOKEN, "wait": True}]},
            [f".operations[1]: {TOKEN!r} is looked up already by {NAME}[0].operations[0]"],
            id="a request twice, once with a wait",
        ),
        pytest.param(
            {"locations": [{"token": "default"}]},
            [".locations[0]: {'token': 'default'} is a map, not text"],
            id="a map where only requests have one",
        ),
        pytest.param(
            {"locations": ["default"], "prefxes": ["s3://b"], 7: 1},
            [".7: no such key", ".prefxes: no such key (did you mean 'prefixes'?)"],
            id="keys that nobody reads",
        ),
        pytest.param(
            {"locations": ["default", "default"]},
            [f".locations[1]: 'default' is looked up already by {NAME}[0].locations[0]"],
            id="twice the same",
        ),
        pytest.param(
            {"instance": "yes", "allLocations": 1, "instancePolicy": []},
            [
                ".instance: 'yes' is not true or false",
                ".allLocations: 1 is not true or false",
                ".instancePolicy: [] is not true or false",
            ],
            id="no flags",
        ),
        pytest.param({"grants": "all"}, [".grants: 'all' is not true or false, nor a map of filters"], id="no filters"),
        pytest.param(
            {"locations": ["default"], "grants": {}},
            [".grants: an empty map filters nothing; write true for every grant"],
            id="an empty filter",
        ),
        pytest.param(
            {"grants": {"permision": "READ", "granteeType": "ROLE"}},
            [
                ".grants.permision: no such key (did you mean 'permission'?)",
                ".grants.granteeType: 'ROLE' is not one of DIRECTORY_USER, DIRECTORY_GROUP, IAM",
            ],
            id="filters that S3 has not",
        ),
        pytest.param(
            {"accessPoints": ["m1.mrap", "A"], "roles": ["gate-reader"]},
            [
                ".accessPoints[0]: 'm1.mrap' is an alias; the access point's name is needed",
                (
                    ".accessPoints[1]: 'A' is not the name of a Multi-Region Access Point: 3 to 50 lower-case letters, "
                    "digits and hyphens, with no hyphen at either end"
                ),
                ".roles[0]: 'gate-reader' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            ],
            id="no access points, no roles",
        ),
        pytest.param(
            {"account": OTHER, "roles": [ROLE]},
            [f".roles[0]: {ROLE!r} is not of the entry's account {OTHER!r}"],
            id="a role of another account",
        ),
        pytest.param(
            {"assumeRoleArn": ROLE.replace(ACCOUNT, OTHER), "roles": [ROLE]},
            [f".roles[0]: {ROLE!r} is not of the account of assumeRoleArn, and IAM shows no other account's"],
            id="a role that the reader cannot see",
        ),
        pytest.param(
            {"region": "cn-north-1", "assumeRoleArn": ROLE, "instance": True},
            [
                (
                    f".assumeRoleArn: {ROLE!r} is of partition 'aws', and the entry's region 'cn-north-1' is of "
                    "'aws-cn'; take a role of the Region's partition, or another Region"
                )
            ],
            id="a reader of another partition",
        ),
        pytest.param(
            {"region": "China", "assumeRoleArn": "gate-reader", "instance": True},
            [
                ".region: 'China' is not a Region name such as 'eu-west-1'",
                ".assumeRoleArn: 'gate-reader' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            ],
            id="neither a reader nor a Region",
        ),
    ],
)
def test_faults(entry: Any, faults: list[str]) -> None:
    """Each names its place; all are told at once."""
    with pytest.raises(EstateError) as caught:
        sites([entry])

    assert caught.value.faults == tuple(f"{NAME}[0]{fault}" for fault in faults)
    assert str(caught.value) == "\n".join(caught.value.faults)


@pytest.mark.parametrize("second", [{"region": "eu-west-1"}, {"account": OTHER}, {}])
def test_a_token_is_looked_up_once(second: dict[str, str]) -> None:
    """It names its own account, so the same token in another place is the same lookup."""
    with pytest.raises(EstateError) as caught:
        sites([{"operations": [TOKEN]}, {**second, "operations": [TOKEN]}])

    told = f"{NAME}[1].operations[0]: {TOKEN!r} is looked up already by {NAME}[0].operations[0]"
    assert caught.value.faults == (told,)


@pytest.mark.parametrize(
    ("first", "second", "at"),
    [
        pytest.param({"instance": True}, {"instance": True}, ".instance: is", id="an instance"),
        pytest.param({"allLocations": True}, {"allLocations": True}, ".allLocations: is", id="all locations"),
        pytest.param(
            {"grants": {"permission": "READ"}}, {"grants": {"permission": "READ"}}, ".grants: is", id="the same grants"
        ),
        pytest.param(
            {"accessPoints": ["acme-x"], "region": "us-east-1"},
            {"accessPoints": ["acme-x"]},
            ".accessPoints[0]: 'acme-x' is",
            id="an access point, which has no Region",
        ),
        pytest.param({"roles": [ROLE]}, {"account": ACCOUNT, "roles": [ROLE]}, f".roles[0]: {ROLE!r} is", id="a role"),
    ],
)
def test_what_is_looked_up_twice(first: dict[str, Any], second: dict[str, Any], at: str) -> None:
    """The second of two lookups that are one names the first."""
    with pytest.raises(EstateError) as caught:
        sites([first, second])

    (fault,) = caught.value.faults
    key = next(iter(first))
    assert fault.startswith(f"{NAME}[1]{at} looked up already by {NAME}[0].{key}")


def test_what_is_looked_up_elsewhere() -> None:
    """An entry of the list may not repeat what the matrix declares, which has the same names."""
    seen = {wide_identity("allLocations", ACCOUNT, "eu-west-1"): "grantgate:estate"}
    place = {"account": ACCOUNT, "region": "eu-west-1"}

    with pytest.raises(EstateError) as caught:
        sites([{**place, "allLocations": True, "instance": True}], elsewhere=seen)

    assert caught.value.faults == (f"{NAME}[0].allLocations: is looked up already by grantgate:estate",)
    assert sites([{**place, "instance": True}], elsewhere=seen) == (SiteLookups(ACCOUNT, "eu-west-1", instance=True),)


def test_one_fault_spoils_all() -> None:
    """No entry is looked up while another cannot be read."""
    with pytest.raises(EstateError) as caught:
        sites([{"locations": ["default"]}, {"locations": ["no id"]}])

    assert len(caught.value.faults) == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "account",
                    "region",
                    "assumeRoleArn",
                    *WANTED,
                    "accessPoints",
                    "roles",
                    "permission",
                    "token",
                    "wait",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(value=ANYTHING)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_anything(value: Any) -> None:
    """Whatever is configured, there is something to look up or a fault that says why not."""
    faults: tuple[str, ...] = ()
    found: tuple[SiteLookups, ...] = ()
    try:
        found = sites(value)
    except EstateError as error:
        faults = error.faults

    assert bool(faults) is not bool(found)
    assert all(declared(site) for site in found)


def declared(site: SiteLookups) -> list[Any]:
    """Give whatever a site asks for."""
    wide = [site.instance, site.all_locations, site.grants is not None, site.instance_policy]
    named = [site.locations, site.prefixes, site.operations, site.access_points, site.roles]
    return [one for one in (*wide, *named) if one]
