"""AGL-08: required tags are there and say something."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RulesFileError, parse
from grantgate_policies.rules.agl08_tags_required import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSIC_INSTANCE = "aws:s3control/accessGrantsInstance:AccessGrantsInstance"
NATIVE_INSTANCE = "aws-native:s3:AccessGrantsInstance"
KEYS = {"keys": ["owner"]}
VALUES = {"keys": ["owner"], "values": {"owner": ["team-*", "platform"], "class": ["open", "closed"]}}


def judged(
    kind: str, props: Mapping[str, Any], given: Mapping[str, Any] = KEYS, provider: Mapping[str, Any] | None = None
) -> Finding:
    content = {"version": 1, "organization": {"name": "acme"}, "rules": {RULE.name: dict(given)}}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource(f"urn:pulumi:prod::data::{kind}::it", kind, "it", props, provider_props=provider or {})
    (found,) = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)
    return found


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        pytest.param(CLASSIC_LOCATION, {"owner": "x"}, id="classic location"),
        pytest.param(NATIVE_LOCATION, [{"key": "owner", "value": "x"}], id="native location"),
        pytest.param(CLASSIC_INSTANCE, {"owner": "x"}, id="classic instance"),
        pytest.param(NATIVE_INSTANCE, [{"key": "owner", "value": "x"}], id="native instance"),
    ],
)
def test_each_type(kind: str, tags: Any) -> None:
    """Tags come as a map or as a list; a failure is low and advisory."""
    assert judged(kind, {"tags": tags}).outcome is Outcome.PASS

    found = judged(kind, {})

    assert (found.outcome, found.blocks, found.field) == (Outcome.FAIL, False, "tags")
    assert found.message == "there are no tags, and 'owner' must be among them"
    assert found.edit == "add the tags 'owner'"


def test_lookups_read_no_tags() -> None:
    """A lookup has nothing that could be judged."""
    found = judged(LOCATION.type, {"tags": {}})

    assert (found.outcome, found.message) == (Outcome.NOT_APPLICABLE, "a lookup reads no tags")


@pytest.mark.parametrize(
    ("tags", "given", "outcome", "message"),
    [
        pytest.param({}, KEYS, "FAIL", "there are no tags, and 'owner' must be among them", id="empty"),
        pytest.param(None, KEYS, "FAIL", "there are no tags, and 'owner' must be among them", id="null"),
        pytest.param(
            {"Owner": "x", "cost": "1"},
            KEYS,
            "FAIL",
            "tags are 'Owner', 'cost', and 'owner' must be among them; 'Owner' differs in letter case, and S3 tells "
            "the two apart",
            id="another letter case",
        ),
        pytest.param(
            {},
            {"keys": ["owner", "class", "class-2"]},
            "FAIL",
            "there are no tags, and 'class', 'class-2', 'owner' must be among them",
            id="several, sorted",
        ),
        pytest.param(
            {f"t{number:02}": "x" for number in range(10)},
            KEYS,
            "FAIL",
            f"tags are {', '.join(repr(f't{number:02}') for number in range(10))}, and 'owner' must be among them",
            id="ten others",
        ),
        pytest.param(
            {f"t{number:02}": "x" for number in range(12)},
            KEYS,
            "FAIL",
            f"tags are {', '.join(repr(f't{number:02}') for number in range(10))} and 2 more, and 'owner' must be "
            "among them",
            id="twelve others",
        ),
        pytest.param(
            {"class": UNKNOWN, "owner": UNKNOWN},
            VALUES,
            "UNKNOWN",
            "the value of tag 'class' is not known in this preview",
            id="the first of two unknown values",
        ),
        pytest.param(
            {"owner": None}, KEYS, "FAIL", "there are no tags, and 'owner' must be among them", id="a null value"
        ),
        pytest.param({"owner": ""}, KEYS, "FAIL", "tag 'owner' is '', and it must have a value", id="an empty value"),
        pytest.param({"owner": " "}, KEYS, "FAIL", "tag 'owner' is ' ', and it must have a value", id="a blank value"),
        pytest.param({"owner": 7}, KEYS, "FAIL", "tag 'owner' is a number, not text", id="a number"),
        pytest.param("owner=x", KEYS, "FAIL", "tags is a text, not tags by key", id="a text for tags"),
        pytest.param(
            [7], KEYS, "FAIL", "tags is a list with something else than {key, value}, not tags by key", id="a list"
        ),
        pytest.param(UNKNOWN, KEYS, "UNKNOWN", "tags is not known in this preview", id="unknown tags"),
        pytest.param([UNKNOWN], KEYS, "UNKNOWN", "tags is not known in this preview", id="an unknown member"),
        pytest.param(
            {"owner": UNKNOWN},
            KEYS,
            "UNKNOWN",
            "the value of tag 'owner' is not known in this preview",
            id="unknown value",
        ),
        pytest.param({"owner": "x", "other": UNKNOWN}, KEYS, "PASS", "", id="an unknown value of another tag"),
        pytest.param(
            {"class": UNKNOWN, "owner": "x"},
            VALUES,
            "FAIL",
            "tag 'owner' is 'x', not one of 'team-*', 'platform'",
            id="a failure beside an unknown value",
        ),
        pytest.param({"owner": "team-a", "class": "open"}, VALUES, "PASS", "", id="allowed values"),
        pytest.param({"owner": "platform"}, VALUES, "PASS", "", id="values bind only tags that are there"),
        pytest.param(
            {"owner": "platform", "class": "secret"},
            VALUES,
            "FAIL",
            "tag 'class' is 'secret', not one of 'open', 'closed'",
            id="a value that is not allowed",
        ),
        pytest.param(
            {"owner": "TEAM-a"},
            VALUES,
            "FAIL",
            "tag 'owner' is 'TEAM-a', not one of 'team-*', 'platform'",
            id="letter case",
        ),
    ],
)
def test_tags(tags: Any, given: dict[str, Any], outcome: str, message: str) -> None:
    """A key that is there with nothing in it is as good as none."""
    found = judged(CLASSIC_LOCATION, {"tags": tags}, given)

    assert (found.outcome.value, found.message) == (outcome, message)
    assert found.field == ("" if outcome == "PASS" else "tags")


@pytest.mark.parametrize(
    ("tags", "observed", "expected"),
    [
        pytest.param({}, "no tags", "tags 'owner'", id="none"),
        pytest.param({"b": "x", "a": "y", "owner": None}, "'a', 'b'", "tags 'owner'", id="others"),
        pytest.param([7], "list with something else than {key, value}", "tags by their keys", id="a list"),
        pytest.param({"owner": 7}, "number", "text", id="a number"),
        pytest.param({"owner": " "}, " ", "a value", id="a blank value"),
        pytest.param({"owner": "x"}, "x", "'team-*', 'platform'", id="a value that is not allowed"),
    ],
)
def test_both_sides(tags: Any, observed: str, expected: str) -> None:
    """A failure shows what is there and what must be."""
    found = judged(CLASSIC_LOCATION, {"tags": tags}, VALUES)

    assert (found.observed, found.expected, found.field) == (observed, expected, "tags")


def test_default_tags_count() -> None:
    """What the provider adds to every resource need not be written on each."""
    provider = {"defaultTags": '{"tags": {"owner": "x"}}'}

    assert judged(CLASSIC_LOCATION, {"tags": {"a": "b"}}, provider=provider).outcome is Outcome.PASS
    assert judged(CLASSIC_LOCATION, {"tags": {"owner": ""}}, provider=provider).outcome is Outcome.FAIL
    assert judged(CLASSIC_LOCATION, {}, provider={"defaultTags": UNKNOWN}).outcome is Outcome.UNKNOWN


def test_not_configured() -> None:
    """Without keys the rule says that it is not configured."""
    content = json.dumps({"version": 1, "organization": {"name": "acme"}})
    book = parse(content, name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource("urn:pulumi:prod::data::x::it", CLASSIC_LOCATION, "it", {})
    (found,) = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)

    assert (found.outcome, found.message) == (
        Outcome.NOT_APPLICABLE,
        "not configured: the rules file gives no keys for location-tags-required",
    )


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"keys": []}, id="no keys"),
        pytest.param({"keys": [""]}, id="an empty key"),
        pytest.param({"values": {}}, id="keys are missing"),
        pytest.param({"keys": ["a"], "values": {"a": []}}, id="no value is allowed"),
        pytest.param({"keys": ["a"], "values": {"a": ["{team}"]}}, id="a value that is no pattern"),
    ],
)
def test_settings_that_make_no_sense(given: dict[str, Any]) -> None:
    """The rules file is refused."""
    with pytest.raises(RulesFileError):
        judged(CLASSIC_LOCATION, {}, given)


LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "owner", "class", "team-a", "x", UNKNOWN])
ODD = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["owner", "class", "key", "value", "tags"]), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION, CLASSIC_INSTANCE, NATIVE_INSTANCE]


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    kind=st.sampled_from(TYPES),
    props=st.dictionaries(st.sampled_from(["tags", "tagsAll", "accountId", "region"]), ODD),
    provider=st.dictionaries(st.sampled_from(["defaultTags", "region"]), ODD),
)
def test_anything(kind: str, props: dict[str, Any], provider: dict[str, Any]) -> None:
    """Nothing raises, and what passes has an owner that is allowed."""
    found = judged(kind, props, VALUES, provider)

    assert found.outcome is not Outcome.ERROR
    if found.outcome is Outcome.PASS:
        assert "team-a" in json.dumps([props, provider], default=str)
