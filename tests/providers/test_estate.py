"""Stack configuration into lookups: every fault at once, each with its place."""

from __future__ import annotations

from typing import Any

import pytest
from grantgate.estate import EstateError, Site, sites
from hypothesis import given, settings
from hypothesis import strategies as st

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/gate-reader"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/T"
NAME = "grantgate:lookups"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param([{"locations": ["default"]}], (Site(locations=("default",)),), id="the least"),
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
            (Site(ACCOUNT, "eu-west-1", ROLE, ("default", "x-1"), ("s3://b/x/",), (TOKEN,)),),
            id="the most",
        ),
        pytest.param(
            [{"account": None, "region": None, "locations": None, "prefixes": ["s3://b"], "operations": None}],
            (Site(prefixes=("s3://b",)),),
            id="keys without a value are not given",
        ),
        pytest.param(
            [{"locations": ["default"], "prefixes": []}], (Site(locations=("default",)),), id="one list is empty"
        ),
        pytest.param(
            [
                {"account": ACCOUNT, "locations": ["default"]},
                {"account": OTHER, "locations": ["default"]},
                {"account": ACCOUNT, "region": "eu-west-1", "locations": ["default"]},
            ],
            (
                Site(ACCOUNT, locations=("default",)),
                Site(OTHER, locations=("default",)),
                Site(ACCOUNT, "eu-west-1", locations=("default",)),
            ),
            id="the same id in three places",
        ),
    ],
)
def test_sites(value: Any, expected: tuple[Site, ...]) -> None:
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
        pytest.param({}, [": none of locations, prefixes, operations is given"], id="an empty map"),
        pytest.param(
            {"account": ACCOUNT, "locations": []},
            [": none of locations, prefixes, operations is given"],
            id="an empty list",
        ),
        pytest.param("default", [": 'default' is text, not a map of account, region and lists"], id="a text"),
        pytest.param(None, [": None is nothing, not a map of account, region and lists"], id="nothing"),
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
            {"locations": ["default"], "prefxes": ["s3://b"], 7: 1},
            [".7: no such key", ".prefxes: no such key (did you mean 'prefixes'?)"],
            id="keys that nobody reads",
        ),
        pytest.param(
            {"locations": ["default", "default"]},
            [f".locations[1]: 'default' is looked up already by {NAME}[0].locations[0]"],
            id="twice the same",
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
            st.sampled_from(["account", "region", "assumeRoleArn", "locations", "prefixes", "operations", "x"]),
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
    found: tuple[Site, ...] = ()
    try:
        found = sites(value)
    except EstateError as error:
        faults = error.faults

    assert bool(faults) is not bool(found)
    assert all(site.locations or site.prefixes or site.operations for site in found)
