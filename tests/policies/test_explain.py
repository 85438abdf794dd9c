"""Explaining asks the real judge, and every edit it offers would pass."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from grantgate_policies.core import Outcome
from grantgate_policies.explain import Answer, Question, explain, not_asked
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS

TODAY = dt.date(2026, 11, 21)
PROD, DEV = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{PROD}:role/access-grants/fin-reader"
FIN = "s3://acme-data-prod-eu/fin/*"
RULES_FILE = f"""
version: 1
organization:
  name: acme
  accounts:
    "{PROD}": {{name: data-prod, environment: prod}}
    "{DEV}": {{name: data-dev, environment: dev}}
  regions: [eu-west-1]
rules:
  location-not-default:
    level: mandatory
    allowStacks: ["lake-*"]
  location-scope-allowed:
    allow: ["s3://acme-shared/*", "s3://acme-{{account.name}}-*/{{team}}/*"]
    deny: ["s3://acme-*-secrets/*"]
  location-role-allowed:
    level: mandatory
    allow: ["arn:{{partition}}:iam::{{account.id}}:role/access-grants/{{team}}-*"]
  location-prefix-template:
    templates: ["{{team}}/"]
environments:
  dev: {{rules: {{location-scope-allowed: {{allow: ["s3://acme-dev/*"]}}}}}}
waivers:
  - {{rule: location-scope-allowed, match: {{scope: "s3://acme-legacy/*"}}, owner: data-platform,
     reason: moves in Q1, expires: 2027-01-31}}
  - {{rule: location-scope-allowed, match: {{scope: "s3://acme-older/*"}}, owner: data-platform,
     reason: moved in Q1, expires: 2026-01-31}}
