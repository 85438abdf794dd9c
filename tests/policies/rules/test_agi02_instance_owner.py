"""AGI-02: the instance that answers is one of the organization's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import INSTANCE_FOR_PREFIX
from grantgate_policies.core import UNKNOWN, Broken, Organization, Outcome, Passed
from grantgate_policies.rules.agi02_instance_owner import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
FIELD = "accessGrantsInstanceArn"
FORM = "arn:PARTITION:s3:REGION:ACCOUNT:access-grants/default"


def arn(account: str = ACCOUNT, region: str = "eu-west-1", service: str = "s3", what: str = "access-grants") -> str:
    return f"arn:aws:{service}:{region}:{account}:{what}/default"


@pytest.mark.parametrize(
    ("text", "expected", "message"),
    [
        pytest.param(arn(), "", "", id="ours"),
        pytest.param(arn(OTHER, "us-east-1"), "", "", id="another account and Region of ours"),
        pytest.param(
            arn(FOREIGN),
            f"an instance of '{ACCOUNT}', '{OTHER}'",
            f"the instance is of account '{FOREIGN}', not one of '{ACCOUNT}', '{OTHER}'",
            id="a foreign account",
        ),
        pytest.param(
            arn(""),
            f"an instance of '{ACCOUNT}', '{OTHER}'",
            f"the instance is of account '', not one of '{ACCOUNT}', '{OTHER}'",
            id="no account",
        ),
        pytest.param(
            arn(region="ap-south-1"),
            "an instance in 'eu-west-1', 'us-east-1'",
            "the instance is in Region 'ap-south-1', not one of 'eu-west-1', 'us-east-1'",
            id="a foreign Region",
        ),
        pytest.param(
            arn(service="s3control"),
            FORM,
            f"'{arn(service='s3control')}' is not the ARN of an Access Grants instance",
            id="another service",
        ),
        pytest.param(
            arn(what="access-grants-2"),
            FORM,
            f"'{arn(what='access-grants-2')}' is not the ARN of an Access Grants instance",
            id="another resource",
        ),
        pytest.param(
            "",
            "the ARN of an Access Grants instance",
            "'' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            id="empty",
        ),
        pytest.param(
            "arn:aws:s3::x:",
            "the ARN of an Access Grants instance",
            "'arn:aws:s3::x:' has an empty resource",
            id="no resource",
        ),
    ],
)
def test_owners(
    an_instance: Callable[..., Any], a_context: Callable[..., Any], text: str, expected: str, message: str
) -> None:
    """Owner and Region are read from the ARN itself."""
    verdict = RULE.judge(an_instance(access_grants_instance_arn=text), a_context(RULE))

    assert verdict == (Broken(FIELD, text, expected, message) if message else Passed())


def test_derived_properties_decide_nothing(an_instance: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """An owner that was written beside the ARN does not make it ours."""
    instance = an_instance(access_grants_instance_arn=arn(FOREIGN), owner_account_id=ACCOUNT)

    assert isinstance(RULE.judge(instance, a_context(RULE)), Broken)


def test_named_owners_replace_the_organization(an_instance: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """With owners given, the organization's other accounts are foreign too."""
    context = a_context(RULE, {"owners": [OTHER]})

    assert RULE.judge(an_instance(access_grants_instance_arn=arn(OTHER)), context) == Passed()
    assert isinstance(RULE.judge(an_instance(), context), Broken)


def test_no_accounts_at_all(an_instance: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """An organization without accounts owns no instance."""
    verdict = RULE.judge(an_instance(), a_context(RULE, organization=Organization("acme", {})))

    assert isinstance(verdict, Broken)
    assert verdict.message == f"the instance is of account '{ACCOUNT}', not one of (none)"


def test_regions_that_are_not_restricted(an_instance: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """Without a list of Regions every Region will do."""
    organization = Organization("acme", a_context(RULE).organization.accounts)
    instance = an_instance(access_grants_instance_arn=arn(region="ap-south-1"))

    assert RULE.judge(instance, a_context(RULE, organization=organization)) == Passed()


@pytest.mark.parametrize(
    ("value", "outcome", "message"),
    [
        pytest.param(arn(), Outcome.PASS, "", id="ours"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, f"{FIELD} is not known in this preview", id="unknown"),
        pytest.param(
            None, Outcome.NOT_APPLICABLE, f"the lookup holds no {FIELD}; lookup-performed says why", id="absent"
        ),
        pytest.param({"arn": arn()}, Outcome.FAIL, f"{FIELD} is a map, not text", id="an object"),
    ],
)
def test_through_the_judge(found: Callable[..., Any], value: Any, outcome: Outcome, message: str) -> None:
    """Mandatory; what the lookup lacks is lookup-performed's."""
    finding = found(RULE, INSTANCE_FOR_PREFIX.type, {FIELD: value, "accountId": ACCOUNT, "region": "eu-west-1"})

    assert (finding.outcome, finding.message) == (outcome, message)
    assert finding.blocks is (outcome in {Outcome.FAIL, Outcome.UNKNOWN})
