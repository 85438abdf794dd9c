"""The harness for authors: what a test declares reaches a rule as it would in a run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Fact,
    Level,
    Resource,
    Rule,
    Severity,
    Skipped,
    Unsure,
)
from grantgate_policies.faults import RulesFileError
from grantgate_policies.rules.agl03_scope_allowed import RULE as SCOPE
from grantgate_policies.rules.agl04_prefix_delimited import RULE as DELIMITED
from grantgate_policies.rules.agl11_role_allowed import RULE as ROLE
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION, Location
from grantgate_policies.subjects import Role as RoleFact
from grantgate_policies.testing import Outcome, Outcomes, judge, resource, secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_policies.program import Program

IAM_ROLE = "aws:iam/role:Role"
FOLDER = "s3://acme-data/finance/*"
PREFIX = "s3://acme-data/fin*"


def a_rule(judge: Callable[..., Any], **changes: Any) -> Rule:
    return Rule(
        **{
            "id": "ACME-01",
            "name": "acme-first",
            "about": (Location,),
            "severity": Severity.HIGH,
            "level": Level.MANDATORY,
            "summary": "It is so",
            "why": "",
            "fix": "Make it so.",
            "source": "",
            "url": "",
            "judge": judge,
            **changes,
        }
    )


def seen(*resources: Any, stack_rule: bool = False, **options: Any) -> list[Resource]:
    """Give the resources as a rule sees them."""
    found: list[Resource] = []

    def note(fact: Fact, *_more: object) -> Any:
        found.append(fact.resource)
        return PASSED

    judge(a_rule(note, gather=(lambda program: program) if stack_rule else None), *resources, **options)
    return found


# --- outcomes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "outcome"),
    [
        pytest.param(FOLDER, "PASS", id="good"),
        pytest.param(PREFIX, "FAIL", id="bad"),
        pytest.param(UNKNOWN, "UNKNOWN", id="not known"),
        pytest.param(secret(PREFIX), "FAIL", id="secret"),
        pytest.param(secret(UNKNOWN), "UNKNOWN", id="secret and not known"),
        pytest.param(None, "FAIL", id="null"),
        pytest.param(7, "FAIL", id="no text"),
    ],
)
def test_one_rule(scope: Any, outcome: str) -> None:
    """A rule that takes no settings is judged as it comes; an outcome equals its word."""
    outcomes = judge(DELIMITED, resource(CLASSIC_LOCATION, "it", locationScope=scope))

    assert outcomes.of("AGL-04", "it") == outcome
    assert outcomes.of(DELIMITED) is Outcome(outcome)
    assert "finance" not in str(outcomes)


def test_settings_levels_and_several_resources() -> None:
    """What the rules file says of the rule is given flat; resources are told apart by name."""
    outcomes = judge(
        SCOPE,
        resource(CLASSIC_LOCATION, "in", locationScope=FOLDER),
        resource(NATIVE_LOCATION, "out", locationScope="s3://other/x/*"),
        settings={"allow": ["s3://acme-data/{team}/*"], "level": "advisory"},
    )

    assert outcomes.of("location-scope-allowed", "in") == "PASS"
    assert outcomes.of("location-scope-allowed", "out") == "FAIL"
    assert [finding.level for finding in outcomes.found(SCOPE)] == [Level.ADVISORY, Level.ADVISORY]
    assert outcomes.messages(SCOPE, "in") == ()
    assert "s3://other/x/*" in outcomes.messages(SCOPE, "out")[0]


def test_captures_flow_between_rules() -> None:
    """Several rules judge in the order that they are given, and settings go by name."""
    location = {"locationScope": FOLDER, "iamRoleArn": "arn:aws:iam::111122223333:role/access-grants/hr-reader"}
    settings = {
        SCOPE.name: {"allow": ["s3://acme-data/{team}/*"]},
        ROLE.name: {"allow": ["arn:aws:iam::*:role/access-grants/{team}-reader"]},
    }
    outcomes = judge((SCOPE, ROLE), resource(CLASSIC_LOCATION, "it", props=location), settings=settings)

    assert outcomes.of(SCOPE) == "PASS"
    assert outcomes.of(ROLE) == "FAIL"
    assert "{team} = 'finance'" in outcomes.messages(ROLE)[0]


def resources_of(*names: str) -> Outcomes:
    return judge(DELIMITED, *(resource(CLASSIC_LOCATION, name, locationScope=FOLDER) for name in names))


@pytest.mark.parametrize(
    ("rule", "name", "told"),
    [
        pytest.param("AGL-03", "a", "no outcome of AGL-03 on 'a'; found:\nPASS AGL-04", id="no such rule"),
        pytest.param("AGL-04", "c", "no outcome of AGL-04 on 'c'; found:\nPASS AGL-04", id="no such resource"),
    ],
)
def test_an_outcome_that_is_not_there(rule: str, name: str, told: str) -> None:
    """What was found is told, so that a test that asks in vain explains itself."""
    with pytest.raises(LookupError) as caught:
        resources_of("a", "b").of(rule, name)

    assert str(caught.value).startswith(told)


def test_outcomes_that_differ() -> None:
    """One outcome of several resources is one that all of them have."""
    outcomes = judge(
        DELIMITED,
        resource(CLASSIC_LOCATION, "a", locationScope=FOLDER),
        resource(CLASSIC_LOCATION, "b", locationScope=PREFIX),
    )

    with pytest.raises(LookupError, match=r"FAIL and PASS of AGL-04; found:\nPASS .* on 'a'\nFAIL .* on 'b': "):
        outcomes.of("AGL-04")


def test_a_rule_that_raises() -> None:
    """It is an ERROR as in a run, and the resource's values are not in it."""
    outcomes = judge(a_rule(lambda fact, _: fact.no_such_field), resource(CLASSIC_LOCATION, "it", locationScope=FOLDER))

    assert outcomes.of("ACME-01") == "ERROR"
    (message,) = outcomes.messages("ACME-01")
    assert message.startswith("the rule could not be judged: AttributeError in test_testing.py:")


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        pytest.param(Broken("f", "o", "e", "m"), "FAIL", id="broken"),
        pytest.param(Unsure("f", "r"), "UNKNOWN", id="unsure"),
        pytest.param(Skipped("r"), "NOT_APPLICABLE", id="skipped"),
        pytest.param(None, "ERROR", id="nothing"),
        pytest.param(True, "ERROR", id="a truth value"),
    ],
)
def test_what_a_rule_concludes(verdict: Any, outcome: str) -> None:
    """Only a verdict counts."""
    assert judge(a_rule(lambda *_: verdict), resource(CLASSIC_LOCATION, "it")).of("ACME-01") == outcome


