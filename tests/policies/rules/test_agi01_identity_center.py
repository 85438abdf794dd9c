"""AGI-01: an instance tied to an approved Identity Center, or to none."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import ABSENT, PASSED, UNKNOWN, Broken, Finding, Malformed, Outcome, Resource, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agi01_identity_center import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import Instance
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT = "111122223333"
OURS = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
OTHER = "arn:aws:sso:::instance/ssoins-fedcba0987654321"
TYPES = ("aws:s3control/accessGrantsInstance:AccessGrantsInstance", "aws-native:s3:AccessGrantsInstance")
FORM = "is not the ARN of an Identity Center instance, arn:aws:sso:::instance/ssoins-ID"


def an_instance(center: Any) -> Instance:
    return Instance(Resource("urn", TYPES[0], "it", {}), center, ACCOUNT, "eu-west-1", ABSENT)


def run(kind: str, props: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Finding:
    accounts = {ACCOUNT: {"name": "data-prod", "environment": "prod"}}
    rules = {} if settings is None else {RULE.name: settings}
    content = {"version": 1, "organization": {"name": "acme", "accounts": accounts}, "rules": rules}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource(f"urn:pulumi:prod::data::{kind}::it", kind, "it", props)
    (finding,) = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)
    return finding


@pytest.mark.parametrize(
    ("settings", "center", "verdict"),
    [
        pytest.param({"arns": [OURS]}, OURS, PASSED, id="the approved one"),
        pytest.param({"arns": [OTHER, OURS]}, OURS, PASSED, id="one of two"),
        pytest.param({"arns": [OURS]}, ABSENT, PASSED, id="none, and none is needed"),
        pytest.param({"arns": []}, ABSENT, PASSED, id="none, and none is allowed"),
        pytest.param(
            {"arns": [OURS]},
            OTHER,
            Broken(
                "identityCenterArn",
                OTHER,
                f"one of '{OURS}'",
                f"the instance is tied to the Identity Center '{OTHER}', and allowed is one of '{OURS}'",
                f"Write '{OURS}'.",
            ),
            id="another one",
        ),
        pytest.param(
            {"arns": []},
            OURS,
            Broken(
                "identityCenterArn",
                OURS,
                "no Identity Center",
                f"the instance is tied to the Identity Center '{OURS}', and allowed is no Identity Center",
                "Remove identityCenterArn.",
            ),
            id="one where none is allowed",
        ),
        pytest.param(
            {"arns": [OTHER, OURS], "mustHave": True},
            ABSENT,
            Broken(
                "identityCenterArn",
                "nothing",
                f"one of '{OURS}', '{OTHER}'",
                f"the instance is tied to no Identity Center, not to one of '{OURS}', '{OTHER}'",
            ),
            id="none where one must be",
        ),
        pytest.param(
            {"arns": [OURS]},
            OURS.upper(),
            Broken(
                "identityCenterArn", OURS.upper(), f"one of '{OURS}'", f"'{OURS.upper()}' {FORM}", f"Write '{OURS}'."
            ),
            id="another letter case",
        ),
        pytest.param(
            {"arns": [OURS]},
            "",
            Broken("identityCenterArn", "", f"one of '{OURS}'", f"'' {FORM}", f"Write '{OURS}'."),
            id="an empty text",
        ),
        pytest.param(
            {"arns": []},
            f"arn:aws:sso::{ACCOUNT}:application/ssoins-1234567890abcdef/apl-1",
            Broken(
                "identityCenterArn",
                f"arn:aws:sso::{ACCOUNT}:application/ssoins-1234567890abcdef/apl-1",
                "no Identity Center",
                f"'arn:aws:sso::{ACCOUNT}:application/ssoins-1234567890abcdef/apl-1' {FORM}",
                "Remove identityCenterArn.",
            ),
            id="the ARN of the application",
        ),
        pytest.param(
            {"arns": [OURS]},
            f"{OURS}\n",
            Broken(
                "identityCenterArn", f"{OURS}\n", f"one of '{OURS}'", f"'{OURS}\\n' {FORM}", edit=f"Write '{OURS}'."
            ),
            id="a line break behind it",
        ),
        pytest.param(
            {"arns": [OURS]},
            Malformed("number"),
            Broken("identityCenterArn", "number", "text", "identityCenterArn is a number, not text"),
            id="a number",
        ),
        pytest.param(
            {"arns": []},
            UNKNOWN,
            Unsure("identityCenterArn", "identityCenterArn is not known in this preview"),
            id="unknown",
        ),
    ],
)
def test_identity_centers(a_context: Callable[..., Any], settings: Any, center: Any, verdict: Any) -> None:
    """ARNs are compared as they are; an edit is offered where one value is right."""
    assert RULE.judge(an_instance(center), a_context(RULE, settings)) == verdict


def test_two_wishes_that_exclude_each_other(a_context: Callable[..., Any]) -> None:
    """Where every Identity Center is forbidden and one must be there, nothing passes and no edit is offered."""
    for center in (OURS, ABSENT):
        verdict = RULE.judge(an_instance(center), a_context(RULE, {"arns": [], "mustHave": True}))

        assert isinstance(verdict, Broken)
        assert verdict.edit == ""


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("settings", "props", "outcome"),
    [
        pytest.param(None, {"identityCenterArn": OTHER}, Outcome.NOT_APPLICABLE, id="not configured"),
        pytest.param({"arns": [OURS]}, {"identityCenterArn": OURS}, Outcome.PASS, id="approved"),
        pytest.param({"arns": []}, {}, Outcome.PASS, id="none"),
        pytest.param({"arns": [OURS]}, {"identityCenterArn": OTHER}, Outcome.FAIL, id="another"),
        pytest.param({"arns": [OURS], "mustHave": True}, {}, Outcome.FAIL, id="none where one must be"),
        pytest.param({"arns": [OURS]}, {"identityCenterArn": UNKNOWN}, Outcome.UNKNOWN, id="unknown"),
        pytest.param({"arns": []}, {"identityCenterArn": [OURS]}, Outcome.FAIL, id="a list"),
    ],
)
def test_each_type(kind: str, settings: Any, props: dict[str, Any], outcome: Outcome) -> None:
    """Instances of both providers are judged alike, and the rule warns until it is told to block."""
    finding = run(kind, props, settings)

    assert (finding.outcome, finding.blocks) == (outcome, False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([UNKNOWN, OURS, OTHER]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    props=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("identityCenterArn", "accessGrantsInstanceArn", "tags", "accountId"), VALUES)
    ),
    kind=st.sampled_from(TYPES),
)
def test_whatever_stands_there(props: dict[str, Any], kind: str) -> None:
    """Nothing raises, and nothing passes but the approved ARN and none at all."""
    outcome = run(kind, props, {"arns": [OURS]}).outcome

    assert outcome is not Outcome.ERROR
    assert (outcome is Outcome.PASS) is (props.get("identityCenterArn") in (None, OURS))
