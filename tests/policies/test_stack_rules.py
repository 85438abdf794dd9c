"""Rules that look at the whole stack, and rules that put a value right: the judge's side of both."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import (
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Finding,
    Level,
    Outcome,
    Resource,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.judge import Judge
from grantgate_policies.program import Program
from grantgate_policies.rulebook import RuleBook, RulesFileError, parse
from grantgate_policies.subjects import CLASSIC_LOCATION, Location, Role, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROLE_TYPE = "aws:iam/role:Role"
TODAY = dt.date(2026, 11, 21)


def a_rule(judge: Callable[..., Verdict], **members: Any) -> Rule:
    given: dict[str, Any] = {
        "id": "TST-01",
        "name": "alone-in-its-bucket",
        "about": (Location,),
        "severity": Severity.HIGH,
        "level": Level.MANDATORY,
        "summary": "No other location has the scope",
        "why": "w",
        "fix": "f",
        "source": "s",
        "url": "u",
        "judge": judge,
        "needs": ("location_scope",),
        **members,
    }
    return Rule(**given)


def scopes_of(program: Program) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = {}
    for location in program.of(Location):
        found.setdefault(location.location_scope, []).append(location.resource.name)
    return found


def alone(location: Location, _context: Context, scopes: Mapping[Any, list[str]]) -> Verdict:
    others = [name for name in scopes[location.location_scope] if name != location.resource.name]
    scope = str(location.location_scope)
    if not others:
        return PASSED
    return Broken("locationScope", scope, "one location", f"scope {scope!r} is also that of {', '.join(others)}")


ALONE = a_rule(alone, gather=scopes_of)


def a_rulebook(*rules: Rule, settings: Mapping[str, Any] | None = None, **sections: Any) -> RuleBook:
    content = {"version": 1, "organization": {"name": "acme"}, "rules": settings or {}, **sections}
    return parse(json.dumps(content), name="rules.json", rules=rules)


def a_judge(*rules: Rule, **sections: Any) -> Judge:
    return Judge(a_rulebook(*rules, **sections), "prod", TODAY)


def a_location(name: str, scope: Any = "s3://b/x/*", **members: Any) -> Resource:
    props = {"locationScope": scope} if scope is not None else {}
    return Resource(f"urn:pulumi:prod::data::{CLASSIC_LOCATION}::{name}", CLASSIC_LOCATION, name, props, **members)


def outcomes(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {finding.resource.name: finding.outcome.value for finding in findings}


def test_each_fact_has_one_verdict() -> None:
    """A stack rule judges every resource by the others, in the order of their URNs."""
    found = a_judge(ALONE).stack_findings([a_location("c"), a_location("a"), a_location("b", "s3://other/")])

    assert list(outcomes(found).items()) == [("a", "FAIL"), ("b", "PASS"), ("c", "FAIL")]
    assert found[0].message == "scope 's3://b/x/*' is also that of c"
    assert found[0].blocks


def test_a_stack_rule_says_nothing_about_one_resource() -> None:
    """Judged by itself, a resource has the findings of resource rules alone, and the other way round."""
    own = a_rule(lambda *_: PASSED, id="TST-02", name="own")
    judge = a_judge(ALONE, own)

    assert [one.rule.id for one in judge.findings(a_location("a"))] == ["TST-02"]
    assert [one.rule.id for one in judge.stack_findings([a_location("a")])] == ["TST-01"]


@pytest.mark.parametrize(
    ("scope", "outcome"),
    [
        pytest.param(UNKNOWN, "UNKNOWN", id="not known yet"),
        pytest.param(7, "FAIL", id="no text"),
        pytest.param(None, "FAIL", id="not there"),
    ],
)
def test_what_a_stack_rule_needs(scope: Any, outcome: str) -> None:
    """Its needs are met as a resource rule's are, and one resource's trouble is not another's."""
    found = a_judge(ALONE).stack_findings([a_location("a", scope), a_location("b", "s3://c/")])

    assert outcomes(found) == {"a": outcome, "b": "PASS"}


def test_a_gather_that_raises() -> None:
    """Every resource that the rule is about has an ERROR, and no other rule has."""

    def gather(_program: Program) -> Any:
        raise KeyError("canary")

    broken = a_rule(alone, id="TST-02", name="broken", gather=gather)
    found = a_judge(ALONE, broken).stack_findings([a_location("a"), a_location("b", "s3://c/")])

    assert [(one.rule.id, one.outcome.value) for one in found] == [("TST-01", "PASS"), ("TST-02", "ERROR")] * 2
    assert "canary" not in found[1].message
    assert found[1].blocks


def test_a_judgement_that_raises() -> None:
    """Only that resource has an ERROR."""

    def judge(location: Location, context: Context, scopes: Any) -> Verdict:
        if location.resource.name == "a":
            raise ValueError("no")
        return alone(location, context, scopes)

    found = a_judge(a_rule(judge, gather=scopes_of)).stack_findings([a_location("a"), a_location("b", "s3://c/")])

    assert outcomes(found) == {"a": "ERROR", "b": "PASS"}