"""


def a_rulebook() -> RuleBook:
    return parse(RULES_FILE, name="rules.yaml", rules=RULES, pattern_checks=PATTERN_CHECKS)


def answers(scope: str, role: str = ROLE, account: str = PROD, stack: str = "") -> dict[str, Answer]:
    question = Question(scope, role, account, "eu-west-1", stack)
    return {answer.finding.rule.id: answer for answer in explain(a_rulebook(), question, TODAY)}


def test_every_location_rule_answers() -> None:
    """All of them, in the order in which they are judged."""
    assert list(answers("s3://acme-data-prod-eu/fin/*")) == [
        "AGL-01",
        "AGL-02",
        "AGL-03",
        "AGL-04",
        "AGL-05",
        "AGL-09",
        "AGL-10",
        "AGL-11",
        "AGL-12",
    ]


def test_what_allowed_it() -> None:
    """The pattern, what it captured, and where it stands."""
    found = answers("s3://acme-data-prod-eu/fin/*")

    assert {answer.finding.outcome for answer in found.values()} == {Outcome.PASS}
    assert found["AGL-03"].because == (
        "Allowed by 's3://acme-{account.name}-*/{team}/*' with {team} = 'fin' (allow of rules.location-scope-allowed)",
    )
    (because,) = found["AGL-11"].because
    assert because == (
        "Allowed by 'arn:{partition}:iam::{account.id}:role/access-grants/{team}-*' with {team} = 'fin' "
        "(allow of rules.location-role-allowed)"
    )


def test_overlay_is_named() -> None:
    """A setting of an environment stands there."""
    (because,) = answers("s3://acme-dev/fin/*", ROLE.replace(PROD, DEV), DEV)["AGL-03"].because

    assert because == "Allowed by 's3://acme-dev/*' (allow of environments.dev.location-scope-allowed)"


def test_what_denied_it() -> None:
    """No edit of what is allowed helps against a denial."""
    answer = answers("s3://acme-data-prod-secrets/fin/*")["AGL-03"]

    assert answer.finding.outcome is Outcome.FAIL
    assert "Denied by 's3://acme-*-secrets/*' (deny of rules.location-scope-allowed)" in answer.because
    assert answer.edits == ()


def test_nearest_miss() -> None:
    """Of several patterns the one that comes closest, with its variables filled in, unless the message has it."""
    answer = answers("s3://acme-data-dev-eu/fin/*")["AGL-03"]
    told = answers("s3://acme-data-prod-eu/fin/*", f"arn:aws:iam::{PROD}:role/Admin")["AGL-11"]

    assert "access-grants/{team}-*': the role has 1 segment" in told.finding.message
    assert told.nearest == ""
    assert answer.nearest == (
        "'s3://acme-{account.name}-*/{team}/*' (here 's3://acme-data-prod-*/{team}/*'): "
        "bucket 'acme-data-dev-eu' does not match 'acme-data-prod-*'"
    )


@pytest.mark.parametrize(
    ("scope", "role", "rule", "first"),
    [
        pytest.param(FIN, f"arn:aws:iam::{PROD}:role/DataAdmin", "AGL-11", "AGL-12", id="denied"),
        pytest.param(FIN, f"arn:aws:iam::{PROD}:role/fin-admin", "AGL-11", "AGL-12", id="still denied"),
        pytest.param(FIN, "arn:aws:iam::999988887777:role/x", "AGL-11", "AGL-09", id="a foreign account's"),
        pytest.param("s3://acme-elsewhere/fin*", ROLE, "AGL-03", "AGL-04", id="a prefix that ends inside a name"),
    ],
)
def test_nothing_is_offered_that_another_rule_forbids(scope: str, role: str, rule: str, first: str) -> None:
    """What a mandatory rule fails for its own reason is not to be listed as allowed."""
    answer = answers(scope, role)[rule]

    assert answer.finding.outcome is Outcome.FAIL
    assert (answer.edits, answer.first) == ((), (first,))


def test_a_star_is_not_filled() -> None:
    """Where the account's name took what the star would need, nobody knows what belongs there."""
    text = RULES_FILE.replace('"s3://acme-shared/*", ', "")
    book = parse(text, name="rules.yaml", rules=RULES, pattern_checks=PATTERN_CHECKS)
    question = Question("s3://acme-data-prod/fin/*", ROLE, PROD, "eu-west-1")
    (answer,) = (one for one in explain(book, question, TODAY) if one.finding.rule.id == "AGL-03")

    assert answer.edits == ("Add 's3://acme-data-prod/fin/*' to rules.location-scope-allowed.allow in rules.yaml.",)


def test_rules_that_are_not_asked() -> None:
    """Those that look at other resources, and the one about tags."""
    assert not_asked(a_rulebook()) == (
        "AGI-03",
        "AGL-06",
        "AGL-07",
        "AGL-08",
        "AGL-13",
        "AGL-14",
        "AGR-06",
    )


@pytest.mark.parametrize(
    ("scope", "role", "rule", "edits"),
    [
        pytest.param(
            "s3://acme-data-dev-eu/fin/*",
            ROLE,
            "AGL-03",
            (
                "Write 's3://acme-data-prod-eu/fin/*'.",
                "Add 's3://acme-data-dev-eu/fin/*' to rules.location-scope-allowed.allow in rules.yaml.",
            ),
            id="another account's bucket",
        ),
        pytest.param(
            "s3://acme-data-prod-eu/fin", ROLE, "AGL-03", ("Write 's3://acme-data-prod-eu/fin/*'.",), id="no boundary"
        ),
        pytest.param(
            "s3://acme-data-prod-eu/fin", ROLE, "AGL-04", ("Write 's3://acme-data-prod-eu/fin/*'.",), id="a rule's own"
        ),
        pytest.param(
            "s3://acme-data-prod-eu/fin", ROLE, "AGL-05", ("Write 's3://acme-data-prod-eu/fin/*'.",), id="a template"
        ),
        pytest.param(
            "s3://acme-data-prod-eu/fin/*",
            ROLE.replace("fin-reader", "hr-reader"),
            "AGL-11",
            (
                f"Write '{ROLE}'.",
                f"Add '{ROLE.replace('fin-reader', 'hr-reader')}' to rules.location-role-allowed.allow in rules.yaml.",
            ),
            id="another team's role",
        ),
        pytest.param(
            "s3://acme-data-prod-eu/fin/*",
            f"arn:aws:iam::{PROD}:role/Admin",
            "AGL-12",
            (),
            id="a denied name",
        ),
        pytest.param("s3://", ROLE, "AGL-03", (), id="every bucket: no narrower scope is meant"),
        pytest.param("acme", ROLE, "AGL-03", (), id="no scope at all"),
        pytest.param("s3://acme-data-prod-eu/fin/*", "Admin", "AGL-11", (), id="no role at all"),
    ],
)
def test_edits(scope: str, role: str, rule: str, edits: tuple[str, ...]) -> None:
    """What could be written instead, or added to the rules."""
    answer = answers(scope, role)[rule]

    assert answer.finding.outcome is Outcome.FAIL
    assert answer.edits == edits


