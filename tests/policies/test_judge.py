"""The judge: captures across rules, waivers, unknowns, levels, secrets, and rules that raise."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
from grantgate.kinds import INSTANCE_FOR_PREFIX, LOCATION, OPERATION
from grantgate_policies.core import (
    UNKNOWN,
    Broken,
    Finding,
    Level,
    OnUnknown,
    Outcome,
    Resource,
    Rule,
    Skipped,
    Unsure,
)
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION, READERS

ACCOUNT, OTHER = "111122223333", "444455556666"
SCOPE = "s3://acme-fin-eu/fin/*"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin-reader"
LAST = dt.date(2026, 11, 30)
CAPTURES = {
    "location-scope-allowed": {"allow": ["s3://acme-*/{team}/*"]},
    "location-role-allowed": {
        "level": "mandatory",
        "allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"],
    },
}
LOCATIONS = [
    pytest.param(LOCATION.type, id="lookup"),
    pytest.param(CLASSIC_LOCATION, id="classic"),
    pytest.param(NATIVE_LOCATION, id="native"),
]


def a_rulebook(rules: dict[str, Any] | None = None, **sections: Any) -> RuleBook:
    accounts = {
        ACCOUNT: {"name": "data-prod", "environment": "prod"},
        OTHER: {"name": "data-dev", "environment": "dev"},
    }
    content = {
        "version": 1,
        "organization": {"name": "acme", "accounts": accounts, "regions": ["eu-west-1"]},
        "rules": rules or {},
        **sections,
    }
    return parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)


def a_waiver(rule: str = "location-scope-allowed", expires: dt.date = LAST, **match: str) -> dict[str, Any]:
    found = {"rule": rule, "match": match, "owner": "data", "reason": "moves", "expires": expires.isoformat()}
    return {**found, "ticket": "DATA-1"}


def a_judge(book: RuleBook, *, today: dt.date = LAST, stack: str = "main", **members: Any) -> Judge:
    return Judge(book, stack, today, **members)


def a_location(kind: str = LOCATION.type, **props: Any) -> Resource:
    known = {
        "lookup": "performed",
        "accountId": ACCOUNT,
        "region": "eu-west-1",
        "locationScope": SCOPE,
        "iamRoleArn": ROLE,
        "accessGrantsLocationArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/x",
        "createdAt": "2026-01-15T09:30:00Z",
    }
    members = {name: props.pop(name) for name in ("secret_props", "provider_props", "name") if name in props}
    name = members.pop("name", "it")
    shown = {key: value for key, value in {**known, **props}.items() if value is not None}
    return Resource(f"urn:pulumi:main::data::{kind}::{name}", kind, name, shown, **members)


def of(findings: tuple[Finding, ...], rule_id: str) -> Finding:
    (found,) = (one for one in findings if one.rule.id == rule_id)
    return found


def texts(finding: Finding) -> str:
    return json.dumps([finding.to_json(), finding.edit, finding.waiver], ensure_ascii=False)


# --- what is judged ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        pytest.param("aws:s3/bucket:Bucket", [], id="a type that no rule is about"),
        pytest.param("", [], id="no type"),
        pytest.param("pulumi-python:dynamic/grantgate:Later", ["LKP-01"], id="a lookup of another release"),
        pytest.param(INSTANCE_FOR_PREFIX.type, ["AGI-02", "LKP-01"], id="an instance"),
        pytest.param(OPERATION.type, ["ASY-01", "LKP-01"], id="an operation"),
        pytest.param(
            CLASSIC_LOCATION,
            ["AGL-01", "AGL-02", "AGL-03", "AGL-04", "AGL-05", "AGL-08", "AGL-09", "AGL-10", "AGL-11", "AGL-12"],
            id="a declared location",
        ),
    ],
)
def test_one_finding_for_each_rule(kind: str, ids: list[str]) -> None:
    """Every rule about the type has a finding, even on a resource without properties."""
    findings = a_judge(a_rulebook()).findings(Resource("urn", kind, "it", {}))

    assert [finding.rule.id for finding in findings] == ids
    assert not findings or any(finding.blocks for finding in findings)


def test_the_stack_is_read_as_it_is_shown() -> None:
    """A resource that changed under its URN is judged anew; one that is shown twice is judged as each."""
    judge = a_judge(a_rulebook())
    before, after = a_location(CLASSIC_LOCATION), a_location(CLASSIC_LOCATION, locationScope="nonsense")
    alone = judge.findings(before)

    found = [one for one in judge.stack_findings([before, after]) if one.rule.id == "AGL-06"]

    assert alone == judge.findings(before)
    assert {(one.outcome, one.resource is after) for one in found} == {(Outcome.PASS, False), (Outcome.FAIL, True)}


@pytest.mark.parametrize("kind", LOCATIONS)
def test_all_is_well(kind: str) -> None:
    """A location inside every limit passes every rule that is configured."""
    findings = a_judge(a_rulebook(CAPTURES)).findings(a_location(kind))

    outcomes = {finding.rule.id: finding.outcome for finding in findings}
    assert {outcomes.pop(idle) for idle in ("AGL-05", "AGL-08")} == {Outcome.NOT_APPLICABLE}
    assert set(outcomes.values()) == {Outcome.PASS}


# --- captures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LOCATIONS)
@pytest.mark.parametrize(
    ("props", "scope", "role"),
    [
        pytest.param({}, Outcome.PASS, Outcome.PASS, id="the same team"),
        pytest.param({"locationScope": "s3://acme-x/hr/*"}, Outcome.PASS, Outcome.FAIL, id="another team"),
        pytest.param({"locationScope": UNKNOWN}, Outcome.UNKNOWN, Outcome.UNKNOWN, id="an unknown scope"),
        pytest.param({"iamRoleArn": UNKNOWN}, Outcome.PASS, Outcome.UNKNOWN, id="an unknown role"),
        pytest.param({"locationScope": "s3://other/x/*"}, Outcome.FAIL, Outcome.PASS, id="the scope fails by itself"),
        pytest.param({"accountId": UNKNOWN}, Outcome.PASS, Outcome.UNKNOWN, id="an unknown account"),
    ],
)
def test_the_team_of_the_scope_is_the_team_of_the_role(
    kind: str, props: dict[str, Any], scope: Outcome, role: Outcome
) -> None:
    """What one rule captured binds the next one."""
    findings = a_judge(a_rulebook(CAPTURES)).findings(a_location(kind, **props))

    assert (of(findings, "AGL-03").outcome, of(findings, "AGL-11").outcome) == (scope, role)


@pytest.mark.parametrize(
    ("scope", "role", "outcome"),
    [
        pytest.param("s3://acme-hr/fin/*", "fin-x", Outcome.PASS, id="the folder's alternative"),
        pytest.param("s3://acme-hr/fin/*", "hr-x", Outcome.PASS, id="the bucket's alternative"),
        pytest.param("s3://acme-hr/fin/*", "ops-x", Outcome.FAIL, id="none of them"),
        pytest.param("s3://acme-hr/*", "fin-x", Outcome.FAIL, id="only one of them admits the scope"),
    ],
)
def test_several_alternatives(scope: str, role: str, outcome: Outcome) -> None:
    """One alternative under which both rules hold is enough."""
    rules = {**CAPTURES, "location-scope-allowed": {"allow": ["s3://*/{team}/*", "s3://acme-{team}/*"]}}
    arn = f"arn:aws:iam::{ACCOUNT}:role/access-grants/{role}"

    findings = a_judge(a_rulebook(rules)).findings(a_location(locationScope=scope, iamRoleArn=arn))

    assert of(findings, "AGL-03").outcome is Outcome.PASS
    assert of(findings, "AGL-11").outcome is outcome


def test_captures_flow_through_three_rules() -> None:
    """Scope, prefix and role agree on one text, and the middle one narrows the alternatives."""
    rules = {
        **CAPTURES,
        "location-scope-allowed": {"allow": ["s3://*/{team}/*", "s3://acme-{team}/*"]},
        "location-prefix-template": {"templates": ["{team}/"]},
    }
    arn = f"arn:aws:iam::{ACCOUNT}:role/access-grants/hr-x"

    findings = a_judge(a_rulebook(rules)).findings(a_location(locationScope="s3://acme-hr/fin/*", iamRoleArn=arn))

    assert of(findings, "AGL-05").outcome is Outcome.PASS
    assert of(findings, "AGL-11").outcome is Outcome.FAIL


def test_captures_end_with_the_resource() -> None:
    """Two resources may be of two teams."""
    judge = a_judge(a_rulebook(CAPTURES))
    hr = a_location(locationScope="s3://acme-x/hr/*", iamRoleArn=ROLE.replace("fin-", "hr-"))

    for resource in (a_location(), hr, a_location()):
        assert of(judge.findings(resource), "AGL-11").outcome is Outcome.PASS


def test_an_undecided_rule_without_captures_leaves_nothing_open() -> None:
    """Only names that the undecided patterns would have captured wait."""
    rules = {**CAPTURES, "location-scope-allowed": {"allow": ["s3://{region}-x/*"]}}

    findings = a_judge(a_rulebook(rules)).findings(a_location(region=UNKNOWN))

    assert of(findings, "AGL-03").outcome is Outcome.UNKNOWN
    assert of(findings, "AGL-11").outcome is Outcome.PASS


# --- what is not known ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LOCATIONS)
@pytest.mark.parametrize(
    ("on_unknown", "level", "blocks", "quiet"),
    [
        pytest.param("fail", Level.MANDATORY, True, False, id="fail"),
        pytest.param("warn", Level.ADVISORY, False, False, id="warn"),
        pytest.param("pass", Level.ADVISORY, False, True, id="pass"),
    ],
)
def test_on_unknown(kind: str, on_unknown: str, level: Level, *, blocks: bool, quiet: bool) -> None:
    """The rule's own word decides what an unknown does; it is UNKNOWN in any case."""
    book = a_rulebook({"location-scope-valid": {"onUnknown": on_unknown}})

    found = of(a_judge(book).findings(a_location(kind, locationScope=UNKNOWN)), "AGL-02")

    assert (found.outcome, found.level, found.blocks, found.quiet) == (Outcome.UNKNOWN, level, blocks, quiet)
    assert (found.field, found.message) == ("locationScope", "locationScope is not known in this preview")