def test_a_resource_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an ERROR for every stack rule, and rules are told that it is there."""
    told: list[tuple[str, ...]] = []

    def gather(program: Program) -> Any:
        told.append(program.unread)
        return scopes_of(program)

    def facts(resource: Resource) -> Any:
        if resource.name == "a":
            raise TypeError("no")
        return (Location(resource, "s3://c/", UNKNOWN, UNKNOWN, UNKNOWN, live=False),)

    monkeypatch.setattr("grantgate_policies.judge.facts_of", facts)
    judge = a_judge(a_rule(alone, gather=gather))
    resources = [a_location("a"), a_location("b")]

    assert outcomes(judge.stack_findings(resources)) == {"a": "ERROR", "b": "PASS"}
    assert told == [(resources[0].urn,)]
    assert outcomes(judge.findings(resources[0])) == {}


def test_levels_and_waivers() -> None:
    """The rules file is over stack rules as over the others."""
    waiver = {"rule": ALONE.name, "match": {"resource": "a"}, "owner": "o", "reason": "r", "expires": "2026-12-01"}
    judge = a_judge(ALONE, settings={ALONE.name: {"level": "advisory"}}, waivers=[waiver])

    first, second = judge.stack_findings([a_location("a"), a_location("b")])

    assert (first.outcome, second.outcome, second.blocks) == (Outcome.WAIVED, Outcome.FAIL, False)
    assert judge.used == {0}


def test_a_rule_that_is_off_gathers_nothing() -> None:
    """What is disabled is not applicable."""
    judge = a_judge(a_rule(alone, gather=lambda _: 1 / 0), settings={ALONE.name: {"level": "disabled"}})

    (found,) = judge.stack_findings([a_location("a")])

    assert found.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("secret", ["s3://canary-bucket/fin/*", "s3://qq-zz/x1/*"])
@pytest.mark.parametrize("tells", ["broken", "unsure"])
def test_another_resources_secret(tells: str, secret: str) -> None:
    """A text about one resource never tells what another holds as a secret, nor a piece of it."""

    def judge(location: Location, _context: Context, scopes: Mapping[Any, list[str]]) -> Verdict:
        other = next(scope for scope in scopes if scope != location.location_scope)
        if tells == "broken":
            return Broken("locationScope", "x", "y", f"lies inside {other.split('/')[2]}")
        return Unsure("locationScope", f"may lie inside {other}")

    hidden = a_location("a", secret, secret_props=frozenset({"locationScope"}))
    found = a_judge(a_rule(judge, gather=scopes_of)).stack_findings([hidden, a_location("b", "s3://plain/")])

    assert all(secret.split("/")[2] not in json.dumps(one.to_json()) for one in found)
    assert all("secret" in one.message for one in found)


def test_what_rules_share_is_made_once() -> None:
    """Whatever several rules make of the stack, it is made for the first of them."""
    made: list[Program] = []
    program = Program(())

    assert program.once(made.append) is program.once(made.append) is None
    assert made == [program]


def test_who_stands_behind_a_value() -> None:
    """What a property was made of is known before the property is."""
    role = Resource("urn:role", ROLE_TYPE, "reader", {"name": "reader"})
    location = a_location("a", UNKNOWN, made_from={"iamRoleArn": ("urn:role", "urn:nowhere")})
    program = Program(tuple(fact for one in (role, location) for fact in _facts(one)))
    (known,) = program.of(Location)

    assert [one.name for one in program.behind(known, "iamRoleArn", Role)] == ["reader"]
    assert program.behind(known, "locationScope", Role) == ()
    assert program.behind(known, "iamRoleArn", Location) == ()
    assert program.of(Role) == program.at("urn:role", Role)


def _facts(resource: Resource) -> Any:
    return facts_of(resource)


def test_no_rule_changes_its_settings() -> None:
    """A rule that tries is an ERROR, and the next resource is judged by the settings of the file."""

    def judge(location: Location, context: Context, _scopes: Any) -> Verdict:
        if location.resource.name == "a":
            context.settings["allow"].clear()
        return PASSED if context.settings["allow"] == ("x",) else Broken("locationScope", "", "", "changed")

    setting = {"allow": {"type": "array", "items": {"type": "string"}, "default": ["x"]}}
    judge_of = a_judge(a_rule(judge, gather=scopes_of, settings=setting))

    assert outcomes(judge_of.stack_findings([a_location("a"), a_location("b")])) == {"a": "ERROR", "b": "PASS"}


def test_a_gather_that_exits() -> None:
    """Leaving is raising too: neither green nor the end of the gate."""
    found = a_judge(a_rule(alone, gather=lambda _: sys.exit(0))).stack_findings([a_location("a")])

    assert outcomes(found) == {"a": "ERROR"}


def test_words_of_secret_policies() -> None:
    """A secret that is JSON text is as secret as its words, names in it included."""

    def judge(_location: Location, _context: Context, _scopes: Any) -> Verdict:
        return Broken("locationScope", "x", "y", "action 'dynamodb:HushItem' of statement 'Sid1'")

    policy = '{"Statement":[{"Sid":"Sid1","Effect":"Allow","Action":"dynamodb:HushItem","Resource":"*"}]}'
    hidden = Resource("urn:p", "aws:iam/rolePolicy:RolePolicy", "p", {"policy": policy}, frozenset({"policy"}))
    found = a_judge(a_rule(judge, gather=scopes_of)).stack_findings([hidden, a_location("a")])

    assert "Hush" not in json.dumps([one.to_json() for one in found])


# --- remedies ---------------------------------------------------------------------------------------------------------


def ends_in_a_slash(location: Location, _context: Context) -> Verdict:
    scope = str(location.location_scope)
    return PASSED if scope.endswith("/") else Broken("locationScope", scope, "a slash", f"{scope!r} has no slash")


def add_a_slash(location: Location, _context: Context) -> Mapping[str, Any] | None:
    return {"locationScope": f"{location.location_scope}/"}


def a_remedy(remedy: Callable[..., Any] = add_a_slash, **members: Any) -> Rule:
    return a_rule(ends_in_a_slash, remedy=remedy, **members)


REMEDIATE = {"alone-in-its-bucket": {"level": "remediate"}}


def test_a_remedy_puts_right() -> None:
    """At the level remediate, and only there."""
    resource = a_location("a", "s3://b")

    ((rule, changed),) = a_judge(a_remedy(), settings=REMEDIATE).remedies(resource)

    assert (rule.id, changed) == ("TST-01", {"locationScope": "s3://b/"})
    assert list(a_judge(a_remedy()).remedies(resource)) == []
    assert list(a_judge(a_remedy(), settings=REMEDIATE).remedies(a_location("a", "s3://b/"))) == []


@pytest.mark.parametrize(
    "remedy",
    [
        pytest.param(lambda *_: None, id="none to offer"),
        pytest.param(lambda *_: {"locationScope": "still-none"}, id="one that does not help"),
        pytest.param(lambda *_: 1 / 0, id="one that raises"),
        pytest.param(lambda *_: [("locationScope", "s3://b/")], id="no map"),
        pytest.param(lambda *_: {"locationScope": "s3://b/", "x": object()}, id="what is no JSON"),
    ],
)
def test_a_remedy_that_is_none(remedy: Any) -> None:
    """Nothing is changed, and the resource fails as it is: at that level a failure blocks."""
    judge = a_judge(a_remedy(remedy), settings=REMEDIATE)
    resource = a_location("a", "s3://b")

    assert list(judge.remedies(resource)) == []
    (found,) = judge.findings(resource)
    assert (found.outcome, found.blocks) == (Outcome.FAIL, True)


def test_a_remedy_must_not_break_another_rule() -> None:
    """What passed before has to pass after."""

    def short(location: Location, _context: Context) -> Verdict:
        scope = str(location.location_scope)
        return PASSED if len(scope) < 7 else Broken("locationScope", scope, "6", "too long")

    judge = a_judge(a_remedy(), a_rule(short, id="TST-02", name="short"), settings=REMEDIATE)

    assert list(judge.remedies(a_location("a", "s3://b"))) == []
    assert list(judge.remedies(a_location("a", "s3://bc"))) != []


def test_nothing_is_put_right_of_what_is_not_known() -> None:
    """Only a failure has a remedy; what is undecided stays undecided."""
    judge = a_judge(a_remedy(lambda *_: {"locationScope": "s3://b/"}), settings=REMEDIATE)

    assert list(judge.remedies(a_location("a", UNKNOWN))) == []


@pytest.mark.parametrize(
    ("sections", "right"),
    [
        pytest.param({}, False, id="nowhere"),
        pytest.param({"settings": REMEDIATE}, True, id="in the rules"),
        pytest.param(
            {"environments": {"dev": {"match": {"stacks": ["*-dev"]}, "rules": REMEDIATE}}},
            True,
            id="in one environment",
        ),
    ],
)
def test_whether_anything_is_put_right(sections: dict[str, Any], right: bool) -> None:  # noqa: FBT001 - expected
    """One place that says remediate is enough for resources to be looked at."""
    assert a_judge(a_remedy(), **sections).puts_right() is right


def test_a_level_from_outside_puts_right() -> None:
    """So is `--policy-pack-config`."""
    judge = Judge(a_rulebook(a_remedy()), "prod", TODAY, levels={"alone-in-its-bucket": Level.REMEDIATE})

    assert judge.puts_right()


def test_a_level_without_a_remedy() -> None:
    """Only rules that know the one value take the level remediate."""
    with pytest.raises(RulesFileError, match="remediate"):
        a_rulebook(ALONE, settings=REMEDIATE)