@pytest.mark.parametrize(
    ("scope", "role"),
    [
        ("s3://acme-data-dev-eu/fin", ROLE),
        ("s3://acme-data-prod-eu/fin/eu/2026", ROLE.replace("fin-", "hr-")),
        ("s3://acme-data-prod/fin/*", ROLE.replace("access-grants/", "")),
        ("s3://acme-shared", ROLE),
    ],
)
def test_edits_pass(scope: str, role: str) -> None:
    """Nothing is offered that the judge would not pass."""
    for rule, answer in answers(scope, role).items():
        for edit in answer.edits:
            if written := re.fullmatch(r"Write '(.*)'\.", edit):
                text = written[1]
                again = answers(text, role) if text.startswith("s3://") else answers(scope, text)
                assert again[rule].finding.outcome is Outcome.PASS


def test_captures_that_disagree() -> None:
    """A pattern may match a role and yet be another team's."""
    answer = answers("s3://acme-data-prod-eu/fin/*", ROLE.replace("fin-", "hr-"))["AGL-11"]

    assert answer.because[0].startswith("Matched by itself by 'arn:{partition}")
    assert answer.nearest == ""


def test_waiver() -> None:
    """The waiver that applies, and the one that has ended, with the line where it stands."""
    waived = answers("s3://acme-legacy/fin/*")["AGL-03"]
    expired = answers("s3://acme-older/fin/*")["AGL-03"]

    assert waived.finding.outcome is Outcome.WAIVED
    assert waived.waivers == ("data-platform: moves in Q1 (until 2027-01-31), rules.yaml:24",)
    assert expired.finding.outcome is Outcome.FAIL
    assert expired.waivers == ("data-platform: moved in Q1 (until 2026-01-31), rules.yaml:26",)


def test_stack_that_may() -> None:
    """A stack can be the reason."""
    answer = answers("s3://", stack="lake-eu")["AGL-01"]

    assert answer.finding.outcome is Outcome.PASS
    assert answer.because == (
        "Allowed by 'lake-*', which names the stack 'lake-eu' (allowStacks of rules.location-not-default)",
    )


def test_what_was_not_given_is_not_asked() -> None:
    """Without a role its rules are left out; without an account its patterns cannot be decided."""
    found = {
        answer.finding.rule.id: answer
        for answer in explain(a_rulebook(), Question("s3://acme-data-prod-eu/fin/*"), TODAY)
    }

    assert [rule for rule, answer in found.items() if not answer.asked] == ["AGL-09", "AGL-10", "AGL-11", "AGL-12"]
    assert found["AGL-03"].finding.outcome is Outcome.UNKNOWN
    assert found["AGL-03"].finding.message == "{account.name} in the patterns is not given here"


def test_account_of_the_role() -> None:
    """A location lies where its role does, when nobody says else."""
    assert answers("s3://acme-data-prod-eu/fin/*", account="")["AGL-03"].finding.outcome is Outcome.PASS
