"""AGL-05: a prefix follows the organization's layout, of the account's own environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed, Unsure
from grantgate_policies.rules.agl05_prefix_template import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPLATES = {"templates": ["{environment}/{team}/"]}
HEAD = "does not follow the template '{environment}/{team}/': "


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        pytest.param("s3://b-1/prod/fin/*", "", id="the layout"),
        pytest.param("s3://other-bucket/prod/fin/x/y*", "", id="below it, in any bucket"),
        pytest.param(
            "s3://b-1/dev/fin/*", f"prefix 'dev/fin/' {HEAD}segment 1 'dev' is not 'prod'", id="another environment"
        ),
        pytest.param(
            "s3://b-1/prod/fin*",
            f"prefix 'prod/fin' {HEAD}the scope has no '/' after 'fin': it also covers 'fin-other'",
            id="a boundary is missing",
        ),
        pytest.param(
            "s3://b-1",
            f"prefix '' {HEAD}the scope ends before segment 1, which must be 'prod'",
            id="no prefix at all",
        ),
        pytest.param(
            "s3://", f"prefix '' {HEAD}the scope ends before segment 1, which must be 'prod'", id="the default location"
        ),
        pytest.param("nonsense", "'nonsense' does not begin with 's3://'", id="no scope"),
    ],
)
def test_layout(a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str, message: str) -> None:
    """The whole prefix must lie below the layout's folders."""
    verdict = RULE.judge(a_location(location_scope=scope), a_context(RULE, TEMPLATES))

    if message:
        assert isinstance(verdict, Broken)
        assert (verdict.field, verdict.observed, verdict.message) == ("locationScope", scope, message)
        limit = "a prefix like '{environment}/{team}/'"
        assert verdict.expected == (limit if HEAD in message else "s3://, s3://bucket or s3://bucket/prefix/*")
    else:
        assert verdict == Passed((frozenset({("team", "fin")}),))


def test_captures_agree_with_the_scope_rules(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """The same name captures the same text in the bucket and in the prefix."""
    location = a_location(location_scope="s3://acme-hr/prod/fin/*")
    context = a_context(RULE, TEMPLATES, bindings=(frozenset({("team", "hr")}),))

    assert RULE.judge(location, context) == Broken(
        "locationScope",
        "s3://acme-hr/prod/fin/*",
        "one with {team} = 'hr', as the location's scope has it",
        "'s3://acme-hr/prod/fin/*' has {team} = 'fin', the location's scope has {team} = 'hr'",
    )


def test_an_unknown_environment(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """The account may turn out to have an environment."""
    verdict = RULE.judge(a_location(), a_context(RULE, TEMPLATES, unknown=frozenset({"environment"})))

    assert verdict == Unsure("locationScope", "{environment} in the patterns is not known in this preview")


@pytest.mark.parametrize(
    ("scope", "outcome"),
    [
        pytest.param("s3://b-1/prod/fin/*", Outcome.PASS, id="the layout"),
        pytest.param("s3://b-1/dev/fin/*", Outcome.FAIL, id="another environment"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, id="unknown"),
        pytest.param({}, Outcome.FAIL, id="an object"),
    ],
)
def test_each_type(
    found: Callable[..., Any], location_props: Callable[..., Any], location_type: str, scope: Any, outcome: Outcome
) -> None:
    """Advisory by default, for every type of location."""
    finding = found(RULE, location_type, location_props(locationScope=scope), TEMPLATES)

    assert (finding.outcome, finding.blocks) == (outcome, False)
