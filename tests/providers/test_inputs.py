"""What lookups accept: everything else is told as value, then limit, before any call."""

from __future__ import annotations

from typing import Any

import pytest
from grantgate import inputs
from hypothesis import given, settings
from hypothesis import strategies as st

ACCOUNT = "111122223333"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/T_-=+./x"
CHECKS = [
    inputs.account_id,
    inputs.region,
    inputs.location_id,
    inputs.s3_prefix,
    inputs.role_arn,
    inputs.request_token_arn,
    inputs.seconds,
    inputs.flag,
    inputs.moment,
    inputs.age,
    inputs.scope,
    inputs.grantee_type,
    inputs.permission,
    inputs.grantee_identifier,
    inputs.application_arn,
]
NO_TEXTS = (inputs.seconds, inputs.flag, inputs.moment, inputs.age)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        pytest.param(inputs.account_id, ACCOUNT, id="an account"),
        pytest.param(inputs.account_id, "000000000000", id="an account of zeros"),
        pytest.param(inputs.region, "eu-west-1", id="a Region"),
        pytest.param(inputs.region, "us-gov-east-1", id="a GovCloud Region"),
        pytest.param(inputs.region, "ap-southeast-12", id="a Region with two digits"),
        pytest.param(inputs.location_id, "default", id="the default location"),
        pytest.param(inputs.location_id, "x", id="the shortest id"),
        pytest.param(inputs.location_id, "x" * 64, id="the longest id"),
        pytest.param(inputs.s3_prefix, "s3://b", id="a bucket"),
        pytest.param(inputs.s3_prefix, "S3://b/ä b/*", id="a prefix with a blank"),
        pytest.param(inputs.s3_prefix, "s3://b/" + "x" * 1993, id="2,000 characters"),
        pytest.param(inputs.role_arn, f"arn:aws-cn:iam::{ACCOUNT}:role/a/b/c", id="a role with a path"),
        pytest.param(inputs.request_token_arn, TOKEN, id="a token"),
        pytest.param(inputs.request_token_arn, TOKEN.replace("create", "tomorrow"), id="an operation of tomorrow"),
        pytest.param(inputs.seconds, 1, id="one second"),
        pytest.param(inputs.seconds, 21600.0, id="six hours, as the wire has it"),
        pytest.param(inputs.flag, False, id="false"),
        pytest.param(inputs.moment, 0, id="the clock's beginning"),
        pytest.param(inputs.moment, 1e9 + 0.25, id="a moment"),
        pytest.param(inputs.age, 1, id="a second old"),
        pytest.param(inputs.age, 315_360_000.0, id="ten years old, as the wire has it"),
        pytest.param(inputs.scope, "s3://", id="every bucket"),
        pytest.param(inputs.scope, "s3://b/p*", id="a scope"),
        pytest.param(inputs.grantee_type, "DIRECTORY_GROUP", id="a type of grantees"),
        pytest.param(inputs.permission, "READWRITE", id="a permission"),
        pytest.param(inputs.grantee_identifier, f"arn:aws:iam::{ACCOUNT}:role/x", id="a grantee"),
        pytest.param(inputs.application_arn, f"arn:aws:sso::{ACCOUNT}:application/ssoins-1/apl-1", id="an application"),
    ],
)
def test_accepted(check: Any, value: Any) -> None:
    """Every boundary that AWS names is inside."""
    assert check(value) is None