def test_a_type_that_no_rule_reads() -> None:
    """Nothing is found of it."""
    assert judge(DELIMITED, resource("aws:sqs/queue:Queue", "it")).findings == ()


# --- sections of a rules file -----------------------------------------------------------------------------------------

WAIVER = {
    "rule": DELIMITED.name,
    "match": {"resource": "it"},
    "owner": "o",
    "reason": "r",
    "expires": dt.date(2026, 2, 1),
}


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        pytest.param({}, "WAIVED", id="before its end"),
        pytest.param({"today": dt.date(2026, 2, 1)}, "WAIVED", id="on its last day"),
        pytest.param({"today": dt.date(2026, 2, 2)}, "FAIL", id="after it"),
        pytest.param({"today": dt.datetime(2026, 2, 1, 23, 59, tzinfo=dt.UTC)}, "WAIVED", id="a time"),
        pytest.param({"settings": {"waivable": False}, "waivers": []}, "FAIL", id="without it"),
    ],
)
def test_waivers(options: dict[str, Any], outcome: str) -> None:
    """Waivers are held against a day that does not change by itself."""
    outcomes = judge(
        DELIMITED, resource(CLASSIC_LOCATION, "it", locationScope=PREFIX), **{"waivers": [WAIVER], **options}
    )

    assert outcomes.of(DELIMITED) == outcome


def test_environments_and_accounts() -> None:
    """The account chooses the environment, else the stack does."""
    environments = {
        "dev": {"match": {"stacks": ["*-dev"]}, "rules": {DELIMITED.name: {"level": "advisory"}}},
        "prod": {"rules": {DELIMITED.name: {"severity": "critical"}}},
    }
    listed = resource(CLASSIC_LOCATION, "a", locationScope=PREFIX, accountId="111122223333")
    other = resource(CLASSIC_LOCATION, "b", locationScope=PREFIX, accountId="999999999999")
    prod, dev = judge(DELIMITED, listed, other, environments=environments, stack="x-dev").findings

    assert (prod.level, prod.severity) == (Level.MANDATORY, Severity.CRITICAL)
    assert dev.level is Level.ADVISORY


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({"settings": {"levle": "high"}}, "rules.location-prefix-delimited.levle: unknown key", id="key"),
        pytest.param({"waivers": [{**WAIVER, "rule": "x"}]}, "waivers[0].rule: 'x' is not a rule", id="waiver"),
        pytest.param({"organization": {}}, "organization.name: missing, a required key", id="organization"),
    ],
)
def test_what_would_be_no_rules_file(options: dict[str, Any], told: str) -> None:
    """Settings are checked as a rules file's."""
    with pytest.raises(RulesFileError) as caught:
        judge(DELIMITED, resource(CLASSIC_LOCATION, "it"), **options)

    assert told in str(caught.value)


# --- what a rule sees -------------------------------------------------------------------------------------------------


