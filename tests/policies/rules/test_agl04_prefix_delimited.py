"""AGL-04: a prefix ends at a '/' boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed
from grantgate_policies.rules.agl04_prefix_delimited import RULE

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param("s3://", id="the default location has no prefix"),
        pytest.param("s3://b-1", id="a bucket has none"),
        pytest.param("s3://b-1/", id="a bucket and a slash"),
        pytest.param("s3://b-1/*", id="a whole bucket"),
        pytest.param("s3://b-1/fin/", id="a folder"),
        pytest.param("s3://b-1/fin/*", id="a folder, all below"),
        pytest.param("s3://b-1//", id="an empty segment still ends in a slash"),
    ],
)
def test_delimited(a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str) -> None:
    """Nothing beside the folder is covered."""
    assert RULE.judge(a_location(location_scope=scope), a_context(RULE)) == Passed()


@pytest.mark.parametrize(
    ("scope", "passing", "sibling"),
    [
        pytest.param("s3://b-1/fin", "s3://b-1/fin/*", "fin-other/", id="a prefix"),
        pytest.param("s3://b-1/fin*", "s3://b-1/fin/*", "fin-other/", id="a prefix with its star"),
        pytest.param("s3://b-1/a/fin.csv", "s3://b-1/a/fin.csv/*", "fin.csv-other/", id="below a folder"),
        pytest.param("s3://b-1/a/ ", "s3://b-1/a/ /*", " -other/", id="a blank is a character"),
    ],
)
def test_inside_a_segment(
    a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str, passing: str, sibling: str
) -> None:
    """The message shows a sibling that is covered too, and the edit passes."""
    verdict = RULE.judge(a_location(location_scope=scope), a_context(RULE))

    assert verdict == Broken(
        "locationScope",
        scope,
        passing,
        f"scope {scope!r} ends inside a path segment and also covers siblings such as {sibling!r}",
        edit=f"Write {passing!r}.",
    )
    assert RULE.judge(a_location(location_scope=passing), a_context(RULE)) == Passed()


@pytest.mark.parametrize(
    ("scope", "live", "remedied"),
    [
        pytest.param("s3://b-1/a/fin*", False, {"locationScope": "s3://b-1/a/fin/*"}, id="inside a segment"),
        pytest.param("s3://b-1/fin", False, {"locationScope": "s3://b-1/fin/*"}, id="without a star"),
        pytest.param("s3://b-1/fin*", True, None, id="what a lookup found"),
        pytest.param("s3://b-1/fin/*", False, None, id="delimited already"),
        pytest.param("s3://b-1/*", False, None, id="no prefix"),
        pytest.param("s3://", False, None, id="no bucket"),
        pytest.param("s3://b-1/a**", False, None, id="a scope that cannot be read"),
        pytest.param("", False, None, id="empty"),
    ],
)
def test_remedy(
    a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str, remedied: Any, *, live: bool
) -> None:
    """The segment is closed where a declaration leaves it open, and nothing else is changed."""
    location = a_location(location_scope=scope, live=live)

    assert RULE.remedy is not None
    assert RULE.remedy(location, a_context(RULE)) == remedied


def test_malformed(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """A scope that cannot be read breaks this rule too."""
    verdict = RULE.judge(a_location(location_scope="s3://b-1/a**"), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert verdict.message == "'s3://b-1/a**' has a '*' before its end, and a location is a prefix"


@pytest.mark.parametrize(
    ("scope", "outcome"),
    [
        pytest.param("s3://b-1/fin/*", Outcome.PASS, id="delimited"),
        pytest.param("s3://b-1/fin*", Outcome.FAIL, id="not delimited"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, id="unknown"),
        pytest.param(0, Outcome.FAIL, id="a number"),
    ],
)
def test_each_type(
    found: Callable[..., Any], location_props: Callable[..., Any], location_type: str, scope: Any, outcome: Outcome
) -> None:
    """Mandatory for every type of location."""
    finding = found(RULE, location_type, location_props(locationScope=scope))

    assert (finding.outcome, finding.blocks) == (outcome, outcome is not Outcome.PASS)
