"""AGL-12: no administrator's, service-linked or sign-on role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed, Unsure
from grantgate_policies.rules.agl12_role_not_denied import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "arn:aws:iam::111122223333:role/"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("access-grants/finance", "", id="a role of its own"),
        pytest.param("admin", "role name 'admin' is denied by '*admin*'", id="the name itself"),
        pytest.param("DataADMINs", "role name 'DataADMINs' is denied by '*admin*'", id="letter case aside"),
        pytest.param("admin/finance", "", id="a path is no name"),
        pytest.param(
            "organizationaccountaccessrole",
            "role name 'organizationaccountaccessrole' is denied by 'OrganizationAccountAccessRole'",
            id="the organization's own",
        ),
        pytest.param(
            "aws-service-role/x.amazonaws.com/X",
            "role path '/aws-service-role/x.amazonaws.com/' is denied by '/aws-service-role/'",
            id="service-linked",
        ),
        pytest.param(
            "AWS-Reserved/sso/x", "role path '/AWS-Reserved/sso/' is denied by '/aws-reserved/'", id="sign-on"
        ),
        pytest.param("aws-reserved", "", id="the same letters as a name"),
        pytest.param("x/aws-reserved/y", "", id="the same letters further down"),
        pytest.param("aws-reserved-2/y", "", id="a sibling of the path"),
    ],
)
def test_defaults(a_location: Callable[..., Any], a_context: Callable[..., Any], name: str, message: str) -> None:
    """Names are compared without letter case, paths at '/' boundaries."""
    verdict = RULE.judge(a_location(iam_role_arn=BASE + name), a_context(RULE))

    assert isinstance(verdict, Broken if message else Passed)
    assert not isinstance(verdict, Broken) or verdict.message == message


@pytest.mark.parametrize(
    ("settings", "passes"),
    [
        pytest.param({"denyNames": [], "denyPaths": []}, True, id="nothing is denied"),
        pytest.param({"deny": [f"{BASE}legacy/*"]}, False, id="an ARN"),
        pytest.param({"deny": ["arn:*:iam::*:role/legacy/{any}"]}, False, id="an ARN's pattern"),
        pytest.param({"deny": ["arn:aws:iam::{account.id}:role/legacy/*"]}, False, id="the own account's"),
        pytest.param({"deny": ["arn:aws:iam::444455556666:role/legacy/*"]}, True, id="another account's"),
        pytest.param({"denyPaths": ["/legacy/"]}, False, id="a path"),
        pytest.param({"denyNames": ["old-*"]}, False, id="a name"),
    ],
)
def test_settings(
    a_location: Callable[..., Any], a_context: Callable[..., Any], settings: dict[str, Any], *, passes: bool
) -> None:
    """Each of the three lists denies by itself."""
    verdict = RULE.judge(a_location(iam_role_arn=f"{BASE}legacy/old-1"), a_context(RULE, settings))

    assert isinstance(verdict, Passed) is passes


def test_an_arn(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """The message names the pattern."""
    settings = {"deny": [f"{BASE}legacy/*"]}

    assert RULE.judge(a_location(iam_role_arn=f"{BASE}legacy/x"), a_context(RULE, settings)) == Broken(
        "iamRoleArn",
        f"{BASE}legacy/x",
        f"no role like '{BASE}legacy/*'",
        f"role '{BASE}legacy/x' is denied by '{BASE}legacy/*'",
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("DataAdmin", "no name like '*admin*'", id="a name"),
        pytest.param("aws-reserved/x", "no path under '/aws-reserved/'", id="a path"),
    ],
)
def test_what_is_told(a_location: Callable[..., Any], a_context: Callable[..., Any], name: str, expected: str) -> None:
    """The verdict holds the whole ARN and what the role must not be."""
    verdict = RULE.judge(a_location(iam_role_arn=BASE + name), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed, verdict.expected) == ("iamRoleArn", BASE + name, expected)


def test_a_variable_without_a_value_denies(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """It stands for anything: what forbids fails closed."""
    settings = {"deny": ["arn:aws:iam::*:role/{account.name}-x"]}
    context = a_context(RULE, settings, variables={"account.name": None})

    assert isinstance(RULE.judge(a_location(iam_role_arn=f"{BASE}any-x"), context), Broken)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        pytest.param("legacy/x", "{account.id} in the patterns is not known in this preview", id="undecided"),
        pytest.param("DataAdmin", "role name 'DataAdmin' is denied by '*admin*'", id="a denied name"),
        pytest.param("aws-reserved/x", "role path '/aws-reserved/' is denied by '/aws-reserved/'", id="a denied path"),
        pytest.param("old/x", f"role '{BASE}old/x' is denied by 'arn:aws:iam::*:role/old/*'", id="another pattern"),
    ],
)
def test_an_unknown_variable_hides_no_failure(
    a_location: Callable[..., Any], a_context: Callable[..., Any], name: str, verdict: str
) -> None:
    """What is denied for certain does not wait for what is not known."""
    settings = {"deny": ["arn:aws:iam::{account.id}:role/legacy/*", "arn:aws:iam::*:role/old/*"]}
    context = a_context(RULE, settings, unknown=frozenset({"account.id"}))

    found = RULE.judge(a_location(iam_role_arn=BASE + name), context)

    assert (found.reason if isinstance(found, Unsure) else found.message) == verdict


@pytest.mark.parametrize(
    ("role", "outcome", "message"),
    [
        pytest.param(f"{BASE}x", Outcome.PASS, "", id="a role"),
        pytest.param(f"{BASE}Admin", Outcome.FAIL, "role name 'Admin' is denied by '*admin*'", id="an administrator's"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "iamRoleArn is not known in this preview", id="unknown"),
        pytest.param(
            "Admin",
            Outcome.FAIL,
            "'Admin' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            id="a name for an ARN",
        ),
        pytest.param(None, None, "", id="absent"),
    ],
)
def test_each_type(
    found: Callable[..., Any],
    location_props: Callable[..., Any],
    location_type: str,
    role: Any,
    outcome: Outcome | None,
    message: str,
) -> None:
    """Critical and mandatory for every type of location; none passes without a role."""
    finding = found(RULE, location_type, location_props(iamRoleArn=role))

    if outcome is None:
        live = "dynamic" in location_type
        assert finding.outcome is (Outcome.NOT_APPLICABLE if live else Outcome.FAIL)
        assert finding.message.startswith("the lookup holds no iamRoleArn" if live else "iamRoleArn is not set")
    else:
        blocks = outcome is not Outcome.PASS
        assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, blocks)
