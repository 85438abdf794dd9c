"""AGL-10: the role is an IAM role's ARN, of the Region's partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import ABSENT, UNKNOWN, Broken, Malformed, Outcome, Passed, Unsure
from grantgate_policies.rules.agl10_role_valid import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

NO_ROLE = "{!r} is not an IAM role ARN such as 'arn:aws:iam::111122223333:role/name'"
NO_NAME = "{!r} names {!r}, not role/NAME or role/PATH/NAME"
BASE = "arn:aws:iam::111122223333:"


@pytest.mark.parametrize(
    ("role", "message"),
    [
        pytest.param(f"{BASE}role/a", "", id="the shortest name"),
        pytest.param(f"{BASE}role/{'n' * 64}", "", id="the longest name"),
        pytest.param(f"{BASE}role/a/b/c", "", id="a path"),
        pytest.param(
            f"{BASE}role/{'n' * 65}",
            NO_NAME.format(f"{BASE}role/{'n' * 65}", f"role/{'n' * 65}"),
            id="a name of 65 characters",
        ),
        pytest.param(f"{BASE}role/", NO_NAME.format(f"{BASE}role/", "role/"), id="no name"),
        pytest.param(f"{BASE}role/a/", NO_NAME.format(f"{BASE}role/a/", "role/a/"), id="a path without a name"),
        pytest.param(f"{BASE}user/a", NO_NAME.format(f"{BASE}user/a", "user/a"), id="a user"),
        pytest.param(
            "arn:aws:sts::111122223333:assumed-role/a/s",
            NO_ROLE.format("arn:aws:sts::111122223333:assumed-role/a/s"),
            id="a session",
        ),
        pytest.param("arn:aws:iam:::role/a", NO_ROLE.format("arn:aws:iam:::role/a"), id="no account"),
        pytest.param(
            "arn:aws:iam:eu-west-1:111122223333:role/a",
            NO_ROLE.format("arn:aws:iam:eu-west-1:111122223333:role/a"),
            id="a Region",
        ),
        pytest.param(f"{BASE}role/a\n", NO_NAME.format(f"{BASE}role/a\n", "role/a\n"), id="a line break"),
        pytest.param("", "'' has 1 of the 6 fields of arn:partition:service:region:account:resource", id="empty"),
    ],
)
def test_roles(a_location: Callable[..., Any], a_context: Callable[..., Any], role: str, message: str) -> None:
    """Sessions, users and roles without a name are no roles."""
    verdict = RULE.judge(a_location(iam_role_arn=role), a_context(RULE))

    expected = Broken("iamRoleArn", role, "arn:PARTITION:iam::ACCOUNT:role/NAME", message)
    assert verdict == (expected if message else Passed())


@pytest.mark.parametrize(
    ("partition", "region", "told"),
    [
        pytest.param("aws-cn", "cn-north-1", "", id="China"),
        pytest.param("aws-us-gov", "us-gov-west-1", "", id="GovCloud"),
        pytest.param(
            "aws",
            "cn-north-1",
            "the role is of partition 'aws', the location's Region 'cn-north-1' of 'aws-cn'",
            id="a commercial role in China",
        ),
        pytest.param(
            "aws-cn",
            "eu-west-1",
            "the role is of partition 'aws-cn', the location's Region 'eu-west-1' of 'aws'",
            id="a Chinese role elsewhere",
        ),
        pytest.param("aws-cn", ABSENT, "", id="nobody says the Region"),
    ],
)
def test_partitions(
    a_location: Callable[..., Any], a_context: Callable[..., Any], partition: str, region: Any, told: str
) -> None:
    """A role serves only its own partition."""
    role = f"arn:{partition}:iam::111122223333:role/a"

    verdict = RULE.judge(a_location(iam_role_arn=role, region=region), a_context(RULE))

    expected_partition = told.rpartition("of ")[2]
    broken = Broken("iamRoleArn", role, f"a role of partition {expected_partition}", told)
    assert verdict == (broken if told else Passed())


def test_a_region_that_cannot_be_read(a_location: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """An unknown Region leaves its partition open, and one that is no text breaks."""
    unknown = RULE.judge(a_location(region=UNKNOWN), a_context(RULE))
    malformed = RULE.judge(a_location(region=Malformed("number")), a_context(RULE))

    assert unknown == Unsure("region", "region is not known in this preview, and so is its partition")
    assert malformed == Broken("region", "number", "a Region's name", "region is a number, not text")


@pytest.mark.parametrize(
    ("role", "outcome"),
    [
        pytest.param(f"{BASE}role/a", Outcome.PASS, id="a role"),
        pytest.param(f"{BASE}user/a", Outcome.FAIL, id="a user"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, id="unknown"),
        pytest.param([f"{BASE}role/a"], Outcome.FAIL, id="a list"),
        pytest.param("", Outcome.FAIL, id="empty"),
    ],
)
def test_each_type(
    found: Callable[..., Any], location_props: Callable[..., Any], location_type: str, role: Any, outcome: Outcome
) -> None:
    """Mandatory for every type of location."""
    finding = found(RULE, location_type, location_props(iamRoleArn=role))

    assert (finding.outcome, finding.blocks) == (outcome, outcome is not Outcome.PASS)
