"""MRP-01: all four Block Public Access flags are on."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN, Finding, Level, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.mrp01_blocks_public_access import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import FLAGS
from hypothesis import given, settings
from hypothesis import strategies as st

CLASSIC = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
NATIVE = "aws-native:s3:MultiRegionAccessPoint"
BOTH = pytest.mark.parametrize("kind", [pytest.param(CLASSIC, id="classic"), pytest.param(NATIVE, id="native")])
REGIONS = [{"bucket": "acme-eu"}, {"bucket": "acme-us"}]
ALL = dict.fromkeys(FLAGS, True)


def a_point(kind: str, block: Any = None) -> Resource:
    """Give an access point with this block of flags; none where it is None."""
    given_block = {} if block is None else {("publicAccessBlock" if kind == CLASSIC else NATIVE_BLOCK): block}
    flat = {"name": "acme-global", "regions": REGIONS, **given_block}
    return a_resource(kind, {"details": flat} if kind == CLASSIC else flat)


NATIVE_BLOCK = "publicAccessBlockConfiguration"


def a_resource(kind: str, props: dict[str, Any]) -> Resource:
    return Resource(urn=f"urn:pulumi:prod::data::{kind}::it", type=kind, name="it", props=props)


def a_judge(level: str = "mandatory") -> Judge:
    content = {"version": 1, "organization": {"name": "acme"}, "rules": {RULE.name: {"level": level}}}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    return Judge(book, "data-prod", dt.date(2026, 11, 20), rules=(RULE,))


def judged(resource: Resource) -> Finding:
    (finding,) = a_judge().findings(resource)
    return finding


@BOTH
@pytest.mark.parametrize(
    ("block", "outcome", "message"),
    [
        pytest.param(None, Outcome.PASS, "", id="no block: AWS sets all four"),
        pytest.param({}, Outcome.PASS, "", id="an empty block"),
        pytest.param(ALL, Outcome.PASS, "", id="all four"),
        pytest.param(dict.fromkeys(FLAGS, "true"), Outcome.PASS, "", id="all four as words"),
        pytest.param({"blockPublicAcls": True}, Outcome.PASS, "", id="one, and AWS sets the others"),
        pytest.param({"blockPublicAcls": None}, Outcome.PASS, "", id="null is not set"),
        pytest.param(
            {**ALL, "blockPublicPolicy": False},
            Outcome.FAIL,
            "blockPublicPolicy is false, and all four Block Public Access flags must be true",
            id="one is false",
        ),
        pytest.param(
            {"restrictPublicBuckets": "false", "ignorePublicAcls": False, "blockPublicAcls": False},
            Outcome.FAIL,
            "blockPublicAcls, ignorePublicAcls and restrictPublicBuckets are false, and all four Block Public Access "
            "flags must be true",
            id="three are false, one of them as a word",
        ),
        pytest.param(
            {"blockPublicAcls": UNKNOWN, "ignorePublicAcls": 1, "blockPublicPolicy": False},
            Outcome.FAIL,
            "blockPublicPolicy is false, and all four Block Public Access flags must be true",
            id="what is false does not wait",
        ),
        pytest.param(
            {"blockPublicAcls": UNKNOWN, "ignorePublicAcls": 1},
            Outcome.FAIL,
            "ignorePublicAcls is a number, not true or false",
            id="a number does not wait either",
        ),
        pytest.param({"blockPublicAcls": "on"}, Outcome.FAIL, "blockPublicAcls is a text, not true or false", id="on"),
        pytest.param({"blockPublicAcls": []}, Outcome.FAIL, "blockPublicAcls is a list, not true or false", id="list"),
        pytest.param(
            {"blockPublicAcls": UNKNOWN, "restrictPublicBuckets": UNKNOWN},
            Outcome.UNKNOWN,
            "blockPublicAcls, restrictPublicBuckets is not known in this preview",
            id="two are unknown",
        ),
        pytest.param(
            UNKNOWN,
            Outcome.UNKNOWN,
            "the Block Public Access flags are not known in this preview",
            id="the block is unknown",
        ),
    ],
)
def test_flags(kind: str, block: Any, outcome: Outcome, message: str) -> None:
    """What is false fails by its name, what is not set is true, and what is unknown blocks."""
    finding = judged(a_point(kind, block))

    assert (finding.outcome, finding.message) == (outcome, message)
    assert finding.blocks is (outcome is not Outcome.PASS)


@pytest.mark.parametrize(
    ("kind", "props", "outcome", "message"),
    [
        pytest.param(CLASSIC, {}, Outcome.FAIL, "details is not set", id="no details"),
        pytest.param(CLASSIC, {"details": None}, Outcome.FAIL, "details is not set", id="null for details"),
        pytest.param(
            CLASSIC,
            {"details": UNKNOWN},
            Outcome.UNKNOWN,
            "the Block Public Access flags are not known in this preview",
            id="unknown details",
        ),
        pytest.param(
            CLASSIC,
            {"details": []},
            Outcome.FAIL,
            "details holds a list where the map of Block Public Access flags belongs",
            id="a list for details",
        ),
        pytest.param(
            CLASSIC,
            {"details": {"publicAccessBlock": "all"}},
            Outcome.FAIL,
            "details holds a text where the map of Block Public Access flags belongs",
            id="a text for the classic block",
        ),
        pytest.param(
            NATIVE,
            {NATIVE_BLOCK: True},
            Outcome.FAIL,
            f"{NATIVE_BLOCK} holds a boolean where the map of Block Public Access flags belongs",
            id="a boolean for the native block",
        ),
        pytest.param(
            CLASSIC,
            {"publicAccessBlock": ALL, "details": {"publicAccessBlock": {"blockPublicAcls": False}}},
            Outcome.FAIL,
            "blockPublicAcls is false, and all four Block Public Access flags must be true",
            id="a block outside of details counts for nothing",
        ),
    ],
)
def test_what_holds_the_flags(kind: str, props: dict[str, Any], outcome: Outcome, message: str) -> None:
    """Where there is nothing to read flags from, none is taken for set."""
    finding = judged(a_resource(kind, props))

    assert (finding.outcome, finding.message) == (outcome, message)


LIMIT = "four flags that are true or not set"


@BOTH
@pytest.mark.parametrize(
    ("block", "observed", "expected"),
    [
        pytest.param("all", "text", "a map", id="a text for the block"),
        pytest.param({"blockPublicAcls": "on"}, "text", LIMIT, id="a word"),
        pytest.param({"blockPublicAcls": False}, "blockPublicAcls = false", LIMIT, id="one is false"),
        pytest.param(
            {"ignorePublicAcls": False, "blockPublicAcls": False},
            "blockPublicAcls = false, ignorePublicAcls = false",
            LIMIT,
            id="two are false",
        ),
    ],
)
def test_what_is_told(kind: str, block: Any, observed: str, expected: str) -> None:
    """The finding holds what was there and what must be."""
    finding = judged(a_point(kind, block))

    assert finding.field == ("details" if kind == CLASSIC else NATIVE_BLOCK)
    assert (finding.observed, finding.expected) == (observed, expected)


def test_what_is_told_of_nothing() -> None:
    """Without details there is nothing to read flags from."""
    finding = judged(a_resource(CLASSIC, {}))

    assert (finding.field, finding.observed, finding.expected) == ("details", "nothing", "a map")


@BOTH
@pytest.mark.parametrize("block", [UNKNOWN, {"blockPublicAcls": UNKNOWN}], ids=["the block", "a flag"])
def test_what_is_not_known_has_its_property(kind: str, block: Any) -> None:
    """An undecided finding is about the property that holds the flags."""
    assert judged(a_point(kind, block)).field == ("details" if kind == CLASSIC else NATIVE_BLOCK)


def test_the_edit_names_the_flags() -> None:
    """The edit says that the access point is replaced."""
    finding = judged(a_point(NATIVE, {"ignorePublicAcls": False}))

    assert finding.field == NATIVE_BLOCK
    assert finding.edit == (
        "Set ignorePublicAcls to true; AWS takes flags only at creation, so the access point is replaced."
    )


@BOTH
@pytest.mark.parametrize(
    "block",
    [
        pytest.param({"blockPublicAcls": False}, id="one is false"),
        pytest.param(dict.fromkeys(FLAGS, "false"), id="all are"),
        pytest.param({"blockPublicAcls": False, "ignorePublicAcls": UNKNOWN}, id="one is false and one unknown"),
        pytest.param("none", id="no map"),
        pytest.param({"blockPublicAcls": False, "__defaults": []}, id="what the engine adds stays"),
    ],
)
def test_remedy(kind: str, block: Any) -> None:
    """The four flags are set, everything else stays as it is, and the rule passes."""
    resource = a_point(kind, block)

    ((rule, changed),) = a_judge("remediate").remedies(resource)
    after = replace(resource, props={**resource.props, **changed})

    assert rule is RULE
    assert judged(after).outcome is Outcome.PASS
    flat = after.props["details"] if kind == CLASSIC else after.props
    kept = flat["publicAccessBlock" if kind == CLASSIC else NATIVE_BLOCK]
    assert kept == {**(block if isinstance(block, dict) else {}), **ALL}
    assert (flat["name"], flat["regions"]) == ("acme-global", REGIONS)
    assert set(changed) == {"details" if kind == CLASSIC else NATIVE_BLOCK}


@pytest.mark.parametrize(
    "props",
    [
        pytest.param({"details": []}, id="a list"),
        pytest.param({}, id="nothing"),
        pytest.param({"details": {"publicAccessBlock": ALL}}, id="nothing is broken"),
    ],
)
def test_no_remedy(props: dict[str, Any]) -> None:
    """What is no access point is not made one, and what passes stays."""
    assert list(a_judge("remediate").remedies(a_resource(CLASSIC, props))) == []


def test_defaults() -> None:
    """Public access is stopped, not put right, unless the rules file says so."""
    assert (RULE.level, RULE.severity.value) == (Level.MANDATORY, "critical")


VALUES = st.recursive(
    st.sampled_from([None, True, False, UNKNOWN, "true", "false", "", 0, 1, 10**400, float("nan"), float("inf")]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["publicAccessBlock", NATIVE_BLOCK, "regions", *FLAGS]), inner, max_size=5)
    ),
    max_leaves=10,
)


@given(
    st.sampled_from([CLASSIC, NATIVE]),
    st.dictionaries(st.sampled_from(["details", NATIVE_BLOCK, "name", "accountId", "arn", "regions"]), VALUES),
    VALUES | st.fixed_dictionaries(dict.fromkeys(FLAGS, st.sampled_from([True, None, "true", UNKNOWN]))),
)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_anything(kind: str, props: dict[str, Any], block: Any) -> None:
    """Whatever stands in the properties, the rule decides, and passes only flags that are true or not set."""
    for resource in (a_resource(kind, props), a_point(kind, block)):
        outcome = judged(resource).outcome

        assert outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN}
        if outcome is Outcome.PASS:
            flat = resource.props["details"] if kind == CLASSIC else resource.props
            read = flat.get("publicAccessBlock" if kind == CLASSIC else NATIVE_BLOCK)
            assert read is None or all(read.get(flag) in (None, "true") or read[flag] is True for flag in FLAGS)