@pytest.mark.parametrize(
    ("check", "value", "complaint"),
    [
        pytest.param(inputs.account_id, "", "'' is not an AWS account id of 12 digits", id="no account"),
        pytest.param(
            inputs.account_id, "1" * 13, f"'{'1' * 13}' is not an AWS account id of 12 digits", id="13 digits"
        ),
        pytest.param(inputs.account_id, 111122223333, "111122223333 is a number, not text", id="a number"),
        pytest.param(
            inputs.account_id,
            f"{ACCOUNT}\n",
            f"'{ACCOUNT}\\n' is not an AWS account id of 12 digits",
            id="a line break",
        ),
        pytest.param(
            inputs.account_id,
            "١١١١٢٢٢٢٣٣٣٣",
            "'١١١١٢٢٢٢٣٣٣٣' is not an AWS account id of 12 digits",
            id="digits of another script",
        ),
        pytest.param(
            inputs.account_id, "evil.example", "'evil.example' is not an AWS account id of 12 digits", id="a host"
        ),
        pytest.param(
            inputs.region, "eu-west-1.evil/", "'eu-west-1.evil/' is not a Region name such as 'eu-west-1'", id="a host"
        ),
        pytest.param(inputs.region, "EU-WEST-1", "'EU-WEST-1' is not a Region name such as 'eu-west-1'", id="shouted"),
        pytest.param(inputs.region, "", "'' is not a Region name such as 'eu-west-1'", id="no Region"),
        pytest.param(
            inputs.location_id,
            "a/b",
            "'a/b' is not a location id of 1 to 64 letters, digits and hyphens ('default' for s3://)",
            id="a path for an id",
        ),
        pytest.param(
            inputs.location_id,
            "x" * 65,
            f"'{'x' * 65}' is not a location id of 1 to 64 letters, digits and hyphens ('default' for s3://)",
            id="65 characters",
        ),
        pytest.param(inputs.s3_prefix, "", "the prefix has 0 characters; S3 takes 1 to 2000", id="no prefix"),
        pytest.param(
            inputs.s3_prefix,
            "s3://b/" + "x" * 1994,
            "the prefix has 2001 characters; S3 takes 1 to 2000",
            id="2,001 characters",
        ),
        pytest.param(
            inputs.s3_prefix, "s3://", "'s3://' is not an S3 URI such as 's3://bucket/prefix/'", id="no bucket"
        ),
        pytest.param(
            inputs.s3_prefix, "s3:///x", "'s3:///x' is not an S3 URI such as 's3://bucket/prefix/'", id="only a key"
        ),
        pytest.param(
            inputs.s3_prefix,
            "s3://b/\n",
            "'s3://b/\\n' holds a line break or another control character",
            id="a line break in a prefix",
        ),
        pytest.param(
            inputs.role_arn,
            "x" * 2049,
            "the role ARN has 2049 characters; IAM's limit is 2048",
            id="2,049 characters",
        ),
        pytest.param(
            inputs.role_arn,
            f"arn:aws:iam::{ACCOUNT}:role//x",
            f"'arn:aws:iam::{ACCOUNT}:role//x' names 'role//x', not role/NAME or role/PATH/NAME",
            id="an empty path",
        ),
        pytest.param(inputs.request_token_arn, "", "the token ARN has 0 characters; S3 takes 1 to 1024", id="no token"),
        pytest.param(
            inputs.request_token_arn,
            "x" * 1025,
            "the token ARN has 1025 characters; S3 takes 1 to 1024",
            id="1,025 characters",
        ),
        pytest.param(
            inputs.request_token_arn,
            TOKEN.replace("us-west-2", "eu-west-1"),
            "the token's Region is 'eu-west-1'; Multi-Region Access Point requests live in 'us-west-2'",
            id="a token of another Region",
        ),
        pytest.param(
            inputs.request_token_arn,
            TOKEN.replace(ACCOUNT, "12"),
            "'12' is not an AWS account id of 12 digits",
            id="a token of no account",
        ),
        pytest.param(
            inputs.request_token_arn,
            f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/",
            f"'arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/' is not a request token such as "
            "'arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/TOKEN'",
            id="an empty token",
        ),
        pytest.param(inputs.seconds, 0, "0 seconds is outside 1 to 21600", id="no time"),
        pytest.param(inputs.seconds, 21601, "21601 seconds is outside 1 to 21600", id="a second too long"),
        pytest.param(inputs.seconds, 1.5, "1.5 is not a whole number of seconds", id="half a second"),
        pytest.param(inputs.seconds, True, "True is not a whole number of seconds", id="true"),
        pytest.param(inputs.seconds, "60", "'60' is not a whole number of seconds", id="text"),
        pytest.param(inputs.seconds, float("nan"), "nan is not a whole number of seconds", id="no number"),
        pytest.param(inputs.seconds, float("inf"), "inf is not a whole number of seconds", id="for ever"),
        pytest.param(inputs.flag, 1, "1 is not true or false", id="one"),
        pytest.param(inputs.flag, "true", "'true' is not true or false", id="the word true"),
        pytest.param(inputs.moment, -1, "-1 is not a reading of the clock", id="before the clock's beginning"),
        pytest.param(inputs.moment, float("inf"), "inf is not a reading of the clock", id="never"),
        pytest.param(inputs.moment, float("nan"), "nan is not a reading of the clock", id="no moment"),
        pytest.param(inputs.moment, True, "True is not a reading of the clock", id="a flag for a moment"),
        pytest.param(inputs.age, 0, "0 seconds is outside 1 to 315360000", id="no age"),
        pytest.param(inputs.age, float("nan"), "nan is not a whole number of seconds", id="an age that is no number"),
        pytest.param(inputs.scope, "s3:/", "'s3:/' is not an S3 URI such as 's3://bucket/prefix/'", id="no scope"),
        pytest.param(inputs.scope, 3, "3 is a number, not text", id="a number for a scope"),
        pytest.param(
            inputs.grantee_type, "iam", "'iam' is not one of DIRECTORY_USER, DIRECTORY_GROUP, IAM", id="small letters"
        ),
        pytest.param(inputs.permission, ["READ"], "['READ'] is a list, not text", id="a list of permissions"),
        pytest.param(inputs.grantee_identifier, "", "the text has 0 characters; S3 takes 1 to 2048", id="nobody"),
        pytest.param(
            inputs.grantee_identifier,
            "a\nb",
            "'a\\nb' holds a line break or another control character",
            id="a grantee of two lines",
        ),
        pytest.param(
            inputs.application_arn,
            "arn:aws:sso:::instance/ssoins-1",
            "'arn:aws:sso:::instance/ssoins-1' is not an application such as "
            "'arn:aws:sso::111122223333:application/ssoins-1/apl-1'",
            id="an instance for an application",
        ),
    ],
)
def test_refused(check: Any, value: Any, complaint: str) -> None:
    """The complaint says what was found and what belongs there."""
    assert check(value) == complaint


def test_a_long_value_is_cut() -> None:
    """A message stays within a screen."""
    told = inputs.shown("x" * 5000)

    assert len(told) < 150
    assert told.endswith("' (5000 characters)")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@given(value=ANYTHING)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_check_raises(value: Any) -> None:
    """Whatever comes is accepted or complained about; what is no text is no identity."""
    for check in CHECKS:
        complaint = check(value)
        assert complaint is None or isinstance(complaint, str)
        if not isinstance(value, str) and check not in NO_TEXTS:
            assert complaint
