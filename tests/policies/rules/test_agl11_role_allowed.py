"""AGL-11: the role matches an allowed pattern and captures what the scope captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed, Unsure
from grantgate_policies.rules.agl11_role_allowed import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "arn:aws:iam::111122223333:role/"
PATTERN = "arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"
ALLOW = {"allow": [PATTERN]}


def teams(*names: str) -> tuple[frozenset[tuple[str, str]], ...]:
    return tuple(frozenset({("team", name)}) for name in names)


@pytest.mark.parametrize(
    ("role", "why"),
    [
        pytest.param(f"{BASE}access-grants/fin-reader", "", id="a team's role"),
        pytest.param(f"{BASE}access-grants/fin-", "", id="a star may be nothing"),
        pytest.param(
            f"{BASE}access-grants/finreader",
            "segment 2 'finreader' does not match '{team}-*'",
            id="no team",
        ),
        pytest.param(f"{BASE}fin-reader", "the role has 1 segment after 'role/', and the pattern 2", id="no path"),
        pytest.param(
            f"{BASE}access-grants/x/fin-reader",
            "the role has 3 segments after 'role/', and the pattern 2",
            id="a path too many",
        ),
        pytest.param(
            "arn:aws:iam::444455556666:role/access-grants/fin-reader",
            "account '444455556666' is not '111122223333'",
            id="another account",
        ),
        pytest.param(
            "arn:aws-cn:iam::111122223333:role/access-grants/fin-reader",
            "partition 'aws-cn' is not 'aws'",
            id="another partition",
        ),
    ],
)
def test_patterns(a_location: Callable[..., Any], a_context: Callable[..., Any], role: str, why: str) -> None:
    """The ARN is matched field by field."""
    verdict = RULE.judge(a_location(iam_role_arn=role), a_context(RULE, ALLOW))

    if why:
        message = f"role {role!r} is not one of the allowed {PATTERN!r}: {why}"
        assert verdict == Broken("iamRoleArn", role, f"a role like {PATTERN!r}", message)
    else:
        assert verdict == Passed(teams("fin"))


@pytest.mark.parametrize(
    ("bindings", "expected"),
    [
        pytest.param((), Passed(teams("fin")), id="the scope captured nothing"),
        pytest.param((frozenset(),), Passed(teams("fin")), id="the scope's pattern has no captures"),
        pytest.param(teams("fin"), Passed(teams("fin")), id="the same team"),
        pytest.param(teams("hr", "fin"), Passed(teams("fin")), id="one alternative agrees"),
        pytest.param(
            teams("hr"),
            Broken(
                "iamRoleArn",
                f"{BASE}access-grants/fin-reader",
                "one with {team} = 'hr', as the location's scope has it",
                f"'{BASE}access-grants/fin-reader' has {{team}} = 'fin', the location's scope has {{team}} = 'hr'",
            ),
            id="another team",
        ),
        pytest.param(
            teams("ops", "hr"),
            Broken(
                "iamRoleArn",
                f"{BASE}access-grants/fin-reader",
                "one with {team} = 'hr' or {team} = 'ops', as the location's scope has it",
                f"'{BASE}access-grants/fin-reader' has {{team}} = 'fin', the location's scope has {{team}} = 'hr' or "
                "{team} = 'ops'",
            ),
            id="no alternative agrees",
        ),
    ],
)
def test_captures(
    a_location: Callable[..., Any], a_context: Callable[..., Any], bindings: Any, expected: Passed | Broken
) -> None:
    """The same name means the same text on one resource."""
    location = a_location(iam_role_arn=f"{BASE}access-grants/fin-reader")

    assert RULE.judge(location, a_context(RULE, ALLOW, bindings=bindings)) == expected


def test_an_unsettled_capture(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """While the scope's team is not known, the role's team cannot be held against it."""
    context = a_context(RULE, ALLOW, unsettled=frozenset({"team", "use"}))

    verdict = RULE.judge(a_location(iam_role_arn=f"{BASE}access-grants/fin-reader"), context)

    assert verdict == Unsure("iamRoleArn", "{team} of the location's scope is not known in this preview")


@pytest.mark.parametrize("role", ["access-grants/data-prod", "access-grants/other", "Admin"])
def test_an_unknown_variable(a_location: Callable[..., Any], a_context: Callable[..., Any], role: str) -> None:
    """A pattern with a value that is not known yet may turn out to allow the role, or not to."""
    settings = {"allow": ["arn:aws:iam::*:role/access-grants/{account.name}"]}
    context = a_context(RULE, settings, unknown=frozenset({"account.name"}))

    verdict = RULE.judge(a_location(iam_role_arn=f"{BASE}{role}"), context)

    assert verdict == Unsure("iamRoleArn", "{account.name} in the patterns is not known in this preview")


def test_a_role_that_fits_nothing_does_not_wait(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """Whatever the scope turns out to be, this role breaks."""
    context = a_context(RULE, ALLOW, unsettled=frozenset({"team"}))

    assert isinstance(RULE.judge(a_location(iam_role_arn=f"{BASE}Admin"), context), Broken)


@pytest.mark.parametrize(
    ("role", "outcome", "message"),
    [
        pytest.param(f"{BASE}access-grants/fin-reader", Outcome.PASS, "", id="allowed"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "iamRoleArn is not known in this preview", id="unknown"),
        pytest.param(3, Outcome.FAIL, "iamRoleArn is a number, not text", id="a number"),
    ],
)
def test_each_type(
    found: Callable[..., Any],
    location_props: Callable[..., Any],
    location_type: str,
    role: Any,
    outcome: Outcome,
    message: str,
) -> None:
    """Advisory by default, for every type of location."""
    finding = found(RULE, location_type, location_props(iamRoleArn=role), ALLOW)

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, False)