def test_the_wire() -> None:
    """Numbers arrive as floats, unknowns and secrets as such at any depth, and the pickled provider never."""
    props = {
        "count": 900,
        "on": True,
        "list": [UNKNOWN, {"a": secret(["x", UNKNOWN])}],
        "nothing": None,
        "absent": ABSENT,
        "plain": {"a": (1,)},
        "__provider": "gASV",
    }
    (one,) = seen(resource(CLASSIC_LOCATION, "it", props=props, urn="urn:pulumi:s::p::t::it"))

    assert one.props == {
        "count": 900.0,
        "on": True,
        "list": [UNKNOWN, {"a": ["x", UNKNOWN]}],
        "nothing": None,
        "absent": None,
        "plain": {"a": [1.0]},
    }
    assert isinstance(one.props["count"], float)
    assert one.secret_props == {"list"}
    assert one.urn == "urn:pulumi:s::p::t::it"


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        pytest.param("eu-west-1", "eu-west-1", id="text"),
        pytest.param({"tags": {"a": "b"}}, '{"tags": {"a": "b"}}', id="a map"),
        pytest.param(["1"], '["1"]', id="a list"),
        pytest.param(True, "true", id="a truth value"),
        pytest.param({"tags": [UNKNOWN]}, UNKNOWN, id="a map with an unknown"),
        pytest.param(UNKNOWN, UNKNOWN, id="unknown"),
        pytest.param(secret({"a": [secret("b")]}), UNKNOWN, id="a secret map, which no rule may know"),
        pytest.param([secret(UNKNOWN)], UNKNOWN, id="an unknown secret in a list"),
    ],
)
def test_providers(given: Any, arrives: Any) -> None:
    """A provider's structured configuration is JSON text."""
    (one,) = seen(resource(CLASSIC_LOCATION, "it", provider={"x": given}))

    assert one.provider_props == {"x": arrives}


def test_sources() -> None:
    """Only stack rules are shown what a value was made from: a resource, its name, or a URN."""
    role = resource(IAM_ROLE, "reader")
    location = resource(
        CLASSIC_LOCATION,
        "it",
        iamRoleArn=UNKNOWN,
        made_from={"iamRoleArn": role, "region": ["reader", "urn:pulumi:x::y::z::w"]},
        previous={"iamRoleArn": "arn"},
    )
    urn = f"urn:pulumi:prod::tested::{IAM_ROLE}::reader"
    (by_itself,) = seen(location, role)
    (in_stack,) = seen(location, role, stack_rule=True)

    assert by_itself.made_from == {}
    assert in_stack.made_from == {"iamRoleArn": (urn,), "region": (urn, "urn:pulumi:x::y::z::w")}
    assert by_itself.previous == {"iamRoleArn": "arn"}


def test_a_stack_rule_sees_the_stack() -> None:
    """What it gathers is made of every resource, and it may follow a value to its source."""

    def gather(program: Program) -> Program:
        return program

    def judged(location: Location, _context: Context, program: Program) -> Any:
        found = program.behind(location, "iamRoleArn", RoleFact)
        return PASSED if found else Broken("iamRoleArn", "", "", "no role of this stack")

    outcomes = judge(
        a_rule(judged, gather=gather),
        resource(CLASSIC_LOCATION, "own", iamRoleArn=UNKNOWN, made_from={"iamRoleArn": "reader"}),
        resource(CLASSIC_LOCATION, "foreign", iamRoleArn=UNKNOWN),
        resource(IAM_ROLE, "reader"),
    )

    assert (outcomes.of("ACME-01", "own"), outcomes.of("ACME-01", "foreign")) == ("PASS", "FAIL")


def test_the_moment() -> None:
    """Rules are told a time that does not change by itself, the stack and whether this is a preview."""
    contexts: list[Context] = []

    def note(_fact: Fact, context: Context) -> Any:
        contexts.append(context)
        return PASSED

    judge(a_rule(note), resource(CLASSIC_LOCATION, "it"))
    judge(a_rule(note), resource(CLASSIC_LOCATION, "it"), preview=True, stack="dev", today=dt.date(2027, 1, 31))

    noon = dt.time(12, tzinfo=dt.UTC)
    assert [(one.now, one.preview, one.stack) for one in contexts] == [
        (dt.datetime.combine(dt.date(2026, 1, 1), noon), False, "prod"),
        (dt.datetime.combine(dt.date(2027, 1, 31), noon), True, "dev"),
    ]


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        pytest.param(
            [resource(CLASSIC_LOCATION, "a"), resource(CLASSIC_LOCATION, "a")], "two resources with the URN", id="twice"
        ),
        pytest.param(
            [resource(CLASSIC_LOCATION, "a", made_from={"x": "b"})], "made from 'b', resources are a", id="no source"
        ),
        pytest.param([resource(CLASSIC_LOCATION, "a", x={1})], "a set where a text, a number", id="no JSON"),
    ],
)
def test_what_the_engine_could_not_send(resources: list[Any], told: str) -> None:
    """A declaration that no program makes is a mistake of the test."""
    with pytest.raises(ValueError, match=told):
        judge(DELIMITED, *resources)


def test_secrets_do_not_show_themselves() -> None:
    """A failing test prints its arguments."""
    assert "salaries" not in repr(resource(CLASSIC_LOCATION, "it", locationScope=secret("s3://salaries")))
