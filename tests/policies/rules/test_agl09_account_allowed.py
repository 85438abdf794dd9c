"""AGL-09: a location in an account and Region of the organization, with a role of its own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies.core import ABSENT, UNKNOWN, Broken, Malformed, Organization, Outcome, Passed, Unsure
from grantgate_policies.rules.agl09_account_allowed import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
OURS = f"'{ACCOUNT}', '{OTHER}'"
SILENT = (
    "neither the location nor its provider says the account; set accountId on the location, or allowedAccountIds on "
    "its provider"
)
NO_REGION = (
    "nobody says the Region; set region on the location or on its provider, or aws:region in the stack's configuration"
)


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/x"


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        pytest.param({}, Passed(), id="our account, our Region, its own role"),
        pytest.param(
            {"account_id": FOREIGN, "iam_role_arn": role(FOREIGN)},
            Broken(
                "accountId",
                FOREIGN,
                f"one of {OURS}",
                f"account '{FOREIGN}' is not one of the organization's {OURS}",
            ),
            id="a foreign account",
        ),
        pytest.param(
            {"iam_role_arn": role(FOREIGN)},
            Broken(
                "iamRoleArn", FOREIGN, f"one of {OURS}", f"account '{FOREIGN}' is not one of the organization's {OURS}"
            ),
            id="a foreign role",
        ),
        pytest.param(
            {"iam_role_arn": role(OTHER)},
            Broken(
                "iamRoleArn",
                role(OTHER),
                f"a role of account '{ACCOUNT}'",
                f"the role is of account '{OTHER}', the location of account '{ACCOUNT}'",
            ),
            id="a role of another account of ours",
        ),
        pytest.param(
            {"region": "ap-south-1"},
            Broken(
                "region",
                "ap-south-1",
                "one of 'eu-west-1', 'us-east-1'",
                "Region 'ap-south-1' is not one of the organization's 'eu-west-1', 'us-east-1'",
            ),
            id="a foreign Region",
        ),
        pytest.param(
            {"account_id": ""},
            Broken("accountId", "", f"one of {OURS}", f"account '' is not one of the organization's {OURS}"),
            id="an empty account",
        ),
        pytest.param(
            {"account_id": Malformed("number")},
            Broken("accountId", "number", "12 digits", "accountId is a number, not text"),
            id="a number for an account",
        ),
        pytest.param(
            {"region": Malformed("list")},
            Broken("region", "list", "a Region's name", "region is a list, not text"),
            id="a list for a Region",
        ),
        pytest.param(
            {"account_id": UNKNOWN},
            Unsure("accountId", "accountId is not known in this preview"),
            id="an unknown account",
        ),
        pytest.param(
            {"account_id": ABSENT},
            Unsure("accountId", SILENT),
            id="no account",
        ),
        pytest.param(
            {"region": UNKNOWN}, Unsure("region", "region is not known in this preview"), id="an unknown Region"
        ),
        pytest.param({"region": ABSENT}, Unsure("region", NO_REGION), id="no Region"),
        pytest.param(
            {"account_id": UNKNOWN, "iam_role_arn": role(FOREIGN)},
            Broken(
                "iamRoleArn", FOREIGN, f"one of {OURS}", f"account '{FOREIGN}' is not one of the organization's {OURS}"
            ),
            id="an unknown account hides no foreign role",
        ),
        pytest.param(
            {"account_id": ABSENT, "region": "ap-south-1"},
            Broken(
                "region",
                "ap-south-1",
                "one of 'eu-west-1', 'us-east-1'",
                "Region 'ap-south-1' is not one of the organization's 'eu-west-1', 'us-east-1'",
            ),
            id="no account hides no foreign Region",
        ),
        pytest.param(
            {"iam_role_arn": "arn:aws:iam::12:role/x"},
            Broken(
                "iamRoleArn",
                "arn:aws:iam::12:role/x",
                "arn:PARTITION:iam::ACCOUNT:role/NAME",
                "'arn:aws:iam::12:role/x' is not an IAM role ARN such as 'arn:aws:iam::111122223333:role/name'",
            ),
            id="no role ARN",
        ),
    ],
)
def test_accounts_and_regions(
    a_location: Callable[..., Any], a_context: Callable[..., Any], fields: dict[str, Any], verdict: Any
) -> None:
    """What breaks for certain is told before what is not known."""
    assert RULE.judge(a_location(**fields), a_context(RULE)) == verdict


@pytest.mark.parametrize("region", ["ap-south-1", ABSENT, UNKNOWN])
def test_regions_that_are_not_restricted(
    a_location: Callable[..., Any], a_context: Callable[..., Any], region: Any
) -> None:
    """Without a list of Regions every Region will do, known or not."""
    organization = a_context(RULE).organization
    context = a_context(RULE, organization=Organization("acme", organization.accounts))

    assert RULE.judge(a_location(region=region), context) == Passed()


def test_an_organization_without_accounts(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """Nothing is listed, so nothing is ours."""
    verdict = RULE.judge(a_location(), a_context(RULE, organization=Organization("acme", {})))

    assert isinstance(verdict, Broken)
    assert verdict.message == f"account '{ACCOUNT}' is not one of the organization's (none)"


@pytest.mark.parametrize(
    ("props", "outcome", "message"),
    [
        pytest.param({}, Outcome.PASS, "", id="ours"),
        pytest.param({"iamRoleArn": UNKNOWN}, Outcome.UNKNOWN, "iamRoleArn is not known in this preview", id="unknown"),
        pytest.param({"iamRoleArn": 1}, Outcome.FAIL, "iamRoleArn is a number, not text", id="a number"),
        pytest.param({"accountId": True}, Outcome.FAIL, "accountId is a boolean, not text", id="true for an account"),
    ],
)
def test_each_type(
    found: Callable[..., Any],
    location_props: Callable[..., Any],
    location_type: str,
    props: dict[str, Any],
    outcome: Outcome,
    message: str,
) -> None:
    """Mandatory for every type of location."""
    finding = found(RULE, location_type, location_props(**props))

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, outcome is not Outcome.PASS)


def test_a_declaration_that_says_nothing(
    found: Callable[..., Any], location_props: Callable[..., Any], location_type: str
) -> None:
    """Neither account nor Region is guessed from the role: the rule is undecided, and blocks."""
    props = location_props(accountId=None, region=None, accessGrantsLocationArn=None)

    finding = found(RULE, location_type, props)

    assert (finding.outcome, finding.blocks) == (Outcome.UNKNOWN, True)
    assert finding.message == SILENT


def test_a_declaration_that_exists(
    found: Callable[..., Any], location_props: Callable[..., Any], location_type: str
) -> None:
    """Once a managed location exists, its ARN tells account and Region; a lookup always says both itself."""
    finding = found(RULE, location_type, location_props(accountId=None, region=None))

    assert finding.outcome is (Outcome.UNKNOWN if location_type == LOCATION.type else Outcome.PASS)
