"""AGL-03: the whole scope inside an allowed pattern, no key of it inside a denied one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed, Unsure
from grantgate_policies.rules.agl03_scope_allowed import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

ALLOW = {"allow": ["s3://acme-{account.name}-*/{team}/*"]}
LIMIT = "'s3://acme-{account.name}-*/{team}/*'"


def team(name: str) -> frozenset[tuple[str, str]]:
    return frozenset({("team", name)})


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        pytest.param("s3://acme-data-prod-eu/finance/*", "", id="a team's folder"),
        pytest.param("s3://acme-data-prod-eu/finance/", "", id="the same, without its star"),
        pytest.param("s3://acme-data-prod-eu/finance/x*", "", id="below a team's folder"),
        pytest.param(
            "s3://acme-data-prod-eu/finance*",
            f"scope 's3://acme-data-prod-eu/finance*' is not inside the allowed {LIMIT}: the scope has no '/' after "
            "'finance': it also covers 'finance-other'",
            id="a boundary is missing",
        ),
        pytest.param(
            "s3://acme-data-dev-eu/finance/*",
            f"scope 's3://acme-data-dev-eu/finance/*' is not inside the allowed {LIMIT}: bucket 'acme-data-dev-eu' "
            "does not match 'acme-data-prod-*'",
            id="another account's bucket",
        ),
        pytest.param(
            "s3://acme-data-prod-eu",
            f"scope 's3://acme-data-prod-eu' is not inside the allowed {LIMIT}: the scope ends before segment 1, which "
            "must match '{team}'",
            id="a whole bucket",
        ),
        pytest.param(
            "s3://",
            f"scope 's3://' is not inside the allowed {LIMIT}: the scope covers every bucket, and the bucket must "
            "match 'acme-data-prod-*'",
            id="every bucket",
        ),
        pytest.param("", "'' does not begin with 's3://'", id="empty"),
    ],
)
def test_allowed(a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str, message: str) -> None:
    """Only what lies inside at a '/' boundary passes."""
    verdict = RULE.judge(a_location(location_scope=scope), a_context(RULE, ALLOW))

    if message:
        assert isinstance(verdict, Broken)
        assert (verdict.field, verdict.observed, verdict.message) == ("locationScope", scope, message)
    else:
        assert verdict == Passed((team("finance"),))


@pytest.mark.parametrize(
    ("scope", "denied"),
    [
        pytest.param("s3://acme-data-prod-eu/hr/*", True, id="the denied folder itself"),
        pytest.param("s3://acme-data-prod-eu/hr/pay/*", True, id="below it"),
        pytest.param("s3://acme-data-prod-eu/*", True, id="around it"),
        pytest.param("s3://acme-data-prod-eu/h", True, id="a prefix of its name"),
        pytest.param("s3://", True, id="every bucket"),
        pytest.param("s3://acme-data-prod-eu/hr2/*", False, id="same letters, other folder"),
    ],
)
def test_denied(a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str, *, denied: bool) -> None:
    """One key in common is enough, and deny beats allow."""
    settings = {"allow": ["s3://*"], "deny": ["s3://acme-data-*/hr/*"]}
    verdict = RULE.judge(a_location(location_scope=scope), a_context(RULE, settings))

    if denied:
        expected = "no key of 's3://acme-data-*/hr/*'"
        message = f"scope {scope!r} reaches keys of the denied 's3://acme-data-*/hr/*'"
        assert verdict == Broken("locationScope", scope, expected, message)
    else:
        assert verdict == Passed((frozenset(),))


@pytest.mark.parametrize(
    ("name", "denied"),
    [
        pytest.param("data-prod", True, id="the own account's"),
        pytest.param("data-dev", False, id="another account's"),
        pytest.param(None, True, id="an account without a name: what forbids fails closed"),
    ],
)
def test_denied_by_a_variable(
    a_location: Callable[..., Any], a_context: Callable[..., Any], name: str | None, *, denied: bool
) -> None:
    """A denied pattern holds the values of this account."""
    settings = {"allow": ["s3://*"], "deny": ["s3://acme-{account.name}-eu/*"]}
    context = a_context(RULE, settings, variables={"account.name": name})

    assert isinstance(RULE.judge(a_location(), context), Broken if denied else Passed)


def test_several_patterns_leave_several_captures(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """Each alternative that admits the scope is kept for the rules that follow."""
    settings = {"allow": ["s3://*/{team}/*", "s3://acme-{team}-eu/*"]}

    verdict = RULE.judge(a_location(), a_context(RULE, settings))

    assert isinstance(verdict, Passed)
    assert set(verdict.bindings) == {team("finance"), team("data-prod")}


def test_at_most_three_reasons(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """A long list of patterns is named, and only the first three are explained."""
    settings = {"allow": [f"s3://b-{number}/*" for number in range(9)]}

    verdict = RULE.judge(a_location(), a_context(RULE, settings))

    assert isinstance(verdict, Broken)
    assert verdict.expected == f"inside {', '.join(map(repr, settings['allow']))}"
    assert verdict.message.count("bucket 'acme-data-prod-eu' is not") == 3
    assert verdict.message.count("'s3://b-") == 9


@pytest.mark.parametrize("value", [None, ""], ids=["none", "empty"])
def test_a_variable_without_a_value_lets_nothing_through(
    a_location: Callable[..., Any], a_context: Callable[..., Any], value: str | None
) -> None:
    """An account that is not listed has no name, so no pattern with its name matches."""
    verdict = RULE.judge(a_location(), a_context(RULE, ALLOW, variables={"account.name": value}))

    assert isinstance(verdict, Broken)
    why = "(the account is not one of organization.accounts)"
    assert verdict.message.endswith(f": {{account.name}} has no value here {why}, so nothing can match")


def test_an_unknown_variable(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """What a preview cannot know is undecided."""
    verdict = RULE.judge(a_location(), a_context(RULE, ALLOW, unknown=frozenset({"account.name"})))

    assert verdict == Unsure("locationScope", "{account.name} in the patterns is not known in this preview")


def test_what_is_denied_for_certain_does_not_wait(
    a_location: Callable[..., Any], a_context: Callable[..., Any]
) -> None:
    """An unknown in one pattern hides no failure by another."""
    settings = {**ALLOW, "deny": ["s3://{account.id}-x/*", "s3://*/finance/*"]}
    context = a_context(RULE, settings, unknown=frozenset({"account.id", "account.name"}))

    verdict = RULE.judge(a_location(), context)

    assert isinstance(verdict, Broken)
    assert verdict.message.endswith("reaches keys of the denied 's3://*/finance/*'")


@pytest.mark.parametrize(
    ("scope", "outcome", "message"),
    [
        pytest.param("s3://acme-data-prod-eu/finance/*", Outcome.PASS, "", id="inside"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "locationScope is not known in this preview", id="unknown"),
        pytest.param(1.5, Outcome.FAIL, "locationScope is a number, not text", id="a number"),
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
    """Every type of location is held against the same patterns."""
    finding = found(RULE, location_type, location_props(locationScope=scope), ALLOW)

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, outcome is not Outcome.PASS)


def test_without_patterns(found: Callable[..., Any], location_props: Callable[..., Any], location_type: str) -> None:
    """A rule that nobody configured says so."""
    finding = found(RULE, location_type, location_props(locationScope="s3://"))

    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert finding.message == "not configured: the rules file gives no allow for location-scope-allowed"