def test_an_advisory_rule_never_blocks_on_an_unknown() -> None:
    """An unknown stops the run at the rule's own level."""
    book = a_rulebook({"location-scope-valid": {"level": "advisory", "onUnknown": "fail"}})

    found = of(a_judge(book).findings(a_location(locationScope=UNKNOWN)), "AGL-02")

    assert (found.outcome, found.level, found.blocks) == (Outcome.UNKNOWN, Level.ADVISORY, False)


def test_one_rules_unknown_hides_no_other_failure() -> None:
    """The scope may wait, the role fails."""
    resource = a_location(locationScope=UNKNOWN, iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/Admin")
    book = a_rulebook({name: {"onUnknown": "pass"} for name in ("location-scope-valid", "location-prefix-delimited")})

    findings = a_judge(book).findings(resource)

    assert (of(findings, "AGL-12").outcome, of(findings, "AGL-12").blocks) == (Outcome.FAIL, True)
    assert of(findings, "AGL-02").outcome is Outcome.UNKNOWN


# --- levels and settings ----------------------------------------------------------------------------------------------


def test_levels_depend_on_the_account() -> None:
    """An overlay that the account chooses changes level and settings for its resources only."""
    overlay = {"dev": {"rules": {"location-prefix-delimited": {"level": "advisory"}}}}
    judge = a_judge(a_rulebook(environments=overlay))
    scope = "s3://acme-x/fin"
    ours = a_location(locationScope=scope)
    dev = a_location(locationScope=scope, accountId=OTHER, iamRoleArn=f"arn:aws:iam::{OTHER}:role/x")

    assert [of(judge.findings(one), "AGL-04").blocks for one in (ours, dev, ours)] == [True, False, True]


@pytest.mark.parametrize(
    ("sections", "levels", "message"),
    [
        pytest.param(
            {"rules": {"location-role-not-denied": {"level": "disabled"}}},
            {},
            "disabled by the rules file",
            id="by the rules file",
        ),
        pytest.param(
            {"environments": {"prod": {"rules": {"location-role-not-denied": {"level": "disabled"}}}}},
            {},
            "disabled by environments.prod",
            id="by an overlay",
        ),
        pytest.param(
            {},
            {"location-role-not-denied": Level.DISABLED},
            "disabled by --policy-pack-config",
            id="from outside",
        ),
    ],
)
def test_disabled(sections: dict[str, Any], levels: dict[str, Level], message: str) -> None:
    """A rule that somebody switched off says who did."""
    resource = a_location(iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/Admin")

    found = of(a_judge(a_rulebook(**sections), levels=levels).findings(resource), "AGL-12")

    assert (found.outcome, found.blocks, found.message) == (Outcome.NOT_APPLICABLE, False, message)


def test_settings_from_outside_configure_a_rule() -> None:
    """They beat the rules file's, key by key."""
    outside = {"location-scope-allowed": {"allow": ["s3://elsewhere/*"]}}

    found = of(a_judge(a_rulebook(), settings=outside).findings(a_location()), "AGL-03")

    assert found.outcome is Outcome.FAIL
    assert "'s3://elsewhere/*'" in found.message


def test_the_locked_rule_keeps_its_level() -> None:
    """Whatever is set from outside, a lookup that did not look blocks."""
    judge = a_judge(a_rulebook(), levels={"lookup-performed": Level.DISABLED})

    found = of(judge.findings(a_location(lookup="failed")), "LKP-01")

    assert (found.outcome, found.level, found.blocks) == (Outcome.FAIL, Level.MANDATORY, True)


# --- waivers ----------------------------------------------------------------------------------------------------------

ELSEWHERE = {"location-scope-allowed": {"allow": ["s3://elsewhere/*"]}}


@pytest.mark.parametrize("kind", LOCATIONS)
@pytest.mark.parametrize(
    ("match", "outcome"),
    [
        pytest.param({"account": ACCOUNT}, Outcome.WAIVED, id="the account"),
        pytest.param({"account": OTHER}, Outcome.FAIL, id="another account"),
        pytest.param({"scope": "s3://acme-fin-eu/*"}, Outcome.WAIVED, id="a scope around it"),
        pytest.param({"scope": "s3://acme-fin-eu/fin/x/*"}, Outcome.FAIL, id="a scope inside it"),
        pytest.param({"role": "arn:aws:iam::*:role/access-grants/*"}, Outcome.WAIVED, id="the role"),
        pytest.param({"resource": "it"}, Outcome.WAIVED, id="the name"),
        pytest.param({"urn": "*::other"}, Outcome.FAIL, id="another URN"),
        pytest.param({"resource": "it", "account": OTHER}, Outcome.FAIL, id="every key must match"),
    ],
)
def test_waivers(kind: str, match: dict[str, str], outcome: Outcome) -> None:
    """A waiver that covers the resource lets it pass by name; the failure stays readable."""
    judge = a_judge(a_rulebook(ELSEWHERE, waivers=[a_waiver(**match)]))

    found = of(judge.findings(a_location(kind)), "AGL-03")

    assert (found.outcome, found.blocks) == (outcome, outcome is Outcome.FAIL)
    assert found.message.startswith(f"scope {SCOPE!r} is not inside the allowed 's3://elsewhere/*'")
    assert found.waiver == ("data: moves (until 2026-11-30, DATA-1)" if outcome is Outcome.WAIVED else "")
    assert bool(judge.unused_waivers()) is (outcome is Outcome.FAIL)


@pytest.mark.parametrize(
    ("today", "outcome"),
    [
        pytest.param(LAST, Outcome.WAIVED, id="on its last day"),
        pytest.param(LAST + dt.timedelta(days=1), Outcome.FAIL, id="the day after"),
    ],
)
def test_expiry(today: dt.date, outcome: Outcome) -> None:
    """The last day counts; after it the failure names who has to act, and the waiver is not called unused."""
    judge = a_judge(a_rulebook(ELSEWHERE, waivers=[a_waiver(resource="it")]), today=today)

    found = of(judge.findings(a_location()), "AGL-03")

    assert (found.outcome, found.blocks) == (outcome, outcome is Outcome.FAIL)
    assert found.message.endswith("; the waiver of data ended on 2026-11-30") is (outcome is Outcome.FAIL)
    assert judge.unused_waivers() == ()


def test_one_current_waiver_is_enough() -> None:
    """An expired waiver beside it changes nothing; among expired ones the last is named."""
    early, late = a_waiver(expires=LAST - dt.timedelta(days=9), resource="it"), a_waiver(resource="i*")
    current = a_judge(a_rulebook(ELSEWHERE, waivers=[early, late]))
    over = a_judge(a_rulebook(ELSEWHERE, waivers=[late, early]), today=LAST + dt.timedelta(days=99))

    assert of(current.findings(a_location()), "AGL-03").outcome is Outcome.WAIVED
    assert of(over.findings(a_location()), "AGL-03").message.endswith("ended on 2026-11-30")
    assert current.unused_waivers() == ()


@pytest.mark.parametrize("props", [{}, {"locationScope": UNKNOWN}], ids=["it passes", "it is undecided"])
def test_a_waiver_that_nobody_needs(props: dict[str, Any]) -> None:
    """Only a failure uses a waiver; an unknown is never waived."""
    judge = a_judge(a_rulebook(CAPTURES, waivers=[a_waiver(resource="i*")]))

    found = of(judge.findings(a_location(**props)), "AGL-03")

    assert found.outcome in {Outcome.PASS, Outcome.UNKNOWN}
    assert [waiver.rule for waiver in judge.unused_waivers()] == ["location-scope-allowed"]


def test_not_waivable() -> None:
    """The rules file can forbid waivers; one that was current stops at once when an overlay forbids it."""
    overlay = {"prod": {"rules": {"location-scope-allowed": {"waivable": False}}}}
    judge = a_judge(a_rulebook(ELSEWHERE, environments=overlay, waivers=[a_waiver(resource="it")]))

    found = of(judge.findings(a_location()), "AGL-03")

    assert (found.outcome, found.blocks, found.waiver) == (Outcome.FAIL, True, "")
    assert len(judge.unused_waivers()) == 1


@pytest.mark.parametrize("match", [{"scope": "s3://a*"}, {"role": "arn:aws:iam::*:role/a*"}, {"account": ACCOUNT}])
@pytest.mark.parametrize("value", [UNKNOWN, 7, None, ""], ids=["unknown", "a number", "absent", "empty"])
def test_what_is_not_known_is_not_waived(match: dict[str, str], value: Any) -> None:
    """A waiver that names a property covers only a known text of it."""
    waivers = [a_waiver("location-scope-valid", **match), a_waiver("location-role-valid", **match)]
    props = {"locationScope": value, "iamRoleArn": value, "accountId": value, "accessGrantsLocationArn": value}

    findings = a_judge(a_rulebook(waivers=waivers)).findings(a_location(CLASSIC_LOCATION, **props))

    assert all(finding.outcome is not Outcome.WAIVED for finding in findings)
    assert all(of(findings, one).blocks for one in ("AGL-02", "AGL-10"))


# --- rules and readers that raise -------------------------------------------------------------------------------------

CANARY = "canary-text-of-an-exception"
STRANGE: Any = [("f", "x", "y", 7), ("f", 3, "y", "z"), ("f", "x", "y", None)]
"""Texts as authors get them wrong."""


def raising(rule: Rule, *, error: type[BaseException] = RuntimeError) -> Rule:
    def judge(_fact: Any, _context: Any) -> Any:
        raise error(CANARY)

    return dataclasses.replace(rule, judge=judge)


@pytest.mark.parametrize(
    "error", [RuntimeError, KeyError, StopIteration, RecursionError, AssertionError, SystemExit, GeneratorExit]
)
@pytest.mark.parametrize("level", [Level.MANDATORY, Level.ADVISORY])
def test_a_rule_that_raises(error: type[BaseException], level: Level) -> None:
    """It blocks at whatever level it had, its text stays unseen, and the others are judged."""
    broken = {rule.name: raising(rule, error=error) if rule.id == "AGL-04" else rule for rule in RULES}
    levels = {"location-prefix-delimited": level}

    findings = a_judge(a_rulebook(CAPTURES), rules=tuple(broken.values()), levels=levels).findings(a_location())

    found = of(findings, "AGL-04")
    assert (found.outcome, found.level, found.blocks) == (Outcome.ERROR, Level.MANDATORY, True)
    assert found.message.startswith(f"the rule could not be judged: {error.__name__} in test_judge.py:")
    assert CANARY not in texts(found)
    assert of(findings, "AGL-11").outcome is Outcome.PASS


def test_a_rule_that_raises_is_not_waived() -> None:
    """A waiver excuses a failure, not a judgement that did not happen."""
    rules = tuple(raising(rule) if rule.id == "AGL-03" else rule for rule in RULES)
    book = a_rulebook(ELSEWHERE, waivers=[a_waiver(resource="it")])

    assert of(a_judge(book, rules=rules).findings(a_location()), "AGL-03").outcome is Outcome.ERROR


def test_a_rule_that_concludes_nothing() -> None:
    """A verdict that is none is an error, not a pass."""
    rules = tuple(dataclasses.replace(rule, judge=lambda *_: None) for rule in RULES)

    findings = a_judge(a_rulebook(CAPTURES), rules=rules).findings(a_location())

    assert {one.outcome for one in findings} == {Outcome.ERROR, Outcome.NOT_APPLICABLE}
    assert of(findings, "AGL-04").message == "the rule could not be judged: judge gave a NoneType, and no verdict"


@pytest.mark.parametrize(
    "verdict",
    [True, "PASS", *(Broken(*given) for given in STRANGE), Unsure("f", STRANGE[0][3]), Skipped(STRANGE[0][3])],
)
def test_a_rule_that_concludes_something_else(verdict: Any) -> None:
    """What is no verdict, or holds no texts, is an error that says so."""
    rules = tuple(dataclasses.replace(rule, judge=lambda *_: verdict) for rule in RULES if rule.id == "AGL-04")

    (found,) = a_judge(a_rulebook(), rules=rules).findings(a_location())

    assert found.outcome is Outcome.ERROR
    assert "judge gave a" in found.message or "holds a text" in found.message


def test_a_reader_that_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule has an error then: the resource is not let through."""

    def read(_resource: Resource) -> Any:
        raise ValueError(CANARY)

    monkeypatch.setitem(READERS, CLASSIC_LOCATION, read)

    findings = a_judge(a_rulebook()).findings(a_location(CLASSIC_LOCATION))

    assert {one.outcome for one in findings} == {Outcome.ERROR}
    assert all(one.blocks and CANARY not in texts(one) for one in findings)


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LOCATIONS)
@pytest.mark.parametrize(
    ("rules", "props", "rule_id", "message"),
    [
        pytest.param(
            {},
            {"locationScope": "s3://acme-canary/canary*"},
            "AGL-04",
            "locationScope breaks the rule; it is a secret and not shown",
            id="the edit and the expected value are made of it",
        ),
        pytest.param(
            ELSEWHERE,
            {"locationScope": "s3://acme-canary/canary/*"},
            "AGL-03",
            "locationScope breaks the rule; it is a secret and not shown",
            id="the reason names its parts",
        ),
        pytest.param(
            CAPTURES,
            {"locationScope": "s3://acme-x/canary/*"},
            "AGL-11",
            "iamRoleArn breaks the rule; locationScope is a secret and not shown",
            id="another property's message tells its capture",
        ),
        pytest.param(
            {},
            {"iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/canary-admin"},
            "AGL-12",
            "iamRoleArn breaks the rule; it is a secret and not shown",
            id="a role",
        ),
        pytest.param(
            {},
            {"region": "cn-canary-1"},
            "AGL-10",
            "iamRoleArn breaks the rule; region is a secret and not shown",
            id="a Region in the role's message",
        ),
        pytest.param(
            {},
            {"accountId": "canary"},
            "AGL-09",
            "accountId breaks the rule; it is a secret and not shown",
            id="an account",
        ),
    ],
)
def test_a_secret_is_judged_and_not_shown(
    kind: str, rules: dict[str, Any], props: dict[str, str], rule_id: str, message: str
) -> None:
    """The outcome stays, every text of every finding hides the value."""
    resource = a_location(kind, **props, secret_props=frozenset(props))

    findings = a_judge(a_rulebook(rules)).findings(resource)

    found = of(findings, rule_id)
    assert (found.outcome, found.observed, found.message) == (Outcome.FAIL, "[secret]", message)
    assert found.expected == found.rule.summary
    for finding in findings:
        assert "canary" not in texts(finding), finding.rule.id


def test_a_secret_account_in_the_roles_message() -> None:
    """The role is at fault, and what it differs from is the secret."""
    props = {"accountId": OTHER, "iamRoleArn": ROLE}

    findings = a_judge(a_rulebook()).findings(a_location(**props, secret_props=frozenset({"accountId"})))

    assert of(findings, "AGL-09").outcome is Outcome.FAIL
    assert all(OTHER not in texts(finding) for finding in findings)


@pytest.mark.parametrize(
    ("props", "secret"),
    [
        pytest.param({"state": "UNKNOWN", "requestStatus": "canary"}, "requestStatus", id="an unknown status"),
        pytest.param({"state": "FAILED", "errorDetails": {"message": "canary"}}, "errorDetails", id="the error"),
        pytest.param({"failedRegions": ["canary"]}, "failedRegions", id="the Regions"),
        pytest.param({"lookup": "canary"}, "lookup", id="the mark"),
    ],
)
def test_a_secret_of_an_operation(props: dict[str, Any], secret: str) -> None:
    """What a request says about itself may be secret as well."""
    known = {"state": "SUCCEEDED", "requestStatus": "SUCCEEDED", "failedRegions": [], "lookup": "performed"}
    resource = Resource("urn", OPERATION.type, "it", {**known, **props}, frozenset({secret}))

    findings = a_judge(a_rulebook()).findings(resource)

    assert {finding.outcome for finding in findings} & {Outcome.FAIL, Outcome.UNKNOWN}
    assert all("canary" not in texts(finding) for finding in findings)


def test_a_secret_that_no_rule_reads() -> None:
    """Secret tags hide nothing."""
    resource = a_location(CLASSIC_LOCATION, locationScope="s3://acme-x/fin*", secret_props=frozenset({"tags"}))

    assert "'s3://acme-x/fin*'" in of(a_judge(a_rulebook()).findings(resource), "AGL-04").message


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_every_default_tells_what_is_not_known() -> None:
    """
    No rule of the catalogue lets an unknown pass unless the rules file says so.

    Those that only warn are judged before the resource is made on `up`, when the value is known; and whether a live
    role differs because this update changes it is settled by `grantgate preview`.
    """
    warning = {rule.id for rule in RULES if rule.on_unknown is OnUnknown.WARN}

    assert {rule.on_unknown for rule in RULES} == {OnUnknown.FAIL, OnUnknown.WARN}
    assert warning == {"AGL-14", "AGR-01", "AGR-02", "AGR-03", "AGR-04", "AGG-01", "MRP-03", "MRP-06"}


# --- whose rules ------------------------------------------------------------------------------------------------------


SILENT: dict[str, Any] = {"accountId": None, "accessGrantsLocationArn": None}


def test_a_role_does_not_choose_the_rules() -> None:
    """A location that states no account gets no account's overlay, names and waivers, whatever role it names."""
    overlay = {"prod": {"rules": {"location-role-not-denied": {"level": "advisory"}}}}
    waiver = a_waiver("location-role-not-denied", account=ACCOUNT)
    judge = a_judge(a_rulebook(environments=overlay, waivers=[waiver]))
    admin = f"arn:aws:iam::{ACCOUNT}:role/Admin"

    silent = of(judge.findings(a_location(CLASSIC_LOCATION, iamRoleArn=admin, **SILENT)), "AGL-12")

    assert (silent.outcome, silent.level, silent.blocks) == (Outcome.FAIL, Level.MANDATORY, True)


def test_patterns_that_need_an_account_nobody_states_are_undecided() -> None:
    """Who states no account cannot be told to lie inside a pattern with the account's name."""
    rules = {"location-scope-allowed": {"allow": ["s3://acme-{account.name}-*/{team}/*"]}}

    found = of(a_judge(a_rulebook(rules)).findings(a_location(CLASSIC_LOCATION, **SILENT)), "AGL-03")

    assert (found.outcome, found.blocks) == (Outcome.UNKNOWN, True)
