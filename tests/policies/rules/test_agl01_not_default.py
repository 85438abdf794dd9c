"""AGL-01: s3:// is registered only where the rules file says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import ABSENT, UNKNOWN, Broken, Outcome, Passed
from grantgate_policies.rules.agl01_not_default import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
TOLD = "scope 's3://' covers every bucket of the account in its Region, more than this stack may register"


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        pytest.param("s3://", TOLD, id="the default location"),
        pytest.param("S3://", TOLD, id="the default location, shouted"),
        pytest.param("s3://a-bucket", "", id="the smallest scope that is not the default"),
        pytest.param("s3://a-bucket/*", "", id="a whole bucket is another rule's"),
        pytest.param("", "'' does not begin with 's3://'", id="empty"),
        pytest.param("s3://*", "'s3://*' has a '*' in its bucket, and a location names one bucket", id="a star"),
        pytest.param("s3:///x", "'s3:///x' has a key but no bucket", id="no bucket, and a key"),
    ],
)
def test_scopes(a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str, message: str) -> None:
    """A scope with a bucket passes; the default and what cannot be read do not."""
    verdict = RULE.judge(a_location(location_scope=scope), a_context(RULE))

    assert (verdict.message if isinstance(verdict, Broken) else "") == message
    assert isinstance(verdict, Passed) is (not message)


@pytest.mark.parametrize(
    ("settings", "context", "passes"),
    [
        pytest.param({}, {}, False, id="nobody is excepted by default"),
        pytest.param({"allowStacks": ["data-prod"]}, {}, True, id="the stack by name"),
        pytest.param({"allowStacks": ["data-*"]}, {}, True, id="the stack by pattern"),
        pytest.param({"allowStacks": ["data"]}, {}, False, id="the whole name counts"),
        pytest.param({"allowStacks": ["DATA-prod"]}, {}, False, id="case counts"),
        pytest.param({"allowStacks": ["data-*"]}, {"stack": ""}, False, id="a stack without a name"),
        pytest.param({"allowAccounts": [ACCOUNT]}, {}, True, id="the account"),
        pytest.param({"allowAccounts": ["444455556666"]}, {}, False, id="another account"),
        pytest.param({"allowAccounts": [ACCOUNT]}, {"account": None}, False, id="an account that is not known"),
    ],
)
def test_exceptions(
    a_location: Callable[..., Any],
    a_context: Callable[..., Any],
    settings: dict[str, Any],
    context: dict[str, Any],
    *,
    passes: bool,
) -> None:
    """Stacks and accounts that the rules file names may have it."""
    verdict = RULE.judge(a_location(location_scope="s3://"), a_context(RULE, settings, **context))

    assert isinstance(verdict, Passed) is passes


def test_the_whole_verdict(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """The verdict holds the scope as it was written, and what a scope must have."""
    verdict = RULE.judge(a_location(location_scope="S3://"), a_context(RULE))

    assert verdict == Broken("locationScope", "S3://", "a scope with a bucket", TOLD)


def test_settings_that_are_not_there(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """A context without settings excepts nobody."""
    context = replace(a_context(RULE), settings={})

    assert isinstance(RULE.judge(a_location(location_scope="s3://"), context), Broken)


@pytest.mark.parametrize(
    ("scope", "outcome", "message"),
    [
        pytest.param("s3://", Outcome.FAIL, TOLD, id="the default"),
        pytest.param("s3://b-1/x/*", Outcome.PASS, "", id="a folder"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "locationScope is not known in this preview", id="unknown"),
        pytest.param(7, Outcome.FAIL, "locationScope is a number, not text", id="a number"),
        pytest.param([], Outcome.FAIL, "locationScope is a list, not text", id="a list"),
    ],
)
def test_each_type(
    found: Callable[..., Any],
    location_props: Callable[..., Any],
    location_type: str,
    scope: Any,
    outcome: Outcome,
    message: str,
) -> None:
    """Lookup and managed resources are judged alike, advisory by default."""
    finding = found(RULE, location_type, location_props(locationScope=scope))

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, False)


def test_absent(found: Callable[..., Any], location_props: Callable[..., Any], location_type: str) -> None:
    """A declaration without a scope fails; a lookup without one is lookup-performed's to fail."""
    finding = found(RULE, location_type, location_props(locationScope=None))

    if "dynamic" in location_type:
        assert finding.outcome is Outcome.NOT_APPLICABLE
        assert finding.message == "the lookup holds no locationScope; lookup-performed says why"
    else:
        assert (finding.outcome, finding.message) == (Outcome.FAIL, "locationScope is not set")
    assert ABSENT not in (finding.observed, finding.expected)
